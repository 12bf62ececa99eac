//! What do both systems hold, and what was agreed? A [`World`] is written as a script, one fact or
//! edit a line, and answers with plans; carrying a plan out is simulated here, without any I/O.
//!
//! ```text
//! vendor v1 | name=Acme | host=acme.com | phone=+1 650 253 0000      sets or edits a record
//! person p1 of v1 @50 | name=Ann Lee | email=ann@acme.com            @50: its stamp, in minutes
//! business b1 @20..40 | phone=-                                      the phone was emptied then
//! contact c1 row | email=?                                           ?: not covered
//! contact c1 unseen                                                  also: gone, here
//! agree                                                              plans and applies until quiet
//! ```
//!
//! Further lines: see [`World::line`].

use std::collections::{BTreeMap, BTreeSet};

use concordat_diff::{Extent, Inputs, reconcile};
use concordat_mapping::activity::{Activity, ContactNotes, VendorNotes};
use concordat_mapping::settings::{Attributes, Labels, Profiles, Vendors};
use concordat_mapping::{Rules, Settings, Slice, is_stamped};
use concordat_model::record::MONITORED;
use concordat_model::{
    Agreements, Certificate, Choice, Coverage, Gone, Interval, LinkId, Offset, PairId, Partition,
    Path, Plan, Rebuff, RecordKey, Resource, Ruling, Scope, Side, Sides, Sight, Take, Tenant, Time,
    Value, View,
};

use crate::natives::{fresh, mapping_of, native, path, resource, title};

/// Both sides, and everything agreed between them.
#[derive(Clone, Debug)]
pub struct World {
    /// The pair.
    pub pair: PairId,
    /// What corresponds to what, as a person wrote it.
    pub settings: Settings,
    /// How wrong the clocks may be.
    pub skew_limit_ms: i64,
    /// What each side holds.
    pub views: Sides<View>,
    /// What was agreed.
    pub agreements: Agreements,
    /// Links with a write in doubt.
    pub in_doubt: BTreeMap<LinkId, Side>,
    /// Records that must be there.
    pub canaries: Vec<RecordKey>,
    /// The part of the organisation it is about.
    pub slice: Slice,
    /// So many complete listings have to miss what is gone.
    pub quarantine_views: u32,
    /// The part to plan.
    pub scope: Scope,
    /// Native fields that their side accepts and does not keep.
    pub ignored: BTreeSet<(Resource, Path)>,
    /// Now, in minutes.
    pub minute: i64,
    /// The last entry of the ledger.
    pub entry: u64,
}

/// The moment `minute`.
pub fn at(minute: i64) -> Time {
    Time::from_timestamp(1_800_000_000 + minute * 60, 0).expect("a time")
}

impl Default for World {
    fn default() -> Self {
        let attribute = |name: &str| Some(name.to_owned());
        let attributes = Attributes {
            phone: attribute("phone"),
            email: attribute("email"),
            address: attribute("address"),
            description: attribute("description"),
        };
        let settings = Settings {
            phone_region: Some("US".into()),
            vendors: Vendors { attributes, ..Vendors::default() },
            labels: Labels { enabled: false, ..Labels::default() },
            profiles: Profiles { enabled: false, ..Profiles::default() },
            activity: Activity { enabled: false, ..Activity::default() },
            vendor_notes: VendorNotes { enabled: false, ..VendorNotes::default() },
            contact_notes: ContactNotes { enabled: false, ..ContactNotes::default() },
            people: ["ada", "bob", "eve"].map(|it| (format!("{it}@us.com"), it.into())).into(),
            ..Settings::default()
        };
        let mut world = World {
            pair: PairId::new("pair"),
            settings,
            skew_limit_ms: 30_000,
            views: Sides::from_fn(empty),
            agreements: Agreements::default(),
            in_doubt: BTreeMap::new(),
            canaries: Vec::new(),
            slice: Slice::default(),
            quarantine_views: 2,
            scope: Scope::default(),
            ignored: BTreeSet::new(),
            minute: 1000,
            entry: 0,
        };
        // Those that are listed as a whole, night by night.
        let listed = |it: &Resource| it.parent().is_none() && *it != Resource::CustomField;
        for resource in Resource::ALL.into_iter().filter(listed) {
            world.certify(Partition::All(resource));
        }
        world
    }
}

fn empty(side: Side) -> View {
    View {
        side,
        tenant: Tenant { id: format!("{side}-1"), name: "Us".into(), can_mark: true },
        records: BTreeMap::new(),
        gone: BTreeMap::new(),
        certificates: BTreeMap::new(),
        uncertified: BTreeMap::new(),
        offset: Offset { ahead_ms: 0 },
        outside: BTreeSet::new(),
        defined: ["custom.vendor_tier", "custom.vendor_score"].map(Path::from).into(),
    }
}

impl World {
    /// The world after `script`.
    pub fn of(script: &str) -> World {
        let mut world = World::default();
        world.play(script);
        world
    }

    /// Plays the lines of `script`.
    pub fn play(&mut self, script: &str) {
        script.lines().map(str::trim).filter(|it| !it.is_empty()).for_each(|it| self.line(it));
    }

