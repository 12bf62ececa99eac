//! What follows from a pull that asks only for what moved? What it shows is seen, what it does not show stays
//! as it is, and only a listing of all tells who is gone.

use chrono::TimeDelta;
use concordat_model::*;
use concordat_remote::Cause;
use concordat_snapshot::{PullRequest, Window};
use concordat_store::MemoryTables;
use proptest::prelude::*;

use crate::script::*;

const HOUR: i64 = 3_600;
const ALL: Partition = Partition::All(Resource::Contact);

fn sparing(second: i64, expected: &[RecordKey]) -> PullRequest<'static> {
    let window = Window { full_every: TimeDelta::hours(20), records_min: 1 };
    PullRequest {
        windows: [(Resource::Contact, window)].into(),
        // The side's clock is ahead by so much.
        now: at(second) - TimeDelta::milliseconds(250),
        resources: vec![Resource::Contact],
        ..request(Side::Highlevel, expected)
    }
}

/// Three contacts, the last changed two hours before zero.
fn three() -> Vec<Record> {
    vec![row("c1", -9 * HOUR, &[]), row("c2", -5 * HOUR, &[]), row("c3", -2 * HOUR, &[("s", "a")])]
}

fn with(second: i64, contacts: Vec<Record>) -> Script {
    Script::new().contacts(second, contacts)
}

fn pulled(tables: &MemoryTables, script: &Script, second: i64) -> View {
    try_pull(tables, script, sparing(second, &[])).unwrap()
}

/// A mirror of the three, as of zero.
fn known() -> MemoryTables {
    let tables = MemoryTables::new();
    let script = with(0, three());
    pulled(&tables, &script, 0);
    assert_eq!((script.asked("page"), script.asked("moved")), (1, 0));
    tables
}

#[test]
fn a_window_is_asked_from_what_moved_last_before_the_listing_it_follows() {
    let tables = known();
    let script = with(HOUR, three());
    let view = pulled(&tables, &script, HOUR);
    assert_eq!((script.asked("page"), script.asked("moved")), (0, 1));
    assert_eq!(script.asked(&format!("moved all HighLevel contacts since {}", at(-2 * HOUR))), 1);
    let certificate = &view.certificates[&ALL];
    assert_eq!(certificate.coverage, Coverage::Moved(Origin { began: at(0), rows: 3 }));
    assert_eq!((certificate.began, certificate.rows), (at(HOUR), 1));
    assert!(view.is_complete(Resource::Contact), "what has no contact may get one");
}

#[test]
fn what_a_window_does_not_show_is_not_missing() {
    let tables = known();
    let mut contacts = three();
    contacts.remove(0);
    contacts.push(row("c4", HOUR, &[]));
    let view = pulled(&tables, &with(2 * HOUR, contacts.clone()), 2 * HOUR);
    assert!(matches!(view.seen(&key("c1")), Seen::Here(_)));
    assert!(matches!(view.seen(&key("c4")), Seen::Here(_)));
    // A listing of all does not name it.
    let script = with(21 * HOUR, contacts);
    let view = pulled(&tables, &script, 21 * HOUR);
    assert_eq!((script.asked("page"), script.asked("moved")), (1, 0));
    assert_eq!(view.seen(&key("c1")), Seen::Unseen);
}

#[test]
fn absences_are_counted_in_listings_of_all_only() {
    let tables = known();
    let gone = || {
        let mut contacts = three();
        contacts.remove(0);
        contacts
    };
    let mut listings = Vec::new();
    for hour in [20, 21, 22, 41] {
        let second = hour * HOUR;
        let script = with(second, gone()).reads(key("c1"), second, None);
        let view = try_pull(&tables, &script, sparing(second, &[key("c1")])).unwrap();
        let Seen::Gone(gone) = view.seen(&key("c1")) else { panic!("hour {hour}") };
        listings.push((gone.listings, view.is_certified(&key("c1"))));
    }
    assert_eq!(listings, [(1, true), (1, true), (1, true), (2, true)]);
}

