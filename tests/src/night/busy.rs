//! What do people do all day, in both systems? Anything: edit, delete, merge, make new records, label, tag and
//! rename.

use concordat_oracle::labels::items;
use concordat_oracle::rows;
use serde_json::{Value, json};

use super::Night;
use super::persons::Dice;

/// Some record of a kind, as it is now.
fn some(night: &Night, dice: &mut Dice, side: &str, list: &str) -> Option<Value> {
    let state = night.sandbox.state();
    let all = rows(&state[side][list]);
    if all.is_empty() { None } else { Some(all[dice.below(all.len())].clone()) }
}

/// One thing that somebody does, as [`Sandbox::person`](super::Sandbox::person) takes it; `number` makes it new.
/// Nothing, if there is nothing to do it to.
pub fn deed(night: &Night, dice: &mut Dice, number: usize) -> Option<Value> {
    let fresh = format!("Person{number}");
    let mail = format!("person.{number}@new.example");
    let vendor = some(night, dice, "upguard", "vendors")?;
    let contact = some(night, dice, "upguard", "contacts");
    let person = some(night, dice, "highlevel", "contacts");
    let business = some(night, dice, "highlevel", "businesses");
    Some(match dice.below(18) {
        0 => json!({ "side": "upguard", "entity": "contact", "create":
            { "vendor_id": vendor["id"], "name": format!("{fresh} Smith"), "email_address": mail } }),
        1 => json!({ "side": "upguard", "entity": "contact", "create":
            { "vendor_id": vendor["id"], "name": format!("{fresh} Nomail") } }),
        2 => json!({ "side": "upguard", "entity": "vendor", "create":
            { "name": format!("New Vendor {number}"), "primary_hostname": format!("new{number}.example") } }),
        3 => json!({ "side": "highlevel", "entity": "contact", "create":
            { "firstName": fresh, "lastName": "Jones", "email": mail, "tags": ["vip"] } }),
        4 => json!({ "side": "highlevel", "entity": "business", "create":
            { "name": format!("New Business {number}"), "website": vendor["primary_hostname"] } }),
        5 => json!({ "side": "upguard", "entity": "contact", "id": contact?["id"], "set":
            { "name": format!("{fresh} Renamed"), "phone_mobile": format!("+1212555{number:04}") } }),
        6 => json!({ "side": "upguard", "entity": "contact", "id": contact?["id"], "set":
            { "email_address": mail } }),
        7 => json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "set":
            { "lastName": fresh, "phone": format!("+1646777{number:04}") } }),
        8 => json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "set":
            { "email": mail } }),
        9 => {
            json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "delete": true })
        }
        10 => {
            json!({ "side": "highlevel", "entity": "business", "id": business?["id"], "delete": true })
        }
        11 => {
            json!({ "side": "upguard", "entity": "contact", "id": contact?["id"], "delete": true })
        }
        12 => {
            let other = some(night, dice, "highlevel", "contacts")?;
            let master = person?;
            if master["id"] == other["id"] {
                return None;
            }
            json!({ "side": "highlevel", "entity": "contact", "id": master["id"], "merge": [other["id"]] })
        }
        13 => {
            let mut labels = items(&vendor, "labels");
            labels.pop_last();
            labels.insert(format!("Label {number}"));
            json!({ "side": "upguard", "entity": "vendor", "id": vendor["id"], "set": { "labels": labels } })
        }
        14 => {
            let mut tags = items(person.as_ref()?, "tags");
            tags.insert(format!("ug:said {number}"));
            json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "set": { "tags": tags } })
        }
        15 => {
            let mut tags = items(person.as_ref()?, "tags");
            tags.pop_last();
            json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "set": { "tags": tags } })
        }
        16 => json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "set":
            { "customFields.contact.vendor_tier": number % 4 + 1 } }),
        _ => json!({ "side": "upguard", "entity": "vendor", "id": vendor["id"], "set":
            { "name": format!("Renamed {number} Ltd"), "tier": number % 4 + 1 } }),
    })
}

/// One thing that somebody does about threats and tasks, where there are some.
pub fn watch(night: &Night, dice: &mut Dice, number: usize) -> Option<Value> {
    let threat = some(night, dice, "upguard", "threats")?;
    let task = some(night, dice, "highlevel", "tasks");
    let contact = some(night, dice, "highlevel", "contacts")?;
    let of_threat = |set: Value| {
        let id = &threat["uuid"];
        json!({ "side": "upguard", "entity": "threat", "id": id, "set": set })
    };
    let of_task = |task: Value, set: Value| {
        let id = &task["id"];
        json!({ "side": "highlevel", "entity": "task", "id": id, "set": set })
    };
    Some(match dice.below(10) {
        0 | 1 => json!({ "side": "upguard", "entity": "threat", "create":
            { "title": format!("Finding {number}"), "severity": "high" } }),
        2 => of_threat(json!({ "title": format!("Finding {number}, renamed") })),
        3 if threat["threat_status"] != "closed" && threat["threat_status"] != "remediating" => {
            of_threat(json!({ "threat_status": "closed", "reason": "false_positive" }))
        }
        4 => of_threat(json!({ "archived": true })),
        5 => json!({ "side": "upguard", "entity": "threat", "id": threat["uuid"], "delete": true }),
        6 => {
            let task = task?;
            let ticked = task["completed"] != true;
            of_task(task, json!({ "completed": ticked }))
        }
        7 => of_task(task?, json!({ "title": format!("Call about {number}") })),
        8 => json!({ "side": "highlevel", "entity": "task", "id": task?["id"], "delete": true }),
        _ => json!({ "side": "highlevel", "entity": "task", "create":
            { "contactId": contact["id"], "title": format!("Lunch {number}"),
              "dueDate": "2027-01-01T00:00:00Z" } }),
    })
}
