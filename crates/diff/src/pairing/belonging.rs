//! Which records carry the fields of another one? A vendor's people are linked with contacts; these
//! contacts are its replicas.
//!
//! A replica leaves only on evidence: its link is there and was seen whole, and somebody else's.

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{Mapping, Replicas};
use concordat_model::{LinkId, Matched, RecordKey, Seen, Side, Sides};

use super::{Linked, Pairing};
use crate::Inputs;

/// Pairs each record with its replicas. `through`: the links of those who belong to it.
pub fn pair_up(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    replicas: &Replicas,
    through: &[Linked],
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
    pairing.leaving = search.leaving(&owners);
    pairing
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
                Some(id) if view.is_owned(person) => {
                    Owner::Here(RecordKey { resource: self.mapping.resources[self.single], id })
                }
                Some(_) | None => Owner::Unseen,
            },
            Seen::Gone(_) => Owner::Gone,
            Seen::Unseen => Owner::Unseen,
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
        Linked { id, ends, matched: is_new.then_some(Matched::ByBelonging) }
    }

    /// Known replicas that belong to others now. Of one whose people are all gone nothing is known.
    fn leaving(&self, owners: &BTreeMap<&RecordKey, Vec<Owner>>) -> Vec<Linked> {
        let known =
            self.inputs.agreements.links.values().filter(|it| it.mapping == self.mapping.name);
        let left = known.filter(|link| {
            let pair = link.ends[self.single].first().zip(link.ends[self.many()].first());
            pair.is_some_and(|(one, replica)| {
                let Some(owners) = owners.get(replica) else { return false };
                let mut here = owners.iter().filter_map(Owner::here).peekable();
                here.peek().is_some()
                    && here.all(|it| it != one)
                    && !owners.iter().any(Owner::is_unseen)
            })
        });
        left.map(Linked::from).collect()
    }
}
