//! Who is who? Nobody tells a judge from outside: it is concluded from what the design says of keys, and from
//! what the program made.
//!
//! A link is *sure* where the design leaves no choice: at a whole night one record on each side had the key
//! (as people of one e-mail address have it together), or the program made the record for the only one that it
//! fits. It ends when either is gone. Two records are *possibly* linked if they ever had a key in common;
//! whoever took the place of another by marker possibly is what the other was.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::host;
use super::life::{Effect, Moment, Night};
use super::timeline::{By, Timeline};
use crate::{MARKER_FIELD, Name, rows, text};

/// Two records that are the same thing.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) upguard: Name,
    pub(super) highlevel: Name,
    pub(super) since: Moment,
}

/// Who is who.
#[derive(Debug, Default)]
pub(super) struct Links {
    sure: Vec<Link>,
    possible: BTreeMap<Name, BTreeSet<Name>>,
}

/// What two kinds of records are recognised by.
struct Keys {
    upguard: &'static str,
    highlevel: &'static str,
    /// Fields on each side and how they are read. The first that both have decides.
    keys: &'static [Key],
    /// Whether several of UpGuard's may be one of HighLevel's.
    is_shared: bool,
    /// Whether only what the program made counts.
    is_made: bool,
}

struct Key {
    upguard: &'static str,
    highlevel: &'static [&'static str],
    read: fn(&str) -> String,
}

fn plain(said: &str) -> String {
    said.trim().to_owned()
}

fn folded(said: &str) -> String {
    said.trim().to_lowercase()
}

const KEYS: [Keys; 3] = [
    Keys {
        upguard: "vendor",
        highlevel: "business",
        keys: &[
            Key { upguard: "primary_hostname", highlevel: &["website"], read: host },
            Key { upguard: "name", highlevel: &["name"], read: folded },
        ],
        is_shared: false,
        is_made: false,
    },
    Keys {
        upguard: "contact",
        highlevel: "contact",
        keys: &[
            Key {
                upguard: "email_address",
                highlevel: &["email", "additionalEmails"],
                read: folded,
            },
            Key { upguard: "name", highlevel: &["firstName", "lastName"], read: folded },
        ],
        is_shared: true,
        is_made: false,
    },
    Keys {
        upguard: "threat",
        highlevel: "task",
        keys: &[Key { upguard: "title", highlevel: &["title"], read: plain }],
        is_shared: false,
        is_made: true,
    },
];

/// The values by which a record is recognised at a moment. A name of a contact is put together.
fn keyed(timeline: &Timeline, name: &Name, key: &Key, moment: Moment) -> Vec<String> {
    let held = |field: &str| timeline.value(name, field, moment);
    let said = match (name.side.as_str(), key.highlevel) {
        ("upguard", _) => vec![text(&held(key.upguard))],
        (_, ["firstName", "lastName"]) => {
            vec![format!("{} {}", text(&held("firstName")), text(&held("lastName")))]
        }
        (_, fields) => fields
            .iter()
            .flat_map(|field| match held(field) {
                serde_json::Value::Array(rows) => rows.iter().map(entry).collect(),
                one => vec![text(&one)],
            })
            .collect(),
    };
    said.iter().map(|it| (key.read)(it)).filter(|it| !it.is_empty()).collect()
}

/// An additional e-mail address, as a text or as a row.
fn entry(row: &serde_json::Value) -> String {
    if row.is_object() { text(&row["email"]) } else { text(row) }
}

/// Concluded from a life.
pub(super) fn concluded(effects: &[Effect], nights: &[Night], timeline: &Timeline) -> Links {
    let mut links = Links::default();
    for keys in &KEYS {
        links.suppose(keys, effects, timeline);
    }
    links.suppose_successors(timeline);
    for night in nights {
        for keys in KEYS.iter().filter(|it| night.whole && !it.is_made) {
            links.recognise(keys, night, timeline);
        }
        for made in effects[night.from..night.to].iter().filter(|it| it.by_program && it.creates())
        {
            links.made(made, night, timeline);
        }
    }
    links
}

