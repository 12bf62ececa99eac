//! What if the state is not what it was: the mirror lost or rotten? Plans are then what they were, or it is
//! said what to do; and nobody reads the words of a panic.

use std::fs;
use std::path::{Path, PathBuf};

use concordat_oracle::text;
use concordat_tests::night::persons::Dice;
use concordat_tests::night::{Night, Ran, contents, copy, waiting};
use serde_json::{Value, json};

/// Two systems that agreed, and then were edited on one side or the other.
fn edited(seed: u64) -> Night {
    let night = Night::falls(seed, 8, 12);
    night.first_agreement();
    drop(night.run(&["reconcile"]));
    let state = night.sandbox.state();
    let all = |pointer: &str| state.pointer(pointer).and_then(Value::as_array).expect("records");
    // Of several people who are one contact, the mirror alone remembers who changed something last.
    let people = all("/upguard/contacts");
    let namesakes = |it: &Value| {
        people.iter().filter(|other| other["email_address"] == it["email_address"]).count()
    };
    let alone = people.iter().find(|it| it["email_address"].is_string() && namesakes(it) == 1);
    let person = text(&alone.expect("somebody with an address of their own")["id"]);
    night.sandbox.edit("upguard", "contact", &person, json!({ "phone_mobile": "+1 503 555 0142" }));
    let vendor = text(&all("/upguard/vendors")[1]["id"]);
    night.sandbox.edit("upguard", "vendor", &vendor, json!({ "labels": ["rotten"] }));
    night.run(&["pull"]).exits(0);
    night
}

/// What a plan says, without what is new in each.
fn shown(ran: &Ran) -> Value {
    let mut plan = ran.json();
    let all = plan.as_object_mut().expect("a plan");
    all.retain(|name, _| {
        !["made_at", "plan_hash", "position", "forecast"].contains(&name.as_str())
    });
    plan
}

fn plan(night: &Night) -> Ran {
    let ran = night.run(&["--json", "plan"]);
    assert!(!ran.err.contains("panicked"), "{}", ran.told());
    ran
}

fn store(night: &Night) -> PathBuf {
    night.state_dir().join("store")
}

fn aside(night: &Night) -> usize {
    let entries = fs::read_dir(night.state_dir()).expect("the state").flatten();
    entries.filter(|it| it.file_name().to_string_lossy().starts_with("store.aside-")).count()
}

fn files(below: &Path) -> Vec<PathBuf> {
    contents(below).into_iter().map(|(path, _)| path).collect()
}

#[test]
fn a_mirror_that_is_lost_or_built_anew_by_hand_changes_no_plan() {
    let night = edited(1);
    let before = shown(&plan(&night).exits(0));
    assert!(before["operations"].as_u64() > Some(1), "{before:#}");

    fs::remove_dir_all(store(&night)).expect("a mirror to lose");
    let ran = plan(&night).exits(0).says(&["there was no mirror"]);
    assert_eq!(shown(&ran), before);

    let effects = night.sandbox.effects().len();
    night.run(&["state", "rebuild"]).exits(0).says(&["store.aside-1", "can be deleted", "records"]);
    assert_eq!(aside(&night), 1);
    assert_eq!(shown(&plan(&night).exits(0)), before);
    assert_eq!(night.sandbox.effects().len(), effects, "nothing is written");
    night.run(&["doctor"]).says(&["links as the ledger has them", "1 kept that was moved aside"]);
    night.run(&["history", "verify"]).exits(0);

    let ran = night.run(&["--json", "reconcile"]);
    assert_eq!(ran.code, Some(waiting(&ran.json())), "{}", ran.told());
    night.finds_nothing();
}

/// Goal: whatever rots in the mirror, the plan is what it was, or it is said that there is none. Method:
/// flips anywhere in its files, of a mirror that was closed and of one that a crash left open.
#[test]
fn a_mirror_that_rots_changes_no_plan() {
    let night = edited(2);
    let before = shown(&plan(&night).exits(0));
    let mut dice = Dice::of(2);
    let kept = night.file("kept");
    copy(&store(&night), &kept);
    for case in 0..10 {
        let was_closed = case % 2 == 0;
        fs::remove_dir_all(store(&night)).expect("the mirror");
        copy(&kept, &store(&night));
        let seal = store(&night).join("seal");
        assert!(seal.exists(), "a mirror that was closed");
        let all: Vec<PathBuf> =
            files(&store(&night)).into_iter().filter(|it| *it != seal).collect();
        let path = &all[dice.below(all.len())];
        let mut bytes = fs::read(path).expect("a file");
        for _ in 0..if was_closed { 1 } else { 200 } {
            if !bytes.is_empty() {
                let at = dice.below(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
        }
        let changed = bytes != fs::read(path).expect("a file");
        fs::write(path, bytes).expect("a file");
        if !was_closed {
            fs::remove_file(seal).expect("a seal");
        }
        let was_aside = aside(&night);
        let ran = plan(&night);
        match ran.code {
            Some(0) => assert_eq!(shown(&ran), before, "{case}: {}", ran.told()),
            _ => assert!(ran.err.contains("error"), "{case}: {}", ran.told()),
        }
        if was_closed && changed {
            assert_eq!(ran.code, Some(0), "{}", ran.told());
            assert_eq!(aside(&night), was_aside + 1, "{case}: {}", ran.told());
            ran.says(&["the mirror was damaged", "moved to", "nothing is lost"]);
        }
    }
}
