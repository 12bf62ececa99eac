//! What becomes of what people change? After the first agreement people edit the fields that flow both
//! ways, on both sides; the nightly run leads to exactly the changes that follow, and to nothing else.

use concordat_oracle::{reported, states};
use concordat_tests::night::persons::{Change, Dice, Side, Spot, changes, same};
use concordat_tests::night::{Night, waiting};
use serde_json::Value;

#[track_caller]
fn no_complaints(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// Reconciles, and holds what happened against what had to.
#[track_caller]
fn reconciles(night: &Night, permissions: &[&str], expected: Vec<Change>) -> Value {
    let (before, from) = (night.sandbox.state(), night.sandbox.effects().len());
    night.nothing_is_overlooked();
    let ran = night.run(&[&["--json", "reconcile"], permissions].concat());
    let run = ran.json();
    assert_eq!(ran.code, Some(waiting(&run)), "{}", ran.told());
    same(&changes(night, from), &expected);
    no_complaints(reported::differs(&night.sandbox.api_effects_from(from), &run));
    no_complaints(states::touched(&before, &night.sandbox.state(), &run));
    run
}

fn ceiling(class: &str, absolute: u64) -> String {
    format!("\n[guards.{class}]\npercent = 20\nmin_population = 500\nabsolute = {absolute}\n")
}

fn after_first_agreement(seed: u64, vendors: u64) -> Night {
    let night = Night::falls(seed, vendors, 6);
    night.configure(|text| text + &ceiling("updates", 12));
    night.first_agreement();
    night
}

/// The reason in the run document why a field was written.
fn evidence(run: &Value, change: &Change) -> Value {
    let (_, id, path, _) = change;
    let steps = run["steps"].as_array().expect("steps").iter();
    let fields = steps
        .filter(|it| it["record"]["id"] == id.as_str())
        .flat_map(|it| it["fields"].as_array().expect("fields"));
    let field = fields.into_iter().find(|it| it["path"] == path.as_str());
    field.map(|it| it["why"]["evidence"].clone()).expect("a reported field")
}

#[test]
fn a_hundred_edits_lead_to_a_hundred_changes() {
    let night = after_first_agreement(5, 40);
    let mut dice = Dice::of(5);
    let spots = dice.shuffled(Spot::all(&night));
    assert!(spots.len() > 100, "only {} fields flow both ways", spots.len());
    let mut expected = Vec::new();
    for (number, spot) in spots.iter().take(100).enumerate() {
        let side = if dice.below(2) == 0 { Side::Upguard } else { Side::Highlevel };
        let (typed, shared) = spot.value(number);
        spot.set(&night, side, &typed);
        expected.push(spot.change(side.other(), &shared));
    }

    // So many changes at once look like an accident: the ceilings ask first.
    let from = night.sandbox.effects().len();
    night.run(&["reconcile"]).exits(5).says(&[
        "Refused: nothing will be written",
        "updates of UpGuard vendor records in vendors",
        "updates of HighLevel business records in vendors",
        "--allow updates:",
    ]);
    let refused = night.document(5, &["reconcile"]);
    let refusals = refused["refusals"].as_array().expect("refusals");
    assert!(refusals.iter().all(|it| it["class"] == "updates" && it["count"].as_u64() > Some(12)));
    let most = refusals.iter().filter_map(|it| it["count"].as_u64()).max().expect("a number");
    let reason = ["--reason", "a campaign"];
    let few = format!("updates:{}", most - 1);
    night.run(&[&["reconcile", "--allow", &few], &reason[..]].concat()).exits(5);
    assert!(changes(&night, from).is_empty(), "a refused plan changes nothing");

    let enough = format!("updates:{most}");
    reconciles(&night, &[&["--allow", &enough], &reason[..]].concat(), expected);
    night.finds_nothing();
}

#[test]
fn where_both_sides_moved_one_value_wins() {
    let night = after_first_agreement(6, 24);
    night.configure(|text| text.replace("absolute = 12", "absolute = 500"));
    let state = night.sandbox.state();
    let mut spots = Dice::of(6).shuffled(Spot::all(&night));
    let mut filled = spots.clone();
    filled.retain(|it| !it.held(&state, Side::Upguard).is_empty());
    filled.truncate(12);
    spots.retain(|it| !filled.contains(it));
    let mut parts = spots.chunks(8);
    let mut part = || parts.next().expect("enough fields").iter().enumerate();
    let (alike, apart) = (part(), part());
    let (later_highlevel, later_upguard) = (part(), part());
    let mut expected = Vec::new();
    let mut proven = Vec::new();

    // Two pulls between the edits prove their order.
    for (number, spot) in later_highlevel.clone() {
        spot.set(&night, Side::Upguard, &spot.value(100 + number).0);
    }
    for (number, spot) in later_upguard.clone() {
        spot.set(&night, Side::Highlevel, &spot.value(200 + number).0);
    }
    for _ in 0..2 {
        night.run(&["pull"]).exits(0);
        night.sandbox.minutes_pass(10);
    }
    for (number, spot) in later_highlevel {
        let (typed, shared) = spot.value(300 + number);
        spot.set(&night, Side::Highlevel, &typed);
        proven.push(spot.change(Side::Upguard, &shared));
    }
    for (number, spot) in later_upguard {
        let (typed, shared) = spot.value(400 + number);
        spot.set(&night, Side::Upguard, &typed);
        proven.push(spot.change(Side::Highlevel, &shared));
    }
    expected.extend(proven.clone());

    for (number, spot) in alike {
        spot.set(&night, Side::Upguard, &spot.value(500 + number).0);
        spot.set(&night, Side::Highlevel, &spot.value(500 + number).1);
    }
    // Nobody looked between these two: the mapping's fallback decides, which is HighLevel.
    let mut undecided = Vec::new();
    for (number, spot) in apart {
        let (typed, shared) = spot.value(600 + number);
        spot.set(&night, Side::Highlevel, &typed);
        spot.set(&night, Side::Upguard, &spot.value(700 + number).0);
        undecided.push(spot.change(Side::Upguard, &shared));
    }
    expected.extend(undecided.clone());
    for (number, spot) in filled.iter().enumerate() {
        let side = if number % 2 == 0 { Side::Upguard } else { Side::Highlevel };
        spot.set(&night, side, "");
        expected.push(spot.change(side.other(), ""));
    }

    let run = reconciles(&night, &[], expected);
    for change in &proven {
        assert_eq!(evidence(&run, change), "proven", "{change:?}");
    }
    for change in &undecided {
        assert_eq!(evidence(&run, change), "undecided", "{change:?}");
    }
    night.finds_nothing();
}

#[test]
fn too_many_emptied_fields_are_asked_about() {
    let night = Night::falls(7, 24, 6);
    night.configure(|text| text + &ceiling("clears", 3));
    night.first_agreement();
    let state = night.sandbox.state();
    let mut spots = Spot::all(&night);
    spots.retain(|it| !it.held(&state, Side::Upguard).is_empty());
    let mut expected = Vec::new();
    for spot in spots.iter().take(4) {
        spot.set(&night, Side::Highlevel, "");
        expected.push(spot.change(Side::Upguard, ""));
    }
    let from = night.sandbox.effects().len();
    night.run(&["reconcile"]).exits(5).says(&["4 clears of UpGuard vendor", "--allow clears:4"]);
    assert!(changes(&night, from).is_empty(), "a refused plan changes nothing");
    reconciles(&night, &["--allow", "clears:4", "--reason", "they asked us to"], expected);
    night.finds_nothing();
}

#[test]
fn what_a_person_changes_between_plan_and_apply_is_left_alone() {
    let night = after_first_agreement(8, 24);
    night.configure(|text| text.replace("absolute = 12", "absolute = 500"));
    let spots = Dice::of(8).shuffled(Spot::all(&night));
    let edited: Vec<(usize, &Spot)> = spots.iter().take(30).enumerate().collect();
    for (number, spot) in &edited {
        spot.set(&night, Side::Upguard, &spot.value(*number).0);
    }
    night.run(&["plan", "--out", "p.json"]).exits(0);
    let mut expected = Vec::new();
    let mut later = Vec::new();
    for (number, spot) in &edited {
        if number % 3 == 0 {
            let (typed, shared) = spot.value(800 + number);
            spot.set(&night, Side::Highlevel, &typed);
            later.push(spot.change(Side::Upguard, &shared));
        } else {
            expected.push(spot.change(Side::Highlevel, &spot.value(*number).1));
        }
    }

    let (before, from) = (night.sandbox.state(), night.sandbox.effects().len());
    let run = night.document(3, &["apply", "p.json"]);
    same(&changes(&night, from), &expected);
    no_complaints(reported::differs(&night.sandbox.api_effects_from(from), &run));
    no_complaints(states::touched(&before, &night.sandbox.state(), &run));
    let told = run["steps"].as_array().expect("steps").iter().filter(|it| {
        let says = it["says"].as_str().unwrap_or_default();
        it["outcome"] == "superseded" || says.contains("moved since the plan; left")
    });
    assert!(told.count() > 0, "the run says what it left alone");

    // The next night weighs both edits; nobody looked between them, so HighLevel's value is taken.
    reconciles(&night, &[], later);
    night.finds_nothing();
}

#[test]
fn a_vendor_without_a_web_address_cannot_be_written_and_is_held() {
    let night = after_first_agreement(5, 40);
    let writable = Spot::all(&night);
    let mut webless = Spot::with_webless(&night);
    webless.retain(|it| !writable.contains(it));
    let spot = webless.first().expect("a linked vendor without a web address");
    let (typed, _) = spot.value(1);
    spot.set(&night, Side::Highlevel, &typed);
    let run = reconciles(&night, &[], Vec::new());
    let held = run["held"].as_array().expect("held").iter();
    let says: Vec<String> = held.map(|it| it.to_string()).collect();
    assert!(says.iter().any(|it| it.contains(&spot.vendor)), "{says:?}");
    night.finds_nothing();
}
