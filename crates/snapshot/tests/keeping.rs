//! What is kept, what is written, and does the order of pages matter?

use concordat_model::*;
use concordat_snapshot::{forget_outdated, load};
use concordat_store::{Batch, MemoryTables, SledTables, Table, Tables};
use proptest::prelude::*;

use crate::script::*;

#[test]
fn a_pull_that_sees_nothing_new_writes_no_record() {
    let tables = Counted::default();
    let upguard = || {
        Script::new()
            .vendors(10, vec![vendor("v1", &[("tier", "1")]), vendor("v2", &[])])
            .people("v1", 11, vec![person("p1", "v1")])
            .people("v2", 11, vec![])
    };
    let highlevel = || Script::new().contacts(10, vec![row("c1", 5, &[("s", "a")])]);
    pull_upguard(&tables, &upguard(), &[]);
    pull_highlevel(&tables, &highlevel(), &[key("c1")]);
    assert_eq!(tables.records_written(), 4);
    pull_upguard(&tables, &upguard(), &[]);
    pull_highlevel(&tables, &highlevel(), &[key("c1")]);
    assert_eq!(tables.records_written(), 0);
    pull_highlevel(&tables, &Script::new().contacts(20, vec![row("c1", 6, &[("s", "a")])]), &[]);
    assert_eq!(tables.records_written(), 1, "a newer stamp is an observation");
}

#[test]
fn every_partition_is_one_commit() {
    let tables = Counted::default();
    let script = Script::new()
        .vendors(10, (0..50).map(|id| vendor(&format!("v{id}"), &[])).collect())
        .people("v7", 11, vec![person("p1", "v7"), person("p2", "v7")]);
    pull_upguard(&tables, &script, &[]);
    let commits = tables.commits.lock().unwrap().clone();
    assert_eq!(commits[0], 50);
    assert_eq!(commits.iter().filter(|rows| **rows == 2).count(), 1);
    assert_eq!(commits.iter().sum::<usize>(), 52);
}

#[test]
fn a_restart_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let script =
        || Script::new().contacts(10, vec![row("c1", 5, &[("s", "a")])]).reads(key("c2"), 12, None);
    let (before, upguard) = {
        let tables = SledTables::open(dir.path()).unwrap().tables;
        pull_highlevel(&tables, &script(), &[key("c2")]);
        let later = Script::new().contacts(20, vec![row("c1", 15, &[("s", "b")])]).reads(
            key("c2"),
            22,
            None,
        );
        let highlevel = pull_highlevel(&tables, &later, &[key("c2")]);
        let script = Script::new().vendors(30, vec![vendor("v1", &[])]);
        (highlevel, pull_upguard(&tables, &script, &[]))
    };
    let tables = SledTables::open(dir.path()).unwrap().tables;
    assert_eq!(load(&tables, &pair(), Side::Highlevel).unwrap().unwrap(), before);
    assert_eq!(load(&tables, &pair(), Side::Upguard).unwrap().unwrap(), upguard);
    assert!(load(&tables, &PairId::from("acm"), Side::Upguard).unwrap().is_none());
    assert_eq!(before.records[&key("c1")].moved.len(), 1);
    assert_eq!(before.gone[&key("c2")].listings, 2);
}

