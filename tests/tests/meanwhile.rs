//! What if a person changes a record while our write to it waits, or while its answer is on its way?
//! Nothing of it is undone, however long the wait.

use concordat_oracle::{labels, text};
use concordat_tests::night::gate::{Gate, Held};
use concordat_tests::night::shared::Group;
use concordat_tests::night::{Night, Population, http, waiting};
use serde_json::{Value, json};

/// A request limit that lasts longer than a reading is fresh.
const BUSY: &str = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 6\r\n";
const BROKEN: &str = "HTTP/1.1 502 Bad Gateway\r\n";

/// Two systems that agree, and a gate before UpGuard.
fn agreed(seed: u64) -> (Night, Gate) {
    let population = Population { seed, vendors: 8, contacts: 16, threats: 6, locations: 1 };
    let night = Night::over(population);
    let ceiling = "percent = 100\nmin_population = 0\nabsolute = 1000\n";
    night
        .configure(|text| format!("{text}\n[guards.updates]\n{ceiling}[guards.clears]\n{ceiling}"));
    night.run(&["doctor", "--fix"]).exits(0);
    night.first_agreement();
    drop(night.run(&["reconcile"]));
    night.finds_nothing();
    let gate = Gate::before(night.sandbox.contract("/upguard/base_url"));
    night.configure(|config| gate.through(config));
    (night, gate)
}

/// What a person does, ready to be done by whoever is there at the moment.
fn deed(night: &Night, deed: Value) -> impl FnOnce() + Send + 'static {
    let url = format!("{}/edit", night.sandbox.contract("/control_url"));
    move || {
        let answer = http::post(&url, &deed);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

fn relabelled(group: &Group, labels: &[&str]) -> Value {
    let id: u64 = group.vendor.parse().expect("UpGuard's ids are numbers");
    json!({ "side": "upguard", "entity": "vendor", "id": id, "set": { "labels": labels } })
}

/// A vendor labelled `old` and nothing else, a contact of which somebody tags `new`.
fn tagged(night: &Night) -> Group {
    let group = Group::all(night).into_iter().next().expect("a vendor with contacts of its own");
    group.relabel(night, |it| *it = ["old".to_owned()].into());
    night.run(&["reconcile"]);
    group.retag(night, 0, |it| {
        it.insert("ug:new".to_owned());
    });
    // Until the search index shows it.
    night.sandbox.minutes_pass(1);
    group
}

#[track_caller]
fn reconciled(night: &Night) -> Value {
    let ran = night.run(&["--json", "reconcile"]);
    let run = ran.json();
    assert_eq!(ran.code, Some(waiting(&run)), "{}", ran.told());
    run
}

fn step<'a>(run: &'a Value, entity: &str) -> &'a Value {
    let steps = run["steps"].as_array().expect("steps");
    steps.iter().find(|it| it["entity"] == entity).unwrap_or_else(|| panic!("{run:#}"))
}

#[test]
fn labels_that_had_to_wait_are_sent_from_a_fresh_reading() {
    let (night, gate) = agreed(31);
    let group = tagged(&night);
    let edited = deed(&night, relabelled(&group, &["meanwhile"]));
    gate.meanwhile("/vendor/labels", Held::Going, BUSY, edited);
    // The contacts wait: what the person did has not reached them.
    let run = night.document(3, &["reconcile"]);
    assert!(gate.has_answered(), "{run:#}");
    let expected = ["meanwhile", "new"].map(str::to_owned).into();
    assert_eq!(group.labels(&night), expected, "{run:#}");
    let step = step(&run, "vendor");
    assert_eq!(step["outcome"], "applied", "{step:#}");
    assert_eq!(step["fields"][0]["before"], json!(["meanwhile"]), "{step:#}");
    reconciled(&night);
    assert!(!labels::items(&group.contact(&night, 0), "tags").contains("ug:old"));
    night.finds_nothing();
    night.run(&["history", "verify"]).exits(0);
}

#[test]
fn labels_whose_answer_was_lost_are_not_sent_again_over_an_edit() {
    let (night, gate) = agreed(32);
    let group = tagged(&night);
    let edited = deed(&night, relabelled(&group, &["new"]));
    gate.meanwhile("/vendor/labels", Held::Coming, BROKEN, edited);
    let run = night.document(3, &["reconcile"]);
    assert!(gate.has_answered(), "{run:#}");
    assert_eq!(group.labels(&night), ["new".to_owned()].into(), "{run:#}");
    assert_eq!(step(&run, "vendor")["outcome"], "applied", "{run:#}");
    reconciled(&night);
    assert_eq!(group.labels(&night), ["new".to_owned()].into());
    assert!(!labels::items(&group.contact(&night, 0), "tags").contains("ug:old"));
    night.finds_nothing();
}

#[test]
fn labels_that_did_not_arrive_are_sent_again_in_the_same_run() {
    let (night, gate) = agreed(33);
    let group = tagged(&night);
    gate.meanwhile("/vendor/labels", Held::Going, BROKEN, || {});
    let run = reconciled(&night);
    assert!(gate.has_answered(), "{run:#}");
    assert_eq!(group.labels(&night), ["new".to_owned(), "old".to_owned()].into());
    assert_eq!(step(&run, "vendor")["outcome"], "applied", "{run:#}");
    night.finds_nothing();
}

#[test]
fn a_threat_that_is_remediated_while_its_closing_waits_is_not_closed() {
    let (night, gate) = agreed(34);
    let state = night.sandbox.state();
    let open = |it: &&Value| it["threat_status"] == "open" && it["archived"] != true;
    let threats = state["upguard"]["threats"].as_array().expect("threats");
    let tasks = state["highlevel"]["tasks"].as_array().expect("tasks");
    let task_of = |threat: &Value| {
        let title = text(&threat["title"]);
        tasks.iter().find(|it| text(&it["title"]).contains(&title) && it["completed"] != true)
    };
    let (threat, task) = threats
        .iter()
        .filter(open)
        .find_map(|threat| Some((threat, task_of(threat)?)))
        .expect("an open threat with a task");
    night.sandbox.edit("highlevel", "task", &text(&task["id"]), json!({ "completed": true }));
    // Until the search index shows it.
    night.sandbox.minutes_pass(1);
    let request = json!({ "email": "web@host.example", "title": "Take it down" });
    let edited = json!({ "side": "upguard", "entity": "threat", "id": threat["uuid"],
        "set": { "investigator": "ada.brook@concordat.example", "remediation_request": request } });
    gate.meanwhile("/threatmonitoring/threat/close", Held::Going, BUSY, deed(&night, edited));
    let run = night.document(3, &["reconcile"]);
    assert!(gate.has_answered(), "{run:#}");
    let step = step(&run, "threat");
    assert_eq!(step["outcome"], "superseded", "{step:#}");
    assert!(text(&step["says"]).contains("moved since the plan"), "{step:#}");
    let state = night.sandbox.state();
    let threats = state["upguard"]["threats"].as_array().expect("threats");
    let now = threats.iter().find(|it| it["uuid"] == threat["uuid"]).expect("the threat");
    assert_eq!(now["threat_status"], "remediating", "{now:#}");
}
