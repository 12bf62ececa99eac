//! What of a vendor do the HighLevel contacts of its people carry? The built-in mappings `labels` and
//! `profiles`: one vendor, and as many replicas as it has people.

use concordat_model::{MappingName, Resource, Side, Sides};

use crate::builtin::{field, problem};
use crate::capability::CUSTOM;
use crate::lens::{Kind, Lens};
use crate::rules::{Contest, Drift, Fallback, FieldRule, Joins, Mapping, Replicas};
use crate::sets::{SetEnd, SetRule, Shares};
use crate::settings::{Problem, Settings};

/// What is wrong with a namespace of tags.
pub(crate) fn unfit(namespace: &str) -> Option<Problem> {
    let says = if namespace.trim().is_empty() {
        "it is empty, so every tag would be a label; write for example \"ug:\""
    } else if namespace != namespace.trim() || namespace.to_lowercase() != namespace {
        "HighLevel keeps tags in lower case, without spaces around them; write it so"
    } else if "concordat:".starts_with(namespace) || namespace.starts_with("concordat:") {
        "tags that begin with \"concordat:\" are concordat's own; take another"
    } else {
        return None;
    };
    Some(problem("labels.namespace", says.into()))
}

const VENDOR_AND_ITS_CONTACTS: Sides<Resource> =
    Sides { upguard: Resource::Vendor, highlevel: Resource::Contact };

fn of_vendors(name: &str, fields: Vec<FieldRule>, sets: Vec<SetRule>) -> Mapping {
    Mapping {
        name: MappingName::new(name),
        resources: VENDOR_AND_ITS_CONTACTS,
        joins: Joins::Replicas(Replicas {
            single: Side::Upguard,
            through: MappingName::new("contacts"),
        }),
        fields,
        sets,
        identity: Sides { upguard: vec!["primary_hostname".into()], highlevel: Vec::new() },
    }
}

pub(crate) fn labels(settings: &Settings) -> Mapping {
    let upguard = SetEnd {
        path: "labels".into(),
        shares: Shares::Patterns(settings.labels.include.clone()),
        barrier: Some(','),
    };
    let highlevel = SetEnd {
        path: "tags".into(),
        shares: Shares::Namespace(settings.labels.namespace.clone()),
        barrier: None,
    };
    let labels = SetRule { name: "labels".into(), ends: Sides { upguard, highlevel } };
    of_vendors("labels", Vec::new(), vec![labels])
}

/// UpGuard computes score and assessment, so nobody is asked about them, and what somebody else wrote
/// over them is put back.
pub(crate) fn profiles(settings: &Settings) -> Mapping {
    let custom = &settings.profiles;
    let field = |name, kind, key: &str| {
        let path = format!("{CUSTOM}{key}");
        field(VENDOR_AND_ITS_CONTACTS, name, kind, (name, Lens::Plain), (&path, Lens::Plain))
    };
    let computed = |rule| FieldRule { adopt: Some(Side::Upguard), drift: Drift::Restore, ..rule };
    let tier = FieldRule {
        contest: Contest::LastWriteWins { fallback: Fallback::Upguard },
        ..field("tier", Kind::Number, &custom.tier)
    };
    let fields = vec![
        tier,
        computed(field("score", Kind::Number, &custom.score)),
        computed(field("assessment", Kind::Text, &custom.assessment)),
    ];
    of_vendors("profiles", fields, Vec::new())
}
