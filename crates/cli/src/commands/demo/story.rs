//! What people do in the demo: edits that show each kind of decision, chosen so that they work in
//! every seeded world.

use chrono::TimeDelta;
use concordat_engine::Look;
use concordat_model::{Link, RecordKey, Side};
use concordat_sandbox::{Change, Edit, System};
use serde_json::{Map, Value, json};

use super::Demo;
use crate::clock;
use crate::code::Code;
use crate::desk::Desk;
use crate::failure::Failure;

/// Edits on both sides over a day, with two pulls in between.
pub async fn edits(demo: &mut Demo<'_>) -> Result<(), Failure> {
    let (vendors, contacts) = cast(demo)?;
    demo.hours_pass(20);
    let company = |place: usize| vendors.get(place % vendors.len().max(1));
    let person = |place: usize| contacts.get(place % contacts.len().max(1));

    if let Some(link) = company(0) {
        demo.edit(
            "a new main phone",
            &link.ends.upguard[0],
            attribute("Main phone", "+1 646 555 0123"),
        )?;
    }
    demo.pull().await?;
    demo.minutes_pass(10);
    demo.pull().await?;
    demo.minutes_pass(10);
    if let Some(link) = company(0) {
        demo.edit(
            "another phone, later",
            &link.ends.highlevel[0],
            json!({"phone": "+1 646 555 0188"}),
        )?;
    }
    if let Some(link) = company(1) {
        let notes = "Renewal in March; ask for the SOC 2 report";
        demo.edit("new notes", &link.ends.upguard[0], attribute("Relationship notes", notes))?;
        demo.minutes_pass(5);
        let notes = "Renewal moved to April";
        demo.edit(
            "other notes, no pull between",
            &link.ends.highlevel[0],
            json!({"description": notes}),
        )?;
    }
    if let Some(link) = company(2) {
        let email = attribute("Main email", "security-desk@example.com");
        demo.edit("a new e-mail address", &link.ends.upguard[0], email)?;
    }
    if let Some(link) = company(3) {
        demo.edit(
            "a new address",
            &link.ends.highlevel[0],
            json!({"address": "12 Harbour Street"}),
        )?;
    }
    if let Some(link) = person(0) {
        demo.edit("a new mobile", &link.ends.highlevel[0], json!({"phone": "+1 646 555 0144"}))?;
        demo.minutes_pass(20);
        let mobile = json!({"phone_mobile": "+1 646 555 0155"});
        demo.edit("another mobile, later", &link.ends.upguard[0], mobile)?;
    }
    if let Some(link) = person(1) {
        let name = json!({"lastName": "Newly-Married"});
        demo.edit(
            "a new last name, where UpGuard cannot be written",
            &link.ends.highlevel[0],
            name,
        )?;
    }
    Ok(())
}

/// Links that are complete enough to play a part: one record on each side, everything agreed.
fn cast(demo: &Demo<'_>) -> Result<(Vec<Link>, Vec<Link>), Failure> {
    let desk = Desk::open(&demo.session, "plan", demo.shell)?;
    let agreements = desk.ledger().all_agreements()?;
    let links = |mapping: &str, fields: &[&str]| -> Vec<Link> {
        let links = agreements.links.values();
        links
            .filter(|link| link.mapping.as_str() == mapping)
            .filter(|link| link.ends.iter().all(|(_, ends)| ends.len() == 1))
            .filter(|link| fields.iter().all(|field| link.base.contains_key(&(*field).into())))
            .filter(|link| is_addressable(link))
            .cloned()
            .collect()
    };
    Ok((
        links("vendors", &["website", "phone", "email", "address", "description"]),
        links("contacts", &["last_name", "phone"]),
    ))
}

/// An UpGuard vendor without a host name cannot be written.
fn is_addressable(link: &Link) -> bool {
    link.base.get(&"website".into()).is_none_or(|agreed| agreed.held.upguard.is_some())
}

fn attribute(name: &str, value: &str) -> Value {
    json!({ "attributes": { name: value } })
}

impl Demo<'_> {
    pub(super) fn minutes_pass(&self, minutes: i64) {
        self.running.with_world(|world| world.advance(TimeDelta::minutes(minutes)));
    }

    async fn pull(&self) -> Result<(), Failure> {
        let mut desk = Desk::open(&self.session, "pull", self.shell)?;
        desk.look(Look::Moved, self.shell).await?;
        self.shell.say("    (a pull: it watches, and writes nothing)")
    }

    /// A person changes fields of one record.
    pub(super) fn edit(&self, what: &str, key: &RecordKey, set: Value) -> Result<(), Failure> {
        let set = members(set);
        let change = Change::Set(id(key), set);
        self.act(key.side(), key.resource.entity(), change)?;
        self.shell.say(&format!("    {} {} {}: {what}", key.side(), key.resource.entity(), key.id))
    }

    /// A person makes a record.
    pub(super) fn add(
        &self,
        side: Side,
        entity: &str,
        what: &str,
        fields: Value,
    ) -> Result<(), Failure> {
        self.act(side, entity, Change::Create(members(fields)))?;
        self.shell.say(&format!("    {side} {entity}, new: {what}"))
    }

    fn act(&self, side: Side, entity: &str, change: Change) -> Result<(), Failure> {
        let system = match side {
            Side::Upguard => System::UpGuard,
            Side::Highlevel => System::HighLevel,
        };
        let edit = Edit { location: None, side: system, entity: entity.to_owned(), change };
        let edited = self.running.with_world(|world| world.edit(clock::now(), &edit));
        let refused = |says| Failure::new(Code::Unforeseen, format!("{side} {entity}: {says}"));
        edited.map(drop).map_err(refused)
    }
}

fn members(fields: Value) -> Map<String, Value> {
    match fields {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

/// UpGuard's ids are numbers.
fn id(key: &RecordKey) -> Value {
    match key.id.as_str().parse::<u64>() {
        Ok(number) if key.side() == Side::Upguard => json!(number),
        Ok(_) | Err(_) => json!(key.id.as_str()),
    }
}
