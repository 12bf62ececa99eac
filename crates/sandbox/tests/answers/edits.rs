//! How does what a person does look in the effects and in the state? Whole shapes, as other tests
//! rely on them.

use concordat_sandbox::Options;
use serde_json::{Value, json};

use crate::desk::Desk;

const ADA: &str = "ada.brook@concordat.example";

/// Does one edit; answers its id, and its effects without their positions.
#[track_caller]
fn edit(desk: &mut Desk, edit: Value) -> (Value, Vec<Value>) {
    let from = desk.world.effects().len();
    let id = desk.edit(edit);
    let shown = desk.world.effects()[from..].iter().map(|effect| {
        let mut effect = serde_json::to_value(effect).expect("effects are plain");
        assert_eq!(effect["at"], "2026-05-28T20:26:40.000Z");
        assert_eq!((&effect["actor"], &effect["request"]), (&json!("person"), &Value::Null));
        let members = effect.as_object_mut().expect("an object");
        members.retain(|name, _| !["seq", "at", "actor", "request"].contains(&name.as_str()));
        effect
    });
    (id, shown.collect())
}

fn effect(
    side: &str,
    entity: &str,
    id: &Value,
    field: Value,
    before: Value,
    after: Value,
) -> Value {
    json!({
        "side": side, "entity": entity, "id": id, "field": field, "before": before, "after": after
    })
}

fn rows(desk: &mut Desk, side: &str, kind: &str) -> Value {
    desk.control("GET", "/state", Value::Null).1[side][kind].clone()
}

#[test]
fn labels_of_a_vendor() {
    let mut desk = Desk::with(Options { vendors: 1, contacts: 0, ..Options::default() });
    let id = rows(&mut desk, "upguard", "vendors")[0]["id"].clone();
    let before = rows(&mut desk, "upguard", "vendors")[0]["labels"].clone();
    assert!(id.is_u64());
    let (_, effects) = edit(
        &mut desk,
        json!({ "side": "upguard", "entity": "vendor", "id": id, "set": { "labels": ["PCI", "new"] } }),
    );
    let after = json!(["PCI", "new"]);
    let expected = effect("upguard", "vendor", &id, json!("labels"), before, after.clone());
    assert_eq!(effects, [expected]);
    assert_eq!(rows(&mut desk, "upguard", "vendors")[0]["labels"], after);
    let known = desk.upguard("GET", "/labels", Value::Null).1;
    assert!(known["labels"].as_array().is_some_and(|labels| labels.contains(&json!("new"))));
    for wrong in [json!("PCI"), json!([null]), json!([5]), json!(null)] {
        let wrong = json!({ "labels": wrong });
        let edit = json!({ "side": "upguard", "entity": "vendor", "id": id, "set": wrong });
        assert_eq!(desk.control("POST", "/edit", edit.clone()).0, 422, "{edit}");
    }
    edit(
        &mut desk,
        json!({ "side": "upguard", "entity": "vendor", "id": id, "set": { "labels": [] } }),
    );
    assert!(rows(&mut desk, "upguard", "vendors")[0].get("labels").is_none(), "empty is left out");
}

#[test]
fn tags_and_custom_fields_of_a_contact() {
    let mut desk = Desk::empty();
    let id = json!(desk.contact(json!({ "email": "a@x.com", "tags": ["vip"] })));
    let target = format!("/locations/{}/customFields", desk.location());
    let defined = desk.highlevel("GET", &target, Value::Null).1["customFields"].clone();
    let field = |name: &str| {
        let found = defined.as_array().into_iter().flatten().find(|row| row["name"] == name);
        found.map(|row| row["id"].clone()).expect("a definition")
    };
    let (score, interests) = (field("Lead score"), field("Interests"));
    let named = |id: &Value| json!(format!("customFields.{}", id.as_str().unwrap_or_default()));
    let set =
        |set: Value| json!({ "side": "highlevel", "entity": "contact", "id": id, "set": set });
    let (_, effects) = edit(&mut desk, set(json!({ "tags": ["VIP", "UG:PCI"] })));
    let (before, after) = (json!(["vip"]), json!(["vip", "ug:pci"]));
    assert_eq!(
        effects,
        [effect("highlevel", "contact", &id, json!("tags"), before, after.clone())]
    );
    let (_, effects) = edit(
        &mut desk,
        set(json!({
            "customFields.contact.lead_score": 7,
            "customFields": [{ "id": interests, "field_value": ["Golf"] }]
        })),
    );
    let mut expected = [
        effect("highlevel", "contact", &id, named(&score), Value::Null, json!(7)),
        effect("highlevel", "contact", &id, named(&interests), Value::Null, json!(["Golf"])),
    ];
    expected.sort_by_key(|effect| effect["field"].to_string());
    assert_eq!(effects, expected);
    let row = rows(&mut desk, "highlevel", "contacts")[0].clone();
    assert_eq!(row["tags"], after);
    let mut held =
        [json!({ "id": score, "value": 7 }), json!({ "id": interests, "value": ["Golf"] })];
    held.sort_by_key(|row| row["id"].to_string());
    assert_eq!(row["customFields"], json!(held));
    let (_, found) = desk.search(json!({}));
    assert_eq!(
        (&found["contacts"][0]["tags"], &found["contacts"][0]["customFields"]),
        (&after, &json!(held))
    );
    let (_, effects) = edit(&mut desk, set(json!({ "customFields.Lead score": null })));
    let expected = effect("highlevel", "contact", &id, named(&score), json!(7), Value::Null);
    assert_eq!(effects, [expected]);
    for wrong in [
        json!({ "customFields.Interests": "Golf" }),
        json!({ "customFields.Lead score": "many" }),
        json!({ "customFields.Nothing": "x" }),
        json!({ "customFields": [{ "id": "x", "field_value": "y" }] }),
        json!({ "tags": "vip" }),
        json!({ "tags": [5] }),
        json!({ "additionalEmails": "b@x.com" }),
        json!({ "dnd": "yes" }),
    ] {
        assert_eq!(desk.control("POST", "/edit", set(wrong.clone())).0, 422, "{wrong}");
    }
}

