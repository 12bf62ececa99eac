//! Do the clients and the pretended systems mean the same? Everything that is written here is read
//! back from the other end, in process.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use concordat_connectors::{Highlevel, HighlevelSettings, Upguard, UpguardSettings};
use concordat_model::{
    CustomKind, Held, Partition, Path, Record, RecordId, RecordKey, Resource, Time, Value,
};
use concordat_remote::{
    Clock, Remote, Request, Response, Sought, Source, Target, Transport, TransportError, Write,
    WriteError,
};
use concordat_sandbox::{Options, System, World};

use crate::side::feed::{definition, write};
use crate::side::{self, answered, set, text, time};

/// The way to one of the systems of a world.
struct Door(Arc<Mutex<World>>, System);

const NOW: &str = "2026-06-01T12:00:00Z";

#[async_trait]
impl Transport for Door {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut world = self.0.lock().expect("no poison");
        Ok(answered(&mut world, time(NOW), self.1, &request))
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Time {
        time(NOW)
    }
}

fn clients(people: &[(&str, &str)]) -> (Upguard, Highlevel) {
    let options = Options { threats: 5, ..Options::default() };
    let world = Arc::new(Mutex::new(World::new(&options)));
    let door = |system| Arc::new(Door(Arc::clone(&world), system));
    let (key, token) = (options.api_key.clone(), options.token.clone());
    let upguard =
        Upguard::new(door(System::UpGuard), key.into(), Arc::new(Noon), UpguardSettings::default());
    let kinds = [("vendor_tier", CustomKind::Number), ("vendor_note", CustomKind::Text)];
    let settings = HighlevelSettings {
        custom_fields: kinds.map(|(key, kind)| (key.to_owned(), kind)).into(),
        people: people.iter().map(|(email, id)| ((*email).into(), (*id).into())).collect(),
        reach: concordat_connectors::Reach::Untold,
    };
    let door = door(System::HighLevel);
    let location = options.location_id.clone();
    (upguard, Highlevel::new(door, token.into(), location, Arc::new(Noon), settings))
}

async fn listed(side: &impl Remote, resource: Resource) -> Vec<Record> {
    let page = side.page(&Partition::All(resource), None).await.expect("a page").body;
    assert!(page.unreadable.is_empty(), "{:?}", page.unreadable);
    page.records
}

async fn read(side: &impl Remote, record: &Record) -> Record {
    let read = side.read(&record.key, record.parent.as_ref()).await.expect("an answer");
    read.body.expect("a record")
}

/// Writes over what is there, and reads it back.
async fn change(side: &impl Remote, record: &Record, set: Vec<(Path, Held)>) -> Record {
    let current = read(side, record).await;
    let resource = record.key.resource;
    let write = Write {
        resource,
        parent: None,
        current: Some(current),
        set,
        marker: None,
        by: side::whenever(),
        intent: side::intent(),
    };
    side.send(&write).await.expect("written");
    read(side, record).await
}

#[track_caller]
fn holds(record: &Record, path: &str, held: Held) {
    assert_eq!(record.reading.get(&path.into()), Some(&held), "{path}");
}

fn items(items: &[&str]) -> Held {
    (!items.is_empty()).then(|| Value::Set(items.iter().map(|it| (*it).to_owned()).collect()))
}

#[tokio::test(start_paused = true)]
async fn a_vendor_takes_labels_and_a_tier_and_gives_them_up() {
    let (upguard, _) = clients(&[]);
    let vendors = listed(&upguard, Resource::Vendor).await;
    for vendor in &vendors {
        assert_eq!(read(&upguard, vendor).await.reading, vendor.reading, "list and detail agree");
    }
    let hosted = |it: &&Record| it.reading.get(&"primary_hostname".into()) != Some(&None);
    let vendor = vendors.iter().find(hosted).expect("a vendor with a host name");
    for (labels, tier) in
        [(items(&["critical supplier", "pci"]), Some(Value::Integer(2))), (None, None)]
    {
        let both = vec![set("labels", labels.clone()), set("tier", tier.clone())];
        let after = change(&upguard, vendor, both).await;
        holds(&after, "labels", labels);
        holds(&after, "tier", tier);
    }
}

