//! Had the program a right to what it did?

use concordat_oracle::invariants::races;
use serde_json::{Value, json};

use super::told::*;

#[test]
fn no_lost_update() {
    // Nothing had moved in UpGuard, and the person's number is gone.
    agreed()
        .person(BUSINESS, "phone", json!("+16175550111"))
        .night(|it| it.program(BUSINESS, "phone", json!("+16175550199")))
        .is_bad("I3", BUSINESS, "nothing had changed on the other side");
    // A person emptied it, and it came back.
    agreed()
        .person(BUSINESS, "phone", json!(""))
        .night(|it| it.program(BUSINESS, "phone", json!("+16175550199")))
        .is_bad("I3", BUSINESS, "nothing had changed");
    // Both moved, and the older one won against the side that speaks where times decide nothing.
    agreed()
        .person(VENDOR, PHONE, json!("+16175550100"))
        .person(BUSINESS, "phone", json!("+16175550111"))
        .night(|it| it.program(BUSINESS, "phone", json!("+16175550100")))
        .is_bad("I3", BUSINESS, "an older change won");
    // They met like this, and nobody was asked.
    town()
        .but(|it| it["highlevel"]["businesses"][0]["phone"] = json!("+16175550155"))
        .night(|it| it.program(BUSINESS, "phone", json!("+16175550199")))
        .is_bad("I3", BUSINESS, "when they first met");
    agreed()
        .person(ANNS, "lastName", json!("Lee-Ray"))
        .night(|it| it.program(ANNS, "lastName", json!("Lee")))
        .is_bad("I3", ANNS, "lastName");
    with_task()
        .person(TASK, "completed", json!(true))
        .night(|it| it.program(TASK, "completed", json!(false)))
        .is_bad("I3", TASK, "completed");
}

#[test]
fn who_loses_rightfully_is_no_lost_update() {
    for (first, second) in [(VENDOR, BUSINESS), (BUSINESS, VENDOR)] {
        let set = |it: Told, whose, value: &str| {
            it.person(whose, if whose == VENDOR { PHONE } else { "phone" }, json!(value))
        };
        let both = set(set(agreed(), first, "+16175550100"), second, "+16175550111");
        // The later change, and HighLevel's where nobody can tell.
        let winner = if second == VENDOR { "+16175550111" } else { "+16175550100" };
        if second == VENDOR {
            both.clone()
                .night(|it| it.program(BUSINESS, "phone", json!(winner)))
                .settled()
                .is_good();
        }
        let highlevels = if first == BUSINESS { "+16175550100" } else { "+16175550111" };
        both.night(|it| it.program(VENDOR, PHONE, json!(highlevels))).settled().is_good();
    }
    // What drifted gives way once UpGuard moves.
    agreed()
        .person(ANNS, "lastName", json!("Lee-Ray"))
        .night(|it| it)
        .person(ANN, "name", json!("Ann Fox"))
        .night(|it| it.program(ANNS, "lastName", json!("Fox")))
        .settled()
        .is_good();
}

#[test]
fn what_a_person_writes_meanwhile_is_told_apart() {
    let race = agreed().person(VENDOR, PHONE, json!("+16175550100")).night(|it| {
        it.person(BUSINESS, "phone", json!("+16175550111")).program(
            BUSINESS,
            "phone",
            json!("+16175550100"),
        )
    });
    race.is_good();
    let races = races(&race.life());
    assert_eq!(races.len(), 1);
    assert_eq!(races[0].invariant, "I3 race");
}

