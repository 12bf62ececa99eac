//! At which contact does something about a vendor, or about one of its people, stand? The people's contacts
//! are known by the links of another mapping; one that the same plan makes counts too.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use concordat_mapping::Stands;
use concordat_mapping::activity::place_of;
use concordat_model::{
    Action, LinkId, Mirrored, RecordId, RecordKey, Resource, Seen, Side, Step, View,
};

use crate::pairing::Linked;

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// It is there.
    At(RecordId),
    /// This plan makes it, for this link.
    With(LinkId),
}

/// The contacts of a vendor's people.
pub struct Contacts {
    of_people: BTreeMap<RecordKey, Stand>,
    of_vendors: BTreeMap<RecordId, Stand>,
}

impl Contacts {
    /// Looks for them. `linked`: the people that have a contact; `steps`: what is planned so far.
    pub fn of(
        views: concordat_model::Sides<&View>,
        stands: &Stands,
        linked: &[Linked],
        steps: &[Step],
    ) -> Contacts {
        let is_here = |key: &&RecordKey| matches!(views.highlevel.seen(key), Seen::Here(_));
        let there = linked.iter().filter_map(|link| {
            let contact = link.ends.highlevel.first().filter(is_here)?;
            Some((&link.ends.upguard, Stand::At(contact.id.clone())))
        });
        let mut of_people = BTreeMap::new();
        for (people, stand) in there {
            of_people.extend(people.iter().map(|it| (it.clone(), stand.clone())));
        }
        let makes = |it: &&Step| {
            it.mapping == stands.through
                && it.side == Side::Highlevel
                && it.action == Action::Create
        };
        for step in steps.iter().filter(makes) {
            let with = Stand::With(step.link.clone());
            of_people.extend(step.sources.iter().map(|it| (it.clone(), with.clone())));
        }
        let mut best: BTreeMap<RecordId, (Reverse<usize>, Stand)> = BTreeMap::new();
        for person in views.upguard.here(Resource::VendorContact) {
            let Some((vendor, stand)) =
                person.record.parent.clone().zip(of_people.get(&person.record.key).cloned())
            else {
                continue;
            };
            let rank = Reverse(rank(stands, person));
            match best.get(&vendor) {
                // People come in the order of their ids: of equals the first stays.
                Some((other, _)) if *other >= rank => {}
                Some(_) | None => drop(best.insert(vendor, (rank, stand))),
            }
        }
        let of_vendors = best.into_iter().map(|(vendor, (_, stand))| (vendor, stand)).collect();
        Contacts { of_people, of_vendors }
    }

    /// The contact of a person.
    pub fn of_person(&self, person: &RecordKey) -> Option<&Stand> {
        self.of_people.get(person)
    }

    /// The contact of whom the titles prefer among a vendor's people.
    pub fn of_vendor(&self, vendor: &RecordId) -> Option<&Stand> {
        self.of_vendors.get(vendor)
    }
}

fn rank(stands: &Stands, person: &Mirrored) -> usize {
    let held = person.record.reading.get(&"title".into()).and_then(Option::as_ref);
    let title = held.and_then(|it| it.as_text());
    title.and_then(|it| place_of(&stands.titles, it)).unwrap_or(usize::MAX)
}
