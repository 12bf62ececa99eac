//! What can a script say about a record, and which native field and value is meant?

use std::collections::BTreeMap;

use concordat_model::{Mirrored, Path, Reading, Record, RecordKey, Resource, Sight, Value};

/// The native fields of a resource that scripts can name, and their names there.
pub fn fields(resource: Resource) -> &'static [(&'static str, &'static str)] {
    match resource {
        Resource::Vendor => &[
            ("name", "name"),
            ("host", "primary_hostname"),
            ("phone", "attributes.phone"),
            ("email", "attributes.email"),
            ("address", "attributes.address"),
            ("description", "attributes.description"),
            ("labels", "labels"),
            ("tier", "tier"),
            ("score", "score"),
            ("assessment", "assessment"),
        ],
        Resource::VendorContact => &[
            ("name", "name"),
            ("email", "email_address"),
            ("phone", "phone_mobile"),
            ("title", "title"),
            ("notes", "notes"),
        ],
        Resource::Business => &[
            ("name", "name"),
            ("website", "website"),
            ("phone", "phone"),
            ("email", "email"),
            ("address", "address"),
            ("description", "description"),
            ("marker", "marker"),
            ("city", "city"),
        ],
        Resource::Contact => &[
            ("first", "firstName"),
            ("last", "lastName"),
            ("email", "email"),
            ("phone", "phone"),
            ("company", "companyName"),
            ("business", "businessId"),
            ("marker", "concordat_id"),
            ("city", "city"),
            ("tags", "tags"),
            ("tier", "custom.vendor_tier"),
            ("score", "custom.vendor_score"),
        ],
        Resource::Threat => &[
            ("title", "title"),
            ("summary", "summary"),
            ("state", "threat_status"),
            ("by", "investigator"),
            ("severity", "severity"),
            ("detected", "detected"),
            ("archived", "archived"),
            ("dismissed", "dismissed"),
            ("requested", "requested"),
        ],
        Resource::Task => &[
            ("title", "title"),
            ("body", "body"),
            ("due", "dueDate"),
            ("done", "completed"),
            ("by", "assignee"),
            ("marker", "marker"),
            ("at", "contactId"),
        ],
        Resource::Comment => &[
            ("text", "content"),
            ("by", "author"),
            ("when", "created"),
            ("marker", "marker"),
            ("about", "threat"),
        ],
        Resource::Note => {
            &[("text", "body"), ("when", "added"), ("marker", "marker"), ("at", "contactId")]
        }
        Resource::Notification => {
            &[("text", "description"), ("type", "type"), ("when", "occurred"), ("about", "about")]
        }
        Resource::VendorNote => &[("text", "note")],
        Resource::Risk => &[
            ("title", "title"),
            ("summary", "summary"),
            ("severity", "severity"),
            ("detected", "detected"),
            ("waived", "waived"),
        ],
        Resource::Questionnaire => &[
            ("name", "name"),
            ("summary", "summary"),
            ("sent", "sent"),
            ("due", "due"),
            ("over", "over"),
        ],
        Resource::CustomField => &[("key", "key"), ("name", "name"), ("type", "dataType")],
        Resource::Lead => &[("name", "name"), ("email", "email_address"), ("company", "company")],
        Resource::App => &[("title", "title"), ("summary", "summary"), ("policy", "policy")],
        Resource::Waiver => &[
            ("title", "title"),
            ("summary", "summary"),
            ("began", "began"),
            ("expires", "expires"),
            ("ended", "ended"),
        ],
        Resource::Disclosure => &[
            ("title", "title"),
            ("summary", "summary"),
            ("status", "status"),
            ("detected", "disclosed"),
        ],
    }
}

/// The native field that a script calls `name`.
pub fn path(resource: Resource, name: &str) -> Path {
    let found = fields(resource).iter().find(|(known, _)| *known == name);
    Path::new(found.unwrap_or_else(|| panic!("{resource:?} has no field {name}")).1)
}