#[tokio::test(start_paused = true)]
async fn a_contact_takes_tags_and_custom_fields_once_they_are_defined() {
    let (_, highlevel) = clients(&[]);
    assert!(highlevel.tenant().await.expect("a tenant").can_mark);
    for (key, name, kind) in [
        ("vendor_tier", "Vendor tier", CustomKind::Number),
        ("vendor_note", "Vendor note", CustomKind::Text),
    ] {
        let nobody = RecordId::new("5");
        let define =
            || write(Resource::CustomField, None, &nobody, definition(key, name, kind), None);
        let id = highlevel.send(&define()).await.expect("made").body;
        let made = RecordKey { resource: Resource::CustomField, id };
        assert!(highlevel.read(&made, None).await.expect("an answer").body.is_some());
        let again = highlevel.send(&define()).await;
        assert!(matches!(again, Err(WriteError::Refused(_) | WriteError::InDoubt(_))), "{again:?}");
    }
    assert_eq!(highlevel.defined().len(), 2);
    let contact = &listed(&highlevel, Resource::Contact).await[0];
    let (tier, note) = ("custom.vendor_tier", "custom.vendor_note");
    for (tags, number, words) in [
        (items(&["ug:pci", "vip"]), Some(Value::Integer(2)), text("Published")),
        (items(&["ug:soc2", "vip"]), Some(Value::Decimal("2.5".into())), text("In progress")),
        (None, None, None),
    ] {
        let all =
            vec![set("tags", tags.clone()), set(tier, number.clone()), set(note, words.clone())];
        let after = change(&highlevel, contact, all).await;
        holds(&after, "tags", tags);
        holds(&after, tier, number);
        holds(&after, note, words);
    }
}

#[tokio::test(start_paused = true)]
async fn threats_are_assigned_closed_and_reopened() {
    let (upguard, _) = clients(&[]);
    let threats = listed(&upguard, Resource::Threat).await;
    for threat in &threats {
        assert_eq!(read(&upguard, threat).await.reading, threat.reading, "list and detail agree");
    }
    let in_state = |status: &str| {
        let is = |it: &&Record| it.reading.get(&"threat_status".into()) == Some(&text(status));
        threats.iter().find(is).expect("one in each state")
    };
    let investigated = in_state("investigating").reading.get(&"investigator".into());
    let email = investigated.cloned().flatten().expect("somebody");
    let email = || Some(email.clone());
    let closed =
        || vec![set("threat_status", text("closed")), set("close.reason", text("false_positive"))];
    let open = in_state("open");
    let after = change(&upguard, open, vec![set("investigator", email())]).await;
    holds(&after, "investigator", email());
    holds(&after, "threat_status", text("investigating"));
    holds(&change(&upguard, open, closed()).await, "threat_status", text("closed"));
    let reopened =
        vec![set("threat_status", text("investigating")), set("reopen.investigator", email())];
    holds(&change(&upguard, open, reopened).await, "threat_status", text("investigating"));
    let waived = vec![
        set("threat_status", text("closed")),
        set("close.request_reason", text("waived")),
        set("close.request_description", text("Known")),
    ];
    let remediated = change(&upguard, in_state("remediating"), waived).await;
    holds(&remediated, "threat_status", text("closed"));
    holds(&remediated, "requested", Some(Value::Bool(true)));
    // Closed meanwhile by somebody else: refused by the side, and certainly.
    let stale = Write {
        resource: Resource::Threat,
        current: Some(in_state("investigating").clone()),
        parent: None,
        set: closed(),
        marker: None,
        by: side::whenever(),
        intent: side::intent(),
    };
    upguard.send(&stale).await.expect("closed");
    assert!(matches!(upguard.send(&stale).await, Err(WriteError::Refused(_))));
}

