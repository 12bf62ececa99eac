//! What if the process is killed in the middle, with `kill -9`, at any moment? The same command again
//! finishes the work, nothing is made twice, and then there is nothing left to do.

use std::os::unix::process::ExitStatusExt;
use std::sync::Mutex;
use std::thread;

use concordat_oracle::{text, twins};
use concordat_tests::night::gate::{Gate, Held};
use concordat_tests::night::persons::{Dice, Side, Spot, changes, same};
use concordat_tests::night::sandbox::until;
use concordat_tests::night::{ALLOW_FIRST, Child, Night, waiting};
use serde_json::{Value, json};

const SIGKILL: i32 = 9;

/// How many worlds live at the same time.
const NIGHTS: usize = 4;

/// The systems, each behind a gate.
struct Gates {
    upguard: Gate,
    highlevel: Gate,
}

impl Gates {
    fn before(night: &Night) -> Gates {
        let gates = Gates {
            upguard: Gate::before(night.sandbox.contract("/upguard/base_url")),
            highlevel: Gate::before(night.sandbox.contract("/highlevel/base_url")),
        };
        night.configure(|text| gates.highlevel.through(gates.upguard.through(text)));
        gates
    }

    fn of(&self, side: Side) -> &Gate {
        match side {
            Side::Upguard => &self.upguard,
            Side::Highlevel => &self.highlevel,
        }
    }
}

/// When the process dies.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// At the nth write to a side: not arrived yet, or carried out and not answered.
    Write(Side, u64, Held),
    /// When both systems have seen so many requests since the plan.
    Request(u64),
}

#[track_caller]
fn dies(child: Child) {
    assert_eq!(child.kill().signal(), Some(SIGKILL), "it died by itself before it was killed");
}

/// Starts a command and kills it at that moment.
#[track_caller]
fn killed(night: &Night, gates: &Gates, args: &[&str], moment: Moment) {
    match moment {
        Moment::Write(side, nth, held) => {
            gates.of(side).close_at(nth, held);
            let child = night.start(args);
            until("the write to die at", || gates.of(side).holds());
            dies(child);
            gates.of(side).open();
        }
        Moment::Request(count) => {
            let count = night.sandbox.requests() + count;
            let child = night.start(args);
            until("the request to die at", || night.sandbox.requests() >= count);
            dies(child);
        }
    }
}

/// Runs a story for every item, a few at a time.
fn each<T: Send + Sync + Copy>(items: &[T], story: impl Fn(T) + Sync) {
    let left = Mutex::new(items.iter().copied());
    let next = || left.lock().expect("what is left").next();
    thread::scope(|nights| {
        for _ in 0..NIGHTS {
            nights.spawn(|| std::iter::from_fn(next).for_each(&story));
        }
    });
}

/// A first agreement that is killed, and then finished by `again`.
fn first_agreement_survives(moment: Moment, again: &[&str]) {
    let night = Night::falls(2, 12, 24);
    let gates = Gates::before(&night);
    night.run(&["plan", "--out", "p.json"]).exits(0);
    killed(&night, &gates, &[&["apply", "p.json"], &ALLOW_FIRST[..]].concat(), moment);
    assert_ne!(contents(&night), undisturbed(), "{moment:?}: nothing was left to do");

    let ran = night.run(&[again, &ALLOW_FIRST[..]].concat());
    if ran.code == Some(3) {
        // A record that carries nothing but a marker is found once HighLevel's index knows it.
        night.sandbox.minutes_pass(2);
        let ran = night.run(&[again, &ALLOW_FIRST[..]].concat());
        assert!(matches!(ran.code, Some(0 | 6)), "{moment:?}: {}", ran.told());
    } else {
        assert!(matches!(ran.code, Some(0 | 6)), "{moment:?}: {}", ran.told());
    }
    let twice = twins::made_twice(&night.sandbox.effects());
    assert!(twice.is_empty(), "{moment:?}: {twice:#?}");
    let run = night.finds_nothing();
    assert_eq!(run["drift"].as_array().map(Vec::len), Some(0), "{moment:?}: {run:#}");

    // Killed or not, both systems hold the same in the end.
    assert_eq!(contents(&night), undisturbed(), "{moment:?}");
}