#[test]
fn no_element_is_lost() {
    let tags = |tags: &[&str]| json!([&["vip"], tags].concat());
    // One contact lost the tag, the other still has it.
    agreed()
        .person(BOBS, "tags", tags(&[]))
        .night(|it| it.program(VENDOR, "labels", json!([])))
        .is_bad("I3", VENDOR, "c1 still has its tag");
    // Nobody took the label away.
    agreed().night(|it| it.program(BOBS, "tags", tags(&[]))).is_bad("I3", BOBS, "vendor 1 has it");
    // A person added it, and it went instead of going on.
    agreed()
        .person(BOBS, "tags", tags(&["ug:key", "ug:new"]))
        .night(|it| it.program(BOBS, "tags", tags(&["ug:key"])))
        .is_bad("I3", BOBS, "before the vendor had it");
    // A person removed the label, and it came back.
    agreed()
        .person(VENDOR, "labels", json!([]))
        .night(|it| it.program(VENDOR, "labels", json!(["Key"])))
        .is_bad("I3", VENDOR, "came back");
    // Nor because of a contact that the program itself had made with the tag.
    town()
        .but(|it| it["highlevel"]["contacts"] = json!([]))
        .night(|it| {
            let mut contact = new_contact("ann@acme.example");
            contact["firstName"] = json!("Ann");
            contact["lastName"] = json!("Lee");
            contact["tags"] = json!(["concordat:new", "ug:key"]);
            it.made("api", ANNS, contact)
        })
        .person(VENDOR, "labels", json!([]))
        .night(|it| it.program(VENDOR, "labels", json!(["key"])))
        .is_bad("I3", VENDOR, "came back");
    agreed()
        .person(VENDOR, "labels", json!([]))
        .night(|it| it.program(BOBS, "tags", tags(&[])).program(ANNS, "tags", tags(&[])))
        .settled()
        .is_good();
    agreed()
        .person(BOBS, "tags", tags(&[]))
        .person(ANNS, "tags", tags(&[]))
        .night(|it| it.program(VENDOR, "labels", json!([])))
        .settled()
        .is_good();
}

#[test]
fn a_contact_that_is_made_while_labels_are_written_has_no_say_the_next_day() {
    let went = |first: &dyn Fn(Told) -> Told| {
        let made = |it: Told| {
            let mut contact = new_contact("ann@acme.example");
            contact["firstName"] = json!("Ann");
            contact["lastName"] = json!("Lee");
            contact["tags"] = json!(["concordat:new", "ug:key"]);
            it.made("api", ANNS, contact)
        };
        town()
            .but(|it| drop(it["highlevel"]["contacts"].as_array_mut().map(|it| it.remove(0))))
            .person(BOBS, "tags", json!(["vip", "ug:key", "ug:new"]))
            .night(|it| first(made(it)))
            .person(BOBS, "tags", json!(["vip", "ug:new"]))
            .night(|it| it.program(VENDOR, "labels", json!(["new"])))
            .complaints()
            .iter()
            .any(|it| it.contains("c1 still has its tag"))
    };
    assert!(!went(&|it| it.program(VENDOR, "labels", json!(["Key", "new"]))));
    assert!(went(&|it| it));
}

#[test]
fn no_resurrection() {
    let again = |it: Told| it.made("api", EVES_TWIN, new_contact("eve@acme.example"));
    with_eve().gone("person", EVES).night(again).is_bad("I4", EVES_TWIN, "deleted c3");
    // Not by its marker only: one that people had made, too.
    let other = json!({ "firstName": "Bob", "lastName": "Ray", "email": "bob@acme.example", "dnd": true,
        "tags": [], "customFields": [{ "id": "F2", "value": "MARKER02" }] });
    agreed().gone("person", BOBS).night(|it| it.made("api", EVES_TWIN, other)).is_bad(
        "I4",
        EVES_TWIN,
        "deleted c2",
    );
    let business = json!({ "name": "Acme", "website": "https://acme.example",
        "phone": "+16175550199" });
    agreed()
        .gone("person", BUSINESS)
        .night(|it| it.made("api", ("highlevel", "business", "b2"), business))
        .is_bad("I4", ("highlevel", "business", "b2"), "deleted b1");
    with_task()
        .gone("person", TASK)
        .night(|it| it.made("api", ("highlevel", "task", "t2"), a_task()))
        .is_bad("I4", ("highlevel", "task", "t2"), "deleted t1");
    // A note has nothing but its marker.
    let note = || json!({ "body": "Noted.\n[concordat:NOTE0001]", "contactId": "c1" });
    town()
        .night(|it| it.made("api", ("highlevel", "note", "n1"), note()))
        .night(|it| it)
        .gone("person", ("highlevel", "note", "n1"))
        .night(|it| it.made("api", ("highlevel", "note", "n2"), note()))
        .is_bad("I4", ("highlevel", "note", "n2"), "deleted n1");
    // An edit beats a deletion, and the contact at which a task stood may be gone with it.
    with_eve().gone("person", EVES).person(EVE, "title", json!("CISO")).night(again).is_good();
    with_task()
        .gone("person", TASK)
        .gone("person", ANNS)
        .night(|it| {
            let mut task = a_task();
            task["contactId"] = json!("c2");
            it.made("api", ("highlevel", "task", "t2"), task)
        })
        .is_good();
}

