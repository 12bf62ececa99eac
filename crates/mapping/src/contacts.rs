//! Which contact does a person at a vendor become, and under which business does it stand? The built-in
//! mapping `contacts`.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{Field, MappingName, Path, Resource, Side, Sides, Value};

use crate::builtin::{field, problem};
use crate::capability::VENDOR_BUSINESS;
use crate::lens::{Kind, Lens};
use crate::rules::{Alike, Creates, FieldRule, Joins, Key, Mapping, Place, Strength, Unless};
use crate::settings::{NewContact, Problem, Settings};

/// What of the settings cannot be.
pub(crate) fn unfit(settings: &Settings) -> Option<Problem> {
    let says = "which business is a vendor's is known from the mapping of vendors, which is off";
    let is_known = settings.vendors.enabled || !settings.contacts.business;
    (!is_known).then(|| problem("contacts.business", says.into()))
}

/// UpGuard vendor contacts and HighLevel contacts.
pub(crate) fn contacts(settings: &Settings) -> Mapping {
    let resources = Sides { upguard: Resource::VendorContact, highlevel: Resource::Contact };
    let field = |name, kind, upguard: (&str, Lens), highlevel: (&str, Lens)| {
        field(resources, name, kind, upguard, highlevel)
    };
    let company = FieldRule {
        strength: Strength::Initial,
        ..field("company", Kind::Text, ("vendor.name", Lens::Plain), ("companyName", Lens::Plain))
    };
    let business =
        field("business", Kind::Text, (VENDOR_BUSINESS, Lens::Plain), ("businessId", Lens::Plain));
    let names = vec!["first_name".into(), "last_name".into()];
    Mapping {
        name: MappingName::new("contacts"),
        fields: vec![
            field("first_name", Kind::Text, ("name", Lens::FirstName), ("firstName", Lens::Plain)),
            field("last_name", Kind::Text, ("name", Lens::LastName), ("lastName", Lens::Plain)),
            field("email", Kind::Email, ("email_address", Lens::Plain), ("email", Lens::Plain)),
            field("phone", Kind::Phone, ("phone_mobile", Lens::Phone), ("phone", Lens::Phone)),
            company,
        ]
        .into_iter()
        .chain(settings.contacts.business.then_some(business))
        .collect(),
        resources,
        sets: Vec::new(),
        identity: Sides::default(),
        joins: Joins::Alike(Box::new(Alike {
            keys: vec![Key {
                field: "email".into(),
                title: "e-mail address",
                unless: Some(Unless::NoCommonWord(names.clone())),
            }],
            gathers: true,
            creates: creates(&settings.contacts.create, names),
        })),
    }
}

/// How a contact is made, whatever it is made from. `suspects`: what makes one without an e-mail address look
/// like one that exists.
pub(crate) fn creates(new: &NewContact, suspects: Vec<Field>) -> Creates {
    let tags: BTreeSet<String> = new.tags.iter().map(|tag| tag.trim().to_lowercase()).collect();
    let mut constants = BTreeMap::from([(Path::new("dnd"), Value::Bool(new.dnd))]);
    if !new.source.is_empty() {
        constants.insert(Path::new("source"), Value::text(&new.source));
    }
    if !tags.is_empty() {
        constants.insert(Path::new("tags"), Value::Set(tags));
    }
    Creates {
        side: Side::Highlevel,
        constants,
        identity: Some("email".into()),
        required: None,
        suspects,
        place: Place::Itself,
        unless: Vec::new(),
        baseline: None,
        due: None,
    }
}
