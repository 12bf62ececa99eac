//! What then, where UpGuard tells of something? It becomes one note, at the contact of the vendor it is
//! about or, if it is about none, at the anchor of our own organisation. The note is written once: what
//! becomes of it then is nobody's business, and what is not told any more is not gone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::SubsecRound;
use concordat_mapping::parts::{HEADING_ROOM, parts};
use concordat_mapping::{Feed, FieldRule, Mapping};
use concordat_model::zoo::{self, Bug};
use concordat_model::{
    LinkId, Mirrored, PairId, Piece, Plan, RecordId, RecordKey, Resource, Rule, Side, Step, Time,
    Value, View, Why,
};

use crate::Inputs;
use crate::notes::{self, Note};
use crate::places::anchor;
use crate::stands::{Contacts, Stand};

/// How much of a type its heading shows, in characters.
const KIND_MAX: usize = 80;

/// Plans the notes of what happened since concordat watches.
pub fn for_all(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    feed: &Feed,
    contacts: &Contacts,
    plan: &mut Plan,
    steps: &mut Vec<Step>,
) {
    let Some(rule) = mapping.fields.first() else { return };
    // Notifications tell the time in whole seconds (`upguard.md` §5).
    let since = inputs.agreements.since.unwrap_or(inputs.now).trunc_subsecs(0);
    let mut told: Vec<(Time, &Mirrored)> = inputs.views[Side::Upguard]
        .here(Resource::Notification)
        .filter(|it| text(it, "type").is_none_or(|kind| feed.kinds.has(kind)))
        .filter_map(|it| Some((occurred(it)?, it)))
        .filter(|(when, _)| *when >= since)
        .collect();
    // In the order in which it happened; ids are numbers.
    let order = |it: &Mirrored| (it.record.key.id.as_str().len(), it.record.key.clone());
    told.sort_by_cached_key(|(when, it)| (*when, order(it)));
    let places = Places::of(inputs, feed, contacts);
    for (when, notification) in told {
        if places.is_elsewhere(notification) {
            continue;
        }
        let told = tell(inputs, mapping, (feed, rule), &places, (when, notification));
        match told {
            Ok(new) => steps.extend(new),
            Err(notice) => plan.held.push(*notice),
        }
    }
}

/// The notes that one notification still has to become, in the order of its parts.
fn tell(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    (feed, rule): (&Feed, &FieldRule),
    places: &Places<'_>,
    (when, source): (Time, &Mirrored),
) -> Result<Vec<Step>, Box<concordat_model::plan::Notice>> {
    let key = &source.record.key;
    let kind: String =
        text(source, "type").unwrap_or("notification").chars().take(KIND_MAX).collect();
    let head = format!(
        "UpGuard · {kind} · {} UTC · notification {}",
        when.format("%Y-%m-%d %H:%M"),
        key.id
    );
    let said = text(source, "description").unwrap_or_default();
    let mut parts = parts(said, feed.longest.saturating_sub(HEADING_ROOM));
    if parts.is_empty() {
        parts.push("");
    }
    let count = parts.len();
    let mut steps = Vec::new();
    for (part, number) in parts.into_iter().zip(1_u32..) {
        let piece = Piece { edition: 0, part: number };
        let link = LinkId::of_piece(inputs.pair, &mapping.name, key, piece);
        if inputs.agreements.links.contains_key(&link) && !zoo::is_in(Bug::FeedRetold) {
            continue;
        }
        let Some(stand) = places.stand(source) else {
            let why = Why::about(Rule::NoAnchor, Side::Highlevel);
            return match feed.anchor {
                Some(_) => Err(Box::new(notes::notice(mapping, source, why))),
                None => Ok(Vec::new()),
            };
        };
        let of = if count > 1 { format!(" · part {number}/{count}") } else { String::new() };
        let gap = if part.is_empty() { "" } else { "\n\n" };
        let body = Some(Value::Text(format!("{head}{of}{gap}{part}")));
        let held = source.record.reading.get(&rule.ends.upguard.path).cloned().flatten();
        let text = notes::text(rule, Side::Highlevel, held, body);
        let title = "UpGuard notification".to_owned();
        match notes::make(inputs, mapping, Note { source, piece, text, title, stand }) {
            Ok(step) => steps.push(step),
            // What follows waits for what comes before it.
            Err(notice) if steps.is_empty() => return Err(notice),
            Err(_) => break,
        }
    }
    Ok(steps)
}

