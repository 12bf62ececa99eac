//! What is sent, and what does the sandbox answer? Both clients do all they can against it, with every
//! switch turned each way; and every operation is answered in every way in which a request can go wrong.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use concordat_connectors::{
    Highlevel, HighlevelSettings, Operation, Reach, Upguard, UpguardSettings, highlevel, upguard,
};
use concordat_model::{
    CustomKind, Held, Partition, Path, Record, RecordId, Resource, Severity, Side, Value,
};
use concordat_remote::{
    Remote, Request, Response, Sought, Target as _, Trail, Transport, TransportError,
};
use concordat_sandbox::{Change, Edit, Fault, Options, Switches, System, World};
use serde_json::{Map, Value as Json, json};

use super::signing::sign_in;
use crate::side::feed::{definition, fields, is_of, write};
use crate::side::{Still, answered, set, text, time};

/// A request, and what was answered.
pub struct Exchange {
    /// To whom.
    pub side: Side,
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub answer: Response,
}

/// Every operation of both catalogues.
pub fn catalogue() -> impl Iterator<Item = &'static Operation> {
    upguard::operations().iter().chain(highlevel::operations()).chain(highlevel::SIGNING)
}

/// The way to one of the systems; remembers what passed.
struct Door {
    world: Arc<Mutex<World>>,
    side: Side,
    passed: Arc<Mutex<Vec<Exchange>>>,
}

#[async_trait]
impl Transport for Door {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let answer = ask(&mut self.world.lock().expect("no poison"), self.side, &request);
        let exchange = Exchange { side: self.side, request, answer: answer.clone() };
        self.passed.lock().expect("no poison").push(exchange);
        Ok(answer)
    }
}

pub fn ask(world: &mut World, side: Side, request: &Request) -> Response {
    let system = match side {
        Side::Upguard => System::UpGuard,
        Side::Highlevel => System::HighLevel,
    };
    answered(world, time("2026-11-20T12:00:00Z"), system, request)
}

/// A small world in which something has happened.
fn world(switches: Switches) -> World {
    let mut world = World::new(&Options { threats: 8, switches, ..Options::default() });
    let told = json!({"type": "RiskAssessmentPublished", "description": "x", "context": {"Domain": "acme.com"}});
    let leaked = json!({"description": "x", "implication": "x", "significance": "x", "source": "x",
        "url": "http://x.example", "payload": "{}", "image": "data:image/png;base64,eA=="});
    let mut edit = |side, entity: &str, change| {
        let edit = Edit { side, location: None, entity: entity.into(), change };
        world.edit("2026-11-20T11:00:00Z".parse().expect("a time"), &edit).expect("an edit")
    };
    let members = |it: Json| it.as_object().expect("members").clone();
    for (entity, it) in [("notification", told), ("disclosure", leaked)] {
        edit(System::UpGuard, entity, Change::Create(members(it)));
    }
    let watched = members(json!({"name": "Acme", "primary_hostname": "acme.test"}));
    let vendor = edit(System::UpGuard, "vendor", Change::Create(watched));
    let risky = json!({"vendor_id": vendor, "risk": "domain_expired", "hosts": ["acme.test"]});
    edit(System::UpGuard, "risk", Change::Create(members(risky)));
    for standing in ["asking", "admitted", "invited"] {
        let lead = json!({"user_email": format!("{standing}@x.test"), "user_name": "Jo Doe",
            "org_name": "X", "message": "x", "standing": standing});
        edit(System::UpGuard, "lead", Change::Create(members(lead)));
    }
    let waived = json!({"risk": "domain_expired", "hostnames": ["us.test"], "justification": "x",
        "expires_at": "2999-01-01T00:00:00Z"});
    edit(System::UpGuard, "waiver", Change::Create(members(waived)));
    let app = json!({"name": "Zap", "base_rule": "block", "domain": "zap.test",
        "custom_rules": {"approve": {"team_names": ["Sales"], "user_emails": ["a@x.com"]}}});
    edit(System::UpGuard, "app", Change::Create(members(app)));
    let company = members(json!({"name": "Acme"}));
    let business = edit(System::HighLevel, "business", Change::Create(company));
    let somebody = json!({"email": "b@x.com", "businessId": business});
    let contact = edit(System::HighLevel, "contact", Change::Create(members(somebody)));
    let meeting = json!({"contactId": contact, "title": "Kick-off",
        "startTime": "2026-12-01 10:00:00", "endTime": "2026-12-01 10:30:00"});
    edit(System::HighLevel, "appointment", Change::Create(members(meeting)));
    world
}