/// A value as a script writes it: `PCI+SaaS` is a set of two, `3` a number where the field holds one.
pub fn native(path: &Path, value: &str) -> Value {
    match path.as_str() {
        "labels" | "tags" | "about" => Value::Set(value.split('+').map(str::to_owned).collect()),
        "tier" | "score" | "custom.vendor_tier" | "custom.vendor_score" => {
            Value::Integer(value.parse().expect("a number"))
        }
        "completed" | "archived" | "dismissed" | "requested" | "waived" | "ended" | "over" => {
            Value::Bool(value == "yes")
        }
        "detected" | "disclosed" | "dueDate" | "created" | "added" | "occurred" | "began"
        | "expires" | "sent" | "due" => {
            Value::Time(crate::world::at(value.parse().expect("a minute")))
        }
        _ => Value::text(value),
    }
}

/// The kind of record that a script calls so.
pub fn resource(kind: &str) -> Resource {
    match kind {
        "vendor" => Resource::Vendor,
        "person" => Resource::VendorContact,
        "business" => Resource::Business,
        "contact" => Resource::Contact,
        "threat" => Resource::Threat,
        "task" => Resource::Task,
        "comment" => Resource::Comment,
        "note" => Resource::Note,
        "notification" => Resource::Notification,
        "memo" => Resource::VendorNote,
        "leak" => Resource::Disclosure,
        "risk" => Resource::Risk,
        "field" => Resource::CustomField,
        "lead" => Resource::Lead,
        "waiver" => Resource::Waiver,
        "app" => Resource::App,
        "questionnaire" => Resource::Questionnaire,
        _ => panic!("no kind {kind}"),
    }
}

/// The mapping that recognises the records of `resource`.
pub fn mapping_of(resource: Resource) -> &'static str {
    match resource {
        Resource::Vendor | Resource::Business => "vendors",
        Resource::VendorContact | Resource::Contact => "contacts",
        Resource::Threat | Resource::Task => "threats",
        Resource::Comment | Resource::Note => "comments",
        Resource::Notification => "activity",
        Resource::VendorNote => "vendor_notes",
        Resource::CustomField => panic!("no mapping is about it"),
        Resource::Disclosure => "disclosures",
        Resource::Risk => "risks",
        Resource::Lead => "leads",
        Resource::Waiver => "waivers",
        Resource::App => "usage_policies",
        Resource::Questionnaire => "questionnaires",
    }
}

/// A record of which a script says nothing yet.
pub fn fresh(key: &RecordKey) -> Mirrored {
    let covered = fields(key.resource).iter().map(|(_, path)| (Path::new(*path), None));
    Mirrored {
        record: Record {
            key: key.clone(),
            parent: None,
            name: key.id.as_str().into(),
            stamp: None,
            reading: covered.collect::<Reading>(),
            sight: Sight::Listed,
        },
        moved: BTreeMap::new(),
        read_at: None,
        missing: 0,
    }
}

/// What people call a record.
pub fn title(record: &Record) -> String {
    let text = |path: &str| {
        let held = record.reading.get(&path.into()).cloned().flatten();
        held.and_then(|it| it.as_text().map(str::to_owned))
    };
    let parts: Vec<String> = match record.key.resource {
        Resource::Contact => [text("firstName"), text("lastName")].into_iter().flatten().collect(),
        Resource::Vendor
        | Resource::VendorContact
        | Resource::Lead
        | Resource::Questionnaire
        | Resource::Business
        | Resource::CustomField => text("name").into_iter().collect(),
        Resource::Threat
        | Resource::Disclosure
        | Resource::Waiver
        | Resource::App
        | Resource::Risk
        | Resource::Task => text("title").into_iter().collect(),
        Resource::Comment | Resource::Note | Resource::Notification | Resource::VendorNote => {
            Vec::new()
        }
    };
    if parts.is_empty() { record.key.id.to_string() } else { parts.join(" ") }
}
