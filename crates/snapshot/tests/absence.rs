//! What is said of a record that was not listed: here, gone, or unseen?

use std::collections::BTreeSet;

use concordat_model::*;
use concordat_remote::Cause;
use concordat_snapshot::{Here, PullRequest, load};
use concordat_store::MemoryTables;

use crate::script::*;

fn listed() -> Script {
    Script::new().contacts(100, vec![row("c1", 90, &[("s", "a")]), row("c2", 90, &[])])
}

fn without_c1(second: i64) -> Script {
    Script::new().contacts(second, vec![row("c2", 90, &[])])
}

#[test]
fn an_unlisted_record_nobody_expects_is_unseen_and_not_asked_for() {
    let tables = MemoryTables::new();
    pull_highlevel(&tables, &listed(), &[]);
    for missing in 1..4 {
        let script = without_c1(200);
        let view = pull_highlevel(&tables, &script, &[]);
        assert_eq!(view.seen(&key("c1")), Seen::Unseen);
        assert_eq!(view.records[&key("c1")].missing, missing);
        assert_eq!(script.asked("read"), 0);
    }
    let view = pull_highlevel(&tables, &listed(), &[]);
    assert!(matches!(view.seen(&key("c1")), Seen::Here(_)));
}

#[test]
fn an_expected_record_that_answers_to_its_id_is_here() {
    let tables = MemoryTables::new();
    pull_highlevel(&tables, &listed(), &[key("c1")]);
    let script = without_c1(200).reads(key("c1"), 210, Some(row("c1", 205, &[("s", "b")])));
    let view = pull_highlevel(&tables, &script, &[key("c1")]);
    let Seen::Here(mirrored) = view.seen(&key("c1")) else { panic!("not here") };
    assert_eq!((mirrored.read_at, mirrored.missing), (Some(at(210)), 0));
    assert_eq!(mirrored.record.sight, Sight::Read);
    let interval = mirrored.moved[&"s".into()];
    assert_eq!(interval, Interval { after: Some(at(90)), until: at(205), stamped: true });
}

#[test]
fn an_expected_record_that_does_not_answer_to_its_id_is_gone_with_evidence() {
    let tables = MemoryTables::new();
    pull_highlevel(&tables, &listed(), &[key("c1")]);
    for listings in 1..3 {
        let second = 200 + i64::from(listings);
        let script = without_c1(second).reads(key("c1"), second + 5, None);
        let view = pull_highlevel(&tables, &script, &[key("c1")]);
        let gone = Gone { confirmed: at(second + 5), listings };
        assert_eq!(view.seen(&key("c1")), Seen::Gone(&gone));
        assert_eq!(view.here(Resource::Contact).count(), 1);
        assert_eq!(load(&tables, &pair(), Side::Highlevel).unwrap().unwrap(), view);
    }
}

#[test]
fn a_failure_to_ask_proves_nothing() {
    let tables = MemoryTables::new();
    pull_highlevel(&tables, &listed(), &[key("c1")]);
    let view = pull_highlevel(&tables, &without_c1(200), &[key("c1")]);
    assert_eq!(view.seen(&key("c1")), Seen::Unseen);
    assert_eq!(view.records[&key("c1")].missing, 1);
}

#[test]
fn another_record_that_answers_proves_nothing_either() {
    let tables = MemoryTables::new();
    pull_highlevel(&tables, &listed(), &[key("c1")]);
    let script = without_c1(200).reads(key("c1"), 210, Some(row("c2", 90, &[])));
    let view = pull_highlevel(&tables, &script, &[key("c1")]);
    assert_eq!(view.seen(&key("c1")), Seen::Unseen);
}

#[test]
fn an_incomplete_listing_makes_nobody_ask() {
    let tables = MemoryTables::new();
    pull_highlevel(&tables, &listed(), &[key("c1")]);
    let script = Script::new().list(Resource::Contact, vec![Err(Cause::NoAnswer)]).reads(
        key("c1"),
        210,
        None,
    );
    let view = pull_highlevel(&tables, &script, &[key("c1")]);
    assert!(matches!(view.seen(&key("c1")), Seen::Here(_)));
    assert_eq!(script.asked("read"), 0);
}