/// As if nobody had a limit: time stands still here.
pub fn unlimited() -> Switches {
    let (highlevel_burst_limit, highlevel_daily_limit) = (1_000_000, 1_000_000);
    Switches { highlevel_burst_limit, highlevel_daily_limit, ..Switches::default() }
}

/// All that passes when both clients do what they can.
pub fn session(switches: Switches) -> Vec<Exchange> {
    let passed = Arc::default();
    let world = Arc::new(Mutex::new(world(switches)));
    let door =
        |side| Arc::new(Door { world: Arc::clone(&world), side, passed: Arc::clone(&passed) });
    let options = Options::default();
    let settings = UpguardSettings {
        attributes: ["Main phone".to_owned()].into(),
        portfolios: true,
        least_severity: Severity::Info,
        ..UpguardSettings::default()
    };
    let upguard =
        Upguard::new(door(Side::Upguard), options.api_key.into(), Arc::new(Still), settings);
    let settings = HighlevelSettings {
        custom_fields: [("vendor_tier".to_owned(), CustomKind::Number)].into(),
        people: [("a@x.com".to_owned(), "userOfTheSandbox0001".to_owned())].into(),
        reach: Reach::default(),
    };
    let highlevel = Highlevel::new(
        door(Side::Highlevel),
        options.token.into(),
        options.location_id,
        Arc::new(Still),
        settings,
    );
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let tier = definition("vendor_tier", "Vendor tier", CustomKind::Number);
        let nobody = RecordId::new("5");
        drop(highlevel.send(&write(Resource::CustomField, None, &nobody, tier, None)).await);
        everything(&upguard).await;
        everything(&highlevel).await;
        beside(&highlevel).await;
        sign_in(door(Side::Highlevel), &world).await;
        deleted(&highlevel).await;
    });
    drop((upguard, highlevel));
    Arc::into_inner(passed).expect("nobody else").into_inner().expect("no poison")
}

/// Lists, reads, finds, makes and changes records of every kind.
async fn everything(side: &impl Remote) {
    drop(side.tenant().await);
    let mut owners = Vec::new();
    for resource in Resource::ALL {
        let mut rows = listed(side, Partition::All(resource)).await;
        let investigated = rows
            .iter()
            .find_map(|it| Some((it, it.reading.get(&"investigator".into())?.as_ref()?)));
        let person =
            investigated.map_or_else(|| "a@x.com".to_owned(), |(_, email)| email.to_string());
        let owner = investigated.map(|(it, _)| it).or(rows.first());
        owners.extend(owner.map(|it| (resource, it.key.id.clone())));
        // Threats are in every state among them.
        rows.truncate(if resource == Resource::Threat { 8 } else { 2 });
        let of = owner_kind(resource);
        for (_, owner) in owners.iter().filter(|(it, _)| *it == of) {
            let said = vec![set("content", text("x")), set("threat", text(owner.as_str()))];
            for set in changes(&person).into_iter().chain([said]) {
                let marker = Some("0123ABCD".to_owned());
                drop(side.send(&write(resource, None, owner, set, marker)).await);
            }
            let sought = Sought {
                resource,
                parent: Some(owner.clone()),
                marker: Some("0123ABCD".into()),
                key: Some(("email".into(), Value::text("new@x.com"))),
                max_age: std::time::Duration::ZERO,
            };
            drop(side.find(&sought).await);
            rows.extend(
                listed(side, Partition::Of(resource, owner.clone())).await.into_iter().take(1),
            );
        }
        rows.extend(listed(side, Partition::All(resource)).await.into_iter().take(1));
        let business = owners.iter().find(|(it, _)| *it == Resource::Business);
        let under = business.map(|(_, id)| vec![set("businessId", text(id.as_str()))]);
        for record in rows {
            for set in changes(&person).into_iter().chain(under.clone()) {
                let read = side.read(&record.key, record.parent.as_ref()).await;
                let Some(current) = read.ok().and_then(|it| it.body) else { break };
                let owner = record.parent.clone().unwrap_or_else(|| record.key.id.clone());
                let change = write(resource, Some(current), &owner, set, None);
                drop(side.send(&change).await);
            }
        }
    }
}

