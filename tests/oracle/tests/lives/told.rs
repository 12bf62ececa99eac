//! How is a life told in a test? A small town at the start, then what happens, one line each; the end follows.

use concordat_oracle::invariants::{Complaint, JUDGES, Life, judged};
use serde_json::{Value, json};

/// A record: side, entity, id.
pub type Whose = (&'static str, &'static str, &'static str);

pub const VENDOR: Whose = ("upguard", "vendor", "1");
pub const ANN: Whose = ("upguard", "contact", "11");
pub const BOB: Whose = ("upguard", "contact", "12");
pub const THREAT: Whose = ("upguard", "threat", "u1");
pub const BUSINESS: Whose = ("highlevel", "business", "b1");
pub const ANNS: Whose = ("highlevel", "contact", "c1");
pub const BOBS: Whose = ("highlevel", "contact", "c2");
pub const STRANGER: Whose = ("highlevel", "contact", "c9");
pub const TASK: Whose = ("highlevel", "task", "t1");

pub const BOB_AGAIN: Whose = ("upguard", "contact", "19");
pub const PHONE: &str = "attributes.Main phone";
/// A life in the making.
#[derive(Clone)]
pub struct Told {
    start: Value,
    end: Value,
    effects: Vec<Value>,
    nights: Vec<Value>,
    terms: Value,
}

/// A vendor with two people and a threat, the business and the contacts that stand for them and a contact that
/// stands for nobody; both sides agree.
pub fn town() -> Told {
    let vendor = json!({ "id": 1, "name": "Acme", "primary_hostname": "acme.example",
        "monitored": true, "tier": 2, "labels": ["Key"], "overallScore": 700,
        "attributes": { "Main phone": "+1 617 555 0199" } });
    let person = |id: u64, name: &str, email: &str| json!({ "id": id, "vendor_id": 1, "name": name, "email_address": email });
    let contact = |id: &str, first: &str, last: &str, email: &str| {
        json!({ "id": id, "firstName": first, "lastName": last, "email": email, "dnd": false,
            "tags": ["vip", "ug:key"], "customFields": [{ "id": "F1", "value": 2 }] })
    };
    let stranger = json!({ "id": "c9", "firstName": "Zoe", "email": "zoe@else.example",
        "tags": ["vip"], "dnd": false, "customFields": [] });
    let start = json!({
        "upguard": {
            "vendors": [vendor],
            "contacts": [person(11, "Ann Lee", "Ann@acme.example"), person(12, "Bob Ray", "bob@acme.example")],
            "threats": [{ "uuid": "u1", "title": "Leak", "threat_status": "open" }],
        },
        "highlevel": {
            "contacts": [contact("c1", "Ann", "Lee", "ann@acme.example"),
                contact("c2", "Bob", "Ray", "bob@acme.example"), stranger],
            "businesses": [{ "id": "b1", "name": "Acme", "website": "https://acme.example",
                "phone": "+16175550199" }],
            "tasks": [],
            "notes": [],
            "customFields": [{ "id": "F1", "fieldKey": "contact.vendor_tier" },
                { "id": "F2", "fieldKey": "contact.concordat_id" }],
        },
    });
    Told {
        end: start.clone(),
        start,
        effects: Vec::new(),
        nights: Vec::new(),
        terms: json!({ "attributes": { "phone": "Main phone" } }),
    }
}

/// The town after a first night, and somebody works on something that is nobody's business.
pub fn agreed() -> Told {
    town().night(|it| it).person(STRANGER, "city", json!("Rome"))
}

fn list((side, entity, _): Whose) -> (&'static str, String) {
    (side, if entity == "business" { "businesses".to_owned() } else { format!("{entity}s") })
}

fn key(whose: Whose) -> Value {
    let (side, _, id) = whose;
    let number = id.parse::<u64>().ok().filter(|_| side == "upguard");
    number.map_or_else(|| json!(id), |it| json!(it))
}

impl Told {
    /// The start is otherwise.
    pub fn but(mut self, change: impl Fn(&mut Value)) -> Told {
        change(&mut self.start);
        change(&mut self.end);
        self
    }

    /// A term is otherwise.
    pub fn on(mut self, term: &str, value: Value) -> Told {
        self.terms[term] = value;
        self
    }

    /// A whole night in which the program does this.
    pub fn night(mut self, deeds: impl FnOnce(Told) -> Told) -> Told {
        let from = self.effects.len();
        self = deeds(self);
        self.nights.push(json!({ "from": from, "to": self.effects.len(), "whole": true }));
        self
    }

    /// A person sets a field.
    pub fn person(self, whose: Whose, field: &str, after: Value) -> Told {
        self.set("person", whose, field, after)
    }

    /// An automation of its side sets a field.
    pub fn automation(self, whose: Whose, field: &str, after: Value) -> Told {
        self.set("workflow", whose, field, after)
    }

    /// The program sets a field.
    pub fn program(self, whose: Whose, field: &str, after: Value) -> Told {
        self.set("api", whose, field, after)
    }

    fn set(mut self, actor: &str, whose: Whose, field: &str, after: Value) -> Told {
        let record = self.record(whose);
        let place = match field.split_once('.') {
            Some(("attributes", inner)) => &mut record["attributes"][inner],
            Some(("customFields", inner)) => {
                let rows = record["customFields"].as_array_mut().expect("custom fields");
                if !rows.iter().any(|it| it["id"] == inner) {
                    rows.push(json!({ "id": inner, "value": null }));
                }
                let row = rows.iter_mut().find(|it| it["id"] == inner).expect("a row");
                &mut row["value"]
            }
            _ => &mut record[field],
        };
        let before = std::mem::replace(place, after.clone());
        self.tell(actor, whose, json!(field), before, after)
    }

    /// Somebody, `person` or `api`, makes a record.
    pub fn made(mut self, actor: &str, whose: Whose, record: Value) -> Told {
        let (side, all) = list(whose);
        let mut record = record;
        record[if whose.1 == "threat" { "uuid" } else { "id" }] = key(whose);
        self.end[side][&all].as_array_mut().expect("a list").push(record.clone());
        self.tell(actor, whose, Value::Null, Value::Null, record)
    }

    /// Somebody deletes a record.
    pub fn gone(mut self, actor: &str, whose: Whose) -> Told {
        let record = self.record(whose).clone();
        let (side, all) = list(whose);
        let rows = self.end[side][&all].as_array_mut().expect("a list");
        rows.retain(|it| it["id"] != key(whose) && it["uuid"] != whose.2);
        self.tell(actor, whose, Value::Null, record, Value::Null)
    }

    /// What both systems held was not as told: to see that a judge notices.
    pub fn untold(mut self, whose: Whose, field: &str, value: Value) -> Told {
        self.record(whose)[field] = value;
        self
    }

    fn record(&mut self, whose: Whose) -> &mut Value {
        let (side, all) = list(whose);
        let rows = self.end[side][&all].as_array_mut().expect("a list");
        let is_it = |it: &&mut Value| it["id"] == key(whose) || it["uuid"] == whose.2;
        rows.iter_mut().find(is_it).expect("a record that is there")
    }

    fn tell(
        mut self,
        actor: &str,
        whose: Whose,
        field: Value,
        before: Value,
        after: Value,
    ) -> Told {
        let seq = self.effects.len() + 1;
        let (side, entity, _) = whose;
        self.effects.push(json!({
            "seq": seq, "at": format!("2026-03-01T00:00:{seq:02}.000Z"), "side": side,
            "entity": entity, "id": key(whose), "field": field, "before": before, "after": after,
            "actor": actor, "request": (actor == "api").then_some("PUT /somewhere"),
        }));
        self
    }

    /// What a field holds now.
    pub fn held(&self, (whose, field): (Whose, &str)) -> Value {
        let record = self.clone().record(whose).clone();
        match field.split_once('.') {
            Some(("customFields", inner)) => {
                let rows = record["customFields"].as_array().cloned().unwrap_or_default();
                let row = rows.into_iter().find(|it| it["id"] == inner);
                row.map(|it| it["value"].clone()).unwrap_or_default()
            }
            Some((outer, inner)) => record[outer][inner].clone(),
            None => record[field].clone(),
        }
    }

    /// As a judge reads it.
    pub fn life(&self) -> Value {
        let Told { start, end, effects, nights, terms } = self;
        json!({ "start": start, "end": end, "effects": effects, "nights": nights, "terms": terms })
    }

    /// Two more nights in which nothing is done, so that everything is settled.
    pub fn settled(self) -> Told {
        self.night(|it| it).night(|it| it)
    }

    /// Nobody complains.
    #[track_caller]
    pub fn is_good(&self) {
        assert_eq!(self.complaints(), Vec::<String>::new());
    }

    /// Just one complaint: about this promise, this record, and it says this.
    #[track_caller]
    pub fn is_bad(&self, invariant: &str, whose: Whose, says: &str) {
        let complaints = judged(&self.life());
        assert!(
            complaints.len() == 1 && complaints.iter().all(|it| is_it(it, invariant, whose, says)),
            "{:#?}",
            self.complaints()
        );
    }

    /// This complaint, among what else is wrong with it.
    #[track_caller]
    pub fn judge_says(&self, invariant: &str, whose: Whose, says: &str) {
        let complaints = judged(&self.life());
        assert!(
            complaints.iter().any(|it| is_it(it, invariant, whose, says)),
            "{:#?}",
            self.complaints()
        );
    }

    /// What all judges say.
    pub fn complaints(&self) -> Vec<String> {
        judged(&self.life()).iter().map(ToString::to_string).collect()
    }

    /// Who says something of it.
    pub fn judges_who_complain(&self) -> Vec<&'static str> {
        let life = Life::of(&self.life());
        let all = JUDGES.iter().filter(|(_, judge)| !judge(&life).is_empty());
        all.map(|(name, _)| *name).collect()
    }
}

