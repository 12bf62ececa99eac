//! What do people decide, and can they see afterwards what was done? Conflicts and ambiguous records
//! are listed, shown and decided; the next run carries that out and never asks again; the history tells
//! of every change, and of every hand that tampers with it.

use std::fs;

use concordat_oracle::{reported, text};
use concordat_tests::night::persons::{Dice, changes, same};
use concordat_tests::night::{ALLOW_FIRST, Night, Ran, waiting};
use serde_json::Value;

#[track_caller]
fn no_complaints(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// After a first agreement in which no side's value is adopted: where both differ, people are asked.
fn asking(seed: u64) -> Night {
    let night = Night::falls(seed, 12, 24);
    night.configure(|text| {
        text.lines().filter(|it| !it.contains("adopt")).collect::<Vec<_>>().join("\n")
    });
    let ran = night.run(&[&["reconcile"], &ALLOW_FIRST[..]].concat());
    // What another person has already, HighLevel refuses; that is told, and not tried again.
    assert!(matches!(ran.code, Some(3 | 6)), "{}", ran.told());
    ran.says(&["conflicts wait for a person: `concordat conflicts list`"]);
    night
}

fn listed(night: &Night, what: &str) -> Vec<Value> {
    let document = night.document(0, &[what, "list"]);
    let key = if what == "matches" { "cases" } else { what };
    document[key].as_array().expect("a list").clone()
}

fn id(row: &Value) -> &str {
    row["id"].as_str().expect("an id")
}

/// Runs as a person whom the operating system knows.
fn as_person(night: &Night, args: &[&str]) -> Ran {
    let mut command = night.command(args);
    command.env_remove("SUDO_USER").env("USER", "ada");
    Ran::of(command)
}

#[test]
fn conflicts_are_decided_once() {
    let night = asking(1);
    let all = listed(&night, "conflicts");
    let of = |field: &str| all.iter().filter(|it| it["field"] == field).collect::<Vec<_>>();
    let end = |it: &Value, side: &str| text(&it["ends"][side][0]["id"]);
    let held = |it: &Value, side: &str| text(&it["held"][side]);
    let (names, notes) = (of("name"), of("description"));
    assert!(names.len() >= 3 && !notes.is_empty(), "{all:#?}");
    night.run(&["conflicts", "list"]).exits(0).says(&[
        &format!("{} conflicts wait for a person", all.len()),
        "concordat conflicts resolve ID --take upguard|highlevel|leave",
    ]);
    let show = night.run(&["conflicts", "show", id(notes[0])]).exits(0);
    show.says(&[&held(notes[0], "upguard"), &held(notes[0], "highlevel"), "To decide it"]);
    night.run(&["conflicts", "resolve", id(notes[0])]).exits(2).says(&["--take"]);
    assert_eq!(listed(&night, "conflicts"), all, "looking decides nothing");

    let from = night.sandbox.effects().len();
    let decide = |it: &Value, take: &str| {
        let args = ["conflicts", "resolve", id(it), "--take", take, "--reason", "they said so"];
        as_person(&night, &args).exits(0).says(&["by the next run"]);
    };
    decide(notes[0], "highlevel");
    decide(names[0], "upguard");
    decide(names[1], "leave");
    let path = "attributes.Relationship notes".to_owned();
    let expected = [
        ("upguard".into(), end(notes[0], "upguard"), path, held(notes[0], "highlevel")),
        ("highlevel".into(), end(names[0], "highlevel"), "name".into(), held(names[0], "upguard")),
    ];
    assert!(changes(&night, from).is_empty(), "deciding writes to neither system");
    let left = listed(&night, "conflicts");
    assert_eq!(left.len(), all.len() - 3, "what is decided is not asked again");

    let run = night.document(6, &["reconcile"]);
    same(&changes(&night, from), &expected);
    assert_eq!(run["conflicts"].as_array().map(Vec::len), Some(all.len() - 3));
    night.finds_nothing();
    assert_eq!(listed(&night, "conflicts"), left);

    // Left as they are means until one of them changes.
    let business = end(names[1], "highlevel");
    let set = serde_json::json!({ "name": "Something Else Entirely" });
    night.sandbox.edit("highlevel", "business", &business, set);
    let run = night.document(6, &["reconcile"]);
    let told = ["conflicts", "drift", "steps"].map(|it| run[it].to_string()).concat();
    assert!(told.contains(&business), "{run:#}");

    // A decision is part of the history, with who and why.
    let history = night.document(0, &["history", "list"]);
    let decided = history["changes"].as_array().expect("changes").iter();
    let decided: Vec<&Value> = decided.filter(|it| it["action"] == "decide").collect();
    assert_eq!(decided.len(), 3);
    assert!(decided.iter().all(|it| it["actor"] == "ada"), "{decided:#?}");
    assert!(decided.iter().all(|it| text(&it["says"]).contains("they said so")), "{decided:#?}");
}

#[test]
fn a_decision_about_values_that_moved_since_is_asked_again() {
    let night = asking(1);
    let all = listed(&night, "conflicts");
    let conflict = all.iter().find(|it| it["field"] == "description").expect("a conflict");
    as_person(&night, &["conflicts", "resolve", id(conflict), "--take", "upguard"]).exits(0);
    let business = text(&conflict["ends"]["highlevel"][0]["id"]);
    let set = serde_json::json!({ "description": "Written after the decision" });
    night.sandbox.edit("highlevel", "business", &business, set);
    let from = night.sandbox.effects().len();
    let run = night.document(6, &["reconcile"]);
    assert!(changes(&night, from).is_empty(), "nobody decided about this value");
    assert!(run["conflicts"].to_string().contains("Written after the decision"), "{run:#}");
}

#[test]
fn ambiguous_records_are_decided_once() {
    let night = Night::falls(1, 12, 24);
    night.first_agreement();
    let cases = listed(&night, "matches");
    let of = |mapping: &str| cases.iter().find(|it| it["mapping"] == mapping).expect("a case");
    let (vendor, person) = (of("vendors"), of("contacts"));
    night.run(&["matches", "list"]).exits(0).says(&["records have its web address", "--never"]);
    let wrong = ["matches", "decide", id(vendor), "--link", "nobody"];
    let candidate = |at: usize| text(&vendor["candidates"][at]["record"]["id"]);
    night.run(&wrong).exits(2).says(&["none of the candidates", &candidate(0), &candidate(1)]);
    assert_eq!(listed(&night, "matches"), cases, "looking decides nothing");

    let from = night.sandbox.effects().len();
    let link = candidate(1);
    as_person(&night, &["matches", "decide", id(vendor), "--link", &link, "--reason", "seen"])
        .exits(0)
        .says(&["by the next run"]);
    as_person(&night, &["matches", "decide", id(person), "--never"]).exits(0);
    assert!(changes(&night, from).is_empty(), "deciding writes to neither system");
    assert!(listed(&night, "matches").is_empty(), "what is decided is not asked again");

    let run = night.document(0, &["reconcile"]);
    no_complaints(reported::differs(&night.sandbox.api_effects_from(from), &run));
    let ids = [text(&vendor["record"]["id"]), link.clone()];
    let changed = changes(&night, from);
    assert!(changed.iter().all(|(_, it, _, _)| ids.contains(it)), "{changed:#?}");
    assert_eq!(waiting(&night.finds_nothing()), 0, "nothing waits any more");
    let shown = night.document(0, &["history", "show", &link]);
    assert!(shown["changes"].to_string().contains(&ids[0]), "the link is told: {shown:#}");

    // From now on the two are kept in agreement.
    let set = serde_json::json!({ "phone": "+16465550199" });
    night.sandbox.edit("highlevel", "business", &link, set);
    night.document(0, &["reconcile"]);
    let vendors = night.sandbox.state()["upguard"]["vendors"].clone();
    let vendor = vendors.as_array().expect("vendors").iter().find(|it| text(&it["id"]) == ids[0]);
    assert_eq!(vendor.expect("the vendor")["attributes"]["Main phone"], "+16465550199");
}

#[test]
fn none_of_them_makes_a_new_one() {
    let night = Night::falls(2, 12, 24);
    night.first_agreement();
    let cases = listed(&night, "matches");
    let vendor = cases.iter().find(|it| it["mapping"] == "vendors").expect("a case");
    let from = night.sandbox.effects().len();
    as_person(&night, &["matches", "decide", id(vendor), "--create"]).exits(0);
    night.document(6, &["reconcile"]);
    let made = night.sandbox.api_effects_from(from);
    let made: Vec<&Value> = made.iter().filter(|it| it["field"].is_null()).collect();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["after"]["name"], vendor["name"]);
    night.finds_nothing();
}