/// What is only shown: of everybody, since few have an appointment.
async fn beside(side: &Highlevel) {
    for contact in listed(side, Partition::All(Resource::Contact)).await {
        drop(side.appointments(&contact.key.id).await);
    }
    for business in listed(side, Partition::All(Resource::Business)).await {
        drop(side.contacts_of(&business.key.id).await);
    }
}

/// A task, a contact at which something stands, and those at which nothing does any more.
async fn deleted(side: &impl Remote) {
    for resource in [Resource::Task, Resource::Contact] {
        for record in listed(side, Partition::All(resource)).await {
            let read = side.read(&record.key, record.parent.as_ref()).await;
            let Some(current) = read.ok().and_then(|it| it.body) else { continue };
            let owner = record.parent.clone().unwrap_or_else(|| record.key.id.clone());
            drop(side.delete(&write(resource, Some(current), &owner, Vec::new(), None)).await);
        }
    }
}

/// What a record of this kind belongs to; what belongs to nothing, to itself.
fn owner_kind(resource: Resource) -> Resource {
    match resource {
        Resource::VendorContact | Resource::VendorNote | Resource::Questionnaire => {
            Resource::Vendor
        }
        Resource::Task | Resource::Note => Resource::Contact,
        Resource::Comment => Resource::Threat,
        Resource::Vendor
        | Resource::CustomField
        | Resource::Business
        | Resource::Contact
        | Resource::Threat
        | Resource::Disclosure
        | Resource::Lead
        | Resource::Waiver
        | Resource::App
        | Resource::Risk
        | Resource::Notification => resource,
    }
}

/// What is set, one after the other; a threat is left with `person`, who is known to the account.
fn changes(person: &str) -> Vec<Vec<(Path, Held)>> {
    let attribute = |held| vec![set("attributes.Main phone", held)];
    let named = vec![set("firstName", text("New")), set("email", text("new@x.com"))];
    let custom = vec![set("custom.vendor_tier", Some(Value::Integer(2)))];
    let mut all = vec![vec![set("investigator", text(person))]];
    all.extend([named, custom, attribute(text("+1 415 555 0100")), attribute(None)]);
    all.extend(fields().into_iter().map(|(_, set)| set));
    all.push(vec![
        set("threat_status", text("investigating")),
        set("reopen.investigator", text(person)),
    ]);
    all
}

async fn listed(side: &impl Remote, partition: Partition) -> Vec<Record> {
    let (mut trail, mut cursor, mut rows) = (Trail::default(), None, Vec::new());
    while let Ok(page) = side.page(&partition, cursor.as_ref()).await {
        rows.extend(page.body.records.iter().cloned());
        match trail.follow(&page.body) {
            Ok(Some(next)) => cursor = Some(next),
            Ok(None) | Err(_) => break,
        }
    }
    rows
}

