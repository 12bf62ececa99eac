//! Is a contact or a task deleted once and only then, as the program does it over HTTP: killed in the middle, with
//! listings that fail, and where somebody has put something beside it?

use std::os::unix::process::ExitStatusExt;

use concordat_oracle::{rows, text};
use concordat_tests::night::gate::{Gate, Held};
use concordat_tests::night::sandbox::until;
use concordat_tests::night::{Night, waiting};
use serde_json::{Value, json};

const SETTINGS: &str = "
[mapping.contacts]
gone = \"delete\"
[mapping.questionnaires]
enabled = true
gone = \"delete\"
[mapping.activity]
enabled = false
[mapping.vendor_notes]
enabled = false
[mapping.contact_notes]
enabled = false
";

/// Two systems in agreement, and two people who have left: their contacts, which concordat made, wait.
struct Leaving {
    night: Night,
    zoe: String,
    yan: String,
}

impl Leaving {
    fn falls(seed: u64) -> Leaving {
        let night = Night::falls(seed, 3, 4);
        night.configure(|text| text + SETTINGS);
        night.run(&["doctor", "--fix"]).exits(0);
        ["Zoe Zimmer", "Yan Young"].into_iter().for_each(|name| hired(&night, name));
        let asked = json!({ "vendor_id": vendor(&night), "name": ASKED, "due_date": "2030-05-01T00:00:00Z" });
        night
            .sandbox
            .person(&json!({ "side": "upguard", "entity": "questionnaire", "create": asked }));
        night.first_agreement();
        let made = |name| contact(&night, name).expect("a contact is made");
        let leaving = Leaving { zoe: made("Zoe Zimmer"), yan: made("Yan Young"), night };
        // What else a new contact is made with is agreed on by the next run.
        leaving.nightly();
        let people = leaving.night.sandbox.state()["upguard"]["contacts"].clone();
        for person in
            rows(&people).iter().filter(|it| text(&it["email_address"]).ends_with("@z.example"))
        {
            let leaves = json!({ "side": "upguard", "entity": "contact", "id": person["id"], "delete": true });
            leaving.night.sandbox.person(&leaves);
        }
        let asked = leaving.night.sandbox.state()["upguard"]["questionnaires"].clone();
        let asked = rows(&asked).iter().find(|it| it["name"] == ASKED).expect("it was sent");
        let id = text(&asked["id"]);
        let revoked =
            json!({ "side": "upguard", "entity": "questionnaire", "id": id, "delete": true });
        leaving.night.sandbox.person(&revoked);
        leaving.nightly();
        leaving
    }

    fn nightly(&self) -> Value {
        self.night.sandbox.minutes_pass(24 * 60);
        let ran = self.night.run(&["--json", "reconcile"]);
        let run = ran.json();
        assert_eq!(ran.code, Some(waiting(&run)), "{}", ran.told());
        run
    }

    /// The contacts that were deleted through the API, beside the task of what was asked, once. Nothing is left
    /// to do.
    fn deleted(&self) -> Vec<String> {
        self.night.finds_nothing();
        self.night.run(&["history", "verify"]).exits(0);
        let effects = self.night.sandbox.api_effects_from(0);
        let deletions = effects.iter().filter(|it| it["field"].is_null() && it["after"].is_null());
        let (tasks, contacts): (Vec<_>, Vec<_>) = deletions.partition(|it| it["entity"] == "task");
        let [task] = tasks.as_slice() else { panic!("{tasks:#?}") };
        assert!(task["before"].to_string().contains(ASKED), "{task}");
        assert!(contacts.iter().all(|it| it["entity"] == "contact"), "{contacts:#?}");
        contacts.iter().map(|it| text(&it["id"])).collect()
    }
}

/// What the first vendor is asked.
const ASKED: &str = "PCI DSS";

/// The id of the first vendor.
fn vendor(night: &Night) -> Value {
    rows(&night.sandbox.state()["upguard"]["vendors"])[0]["id"].clone()
}