#[test]
fn expected_records_that_were_never_mirrored_are_asked_for() {
    let tables = MemoryTables::new();
    let here = Script::new()
        .contacts(100, vec![])
        .reads(key("c1"), 110, Some(row("c1", 90, &[])))
        .reads(key("c2"), 110, None);
    let expected = [key("c1"), key("c2"), key("c3")];
    let view = pull_highlevel(&tables, &here, &expected);
    assert!(matches!(view.seen(&key("c1")), Seen::Here(_)));
    assert_eq!(view.seen(&key("c2")), Seen::Gone(&Gone { confirmed: at(110), listings: 1 }));
    assert_eq!(view.seen(&key("c3")), Seen::Unseen);
    let view = pull_highlevel(&tables, &here, &expected);
    assert_eq!(view.gone[&key("c2")].listings, 2);
}

#[test]
fn what_comes_back_is_here_again() {
    let gone = |tables: &MemoryTables| {
        pull_highlevel(tables, &listed(), &[key("c1")]);
        let script = without_c1(200).reads(key("c1"), 210, None);
        pull_highlevel(tables, &script, &[key("c1")]);
    };
    // Listed with a stamp after the read that found it gone.
    let tables = MemoryTables::new();
    gone(&tables);
    let script = Script::new().contacts(300, vec![row("c1", 250, &[]), row("c2", 90, &[])]);
    let view = pull_highlevel(&tables, &script, &[key("c1")]);
    assert!(matches!(view.seen(&key("c1")), Seen::Here(_)));
    assert!(view.gone.is_empty());
    // Listed as it was before: a ghost of the index. Only a read by id can tell.
    for (answer, is_here) in [(Some(row("c1", 90, &[])), true), (None, false)] {
        let tables = MemoryTables::new();
        gone(&tables);
        let script = listed().reads(key("c1"), 310, answer);
        let view = pull_highlevel(&tables, &script, &[key("c1")]);
        assert_eq!(matches!(view.seen(&key("c1")), Seen::Here(_)), is_here);
        assert_eq!(view.gone.is_empty(), is_here);
        assert_eq!(load(&tables, &pair(), Side::Highlevel).unwrap().unwrap(), view);
    }
}

fn p1() -> RecordKey {
    RecordKey::new(Resource::VendorContact, "p1")
}

#[test]
fn a_person_who_moves_to_another_vendor_is_not_missing() {
    let tables = MemoryTables::new();
    let vendors = || vec![vendor("v1", &[]), vendor("v2", &[])];
    for (from, to) in [("v1", "v2"), ("v2", "v1")] {
        let script = Script::new()
            .vendors(10, vendors())
            .people(from, 11, vec![person("p1", from)])
            .people(to, 11, vec![]);
        let view = pull_upguard(&tables, &script, &[]);
        assert_eq!(view.records[&p1()].record.parent, Some(from.into()));
        assert_eq!(view.records[&p1()].missing, 0);
    }
}

#[test]
fn a_person_whose_vendor_is_gone_is_missing_with_it() {
    let tables = MemoryTables::new();
    let script = Script::new()
        .vendors(10, vec![vendor("v1", &[]), vendor("v2", &[])])
        .people("v1", 11, vec![person("p1", "v1")])
        .people("v2", 11, vec![]);
    pull_upguard(&tables, &script, &[]);
    let script = Script::new().vendors(20, vec![vendor("v2", &[])]).people("v2", 21, vec![]);
    let view = pull_upguard(&tables, &script, &[]);
    assert_eq!(view.seen(&p1()), Seen::Unseen);
    assert_eq!(view.certificates.len(), 2, "the vendor's partition is forgotten");
    assert_eq!(load(&tables, &pair(), Side::Upguard).unwrap().unwrap(), view);
    // If it is not known which vendors there are, it is not known that it is missing.
    let tables = MemoryTables::new();
    let script = Script::new().vendors(10, vec![vendor("v1", &[])]).people(
        "v1",
        11,
        vec![person("p1", "v1")],
    );
    pull_upguard(&tables, &script, &[]);
    let broken = Script::new().list(Resource::Vendor, vec![Err(Cause::Broken)]);
    let view = pull_upguard(&tables, &broken, &[]);
    assert!(matches!(view.seen(&p1()), Seen::Here(_)));
}

