//! Is everything listed often enough, and does nothing follow from what was not listed? Vendors with their
//! people, and contacts with their notes, of which each pull asks a part.

use chrono::TimeDelta;
use concordat_model::*;
use concordat_snapshot::{PullRequest, Sweep};
use concordat_store::MemoryTables;
use proptest::prelude::*;

use crate::script::*;

const DAY: i64 = 86_400;

fn vendors(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("v{number:02}"))
}

/// Every vendor has one person, called like it.
fn town(second: i64, count: usize) -> Script {
    let all = vendors(count).map(|id| vendor(&id, &[])).collect();
    vendors(count).fold(Script::new().vendors(second, all), |script, id| {
        script.people(&id, second, vec![person(&format!("p-{id}"), &id)])
    })
}

fn people(vendor: &str) -> Partition {
    Partition::Of(Resource::VendorContact, vendor.into())
}

fn p(vendor: &str) -> RecordKey {
    RecordKey::new(Resource::VendorContact, format!("p-{vendor}"))
}

fn sweeping(second: i64, owners_min: usize, expected: &[RecordKey]) -> PullRequest<'static> {
    let sweep = Sweep { staleness: TimeDelta::days(7), owners_min };
    PullRequest {
        sweeps: [(Resource::VendorContact, sweep), (Resource::Note, sweep)].into(),
        // The side's clock is ahead by so much.
        now: at(second) - TimeDelta::milliseconds(250),
        ..request(Side::Upguard, expected)
    }
}

/// Whose people were listed, in the order in which they were asked.
fn asked(script: &Script) -> Vec<String> {
    let log = script.log.lock().unwrap();
    let of = |it: &String| it.strip_prefix("page the vendor contacts of UpGuard ").map(Into::into);
    log.iter().filter_map(of).collect()
}

#[test]
fn where_there_are_few_all_are_asked_each_time() {
    let tables = MemoryTables::new();
    for second in [100, 101] {
        let script = town(second, 4);
        try_pull(&tables, &script, sweeping(second, 4, &[])).unwrap();
        assert_eq!(asked(&script).len(), 4);
    }
}

#[test]
fn where_there_are_many_a_share_is_asked_and_the_rest_stays_as_it_was() {
    let tables = MemoryTables::new();
    let first = town(0, 14);
    try_pull(&tables, &first, sweeping(0, 1, &[])).unwrap();
    assert_eq!(asked(&first).len(), 14, "nobody was ever asked");
    let mut all = Vec::new();
    for day in 1..=7 {
        let script = town(day * DAY, 14);
        let view = try_pull(&tables, &script, sweeping(day * DAY, 1, &[])).unwrap();
        let now = asked(&script);
        assert_eq!(now.len(), 2, "a day of seven");
        assert!(view.is_complete(Resource::VendorContact));
        for id in vendors(14) {
            assert!(matches!(view.seen(&p(&id)), Seen::Here(_)), "{id} was asked or not");
            assert!(view.certificates.contains_key(&people(&id)));
        }
        let listed_now = |id: &&String| view.certificates[&people(id)].began == at(day * DAY);
        assert_eq!(now.iter().filter(listed_now).count(), 2);
        assert_eq!(vendors(14).collect::<Vec<_>>().iter().filter(listed_now).count(), 2);
        all.extend(now);
    }
    all.sort();
    assert_eq!(all, vendors(14).collect::<Vec<_>>(), "each once in seven days");
    let again = town(7 * DAY, 14);
    try_pull(&tables, &again, sweeping(7 * DAY, 1, &[])).unwrap();
    assert_eq!(asked(&again).len(), 1, "right after, no more than the least");
}

#[test]
fn who_is_new_or_was_not_listed_completely_is_asked_first() {
    let tables = MemoryTables::new();
    try_pull(&tables, &town(0, 4), sweeping(0, 1, &[])).unwrap();
    let mut broken = town(3 * DAY, 5);
    broken.pages.retain(|it, _| *it != people("v00") && *it != people("v01"));
    let view = try_pull(&tables, &broken, sweeping(3 * DAY, 1, &[])).unwrap();
    assert_eq!(asked(&broken), ["v04", "v00", "v01"], "the new one, and of the others the stalest");
    assert!(!view.is_complete(Resource::VendorContact));
    let script = town(3 * DAY + 60, 5);
    let view = try_pull(&tables, &script, sweeping(3 * DAY + 60, 1, &[])).unwrap();
    assert_eq!(asked(&script), ["v00", "v01", "v02"], "those that failed, and one more");
    assert!(view.is_complete(Resource::VendorContact));
}

