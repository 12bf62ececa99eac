//! Is the difference of two exports told as a user gets it? By the program, of files as others write them and of
//! its own history.

use std::fs;

use concordat_tests::night::{Night, Ran, program};
use serde_json::Value;
use tempfile::TempDir;

const JUNE: &str = "id,name,tier\nv1,Acme,2\nv2,Beta,1\nv3,Cyan,3\n";
const JULY: &str = "id,name,tier\nv2,Beta,1\nv1,Acme,1\nv4,Dune,2\n";

/// Files in a directory of their own, in which the program runs.
fn desk(files: &[(&str, &str)]) -> TempDir {
    let desk = tempfile::tempdir().expect("a directory");
    for (name, holds) in files {
        fs::write(desk.path().join(name), holds).expect("a writable file");
    }
    desk
}

fn compare(desk: &TempDir, args: &[&str]) -> Ran {
    let mut command = program::command();
    command.current_dir(desk.path()).arg("compare").args(args);
    Ran::of(command)
}

#[test]
fn two_months_are_compared_without_a_configuration() {
    let desk = desk(&[("june.csv", JUNE), ("july.csv", JULY)]);
    let months = ["june.csv", "july.csv"];
    compare(&desk, &months).exits(0).says(&[
        "3 → 3: 1 equal, 1 changed, 1 added, 1 gone",
        "~ v1",
        "2 → 1",
        "+ v4",
        "- v3",
    ]);
    compare(&desk, &[&months[..], &["--detailed-exitcode"]].concat()).exits(10);
    compare(&desk, &["june.csv", "june.csv", "--detailed-exitcode"]).exits(0);

    let document = compare(&desk, &[&months[..], &["--json"]].concat()).exits(0).json();
    assert_eq!(document["totals"]["changed"], 1);
    assert_eq!(document["differences"].as_array().expect("differences").len(), 3);

    let reports = ["--report", "csv=d.csv", "--report", "html=d.html", "--report", "md=d.md"];
    compare(&desk, &[&months[..], &reports].concat()).exits(0);
    let table = fs::read_to_string(desk.path().join("d.csv")).expect("a report");
    assert!(table.contains("changed,v1,tier,2,1\r\n"), "{table}");
    assert!(table.contains("added,v4,name,,D•••\r\n"), "{table}");
    let own = ["june.csv", "july.csv", "--report", "csv=july.csv"];
    compare(&desk, &own).exits(2).says(&["july.csv"]);
    assert_eq!(fs::read_to_string(desk.path().join("july.csv")).expect("the export"), JULY);
}

#[test]
fn what_cannot_be_compared_says_where_and_what() {
    let desk = desk(&[
        ("june.csv", JUNE),
        ("twice.csv", "id,name,tier\nv1,Acme,2\n\nv1,Acme,1\n"),
        ("ragged.csv", "id,name,tier\nv1,Acme,Inc,2\n"),
        ("open.csv", "id,name,tier\nv1,\"Acme,2\nv2,Beta,1\n"),
        ("other.csv", "key,name\nv1,Acme\n"),
        ("lines.jsonl", "{\"id\":\"v1\"}\n"),
        ("broken.jsonl", "{\"id\":\"v1\"}\n{\"id\":\n"),
        ("empty.csv", ""),
    ]);
    let told = |args: &[&str], says: &[&str]| {
        let ran = compare(&desk, args).exits(2).says(&["error[C0106]"]).says(says);
        assert!(!ran.told().contains("Acme"), "{}", ran.told());
    };
    told(&["june.csv", "twice.csv"], &["twice.csv:4", "the same id as line 2", "--key"]);
    told(&["june.csv", "ragged.csv"], &["ragged.csv:2", "4 fields", "the header names 3"]);
    told(&["june.csv", "open.csv"], &["open.csv:2", "never closed"]);
    told(&["june.csv", "other.csv"], &["other.csv", "no column \"id\"", "key, name"]);
    told(&["june.csv", "lines.jsonl"], &["june.csv is CSV, and lines.jsonl is JSON lines"]);
    told(&["lines.jsonl", "broken.jsonl"], &["broken.jsonl:2", "no JSON object"]);
    told(&["june.csv", "empty.csv"], &["empty.csv", "it is empty"]);
    told(&["june.csv", "none.csv"], &["none.csv", "cannot be read"]);
    told(&["june.csv", "."], &["cannot be read"]);
}

#[test]
fn a_history_is_compared_with_itself_a_night_later() {
    let night = Night::falls(3, 4, 8);
    night.first_agreement();
    let export = |name: &str, format: &str| {
        let file = night.file(name).display().to_string();
        night.run(&["history", "export", "--format", format, "--out", &file]).exits(0);
        file
    };
    for (format, before, after) in
        [("jsonl", "before.jsonl", "after.jsonl"), ("csv", "before.csv", "after.csv")]
    {
        let before = export(before, format);
        night.run(&["reconcile"]);
        let after = export(after, format);
        let args = ["compare", &before, &after, "--key", "seq", "--key", "field"];
        let document = night.document(0, &args);
        let totals = |name: &str| document["totals"][name].as_u64().expect("a number");
        assert!(document["totals"]["rows"]["old"].as_u64() > Some(10), "{document}");
        // What was written down stays as it was.
        assert_eq!((totals("gone"), totals("changed")), (0, 0), "{document}");
        let added = document["differences"].as_array().map_or(0, Vec::len) as u64;
        assert_eq!(added, totals("added"));
        let is_added = |it: &Value| it["change"] == "added";
        assert!(document["differences"].as_array().is_some_and(|it| it.iter().all(is_added)));
    }
}
