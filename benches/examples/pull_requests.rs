//! How many requests does a pull cost? A first one, and one an hour later, over a population as large as
//! wanted; the table is what the sandbox counted.
//!
//! `cargo run --release -p concordat-benches --example pull_requests -- CONTACTS TASKS VENDORS [agree]`; by
//! default 50,000, 5,000 and 500. Notes stand at a tenth of the contacts. With `agree` a first agreement lies
//! between the pulls, so that notes of ours stand there, too; it takes minutes.

use std::collections::BTreeMap;
use std::env;
use std::io::{Write as _, stdout};

use concordat_oracle::{rows, text};
use concordat_tests::night::http::get;
use concordat_tests::night::{ALLOW_FIRST, Night, Population};
use serde_json::json;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let number = |place: usize, default: u64| {
        args.get(place).and_then(|it| it.parse().ok()).unwrap_or(default)
    };
    let (contacts, tasks, vendors) = (number(0, 50_000), number(1, 5_000), number(2, 500));
    let night = Night::over(Population { seed: 5, vendors, contacts, threats: 20, locations: 1 });
    populate(&night, usize::try_from(tasks).expect("a number of tasks"));
    let mut columns = Vec::new();
    let mut column = |name: &'static str, args: &[&str]| {
        let before = requests(&night);
        let ran = night.run(args);
        assert!(matches!(ran.code, Some(0 | 3 | 5 | 6)), "{}", ran.told());
        columns.push((name, before, requests(&night)));
    };
    column("first", &["pull"]);
    night.sandbox.minutes_pass(180);
    if args.iter().any(|it| it == "agree") {
        let allowed = ["--allow", "creates", "--allow", "updates"];
        column("agree", &[&["reconcile"], &ALLOW_FIRST[..], &allowed].concat());
        night.sandbox.minutes_pass(180);
        column("after", &["pull"]);
        night.sandbox.minutes_pass(180);
    }
    column("unchanged", &["pull"]);
    night.sandbox.minutes_pass(21 * 60);
    column("a day later", &["pull"]);
    print(&columns);
}

/// Tasks and notes that people made.
fn populate(night: &Night, tasks: usize) {
    let state = night.sandbox.state();
    let contacts = rows(&state["highlevel"]["contacts"]);
    let makes = |entity: &str, what: &serde_json::Value| {
        night.sandbox.person(&json!({ "side": "highlevel", "entity": entity, "create": what }));
    };
    let all = (0..tasks).zip(contacts.iter().cycle());
    for (number, contact) in all {
        let due = "2026-12-24T12:00:00.000Z";
        let title = format!("Call back {number}");
        makes("task", &json!({ "contactId": contact["id"], "title": title, "dueDate": due }));
    }
    for contact in contacts.iter().step_by(10) {
        makes("note", &json!({ "contactId": contact["id"], "body": "Prefers e-mail." }));
    }
    let count = |side: &str, entity: &str| rows(&night.sandbox.state()[side][entity]).len();
    for (side, entities) in [
        ("upguard", &["vendors", "contacts", "threats"][..]),
        ("highlevel", &["contacts", "businesses", "tasks", "notes"]),
    ] {
        let counts = entities.iter().map(|it| format!("{} {it}", count(side, it)));
        say(&format!("{side}: {}", counts.collect::<Vec<_>>().join(", ")));
    }
}

/// Per side, method and path template, how many there were.
fn requests(night: &Night) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let url = format!("{}/requests", night.sandbox.contract("/control_url"));
    for row in rows(&get(&url).body["requests"]) {
        let name = ["side", "method", "path"].map(|it| text(&row[it])).join(" ");
        *counts.entry(name).or_default() += row["count"].as_u64().unwrap_or(0);
    }
    counts
}

fn say(line: &str) {
    writeln!(stdout(), "{line}").expect("a standard output");
}

type Counts = BTreeMap<String, u64>;

fn print(columns: &[(&str, Counts, Counts)]) {
    let of = |counts: &Counts, name: &String| counts.get(name).copied().unwrap_or(0);
    let heads: Vec<String> = columns.iter().map(|it| format!("{:>12}", it.0)).collect();
    say(&format!("{:60}{}", "", heads.concat()));
    let names = columns.last().map(|it| it.2.keys()).into_iter().flatten();
    for name in names {
        let cells = columns
            .iter()
            .map(|(_, before, after)| format!("{:>12}", of(after, name) - of(before, name)));
        say(&format!("{name:60}{}", cells.collect::<String>()));
    }
}
