//! Does a listing in unstable pages lose or invent a record? While both systems are listed through the real
//! clients, people make, change, delete, move and merge records between any two requests; pages are capped,
//! come in another order, come again, and the index lags. Judged against what was there all the time, and
//! against what never was.
//!
//! Many seeds, in process, on time that does not pass by itself.

mod town;

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{Fingerprint, PairId, RecordKey, Resource, Seen, Side, View};
use concordat_snapshot::{PullRequest, load, pull};
use concordat_store::MemoryTables;
use serde_json::{Value as Json, json};
use town::{Dice, NOW, Town};

use crate::side;

const SEEDS: u64 = 80;

/// The listings whose pages are ours to lay out, or of which there is one page for each owner: what was there
/// all the time is in them, linked or not, if they are complete.
const SURE: [Resource; 5] =
    [Resource::Contact, Resource::Business, Resource::Task, Resource::Note, Resource::Comment];

const RESOURCES: [(Side, &[Resource]); 2] = [
    (
        Side::Upguard,
        &[
            Resource::Vendor,
            Resource::VendorContact,
            Resource::VendorNote,
            Resource::Threat,
            Resource::Comment,
            Resource::Disclosure,
            Resource::Notification,
        ],
    ),
    (Side::Highlevel, &[Resource::Contact, Resource::Business, Resource::Task, Resource::Note]),
];

/// How the pages are, while people work.
fn weather(dice: &mut Dice) -> Json {
    let mut weather = json!({
        "upguard_page_rows_max": 1 + dice.below(4),
        "highlevel_page_rows_max": 2 + dice.below(3),
        "upguard_order_turns": dice.below(4) == 0,
        "highlevel_businesses_by_change": dice.below(3) == 0,
        "index_lag_seconds": 20 * (dice.below(3) / 2),
        "upguard_empty_next_page_token": dice.below(2) == 0,
    });
    for damage in ["repeated", "stuck_cursor"] {
        if dice.below(6) == 0 {
            weather[damage] = json!({ "after": dice.below(6), "next": 1 });
        }
    }
    weather
}

fn calm() -> Json {
    json!({
        "upguard_order_turns": false, "highlevel_businesses_by_change": false,
        "repeated": false, "stuck_cursor": false,
    })
}

/// One life: a quiet pull, a busy one, a quiet one.
struct Life {
    town: Town,
    tables: MemoryTables,
    linked: BTreeSet<RecordKey>,
}

impl Life {
    async fn pull(&self, side: Side) -> View {
        let pair = PairId::from("acme");
        let resources = RESOURCES.into_iter().find(|(it, _)| *it == side).expect("both sides").1;
        let expected: BTreeMap<_, _> = self.linked.iter().map(|key| (key.clone(), None)).collect();
        let request = PullRequest {
            owners: &|_, _| None,
            sweeps: BTreeMap::new(),
            windows: BTreeMap::new(),
            conditions: Fingerprint::of("conditions", &[]),
            quarantine_views: 2,
            now: side::time(NOW),
            side,
            resources: resources.to_vec(),
            expected,
            concurrency: 4,
            stamped: &|_, _| true,
        };
        pull(self.town.source(side), &self.tables, &pair, request, &|_| {}).await.expect("a pull");
        load(&self.tables, &pair, side).expect("a mirror").expect("it was pulled")
    }

    /// With nobody at work all is seen, and nothing else.
    async fn quiet(&self, story: &str) {
        for (side, _) in RESOURCES {
            let view = self.pull(side).await;
            assert_eq!(view.uncertified, BTreeMap::new(), "{story}");
            let here: BTreeSet<RecordKey> =
                view.records.keys().filter(|key| is_here(&view, key)).cloned().collect();
            let all: BTreeSet<RecordKey> = self.town.alive(side).into_keys().collect();
            let unseen: Vec<_> = all.difference(&here).collect();
            let invented: Vec<_> = here.difference(&all).collect();
            assert!(unseen.is_empty() && invented.is_empty(), "{story}: {unseen:?} {invented:?}");
        }
    }
}

fn is_here(view: &View, key: &RecordKey) -> bool {
    matches!(view.seen(key), Seen::Here(it) if !it.record.is_dormant())
}

/// What a busy pull was worth, over all seeds.
#[derive(Debug, Default)]
struct Tally {
    kept: u64,
    certified: u64,
    uncertified: u64,
    /// Not linked, there all the time, and passed over by a listing of UpGuard that says it is complete.
    late: u64,
}

async fn lived(seed: u64, tally: &mut Tally) {
    let mut dice = Dice::of(seed);
    let town = Town::of(seed);
    town.turn(&json!({ "upguard_page_rows_max": 3, "highlevel_page_rows_max": 3 }));
    let mut life = Life { town, tables: MemoryTables::new(), linked: BTreeSet::new() };
    life.quiet(&format!("seed {seed}, before")).await;

    let all = RESOURCES.into_iter().flat_map(|(side, _)| life.town.alive(side));
    for (key, owner) in all.filter(|_| dice.below(2) == 0).collect::<Vec<_>>() {
        // What belongs to something that is not there is out of sight (`View::seen`).
        life.linked.extend(
            key.resource.parent().zip(owner).map(|(resource, id)| RecordKey { resource, id }),
        );
        life.linked.insert(key);
    }
    let weather = weather(&mut dice);
    let story = format!("seed {seed}, {weather}");
    life.town.turn(&weather);
    for (side, resources) in RESOURCES {
        let before = life.town.alive(side);
        life.town.wakes(true);
        let view = life.pull(side).await;
        life.town.wakes(false);
        let after = life.town.alive(side);
        for key in view.records.keys() {
            assert!(life.town.ever(key), "{story}: {key:?} never was");
        }
        let stayed = before.iter().filter(|(key, parent)| after.get(key) == Some(parent));
        for (key, _) in stayed {
            assert!(
                !view.gone.contains_key(key),
                "{story}: {key:?} was there, and is said to be gone"
            );
            let (is_here, is_linked) = (is_here(&view, key), life.linked.contains(key));
            tally.kept += u64::from(is_here);
            let is_sure = SURE.contains(&key.resource) && view.is_certified(key);
            let passes = key.resource.passes() && view.is_certified(key);
            if is_linked && !key.resource.passes() || is_sure || passes {
                assert!(is_here, "{story}: {key:?} was there all the time; linked: {is_linked}");
            }
            tally.late += u64::from(!is_here && view.is_certified(key));
        }
        tally.uncertified += view.uncertified.len() as u64;
        tally.certified += view.certificates.len() as u64;
        assert!(!resources.is_empty());
    }
    life.town.turn(&calm());
    life.town.hour_passes();
    life.quiet(&format!("{story}, after")).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_there_all_the_time_is_there_and_nothing_that_never_was() {
    let mut tally = Tally::default();
    for seed in 0..SEEDS {
        lived(seed, &mut tally).await;
    }
    assert!(tally.certified > 1000 && tally.uncertified > 100, "{tally:?}");
    assert!(tally.late * 100 < tally.kept, "{tally:?}");
}
