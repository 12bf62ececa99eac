//! A person looks at a record, and asks HighLevel what it knows beside it: the appointments of a contact,
//! the contacts of a business. Nothing else of `explain` needs the network.

use concordat_tests::night::{ALLOW_FIRST, Night, waiting};
use serde_json::{Value as Json, json};

#[test]
fn what_is_not_mirrored_is_asked_when_somebody_looks() {
    let night = Night::falls(5, 3, 4);
    let first = night.run(&[&["--json", "reconcile"], &ALLOW_FIRST[..]].concat());
    assert_eq!(first.code, Some(waiting(&first.json())), "{}", first.told());
    let state = night.sandbox.state();
    let first_of = |kind: &str| {
        let id = &state["highlevel"][kind][0]["id"];
        id.as_str().expect("an id").to_owned()
    };
    let (business, contact) = (first_of("businesses"), first_of("contacts"));
    let name = "Quarterly review";
    for status in ["confirmed", "noshow"] {
        let meeting = json!({"contactId": contact, "title": name, "appointmentStatus": status,
            "startTime": "2026-12-01 10:00:00", "endTime": "2026-12-01 10:30:00"});
        let deed = json!({"side": "highlevel", "entity": "appointment", "create": meeting});
        night.sandbox.person(&deed);
    }
    night.sandbox.edit("highlevel", "contact", &contact, json!({"businessId": business}));
    let asked = || night.sandbox.requests();
    let before = asked();
    let quiet = night.run(&["explain", &contact]).exits(0);
    assert!(!quiet.told().contains(name), "{}", quiet.told());
    assert_eq!(asked(), before, "nobody was asked");
    night.run(&["explain", "--live", &contact]).exits(0).says(&[
        "2 with HighLevel contact",
        "2026-12-01 10:00:00 to 2026-12-01 10:30:00, confirmed: Quarterly review",
        "noshow",
    ]);
    assert_eq!(asked(), before + 1);
    let told = night.document(0, &["explain", "--live", &business]);
    let beside = &told["beside"][0];
    assert_eq!(beside["asked"], json!("contacts"));
    let listed = beside["listed"].as_array().expect("contacts");
    assert_eq!(beside["total"], json!(listed.len()));
    let ours = |it: &&Json| it["record"]["id"] == Json::String(contact.clone());
    assert_eq!(listed.iter().filter(ours).count(), 1, "{told}");
    // A side that does not answer spoils nothing that is known.
    night.sandbox.turn(json!({ "error_before_effect": { "system": "highlevel" } }));
    night.run(&["explain", "--live", &contact]).exits(0).says(&["nothing is known beside"]);
}
