//! When is a listing believed, and what becomes of the mirror when it is not?

use concordat_model::*;
use concordat_remote::{Answer, Cause, Cursor, Page};
use concordat_snapshot::{SnapshotError, load};
use concordat_store::MemoryTables;

use crate::script::*;

fn with(answer: Answer<Page>, change: impl FnOnce(&mut Page)) -> Scripted {
    let mut answer = answer;
    change(&mut answer.body);
    Ok(answer)
}

/// Two pages of contacts, `c1` and `c2` with a new value.
fn good() -> Vec<Scripted> {
    vec![
        Ok(page(100, vec![row("c1", 90, &[("name", "new")])])),
        Ok(page(105, vec![row("c2", 90, &[("name", "new")])])),
    ]
}

fn name_of(view: &View, id: &str) -> String {
    view.records[&key(id)].record.reading.get(&"name".into()).unwrap().as_ref().unwrap().to_string()
}

/// Goal: a listing that is not complete never makes a record missing, and one that broke off changes
/// nothing at all. Method: the same mirror of three contacts, then one listing per way to fail; `c3`
/// is on none of them.
#[test]
fn every_way_to_fail_is_noticed() {
    // what is wrong, the pages, what the reason says, whether the rows count as observations
    let table: Vec<(&str, Vec<Scripted>, &str, bool)> = vec![
        ("a page fails", vec![good().remove(0), Err(Cause::NoAnswer)], "it did not work", false),
        (
            "a cursor comes again",
            vec![
                with(page(100, vec![row("c1", 90, &[("name", "new")])]), |page| {
                    page.next = Some(Cursor("1".into()));
                }),
                with(page(101, vec![row("c2", 90, &[("name", "new")])]), |page| {
                    page.next = Some(Cursor("1".into()));
                }),
            ],
            "repeats itself",
            false,
        ),
        (
            "a page brings nothing new and goes on",
            vec![good().remove(0), good().remove(0), good().remove(1)],
            "repeats itself",
            false,
        ),
        (
            "an empty page goes on",
            vec![good().remove(0), Ok(page(101, vec![])), good().remove(1)],
            "repeats itself",
            false,
        ),
        (
            "fewer rows than the side says",
            vec![
                good().remove(0),
                with(page(105, vec![row("c2", 90, &[("name", "new")])]), |it| {
                    it.total = Some(3);
                }),
            ],
            "there are 3, and 2 were listed",
            true,
        ),
        (
            "the total shrinks on the way",
            vec![
                with(page(100, vec![row("c1", 90, &[("name", "new")])]), |it| it.total = Some(3)),
                with(page(105, vec![row("c2", 90, &[("name", "new")])]), |it| it.total = Some(2)),
            ],
            "there are 3, and 2 were listed",
            true,
        ),
        (
            "a row cannot be read",
            vec![
                good().remove(0),
                with(page(105, vec![row("c2", 90, &[("name", "new")])]), |it| {
                    it.unreadable = vec!["c9: no id".into(), "c8: no id".into()];
                }),
            ],
            "2 of its rows cannot be read: page 2: c9: no id",
            true,
        ),
    ];
    for (case, pages, says, counts) in table {
        let tables = MemoryTables::new();
        let before = Script::new()
            .contacts(10, ["c1", "c2", "c3"].map(|id| row(id, 5, &[("name", "old")])).to_vec());
        pull_highlevel(&tables, &before, &[]);
        let script = Script::new().list(Resource::Contact, pages);
        let view = pull_highlevel(&tables, &script, &[key("c3")]);
        assert_eq!(script.asked("page"), 2, "{case}: nothing is asked for in vain");
        let reason = &view.uncertified[&Partition::All(Resource::Contact)];
        assert!(reason.contains(says), "{case}: {reason}");
        assert!(view.certificates.is_empty(), "{case}");
        assert!(!view.is_complete(Resource::Contact), "{case}");
        assert!(matches!(view.seen(&key("c3")), Seen::Here(_)), "{case}");
        let expected = if counts { "new" } else { "old" };
        for id in ["c1", "c2"] {
            assert_eq!(name_of(&view, id), expected, "{case}");
        }
        let loaded = load(&tables, &pair(), Side::Highlevel).unwrap().unwrap();
        assert_eq!(loaded, view, "{case}");
    }
}

#[test]
fn a_complete_listing_gets_a_certificate() {
    let tables = MemoryTables::new();
    let mut pages = good();
    pages[1] =
        with(page(105, vec![row("c2", 90, &[]), row("c1", 80, &[("name", "late")])]), |page| {
            page.total = Some(2)
        });
    let view = pull_highlevel(&tables, &Script::new().list(Resource::Contact, pages), &[]);
    let certificate = &view.certificates[&Partition::All(Resource::Contact)];
    assert_eq!(
        certificate,
        &Certificate {
            began: at(100),
            ended: at(105),
            pages: 2,
            rows: 2,
            total: Some(2),
            coverage: Coverage::Whole,
        }
    );
    assert!(view.is_complete(Resource::Contact));
    assert_eq!(name_of(&view, "c1"), "new");
    assert_eq!(view.offset, Offset { ahead_ms: 250 });
    assert_eq!(view.tenant.id, "t");
}

