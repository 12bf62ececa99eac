//! Of which records are comments and notes asked for? They are listed by their owners, and each owner is
//! a request, so only those are asked for that may have something to say. It sees one side's mirror while
//! the side is pulled.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use concordat_mapping::{Alike, Joins, Mapping, Memo, Rules};
use concordat_model::{Link, Mirrored, RecordId, Resource, Time, Value};

use crate::notes;
use crate::places::anchor;
use crate::untimely::is_over;

/// What decides about it beside the mirror.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// What corresponds to what.
    pub rules: &'a Rules,
    /// The contacts at which a note of ours is kept up to date.
    pub kept: &'a BTreeSet<RecordId>,
    /// Now, in the clock of the side that is asked.
    pub now: Time,
}

/// The records of a resource that are there, one after the other.
pub type Here<'m> = dyn Fn(Resource) -> Box<dyn Iterator<Item = Mirrored> + 'm> + 'm;

/// The owners by which `resource` is to be listed, picked from a mirror, in groups of which each is gone
/// through by itself; nothing: all there are.
pub fn owners(
    asking: Asking<'_>,
    resource: Resource,
    here: &Here<'_>,
) -> Option<Vec<BTreeSet<RecordId>>> {
    match resource {
        Resource::Comment => Some(vec![of_comments(asking.rules, here)]),
        Resource::Note => Some(vec![of_talk(asking.rules, here), asking.kept.clone()]),
        Resource::VendorNote => Some(vec![of_vendor_notes(asking, here)]),
        Resource::Vendor
        | Resource::VendorContact
        | Resource::Business
        | Resource::Contact
        | Resource::Threat
        | Resource::Disclosure
        | Resource::Lead
        | Resource::Waiver
        | Resource::App
        | Resource::Risk
        | Resource::Questionnaire
        | Resource::Task
        | Resource::Notification
        | Resource::CustomField => None,
    }
}

/// Threats that have comments and are not over. Those of one that is over are all known once.
fn of_comments(rules: &Rules, here: &Here<'_>) -> BTreeSet<RecordId> {
    let threats = threats(rules);
    let mut mirrored: BTreeMap<RecordId, i64> = BTreeMap::new();
    for threat in here(Resource::Comment).filter_map(|it| it.record.parent) {
        *mirrored.entry(threat).or_default() += 1;
    }
    let has = |it: &Mirrored, count: i64| {
        it.record.reading.get(&"comments".into()) == Some(&Some(Value::Integer(count)))
    };
    // Of one that is over, what was said last may not be known yet.
    let is_known = |it: &Mirrored| has(it, mirrored.get(&it.record.key.id).copied().unwrap_or(0));
    let is_over = |it: &Mirrored| threats.is_some_and(|alike| is_over(alike, it));
    let talked = here(Resource::Threat).filter(|it| !(has(it, 0) || is_over(it) && is_known(it)));
    talked.map(|it| it.record.key.id).collect()
}

/// The contact at which the note of a link is kept up to date, if that is what the link is for.
pub fn kept_at(rules: &Rules, link: &Link) -> Option<RecordId> {
    rules.mapping(&link.mapping).and_then(memo)?;
    notes::stands(&link.base)
}

/// Contacts at which people may write about a threat: where its task stands, and the anchor. Of those at
/// which a note of ours is kept up to date there may be many more, and they have less to say. Where a note
/// is to be made is looked at when it is made, and one that is written once is not watched.
fn of_talk(rules: &Rules, here: &Here<'_>) -> BTreeSet<RecordId> {
    let Some(threats) = threats(rules) else { return BTreeSet::new() };
    let wanted = threats.creates.place.anchor();
    let anchor = wanted.and_then(|it| anchor(here(Resource::Contact), it));
    let ours = here(Resource::Task)
        .filter(|it| matches!(it.record.reading.get(&"marker".into()), Some(Some(_))))
        .filter_map(|it| it.record.parent);
    ours.chain(anchor).collect()
}

/// Vendors of the pair's slice that have people, and of whose note what is known is too old.
fn of_vendor_notes(asking: Asking<'_>, here: &Here<'_>) -> BTreeSet<RecordId> {
    let hours = asking.rules.mappings.iter().filter_map(memo).find_map(|it| it.every_hours);
    let age = TimeDelta::hours(hours.unwrap_or_default().into());
    let fresh: BTreeSet<RecordId> = here(Resource::VendorNote)
        .filter(|it| it.read_at.is_some_and(|at| asking.now - at < age))
        .map(|it| it.record.key.id)
        .collect();
    let slice = &asking.rules.slice;
    let outside: BTreeSet<RecordId> = here(Resource::Vendor)
        .filter(|it| !slice.is_whole() && !slice.holds(&it.record.reading))
        .map(|it| it.record.key.id)
        .collect();
    let vendors = here(Resource::VendorContact).filter_map(|it| it.record.parent);
    vendors.filter(|it| !fresh.contains(it) && !outside.contains(it)).collect()
}

/// How the records are made about which people write.
fn threats(rules: &Rules) -> Option<&Alike> {
    let through = rules.mappings.iter().find_map(|mapping| match &mapping.joins {
        Joins::Appended(appended) => Some(&appended.through),
        Joins::Alike(_) | Joins::Replicas(_) | Joins::Feed(_) | Joins::Memo(_) => None,
    });
    through.and_then(|it| rules.mapping(it)).and_then(Mapping::alike)
}

fn memo(mapping: &Mapping) -> Option<&Memo> {
    match &mapping.joins {
        Joins::Memo(memo) => Some(memo),
        Joins::Alike(_) | Joins::Replicas(_) | Joins::Appended(_) | Joins::Feed(_) => None,
    }
}
