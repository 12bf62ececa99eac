//! Who took the place of a record that is gone? A new record of the same side with its marker, or alone
//! with its natural key: contacts that people merged, a person who moved to another vendor, a vendor
//! that was added again. The link moves to it, and what was agreed stays.
//!
//! It says who; what follows for links of replicas is the planner's business.

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::Unless;
use concordat_model::zoo::{self, Bug};
use concordat_model::{Link, LinkId, Matched, RecordKey, Seen, Side};

use super::{Linked, Search, Succession};
use crate::identity;

/// One that may have taken the place of another.
struct Claim {
    link: LinkId,
    gone: RecordKey,
    key: String,
}

impl Search<'_> {
    /// Lets successors take the places of records that are gone. Where two would, nobody does. `known`: those of
    /// earlier mappings, whom one without natural keys of its own follows.
    pub(super) fn succeed(&mut self, known: &Successions<'_>) {
        if zoo::is_in(Bug::SuccessionIgnored) {
            return;
        }
        let mut claims: BTreeMap<RecordKey, Vec<Claim>> = BTreeMap::new();
        for linked in self.linked.values() {
            for side in Side::BOTH {
                let view = self.inputs.views[side];
                let gone = |key: &&RecordKey| matches!(view.seen(key), Seen::Gone(_));
                for gone in linked.ends[side].iter().filter(gone) {
                    if let Some((heir, key)) = self.heir(linked, gone, known) {
                        let claim = Claim { link: linked.id.clone(), gone: gone.clone(), key };
                        claims.entry(heir).or_default().push(claim);
                    }
                }
            }
        }
        for (heir, mut claims) in claims {
            let (Some(Claim { link, gone, key }), true) = (claims.pop(), claims.is_empty()) else {
                continue;
            };
            let Some(linked) = self.linked.get_mut(&link) else { continue };
            let end = &mut linked.ends[heir.side()];
            end.remove(&gone);
            end.insert(heir.clone());
            linked.matched = Some(Matched::Succeeds(key.clone()));
            self.by_record.remove(&gone);
            self.by_record.insert(heir.clone(), link);
            self.result.succeeded.push(Succession { gone, heir, key });
        }
    }

    /// The only record without a link that carries the marker of what `gone` was made for, or that has
    /// its best natural key.
    fn heir(
        &self,
        linked: &Linked,
        gone: &RecordKey,
        known: &Successions<'_>,
    ) -> Option<(RecordKey, String)> {
        let is_free = |it: &&RecordKey| !self.by_record.contains_key(*it);
        if gone.side() == self.target {
            let pair = self.inputs.pair;
            let sources = linked.ends[self.source].iter();
            let markers = sources.map(|it| identity::marker(pair, &self.mapping.name, it));
            let marked: BTreeSet<&RecordKey> =
                markers.filter_map(|it| self.markers.get(&it)).flatten().collect();
            if let (1, Some(heir)) = (marked.len(), marked.first().copied().filter(is_free)) {
                return Some((heir.clone(), "marker".into()));
            }
        }
        let Some((key, index)) = self.indexes.first() else {
            let it = known.get(gone)?;
            return is_free(&&it.heir).then(|| (it.heir.clone(), it.key.clone()));
        };
        let side = gone.side();
        let known = self.inputs.views[side].records.get(gone)?;
        let same = index[side].get(&self.joined(side, known, &[&key.field])?)?;
        // A colleague who is in the same link already is no rival.
        let rivals = same.iter().filter(|it| !linked.ends[side].contains(*it));
        let (Some(heir), None) = two(rivals) else { return None };
        let record = self.inputs.views[side].records.get(heir)?;
        let objects = key
            .unless
            .as_ref()
            .is_some_and(|unless: &Unless| self.agreement(record, &[known], unless) == Some(false));
        (is_free(&heir) && !objects).then(|| (heir.clone(), key.title.to_owned()))
    }
}

fn two<T>(mut all: impl Iterator<Item = T>) -> (Option<T>, Option<T>) {
    (all.next(), all.next())
}

/// Successions by who is gone.
pub(super) type Successions<'s> = BTreeMap<&'s RecordKey, &'s Succession>;

/// What becomes of a link of replicas of which an end was succeeded: the ends it shall have.
pub(super) fn followed(
    link: &Link,
    successions: &Successions<'_>,
) -> Option<Vec<(Side, RecordKey)>> {
    let followed: Vec<(Side, RecordKey)> = Side::BOTH
        .into_iter()
        .filter_map(|side| {
            let key = link.ends[side].first()?;
            let heir = successions.get(key).map_or(key, |it| &it.heir);
            Some((side, heir.clone()))
        })
        .collect();
    let moves = followed.iter().any(|(side, key)| link.ends[*side].first() != Some(key));
    (moves && followed.len() == 2).then_some(followed)
}