/// What every record holds in the fields that matter, without ids and times.
fn contents(night: &Night) -> Vec<String> {
    let state = night.sandbox.state();
    let of = |pointer: &str, members: &[&str]| {
        let rows = state.pointer(pointer).and_then(|it| it.as_array()).expect("records").clone();
        let members: Vec<String> = members.iter().map(|&it| it.to_owned()).collect();
        rows.into_iter().map(move |row| {
            let values = members.iter().map(|name| row[name].to_string());
            values.collect::<Vec<_>>().join(" | ")
        })
    };
    let people = ["firstName", "lastName", "email", "phone", "companyName", "tags", "dnd"];
    let firms = ["name", "website", "phone", "email", "address", "description"];
    let vendors = of("/upguard/vendors", &["name", "attributes"]);
    let firms = of("/highlevel/businesses", &firms);
    let mut all: Vec<String> =
        vendors.chain(firms).chain(of("/highlevel/contacts", &people)).collect();
    all.sort();
    all
}

/// The same world after a first agreement that nobody killed.
fn undisturbed() -> Vec<String> {
    static KNOWN: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let night = Night::falls(2, 12, 24);
        night.first_agreement();
        contents(&night)
    });
    known.clone()
}

#[test]
fn a_first_agreement_killed_at_a_write_to_highlevel_is_finished_by_apply() {
    let moments: Vec<Moment> = [1, 5, 10, 13, 18]
        .into_iter()
        .flat_map(|nth| {
            [Held::Going, Held::Coming].map(|held| Moment::Write(Side::Highlevel, nth, held))
        })
        .collect();
    each(&moments, |moment| first_agreement_survives(moment, &["apply", "p.json"]));
}

#[test]
fn a_first_agreement_killed_elsewhere_is_finished_by_reconcile() {
    let moments = [
        Moment::Write(Side::Upguard, 2, Held::Going),
        Moment::Write(Side::Upguard, 2, Held::Coming),
        Moment::Write(Side::Highlevel, 12, Held::Coming),
        Moment::Write(Side::Highlevel, 16, Held::Going),
        Moment::Request(1),
        Moment::Request(30),
        Moment::Request(50),
    ];
    each(&moments, |moment| first_agreement_survives(moment, &["reconcile"]));
}

/// A new contact without an e-mail address is found again by its marker alone, and HighLevel's index
/// learns of it seconds later. Until then nobody can know; so nothing is made, and it is said.
#[test]
fn who_is_known_by_a_marker_only_is_not_made_twice() {
    let Nameless { night, apply, all, person } = killed_at_a_person_without_address(Held::Coming);
    night.run(&apply).exits(3).says(&["is still in doubt"]);
    assert_eq!(contacts_made(&night), all, "the others are made, and it is not made again");

    night.sandbox.minutes_pass(2);
    let ran = night.run(&["reconcile"]).says(&["had arrived, and is recorded now"]);
    assert!(matches!(ran.code, Some(0 | 6)), "{}", ran.told());
    assert_eq!(contacts_made(&night), all);
    assert_eq!(twins::made_twice(&night.sandbox.effects()), Vec::<String>::new());
    night.finds_nothing();

    // From then on the contact follows its person like any other.
    let from = night.sandbox.effects().len();
    let set = json!({ "phone_mobile": "+1 503 555 0199" });
    night.sandbox.edit("upguard", "contact", &person, set);
    let ran = night.run(&["reconcile"]);
    assert!(matches!(ran.code, Some(0 | 6)), "{}", ran.told());
    let changed = night.sandbox.api_effects_from(from);
    let fields: Vec<&Value> = changed.iter().map(|it| &it["field"]).collect();
    assert_eq!(fields, ["phone"], "{}", ran.told());
}

/// If the request never arrived, an index that shows nothing proves that only after a while. Until
/// then the person is missing rather than there twice; everybody else is made.
#[test]
fn who_may_have_been_made_is_not_made_by_the_same_plan_again() {
    let Nameless { night, apply, all, .. } = killed_at_a_person_without_address(Held::Going);
    for command in [&apply[..], &["reconcile"]] {
        night.run(command).exits(3).says(&["in doubt"]);
        assert_eq!(contacts_made(&night), all - 1);
    }
    assert_eq!(twins::made_twice(&night.sandbox.effects()), Vec::<String>::new());
}

fn contacts_made(night: &Night) -> usize {
    let effects = night.sandbox.effects();
    effects.iter().filter(|it| it["entity"] == "contact" && it["field"].is_null()).count()
}

