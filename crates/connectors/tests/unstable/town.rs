//! Who works in both systems while they are listed? A world behind the clients' own transport, whose people
//! do something between any two requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use concordat_connectors::{Highlevel, HighlevelSettings, Upguard, UpguardSettings};
use concordat_model::{RecordId, RecordKey, Resource, Side, Time};
use concordat_remote::{Clock, Request, Response, Source, Transport, TransportError};
use concordat_sandbox::{Change, Edit, Options, System, World};
use serde_json::{Map, Value as Json, json};

use crate::side::{answered, time};

/// When it is, for whoever asks our clock.
pub const NOW: &str = "2026-06-01T12:00:00Z";

/// The same seed gives the same numbers (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn of(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("below the bound")
    }
}

/// What the transports and the test share.
struct Square {
    world: World,
    dice: Dice,
    is_busy: bool,
    ever: BTreeSet<RecordKey>,
    /// The ids that people find, by what they are of.
    ids: BTreeMap<(System, &'static str), Vec<Json>>,
    /// So many changes were looked at.
    known: usize,
    deeds: usize,
}

/// Both systems, and the clients that list them.
pub struct Town {
    square: Arc<Mutex<Square>>,
    upguard: Upguard,
    highlevel: Highlevel,
}

struct Door(Arc<Mutex<Square>>, System);

#[async_trait]
impl Transport for Door {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut square = self.0.lock().expect("no poison");
        square.people_work(self.1);
        Ok(answered(&mut square.world, now(), self.1, &request))
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Time {
        time(NOW)
    }
}

fn now() -> DateTime<Utc> {
    NOW.parse().expect("a time")
}

impl Town {
    pub fn of(seed: u64) -> Town {
        let options = Options { seed, vendors: 6, contacts: 10, threats: 6, ..Options::default() };
        let mut world = World::new(&options);
        let limits =
            json!({ "highlevel_burst_limit": 1_000_000, "highlevel_daily_limit": 10_000_000 });
        world.turn(limits.as_object().expect("members")).expect("switches");
        let (dice, ever, ids) = (Dice::of(seed), BTreeSet::new(), BTreeMap::new());
        let mut square = Square { world, dice, is_busy: false, ever, ids, known: 0, deeds: 0 };
        square.settle();
        let square = Arc::new(Mutex::new(square));
        let door = |system| Arc::new(Door(Arc::clone(&square), system));
        let (key, token) = (options.api_key.clone().into(), options.token.clone().into());
        let upguard =
            Upguard::new(door(System::UpGuard), key, Arc::new(Noon), UpguardSettings::default());
        let location = options.location_id.clone();
        let settings = HighlevelSettings::default();
        let highlevel =
            Highlevel::new(door(System::HighLevel), token, location, Arc::new(Noon), settings);
        Town { square, upguard, highlevel }
    }

    fn square(&self) -> MutexGuard<'_, Square> {
        self.square.lock().expect("no poison")
    }

    pub fn source(&self, side: Side) -> &dyn Source {
        match side {
            Side::Upguard => &self.upguard,
            Side::Highlevel => &self.highlevel,
        }
    }

    pub fn turn(&self, switches: &Json) {
        let switches = switches.as_object().expect("members");
        self.square().world.turn(switches).expect("switches");
    }

    /// Whether people work from now on.
    pub fn wakes(&self, is_busy: bool) {
        self.square().is_busy = is_busy;
    }

    pub fn hour_passes(&self) {
        self.square().world.advance(TimeDelta::hours(1));
    }

    /// Everything that a side has and lists, with what it belongs to.
    pub fn alive(&self, side: Side) -> BTreeMap<RecordKey, Option<RecordId>> {
        self.square().alive(side)
    }

