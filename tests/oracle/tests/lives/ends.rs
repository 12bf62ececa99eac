//! Do both sides agree in the end, is everything there, and does it rest?

use concordat_oracle::invariants::stirred;
use serde_json::{Value, json};

use super::told::*;

#[test]
fn a_quiet_life_is_good() {
    agreed().settled().is_good();
    with_eve().settled().is_good();
    with_task().settled().is_good();
}

#[test]
fn what_moves_on_one_side_and_follows_on_the_other_is_good() {
    agreed()
        .person(VENDOR, PHONE, json!("(617) 555-0100"))
        .night(|it| it.program(BUSINESS, "phone", json!("+16175550100")))
        .person(BUSINESS, "phone", json!("+16175550111"))
        .night(|it| it.program(VENDOR, PHONE, json!("+16175550111")))
        .person(ANNS, "tags", json!(["vip", "ug:key", "ug:new"]))
        .person(VENDOR, "tier", json!(3))
        .night(|it| {
            it.program(VENDOR, "labels", json!(["Key", "new"]))
                .program(BOBS, "tags", json!(["vip", "ug:key", "ug:new"]))
                .program(ANNS, "customFields.F1", json!(3))
                .program(BOBS, "customFields.F1", json!(3))
        })
        .settled()
        .is_good();
}

#[test]
fn convergence() {
    let moved = agreed().person(VENDOR, PHONE, json!("+16175550100"));
    moved.clone().settled().is_bad("I1", BUSINESS, "phone is");
    // Nobody had two nights to see it.
    moved.is_good();
    agreed().person(ANN, "name", json!("Ann Fox")).settled().is_bad("I1", ANNS, "lastName is");
    with_task().person(THREAT, "threat_status", json!("closed")).settled().is_bad(
        "I1",
        TASK,
        "completed is",
    );
}

#[test]
fn what_the_design_lets_differ_is_good() {
    // Drift: UpGuard takes no names.
    agreed().person(ANNS, "lastName", json!("Lee-Ray")).settled().is_good();
    // They met like this.
    town()
        .but(|it| it["highlevel"]["businesses"][0]["phone"] = json!("+16175550155"))
        .settled()
        .is_good();
    // What UpGuard never said does not empty what HighLevel has.
    town()
        .but(|it| it["highlevel"]["contacts"][0]["phone"] = json!("+16175550155"))
        .settled()
        .is_good();
    // A gate is shut.
    with_task().person(TASK, "completed", json!(true)).settled().is_good();
    // Several contacts say different things.
    agreed()
        .person(ANNS, "customFields.F1", json!(3))
        .person(BOBS, "customFields.F1", json!(4))
        .settled()
        .is_good();
    // Nobody monitors it any more.
    agreed()
        .person(VENDOR, "monitored", json!(false))
        .person(VENDOR, PHONE, json!("+16175550100"))
        .settled()
        .is_good();
    // UpGuard takes nothing for a vendor without web address.
    agreed()
        .person(VENDOR, "primary_hostname", Value::Null)
        .person(BUSINESS, "website", json!(""))
        .person(BUSINESS, "phone", json!("+16175550100"))
        .settled()
        .is_good();
}

#[test]
fn labels_and_tags_agree() {
    agreed()
        .person(VENDOR, "labels", json!(["Key", "More"]))
        .night(|it| it.program(BOBS, "tags", json!(["vip", "ug:key", "ug:more"])))
        .settled()
        .is_bad("I1", ANNS, "more");
    agreed().person(BOBS, "tags", json!(["vip"])).settled().is_bad(
        "I1",
        BOBS,
        "lacks tags of [\"key\"]",
    );
    // What no vendor can take waits.
    agreed().person(BOBS, "tags", json!(["vip", "ug:key", "ug:legal, hr"])).settled().is_good();
    // Missing on some is put back.
    agreed()
        .person(BOBS, "tags", json!(["vip"]))
        .night(|it| it.program(BOBS, "tags", json!(["vip", "ug:key"])))
        .settled()
        .is_good();
}

#[test]
fn everything_has_a_counterpart() {
    let lonely = town().but(|it| it["highlevel"]["businesses"] = json!([]));
    lonely.clone().settled().is_bad("I1", VENDOR, "no business stands for it");
    agreed().made("person", EVE, eve()).settled().is_bad("I1", EVE, "no contact");
    town().on("anchored", json!(true)).settled().is_bad("I1", THREAT, "no task");
    // Dismissed by a person, out of sight, or over.
    with_eve().gone("person", EVES).settled().is_good();
    lonely.person(VENDOR, "monitored", json!(false)).settled().is_good();
    town()
        .on("anchored", json!(true))
        .but(|it| it["upguard"]["threats"][0]["threat_status"] = json!("closed"))
        .settled()
        .is_good();
}

#[test]
fn rest() {
    let restless = town()
        .night(|it| it)
        .person(VENDOR, "name", json!("Acme Ltd"))
        .night(|it| it.program(BUSINESS, "name", json!("Acme Ltd")))
        .night(|it| it.program(BUSINESS, "phone", json!("+1 617 555 0199")));
    restless.is_bad("I2", BUSINESS, "for nothing");
    assert_eq!(stirred(&restless.life(), 2).len(), 1);
    assert_eq!(stirred(&restless.life(), 3), []);
}

#[test]
fn the_ledger_tells_all() {
    agreed().untold(BUSINESS, "name", json!("Other")).is_bad("ledger", BUSINESS, "name is");
    agreed().untold(BOB, "vendor_id", json!(2)).is_bad("ledger", BOB, "vendor_id");
}

#[test]
fn a_program_that_does_nothing_is_told_from_one_that_need_not() {
    let idle = agreed()
        .made("person", EVE, eve())
        .person(VENDOR, PHONE, json!("+16175550100"))
        .person(VENDOR, "labels", json!(["Key", "More"]))
        .settled();
    let judges = idle.judges_who_complain();
    assert_eq!(judges, ["I1 convergence", "I1 labels and tags agree", "I1 counterparts"]);
}
