//! Are reports filed of a plan and of a run, masked unless asked for, and readable by their owner only?
//! In every format, for a plan, a refused run, a run, and a run that finds no system.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use concordat_tests::night::{ALLOW_FIRST, Night};
use serde_json::Value;

const ALL: [(&str, &str); 5] = [
    ("text", "r.txt"),
    ("json", "r.json"),
    ("markdown", "r.md"),
    ("csv", "r.csv"),
    ("html", "r.html"),
];

/// Runs a command that files all reports, and answers them in the order of [`ALL`].
fn filed(night: &Night, code: i32, args: &[&str]) -> Vec<String> {
    let flags = ALL.map(|(format, file)| format!("--report={format}={file}"));
    let flags = flags.iter().map(String::as_str);
    night.run(&args.iter().copied().chain(flags).collect::<Vec<_>>()).exits(code);
    let read = |(_, name): (&str, &str)| {
        let path = night.file(name);
        let mode = fs::metadata(&path).expect("a report").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        let text = fs::read_to_string(&path).expect("a readable report");
        fs::remove_file(path).expect("a report of its own");
        text
    };
    ALL.map(read).into()
}

/// The e-mail addresses of people in UpGuard.
fn addresses(night: &Night) -> Vec<String> {
    let state = night.sandbox.state();
    let contacts = state["upguard"]["contacts"].as_array().expect("contacts").clone();
    let addresses = contacts.iter().filter_map(|it| it["email_address"].as_str());
    addresses.filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn run_of(reports: &[String]) -> Value {
    serde_json::from_str(&reports[1]).expect("the JSON report")
}

#[test]
fn a_run_is_filed_even_if_it_is_refused_or_fails() {
    let night = Night::falls(5, 6, 12);
    let addresses = addresses(&night);
    assert!(!addresses.is_empty(), "a world with people");
    let named = |report: &String| addresses.iter().any(|it| report.contains(it));

    let plan = filed(&night, 0, &["plan"]);
    assert!(!plan.iter().any(named), "masked");
    assert_eq!(run_of(&plan)["masked"], true);
    let revealed = filed(&night, 0, &["plan", "--reveal"]);
    assert!(revealed.iter().all(named), "revealed");

    let refused = filed(&night, 5, &["reconcile"]);
    assert_eq!(run_of(&refused)["complete"], false);
    assert!(refused.iter().all(|it| it.contains("first-agreement") && !named(it)), "and says why");
    assert!(refused[2].contains("(not tried)"), "what would have been done is there to read");

    night.run(&["plan", "--out", "p.json"]).exits(0);
    let applied = filed(&night, 0, &[&["apply", "p.json"], &ALLOW_FIRST[..]].concat());
    assert_eq!(run_of(&applied)["complete"], true);
    assert!(applied[2].contains("(applied)") && applied[4].contains(">applied<"));
    assert!(!applied.iter().any(named), "masked");

    // Nobody listens there.
    let nowhere = |line: &str| match line.starts_with("base_url") {
        true => "base_url = \"http://127.0.0.1:1\"".to_owned(),
        false => line.to_owned(),
    };
    night.configure(|text| text.lines().map(nowhere).collect::<Vec<_>>().join("\n"));
    let lost = filed(&night, 1, &["reconcile"]);
    let run = run_of(&lost);
    assert_eq!((&run["complete"], &run["exit_code"]), (&false.into(), &1.into()));
    assert!(lost.iter().all(|it| it.contains("no connection")), "{lost:?}");
}

#[test]
fn a_report_that_cannot_be_filed_is_refused_before_anything_is_done() {
    let night = Night::falls(5, 2, 2);
    let before = night.sandbox.requests();
    let refused = |args: &[&str], says: &str| {
        let _said = night.run(args).exits(2).says(&[says]);
    };
    refused(&["plan", "--report", "html=no/such/r.html"], "has no directory to go to");
    refused(&["plan", "--report", "html=/dev/null"], "would replace what is no file");
    refused(&["plan", "--out", "p", "--report", "json=./p"], "by this command already");
    refused(&["plan", "--report", "pdf=r.pdf"], "there is no format");
    refused(&["plan", "--reveal"], "--report");
    assert_eq!(night.sandbox.requests(), before, "nothing was asked");
}
