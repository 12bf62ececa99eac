//! Can a failed sync be traced to the call? The request log says what both systems counted, which step a
//! request belonged to, and nothing that a record holds; it stays bounded, and readable whatever happened.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;

use concordat_oracle::text;
use concordat_tests::night::persons::{Side, Spot};
use concordat_tests::night::sandbox::until;
use concordat_tests::night::{Night, contents};
use serde_json::{Value, json};

/// Side, method, path with placeholders that have no name, and status.
type Counted = BTreeMap<(String, String, String, u64), u64>;

/// Side, method and path of an endpoint; requests, failures and further attempts.
type Endpoints = BTreeMap<(String, String, String), [u64; 3]>;

fn nameless(path: &str) -> String {
    let segments = path.split('/').map(|it| if it.starts_with('{') { "{}" } else { it });
    segments.collect::<Vec<_>>().join("/")
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What both systems say they were asked, and how they answered. No answer is 0.
fn counted(night: &Night) -> Counted {
    let mut counts = Counted::new();
    for row in night.sandbox.counted() {
        let key = (
            word(&row["side"]),
            word(&row["method"]),
            nameless(row["path"].as_str().expect("a path")),
            row["status"].as_u64().unwrap_or(0),
        );
        *counts.entry(key).or_default() += row["count"].as_u64().expect("a count");
    }
    counts
}

/// What the log of a run says, and each request that failed.
fn logged(night: &Night, run: &str) -> (Value, Vec<Value>) {
    let document =
        night.document(0, &["runs", "show", run, "--requests", "--errors", "--limit", "100000"]);
    let errors = document["requests"].as_array().expect("requests").clone();
    assert_eq!(document["found"], errors.len());
    (document, errors)
}

/// Every run in the log.
fn runs(night: &Night) -> Vec<String> {
    let list = night.document(0, &["runs", "list", "--all"]);
    let ours = list["runs"].as_array().expect("runs").iter();
    let ours = ours.filter(|row| !row["requests"].is_null());
    let others = list["logged"].as_array().into_iter().flatten();
    ours.chain(others).map(|row| text(&row["run"]).to_owned()).collect()
}

/// The failures by status, and all by endpoint, of every run together.
fn all_logged(night: &Night) -> (Counted, Endpoints) {
    let (mut failures, mut endpoints) = (Counted::new(), Endpoints::new());
    for run in runs(night) {
        let (document, errors) = logged(night, &run);
        let split = |it: &Value| {
            let operation = word(&it["operation"]);
            let (method, path) = operation.split_once(' ').expect("method and path");
            (word(&it["side"]), method.to_owned(), nameless(path))
        };
        for it in &errors {
            let (side, method, path) = split(it);
            let status = it["status"].as_u64().unwrap_or(0);
            *failures.entry((side, method, path, status)).or_default() += 1;
        }
        for it in document["endpoints"].as_array().expect("endpoints") {
            let numbers: &mut [u64; 3] = endpoints.entry(split(it)).or_default();
            for (place, name) in ["requests", "failed", "retries"].into_iter().enumerate() {
                numbers[place] += it[name].as_u64().expect("a number");
            }
        }
    }
    (failures, endpoints)
}

#[track_caller]
fn says_what_was_counted(night: &Night) -> Endpoints {
    let counted = counted(night);
    let (failures, endpoints) = all_logged(night);
    let (mut sent, mut failed) = (BTreeMap::new(), Counted::new());
    for ((side, method, path, status), count) in counted {
        *sent.entry((side.clone(), method.clone(), path.clone())).or_default() += count;
        if !(200..300).contains(&status) {
            failed.insert((side, method, path, status), count);
        }
    }
    let logged: BTreeMap<_, u64> =
        endpoints.iter().map(|(key, numbers)| (key.clone(), numbers[0])).collect();
    assert_eq!(logged, sent);
    assert_eq!(failures, failed);
    endpoints
}

/// A first agreement, and people who edit.
fn lived(seed: u64) -> Night {
    let night = Night::falls(seed, 8, 14);
    night.run(&["doctor", "--fix"]).exits(0);
    night.first_agreement();
    night.sandbox.minutes_pass(60);
    for (number, spot) in Spot::all(&night).iter().take(8).enumerate() {
        let side = if number % 2 == 0 { Side::Upguard } else { Side::Highlevel };
        spot.set(&night, side, &spot.value(number).0);
    }
    night
}

#[test]
fn the_log_says_what_both_systems_counted() {
    let night = lived(3);
    night.sandbox.turn(json!({
        "error_before_effect": { "method": "GET", "after": 3, "next": 2 },
        "error_after_commit": { "method": "PUT", "next": 1 },
        "rate_limited": { "system": "highlevel", "after": 4, "next": 1, "retry_after_seconds": 1 },
        "drop_after_commit": { "method": "PUT", "after": 2, "next": 1 },
    }));
    night.run(&["reconcile"]);
    night.run(&["pull"]);
    night.run(&["plan"]);
    let endpoints = says_what_was_counted(&night);
    let retries: u64 = endpoints.values().map(|[_, _, retries]| retries).sum();
    assert!(retries >= 3, "{endpoints:?}");
    let list = night.document(0, &["runs", "list"]);
    assert!(list["logged"].is_null(), "pulls are no runs");
    let run = list["runs"].as_array().and_then(|it| it.last()).expect("a run").clone();
    assert!(run["requests"]["failed"].as_u64().is_some_and(|failed| failed >= 3), "{run:#}");
    // The numbers of a run are the same wherever they are told.
    let (document, errors) = logged(&night, run["run"].as_str().expect("a name"));
    assert_eq!(document["summary"], run["requests"]);
    assert_eq!(document["summary"]["failed"], errors.len());
}

#[test]
fn each_of_several_pairs_has_a_log_of_its_own() {
    let night = Night::of_pairs(2, 4, 5, 6);
    night.run(&["pull"]).exits(0);
    night.run(&["--pair", "pair-2", "pull"]).exits(0);
    says_what_was_counted(&night);
    let of = |pair: &str| {
        night.document(0, &["--pair", pair, "runs", "list", "--all"])["logged"].clone()
    };
    let (first, second) = (of("pair-1"), of("pair-2"));
    assert_eq!(
        (first.as_array().map(Vec::len), second.as_array().map(Vec::len)),
        (Some(1), Some(2))
    );
    // The first listed UpGuard for both.
    assert!(first[0]["requests"]["requests"].as_u64() > second[0]["requests"]["requests"].as_u64());
}

#[test]
fn a_failed_step_leads_to_its_call() {
    let night = lived(5);
    night.sandbox.turn(json!({
        "error_before_effect": { "system": "highlevel", "method": "PUT", "next": 9 },
    }));
    let ran = night.run(&["--json", "reconcile"]);
    let report = ran.json();
    let steps = report["steps"].as_array().expect("steps").iter();
    let failed: Vec<&Value> = steps
        .filter(|it| it["side"] == "highlevel" && !it["says"].is_null() && it["action"] == "update")
        .filter(|it| it["outcome"] != "applied")
        .collect();
    assert!(!failed.is_empty(), "{}", ran.told());
    let run = report["run"].as_str().expect("a run");
    let (document, errors) = logged(&night, run);
    for step in failed {
        let says = step["says"].as_str().expect("a sentence");
        let (_, rest) = says.split_once("(trace ").unwrap_or_else(|| panic!("no trace: {says}"));
        let trace = rest.split(')').next().expect("an id");
        let call = errors.iter().find(|it| it["trace"] == trace);
        let call = call.unwrap_or_else(|| panic!("{trace} is not in the log"));
        assert_eq!(call["step"]["id"], step["id"]);
        assert_eq!(call["step"]["mapping"], step["mapping"]);
        assert_eq!(call["record"], step["record"]);
        assert_eq!(call["name"], step["name"]);
        assert_eq!(call["code"], "C0402", "{call:#}");
        assert!(call["fields"].as_array().is_some_and(|it| !it.is_empty()), "{call:#}");
        let id = text(&step["record"]["id"]).to_owned();
        night.run(&["runs", "show", run, "--record", &id]).exits(0).says(&[trace, "✗", "✓"]);
        let name = text(&step["name"]).to_uppercase();
        night.run(&["runs", "show", run, "--errors", "--record", &name]).exits(0).says(&[trace]);
    }
    // The report has the same endpoints, and says where to look.
    assert_eq!(report["requests"], document["endpoints"]);
    night
        .run(&["runs", "show", "last", "--requests"])
        .exits(0)
        .says(&["PUT /businesses/{businessId}"]);
    let none = night.document(0, &["runs", "show", run, "--errors", "--record", "nobody"]);
    assert_eq!((none["found"].clone(), none["requests"].clone()), (json!(0), json!([])));
    let newest = night.document(0, &["runs", "show", run, "--errors", "--limit", "1"]);
    assert_eq!(newest["requests"][0], *errors.last().expect("errors"));
}

fn gather(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let lower = name.to_lowercase();
                let private = ["email", "phone", "name", "hostname", "address", "title", "body"];
                let found = text(member);
                if private.iter().any(|it| lower.contains(it)) && member.is_string() {
                    into.insert(found.to_lowercase());
                }
                gather(member, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|it| gather(it, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn nothing_that_a_record_holds_and_no_secret_is_logged() {
    let night = lived(7);
    night.sandbox.turn(json!({ "token_expired": { "next": 1, "after": 9 } }));
    night.run(&["reconcile"]);
    let mut private = BTreeSet::new();
    gather(&night.sandbox.state(), &mut private);
    // What is this short occurs by chance, in ids.
    private.retain(|it| it.chars().count() > 6);
    assert!(private.len() > 50, "the world has people: {private:?}");
    private.extend(
        ["/upguard/api_key", "/highlevel/token"]
            .map(|it| night.sandbox.contract(it).to_lowercase()),
    );
    let files = contents(&night.state_dir().join("requests"));
    let all: Vec<u8> = files.into_iter().flat_map(|(_, bytes)| bytes).collect();
    let all = String::from_utf8(all).expect("text").to_lowercase();
    assert!(all.lines().count() > 100, "{all}");
    assert!(all.contains("/contacts/search/duplicate"), "people were looked up by address");
    for it in &private {
        assert!(!all.contains(it.as_str()), "the log says {it:?}");
    }
    assert!(!all.contains('@') && !all.contains("bearer"));
}

fn files(night: &Night) -> Vec<PathBuf> {
    contents(&night.state_dir().join("requests")).into_iter().map(|(path, _)| path).collect()
}

#[test]
fn a_run_that_was_killed_can_be_read() {
    let night = Night::falls(9, 120, 20);
    // A failed request is written at once.
    night
        .sandbox
        .turn(json!({ "error_before_effect": { "method": "GET", "after": 20, "next": 1 } }));
    let pull = night.start(&["pull"]);
    until("a request that failed", || night.sandbox.requests() > 40);
    assert_eq!(pull.kill().signal(), Some(9));
    let path = files(&night).pop().expect("a log");
    let mut file = fs::OpenOptions::new().append(true).open(path).expect("a file");
    file.write_all(br#"{"at":"2026-11-24T02:00:00Z","si"#).expect("a torn line");
    let (document, errors) = logged(&night, "last");
    assert_eq!((document["unreadable"].clone(), errors.len()), (json!(1), 1));
    assert_eq!(document["command"], "pull");
    let counted = night.sandbox.requests();
    let known = document["summary"]["requests"].as_u64().expect("a number");
    assert!((20..=counted).contains(&known), "{known} of {counted}");
    night.run(&["runs", "show", "last", "--requests"]).exits(0).says(&["cannot be read"]);
    // The next one goes on as if nothing had been.
    night.run(&["pull"]).exits(0);
    assert_eq!(runs(&night).len(), 2);
}

#[test]
fn the_oldest_runs_make_room() {
    let night = Night::falls(11, 2, 2);
    night.run(&["pull"]).exits(0);
    let path = files(&night).pop().expect("a log");
    let log = fs::read_to_string(&path).expect("a log");
    for day in 1..=31 {
        for hour in 0..5 {
            let name = format!("202501{day:02}T0{hour}0000000Z-r{day:03}{hour:03}-000001.jsonl");
            fs::write(path.with_file_name(name), &log).expect("a file");
        }
    }
    night.run(&["pull"]).exits(0);
    let kept = files(&night);
    assert_eq!(kept.len(), 100);
    assert!(kept.contains(&path), "the newest stay");
    let last = night.document(0, &["runs", "show", "last", "--requests"]);
    assert_eq!(last["only_counted"], 0);
}

#[test]
fn a_log_that_cannot_be_written_stops_no_run() {
    let night = Night::falls(13, 2, 2);
    fs::create_dir_all(night.state_dir()).expect("a state");
    fs::write(night.state_dir().join("requests"), "in the way").expect("a file");
    let ran =
        night.run(&["pull"]).exits(0).says(&["the request log cannot be used", "the run goes on"]);
    assert_eq!(ran.err.matches("request log").count(), 1, "{}", ran.told());
}

#[test]
fn what_is_not_logged_is_said() {
    let night = Night::falls(15, 2, 2);
    night.run(&["runs", "show", "last", "--requests"]).exits(2).says(&["C0102", "runs list --all"]);
    night.run(&["pull"]).exits(0);
    night.run(&["runs", "show", "r999999", "--errors"]).exits(2).says(&["C0102", "r999999"]);
    night.run(&["runs", "show", "last"]).exits(2).says(&["--requests"]);
    night.run(&["runs", "show", "last", "--errors"]).exits(0).says(&["No such request is logged"]);
    let list = night.run(&["runs", "list", "--all"]).exits(0);
    list.says(&["pull for default", "none failed"]);
}
