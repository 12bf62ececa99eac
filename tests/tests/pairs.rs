//! One organisation and several locations: is each pair run and told by itself, whatever becomes of the
//! others, and is UpGuard asked once for all of them?

use std::fs::{self, File};

use concordat_oracle::twins;
use concordat_tests::night::program::Child;
use concordat_tests::night::sandbox::until;
use concordat_tests::night::{ALLOW_FIRST, Night, Population, waiting};
use serde_json::{Value, json};

const PAIRS: [&str; 3] = ["pair-1", "pair-2", "pair-3"];

fn three(seed: u64, vendors: u64, contacts: u64) -> Night {
    Night::of_pairs(3, seed, vendors, contacts)
}

fn allowed<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [args, &ALLOW_FIRST[..]].concat()
}

fn told<'a>(document: &'a Value, pair: &str) -> &'a Value {
    let pairs = document["pairs"].as_array().expect("pairs");
    pairs.iter().find(|it| it["pair"] == pair).unwrap_or_else(|| panic!("no {pair}: {document:#}"))
}

/// What one location holds.
fn location(night: &Night, pair: &str) -> Value {
    let number: usize = pair.trim_start_matches("pair-").parse().expect("a number");
    night.sandbox.state()["highlevel"]["locations"][number - 1].clone()
}

/// The business of that web address in one location.
fn business(night: &Night, pair: &str, host: &str) -> Value {
    let location = location(night, pair);
    let rows = location["businesses"].as_array().expect("businesses");
    let is_it = |it: &&Value| it["website"].as_str().is_some_and(|it| it.contains(host));
    rows.iter().find(is_it).unwrap_or_else(|| panic!("no business of {host} in {pair}")).clone()
}

fn vendor(night: &Night, host: &str) -> Value {
    let state = night.sandbox.state();
    let rows = state["upguard"]["vendors"].as_array().expect("vendors");
    rows.iter().find(|it| it["primary_hostname"] == host).expect("the vendor").clone()
}

/// Runs all pairs until none of `pairs` finds anything to do.
#[track_caller]
fn converge(night: &Night, pairs: &[&str]) -> Value {
    for _ in 0..6 {
        let ran = night.run(&allowed(&["--json", "reconcile"]));
        let document = ran.json();
        let runs: Vec<&Value> = pairs.iter().map(|it| &told(&document, it)["run"]).collect();
        if runs.iter().all(|run| run["operations"] == 0) {
            for (run, pair) in runs.iter().zip(pairs) {
                assert_eq!(told(&document, pair)["exit_code"], waiting(run), "{}", ran.told());
            }
            return document;
        }
    }
    panic!("{pairs:?} do not converge");
}

/// A vendor that UpGuard and every location know.
fn known_everywhere(night: &Night, host: &str) {
    night.sandbox.person(&json!({
        "side": "upguard", "entity": "vendor",
        "create": { "name": "Triple", "primary_hostname": host,
                    "attributes": { "Main phone": "+16502530000" } },
    }));
    converge(night, &PAIRS);
    for pair in PAIRS {
        assert_eq!(business(night, pair, host)["phone"], "+16502530000", "{pair}");
    }
}

/// In no location: one person is somebody else's contact in each.
#[track_caller]
fn nobody_is_made_twice(night: &Night) {
    let effects = night.sandbox.effects();
    for pair in PAIRS {
        let id = location(night, pair)["location_id"].clone();
        let there = effects.iter().filter(|it| it["after"]["locationId"] == id);
        let there: Vec<Value> = there.cloned().collect();
        assert!(!there.is_empty(), "nothing was made in {pair}");
        assert_eq!(twins::made_twice(&there), Vec::<String>::new(), "{pair}");
    }
}

fn edit_business(night: &Night, pair: &str, host: &str, set: Value) {
    let (location, business) = (location(night, pair), business(night, pair, host));
    night.sandbox.person(&json!({
        "side": "highlevel", "location": location["location_id"], "entity": "business",
        "id": business["id"], "set": set,
    }));
}

