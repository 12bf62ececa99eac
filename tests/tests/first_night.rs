//! What happens the first night? A person plans, is refused, allows, and applies; every change is one
//! that was reported; nothing else is touched; and afterwards there is nothing left to do.

use std::fs;
use std::process::Stdio;
use std::thread;

use concordat_oracle::{labels, reported, states, twins};
use concordat_tests::night::shared::vendors_of;
use concordat_tests::night::{ALLOW_FIRST, Child, Night, apply_ends, waiting};
use serde_json::Value;

#[track_caller]
fn no_complaints(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// A night up to the saved plan, which has changed nothing.
fn planned(seed: u64, vendors: u64, contacts: u64) -> Night {
    let night = Night::falls(seed, vendors, contacts);
    night.run(&["plan", "--out", "p.json"]).exits(0).says(&["saved as p.json"]);
    assert!(night.sandbox.effects().is_empty(), "a plan changes nothing");
    assert_eq!(night.sandbox.writing_requests(), 0, "a plan does not try to write");
    night
}

/// The story of one world.
fn told(seed: u64, vendors: u64, contacts: u64) {
    let night = planned(seed, vendors, contacts);
    let before = night.sandbox.state();

    night.run(&["apply", "p.json"]).exits(5).says(&[
        "Refused",
        "first-agreement",
        "`concordat apply FILE --allow first-agreement",
        "`concordat reconcile --allow first-agreement",
    ]);
    night
        .run(&["apply", "p.json", "--allow", "first-agreement"])
        .exits(2)
        .says(&["--allow needs --reason", "recorded in the history"]);
    assert!(night.sandbox.effects().is_empty(), "a refused plan changes nothing");
    assert_eq!(night.sandbox.writing_requests(), 0, "a refused plan does not try to write");

    let applied = night.run(&[&["--json", "apply", "p.json"], &ALLOW_FIRST[..]].concat());
    let run = applied.json();
    assert_eq!(applied.code, Some(apply_ends(&run)), "{}", applied.told());
    let happened = night.sandbox.effects();
    let plan: Value = serde_json::from_slice(&fs::read(night.file("p.json")).expect("the plan"))
        .expect("a plan is JSON");
    assert_eq!(plan["operations"], run["steps"].as_array().expect("steps").len());
    assert!(happened.len() > 10, "a first night has much to do");
    assert!(happened.iter().all(|it| it["actor"] == "api"));
    no_complaints(reported::differs(&happened, &run));
    no_complaints(states::touched(&before, &night.sandbox.state(), &run));
    no_complaints(twins::made_twice(&happened));
    no_complaints(labels::others_differ(&before, &night.sandbox.state()));
    no_complaints(labels::differ(&night.sandbox.state(), &vendors_of(&night)));

    night.finds_nothing();
    fs::remove_dir_all(night.state_dir().join("store")).expect("a mirror to delete");
    night.finds_nothing();

    // Applied again, the plan finds everything done. What was refused once is refused again.
    let again = night.run(&[&["--json", "apply", "p.json"], &ALLOW_FIRST[..]].concat());
    let run = again.json();
    assert_eq!(again.code, Some(apply_ends(&run)), "{}", again.told());
    let applied = run["steps"].as_array().expect("steps");
    assert!(applied.iter().all(|it| it["outcome"] != "applied"), "{}", again.told());
    assert_eq!(night.sandbox.effects().len(), happened.len(), "applied again, it changes nothing");
    assert_eq!(waiting(&night.finds_nothing()), waiting(&run));
}

#[test]
fn worlds_agree_once_and_for_all() {
    thread::scope(|nights| {
        for (seed, vendors, contacts) in [(4, 40, 120), (1, 12, 24), (2, 12, 24), (3, 12, 24)] {
            nights.spawn(move || told(seed, vendors, contacts));
        }
    });
}

/// The judge must be able to condemn: each doctored account gets a complaint.
#[test]
fn the_oracle_finds_what_is_wrong() {
    let night = planned(2, 6, 12);
    let before = night.sandbox.state();
    let run = night.first_agreement();
    let (happened, after) = (night.sandbox.effects(), night.sandbox.state());
    no_complaints(reported::differs(&happened, &run));

    assert!(!reported::differs(&happened[1..], &run).is_empty(), "an effect is missing");
    let twice = [&happened[..], &happened[..1]].concat();
    assert!(!reported::differs(&twice, &run).is_empty(), "an effect too many");
    let mut other = run.clone();
    let steps = other["steps"].as_array_mut().expect("steps");
    steps[0]["fields"][0]["after"] = "something else".into();
    assert!(!reported::differs(&happened, &other).is_empty(), "another value was reported");

    other["steps"] = Value::Array(Vec::new());
    assert!(!states::touched(&before, &after, &other).is_empty(), "records changed unreported");
    let create = happened.iter().find(|it| it["field"].is_null()).expect("a create");
    assert!(!twins::made_twice(&[create.clone(), create.clone()]).is_empty(), "made twice");
    let mut stripped = after.clone();
    let contacts = stripped["highlevel"]["contacts"].as_array_mut().expect("contacts");
    for contact in contacts.iter_mut() {
        contact["tags"] = Value::Array(Vec::new());
    }
    assert!(!labels::others_differ(&after, &stripped).is_empty(), "a tag was taken");
    let vendors_of = vendors_of(&night);
    no_complaints(labels::differ(&after, &vendors_of));
    assert!(!labels::differ(&stripped, &vendors_of).is_empty(), "labels are no tags any more");
    let set = |step: &Value| step["fields"][0]["path"] == "tags";
    let mut other = run.clone();
    let steps = other["steps"].as_array_mut().expect("steps");
    let tagging = steps.iter_mut().find(|it| set(it)).expect("a step that tags");
    tagging["fields"][0]["after"].as_array_mut().expect("tags").push("ug:more".into());
    assert!(!reported::differs(&happened, &other).is_empty(), "another tag was reported");
    let mut other = run.clone();
    let steps = other["steps"].as_array_mut().expect("steps");
    let made = steps.iter_mut().find(|it| it["constants"]["tags"].is_array());
    made.expect("a contact that was made")["constants"]["tags"] = Value::Null;
    assert!(!reported::differs(&happened, &other).is_empty(), "a new contact's tags are not told");
}

/// As under `2>&1 | head`: a reader that went away takes nothing with it.
#[test]
fn that_nobody_reads_what_is_said_stops_no_command() {
    let night = Night::falls(3, 4, 4);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = night.command(&["plan", "--out", "p.json"]);
    command.stdout(Stdio::null()).stderr(writer);
    assert_eq!(Child::of(command).ends(), Some(0));
    assert!(night.file("p.json").exists());
}
