//! Which records carry the fields of another one? A vendor's people are linked with contacts; these
//! contacts are its replicas.
//!
//! A replica leaves only on evidence: its link is there and was seen whole, and it is somebody else's, or
//! the record itself is gone.

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{Mapping, Replicas};
use concordat_model::{Link, LinkId, Matched, RecordKey, Seen, Side, Sides};

use super::businesses::Business;
use super::succession::{self, Successions};
use super::{Linked, Pairing, Passing};
use crate::{Inputs, absence};

/// Pairs each record with its replicas. `through`: the links of those who belong to it.
pub fn pair_up(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    replicas: &Replicas,
    through: &[Linked],
    succeeded: Successions<'_>,
) -> Pairing {
    let search = Search { inputs, mapping, single: replicas.single };
    let owners: BTreeMap<&RecordKey, Vec<Owner>> = through
        .iter()
        .flat_map(|link| link.ends[search.many()].iter().map(move |replica| (replica, link)))
        .map(|(replica, link)| (replica, search.owners(link)))
        .collect();
    let mut pairing = Pairing::default();
    for (replica, owners) in &owners {
        let ones: BTreeSet<&RecordKey> = owners.iter().filter_map(Owner::here).collect();
        pairing.linked.extend(ones.into_iter().map(|one| search.linked(one, replica)));
    }
    pairing.linked.sort_by(|one, other| one.ends[search.single].cmp(&other.ends[search.single]));
    let archived: BTreeSet<&RecordKey> = through
        .iter()
        .filter(|it| inputs.agreements.links.get(&it.id).is_some_and(|it| it.archived().is_some()))
        .flat_map(|it| &it.ends[search.many()])
        .collect();
    for link in search.known() {
        match search.end(link, &owners, &archived) {
            _ if search.pass(link, &succeeded, &mut pairing) => {}
            End::None => {}
            End::Leaves => pairing.leaving.push(Linked::from(link)),
            End::Over => pairing.over.push(Linked::from(link)),
        }
    }
    // Nothing is decided about who is passed on before it is recorded.
    let passing: BTreeSet<&RecordKey> =
        pairing.passing.iter().flat_map(|it| &it.to.ends[search.single]).collect();
    pairing.linked.retain(|it| it.ends[search.single].iter().all(|key| !passing.contains(key)));
    pairing
}

/// How a replica's link ends.
enum End {
    /// It does not.
    None,
    /// It belongs to others now, or the record is gone.
    Leaves,
    /// It stands for nobody any more.
    Over,
}

/// Whom somebody on the single side belongs to.
enum Owner {
    /// To this record.
    Here(RecordKey),
    /// To nobody any more.
    Gone,
    /// That was not seen.
    Unseen,
}

impl Owner {
    fn here(&self) -> Option<&RecordKey> {
        match self {
            Owner::Here(key) => Some(key),
            Owner::Gone | Owner::Unseen => None,
        }
    }

    fn is_unseen(&self) -> bool {
        match self {
            Owner::Unseen => true,
            Owner::Here(_) | Owner::Gone => false,
        }
    }
}

struct Search<'a> {
    inputs: &'a Inputs<'a>,
    mapping: &'a Mapping,
    single: Side,
}

impl Search<'_> {
    fn many(&self) -> Side {
        self.single.other()
    }

    /// Whom the people of a link belong to.
    fn owners(&self, link: &Linked) -> Vec<Owner> {
        let view = self.inputs.views[self.single];
        let owner = |key: &RecordKey| match view.seen(key) {
            Seen::Here(person) => match person.record.parent.clone() {
                Some(id) => {
                    Owner::Here(RecordKey { resource: self.mapping.resources[self.single], id })
                }
                None => Owner::Unseen,
            },
            Seen::Gone(_) if absence::is_over(self.inputs, key) => Owner::Gone,
            Seen::Gone(_) | Seen::Dormant | Seen::Unseen => Owner::Unseen,
        };
        link.ends[self.single].iter().map(owner).collect()
    }

    fn linked(&self, one: &RecordKey, replica: &RecordKey) -> Linked {
        let id = LinkId::between(self.inputs.pair, &self.mapping.name, one, replica);
        let known = self.inputs.agreements.links.get(&id);
        let is_new = known.is_none_or(|it| it.ends[self.single].is_empty());
        let mut ends = Sides::<BTreeSet<RecordKey>>::default();
        ends[self.single].insert(one.clone());
        ends[self.many()].insert(replica.clone());
        let matched = is_new.then_some(Matched::ByBelonging);
        Linked { id, ends, matched, business: Business::Unknown }
    }

    /// The links in which anything was agreed and that were not laid down.
    fn known(&self) -> impl Iterator<Item = &Link> {
        let links = self.inputs.agreements.links.values();
        let known = links.filter(|it| it.mapping == self.mapping.name);
        known.filter(|it| it.ends.iter().all(|(_, keys)| !keys.is_empty()))
    }

    /// Whether `link` ends. Of a replica whose people are all gone nothing is known as long as its record
    /// is there.
    fn end(
        &self,
        link: &Link,
        owners: &BTreeMap<&RecordKey, Vec<Owner>>,
        archived: &BTreeSet<&RecordKey>,
    ) -> End {
        let pair = link.ends[self.single].first().zip(link.ends[self.many()].first());
        let Some((one, replica)) = pair else { return End::None };
        let Some(owners) = owners.get(replica) else {
            return if absence::is_over(self.inputs, replica) { End::Over } else { End::None };
        };
        if owners.iter().any(Owner::is_unseen) || owners.iter().any(|it| it.here() == Some(one)) {
            return End::None;
        }
        let elsewhere = owners.iter().any(|it| it.here().is_some());
        match elsewhere || absence::is_over(self.inputs, one) {
            true => End::Leaves,
            false if archived.contains(replica) => End::Over,
            false => End::None,
        }
    }

    /// Passes `link` on, if one of its records was succeeded. Answers whether it was.
    fn pass(&self, link: &Link, succeeded: &Successions<'_>, pairing: &mut Pairing) -> bool {
        let Some(followed) = succession::followed(link, succeeded) else { return false };
        let mut ends = Sides::<BTreeSet<RecordKey>>::default();
        for (side, key) in followed {
            ends[side].insert(key);
        }
        let Some((one, replica)) = ends[self.single].first().zip(ends[self.many()].first()) else {
            return false;
        };
        let id = LinkId::between(self.inputs.pair, &self.mapping.name, one, replica);
        let taken = self.inputs.agreements.links.get(&id);
        if taken.is_some_and(|it| it.ends.iter().all(|(_, keys)| !keys.is_empty())) {
            // Who takes its place has a link of its own already.
            pairing.over.push(Linked::from(link));
            return true;
        }
        let moved = Sides::from_fn(|side| link.ends[side].first() != ends[side].first());
        let mut gone = link.ends.iter().flat_map(|(_, keys)| keys);
        let key = gone.find_map(|it| succeeded.get(it));
        let matched = key.map(|it| Matched::Succeeds(it.key.clone()));
        pairing.passing.push(Passing {
            from: link.id.clone(),
            to: Linked { id, ends, matched, business: Business::Unknown },
            moved,
        });
        true
    }
}
