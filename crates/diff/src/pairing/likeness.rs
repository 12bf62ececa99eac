//! Which record has the same natural key, and what speaks for and against the two being the same thing?

use std::collections::BTreeSet;

use concordat_mapping::lens::words;
use concordat_mapping::{Key, Unless};
use concordat_model::{Field, LinkId, Matched, Mirrored, RecordKey, Value};

use super::{Index, Match, Search};

/// So many records that could be the same person are named, the first by key; the others are counted.
pub const NAMESAKES_MAX: usize = 5;

impl<'a> Search<'a> {
    /// How a record is placed by its natural keys.
    pub(super) fn by_keys(&self, record: &Mirrored) -> Match {
        for (key, index) in &self.indexes {
            let Some(value) = self.joined(self.source, record, &[&key.field]) else { continue };
            let siblings = index[self.source].get(&value).map_or(1, BTreeSet::len);
            let Some(targets) = index[self.target].get(&value) else {
                match self.colleague(record, &index[self.source], &value, key) {
                    Some(found) => return found,
                    None => continue,
                }
            };
            let Some(target) = targets.first().filter(|_| targets.len() == 1) else {
                let says = format!("{} records have its {}", targets.len(), key.title);
                return Match::Ambiguous(targets.clone(), says);
            };
            let taken = self.by_record.contains_key(target);
            if !self.alike.gathers && (taken || siblings > 1) {
                let says = if taken {
                    format!("the record with its {} is linked to another", key.title)
                } else {
                    format!("{siblings} records have the same {}", key.title)
                };
                return Match::Ambiguous(targets.clone(), says);
            }
            if let Some(says) = self.objection(record, target, key) {
                return Match::Ambiguous(targets.clone(), says);
            }
            return Match::Joins(target.clone(), Matched::ByKey(key.title.to_owned()));
        }
        self.by_suspicion(record)
    }

    /// A record that could not be recognised again is not made beside one that looks like it.
    fn by_suspicion(&self, record: &Mirrored) -> Match {
        let creates = &self.alike.creates;
        let known = creates.identity.as_ref().and_then(|it| self.key(self.source, record, it));
        let fields: Vec<&Field> = creates.suspects.iter().collect();
        let value = self.joined(self.source, record, &fields).filter(|_| known.is_none());
        let like = value.as_ref().and_then(|value| self.suspects.get(value));
        let Some((value, like)) = value.as_ref().zip(like) else { return Match::Alone };
        let beside = self.inputs.extent.namesakes(&self.mapping.name, &value.to_string());
        let says = match like.len() as u64 + beside {
            count if count > NAMESAKES_MAX as u64 => format!(
                "it has no e-mail address, and {count} records of the same name exist; \
                 {NAMESAKES_MAX} are named"
            ),
            _ => "it has no e-mail address, and a record of the same name exists".into(),
        };
        Match::Ambiguous(like.iter().take(NAMESAKES_MAX).cloned().collect(), says)
    }

    /// What a source record of the same identity is linked with: the CRM may have changed the field on
    /// its side since, and the person is still the same.
    fn colleague(
        &self,
        record: &Mirrored,
        index: &Index,
        value: &Value,
        key: &Key,
    ) -> Option<Match> {
        if !self.alike.gathers || self.alike.creates.identity.as_ref() != Some(&key.field) {
            return None;
        }
        let link = index.get(value)?.iter().find_map(|it| self.by_record.get(it))?;
        let target = self.linked[link].ends[self.target].first()?;
        Some(match self.objection(record, target, key) {
            Some(says) => Match::Ambiguous(BTreeSet::from([target.clone()]), says),
            None => Match::Joins(target.clone(), Matched::ByKey(key.title.to_owned())),
        })
    }

    /// What speaks against `record` being the same thing as `target`, although their keys are equal.
    /// Where the target is linked already, the records it is linked with speak for it: people on its
    /// own side may have renamed it. Where they have nothing to say, it speaks for itself.
    fn objection(&self, record: &Mirrored, target: &RecordKey, key: &Key) -> Option<String> {
        let unless = key.unless.as_ref()?;
        let sources = self.by_record.get(target).map(|link| &self.linked[link].ends[self.source]);
        let sources = sources.map(|keys| self.records(keys)).unwrap_or_default();
        let itself = || self.agreement(record, &self.records(&[target.clone()].into()), unless);
        let agrees = self.agreement(record, &sources, unless).or_else(itself)?;
        let what = match unless {
            Unless::Differs(field) => field.to_string(),
            Unless::NoCommonWord(_) => "name".into(),
        };
        (!agrees).then(|| format!("a record has its {}, but another {what}", key.title))
    }

    fn records(&self, keys: &BTreeSet<RecordKey>) -> Vec<&'a Mirrored> {
        keys.iter().filter_map(|key| self.inputs.views[key.side()].records.get(key)).collect()
    }

    /// Whether one of `peers` agrees with `record`; nothing: none of them says anything.
    pub(super) fn agreement(
        &self,
        record: &Mirrored,
        peers: &[&Mirrored],
        unless: &Unless,
    ) -> Option<bool> {
        let verdicts: Vec<bool> =
            peers.iter().filter_map(|peer| self.agrees(record, peer, unless)).collect();
        (!verdicts.is_empty()).then(|| verdicts.contains(&true))
    }

    /// Whether two records agree in what must not contradict; nothing: one of them says nothing.
    fn agrees(&self, one: &Mirrored, other: &Mirrored, unless: &Unless) -> Option<bool> {
        let value = |it: &Mirrored, field: &Field| self.key(it.record.key.side(), it, field);
        match unless {
            Unless::Differs(field) => Some(value(one, field)? == value(other, field)?),
            Unless::NoCommonWord(fields) => {
                let words = |it: &Mirrored| -> Option<BTreeSet<String>> {
                    let values = fields.iter().filter_map(|field| value(it, field));
                    let words: BTreeSet<String> =
                        values.flat_map(|value| words(&value.to_string())).collect();
                    (!words.is_empty()).then_some(words)
                };
                Some(!words(one)?.is_disjoint(&words(other)?))
            }
        }
    }

    /// Two people who share a mailbox do not become one contact.
    pub(super) fn stranger(&self, record: &Mirrored, founded: &LinkId) -> Option<String> {
        let founders = self.records(&self.missing.get(founded)?.sources);
        let key = self
            .alike
            .keys
            .iter()
            .find(|it| self.alike.creates.identity.as_ref() == Some(&it.field))?;
        let unless = key.unless.as_ref()?;
        (self.agreement(record, &founders, unless) == Some(false))
            .then(|| format!("somebody of another name has the same {}", key.title))
    }
}
