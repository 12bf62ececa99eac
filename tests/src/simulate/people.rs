//! What do people do, at any moment, on either side? What they enter is each time something nobody entered
//! before, so that nothing is twice by accident.

use concordat_oracle::{labels, text};
use concordat_sandbox::{Change, Edit, System, World};
use serde_json::{Map, Value, json};

use crate::night::persons::{Dice, TWO_WAY};

/// At most so many of a kind leave in one life: what is gone is not the only thing to be tested.
const LEAVERS_MAX: usize = 3;

/// Something people do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Attribute,
    Business,
    Label,
    Tag,
    Tier,
    Person,
    Contact,
    PersonArrives,
    PersonLeaves,
    ContactLeaves,
    ContactsMerge,
    VendorArrives,
    VendorLeaves,
    VendorSleeps,
    VendorRenamed,
    BusinessRenamed,
    BusinessLeaves,
    TaskDone,
    TaskLeaves,
    Threat,
    ThreatArrives,
    Comment,
    NoteArrives,
    NoteEdited,
    Notification,
    VendorNote,
    Risk,
    Disclosure,
    Lead,
}

const ALL: [Doing; 29] = [
    Doing::Attribute,
    Doing::Business,
    Doing::Label,
    Doing::Tag,
    Doing::Tier,
    Doing::Person,
    Doing::Contact,
    Doing::PersonArrives,
    Doing::PersonLeaves,
    Doing::ContactLeaves,
    Doing::ContactsMerge,
    Doing::VendorArrives,
    Doing::VendorLeaves,
    Doing::VendorSleeps,
    Doing::VendorRenamed,
    Doing::BusinessRenamed,
    Doing::BusinessLeaves,
    Doing::TaskDone,
    Doing::TaskLeaves,
    Doing::Threat,
    Doing::ThreatArrives,
    Doing::Comment,
    Doing::NoteArrives,
    Doing::NoteEdited,
    Doing::Notification,
    Doing::VendorNote,
    Doing::Risk,
    Doing::Disclosure,
    Doing::Lead,
];

/// Everybody.
pub struct People {
    habits: Vec<Doing>,
    done: usize,
    leavers: usize,
}

impl People {
    /// Who do some of it, and edit fields that flow both ways in any case.
    pub fn of(dice: &mut Dice) -> People {
        let mut habits: Vec<Doing> = ALL.into_iter().filter(|_| dice.below(3) == 0).collect();
        habits.extend([Doing::Attribute, Doing::Business, Doing::Attribute, Doing::Business]);
        habits.extend([Doing::PersonLeaves; 3]);
        People { habits, done: 0, leavers: 0 }
    }

    /// What somebody does next; nothing: there is nothing to do it to.
    pub fn edit(&mut self, dice: &mut Dice, world: &World) -> Option<Edit> {
        let doing = self.habits[dice.below(self.habits.len())];
        let leaves = matches!(
            doing,
            Doing::PersonLeaves
                | Doing::ContactLeaves
                | Doing::ContactsMerge
                | Doing::VendorLeaves
                | Doing::VendorSleeps
                | Doing::BusinessLeaves
                | Doing::TaskLeaves
        );
        self.leavers += usize::from(leaves);
        if leaves && self.leavers > LEAVERS_MAX {
            return None;
        }
        self.done += 1;
        Act { dice, world, number: self.done }.of(doing)
    }
}

/// One thing that is done.
struct Act<'a> {
    dice: &'a mut Dice,
    world: &'a World,
    number: usize,
}