/// A first agreement that died at the create of somebody without an e-mail address.
struct Nameless {
    night: Night,
    /// The command that was killed.
    apply: Vec<&'static str>,
    /// How many contacts it was to make.
    all: usize,
    /// UpGuard's id of that person.
    person: String,
}

fn killed_at_a_person_without_address(held: Held) -> Nameless {
    let night = Night::falls(1, 12, 24);
    let gates = Gates::before(&night);
    let plan = night.document(0, &["plan", "--out", "p.json"]);
    let steps = plan["steps"].as_array().expect("steps").iter();
    let writes: Vec<&Value> = steps.filter(|it| it["side"] == "highlevel").collect();
    let nameless = writes.iter().position(|it| {
        it["action"] == "create" && it["entity"] == "contact" && it["lookup"].is_null()
    });
    let place = nameless.expect("a person without an e-mail address");
    let person = text(&writes[place]["sources"][0]["id"]);
    let apply = [&["apply", "p.json"], &ALLOW_FIRST[..]].concat();
    night.sandbox.turn(json!({ "index_lag_seconds": 30 }));
    let moment = Moment::Write(Side::Highlevel, place as u64 + 1, held);
    killed(&night, &gates, &apply, moment);
    let made = |it: &&&Value| it["action"] == "create" && it["entity"] == "contact";
    let all = writes.iter().filter(made).count();
    Nameless { night, apply, all, person }
}

#[test]
fn the_first_interrupt_finishes_the_step_and_the_second_does_not_wait() {
    let night = Night::falls(2, 12, 24);
    let gates = Gates::before(&night);
    let apply = [&["apply", "p.json"], &ALLOW_FIRST[..]].concat();
    night.run(&["plan", "--out", "p.json"]).exits(0);
    let child = night.start(&apply);
    until("some writes", || night.sandbox.writing_requests() >= 4);
    child.interrupt();
    assert_eq!(child.ends(), Some(130));
    assert_ne!(contents(&night), undisturbed(), "nothing was left to do");

    gates.highlevel.close_at(3, Held::Coming);
    let mut child = night.start(&apply);
    until("the write to hang at", || gates.highlevel.holds());
    child.interrupt();
    thread::sleep(std::time::Duration::from_millis(100));
    assert!(child.runs(), "the first one waits for the step at hand");
    child.interrupt();
    assert_eq!(child.ends(), Some(130));
    gates.highlevel.open();

    // Only what the second one cut off is in doubt, and it had arrived.
    let ran = night.run(&apply).exits(0).says(&["had arrived, and is recorded now"]);
    assert_eq!(ran.err.matches("an interrupted write").count(), 1, "{}", ran.told());
    assert_eq!(twins::made_twice(&night.sandbox.effects()), Vec::<String>::new());
    night.finds_nothing();
    assert_eq!(contents(&night), undisturbed());
}

#[test]
fn a_reconcile_killed_after_edits_changes_every_field_once() {
    let moments = [
        Moment::Write(Side::Upguard, 3, Held::Coming),
        Moment::Write(Side::Highlevel, 4, Held::Coming),
        Moment::Write(Side::Highlevel, 4, Held::Going),
        Moment::Request(6),
    ];
    each(&moments, |moment| {
        let night = Night::falls(9, 16, 4);
        let gates = Gates::before(&night);
        night.first_agreement();
        let mut dice = Dice::of(9);
        let spots = dice.shuffled(Spot::all(&night));
        let from = night.sandbox.effects().len();
        let mut expected = Vec::new();
        for (number, spot) in spots.iter().take(24).enumerate() {
            let side = if dice.below(2) == 0 { Side::Upguard } else { Side::Highlevel };
            let (typed, shared) = spot.value(number);
            spot.set(&night, side, &typed);
            expected.push(spot.change(side.other(), &shared));
        }
        killed(&night, &gates, &["reconcile"], moment);
        let done = changes(&night, from).len();
        assert!(done < expected.len(), "{moment:?}: nothing is left to do");

        let ran = night.run(&["--json", "reconcile"]);
        assert_eq!(ran.code, Some(waiting(&ran.json())), "{moment:?}: {}", ran.told());
        if matches!(moment, Moment::Write(_, _, Held::Coming)) {
            ran.says(&["had arrived, and is recorded now"]);
        }
        same(&changes(&night, from), &expected);
        night.finds_nothing();
        night.run(&["history", "verify"]).exits(0);
    });
}
