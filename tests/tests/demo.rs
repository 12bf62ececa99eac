//! Does the demonstration hold what it promises, whatever the seed and the size? It ends with nothing
//! left to do, shows every degree of evidence, and gives no credential away.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use concordat_oracle::{rows, text};
use concordat_tests::night::{Ran, program};
use serde_json::Value;
use tempfile::TempDir;

/// Both credentials, and what was stolen: UpGuard shows it with a threat.
const SECRETS: [&str; 3] = ["sandbox-upguard-key", "pit-sandbox-highlevel-token", "planted-secret"];

/// Every file below `folder`, with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path());
    let below = entries.flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => vec![(path.clone(), fs::read(&path).expect("a readable file"))],
    });
    below.collect()
}

#[track_caller]
fn demo(args: &[&str]) -> (Value, TempDir) {
    let folder = TempDir::with_prefix("concordat-demo-test-").expect("a temporary folder");
    let mut command = program::command();
    command.args(["--json", "demo"]).args(args).arg("--out").arg(folder.path().join("out"));
    let ran = Ran::of(command).exits(0);
    for secret in SECRETS {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "a credential is shown");
    }
    let told = ran.json();
    assert_eq!(told["final"]["operations"], 0);
    assert_eq!(told["final"]["operations_without_store"], 0);
    assert!(rows(&told["runs"]).len() >= 3, "{told:#}");
    (told, folder)
}

/// How sure the order of two changes was, wherever the plans say so.
fn evidence(told: &Value) -> BTreeSet<String> {
    let steps = rows(&told["runs"]).iter().flat_map(|run| rows(&run["plan"]["steps"]));
    let fields = steps.flat_map(|step| rows(&step["fields"]));
    fields.map(|field| text(&field["why"]["evidence"])).filter(|it| !it.is_empty()).collect()
}

#[test]
fn the_demo_shows_every_degree_of_evidence() {
    thread::scope(|worlds| {
        for seed in 1..=6 {
            worlds.spawn(move || {
                let (told, _folder) = demo(&["--seed", &seed.to_string()]);
                let expected = ["likely", "proven", "undecided"].map(str::to_owned).into();
                assert_eq!(evidence(&told), expected, "seed {seed}");
                assert_eq!(
                    rows(&told["looked_up"]).len(),
                    15,
                    "seed {seed}: {:#}",
                    told["looked_up"]
                );
            });
        }
    });
}

#[test]
fn the_demo_plays_in_worlds_of_any_size() {
    thread::scope(|worlds| {
        for (vendors, contacts) in [("3", "2"), ("1", "1"), ("2", "0"), ("0", "0"), ("30", "5")] {
            let args = ["--seed", "7", "--vendors", vendors, "--contacts", contacts];
            worlds.spawn(move || demo(&args));
        }
    });
}

#[test]
fn the_demo_leaves_what_it_says() {
    let (told, folder) = demo(&["--seed", "8"]);
    let out = folder.path().join("out");
    assert_eq!(told["out"], out.display().to_string());
    let history = fs::read_to_string(out.join("history.jsonl")).expect("the history");
    assert!(history.lines().count() > 20);
    assert!(history.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    for secret in SECRETS {
        assert!(!history.contains(secret));
    }
    assert!(told["history"]["entries"].as_u64() > Some(20));
    for (file, bytes) in files(&out.join("state")) {
        let stolen = bytes.windows(14).any(|it| it == b"planted-secret");
        assert!(!stolen, "{} holds what was stolen", file.display());
    }

    let mut verify = program::command();
    verify
        .arg("--config")
        .arg(out.join("concordat.toml"))
        .arg("--state-dir")
        .arg(out.join("state"));
    verify.args(["--json", "history", "verify"]);
    let verified = Ran::of(verify).exits(0).json();
    assert_eq!(verified["head"], told["history"]["head"]);

    let mut again = program::command();
    again.arg("demo").arg("--out").arg(&out);
    Ran::of(again).exits(2).says(&["holds an earlier demo", "choose another folder"]);
}

#[test]
fn the_demo_is_told_to_people() {
    let folder = TempDir::with_prefix("concordat-demo-test-").expect("a temporary folder");
    let mut command = program::command();
    command.arg("demo").arg("--out").arg(folder.path().join("out"));
    let ran = Ran::of(command).exits(0);
    for secret in SECRETS {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "a credential is shown");
    }
    ran.says(&[
        "Custom fields of contacts, defined now: vendor_assessment, vendor_score, vendor_tier",
        "Two systems that never met",
        "apply --allow first-agreement",
        "people edit on both sides",
        "UpGuard's PCI is spelled as before, its tag is ug:pci",
        "is put back where it was taken away",
        "tags that are no labels are where they were",
        "a notification about a vendor is a note at its contact, once",
        "what is noted of a vendor is one note at its contact",
        "The last run found 0 operations, and 0 after the mirror was deleted.",
    ]);
}