/// The contact of somebody new, as the program makes it.
pub fn new_contact(email: &str) -> Value {
    json!({ "firstName": "Eve", "lastName": "Fox", "email": email, "dnd": true, "source": "concordat",
        "tags": ["concordat:new"], "customFields": [{ "id": "F2", "value": "MARKER01" }] })
}

pub fn eve() -> Value {
    json!({ "vendor_id": 1, "name": "Eve Fox", "email_address": "eve@acme.example" })
}

pub const EVE: Whose = ("upguard", "contact", "13");
pub const EVES: Whose = ("highlevel", "contact", "c3");
pub const EVES_TWIN: Whose = ("highlevel", "contact", "c4");

/// Eve was added, and got her contact and her vendor's tag.
pub fn with_eve() -> Told {
    agreed().made("person", EVE, eve()).night(|it| {
        let made = it.made("api", EVES, new_contact("eve@acme.example"));
        made.program(EVES, "tags", json!(["concordat:new", "ug:key"])).program(
            EVES,
            "customFields.F1",
            json!(2),
        )
    })
}

pub fn a_task() -> Value {
    json!({ "title": "Leak", "body": "A leak.\n[T-7K2Q]\n[concordat:TASK0001]", "completed": false,
        "contactId": "c1", "dueDate": "2026-03-09T00:00:00.000Z" })
}

/// The threat got its task.
pub fn with_task() -> Told {
    let made = town().on("anchored", json!(true)).night(|it| it.made("api", TASK, a_task()));
    made.person(STRANGER, "city", json!("Rome"))
}

/// Whether a complaint is about this promise and this record, and says this.
fn is_it(it: &Complaint, invariant: &str, (side, entity, id): Whose, says: &str) -> bool {
    it.invariant == invariant
        && (&*it.record.side, &*it.record.entity, &*it.record.id) == (side, entity, id)
        && it.says.contains(says)
}