#[test]
fn a_task_and_a_note_of_a_contact() {
    let mut desk = Desk::empty();
    let contact = desk.contact(json!({ "email": "a@x.com" }));
    let create = json!({ "contactId": contact, "title": "Call", "dueDate": "2026-06-01" });
    let (task, effects) =
        edit(&mut desk, json!({ "side": "highlevel", "entity": "task", "create": create }));
    let mut shown = json!({
        "id": task, "title": "Call", "dueDate": "2026-06-01T00:00:00.000Z", "completed": false,
        "contactId": contact
    });
    let made = effect("highlevel", "task", &task, Value::Null, Value::Null, shown.clone());
    assert_eq!(effects, [made]);
    let set = json!({ "completed": true });
    let (_, effects) =
        edit(&mut desk, json!({ "side": "highlevel", "entity": "task", "id": task, "set": set }));
    let done = effect("highlevel", "task", &task, json!("completed"), json!(false), json!(true));
    assert_eq!(effects, [done]);
    shown["completed"] = json!(true);
    assert_eq!(rows(&mut desk, "highlevel", "tasks"), json!([shown]));

    let create = json!({ "contactId": contact, "body": "Hi", "title": "Met" });
    let (note, effects) =
        edit(&mut desk, json!({ "side": "highlevel", "entity": "note", "create": create }));
    let shown = json!({
        "id": note, "body": "Hi", "title": "Met", "dateAdded": "2026-05-28T20:26:40.000Z",
        "contactId": contact, "pinned": false
    });
    let made = effect("highlevel", "note", &note, Value::Null, Value::Null, shown.clone());
    assert_eq!(effects, [made]);
    assert_eq!(rows(&mut desk, "highlevel", "notes"), json!([shown]));
    let (_, effects) = edit(
        &mut desk,
        json!({ "side": "highlevel", "entity": "note", "id": note, "delete": true }),
    );
    assert_eq!(effects, [effect("highlevel", "note", &note, Value::Null, shown, Value::Null)]);
}

#[test]
fn a_threat_and_a_comment_on_it() {
    let mut desk = Desk::empty();
    let create = json!({ "title": "Leak", "severity": "high" });
    let (id, effects) =
        edit(&mut desk, json!({ "side": "upguard", "entity": "threat", "create": create }));
    assert_eq!(effects[0]["after"], rows(&mut desk, "upguard", "threats")[0]);
    let set = |set: Value| json!({ "side": "upguard", "entity": "threat", "id": id, "set": set });
    let moved = |field: &str, before: Value, after: Value| {
        effect("upguard", "threat", &id, json!(field), before, after)
    };
    let (_, effects) = edit(&mut desk, set(json!({ "investigator": ADA })));
    let expected = [
        moved("investigator", Value::Null, json!(ADA)),
        moved("threat_status", json!("open"), json!("investigating")),
    ];
    assert_eq!(effects, expected);
    for wrong in [
        json!({ "investigator": 5 }),
        json!({ "threat_status": true }),
        json!({ "reason": ["x"] }),
        json!({ "labels": "x" }),
        json!({ "remediation_request": "desk@x.com" }),
    ] {
        assert_eq!(desk.control("POST", "/edit", set(wrong.clone())).0, 422, "{wrong}");
    }
    let create = json!({ "uuid": id, "content": "Looking", "email": ADA });
    let (comment, effects) =
        edit(&mut desk, json!({ "side": "upguard", "entity": "comment", "create": create }));
    assert!(comment.is_u64());
    let ada = json!({ "name": "Ada Brook", "email": ADA });
    let record = json!({
        "uuid": id, "comment_id": comment, "parent_id": null, "private": false,
        "content": "Looking", "user": ada
    });
    assert_eq!(effects, [effect("upguard", "comment", &comment, Value::Null, Value::Null, record)]);
    let (_, effects) = edit(
        &mut desk,
        set(
            json!({ "threat_status": "closed", "reason": "risk_accepted", "justification": "Old" }),
        ),
    );
    let mut expected = [
        moved("threat_status", json!("investigating"), json!("closed")),
        moved("reason", Value::Null, json!("risk_accepted")),
        moved("justification", Value::Null, json!("Old")),
    ];
    let by_field = |effect: &Value| effect["field"].to_string();
    let mut effects = effects;
    effects.sort_by_key(by_field);
    expected.sort_by_key(by_field);
    assert_eq!(effects, expected);
    let threat = rows(&mut desk, "upguard", "threats")[0].clone();
    assert_eq!(threat["threat_status"], "closed");
    assert_eq!(threat["investigator"], ada);
    let said = json!([{
        "comment_id": comment, "content": "Looking", "created_at": threat["comments"][0]["created_at"],
        "user": ada, "children": []
    }]);
    assert_eq!(threat["comments"], said);
}
