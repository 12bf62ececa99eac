//! Is every recipe of `docs/mapping.md` one that works? Each of its blocks is checked by the program, and
//! some are taken through whole runs: a first agreement, an edit on the other side, and a run that finds
//! nothing to do.

use std::fs;
use std::path::Path;
use std::process::Command;

use concordat_oracle::{rows, text};
use concordat_tests::night::shared::Group;
use concordat_tests::night::{ALLOW_FIRST, Night, Ran, program};
use serde_json::{Value, json};
use tempfile::TempDir;

const SIDES: &str = "[upguard]\napi_key = { env = \"UPGUARD_API_KEY\" }\n\
                     [highlevel]\ntoken = { env = \"HIGHLEVEL_TOKEN\" }\nlocation_id = \"loc1\"\n";

/// The blocks of the page, each with the title it stands under.
fn blocks() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("one below the root");
    let page = fs::read_to_string(root.join("docs/mapping.md")).expect("docs/mapping.md");
    let mut blocks: Vec<(String, String)> = Vec::new();
    let (mut title, mut inside) = (String::new(), false);
    for line in page.lines() {
        match line {
            "```toml" => {
                inside = true;
                blocks.push((title.clone(), String::new()));
            }
            "```" => inside = false,
            line if inside => {
                let (_, block) = blocks.last_mut().expect("an open block");
                block.push_str(line);
                block.push('\n');
            }
            line => {
                if let Some(heading) = line.strip_prefix("## ") {
                    title = heading.to_owned();
                }
            }
        }
    }
    blocks
}

/// The first block under `title`.
fn recipe(title: &str) -> String {
    let found = blocks().into_iter().find(|(it, _)| it == title);
    found.unwrap_or_else(|| panic!("no recipe {title}")).1
}

#[test]
fn every_block_of_the_page_can_be_used() {
    let blocks = blocks();
    assert!(blocks.len() >= 11, "the page has only {} blocks", blocks.len());
    let folder = TempDir::with_prefix("concordat-page-").expect("a temporary folder");
    let file = folder.path().join("concordat.toml");
    for (title, block) in blocks {
        fs::write(&file, format!("{SIDES}{block}")).expect("a file");
        let mut command: Command = program::command();
        command.arg("--config").arg(&file).args(["config", "check"]);
        let ran = Ran::of(command);
        assert_eq!(ran.code, Some(0), "{title}:\n{}", ran.told());
        // What an expression makes is nobody's to guess, so it has no examples.
        let proven = block.contains("\nupguard = \"");
        assert!(!proven || ran.told().contains("✓ \""), "{title}:\n{}", ran.told());
    }
}

/// A night with a recipe, its attribute and its custom fields, after a first agreement.
fn cooked(seed: u64, title: &str, attribute: Option<&str>) -> Night {
    let night = Night::falls(seed, 8, 16);
    night.configure(|text| format!("{text}\n{}", recipe(title)));
    if let Some(name) = attribute {
        let create = json!({ "name": name });
        night
            .sandbox
            .person(&json!({ "side": "upguard", "entity": "attribute", "create": create }));
    }
    night.run(&["config", "check"]).exits(0);
    night.run(&["doctor", "--fix"]).exits(0);
    night.first_agreement();
    settle(&night);
    night
}

/// Runs until nothing is left to do.
#[track_caller]
fn settle(night: &Night) {
    // What a person does in HighLevel is in its search a moment later.
    night.sandbox.minutes_pass(5);
    for _ in 0..4 {
        let ran = night.run(&[&["--json", "reconcile"], &ALLOW_FIRST[..]].concat());
        if ran.json()["operations"] == 0 {
            night.finds_nothing();
            return night.nothing_is_overlooked();
        }
    }
    panic!("it does not settle");
}

fn record(night: &Night, side: &str, list: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    let state = night.sandbox.state();
    rows(&state[side][list]).iter().find(|it| is_it(it)).expect("such a record").clone()
}

#[test]
fn a_town_goes_both_ways() {
    let night = cooked(3, "A town of the business, both ways", Some("Town"));
    let create = json!({ "name": "Kettle", "primary_hostname": "kettle.example",
                         "attributes": { "Town": "Bremen" } });
    night.sandbox.person(&json!({ "side": "upguard", "entity": "vendor", "create": create }));
    settle(&night);
    let business = || record(&night, "highlevel", "businesses", |it| it["name"] == "Kettle");
    assert_eq!(business()["city"], "Bremen");
    let id = text(&business()["id"]);
    night.sandbox.edit("highlevel", "business", &id, json!({ "city": "Ulm" }));
    settle(&night);
    let vendor = record(&night, "upguard", "vendors", |it| it["name"] == "Kettle");
    assert_eq!(vendor["attributes"]["Town"], "Ulm");
}