/// Every switch turned each way, one at a time.
pub fn turned() -> Vec<(String, Switches)> {
    let Ok(Json::Object(defaults)) = serde_json::to_value(unlimited()) else {
        panic!("switches have names");
    };
    let each = |(name, default): (&String, &Json)| -> Vec<(String, Switches)> {
        let others: Vec<Json> = match (name.as_str(), default) {
            (_, Json::Bool(on)) => vec![json!(!on)],
            ("upguard_bad_key_status" | "upguard_missing_questionnaire_status", _) => {
                vec![json!(403)]
            }
            ("upguard_unknown_attribute_status" | "highlevel_bad_version_status", _) => vec![],
            (name, Json::Number(_)) if name.ends_with("_status") => vec![json!(404)],
            ("upguard_requests_per_minute", _) => vec![json!(1)],
            ("highlevel_burst_limit" | "highlevel_daily_limit", _) => vec![json!(5)],
            ("highlevel_retry_after_seconds" | "upguard_retry_after_seconds", _) => vec![json!(1)],
            ("upguard_api_author", _) => vec![json!("")],
            ("webhook_times", _) => vec![json!(2)],
            ("webhook_signature", _) => vec![json!("missing")],
            ("lookup_answer", _) => vec![json!("many")],
            ("bulk_contacts_max", _) => vec![json!(1)],
            ("upguard_contact_page_size" | "upguard_notification_page_size", _) => vec![json!(1)],
            ("upguard_page_rows_max" | "highlevel_page_rows_max", _) => vec![json!(2)],
            ("upguard_permissions" | "highlevel_scopes" | "highlevel_app_installed", _) => {
                vec![json!([])]
            }
            ("contact_unique_identifiers", _) => vec![json!(["phone"]), json!([])],
            ("range_keys", _) => vec![json!("low_high")],
            ("phone_format", _) => vec![json!("kept"), json!("spaced")],
            ("put_duplicate", _) => vec![json!("drop"), json!("allow")],
            ("put_company_name", _) => vec![json!("drop"), json!("store")],
            ("tags_answer", _) => vec![json!("delta")],
            (name, Json::Number(_)) if name.contains("_seconds") || name.ends_with("_ms") => {
                vec![json!(7)]
            }
            (name, _) => panic!("the switch {name} has no other value here: add one"),
        };
        let with = |value: Json| {
            let mut members: Map<String, Json> = defaults.clone();
            members.insert(name.clone(), value.clone());
            let turned = serde_json::from_value(Json::Object(members)).expect("switches");
            (format!("{name} = {value}"), turned)
        };
        others.into_iter().map(with).collect()
    };
    defaults.iter().flat_map(each).collect()
}

/// The answers to every operation when requests go wrong: each fault, no credential, ids of nobody, and
/// bodies that are no JSON.
pub fn gone_wrong(session: &[Exchange]) -> Vec<Exchange> {
    let firsts = catalogue().filter_map(|operation| {
        let of_it = |it: &&Exchange| it.side == operation.side && is_of(&it.request, operation);
        Some((operation, session.iter().find(of_it)?))
    });
    let mut passed = Vec::new();
    for (operation, first) in firsts {
        let mut answer = |world: &mut World, request: Request| {
            let answer = ask(world, first.side, &request);
            passed.push(Exchange { side: first.side, request, answer });
        };
        for fault in Fault::ALL {
            let cut = matches!(fault, Fault::DropBeforeEffect | Fault::DropAfterCommit);
            if cut || fault == Fault::DropFields {
                continue; // No answer, or the usual one.
            }
            let mut world = world(Switches::default());
            let struck = json!({fault.name(): {"retry_after_seconds": 1}});
            world.turn(struck.as_object().expect("members")).expect("a fault");
            answer(&mut world, first.request.clone());
        }
        let mut world = world(Switches::default());
        let mut bare = first.request.clone();
        bare.headers.retain(|(name, _)| name != "authorization");
        answer(&mut world, bare);
        let nobody = of_nobody(operation, &first.request);
        answer(&mut world, nobody.clone());
        let missing = Switches {
            upguard_unknown_host_status: 404,
            upguard_missing_questionnaire_status: 403,
            missing_contact_status: 404,
            missing_task_status: 404,
            missing_note_status: 404,
            missing_business_status: 404,
            ..Switches::default()
        };
        answer(&mut self::world(missing), nobody);
    }
    passed
}

/// The same request about records that do not exist, by ids of the right form.
fn of_nobody(operation: &Operation, request: &Request) -> Request {
    let parts = request.path.split('/').zip(operation.template.split('/'));
    let path = parts.map(|(part, slot)| match slot {
        "{locationId}" => part.to_owned(),
        slot if slot.starts_with('{') => "0".repeat(part.len()),
        _ => part.to_owned(),
    });
    let mut nobody = request.clone();
    nobody.path = path.collect::<Vec<_>>().join("/");
    for (name, value) in &mut nobody.query {
        if matches!(
            name.as_str(),
            "id" | "ids" | "uuid" | "disclosure_id" | "risk_id" | "vendor_primary_hostname"
        ) {
            *value = "999999999999".to_owned();
        }
    }
    nobody
}