    /// Plays one line.
    pub fn line(&mut self, line: &str) {
        let mut parts = line.split('|').map(str::trim);
        let head: Vec<&str> = parts.next().unwrap_or_default().split_whitespace().collect();
        let fields: Vec<(&str, &str)> = parts.map(|it| it.split_once('=').expect(line)).collect();
        match *head.as_slice() {
            [
                "vendor" | "person" | "business" | "contact" | "threat" | "task" | "comment"
                | "note" | "notification" | "memo" | "leak" | "risk" | "questionnaire" | "lead"
                | "waiver" | "app",
                ..,
            ] => self.record(&head, &fields),
            // The nth of those that are there, if any are.
            ["any", kind, nth, ref how @ ..] => {
                let here = self.views[resource(kind).side()].here(resource(kind));
                let here: Vec<String> = here.map(|it| it.record.key.id.to_string()).collect();
                if let Some(nth) = nth.parse::<usize>().expect(line).checked_rem(here.len()) {
                    self.record(&[&[kind, here[nth].as_str()], how].concat(), &fields);
                }
            }
            ["agree"] => self.agree(),
            ["on" | "organisation" | "prefer" | "allow" | "reason" | "gone" | "rule", ..] => {
                crate::wishes::say(&mut self.settings, &head);
            }
            ["take", field, whom] => self.take(field, whom),
            ["match", record, "link", target] => {
                self.choose(record, Choice::Link(self.known(target)));
            }
            ["approve", record] => self.rule_on(record, Ruling::Approved),
            ["cancel", record] => self.rule_on(record, Ruling::Cancelled),
            ["quarantine", views] => self.quarantine_views = views.parse().expect(line),
            ["match", record, "create"] => self.choose(record, Choice::Create),
            ["match", record, "never"] => self.choose(record, Choice::Never),
            ["rebuff", record, target] => {
                let (link, duplicate) = (self.founded_by(record), self.known(target));
                let says = "the side says there is such a contact".into();
                let mut steps = self.plan().steps.into_iter();
                let sent = steps.find(|it| it.link == link).expect("it is refused").content();
                let rebuff = Rebuff { sent, at: at(self.minute), duplicate: Some(duplicate), says };
                self.agreements.rebuffs.insert(link, rebuff);
            }
            ["incomplete", kind] => self.incomplete(resource(kind)),
            ["complete", kind] => self.complete(resource(kind)),
            ["days", count] => self.minute += count.parse::<i64>().expect(line) * 24 * 60,
            ["doubt", record] => {
                let link = self.link_of(record).unwrap_or_else(|| self.founded_by(record));
                self.in_doubt.insert(link, Side::Highlevel);
            }
            ["ignores", kind, field] => {
                let resource = resource(kind);
                self.ignored.insert((resource, path(resource, field)));
            }
            ["canary", kind, id] => self.canaries.push(RecordKey::new(resource(kind), id)),
            ["slice" | "where", ..] => crate::slices::say(&mut self.slice, &head),
            ["unmarkable"] => self.views.highlevel.tenant.can_mark = false,
            ["skew", seconds] => self.skew_limit_ms = seconds.parse::<i64>().expect(line) * 1000,
            ["only", ref what @ ..] => self.scope.only = Some(what.join(" ")),
            ["limit", count] => self.scope.limit = Some(count.parse().expect(line)),
            ["whole"] => self.scope = Scope::default(),
            ["forget", "bases"] => {
                self.agreements.links.values_mut().for_each(|it| it.base.clear());
            }
            _ => panic!("no such line: {line}"),
        }
    }

    fn record(&mut self, head: &[&str], fields: &[(&str, &str)]) {
        let resource = resource(head[0]);
        let key = RecordKey::new(resource, head[1]);
        let parent = head.iter().position(|it| *it == "of").map(|index| head[index + 1]);
        let view = &mut self.views[resource.side()];
        let mirrored = view.records.entry(key.clone()).or_insert_with(|| fresh(&key));
        if let Some(parent) = parent {
            mirrored.record.parent = Some(parent.into());
        }
        let moved = head.iter().find_map(|it| it.strip_prefix('@')).map(|when| {
            let minute = |text: &str| text.parse().ok().map(at);
            match when.split_once("..") {
                Some((after, until)) => (minute(after), minute(until).expect("a minute")),
                None => {
                    mirrored.record.stamp = minute(when);
                    (None, minute(when).expect("a minute"))
                }
            }
        });
        for (name, value) in fields {
            let path = path(resource, name);
            if *value == "?" {
                let kept = mirrored.record.reading.iter().filter(|(it, _)| **it != path);
                mirrored.record.reading =
                    kept.map(|(path, held)| (path.clone(), held.clone())).collect();
                continue;
            }
            if let Some((after, until)) = moved {
                let stamped = mirrored.record.stamp == Some(until) && is_stamped(resource, &path);
                mirrored.moved.insert(path.clone(), Interval { after, until, stamped });
            }
            let held = (*value != "-").then(|| native(&path, value));
            mirrored.record.reading.set(path, held);
        }
        mirrored.record.name = title(&mirrored.record).into();
        for flag in head {
            match *flag {
                "row" => mirrored.record.sight = Sight::Row,
                "unseen" => mirrored.missing = 1,
                "here" => {
                    mirrored.missing = 0;
                    view.gone.remove(&key);
                }
                "gone" | "missed" => {
                    let listings = if *flag == "gone" { 2 } else { 1 };
                    mirrored.missing = listings;
                    view.gone.insert(key.clone(), Gone { confirmed: at(900), listings });
                }
                "dormant" | "watched" => {
                    let monitored = Some(Value::Bool(*flag == "watched"));
                    mirrored.record.reading.set(MONITORED.into(), monitored);
                }
                _ => {}
            }
        }
        if resource == Resource::Vendor {
            for resource in [Resource::VendorContact, Resource::Questionnaire] {
                self.certify(Partition::Of(resource, key.id.clone()));
            }
        }
    }