#[test]
fn no_duplicate() {
    let nameless = || {
        let mut contact = new_contact("eve@acme.example");
        contact["email"] = json!(null);
        contact
    };
    agreed()
        .made("person", EVE, json!({ "vendor_id": 1, "name": "Eve Fox" }))
        .night(|it| it.made("api", EVES, nameless()).made("api", EVES_TWIN, nameless()))
        .is_bad("I5", EVES_TWIN, "as MARKER01");
    // The same person by address, whoever had made the first.
    let other = json!({ "firstName": "Bob", "lastName": "Ray", "email": "Bob@acme.example", "dnd": true,
        "tags": [] });
    agreed().night(|it| it.made("api", EVES, other)).is_bad("I5", EVES, "although c2 was there");
    let business = json!({ "name": "Acme", "website": "https://www.acme.example/" });
    agreed().night(|it| it.made("api", ("highlevel", "business", "b2"), business)).is_bad(
        "I5",
        ("highlevel", "business", "b2"),
        "although b1 was there",
    );
    with_task().night(|it| it.made("api", ("highlevel", "task", "t2"), a_task())).is_bad(
        "I5",
        ("highlevel", "task", "t2"),
        "[concordat:TASK0001]",
    );
}

#[test]
fn absence_is_not_deletion() {
    let archived = json!(["vip", "ug:key", "concordat:archived"]);
    agreed().night(|it| it.program(ANNS, "tags", archived.clone())).is_bad(
        "I18",
        ANNS,
        "contact 11 is there",
    );
    agreed().night(|it| it.gone("api", STRANGER)).is_bad("I18", STRANGER, "nobody allowed");
    agreed().on("allow", json!(["delete"])).night(|it| it.gone("api", ANNS)).is_bad(
        "I18",
        ANNS,
        "deleted, and contact 11 is there",
    );
    with_task().night(|it| it.program(TASK, "completed", json!(true))).judge_says(
        "I18",
        TASK,
        "u1 is open",
    );
    // It vanished while the night was at work: it cannot have been missed twice.
    agreed().night(|it| it.gone("person", ANN).program(ANNS, "tags", archived.clone())).is_bad(
        "I18",
        ANNS,
        "contact 11 is there",
    );
    agreed()
        .gone("person", ANN)
        .night(|it| it)
        .night(|it| it.program(ANNS, "tags", archived.clone()))
        .settled()
        .is_good();
    with_task()
        .person(THREAT, "threat_status", json!("closed"))
        .night(|it| it.program(TASK, "completed", json!(true)))
        .settled()
        .is_good();
    with_task()
        .gone("person", THREAT)
        .night(|it| it)
        .night(|it| it.program(TASK, "completed", json!(true)))
        .settled()
        .is_good();
}

#[test]
fn no_oscillation() {
    let to = |it: Told, value: &str| it.program(BUSINESS, "phone", json!(value));
    // Two values come and go although only one person ever moved something.
    agreed()
        .night(|it| {
            let moved = it.person(VENDOR, PHONE, json!("+16175550100"));
            to(to(to(moved, "+16175550100"), "+16175550199"), "+16175550100")
        })
        .is_bad("I20", BUSINESS, "a second time");
    let tags = |it: Told, all: Value| it.program(BOBS, "tags", all);
    agreed()
        .person(VENDOR, "labels", json!(["Key", "More"]))
        .night(|it| {
            let added = tags(it, json!(["vip", "ug:key", "ug:more"]));
            tags(tags(added, json!(["vip", "ug:key"])), json!(["vip", "ug:key", "ug:more"]))
        })
        .judge_says("I20", BOBS, "added \"ug:more\" a second time");
    // An automation changes it again after each night, and the program again: three times and no more.
    let answered = |it: Told| {
        it.automation(BUSINESS, "phone", json!("+16175550199")).night(|it| to(it, "+16175550100"))
    };
    let first =
        agreed().person(VENDOR, PHONE, json!("+16175550100")).night(|it| to(it, "+16175550100"));
    let thrice = answered(answered(answered(first)));
    assert!(!thrice.judges_who_complain().contains(&"I20"), "{:#?}", thrice.complaints());
    answered(thrice).judge_says("I20", BUSINESS, "a second time");
    // The same again because a person moved it away.
    agreed()
        .person(VENDOR, PHONE, json!("+16175550100"))
        .night(|it| to(it, "+16175550100"))
        .person(VENDOR, PHONE, json!("+16175550111"))
        .night(|it| to(it, "+16175550111"))
        .person(VENDOR, PHONE, json!("+16175550100"))
        .night(|it| to(it, "+16175550100"))
        .settled()
        .is_good();
}

