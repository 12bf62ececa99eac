//! What can a script say about a record, and which native field and value is meant?

use concordat_model::{Path, Resource, Value};

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
        "completed" | "archived" | "dismissed" | "requested" => Value::Bool(value == "yes"),
        "detected" | "dueDate" | "created" | "added" | "occurred" => {
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
    }
}