impl Links {
    /// Everything that ever had a key in common.
    fn suppose(&mut self, keys: &Keys, effects: &[Effect], timeline: &Timeline) {
        let made: BTreeSet<&Name> =
            effects.iter().filter(|it| it.by_program && it.creates()).map(|it| &it.name).collect();
        let end = effects.len();
        for (place, key) in keys.keys.iter().enumerate() {
            let mut by_value: BTreeMap<String, BTreeSet<&Name>> = BTreeMap::new();
            for name in timeline.of_kind("upguard", keys.upguard) {
                for value in ever(timeline, name, key, end) {
                    by_value.entry(value).or_default().insert(name);
                }
            }
            // A person's name is a key only of what the program made: of others it says nothing.
            let is_weak = keys.is_made || keys.is_shared && 0 < place;
            for other in timeline.of_kind("highlevel", keys.highlevel) {
                if is_weak && !made.contains(other) {
                    continue;
                }
                for value in ever(timeline, other, key, end) {
                    for name in by_value.get(&value).into_iter().flatten() {
                        self.join((*name).clone(), other.clone());
                    }
                }
            }
        }
    }

    /// Who carries the marker of another possibly is what that one was.
    fn suppose_successors(&mut self, timeline: &Timeline) {
        let mut by_marker: BTreeMap<String, Vec<&Name>> = BTreeMap::new();
        for name in timeline.of_kind("highlevel", "contact") {
            let held = timeline.between(name, MARKER_FIELD, 0, Moment::MAX);
            let markers: BTreeSet<String> = held.iter().map(|it| text(&it.value)).collect();
            for marker in markers.into_iter().filter(|it| !it.is_empty()) {
                by_marker.entry(marker).or_default().push(name);
            }
        }
        for names in by_marker.into_values() {
            let partners: BTreeSet<Name> =
                names.iter().flat_map(|it| self.possible(it).cloned()).collect();
            for (name, partner) in names.iter().flat_map(|it| partners.iter().map(move |p| (it, p)))
            {
                self.join(partner.clone(), (*name).clone());
            }
        }
    }

    fn join(&mut self, upguard: Name, highlevel: Name) {
        self.possible.entry(upguard.clone()).or_default().insert(highlevel.clone());
        self.possible.entry(highlevel).or_default().insert(upguard);
    }

    /// What the design recognises by its keys, at a night that ended well.
    fn recognise(&mut self, keys: &Keys, night: &Night, timeline: &Timeline) {
        let there =
            |it: &&Name| timeline.is_there(it, night.from) && timeline.is_there(it, night.to);
        let ours: Vec<&Name> = timeline.of_kind("upguard", keys.upguard).filter(there).collect();
        let theirs: Vec<&Name> = timeline.of_kind("highlevel", keys.highlevel).collect();
        // Of what changed its key meanwhile nobody knows which of both was read.
        let of = |name: &Name, key: &Key| -> Vec<String> {
            let after = keyed(timeline, name, key, night.to);
            let before = keyed(timeline, name, key, night.from).into_iter();
            before.filter(|it| after.contains(it)).collect()
        };
        let ever = |name: &Name, key: &Key| -> Vec<String> {
            let moments = [night.from, night.to].into_iter();
            let here = moments.filter(|it| timeline.is_there(name, *it));
            here.flat_map(|it| keyed(timeline, name, key, it)).collect()
        };
        for name in &ours {
            if self.is_linked(timeline, name, night.to) || is_dormant(timeline, name, night) {
                continue;
            }
            // What has the first key goes by it alone.
            let first = &keys.keys[0];
            let has = |other: &Name, key: &Key| {
                of(other, key).iter().any(|it| of(name, key).contains(it))
            };
            // Whoever had it at any time of the night may have been read with it.
            let could_fit =
                |it: &&&Name| ever(it, first).iter().any(|it| of(name, first).contains(it));
            let fitting: Vec<&&Name> = theirs.iter().filter(could_fit).collect();
            let rivals = ours.iter().filter(|it| has(it, first));
            let [other] = fitting[..] else { continue };
            if !there(other) || !has(other, first) {
                continue;
            }
            let primary =
                (first.read)(&text(&timeline.value(other, first.highlevel[0], night.from)));
            if !of(name, first).contains(&primary) {
                continue;
            }
            let alone =
                rivals.count() == 1 && self.linked_with(timeline, other, night.to).is_empty();
            // Whoever has the address and another name is a case for a person.
            let is_one = match keys.is_shared {
                true => [night.from, night.to]
                    .iter()
                    .all(|moment| is_named_alike(timeline, name, other, *moment)),
                false => alone,
            };
            if is_one {
                let (upguard, highlevel) = ((*name).clone(), (*other).clone());
                self.sure.push(Link { upguard, highlevel, since: night.to });
            }
        }
    }