    fn certify(&mut self, partition: Partition) {
        let (began, ended, coverage) = (at(900), at(901), Coverage::Whole);
        let certificate = Certificate { began, ended, pages: 1, rows: 1, total: None, coverage };
        let side = partition.resource().side();
        self.views[side].certificates.insert(partition, certificate);
    }

    fn incomplete(&mut self, resource: Resource) {
        let view = &mut self.views[resource.side()];
        let lost = view.certificates.keys().filter(|it| it.resource() == resource).cloned();
        for partition in lost.collect::<Vec<_>>() {
            view.certificates.remove(&partition);
            view.uncertified.insert(partition, "a page was missing".into());
        }
    }

    fn complete(&mut self, resource: Resource) {
        let lost = self.views[resource.side()].uncertified.keys();
        let lost: Vec<_> = lost.filter(|it| it.resource() == resource).cloned().collect();
        for partition in lost {
            self.views[resource.side()].uncertified.remove(&partition);
            self.certify(partition);
        }
    }

    /// A person answers every open conflict about `field`.
    fn take(&mut self, field: &str, whom: &str) {
        let take = match whom {
            "upguard" => Take::Side(Side::Upguard),
            "highlevel" => Take::Side(Side::Highlevel),
            "leave" => Take::Leave,
            _ => panic!("take whom? {whom}"),
        };
        let mut open = self.plan().conflicts;
        open.retain(|it| it.field.as_str() == field);
        assert!(!open.is_empty(), "there is no conflict about {field}");
        let taken = open.into_iter().map(|it| ((it.link, it.field), (it.held, take)));
        self.agreements.taken.extend(taken);
    }

    fn choose(&mut self, record: &str, choice: Choice) {
        let record = self.known(record);
        self.agreements.choices.insert((mapping_of(record.resource).into(), record), choice);
    }

    fn rule_on(&mut self, record: &str, ruling: Ruling) {
        self.agreements.rulings.insert(self.link_of(record).expect("a link"), ruling);
    }

    /// The record called `id`, on whichever side it is.
    pub fn known(&self, id: &str) -> RecordKey {
        let mut keys = Side::BOTH.into_iter().flat_map(|side| self.views[side].records.keys());
        keys.find(|key| key.id.as_str() == id).unwrap_or_else(|| panic!("no record {id}")).clone()
    }

    /// The link that joins the record called `id`.
    pub fn link_of(&self, id: &str) -> Option<LinkId> {
        let key = self.known(id);
        let mut links = self.agreements.links.values();
        links.find(|it| it.ends[key.side()].contains(&key)).map(|it| it.id.clone())
    }

    fn founded_by(&self, id: &str) -> LinkId {
        let key = self.known(id);
        LinkId::of(&self.pair, &mapping_of(key.resource).into(), &key)
    }

    /// The rules that the settings add up to.
    pub fn rules(&self) -> Rules {
        let rules = concordat_mapping::rules(&self.settings, self.skew_limit_ms);
        rules.expect("sound settings").about(&self.slice)
    }

    /// What would be done.
    pub fn plan(&self) -> Plan {
        self.with(reconcile)
    }

    /// What `ask` says to that from which a plan is made.
    pub fn with<R>(&self, ask: impl FnOnce(&Inputs<'_>) -> R) -> R {
        let rules = self.rules();
        let outside = self.slice.outside(&self.views.upguard);
        let sliced = (!outside.is_empty()).then(|| View { outside, ..self.views.upguard.clone() });
        let upguard = sliced.as_ref().unwrap_or(&self.views.upguard);
        ask(&Inputs {
            pair: &self.pair,
            rules: &rules,
            agreements: &self.agreements,
            views: Sides { upguard, highlevel: &self.views.highlevel },
            extent: Extent::Whole,
            in_doubt: self.in_doubt.clone(),
            canaries: &self.canaries,
            quarantine_views: self.quarantine_views,
            scope: &self.scope,
            now: at(self.minute),
        })
    }

    /// Plans and applies until there is nothing left to do.
    pub fn agree(&mut self) {
        for _ in 0..4 {
            let plan = self.plan();
            self.apply(&plan);
        }
        let plan = self.plan();
        assert!(plan.is_empty(), "not quiet after four runs:\n{}", crate::paper::text(&plan));
    }
}