#[test]
fn a_revoked_token_stops_its_own_pair_alone_and_nothing_of_it_is_lost() {
    const HOST: &str = "triple.example";
    let night = three(5, 6, 12);
    known_everywhere(&night, HOST);
    let token = night.file("concordat.pair-1.token");
    let good = fs::read(&token).expect("the token");
    fs::write(&token, "pit-revoked").expect("a writable file");
    let vendor_id = vendor(&night, HOST)["id"].to_string();
    night.sandbox.minutes_pass(60);
    let phone = json!({ "attributes.Main phone": "+16502530001" });
    night.sandbox.edit("upguard", "vendor", &vendor_id, phone);
    edit_business(&night, "pair-1", HOST, json!({ "email": "hello@triple.example" }));
    let before = location(&night, "pair-1");

    let document = night.document(4, &["reconcile", "--report", "json=night-{pair}.json"]);
    assert_eq!(document["exit_code"], 4);
    let run = |pair| &told(&document, pair)["run"];
    assert_ne!(run("pair-2")["run"], run("pair-3")["run"], "each has a run of its own");
    for pair in ["pair-2", "pair-3"] {
        assert_eq!(told(&document, pair)["exit_code"], waiting(run(pair)), "{document:#}");
        let steps = run(pair)["steps"].as_array().expect("steps");
        assert!(steps.iter().any(|it| it["outcome"] == "applied"), "{document:#}");
        assert_eq!(business(&night, pair, HOST)["phone"], "+16502530001", "{pair}");
        assert_eq!(told(&document, pair)["error"], Value::Null);
    }
    let failed = told(&document, "pair-1");
    assert_eq!((&failed["exit_code"], &failed["run"]), (&json!(4), &Value::Null));
    assert_eq!(
        (&failed["error"]["code"], &failed["error"]["kind"]),
        (&json!("C0301"), &json!("auth"))
    );
    for pair in PAIRS {
        let report = fs::read(night.file(&format!("night-{pair}.json"))).expect("its own report");
        let report: Value = serde_json::from_slice(&report).expect("JSON");
        assert_eq!(report["pair"], pair);
        assert_eq!(report["complete"], pair != "pair-1");
    }
    let text = night.run(&["reconcile"]).exits(4);
    for part in ["━━ pair-2 ━━", "━━ pair-3 ━━", "✗ pair-1  exit 4: HighLevel"] {
        assert!(text.out.contains(part), "{part}: {}", text.told());
    }
    for part in ["pair-1: error[C0301]: HighLevel", "\n  hint: make a new one in HighLevel"] {
        assert!(text.err.contains(part), "{part}: {}", text.told());
    }
    assert_eq!(location(&night, "pair-1"), before, "nothing of it is touched");
    night.run(&["--pair", "pair-1", "reconcile"]).exits(4);

    fs::write(&token, good).expect("a writable file");
    converge(&night, &PAIRS);
    assert_eq!(vendor(&night, HOST)["attributes"]["Main email"], "hello@triple.example");
    for pair in PAIRS {
        let business = business(&night, pair, HOST);
        assert_eq!(business["phone"], "+16502530001", "{pair}");
        assert_eq!(business["email"], "hello@triple.example", "{pair}");
    }
    nobody_is_made_twice(&night);
    let done = night.sandbox.effects().len();
    converge(&night, &PAIRS);
    assert_eq!(night.sandbox.effects().len(), done, "a further run changes nothing");
    night.run(&["history", "verify"]).exits(0);
}

#[test]
fn upguard_is_listed_once_for_all_pairs_and_anew_what_was_written() {
    const HOST: &str = "triple.example";
    let night = three(6, 5, 10);
    let asked = |path: &str| night.sandbox.requests_for(path);
    let document = night.document(0, &["plan"]);
    assert_eq!(asked("/vendors"), 1);
    assert_eq!(asked("/organisation"), 1);
    let vendors = night.sandbox.state()["upguard"]["vendors"].as_array().map_or(0, Vec::len) as u64;
    assert!((1..=vendors).contains(&asked("/vendor/contact/list")), "once for each vendor");
    for pair in PAIRS {
        assert!(told(&document, pair)["plan"]["operations"].as_u64() > Some(0), "{document:#}");
    }
    night.run(&["pull"]).exits(0);
    assert_eq!(asked("/vendors"), 2, "the next command asks again");

    known_everywhere(&night, HOST);
    night.sandbox.minutes_pass(60);
    edit_business(&night, "pair-1", HOST, json!({ "phone": "+16502530002" }));
    let before = (asked("/vendors"), asked("/vendor/contact/list"));
    night.run(&["reconcile"]);
    assert_eq!(vendor(&night, HOST)["attributes"]["Main phone"], "+16502530002");
    for pair in PAIRS {
        assert_eq!(business(&night, pair, HOST)["phone"], "+16502530002", "{pair}, the same night");
    }
    assert_eq!(asked("/vendors") - before.0, 2, "again after the write, and only then");
    assert!(asked("/vendor/contact/list") - before.1 <= vendors + 1, "nobody wrote to contacts");
}