#[test]
fn a_window_that_does_not_show_what_must_be_in_it_is_not_believed() {
    // The side answers with nothing at all; the contact in question is gone; the filter is refused.
    let silent = Script { moved: Some(vec![Ok(page(HOUR, vec![]))]), ..with(HOUR, three()) };
    let refused = Script { moved: Some(vec![Err(Cause::Rejected)]), ..with(HOUR, three()) };
    let gone = with(HOUR, three()[..2].to_vec());
    for (script, rows) in [(silent, 3), (refused, 3), (gone, 2)] {
        let view = pulled(&known(), &script, HOUR);
        assert_eq!((script.asked("page"), script.asked("moved")), (1, 1));
        let certificate = &view.certificates[&ALL];
        assert_eq!((certificate.coverage, certificate.rows), (Coverage::Whole, rows));
    }
}

#[test]
fn a_window_that_failed_is_asked_again_from_where_it_began() {
    let tables = known();
    let broken = Script { moved: Some(vec![Err(Cause::NoAnswer)]), ..with(5 * HOUR, three()) };
    let view = pulled(&tables, &broken, 5 * HOUR);
    assert_eq!(broken.asked("page"), 0, "what fails here would fail there");
    assert!(!view.is_complete(Resource::Contact));
    let mut contacts = three();
    contacts.push(row("c4", HOUR, &[]));
    let script = with(6 * HOUR, contacts);
    let view = pulled(&tables, &script, 6 * HOUR);
    assert_eq!(script.asked("moved"), 1);
    assert!(matches!(view.seen(&key("c4")), Seen::Here(_)), "it came between the two");
    assert!(view.is_complete(Resource::Contact));
}

#[test]
fn whoever_asks_for_other_fields_asks_for_all() {
    let other = || Fingerprint::of("conditions", &[b"another mapping"]);
    let few = Window { full_every: TimeDelta::hours(20), records_min: 3 };
    let requests: [PullRequest<'_>; 3] = [
        PullRequest { conditions: other(), ..sparing(HOUR, &[]) },
        PullRequest { windows: [(Resource::Contact, few)].into(), ..sparing(HOUR, &[]) },
        PullRequest { windows: [].into(), ..sparing(HOUR, &[]) },
    ];
    for request in requests {
        let script = with(HOUR, three());
        try_pull(&known(), &script, request).unwrap();
        assert_eq!((script.asked("page"), script.asked("moved")), (1, 0));
    }
}

#[test]
fn a_field_that_is_defined_since_is_read_of_all() {
    let tables = known();
    let script = Script { defined: ["custom.tier".into()].into(), ..with(HOUR, three()) };
    pulled(&tables, &script, HOUR);
    assert_eq!((script.asked("page"), script.asked("moved")), (1, 0));
}

proptest! {
    /// However often it is pulled, and however late the index shows each change: after every pull the mirror is
    /// what it would be if all had been listed.
    #[test]
    fn windows_show_what_listings_of_all_show(
        changes in proptest::collection::vec(
            (0_i64..40 * HOUR, 0_usize..6, 0_i64..2 * HOUR), 0..20,
        ),
        pauses in proptest::collection::vec(60_i64..9 * HOUR, 1..10),
    ) {
        let names = ["c0", "c1", "c2", "c3", "c4", "c5"];
        let shown = |second: i64| -> Vec<Record> {
            let latest = |place: usize| {
                let of = changes.iter().filter(|(at, of, lag)| *of == place && at + lag <= second);
                of.map(|(at, ..)| *at).max()
            };
            let all = names.iter().enumerate();
            all.map(|(place, id)| {
                let moved = latest(place).unwrap_or(-(3 + place as i64) * HOUR);
                row(id, moved, &[("s", moved.to_string().as_str())])
            })
            .collect()
        };
        let (sparing_tables, whole_tables) = (MemoryTables::new(), MemoryTables::new());
        let mut second = 0;
        for pause in pauses {
            let one = pulled(&sparing_tables, &with(second, shown(second)), second);
            let request = PullRequest { windows: [].into(), ..sparing(second, &[]) };
            let other = try_pull(&whole_tables, &with(second, shown(second)), request).unwrap();
            prop_assert_eq!(one.records, other.records);
            second += pause;
        }
    }
}
