//! What speaks for and against two records of equal key being the same thing?

use std::collections::BTreeSet;

use concordat_mapping::lens::words;
use concordat_mapping::{Key, Unless};
use concordat_model::{Field, LinkId, Matched, Mirrored, RecordKey, Value};

use super::{Index, Match, Search};

impl<'a> Search<'a> {
    /// What a source record of the same identity is linked with: the CRM may have changed the field on
    /// its side since, and the person is still the same.
    pub(super) fn colleague(
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
    pub(super) fn objection(
        &self,
        record: &Mirrored,
        target: &RecordKey,
        key: &Key,
    ) -> Option<String> {
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
    fn agreement(&self, record: &Mirrored, peers: &[&Mirrored], unless: &Unless) -> Option<bool> {
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
