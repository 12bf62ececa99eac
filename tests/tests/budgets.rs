//! What if a run may not use up as much as it takes? It ends with the step at hand done, says what is left,
//! and the runs after it do the rest: together the same as one run without bounds, and nothing twice.

use std::sync::OnceLock;

use concordat_oracle::twins;
use concordat_tests::night::sandbox::until;
use concordat_tests::night::{ALLOW_FIRST, Night, Ran};
use serde_json::{Value, json};

/// No work of this size needs more runs.
const RUNS_MAX: usize = 60;

fn night() -> Night {
    Night::falls(2, 8, 16)
}

/// What people find changed, without ids, times and order.
fn changes(night: &Night) -> Vec<String> {
    let members = ["name", "website", "email", "phone", "firstName", "lastName", "companyName"];
    let shown = |it: &Value| match &it["field"] {
        Value::Null => members.map(|name| it["after"][name].to_string()).join(" | "),
        field => format!("{field}: {}", it["after"]),
    };
    let line = |it: &Value| format!("{} {} {}", it["side"], it["entity"], shown(it));
    let mut lines: Vec<String> = night.sandbox.api_effects_from(0).iter().map(line).collect();
    lines.sort();
    lines
}

/// What one run without bounds changes, and the next ones until nothing is left; and what the first asked of
/// each side.
fn unbounded() -> &'static Vec<String> {
    static KNOWN: OnceLock<Vec<String>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let night = night();
        finishes(&night, reconcile(&night, &ALLOW_FIRST));
        changes(&night)
    })
}

fn reconcile(night: &Night, rest: &[&str]) -> Ran {
    night.run(&[&["--json", "reconcile"], rest].concat())
}

/// Reconciles until nothing is left; answers how many runs were cut.
#[track_caller]
fn finishes(night: &Night, first: Ran) -> usize {
    let (mut ran, mut cut) = (first, 0);
    for _ in 0..RUNS_MAX {
        let run = ran.json();
        assert!(matches!(ran.code, Some(0 | 3 | 6 | 8)), "{}", ran.told());
        is_clean(&run);
        cut += usize::from(ran.code == Some(8));
        if run["operations"] == 0 && ran.code != Some(8) {
            return cut;
        }
        ran = reconcile(night, &[]);
    }
    panic!("something is left after {RUNS_MAX} runs: {}", ran.told());
}

/// No step is half done, and what was cut says where and what is left.
#[track_caller]
fn is_clean(run: &Value) {
    for step in run["steps"].as_array().expect("steps") {
        assert_ne!(step["outcome"], "in_doubt", "{step:#}");
    }
    if run["exit_code"] == 8 {
        let says = run["stopped"].as_str().expect("why it stopped");
        assert!(says.contains("limits."), "{says}");
        assert!(says.contains("left for the next run"), "{says}");
        assert_eq!(run["complete"], false);
    }
}

#[track_caller]
fn all_is_done_once(night: &Night) {
    let twice = twins::made_twice(&night.sandbox.effects());
    assert!(twice.is_empty(), "{twice:#?}");
    assert_eq!(changes(night), *unbounded());
    night.finds_nothing();
}

fn limits(night: &Night, says: &str) {
    night.configure(|config| {
        let (config, _) = config.split_once("\n[limits]\n").unwrap_or((&config, ""));
        format!("{config}\n[limits]\n{says}\n")
    });
}

#[test]
fn a_run_whose_requests_are_used_up_leaves_the_rest_to_the_next() {
    let night = night();
    let before = night.sandbox.requests_to("highlevel");
    limits(&night, "requests_per_run = 40");
    let ran = reconcile(&night, &ALLOW_FIRST);
    assert_eq!(ran.code, Some(8), "{}", ran.told());
    let sent = night.sandbox.requests_to("highlevel") - before;
    assert!((30..=40).contains(&sent), "nothing is wrong, so nothing is repeated: {sent}");
    assert!(finishes(&night, ran) > 1, "it was cut once only");
    all_is_done_once(&night);
}

#[test]
fn a_mapping_whose_share_is_used_up_does_not_hold_up_the_others() {
    let night = night();
    limits(&night, "[limits.steps_per_run]\ncontacts = 2\nvendors = 3");
    let ran = reconcile(&night, &ALLOW_FIRST);
    assert_eq!(ran.code, Some(8), "{}", ran.told());
    let run = ran.json();
    let of = |mapping: &str| {
        let steps = run["steps"].as_array().expect("steps").iter();
        steps.filter(|it| it["mapping"] == mapping && it["outcome"] == "applied").count()
    };
    assert_eq!((of("vendors"), of("contacts")), (3, 2), "{run:#}");
    assert!(of("labels") > 0, "{run:#}");
    assert!(finishes(&night, ran) > 1, "it was cut once only");
    all_is_done_once(&night);
}