/// Somebody begins to work for it.
fn hired(night: &Night, name: &str) {
    let create =
        json!({ "vendor_id": vendor(night), "name": name, "email_address": address(name) });
    night.sandbox.person(&json!({ "side": "upguard", "entity": "contact", "create": create }));
}

fn address(name: &str) -> String {
    format!("{}@z.example", name.replace(' ', ".").to_lowercase())
}

/// The id of somebody's contact.
fn contact(night: &Night, name: &str) -> Option<String> {
    let contacts = night.sandbox.state()["highlevel"]["contacts"].clone();
    let found = rows(&contacts).iter().find(|it| text(&it["email"]) == address(name)).cloned();
    found.map(|it| text(&it["id"]))
}

#[test]
fn a_contact_goes_with_its_person_after_two_nights_unless_something_stands_at_it() {
    let they = Leaving::falls(3);
    let night = &they.night;
    night.run(&["quarantine", "list"]).exits(0).says(&["deleted if one more complete listing"]);
    let broken = json!({ "system": "upguard", "path": "/vendor/contact/list" });
    night.sandbox.turn(json!({ "error_before_effect": [broken] }));
    night.sandbox.minutes_pass(24 * 60);
    night.run(&["reconcile"]).exits(3).says(&["incomplete"]);
    night.sandbox.turn(json!({ "error_before_effect": null }));
    assert!(contact(night, "Zoe Zimmer").is_some(), "by a listing that failed nobody is deleted");

    let create = json!({ "contactId": they.yan, "body": "Call him back" });
    night.sandbox.person(&json!({ "side": "highlevel", "entity": "note", "create": create }));
    let lost =
        json!({ "system": "highlevel", "method": "DELETE", "path": "/contacts/{contactId}" });
    night.sandbox.turn(json!({ "drop_after_commit": lost }));
    night.sandbox.minutes_pass(24 * 60);
    let ran = night.run(&["--json", "reconcile"]);
    assert_eq!(ran.code, Some(6), "{}", ran.told());
    let run = ran.json();
    assert_eq!(run["planned"]["highlevel"]["deletes"], 2, "{run:#}");
    assert_eq!(
        (&run["planned"]["side_effects"], &run["summary"]["applied"]),
        (&json!(2), &json!(1))
    );
    assert!(ran.told().contains("there stand at it: 1 note"), "{}", ran.told());
    night.sandbox.turn(json!({ "drop_after_commit": null }));

    let run = they.nightly();
    assert_eq!(run["planned"]["highlevel"]["archives"], 1, "{run:#}");
    assert_eq!(they.deleted(), std::slice::from_ref(&they.zoe), "whatever was answered");
    let history = |id: &str| night.run(&["history", "show", id]).exits(0);
    history(&they.zoe).says(&["its UpGuard record is gone", "Zimmer", "concordat_id"]);
    history(&they.yan).says(&["did not let it be deleted"]);
    // Whoever returns is somebody new.
    hired(night, "Zoe Zimmer");
    they.nightly();
    assert!(contact(night, "Zoe Zimmer").is_some_and(|it| it != they.zoe), "she has a new contact");
}

#[test]
fn a_run_that_is_killed_while_it_deletes_is_finished_by_the_next() {
    for held in [Held::Going, Held::Coming] {
        let they = Leaving::falls(4);
        let gate = Gate::before(they.night.sandbox.contract("/highlevel/base_url"));
        they.night.configure(|text| gate.through(text));
        they.night.sandbox.minutes_pass(24 * 60);
        gate.close_at(1, held);
        let child = they.night.start(&["reconcile"]);
        until("the deletion to die at", || gate.holds());
        assert_eq!(child.kill().signal(), Some(9));
        gate.open();
        let ran = they.night.run(&["reconcile"]);
        assert!(matches!(ran.code, Some(0 | 6)), "{}", ran.told());
        let mut deleted = they.deleted();
        deleted.sort();
        let mut all = [they.zoe, they.yan];
        all.sort();
        assert_eq!(deleted, all, "each once");
    }
}