#[tokio::test(start_paused = true)]
async fn a_task_is_made_found_changed_and_completed() {
    let (_, highlevel) = clients(&[("jane@x.com", "userOfTheSandbox0001")]);
    let contact = listed(&highlevel, Resource::Contact).await[0].key.id.clone();
    let due = |text: &str| Some(Value::Time(time(text)));
    let create = Write {
        resource: Resource::Task,
        current: None,
        parent: Some(contact.clone()),
        set: vec![
            set("contactId", Some(Value::text(contact.as_str()))),
            set("title", text("Review")),
            set("body", text("See the log.")),
            set("reference", text("T-7K2Q")),
            set("dueDate", due("2026-10-25T11:00:00Z")),
            set("completed", Some(Value::Bool(false))),
            set("assignee", text("jane@x.com")),
        ],
        marker: Some("0123ABCD".into()),
        by: side::whenever(),
        intent: side::intent(),
    };
    let sought = |marker: &str| Sought {
        resource: Resource::Task,
        parent: Some(contact.clone()),
        marker: Some(marker.to_owned()),
        key: None,
        max_age: std::time::Duration::ZERO,
    };
    let before = highlevel.find(&sought("0123ABCD")).await.expect("an answer").body;
    assert!(before.records.is_empty() && before.proves_absence);
    let id: RecordId = highlevel.send(&create).await.expect("made").body;
    let found = highlevel.find(&sought("0123ABCD")).await.expect("an answer").body;
    let [task] = found.records.as_slice() else { panic!("one task") };
    assert_eq!(task.key.id, id);
    let other = highlevel.find(&sought("ZZZZZZZZ")).await.expect("an answer").body;
    assert!(other.records.is_empty() && other.proves_absence);
    holds(task, "body", text("See the log."));
    holds(task, "marker", text("0123ABCD"));
    assert_eq!(read(&highlevel, task).await.reading, task.reading);
    let rows = listed(&highlevel, Resource::Task).await;
    let row = rows.iter().find(|row| row.key == task.key).expect("the search shows it");
    assert_eq!((&row.reading, &row.parent), (&task.reading, &task.parent));
    assert!(row.stamp.is_some());
    let all = vec![
        set("title", text("Review again")),
        set("dueDate", due("2026-11-25T11:00:00Z")),
        set("assignee", None),
        set("completed", Some(Value::Bool(true))),
    ];
    let after = change(&highlevel, task, all.clone()).await;
    for (path, held) in all {
        holds(&after, path.as_str(), held);
    }
    holds(&after, "body", text("See the log."));
}

#[tokio::test(start_paused = true)]
async fn what_is_said_about_a_threat_stands_at_both_ends() {
    let (upguard, highlevel) = clients(&[]);
    let threats = listed(&upguard, Resource::Threat).await;
    let investigated =
        |it: &&Record| it.reading.get(&"threat_status".into()) == Some(&text("investigating"));
    let threat = threats.iter().find(investigated).expect("one").key.id.clone();
    let contact = listed(&highlevel, Resource::Contact).await[0].key.id.clone();
    let ends: [(&dyn Remote, Resource, &RecordId, &str, &str); 2] = [
        (&upguard, Resource::Comment, &threat, "content", "threat"),
        (&highlevel, Resource::Note, &contact, "body", "contactId"),
    ];
    for (side, resource, owner, path, belongs) in ends {
        let write = Write {
            resource,
            current: None,
            parent: Some(owner.clone()),
            set: vec![set(path, text("Reset.")), set(belongs, text(owner.as_str()))],
            marker: Some("0123ABCD".into()),
            by: side::whenever(),
            intent: side::intent(),
        };
        let marker = Some("0123ABCD".to_owned());
        let sought = Sought {
            resource,
            parent: Some(owner.clone()),
            marker,
            key: None,
            max_age: std::time::Duration::ZERO,
        };
        let before = side.find(&sought).await.expect("an answer").body;
        assert!(before.records.is_empty() && before.proves_absence);
        let id = side.send(&write).await.expect("added").body;
        let found = side.find(&sought).await.expect("an answer").body;
        let [record] = found.records.as_slice() else { panic!("one {}", resource.noun()) };
        assert_eq!(record.key.id, id);
        holds(record, path, text("Reset."));
        let partition = Partition::Of(resource, owner.clone());
        let page = side.page(&partition, None).await.expect("a page").body;
        assert!(page.records.contains(record), "it is listed");
        let read = side.read(&record.key, Some(owner)).await.expect("an answer").body;
        assert_eq!(read.expect("a record").reading, record.reading);
        if resource == Resource::Note {
            let renewed = vec![set(path, text("Renewed."))];
            let after = change(&highlevel, record, renewed).await;
            holds(&after, path, text("Renewed."));
            holds(&after, "marker", text("0123ABCD"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_noted_of_a_vendor_is_read_with_it_and_notifications_by_themselves() {
    let (upguard, _) = clients(&[]);
    let (mut noted, mut silent) = (0, 0);
    for vendor in listed(&upguard, Resource::Vendor).await {
        let partition = Partition::Of(Resource::VendorNote, vendor.key.id.clone());
        let page = upguard.page(&partition, None).await.expect("a page").body;
        let [note] = page.records.as_slice() else { panic!("one note") };
        assert_eq!(
            (note.key.id.as_str(), note.parent.as_ref()),
            (vendor.key.id.as_str(), Some(&vendor.key.id))
        );
        match note.reading.get(&"note".into()) {
            Some(Some(_)) => noted += 1,
            Some(None) | None => silent += 1,
        }
    }
    assert!(noted > 0 && silent > 0, "{noted} of them are noted, {silent} are not");
    assert!(listed(&upguard, Resource::Notification).await.is_empty(), "nothing has happened yet");
}