    /// Whether there ever was such a record.
    pub fn ever(&self, key: &RecordKey) -> bool {
        self.square().ever.contains(key)
    }
}

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn rows(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn comments(of: &Json, threat: &RecordId, into: &mut BTreeMap<RecordKey, Option<RecordId>>) {
    for comment in rows(of) {
        let key = RecordKey::new(Resource::Comment, text(&comment["comment_id"]));
        into.insert(key, Some(threat.clone()));
        comments(&comment["children"], threat, into);
    }
}

impl Square {
    /// So that there is something in every listing.
    fn settle(&mut self) {
        let state = self.world.state();
        for (system, of, list, entity) in [
            (System::UpGuard, "upguard", "vendors", "vendor"),
            (System::UpGuard, "upguard", "contacts", "contact"),
            (System::UpGuard, "upguard", "threats", "threat"),
            (System::HighLevel, "highlevel", "contacts", "contact"),
            (System::HighLevel, "highlevel", "businesses", "business"),
        ] {
            let id = |row: &Json| row.get("uuid").unwrap_or(&row["id"]).clone();
            let ids: Vec<Json> = rows(&state[of][list]).iter().map(id).collect();
            // People at a vendor that nobody monitors are not listed, and may move.
            let all = ids.iter().flat_map(|id| made(system, entity).iter().map(move |it| (it, id)));
            self.ever.extend(all.map(|(it, id)| RecordKey::new(*it, text(id))));
            self.ids.insert((system, entity), ids);
        }
        for _ in 0..4 {
            self.make(System::UpGuard, "disclosure");
            self.make(System::UpGuard, "notification");
            self.make(System::UpGuard, "comment");
            self.make(System::HighLevel, "task");
            self.make(System::HighLevel, "note");
            self.make(System::HighLevel, "business");
        }
        let both = [Side::Upguard, Side::Highlevel].map(|side| self.alive(side));
        self.ever.extend(both.into_iter().flat_map(BTreeMap::into_keys));
    }

    fn people_work(&mut self, system: System) {
        if !self.is_busy {
            return;
        }
        for _ in 0..self.dice.below(3) {
            self.world.advance(TimeDelta::milliseconds(300));
            self.somebody_works(system);
        }
    }

    /// What came and went is known to people.
    fn look_around(&mut self) {
        for effect in &self.world.effects()[self.known..] {
            let ids = self.ids.entry((effect.side, effect.entity)).or_default();
            match (&effect.field, &effect.before, &effect.after) {
                (None, Json::Null, _) => {
                    ids.push(effect.id.clone());
                    let made = made(effect.side, effect.entity).iter();
                    self.ever.extend(made.map(|it| RecordKey::new(*it, text(&effect.id))));
                }
                (None, _, Json::Null) => ids.retain(|id| *id != effect.id),
                _ => {}
            }
        }
        self.known = self.world.effects().len();
    }

    fn somebody_works(&mut self, system: System) {
        let entities: &[&'static str] = match system {
            System::UpGuard => {
                &["vendor", "contact", "contact", "threat", "comment", "disclosure", "notification"]
            }
            System::HighLevel => &["contact", "contact", "business", "business", "task", "note"],
        };
        let entity = entities[self.dice.below(entities.len())];
        if matches!(entity, "comment" | "notification") || self.dice.below(3) == 0 {
            return self.make(system, entity);
        }
        let Some(id) = self.any(system, entity) else { return };
        let change = match self.dice.below(5) {
            0 | 1 => Change::Delete(id),
            2 if (system, entity) == (System::HighLevel, "contact") => {
                let loser = self.any(system, entity).filter(|it| *it != id);
                Change::Merge(id, loser.into_iter().collect())
            }
            2 if (system, entity) == (System::UpGuard, "contact") => {
                let vendor = self.any(system, "vendor").unwrap_or_default();
                Change::Set(id, members(json!({ "vendor_id": vendor })))
            }
            _ => Change::Set(id, self.edit(entity)),
        };
        self.does(system, entity, change);
    }

    /// What people cannot do, because something else is not there, they do not.
    fn does(&mut self, side: System, entity: &str, change: Change) {
        let edit = Edit { side, location: None, entity: entity.to_owned(), change };
        self.deeds += usize::from(self.world.edit(now(), &edit).is_ok());
        self.look_around();
    }

    fn edit(&mut self, entity: &str) -> Map<String, Json> {
        let word = format!("word {}", self.dice.below(1000));
        members(match entity {
            "threat" | "task" => json!({ "title": word }),
            "disclosure" => json!({ "description": word }),
            "note" => json!({ "body": word }),
            "contact" => json!({ "notes": word }),
            _ => json!({ "name": word }),
        })
    }

    fn make(&mut self, system: System, entity: &'static str) {
        self.deeds += 1;
        let number = self.deeds * 1000 + self.dice.below(1000);
        let contact = self.any(System::HighLevel, "contact").unwrap_or_default();
        let create = match (system, entity) {
            (System::UpGuard, "vendor") => {
                json!({ "name": format!("V{number}"), "primary_hostname": format!("v{number}.example") })
            }
            (System::UpGuard, "contact") => {
                let vendor = self.any(system, "vendor").unwrap_or_default();
                json!({ "vendor_id": vendor, "name": format!("P{number}") })
            }
            (System::UpGuard, "threat") => json!({ "title": format!("T{number}") }),
            (System::UpGuard, "comment") => {
                json!({ "uuid": self.any(system, "threat"), "content": "x" })
            }
            (System::UpGuard, "notification") => json!({ "type": "T", "description": "x" }),
            (System::UpGuard, _) => json!({ "description": format!("D{number}") }),
            (System::HighLevel, "contact") => json!({ "firstName": format!("C{number}") }),
            (System::HighLevel, "business") => json!({ "name": format!("B{number}") }),
            (System::HighLevel, "task") => {
                json!({ "contactId": contact, "title": "x", "dueDate": "2026-07-01" })
            }
            (System::HighLevel, _) => json!({ "contactId": contact, "body": "x" }),
        };
        self.does(system, entity, Change::Create(members(create)));
    }

    /// The id of one of them.
    fn any(&mut self, system: System, entity: &'static str) -> Option<Json> {
        let ids = self.ids.get(&(system, entity))?;
        ids.get(self.dice.below(ids.len().max(1))).cloned()
    }

    fn alive(&self, side: Side) -> BTreeMap<RecordKey, Option<RecordId>> {
        let state = self.world.state();
        let mut alive = BTreeMap::new();
        let mut add = |resource, list: &Json, parent: Option<&str>| {
            for row in rows(list) {
                let owner = parent.map(|name| RecordId::new(text(&row[name])));
                alive.insert(RecordKey::new(resource, text(&row["id"])), owner);
            }
        };
        match side {
            Side::Highlevel => {
                let state = &state["highlevel"];
                add(Resource::Contact, &state["contacts"], None);
                add(Resource::Business, &state["businesses"], None);
                add(Resource::Task, &state["tasks"], Some("contactId"));
                add(Resource::Note, &state["notes"], Some("contactId"));
            }
            Side::Upguard => {
                let state = &state["upguard"];
                let monitored = rows(&state["vendors"]).iter().filter(|it| it["monitored"] == true);
                let monitored: Vec<Json> = monitored.cloned().collect();
                let ids: Vec<&Json> = monitored.iter().map(|it| &it["id"]).collect();
                let people = rows(&state["contacts"]).iter();
                let people: Vec<Json> =
                    people.filter(|it| ids.contains(&&it["vendor_id"])).cloned().collect();
                add(Resource::VendorContact, &json!(people), Some("vendor_id"));
                add(Resource::VendorNote, &json!(monitored), Some("id"));
                add(Resource::Vendor, &json!(monitored), None);
                add(Resource::Disclosure, &state["disclosures"], None);
                let told = self.world.effects().iter().filter(|it| it.entity == "notification");
                let told: Vec<Json> = told.map(|it| json!({ "id": it.id })).collect();
                add(Resource::Notification, &json!(told), None);
                // What a rule has dismissed is not listed.
                let listed =
                    rows(&state["threats"]).iter().filter(|it| it["auto_dismissed"] != true);
                for threat in listed {
                    let id = RecordId::new(text(&threat["uuid"]));
                    alive.insert(RecordKey { resource: Resource::Threat, id: id.clone() }, None);
                    comments(&threat["comments"], &id, &mut alive);
                }
            }
        }
        alive
    }
}

/// What a system's record is to whoever lists it.
fn made(system: System, entity: &str) -> &'static [Resource] {
    match (system, entity) {
        (System::UpGuard, "vendor") => &[Resource::Vendor, Resource::VendorNote],
        (System::UpGuard, "contact") => &[Resource::VendorContact],
        (System::UpGuard, "threat") => &[Resource::Threat],
        (System::UpGuard, "comment") => &[Resource::Comment],
        (System::UpGuard, "disclosure") => &[Resource::Disclosure],
        (System::UpGuard, "notification") => &[Resource::Notification],
        (System::HighLevel, "contact") => &[Resource::Contact],
        (System::HighLevel, "business") => &[Resource::Business],
        (System::HighLevel, "task") => &[Resource::Task],
        (System::HighLevel, "note") => &[Resource::Note],
        _ => &[],
    }
}

fn members(of: Json) -> Map<String, Json> {
    of.as_object().cloned().unwrap_or_default()
}