#[test]
fn the_history_tells_of_every_change() {
    let night = Night::falls(2, 12, 24);
    let run = night.first_agreement();
    night.document(6, &["reconcile"]);
    let effects = night.sandbox.effects();
    let history = night.document(0, &["history", "list"]);
    no_complaints(reported::history_differs(&effects, &history));
    assert!(!reported::history_differs(&effects[1..], &history).is_empty(), "it would notice");
    let rows = history["changes"].as_array().expect("changes");
    assert!(rows.iter().all(|it| it["actor"] == "concordat" && it["says"] != ""));
    let applied = run["run"].as_str().expect("a run");
    let of_run = night.document(0, &["history", "list", "--run", applied]);
    // Of the night after, it tells only that the new contacts carry what their vendors have.
    let (first, later): (Vec<&Value>, Vec<&Value>) =
        rows.iter().partition(|it| it["run"] == applied);
    assert_eq!(of_run["changes"].as_array().map(Vec::len), Some(first.len()));
    assert!(later.iter().all(|it| it["action"] == "link"), "{later:#?}");
    let newest = night.document(0, &["history", "list", "--limit", "3"]);
    assert_eq!(newest["changes"].as_array().expect("changes")[..], rows[rows.len() - 3..]);
    let phones = night.document(0, &["history", "list", "--field", "phone"]);
    let phones = phones["changes"].as_array().expect("changes");
    assert!(!phones.is_empty() && phones.iter().all(|it| it["field"] == "phone"));

    // One record, by its id and by its name.
    let record = text(&effects[0]["id"]);
    let by_id = night.document(0, &["history", "show", &record]);
    let by_id = by_id["changes"].as_array().expect("changes");
    assert!(!by_id.is_empty());
    let by_name =
        night.document(0, &["history", "show", by_id[0]["name"].as_str().expect("a name")]);
    assert!(by_name.to_string().contains(&record));
    night.run(&["history", "show", "nobody"]).exits(0).says(&["nothing was ever written"]);

    let export = |format: &str, file: &str| {
        let args = ["history", "export", "--format", format, "--out", file];
        night.run(&args).exits(0);
        night.run(&args).exits(2).says(&["cannot be written", "choose another name"]);
        fs::read_to_string(night.file(file)).expect("an export")
    };
    let lines: Vec<Value> = export("jsonl", "h.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("one object per line"))
        .collect();
    assert_eq!(lines.len(), rows.len());
    assert!(lines.iter().zip(rows).all(|(line, row)| line["seq"] == row["seq"]));
    let table = export("csv", "h.csv");
    assert!(table.starts_with("seq,") && table.lines().count() > rows.len(), "{table}");
}

#[test]
fn no_flipped_byte_of_the_ledger_goes_unnoticed() {
    let night = Night::falls(3, 6, 8);
    night.first_agreement();
    let sound = night.document(0, &["history", "verify"]);
    assert_eq!(sound["intact"], true);
    let frames = night.state_dir().join("ledger/00000000000000000000.frames");
    let good = fs::read(&frames).expect("the ledger");
    let mut dice = Dice::of(3);
    // The flag of an entry says only whether it was erased; entry and flag are checked together.
    let flag =
        |at: usize| good[at.saturating_sub(7)..at + 8].windows(8).any(|it| it == b"*whole*\n");
    let places = std::iter::repeat_with(|| dice.below(good.len() - 8)).filter(|at| !flag(*at));
    let places: Vec<usize> = places.take(40).collect();
    for at in places {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(&frames, &bad).expect("a writable ledger");
        night.run(&["history", "verify"]).exits(13).says(&["damaged or was tampered with"]);
    }
    let requests = night.sandbox.requests();
    night.run(&["reconcile"]).exits(13).says(&["restore the directory from a backup"]);
    assert_eq!(night.sandbox.requests(), requests, "nobody is asked anything on such a basis");

    // Entries that were cut off at the end are missed too: the head is remembered elsewhere.
    fs::write(&frames, &good[..good.len() * 3 / 4]).expect("a writable ledger");
    night.run(&["history", "verify"]).exits(13);
    fs::write(&frames, &good).expect("a writable ledger");
    assert_eq!(night.document(0, &["history", "verify"]), sound);
}
