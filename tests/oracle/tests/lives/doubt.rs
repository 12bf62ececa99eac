//! Where nobody can know, does nobody complain, and where somebody can, does somebody?

use serde_json::{Value, json};

use super::told::*;

#[test]
fn what_no_night_saw_is_no_agreement() {
    let alike =
        || agreed().person(ANN, "name", json!("Ann Fox")).person(ANNS, "lastName", json!("Fox"));
    let replaced = |it: Told| {
        it.person(ANNS, "lastName", json!("Fix"))
            .night(|it| it.program(ANNS, "lastName", json!("Fox")))
    };
    // Both had moved since the last night, and times that nobody can tell apart go to UpGuard.
    replaced(alike()).settled().is_good();
    replaced(alike().night(|it| it)).is_bad("I3", ANNS, "nothing had changed");
}

#[test]
fn what_held_our_marker_was_empty() {
    let notes = || town().on("attributes", json!({ "description": "Notes" }));
    let told = |before: &str| {
        let marked = notes().but(|it| {
            it["highlevel"]["businesses"][0]["description"] = json!(before);
        });
        marked
            .night(|it| it)
            .person(VENDOR, "attributes.Notes", json!("Ask Bob"))
            .person(BUSINESS, "description", json!(null))
            .night(|it| it.program(BUSINESS, "description", json!("Ask Bob")))
    };
    told("[concordat:AAAA1111]").settled().is_good();
    told("Ask Eve").judge_says("I3", BUSINESS, "an older change won");
}

#[test]
fn what_was_emptied_before_both_agreed_is_filled() {
    let emptied = |before: &str| {
        let met = town().but(|it| it["highlevel"]["businesses"][0]["phone"] = json!(before));
        met.night(|it| it)
            .person(BUSINESS, "phone", json!(""))
            .night(|it| it.program(BUSINESS, "phone", json!("+16175550199")))
    };
    emptied("+16175550155").settled().is_good();
    emptied("+16175550199").is_bad("I3", BUSINESS, "nothing had changed");
}

#[test]
fn what_is_emptied_while_a_person_is_asked_is_filled() {
    let differ = town().but(|it| it["highlevel"]["businesses"][0]["phone"] = json!("+16175550155"));
    let differ = differ.person(VENDOR, PHONE, json!("+16175550166")).night(|it| it);
    let emptied = differ.person(BUSINESS, "phone", json!(""));
    emptied.night(|it| it.program(BUSINESS, "phone", json!("+16175550166"))).settled().is_good();
}

#[test]
fn who_is_back_at_what_was_agreed_has_not_moved() {
    let told = |back: Value| {
        agreed()
            .person(VENDOR, PHONE, json!("+16175550100"))
            .person(BUSINESS, "phone", json!("+16175550111"))
            .person(BUSINESS, "phone", back)
            .night(|it| it.program(BUSINESS, "phone", json!("+16175550100")))
    };
    told(json!("+16175550199")).settled().is_good();
    told(json!("+16175550122")).is_bad("I3", BUSINESS, "an older change won");
}

#[test]
fn a_contact_that_comes_to_a_vendor_takes_over_what_it_says() {
    let tier = |value: u64| json!([{ "id": "F1", "value": value }]);
    let contact = json!({ "id": "c3", "firstName": "Eve", "lastName": "Poe", "email": "eve@acme.example",
        "dnd": false, "tags": ["ug:key"], "customFields": tier(3) });
    let came = |it: Told| it.made("person", EVE, eve()).made("person", EVES, contact.clone());
    let takes = |it: Told| it.night(|it| it.program(EVES, "customFields.F1", json!(2)));
    takes(came(agreed())).settled().is_good();
    let otherwise = town().but(|it| {
        (0..2).for_each(|at| it["highlevel"]["contacts"][at]["customFields"] = tier(1));
    });
    takes(came(otherwise)).is_bad("I3", EVES, "when they first met");
}

#[test]
fn a_tag_that_went_while_its_label_came_takes_it_away() {
    let tags = |more: &[&str]| json!([&["vip", "ug:key"], more].concat());
    let came = |during: bool| {
        agreed().person(ANNS, "tags", tags(&["ug:new"])).night(|it| {
            let it = if during { it.person(ANNS, "tags", tags(&[])) } else { it };
            it.program(VENDOR, "labels", json!(["Key", "new"]))
        })
    };
    let went = |it: Told| it.night(|it| it.program(VENDOR, "labels", json!(["Key"])));
    went(came(true)).settled().is_good();
    went(came(false)).judge_says("I3", VENDOR, "c1 still has its tag");
}

#[test]
fn whoever_has_the_address_and_another_name_is_a_case() {
    town().person(ANN, "name", json!("Ada Of")).settled().settled().is_good();
    let named = town().settled().person(ANN, "name", json!("Ada Of"));
    named.settled().settled().judge_says("I1", ANNS, "firstName");
}

#[test]
fn what_somebody_said_who_is_gone_stays_until_another_says_something_new() {
    let again = json!({ "vendor_id": 1, "name": "Ann Lee", "email_address": "ann@acme.example",
        "phone_mobile": "+1 617 555 0122" });
    let left = || {
        agreed()
            .person(ANN, "phone_mobile", json!("+1 617 555 0144"))
            .night(|it| it.program(ANNS, "phone", json!("+16175550144")))
            .made("person", BOB_AGAIN, again.clone())
            .night(|it| it.program(ANNS, "phone", json!("+16175550122")))
            .gone("person", BOB_AGAIN)
    };
    left().settled().settled().is_good();
    let said = left().person(ANN, "phone_mobile", json!("+1 617 555 0155"));
    said.settled().settled().is_bad("I1", ANNS, "phone");
}

#[test]
fn a_note_may_come_a_night_later() {
    let note = |it: Told| {
        let body = json!({ "body": "Asked.\n[concordat:NOTE0001]", "contactId": "c1" });
        it.night(|it| it).night(|it| it.made("api", ("highlevel", "note", "n1"), body))
    };
    note(agreed().person(VENDOR, "note", json!("Asked."))).settled().is_good();
    note(agreed()).is_bad("I2", ("highlevel", "note", "n1"), "for nothing");
}

#[test]
fn a_new_contact_may_get_the_rest_of_its_tags_a_night_later() {
    let tags =
        |it: Told| it.night(|it| it.program(EVES, "tags", json!(["concordat:new", "ug:key"])));
    let made = agreed()
        .made("person", EVE, eve())
        .night(|it| it.made("api", EVES, new_contact("eve@acme.example")));
    tags(made.clone()).settled().is_good();
    tags(made.night(|it| it)).is_bad("I2", EVES, "for nothing");
}