#[test]
fn what_belongs_to_a_record_that_was_not_asked_is_not_missing() {
    let tables = MemoryTables::new();
    let script = || {
        Script::new()
            .vendors(10, vec![vendor("v1", &[]), vendor("v2", &[])])
            .people("v1", 11, vec![])
            .people("v2", 11, vec![])
    };
    let people = Script::new()
        .vendors(5, vec![vendor("v1", &[]), vendor("v2", &[])])
        .people("v1", 6, vec![person("p1", "v1")])
        .people("v2", 6, vec![person("p2", "v2")]);
    pull_upguard(&tables, &people, &[]);
    let only_v1 = |resource, _: &Here<'_>| {
        (resource == Resource::VendorContact).then(|| vec![BTreeSet::from([RecordId::new("v1")])])
    };
    let asked = PullRequest { owners: &only_v1, ..request(Side::Upguard, &[]) };
    let view = try_pull(&tables, &script(), asked).unwrap();
    let key = |id: &str| RecordKey::new(Resource::VendorContact, id);
    assert_eq!(view.records[&key("p1")].missing, 1, "its vendor was asked and did not name it");
    assert_eq!(view.records[&key("p2")].missing, 0, "its vendor was not asked");
    assert!(view.is_complete(Resource::VendorContact));
}

#[test]
fn one_that_is_shown_as_it_was_and_otherwise_is_asked_for() {
    let tables = MemoryTables::new();
    let vendors = || Script::new().vendors(100, vec![vendor("v1", &[]), vendor("v2", &[])]);
    let at_v1 = vendors().people("v1", 100, vec![person("p1", "v1")]).people("v2", 100, vec![]);
    pull_upguard(&tables, &at_v1, &[]);
    // It moves while we list: its old vendor shows it still, and its new one already.
    let both = vendors()
        .people("v1", 200, vec![person("p1", "v1")])
        .people("v2", 200, vec![person("p1", "v2")])
        .reads(p1(), 210, Some(person("p1", "v2")));
    let view = pull_upguard(&tables, &both, &[]);
    assert_eq!(both.asked("read"), 1);
    assert_eq!(view.records[&p1()].record.parent, Some("v2".into()));
    assert_eq!(view.records[&p1()].record.sight, Sight::Read);
    // Two rows with stamps need no question: the later one counts.
    let tables = MemoryTables::new();
    pull_highlevel(&tables, &listed(), &[]);
    let pages = [
        page(300, vec![row("c1", 250, &[("s", "b")])]),
        page(300, vec![row("c1", 90, &[("s", "a")]), row("c2", 90, &[])]),
    ];
    let script = Script::new().list(Resource::Contact, pages.map(Ok).into());
    let view = pull_highlevel(&tables, &script, &[]);
    assert_eq!(script.asked("read"), 0);
    assert_eq!(view.records[&key("c1")].record.stamp, Some(at(250)));
}

/// One vendor, whose only person was there and is not listed any more; `colleague` is still there.
fn without_p1(second: i64, colleague: bool) -> Script {
    let people = if colleague { vec![person("p2", "v1")] } else { vec![] };
    Script::new().vendors(second, vec![vendor("v1", &[])]).people("v1", second, people)
}

#[test]
fn a_person_whom_the_side_refuses_is_gone_only_if_it_answers_for_another() {
    let p2 = || RecordKey::new(Resource::VendorContact, "p2");
    let known = |tables: &MemoryTables| {
        let both = vec![person("p1", "v1"), person("p2", "v1")];
        let script = Script::new().vendors(10, vec![vendor("v1", &[])]).people("v1", 10, both);
        pull_upguard(tables, &script, &[p1()]);
    };
    let refused = |colleague| without_p1(20, colleague).reads(p1(), 25, None);
    // Nobody answers: a key that lost its permission is refused in the same words.
    let tables = MemoryTables::new();
    known(&tables);
    for script in [refused(true), refused(true).reads(p2(), 25, None), refused(false)] {
        let view = pull_upguard(&tables, &script, &[p1()]);
        assert_eq!(view.seen(&p1()), Seen::Unseen);
    }
    // A colleague does.
    let script = refused(true).reads(p2(), 26, Some(person("p2", "v1")));
    let view = pull_upguard(&tables, &script, &[p1()]);
    assert!(matches!(view.seen(&p1()), Seen::Gone(gone) if gone.listings == 4));
    assert!(view.is_certified(&p1()));
}