/// The vendors that notifications are about which may have to be noted. `is_known`: whether there is such
/// a link.
pub fn vendors(
    pair: &PairId,
    mapping: &Mapping,
    view: &View,
    is_known: &dyn Fn(&LinkId) -> bool,
) -> BTreeSet<RecordKey> {
    let vendors = Vendors::of(view);
    let untold = view
        .here(Resource::Notification)
        .filter(|it| !is_known(&LinkId::of(pair, &mapping.name, &it.record.key)));
    untold.filter_map(|it| vendors.vendor(it)).map(|id| vendor(id.clone())).collect()
}

fn vendor(id: RecordId) -> RecordKey {
    RecordKey { resource: Resource::Vendor, id }
}

/// Where notifications stand.
struct Places<'a> {
    outside: &'a BTreeSet<RecordKey>,
    contacts: &'a Contacts,
    vendors: Vendors<'a>,
    anchor: Option<Stand>,
}

impl<'a> Places<'a> {
    fn of(inputs: &Inputs<'a>, feed: &Feed, contacts: &'a Contacts) -> Places<'a> {
        let view: &'a View = inputs.views[Side::Upguard];
        let here = || inputs.views[Side::Highlevel].here(Resource::Contact);
        let anchor = feed.anchor.as_deref().and_then(|it| anchor(here(), it)).map(Stand::At);
        Places { outside: &view.outside, contacts, vendors: Vendors::of(view), anchor }
    }

    /// Whether it is about a vendor that is not this pair's business.
    fn is_elsewhere(&self, notification: &Mirrored) -> bool {
        let named = self.vendors.vendor(notification);
        named.is_some_and(|id| self.outside.contains(&vendor(id.clone())))
    }

    /// At the contact of the one vendor it names, if that has any; else at the anchor.
    fn stand(&self, notification: &Mirrored) -> Option<&Stand> {
        let vendor = self.vendors.vendor(notification);
        vendor.and_then(|it| self.contacts.of_vendor(it)).or(self.anchor.as_ref())
    }
}

/// What vendors are called, also those outside the pair's slice: what is about them is not about our
/// organisation.
struct Vendors<'a> {
    /// By id, name and host; nothing: several are called so.
    called: BTreeMap<String, Option<&'a RecordId>>,
    names: Vec<(&'a str, &'a RecordId)>,
}

impl<'a> Vendors<'a> {
    fn of(view: &'a View) -> Vendors<'a> {
        let mut vendors = Vendors { called: BTreeMap::new(), names: Vec::new() };
        let all = view.records.values().filter(|it| it.record.key.resource == Resource::Vendor);
        for vendor in all {
            let id = &vendor.record.key.id;
            let name = text(vendor, "name");
            vendors.names.extend(name.map(|it| (it, id)));
            let called = [Some(id.as_str()), name, text(vendor, "primary_hostname")];
            for it in called.into_iter().flatten() {
                let known = vendors.called.entry(comparable(it)).or_insert(Some(id));
                *known = known.filter(|other| *other == id);
            }
        }
        vendors
    }

    /// The one vendor that it is about: by what its context names, else by its text, which says
    /// `vendor 'NAME'` (`upguard.md` §5).
    fn vendor(&self, notification: &Mirrored) -> Option<&'a RecordId> {
        let about = notification.record.reading.get(&"about".into()).cloned().flatten();
        let Some(Value::Set(about)) = about else { return self.named(notification) };
        let known = about.iter().filter_map(|it| self.called.get(&comparable(it)));
        let mut known: Vec<Option<&RecordId>> = known.copied().collect();
        known.sort();
        known.dedup();
        match known.as_slice() {
            [] => self.named(notification),
            [one] => *one,
            _ => None,
        }
    }

    fn named(&self, notification: &Mirrored) -> Option<&'a RecordId> {
        let said = text(notification, "description")?;
        let is_named = |(name, _): &&(&str, &RecordId)| said.contains(&format!("vendor '{name}'"));
        let mut named = self.names.iter().filter(is_named).map(|(_, id)| *id);
        named.next().filter(|_| named.next().is_none())
    }
}

/// What names are compared by.
fn comparable(name: &str) -> String {
    let name = name.trim().to_lowercase();
    name.strip_prefix("www.").unwrap_or(&name).to_owned()
}

fn text<'r>(record: &'r Mirrored, path: &str) -> Option<&'r str> {
    record.record.reading.get(&path.into())?.as_ref()?.as_text()
}

fn occurred(notification: &Mirrored) -> Option<Time> {
    match notification.record.reading.get(&"occurred".into())? {
        Some(Value::Time(when)) => Some(*when),
        Some(_) | None => None,
    }
}