impl Act<'_> {
    fn any(&mut self, side: System, list: &str) -> Option<Value> {
        let mut all = self.world.listed(side, list);
        (!all.is_empty()).then(|| all.swap_remove(self.dice.below(all.len())))
    }

    fn word(&mut self, words: &[&'static str]) -> &'static str {
        words[self.dice.below(words.len())]
    }

    fn phone(&mut self) -> String {
        let line = 5_550_000 + self.number;
        let (front, back) = (line / 10_000, line % 10_000);
        match self.dice.below(3) {
            0 => format!("+1646{front}{back:04}"),
            1 => format!("(646) {front}-{back:04}"),
            _ => format!("+1 646 {front} {back:04}"),
        }
    }

    /// A value for a field that flows both ways; now and then it is emptied.
    fn value(&mut self, field: &str) -> String {
        let number = self.number;
        match (self.dice.below(6), field) {
            (0, _) => String::new(),
            (_, "phone") => self.phone(),
            (_, "email") => format!("desk-{number}@people.example"),
            (_, "address") => format!("{number} Königsallee, 2º piso"),
            (_, _) => format!("Renewal no. {number}; ask for the SOC 2 report\nthen call back"),
        }
    }

    /// A set with one element more, or less, or another one.
    fn turned(&mut self, mut set: std::collections::BTreeSet<String>, new: String) -> Value {
        let how = self.dice.below(3);
        if how != 0 {
            set.pop_first();
        }
        if how != 1 {
            set.insert(new);
        }
        json!(set)
    }

    fn of(&mut self, doing: Doing) -> Option<Edit> {
        let number = self.number;
        let (upguard, highlevel) = (System::UpGuard, System::HighLevel);
        Some(match doing {
            Doing::Attribute => {
                let vendor = self.any(upguard, "vendors")?;
                let (field, attribute, _) = TWO_WAY[self.dice.below(TWO_WAY.len())];
                let value = self.value(field);
                set(upguard, "vendor", &vendor, json!({ "attributes": { attribute: value } }))
            }
            Doing::Business => {
                let business = self.any(highlevel, "businesses")?;
                let (field, _, member) = TWO_WAY[self.dice.below(TWO_WAY.len())];
                let value = self.value(field);
                set(highlevel, "business", &business, json!({ member: value }))
            }
            Doing::Label => {
                let vendor = self.any(upguard, "vendors")?;
                let new = format!("Topic {}", number % 5);
                let labels = self.turned(labels::items(&vendor, "labels"), new);
                set(upguard, "vendor", &vendor, json!({ "labels": labels }))
            }
            Doing::Tag => {
                let contact = self.any(highlevel, "contacts")?;
                let new = format!("{}said {}", self.word(&["ug:", ""]), number % 5);
                let tags = self.turned(labels::items(&contact, "tags"), new);
                set(highlevel, "contact", &contact, json!({ "tags": tags }))
            }
            Doing::Tier if self.dice.below(2) == 0 => {
                let vendor = self.any(upguard, "vendors")?;
                set(upguard, "vendor", &vendor, json!({ "tier": number % 4 }))
            }
            Doing::Tier => {
                let contact = self.any(highlevel, "contacts")?;
                let tier = json!({ "customFields.contact.vendor_tier": number % 3 + 1 });
                set(highlevel, "contact", &contact, tier)
            }
            Doing::Person => {
                let person = self.any(upguard, "contacts")?;
                let change = match self.dice.below(4) {
                    0 => json!({ "name": format!("Ada Of{number}") }),
                    1 => json!({ "phone_mobile": self.phone() }),
                    2 => json!({ "notes": format!("met in room {number}") }),
                    _ => json!({ "email_address": format!("ada-{number}@people.example") }),
                };
                set(upguard, "contact", &person, change)
            }
            Doing::Contact => {
                let contact = self.any(highlevel, "contacts")?;
                let change = match self.dice.below(4) {
                    0 => json!({ "firstName": format!("Bea{number}") }),
                    1 => json!({ "phone": self.phone() }),
                    2 => json!({ "city": format!("Town {number}") }),
                    _ => json!({ "email": format!("bea-{number}@people.example") }),
                };
                set(highlevel, "contact", &contact, change)
            }
            Doing::PersonArrives => {
                let vendor = self.any(upguard, "vendors")?;
                let person = json!({
                    "vendor_id": vendor["id"], "name": format!("Cy New{number}"),
                    "email_address": format!("cy-{number}@people.example"),
                    "phone_mobile": self.phone(),
                });
                made(upguard, "contact", person)
            }
            Doing::PersonLeaves => gone(upguard, "contact", &self.any(upguard, "contacts")?),
            Doing::ContactLeaves => gone(highlevel, "contact", &self.any(highlevel, "contacts")?),
            Doing::ContactsMerge => {
                let (one, other) =
                    (self.any(highlevel, "contacts")?, self.any(highlevel, "contacts")?);
                let change = Change::Merge(one["id"].clone(), vec![other["id"].clone()]);
                edit(highlevel, "contact", change)
            }
            Doing::VendorArrives => {
                let vendor = json!({
                    "name": format!("Arrival {number} Ltd"),
                    "primary_hostname": format!("arrival-{number}.example"),
                });
                made(upguard, "vendor", vendor)
            }
            Doing::VendorLeaves => gone(upguard, "vendor", &self.any(upguard, "vendors")?),
            Doing::VendorSleeps => {
                let vendor = self.any(upguard, "vendors")?;
                let monitored = vendor["monitored"] != true;
                set(upguard, "vendor", &vendor, json!({ "monitored": monitored }))
            }
            Doing::VendorRenamed => {
                let vendor = self.any(upguard, "vendors")?;
                set(upguard, "vendor", &vendor, json!({ "name": format!("Renamed {number} Inc") }))
            }
            Doing::BusinessRenamed => {
                let business = self.any(highlevel, "businesses")?;
                let name = json!({ "name": format!("Known As {number}") });
                set(highlevel, "business", &business, name)
            }
            Doing::BusinessLeaves => {
                gone(highlevel, "business", &self.any(highlevel, "businesses")?)
            }
            Doing::TaskDone => {
                let task = self.any(highlevel, "tasks")?;
                set(highlevel, "task", &task, json!({ "completed": task["completed"] != true }))
            }
            Doing::TaskLeaves => gone(highlevel, "task", &self.any(highlevel, "tasks")?),
            Doing::Threat => {
                let threat = self.any(upguard, "threats")?;
                let change = match self.dice.below(3) {
                    0 => json!({ "threat_status": "closed", "reason": "remediated",
                                 "remediation_reason": "requested_takedown" }),
                    1 => json!({ "threat_status": "investigating" }),
                    _ => json!({ "severity": self.word(&["low", "high", "critical"]) }),
                };
                edit(upguard, "threat", Change::Set(threat["uuid"].clone(), members(change)))
            }
            Doing::ThreatArrives => {
                made(upguard, "threat", json!({ "title": format!("look-alike {number}") }))
            }
            Doing::Comment => {
                let threat = self.any(upguard, "threats")?;
                let comment = json!({
                    "uuid": threat["uuid"], "content": format!("seen again, no. {number}"),
                });
                made(upguard, "comment", comment)
            }
            Doing::NoteArrives => {
                let contact = self.any(highlevel, "contacts")?;
                let note = json!({
                    "contactId": contact["id"], "body": format!("called at {number} o'clock"),
                });
                made(highlevel, "note", note)
            }
            Doing::NoteEdited => {
                let note = self.any(highlevel, "notes")?;
                let body = format!("{}\nread by no. {number}", text(&note["body"]));
                set(highlevel, "note", &note, json!({ "body": body }))
            }
            Doing::Notification => {
                let vendor = self.any(upguard, "vendors")?;
                let told = json!({
                    "type": "vendor_score_drop", "description": format!("score fell, no. {number}"),
                    "context": { "Domain": vendor["primary_hostname"] },
                });
                made(upguard, "notification", told)
            }
            Doing::VendorNote => {
                let vendor = self.any(upguard, "vendors")?;
                set(upguard, "vendor", &vendor, json!({ "note": format!("asked, no. {number}") }))
            }
            Doing::Risk => {
                let vendor = self.any(upguard, "vendors")?;
                let risk = self.word(&["domain_expired", "exposed_database", "ssl_expired"]);
                let hosts = match self.dice.below(3) {
                    0 => json!([]),
                    _ => json!([vendor["primary_hostname"]]),
                };
                let found = json!({ "vendor_id": vendor["id"], "risk": risk, "hosts": hosts });
                made(upguard, "risk", found)
            }
            Doing::Disclosure => match self.any(upguard, "disclosures") {
                Some(known) if self.dice.below(2) == 0 => {
                    let status = self.word(&["Disclosed", "Investigating", "ClosedRiskAccepted"]);
                    set(upguard, "disclosure", &known, json!({ "status": status }))
                }
                Some(_) | None => {
                    let description = format!("a file named {number}");
                    made(upguard, "disclosure", json!({ "description": description }))
                }
            },
            Doing::Lead => {
                let lead = json!({
                    "user_name": format!("Dee Asks{number}"), "org_name": "Curious Ltd",
                    "user_email": format!("dee-{number}@people.example"),
                });
                made(upguard, "lead", lead)
            }
        })
    }
}

fn members(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { return Map::new() };
    members
}

fn edit(side: System, entity: &str, change: Change) -> Edit {
    Edit { side, location: None, entity: entity.to_owned(), change }
}

fn set(side: System, entity: &str, record: &Value, to: Value) -> Edit {
    edit(side, entity, Change::Set(record["id"].clone(), members(to)))
}

fn made(side: System, entity: &str, record: Value) -> Edit {
    edit(side, entity, Change::Create(members(record)))
}

fn gone(side: System, entity: &str, record: &Value) -> Edit {
    edit(side, entity, Change::Delete(record["id"].clone()))
}