#[test]
fn scope() {
    let night = |whose, field: &'static str, value: Value| {
        agreed().night(|it| it.program(whose, field, value))
    };
    night(ANNS, "address1", json!("1 Road")).is_bad("I21", ANNS, "no mapping has it");
    night(BUSINESS, "email", json!("a@acme.example")).is_bad("I21", BUSINESS, "no mapping has it");
    night(VENDOR, "name", json!("Acme")).judge_says("I21", VENDOR, "name was written");
    night(ANNS, "tags", json!(["ug:key"])).is_bad("I21", ANNS, "the tag vip is nobody's");
    night(ANNS, "tags", json!(["vip", "ug:key", "hot"])).is_bad("I21", ANNS, "the tag hot");
    night(BOBS, "tags", json!(["vip", "ug:key", "ug:hot"])).is_bad("I21", BOBS, "no vendor has it");
    night(STRANGER, "tags", json!(["vip", "concordat:archived"])).is_bad(
        "I21",
        STRANGER,
        "stands for nothing",
    );
    with_task()
        .person(TASK, "completed", json!(true))
        .night(|it| it.program(THREAT, "threat_status", json!("closed")))
        .is_bad("I21", THREAT, "nobody allowed");
    with_task()
        .on("allow", json!(["close"]))
        .person(TASK, "completed", json!(true))
        .night(|it| it.program(THREAT, "threat_status", json!("closed")))
        .settled()
        .is_good();
    // A value that nobody ever said.
    agreed()
        .person(VENDOR, PHONE, json!("+16175550100"))
        .night(|it| it.program(BUSINESS, "phone", json!("+16175550177")))
        .is_bad("I21", BUSINESS, "nobody said on the other side");
    // Somebody who could be written to at once.
    let mut loud = new_contact("eve@acme.example");
    loud["dnd"] = json!(false);
    agreed().made("person", EVE, eve()).night(|it| it.made("api", EVES, loud)).is_bad(
        "I21",
        EVES,
        "made without dnd",
    );
    // A task that people made.
    let theirs = json!({ "title": "Leak", "completed": false, "contactId": "c1" });
    agreed()
        .made("person", TASK, theirs)
        .night(|it| it.program(TASK, "title", json!("Leak!")))
        .judge_says("I21", TASK, "we did not make it");
    // A vendor that nobody monitors, or that cannot be written.
    agreed()
        .person(VENDOR, "monitored", json!(false))
        .person(BUSINESS, "phone", json!("+16175550111"))
        .night(|it| it.program(VENDOR, PHONE, json!("+16175550111")))
        .is_bad("I21", VENDOR, "nobody monitors it");
    agreed()
        .person(VENDOR, "monitored", json!(false))
        .person(VENDOR, PHONE, json!("+16175550111"))
        .night(|it| it.program(BUSINESS, "phone", json!("+16175550111")))
        .is_bad("I21", BUSINESS, "nobody monitors its vendor");
    agreed()
        .person(VENDOR, "labels", json!(["Key", "a, b"]))
        .person(ANNS, "tags", json!(["vip", "ug:key", "ug:new"]))
        .night(|it| it.program(VENDOR, "labels", json!(["Key", "a, b", "new"])))
        .is_bad("I21", VENDOR, "has a comma");
    agreed().night(|it| it.made("api", BOB_AGAIN, json!({ "name": "Bob" }))).judge_says(
        "I21",
        BOB_AGAIN,
        "no mapping makes a contact",
    );
}