#[test]
fn what_is_done_for_one_pair_says_which_there_are() {
    let night = three(7, 3, 4);
    for args in [
        &["plan", "--out", "p.json"][..],
        &["explain", "somebody"],
        &["conflicts", "list"],
        &["matches", "list"],
    ] {
        night.run(args).exits(2).says(&["there are pair-1, pair-2, pair-3", "--pair ID"]);
    }
    night.run(&["plan", "--report", "html=p.html"]).exits(2).says(&["{pair}", "--pair"]);
    night.run(&["--pair", "pair-4", "plan"]).exits(2).says(&["it has pair-1, pair-2, pair-3"]);
    assert_eq!(night.sandbox.requests(), 0, "nothing was asked");

    let pair = ["--pair", "pair-2"];
    let report = ["--report", "json=only-{pair}.json"];
    night.run(&[&pair[..], &["plan", "--out", "p.json"], &report].concat()).exits(0);
    assert!(night.file("only-pair-2.json").exists());
    night.run(&["--pair", "pair-1", "apply", "p.json"]).exits(7).says(&["pair-2, not pair-1"]);
    let run = night.run(&allowed(&["--json", "apply", "p.json"])).json();
    assert_eq!(run["pair"], "pair-2", "the plan knows whose it is");
    night.run(&[&pair[..], &["conflicts", "list"]].concat()).exits(0);
    night.run(&allowed(&["--pair", "pair-1", "reconcile"]));
    let pairs_of = |args: &[&str], rows: &str| -> Vec<String> {
        let document = night.document(0, args);
        let rows = document[rows].as_array().expect("rows");
        let mut pairs: Vec<String> =
            rows.iter().filter_map(|it| it["pair"].as_str().map(str::to_owned)).collect();
        pairs.dedup();
        pairs
    };
    assert_eq!(pairs_of(&["runs", "list"], "runs"), ["pair-2", "pair-1"]);
    assert_eq!(pairs_of(&["history", "list"], "changes"), ["pair-2", "pair-1"]);
    let only = [&pair[..], &["history", "list"]].concat();
    assert_eq!(pairs_of(&only, "changes"), ["pair-2"]);
    let doctor = night.document(0, &["doctor"]);
    let found = doctor["findings"].as_array().expect("findings");
    let count = |check: &str| found.iter().filter(|it| it["check"] == check).count();
    assert_eq!((count("UpGuard"), count("HighLevel")), (1, 3), "{doctor:#}");
}

#[test]
fn pairs_that_an_interrupt_left_out_are_said_to_be_left_out() {
    let night = three(8, 12, 24);
    let args = ["--json", "reconcile", "--report", "json=night-{pair}.json"];
    let mut command = night.command(&allowed(&args));
    let out = night.file("out.json");
    command.stdout(File::create(&out).expect("a file"));
    let child = Child::of(command);
    until("some writes", || night.sandbox.writing_requests() >= 3);
    child.interrupt();
    assert_eq!(child.ends(), Some(130));
    let document: Value =
        serde_json::from_slice(&fs::read(out).expect("a document")).expect("JSON");
    assert_eq!(told(&document, "pair-1")["run"]["complete"], false);
    for pair in ["pair-2", "pair-3"] {
        let told = told(&document, pair);
        assert_eq!(told["exit_code"], 130);
        let says = told["error"]["message"].as_str().expect("a message");
        assert!(says.starts_with("not reached"), "{says}");
        let report = fs::read_to_string(night.file(&format!("night-{pair}.json")));
        assert!(report.expect("a report").contains("not reached"));
    }
    converge(&night, &PAIRS);
    nobody_is_made_twice(&night);
}

#[test]
fn each_location_has_its_tasks_at_a_contact_of_its_own() {
    let population = Population { seed: 9, vendors: 3, contacts: 12, threats: 6, locations: 3 };
    let night = Night::over(population);
    let doctor = night.run(&["doctor"]).exits(0);
    assert_eq!(doctor.out.matches("tasks stand at").count(), 3, "{}", doctor.told());
    converge(&night, &PAIRS);
    let at: Vec<String> = PAIRS
        .iter()
        .map(|pair| {
            let location = location(&night, pair);
            let tasks = location["tasks"].as_array().expect("tasks");
            assert!(!tasks.is_empty(), "{pair} has no tasks");
            let contacts = location["contacts"].as_array().expect("contacts");
            let at = tasks[0]["contactId"].clone();
            assert!(tasks.iter().all(|it| it["contactId"] == at), "{tasks:#?}");
            let contact = contacts.iter().find(|it| it["id"] == at).expect("its own contact");
            contact["email"].as_str().expect("an address").to_owned()
        })
        .collect();
    assert!(at.iter().any(|it| *it != at[0]), "{at:?}");
    let config = fs::read_to_string(night.config()).expect("the configuration");
    for email in &at {
        assert!(config.contains(&format!("anchors = {{ organisation = {email:?} }}")), "{config}");
    }
}