#[test]
fn people_are_listed_by_vendor_and_one_failure_is_one_partition() {
    let tables = MemoryTables::new();
    let script = Script::new()
        .vendors(10, vec![vendor("v1", &[]), vendor("v2", &[]), vendor("v3", &[])])
        .people("v1", 11, vec![person("p1", "v1")])
        .people("v3", 11, vec![]);
    let view = pull_upguard(&tables, &script, &[]);
    let of = |id: &str| Partition::Of(Resource::VendorContact, id.into());
    let certified: Vec<_> = view.certificates.keys().cloned().collect();
    assert_eq!(certified, [Partition::All(Resource::Vendor), of("v1"), of("v3")]);
    assert_eq!(view.uncertified.keys().cloned().collect::<Vec<_>>(), [of("v2")]);
    assert!(view.is_complete(Resource::Vendor));
    assert!(!view.is_complete(Resource::VendorContact));
    assert_eq!(view.population(Resource::VendorContact), 1);
}

#[test]
fn people_are_complete_only_if_all_vendors_are_known() {
    let tables = MemoryTables::new();
    let good = Script::new().vendors(10, vec![vendor("v1", &[])]).people(
        "v1",
        11,
        vec![person("p1", "v1")],
    );
    assert!(pull_upguard(&tables, &good, &[]).is_complete(Resource::VendorContact));
    let broken = Script::new().list(Resource::Vendor, vec![Err(Cause::Broken)]).people(
        "v1",
        21,
        vec![person("p1", "v1")],
    );
    let view = pull_upguard(&tables, &broken, &[]);
    let says = &view.uncertified[&Partition::All(Resource::VendorContact)];
    assert!(says.contains("not every vendor is known"), "{says}");
    assert!(!view.is_complete(Resource::VendorContact));
    let view = pull_upguard(&tables, &good, &[]);
    assert!(view.is_complete(Resource::VendorContact));
    assert!(view.uncertified.is_empty());
}

#[test]
fn without_vendors_there_are_completely_no_people() {
    let tables = MemoryTables::new();
    let view = pull_upguard(&tables, &Script::new().vendors(10, vec![]), &[]);
    assert!(view.is_complete(Resource::VendorContact));
    assert_eq!(view.population(Resource::VendorContact), 0);
}

#[test]
fn a_side_that_does_not_let_us_in_is_an_error_on_the_first_resource_only() {
    for cause in [Cause::Credentials, Cause::Scope] {
        let refuses = || vec![Err(cause.clone())];
        let script = Script::new().list(Resource::Vendor, refuses());
        let tables = MemoryTables::new();
        match try_pull(&tables, &script, request(Side::Upguard, &[])) {
            Err(SnapshotError::Remote(failure)) => assert_eq!(failure.cause, cause),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("pulled"),
        }
        assert!(load(&tables, &pair(), Side::Upguard).unwrap().is_none());

        let mut script =
            Script::new().vendors(10, ["v1", "v2", "v3"].map(|id| vendor(id, &[])).to_vec());
        let first = Partition::Of(Resource::VendorContact, "v1".into());
        script.pages.insert(first, refuses());
        let mut request = request(Side::Upguard, &[]);
        request.concurrency = 1;
        let view = try_pull(&tables, &script, request).unwrap();
        assert_eq!(view.uncertified.len(), 3);
        assert_eq!(script.asked("page the vendor contacts"), 1, "the rest is hopeless");
    }
}

#[test]
fn progress_is_told() {
    let tables = MemoryTables::new();
    let script = Script::new()
        .vendors(10, vec![vendor("v1", &[]), vendor("v2", &[])])
        .people("v1", 11, vec![person("p1", "v1")])
        .people("v2", 11, vec![person("p2", "v2")]);
    let told = std::sync::Mutex::new(Vec::new());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let pair = pair();
    runtime
        .block_on(concordat_snapshot::pull(
            &script,
            &tables,
            &pair,
            request(Side::Upguard, &[]),
            &|progress| told.lock().unwrap().push(progress),
        ))
        .unwrap();
    let told = told.into_inner().unwrap();
    let last = told.last().unwrap();
    assert_eq!((last.side, last.resource), (Side::Upguard, Resource::VendorContact));
    assert_eq!((last.done, last.total, last.rows), (2, 2, 2));
    assert!(told.iter().any(|it| it.resource == Resource::Vendor && it.rows == 2));
}