#[test]
fn a_run_whose_time_is_over_leaves_the_rest_to_the_next() {
    let night = night();
    // Reading takes some five requests of HighLevel, writing all of it many seconds.
    night.sandbox.turn(json!({ "highlevel_burst_limit": 150 }));
    limits(&night, "max_duration = \"5s\"");
    let ran = reconcile(&night, &ALLOW_FIRST);
    assert_eq!(ran.code, Some(8), "{}", ran.told());
    assert!(ran.json()["stopped"].as_str().is_some_and(|it| it.contains("time of this run")));
    finishes(&night, ran);
    all_is_done_once(&night);
}

#[test]
fn a_second_run_of_the_day_knows_what_the_first_has_used() {
    let night = night();
    limits(&night, "requests_per_day = 60");
    let ran = reconcile(&night, &ALLOW_FIRST);
    assert_eq!(ran.code, Some(8), "{}", ran.told());
    is_clean(&ran.json());
    let sent = night.sandbox.requests();
    for command in ["reconcile", "pull", "plan"] {
        let ran = night.run(&["--json", command]).exits(8);
        assert!(ran.err.contains("limits.requests_per_day"), "{}", ran.told());
    }
    assert!(night.sandbox.requests() - sent < 60, "only UpGuard may be asked");
    let sent = night.sandbox.requests_to("highlevel");
    night.run(&["reconcile"]).exits(8);
    assert_eq!(night.sandbox.requests_to("highlevel"), sent, "nothing is asked of a used-up side");
    limits(&night, "requests_per_day = 100000");
    finishes(&night, reconcile(&night, &[]));
    all_is_done_once(&night);
}

#[test]
fn a_crash_forgets_no_more_than_the_last_hundred_requests() {
    let night = Night::falls(2, 30, 60);
    night.run(&["plan", "--out", "p.json"]).exits(0);
    let sent = night.sandbox.requests_to("highlevel");
    night.sandbox.turn(json!({ "highlevel_burst_limit": 1000 }));
    let child = night.start(&[&["apply", "p.json"], &ALLOW_FIRST[..]].concat());
    until("enough requests", || night.sandbox.requests_to("highlevel") >= sent + 130);
    child.kill();
    limits(&night, &format!("requests_per_day = {}", sent + 20));
    night.run(&["--json", "reconcile"]).exits(8).says(&["limits.requests_per_day"]);
}

#[test]
fn what_is_kept_for_others_of_highlevel_s_day_is_left() {
    const DAY: u64 = 1000;
    let night = night();
    night.sandbox.turn(json!({ "highlevel_daily_limit": DAY }));
    limits(&night, &format!("daily_reserve = {}", DAY - 50));
    let ran = reconcile(&night, &ALLOW_FIRST);
    assert_eq!(ran.code, Some(8), "{}", ran.told());
    let sent = night.sandbox.requests_to("highlevel");
    assert!((40..=50).contains(&sent), "{sent}");
    // Others may use it up meanwhile; and a day that has turned is seen in the first answer.
    night.run(&["reconcile"]).exits(8).says(&["limits.daily_reserve"]);
    assert!(night.sandbox.requests_to("highlevel") <= sent + 2, "it asks to be told");
    night.sandbox.turn(json!({ "highlevel_daily_limit": 100_000 }));
    finishes(&night, reconcile(&night, &[]));
    all_is_done_once(&night);
}

#[test]
fn a_bound_of_a_mapping_that_is_not_on_is_a_mistake() {
    let night = night();
    limits(&night, "[limits.steps_per_run]\ncontact = 2");
    night.run(&["pull"]).exits(2).says(&["limits.steps_per_run.contact", "contacts"]);
}

#[test]
fn doctor_tells_what_the_runs_of_the_day_asked() {
    let night = night();
    let today = |night: &Night| night.document(0, &["doctor"])["requests_today"].clone();
    let sent = |night: &Night| ["upguard", "highlevel"].map(|it| night.sandbox.requests_to(it));
    let nothing = today(&night);
    assert_eq!([&nothing[0]["counted"], &nothing[1]["counted"]], [0, 0], "{nothing:#}");
    let before = sent(&night);
    reconcile(&night, &ALLOW_FIRST);
    let after = sent(&night);
    let asked = today(&night);
    for (place, side) in ["upguard", "highlevel"].into_iter().enumerate() {
        assert_eq!(asked[place]["side"], side);
        assert_eq!(asked[place]["counted"], after[place] - before[place], "{asked:#}");
        assert_eq!(asked[place]["bound"], Value::Null);
    }
    assert_eq!((&asked[0]["limit"], &asked[0]["left"]), (&Value::Null, &Value::Null));
    let [limit, left] = ["limit", "left"].map(|it| asked[1][it].as_u64().expect("a number"));
    assert_eq!(limit - left, sent(&night)[1], "as the side counts: whoever asks");
    limits(&night, "requests_per_day = 20");
    night.run(&["doctor"]).exits(0).says(&["of 20 allowed", "nothing more is asked until"]);
}
