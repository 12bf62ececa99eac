//! What does HighLevel say beside a record now? A side that does not answer spoils nothing that is known.

use concordat_connectors::{Highlevel, highlevel};
use concordat_model::{Record, RecordKey, Resource, View};
use concordat_remote::Failure;
use concordat_report::explain::{Appointment, Belonging, Beside};

/// Asks about each of `records` of which there is something to ask; people are called as in `mirrored`.
pub async fn ask(side: &Highlevel, records: &[RecordKey], mirrored: &View) -> Vec<Beside> {
    let mut beside = Vec::new();
    for record in records {
        let answer = match record.resource {
            Resource::Contact => appointments(side, record).await,
            Resource::Business => contacts(side, record, mirrored).await,
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Task
            | Resource::Comment
            | Resource::Note
            | Resource::Notification
            | Resource::VendorNote
            | Resource::CustomField
            | Resource::Risk
            | Resource::Questionnaire => continue,
        };
        let unanswered =
            |it: Failure| Beside::Unanswered { record: record.clone(), says: it.to_string() };
        beside.push(answer.unwrap_or_else(unanswered));
    }
    beside
}

async fn appointments(side: &Highlevel, record: &RecordKey) -> Result<Beside, Failure> {
    let appointment = |it: highlevel::Appointment| Appointment {
        id: it.id,
        title: it.title.unwrap_or_default().into(),
        starts: it.starts,
        ends: it.ends,
        status: it.status,
    };
    let listed = side.appointments(&record.id).await?.into_iter().map(appointment).collect();
    Ok(Beside::Appointments { record: record.clone(), listed })
}

async fn contacts(
    side: &Highlevel,
    record: &RecordKey,
    mirrored: &View,
) -> Result<Beside, Failure> {
    let highlevel::Belonging { contacts, total } = side.contacts_of(&record.id).await?;
    let name = |key: &RecordKey| mirrored.records.get(key).map(|it| &it.record);
    let belonging = |id| {
        let record = RecordKey { resource: Resource::Contact, id };
        let name = name(&record).map(|it: &Record| it.name.clone()).unwrap_or_default();
        Belonging { record, name }
    };
    let listed = contacts.into_iter().map(belonging).collect();
    Ok(Beside::Contacts { record: record.clone(), listed, total })
}
