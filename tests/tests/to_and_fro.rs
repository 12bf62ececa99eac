//! What if something on each side insists on its own value? A field that goes to and fro is written back a few
//! times, and then a person is asked, who is told what it probably is.

use concordat_oracle::text;
use concordat_tests::night::Night;
use concordat_tests::night::persons::{Side, Spot};
use serde_json::Value;

/// What insists on a value of its own, as people plant it.
struct Cause {
    /// The field: its place in [`persons::TWO_WAY`](concordat_tests::night::persons::TWO_WAY).
    field: usize,
    /// What UpGuard, and what HighLevel, is made to hold.
    values: [&'static str; 2],
    /// After so many minutes HighLevel is changed.
    after: u64,
    /// What people are told.
    says: &'static str,
}

const CAUSES: [Cause; 3] = [
    Cause {
        field: 3,
        values: ["Our oldest supplier", "Ask Ann first"],
        after: 1,
        says: "HighLevel changed it back within minutes of each write: a workflow there",
    },
    Cause {
        field: 2,
        values: ["12 Harbour Road, Leith", "12 HARBOUR ROAD LEITH"],
        after: 1,
        says: "between two spellings of the same",
    },
    Cause {
        field: 3,
        values: ["Renew in May", "Renew in June"],
        after: 300,
        says: "between two values: people, or another integration",
    },
];

/// A field of one vendor and its business, and what insists there.
struct Planted(Spot, &'static Cause);

impl Planted {
    fn all(night: &Night) -> Vec<Planted> {
        let spots = Spot::all(night);
        let mut vendors: Vec<String> = spots.iter().map(|it| it.vendor.clone()).collect();
        vendors.dedup();
        let of = |(vendor, cause): (&String, &'static Cause)| {
            let spot = spots.iter().find(|it| it.vendor == *vendor && it.field == cause.field);
            Planted(spot.expect("a field of a linked vendor").clone(), cause)
        };
        vendors.iter().zip(&CAUSES).map(of).collect()
    }

    fn insists(&self, night: &Night, side: Side) {
        let value = self.1.values[match side {
            Side::Upguard => 0,
            Side::Highlevel => 1,
        }];
        self.0.set(night, side, value);
    }

    fn held(&self, night: &Night, side: Side) -> String {
        self.0.held(&night.sandbox.state(), side)
    }

    /// The conflict about it, if there is one.
    fn conflict(&self, night: &Night) -> Option<Value> {
        let document = night.document(0, &["conflicts", "list"]);
        let all = document["conflicts"].as_array().expect("a list").clone();
        all.into_iter().find(|it| text(&it["ends"]["upguard"][0]["id"]) == self.0.vendor)
    }
}

/// A day: UpGuard is given its value, which a run carries to HighLevel; that is given its own, which the next run
/// carries back.
fn a_day(night: &Night, planted: &[Planted]) {
    planted.iter().for_each(|it| it.insists(night, Side::Upguard));
    night.run(&["reconcile"]);
    for (cause, next) in planted.iter().zip(1..) {
        let passed = if next == 1 { 0 } else { planted[next - 2].1.after };
        night.sandbox.minutes_pass(cause.1.after.saturating_sub(passed));
        cause.insists(night, Side::Highlevel);
    }
    night.sandbox.minutes_pass(12 * 60);
    night.run(&["reconcile"]);
    night.sandbox.minutes_pass(12 * 60);
}

#[test]
fn what_goes_to_and_fro_waits_for_a_person_who_is_told_why() {
    let night = Night::falls(1, 8, 16);
    night.first_agreement();
    let planted = Planted::all(&night);
    assert_eq!(planted.len(), CAUSES.len());
    a_day(&night, &planted);
    a_day(&night, &planted);
    for it in &planted {
        assert_eq!(it.held(&night, Side::Upguard), it.1.values[1], "it is carried to and fro");
        assert_eq!(it.conflict(&night), None);
    }
    // The third time that UpGuard says so, it is still believed; HighLevel is not written back again.
    a_day(&night, &planted);
    for it in &planted {
        let conflict = it.conflict(&night).expect("a person is asked");
        let id = text(&conflict["id"]);
        assert_eq!(it.held(&night, Side::Upguard), it.1.values[0]);
        assert_eq!(it.held(&night, Side::Highlevel), it.1.values[1]);
        night.run(&["conflicts", "show", &id]).exits(0).says(&["to and fro", it.1.says]);
    }
    let before = night.sandbox.api_effects_from(0).len();
    a_day(&night, &planted);
    assert_eq!(
        night.sandbox.api_effects_from(0).len(),
        before,
        "nothing is written while it waits"
    );

    let [decided, agreed, renamed] = &planted[..] else { unreachable!("three") };
    let id = text(&decided.conflict(&night).expect("it waits")["id"]);
    night.run(&["conflicts", "resolve", &id, "--take", "highlevel"]).exits(0);
    agreed.0.set(&night, Side::Upguard, agreed.1.values[1]);
    renamed.0.set(&night, Side::Highlevel, "Renew in July");
    night.run(&["reconcile"]);
    for (it, value) in [(decided, "Ask Ann first"), (agreed, agreed.1.values[1])] {
        assert_eq!(it.held(&night, Side::Upguard), value);
        assert_eq!(it.held(&night, Side::Highlevel), value);
    }
    assert_eq!(renamed.held(&night, Side::Upguard), "Renew in July", "another value goes on");
    night.finds_nothing();
    // What was decided may be changed again.
    decided.insists(&night, Side::Upguard);
    night.run(&["reconcile"]);
    assert_eq!(decided.held(&night, Side::Highlevel), decided.1.values[0]);
}