#[test]
fn when_a_person_is_missing_every_vendor_is_asked_until_the_quarantine_is_over() {
    let tables = MemoryTables::new();
    try_pull(&tables, &town(0, 6), sweeping(0, 1, &[p("v00")])).unwrap();
    let left = |second| {
        town(second, 6).people("v00", second, vec![]).reads(p("v00"), second, None).reads(
            p("v01"),
            second,
            Some(person("p-v01", "v01")),
        )
    };
    let mut counts = Vec::new();
    for second in [60, 120, 180, 240] {
        let script = left(second);
        let view = try_pull(&tables, &script, sweeping(second, 1, &[p("v00")])).unwrap();
        let Seen::Gone(gone) = view.seen(&p("v00")) else { panic!("{:?}", view.seen(&p("v00"))) };
        counts.push((asked(&script).len(), gone.listings));
    }
    // Afterwards it is one of six, and here the first of them.
    assert_eq!(counts, [(1, 1), (6, 2), (1, 3), (1, 3)]);
}

#[test]
fn a_full_pull_asks_everybody() {
    let tables = MemoryTables::new();
    try_pull(&tables, &town(0, 6), sweeping(0, 1, &[])).unwrap();
    let script = town(60, 6);
    try_pull(&tables, &script, request(Side::Upguard, &[])).unwrap();
    assert_eq!(asked(&script).len(), 6);
}

#[test]
fn a_contact_that_changed_shows_its_notes_at_once() {
    let tables = MemoryTables::new();
    let pull_at = |second: i64, contacts: Vec<Record>| {
        let ids: Vec<RecordId> = contacts.iter().map(|it| it.key.id.clone()).collect();
        let mut script = Script::new().contacts(second, contacts);
        for id in ids {
            let partition = Partition::Of(Resource::Note, id);
            script.pages.insert(partition, vec![Ok(page(second, vec![]))]);
        }
        let resources = vec![Resource::Contact, Resource::Note];
        let request = PullRequest { side: Side::Highlevel, resources, ..sweeping(second, 1, &[]) };
        try_pull(&tables, &script, request).unwrap();
        let log = script.log.into_inner().unwrap();
        let notes = log.iter().filter_map(|it| it.strip_prefix("page the notes of HighLevel "));
        notes.map(str::to_owned).collect::<Vec<_>>()
    };
    let contacts = |stamp| {
        ["c1", "c2", "c3"].map(|id| row(id, if id == "c3" { stamp } else { 50 }, &[])).to_vec()
    };
    assert_eq!(pull_at(100, contacts(50)).len(), 3);
    assert_eq!(pull_at(200, contacts(50)), ["c1"]);
    assert_eq!(pull_at(300, contacts(250)), ["c3", "c2"]);
    assert_eq!(pull_at(400, contacts(250)), ["c1"], "its notes were listed since");
}

proptest! {
    /// However irregular the pulls, and whatever the setting says today: after each, no listing is older than
    /// the staleness.
    #[test]
    fn no_listing_is_older_than_the_staleness(
        pulls in proptest::collection::vec((1_i64..(10 * DAY), 1_i64..9), 1..12),
        count in 1_usize..12,
        owners_min in 1_usize..4,
    ) {
        let tables = MemoryTables::new();
        let mut now = 0;
        for (pause, days) in pulls {
            now += pause;
            let staleness = TimeDelta::days(days);
            let mut request = sweeping(now, owners_min, &[]);
            request.sweeps.values_mut().for_each(|it| it.staleness = staleness);
            let view = try_pull(&tables, &town(now, count), request).unwrap();
            for id in vendors(count) {
                let age = at(now) - view.certificates[&people(&id)].began;
                prop_assert!(age < staleness, "{id}: {age}");
            }
        }
    }
}