#[test]
fn a_severity_is_told_in_each_sides_own_words() {
    let night = cooked(5, "A severity, in each side's own words", Some("Criticality"));
    let group = Group::all(&night).into_iter().find(|it| it.contacts.len() > 1);
    let group = group.expect("a vendor with two people");
    let criticality = |it: &Value| text(&it["custom.criticality"]);
    let set = |value: &str| {
        let set = json!({ "attributes": { "Criticality": value } });
        night.sandbox.edit("upguard", "vendor", &group.vendor, set);
    };
    set("High");
    settle(&night);
    for place in 0..group.contacts.len() {
        assert_eq!(criticality(&group.contact(&night, place)), "1 - high");
    }
    let custom = json!({ "customFields.contact.criticality": "3 - low" });
    night.sandbox.edit("highlevel", "contact", &group.contacts[0], custom);
    settle(&night);
    assert_eq!(group.now(&night)["attributes"]["Criticality"], "Low");
    assert_eq!(criticality(&group.contact(&night, 1)), "3 - low");
    let asked = format!("{}.criticality", group.contacts[0]);
    let told = night.run(&["explain", &asked]).exits(0);
    assert!(told.out.contains("UpGuard writes it by a table: \"High\""), "{}", told.told());
    // A word of nobody's is written by nobody, and said.
    set("Extreme");
    let before = night.sandbox.writing_requests();
    let run = night.run(&["--json", "reconcile"]).json();
    assert_eq!(night.sandbox.writing_requests(), before);
    let held = rows(&run["held"]).iter().filter(|it| it["field"] == "criticality");
    let held: Vec<String> = held.map(|it| text(&it["why"]["rule"])).collect();
    assert_eq!(held, vec!["no_counterpart"; group.contacts.len()], "{run:#}");
}

#[test]
fn a_job_title_is_there_from_the_day_a_contact_is_made() {
    let night = cooked(7, "A person's job title, in capitals", None);
    let vendor = record(&night, "upguard", "vendors", |it| it["monitored"] == true);
    let create = json!({ "vendor_id": vendor["id"], "name": "Greta Teal", "title": "Head of tea",
                         "email_address": "greta@teal.example" });
    night.sandbox.person(&json!({ "side": "upguard", "entity": "contact", "create": create }));
    settle(&night);
    let contact = || {
        let is_it = |it: &Value| it["email"] == "greta@teal.example";
        record(&night, "highlevel", "contacts", is_it)
    };
    assert_eq!(contact()["custom.job_title"], "HEAD OF TEA");
    let person = record(&night, "upguard", "contacts", |it| it["name"] == "Greta Teal");
    let set = json!({ "title": "Ciso" });
    night.sandbox.edit("upguard", "contact", &text(&person["id"]), set);
    settle(&night);
    assert_eq!(contact()["custom.job_title"], "CISO");
}

#[test]
fn a_line_is_made_of_fields_and_people_who_are_outside_are_left_alone() {
    let night = Night::falls(9, 8, 16);
    let made = recipe("A line that is made of several fields");
    let outside = "[[pair]]\n[pair.slice]\ncontacts = \"title != 'Head of tea'\"\n";
    night.configure(|text| format!("{text}\n{made}\n{outside}"));
    night.run(&["doctor", "--fix"]).exits(0);
    night.first_agreement();
    let vendor = record(&night, "upguard", "vendors", |it| {
        it["monitored"] == true && !text(&it["primary_hostname"]).is_empty()
    });
    let hire = |name: &str, title: &str| {
        let email = format!("{}@teal.example", name.to_lowercase());
        let create = json!({ "vendor_id": vendor["id"], "name": name, "title": title,
                             "email_address": email });
        night.sandbox.person(&json!({ "side": "upguard", "entity": "contact", "create": create }));
    };
    hire("Greta", "Ciso");
    hire("Henk", "Head of tea");
    settle(&night);
    let state = night.sandbox.state();
    let found =
        |email: &str| rows(&state["highlevel"]["contacts"]).iter().find(|it| it["email"] == email);
    let greta = found("greta@teal.example").expect("somebody inside");
    assert_eq!(greta["custom.desk"], format!("Ciso at {}", text(&vendor["name"])));
    assert_eq!(
        greta["custom.risk_line"].as_str().is_some_and(|it| it.starts_with(&text(&vendor["name"]))),
        vendor["overallScore"].is_number(),
        "{greta:#}"
    );
    assert_eq!(found("henk@teal.example"), None, "he is outside");
}
