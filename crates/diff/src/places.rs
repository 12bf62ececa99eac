//! Where do new records stand, and is there room for one more? By themselves, at the one contact for what is
//! about our own organisation, or at the contact of a vendor, of which so many are enough.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{Creates, Mapping, Place, Stands};
use concordat_model::{
    Link, LinkId, Mirrored, Path, RecordId, RecordKey, Resource, Seen, Step, Value, View,
};

use crate::Inputs;
use crate::pairing::Linked;
use crate::remembered::differs_from;
use crate::stands::{Contacts, Stand};

/// Where the new records of a mapping stand.
pub enum Places {
    /// By themselves.
    Themselves,
    /// At one contact; nothing: it is not there, or not only one.
    Anchor(Option<Stand>),
    /// At the contacts of vendors.
    Vendors(Contacts),
}

/// There is no contact at which it could stand.
pub struct Nowhere;

impl Places {
    /// Looks for them, once for a mapping.
    pub fn of(
        inputs: &Inputs<'_>,
        creates: &Creates,
        contacts: &dyn Fn(&Stands) -> Contacts,
    ) -> Places {
        match &creates.place {
            Place::Itself => Places::Themselves,
            Place::Anchor(wanted) => {
                let here = inputs.views[creates.side].here(Resource::Contact);
                Places::Anchor(anchor(here, wanted).map(Stand::At))
            }
            Place::Vendor { stands, most: _ } => Places::Vendors(contacts(stands)),
        }
    }

    /// The contact at which stands what is made for `source`; nothing: it needs none.
    pub fn of_source(&self, source: Option<&Mirrored>) -> Result<Option<&Stand>, Nowhere> {
        match self {
            Places::Themselves => Ok(None),
            Places::Anchor(stand) => stand.as_ref().map(Some).ok_or(Nowhere),
            Places::Vendors(contacts) => {
                let vendor = source.and_then(vendor);
                vendor.and_then(|it| contacts.of_vendor(&it.id)).map(Some).ok_or(Nowhere)
            }
        }
    }
}

impl Stand {
    /// How a new record of `resource` says that it stands there.
    pub fn said(&self, resource: Resource) -> Option<(Path, Value)> {
        Some(match self {
            Stand::At(contact) => (resource.belongs_by()?, Value::text(contact.as_str())),
            Stand::With(link) => (resource.names_by_link()?, Value::text(link.as_str())),
        })
    }
}

/// How many more records there may be at each contact.
pub struct Room {
    most: u16,
    taken: BTreeMap<Stand, u16>,
}

impl Room {
    /// Counts those that are not done yet; nothing: there may be any number.
    pub fn of(
        inputs: &Inputs<'_>,
        mapping: &Mapping,
        creates: &Creates,
        linked: &[Linked],
    ) -> Option<Room> {
        let Place::Vendor { stands: _, most } = &creates.place else { return None };
        let mut room = Room { most: *most, taken: BTreeMap::new() };
        let view = inputs.views[creates.side];
        let path = mapping.resources[creates.side].belongs_by()?;
        for key in linked.iter().flat_map(|it| &it.ends[creates.side]) {
            let Seen::Here(it) = view.seen(key) else { continue };
            let held = |path: &Path| it.record.reading.get(path).cloned().flatten();
            let is_done = held(&"completed".into()) == Some(Value::Bool(true));
            if let (Some(contact), false) = (held(&path), is_done) {
                let stand = Stand::At(RecordId::new(contact.to_string()));
                *room.taken.entry(stand).or_default() += 1;
            }
        }
        Some(room)
    }

    /// Whether there is room for what a step makes; then it is taken.
    pub fn takes(&mut self, step: &Step) -> bool {
        let at = step.parent().map(Stand::At).or(step.awaits().map(Stand::With));
        let Some(stand) = at else { return true };
        let taken = self.taken.entry(stand).or_default();
        let has = *taken < self.most;
        *taken += u16::from(has);
        has
    }
}

/// The vendor that a record is about: itself, or the one to which it belongs.
fn vendor(it: &Mirrored) -> Option<RecordKey> {
    let (key, resource) = (&it.record.key, Resource::Vendor);
    match key.resource == resource {
        true => Some(key.clone()),
        false => Some(RecordKey { resource, id: it.record.parent.clone()? }),
    }
}

/// The vendors for which a record may have to be made at one of their contacts, or whose links say whether that
/// is so. `known`: the links there are.
pub fn vendors(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    creates: &Creates,
    view: &View,
    known: &BTreeMap<LinkId, Link>,
) -> BTreeSet<RecordKey> {
    let is_settled = |it: &&Mirrored| {
        let link = known.get(&LinkId::of(inputs.pair, &mapping.name, &it.record.key));
        let link = link.filter(|it| it.ends.iter().any(|(_, keys)| !keys.is_empty()));
        link.is_some_and(|link| !differs_from(inputs, mapping, link, it))
    };
    match &creates.place {
        Place::Itself | Place::Anchor(_) => BTreeSet::new(),
        Place::Vendor { .. } => view
            .here(mapping.resources[creates.side.other()])
            .filter(|it| !is_settled(it))
            .filter_map(vendor)
            .collect(),
    }
}

/// The contact that is called so: by its id, or the only one with that e-mail address.
pub fn anchor<R: Borrow<Mirrored>>(
    contacts: impl Iterator<Item = R>,
    wanted: &str,
) -> Option<RecordId> {
    let mut found = contacts.filter(|it| is_called(it.borrow(), wanted));
    let (first, second) = (found.next()?, found.next());
    second.is_none().then(|| first.borrow().record.key.id.clone())
}

/// Whether a contact has this id or e-mail address.
pub fn is_called(contact: &Mirrored, wanted: &str) -> bool {
    let email = contact.record.reading.get(&"email".into()).and_then(Option::as_ref);
    let email = email.and_then(|held| held.as_text()).map(str::to_lowercase);
    contact.record.key.id.as_str() == wanted || email == Some(wanted.to_lowercase())
}