#[test]
fn a_vendor_that_answers_and_says_that_nobody_monitors_it_is_dormant_with_its_people() {
    let monitored = |is| {
        let mut vendor = vendor("v1", &[]);
        vendor.reading.set(record::MONITORED.into(), Some(Value::Bool(is)));
        vendor
    };
    let v1 = RecordKey::new(Resource::Vendor, "v1");
    let v2 = || RecordKey::new(Resource::Vendor, "v2");
    let tables = MemoryTables::new();
    let both = || vec![vendor("v1", &[]), vendor("v2", &[])];
    let script = Script::new()
        .vendors(10, both())
        .people("v1", 10, vec![person("p1", "v1")])
        .people("v2", 10, vec![person("p2", "v2")]);
    pull_upguard(&tables, &script, &[]);
    for second in [20, 30] {
        // Its people vanish with it; that is no absence.
        let script = Script::new()
            .vendors(second, vec![vendor("v2", &[])])
            .people("v2", second, vec![person("p2", "v2")])
            .reads(v1.clone(), second, Some(monitored(false)))
            .reads(p1(), second, None)
            .reads(RecordKey::new(Resource::VendorContact, "p2"), second, Some(person("p2", "v2")));
        let view = pull_upguard(&tables, &script, &[v1.clone(), v2(), p1()]);
        assert_eq!((view.seen(&v1), view.seen(&p1())), (Seen::Dormant, Seen::Dormant));
        assert_eq!(view.population(Resource::Vendor), 1);
        assert!(view.is_complete(Resource::VendorContact), "its people are not asked for");
        assert_eq!(script.asked("page the vendor contacts of UpGuard v1"), 0);
    }
    let script = Script::new()
        .vendors(40, vec![monitored(true), vendor("v2", &[])])
        .people("v1", 40, vec![person("p1", "v1")])
        .people("v2", 40, vec![person("p2", "v2")]);
    let view = pull_upguard(&tables, &script, &[v1.clone(), p1()]);
    assert!(matches!((view.seen(&v1), view.seen(&p1())), (Seen::Here(_), Seen::Here(_))));
}

#[test]
fn an_owner_of_whom_the_side_knows_nothing_any_more_is_asked_for() {
    let tables = MemoryTables::new();
    let v1 = RecordKey::new(Resource::Vendor, "v1");
    let script = || Script::new().vendors(10, vec![vendor("v1", &[]), vendor("v2", &[])]);
    let with = |script: Script| script.people("v2", 10, vec![]);
    pull_upguard(&tables, &with(script()).people("v1", 10, vec![]), &[]);
    let denied = with(script()).reads(v1.clone(), 15, None);
    let view = pull_upguard(&tables, &denied, &[]);
    assert!(matches!(view.seen(&v1), Seen::Gone(gone) if gone.listings == 0));
    assert!(!view.is_complete(Resource::VendorContact));
}

/// A vendor and a person of it, listed completely, and then another listing of the two.
fn relisted(vendors: Vec<Record>, people: Vec<Record>) -> View {
    let tables = MemoryTables::new();
    let (person, vendor) = (person("p1", "v1"), vendor("v1", &[]));
    let expected = [person.key.clone(), vendor.key.clone()];
    let first = Script::new().vendors(100, vec![vendor.clone()]);
    let first = first.people("v1", 100, vec![person.clone()]);
    pull_upguard(&tables, &first, &expected);
    let reads = |script: Script, it: &Record| script.reads(it.key.clone(), 210, Some(it.clone()));
    let script = Script::new().vendors(200, vendors).people("v1", 200, people);
    pull_upguard(&tables, &reads(reads(script, &vendor), &person), &expected)
}

#[test]
fn a_listing_that_left_out_what_answers_to_its_id_was_not_complete() {
    let (vendors, people) =
        (Partition::All(Resource::Vendor), Partition::Of(Resource::VendorContact, "v1".into()));
    let whole = relisted(vec![vendor("v1", &[])], vec![person("p1", "v1")]);
    assert!(whole.uncertified.is_empty(), "{:?}", whole.uncertified);
    let view = relisted(vec![vendor("v1", &[])], vec![person("p2", "v1")]);
    let says = "vendor contact p1 is there and was left out".to_owned();
    assert_eq!(view.uncertified, [(people, says)].into());
    assert!(matches!(view.seen(&person("p1", "v1").key), Seen::Here(_)));
    let view = relisted(vec![vendor("v2", &[])], vec![]);
    assert!(view.uncertified[&vendors].starts_with("vendor v1 is there"), "{:?}", view.uncertified);
}