    /// What the program made is what it was made from, if only one thing fits.
    fn made(&mut self, made: &Effect, night: &Night, timeline: &Timeline) {
        let Some(keys) = KEYS.iter().find(|it| made.is_of("highlevel", it.highlevel)) else {
            return;
        };
        let since = made.moment + 1;
        for key in keys.keys {
            let values = keyed(timeline, &made.name, key, since);
            let fits = |it: &&Name| {
                let held = [night.from, since].map(|moment| keyed(timeline, it, key, moment));
                timeline.is_there(it, since) && held.iter().flatten().any(|it| values.contains(it))
            };
            let all = timeline.of_kind("upguard", keys.upguard).filter(fits);
            let open: Vec<Name> =
                all.filter(|it| !self.is_linked(timeline, it, since)).cloned().collect();
            let is_one = open.len() == 1 || keys.is_shared && key.upguard == "email_address";
            if !values.is_empty() && is_one {
                let named =
                    |it: &Name| !keys.is_shared || is_named_alike(timeline, it, &made.name, since);
                self.sure.extend(open.into_iter().filter(named).map(|upguard| Link {
                    upguard,
                    highlevel: made.name.clone(),
                    since,
                }));
                return;
            }
        }
    }

    fn is_linked(&self, timeline: &Timeline, name: &Name, moment: Moment) -> bool {
        !self.linked_with(timeline, name, moment).is_empty()
    }

    /// What a record surely was linked with at a moment.
    pub(super) fn linked_with(
        &self,
        timeline: &Timeline,
        name: &Name,
        moment: Moment,
    ) -> BTreeSet<Name> {
        let all = self.sure.iter().filter(|it| it.upguard == *name || it.highlevel == *name);
        all.filter(|it| it.since <= moment)
            .filter(|it| {
                [&it.upguard, &it.highlevel].iter().all(|it| timeline.is_there(it, moment))
            })
            .map(|it| if it.upguard == *name { it.highlevel.clone() } else { it.upguard.clone() })
            .collect()
    }

    /// Every link that surely was.
    pub(super) fn sure(&self) -> &[Link] {
        &self.sure
    }

    /// What a record possibly is or was linked with.
    pub(super) fn possible(&self, name: &Name) -> impl Iterator<Item = &Name> {
        self.possible.get(name).into_iter().flatten()
    }
}

fn ever(timeline: &Timeline, name: &Name, key: &Key, end: Moment) -> BTreeSet<String> {
    let fields = if name.side == "upguard" { &[key.upguard][..] } else { key.highlevel };
    let moved = fields.iter().flat_map(|it| timeline.between(name, it, 0, end));
    moved.flat_map(|it| keyed(timeline, name, key, it.since)).collect()
}

/// Whether nobody monitors it, or the vendor it belongs to.
pub(super) fn is_unmonitored(timeline: &Timeline, name: &Name, moment: Moment) -> bool {
    match vendor_of(timeline, name, moment) {
        Some(vendor) => {
            !timeline.is_there(&vendor, moment)
                || timeline.value(&vendor, "monitored", moment) != true
        }
        None => false,
    }
}

fn is_dormant(timeline: &Timeline, name: &Name, night: &Night) -> bool {
    [night.from, night.to].iter().any(|it| is_unmonitored(timeline, name, *it))
}

/// The vendor that a record of UpGuard is, or belongs to.
pub(super) fn vendor_of(timeline: &Timeline, name: &Name, moment: Moment) -> Option<Name> {
    match (name.side.as_str(), name.entity.as_str()) {
        ("upguard", "vendor") => Some(name.clone()),
        ("upguard", "contact") => {
            let id = text(&timeline.value(name, "vendor_id", moment));
            Some(Name { side: "upguard".into(), entity: "vendor".into(), id })
        }
        _ => None,
    }
}

/// Whether a person and a contact have a word of their names in common.
pub(super) fn is_named_alike(
    timeline: &Timeline,
    person: &Name,
    contact: &Name,
    moment: Moment,
) -> bool {
    let words = |fields: &[&str], name: &Name| -> BTreeSet<String> {
        let said = fields.iter().map(|it| text(&timeline.value(name, it, moment)).to_lowercase());
        said.flat_map(|it| it.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    let ours = words(&["name"], person);
    ours.intersection(&words(&["firstName", "lastName"], contact)).next().is_some()
}

/// Whether the record was made by the program.
pub(super) fn is_made(timeline: &Timeline, name: &Name) -> bool {
    timeline.spans(name).iter().any(|it| it.by == By::Program)
}

/// The tags of a contact or the labels of a vendor.
pub(super) fn elements(timeline: &Timeline, name: &Name, moment: Moment) -> BTreeSet<String> {
    let field = if name.side == "upguard" { "labels" } else { "tags" };
    rows(&timeline.value(name, field, moment)).iter().map(text).collect()
}