/// An older concordat's mirror is forgotten, and nothing else.
#[test]
fn a_mirror_in_an_older_format_is_forgotten() {
    let tables = MemoryTables::new();
    let highlevel = || Script::new().contacts(10, vec![row("c1", 5, &[("s", "a")])]);
    pull_highlevel(&tables, &highlevel(), &[]);
    pull_upguard(
        &tables,
        &Script::new().vendors(10, vec![vendor("v1", &[])]).people("v1", 11, vec![]),
        &[],
    );
    assert!(!forget_outdated(&tables, &pair()).unwrap());
    let mut batch = Batch::new();
    for number in 1..=6 {
        let table = Table::new(number);
        for (key, mut value) in tables.scan(table, &[]).unwrap() {
            if key.windows(9).any(|it| it == b"highlevel") {
                value[0] -= 1;
                batch.put(table, key, value);
            }
        }
    }
    tables.commit(batch).unwrap();
    assert!(load(&tables, &pair(), Side::Highlevel).is_err());
    assert!(forget_outdated(&tables, &pair()).unwrap());
    assert!(load(&tables, &pair(), Side::Highlevel).unwrap().is_none());
    assert_eq!(load(&tables, &pair(), Side::Upguard).unwrap().unwrap().records.len(), 1);
    assert!(!forget_outdated(&tables, &pair()).unwrap());
    assert_eq!(pull_highlevel(&tables, &highlevel(), &[]).records.len(), 1);
}

#[test]
fn another_account_starts_an_empty_mirror() {
    let tables = MemoryTables::new();
    pull_highlevel(&tables, &Script::new().contacts(10, vec![row("c1", 5, &[])]), &[]);
    let mut other = Script::new().contacts(20, vec![row("d1", 5, &[])]);
    other.tenant = Some(Tenant { id: "other".into(), name: "O".into(), can_mark: false });
    let view = pull_highlevel(&tables, &other, &[key("c1")]);
    assert_eq!(view.records.keys().collect::<Vec<_>>(), [&key("d1")]);
    assert_eq!(view.tenant.id, "other");
    assert!(view.gone.is_empty());
    assert_eq!(other.asked("read"), 0, "what is linked belongs to the other account");
}

#[test]
fn collections_that_were_not_asked_for_keep_their_records_and_give_no_certificate() {
    let tables = MemoryTables::new();
    let all = Script::new().vendors(10, vec![vendor("v1", &[])]).people(
        "v1",
        11,
        vec![person("p1", "v1")],
    );
    pull_upguard(&tables, &all, &[]);
    let mut request = request(Side::Upguard, &[]);
    request.resources = vec![Resource::Vendor];
    let view = try_pull(&tables, &all, request).unwrap();
    assert_eq!(view.records.len(), 2);
    assert_eq!(view.certificates.len(), 1);
}

/// Pages of contacts; each page has one contact of its own, and some that other pages may repeat.
fn pages() -> impl Strategy<Value = Vec<Vec<(u8, i64, String)>>> {
    prop::collection::vec(prop::collection::vec((0..6_u8, 0..5_i64, "[ab]"), 0..4), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    /// Goal: the view does not depend on the order in which a side lists its records. Method: the
    /// same pages, each with the time of its answer, in the given and in a shuffled order.
    #[test]
    fn the_order_of_pages_does_not_matter(
        first in pages(),
        second in pages(),
        seed in any::<prop::sample::Index>(),
    ) {
        let script = |pages: &[Vec<(u8, i64, String)>], start: i64, turn: usize| {
            let mut answers: Vec<_> = pages.iter().zip(0_i64..).map(|(rows, number)| {
                let mut records: Vec<Record> = rows
                    .iter()
                    .map(|(id, stamp, s)| row(&format!("c{id}"), start + stamp, &[("s", s)]))
                    .collect();
                records.push(row(&format!("own{number}"), start, &[("s", "x")]));
                page(start + 10 + number, records)
            }).collect();
            if turn > 0 {
                let by = turn % answers.len();
                answers.rotate_left(by);
                answers.reverse();
            }
            Script::new().list(Resource::Contact, answers.into_iter().map(Ok).collect())
        };
        let turn = 1 + seed.index(10);
        let (straight, shuffled) = (MemoryTables::new(), MemoryTables::new());
        for (pages, start) in [(&first, 100), (&second, 103)] {
            let expected = pull_highlevel(&straight, &script(pages, start, 0), &[]);
            let found = pull_highlevel(&shuffled, &script(pages, start, turn), &[]);
            prop_assert!(!expected.certificates.is_empty());
            prop_assert_eq!(found, expected);
        }
    }
}
