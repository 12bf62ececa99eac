//! A plan with something of everything, made by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::DateTime;
use concordat_model::plan::{Candidate, Case, Census, Conflict, Notice};
use concordat_model::*;
use concordat_report::{Figure, Forecast};

pub fn time(text: &str) -> Time {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

pub fn text(value: &str) -> Held {
    Some(Value::text(value))
}

pub fn set(items: &[&str]) -> Held {
    Some(Value::Set(items.iter().map(|it| (*it).to_owned()).collect()))
}

pub fn number(value: i64) -> Held {
    Some(Value::Integer(value))
}

pub fn only(side: Side) -> Why {
    Why::about(Rule::OnlyMoved, side)
}

pub fn last(side: Side, evidence: Evidence, apart_ms: i64) -> Why {
    Why::about(Rule::LastWriteWins, side).with_evidence(evidence, Some(apart_ms))
}

pub fn field(name: &str, path: &str, before: Held, after: Held, why: Why) -> FieldStep {
    let source = after.clone();
    FieldStep { name: name.into(), path: path.into(), before, after, source, why }
}

pub fn key(resource: Resource, id: &str) -> RecordKey {
    RecordKey::new(resource, id)
}

pub fn step(
    id: &str,
    mapping: &str,
    record: RecordKey,
    name: &str,
    fields: Vec<FieldStep>,
) -> Step {
    Step {
        id: id.into(),
        mapping: mapping.into(),
        link: LinkId::new(format!("L-{}", record.id)),
        side: record.side(),
        entity: record.resource.entity().into(),
        resource: record.resource,
        name: name.into(),
        action: Action::Update,
        why: fields[0].why,
        fields,
        constants: BTreeMap::new(),
        marker: None,
        lookup: None,
        blanks: Vec::new(),
        despite: Vec::new(),
        source_stamp: None,
        identity: BTreeMap::new(),
        sources: Vec::new(),
        matched: None,
        side_effects: Vec::new(),
        record: Some(record),
    }
}

pub fn creation() -> Step {
    let why = Why::about(Rule::Missing, Side::Highlevel);
    let fields = vec![
        field("first name", "firstName", None, text("Ada"), why),
        field("last name", "lastName", None, text("Lovelace"), why),
        field("e-mail", "email", None, text("ada@analytical.example"), why),
        field("phone", "phone", None, text("+442079460958"), why),
    ];
    let constants = [
        ("dnd", Value::Bool(true)),
        ("source", Value::text("concordat")),
        ("tags", set(&["concordat:new"]).unwrap()),
    ];
    Step {
        record: None,
        action: Action::Create,
        constants: constants.into_iter().map(|(path, value)| (path.into(), value)).collect(),
        marker: Some("[concordat:7K2QX0V9]".into()),
        sources: vec![key(Resource::VendorContact, "8814")],
        matched: Some(Matched::ByCreation),
        side_effects: vec!["a workflow that starts on new contacts may run".into()],
        ..step("S1", "contacts", key(Resource::Contact, "new"), "Ada Lovelace", fields)
    }
}

pub fn phone_update() -> Step {
    let fields = vec![
        field("phone", "phone", text("+12025550100"), text("+12025550199"), only(Side::Upguard)),
        field("title", "customFields.title", text("Rear Admiral"), None, only(Side::Upguard)),
    ];
    let record = key(Resource::Contact, "ocQHyuzHvysMo5N5VsXc");
    Step {
        sources: vec![key(Resource::VendorContact, "8815")],
        matched: Some(Matched::ByKey("e-mail".into())),
        ..step("S2", "contacts", record, "Grace Hopper", fields)
    }
}

pub fn tier_update() -> Step {
    let fields = vec![
        field(
            "tier",
            "tier",
            number(2),
            number(1),
            last(Side::Highlevel, Evidence::Proven, 11_520_000),
        ),
        field("owner", "attributes.Owner", None, text("Milton W."), only(Side::Highlevel)),
        field(
            "phone",
            "attributes.Main phone",
            text("+1 512 555 0100"),
            text("+1 512 555 0111"),
            last(Side::Highlevel, Evidence::Likely, 95_000),
        ),
    ];
    step("S3", "vendors", key(Resource::Vendor, "2201"), "Initech", fields)
}

fn score_update() -> Step {
    let long = "Supplier of cogs, gears and differential assemblies for the northern region. ";
    let before = format!("{}Reviewed in 2025.", long.repeat(4));
    let after = format!("{}Reviewed in 2026.\nNext review in May.", long.repeat(4));
    let many: Vec<String> = (1..=14).map(|it| format!("category-{it:02}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let fields = vec![
        field("score", "customFields.score", number(711), number(742), only(Side::Upguard)),
        field("notes", "description", text(&before), text(&after), only(Side::Upguard)),
        field(
            "labels",
            "tags",
            set(&many),
            set(&[&many[1..], &["critical"]].concat()),
            Why::about(Rule::Fallback, Side::Upguard).with_evidence(Evidence::Undecided, Some(0)),
        ),
    ];
    step("S4", "vendors", key(Resource::Business, "63771dcac1116f0e21de8e12"), "Globex", fields)
}

/// A label that was added to the vendor, and one that was taken away, on one of its contacts.
fn label_update() -> Step {
    let fields = vec![field(
        "labels",
        "tags",
        set(&["newsletter", "ug:old", "ug:pci"]),
        set(&["newsletter", "ug:iso 27001", "ug:pci"]),
        only(Side::Upguard),
    )];
    let record = key(Resource::Contact, "ocQHyuzHvysMo5N5VsXc");
    Step {
        link: "L-2201-ocQ".into(),
        sources: vec![key(Resource::Vendor, "2201")],
        ..step("S6", "labels", record, "Grace Hopper", fields)
    }
}

/// A tag that somebody gave to a contact arrives as the vendor's first label.
fn first_label() -> Step {
    let why = only(Side::Highlevel);
    let fields = vec![field("labels", "labels", None, set(&["DORA"]), why)];
    Step {
        link: "L-2210-aB3dE".into(),
        sources: vec![key(Resource::Contact, "aB3dE")],
        ..step("S7", "labels", key(Resource::Vendor, "2210"), "Stark Industries", fields)
    }
}

fn owner_update() -> Step {
    let why = last(Side::Upguard, Evidence::Likely, 7_260_000);
    let fields = vec![
        field("tier", "customFields.tier", number(3), number(2), only(Side::Upguard)),
        field("owner", "customFields.owner", text("G. C."), text("Art V."), why),
    ];
    step("S5", "vendors", key(Resource::Business, "biz91"), "Vandelay", fields)
}

pub fn conflicts() -> Vec<Conflict> {
    let undecided = Why::plain(Rule::Hold).with_evidence(Evidence::Undecided, Some(0));
    vec![
        Conflict {
            id: "9F3KZ0T1QB".into(),
            link: "L-63771dcac1116f0e21de8e12".into(),
            mapping: "vendors".into(),
            field: "tier".into(),
            ends: Sides {
                upguard: vec![key(Resource::Vendor, "2204")],
                highlevel: vec![key(Resource::Business, "63771dcac1116f0e21de8e12")],
            },
            name: "Globex".into(),
            base: Some(Sides { upguard: number(2), highlevel: number(2) }),
            held: Sides { upguard: number(1), highlevel: number(3) },
            can_write: Sides { upguard: true, highlevel: true },
            why: undecided,
        },
        Conflict {
            id: "M40X7C2R8D".into(),
            link: "L-hooli".into(),
            mapping: "vendors".into(),
            field: "owner".into(),
            ends: Sides {
                upguard: vec![key(Resource::Vendor, "2206")],
                highlevel: vec![key(Resource::Business, "biz77")],
            },
            name: "Hooli".into(),
            base: None,
            held: Sides { upguard: text("Gavin B."), highlevel: text("Richard H.") },
            can_write: Sides { upguard: false, highlevel: true },
            why: Why::plain(Rule::FirstDiffers),
        },
    ]
}

pub fn cases() -> Vec<Case> {
    let candidate =
        |id: &str, name: &str| Candidate { record: key(Resource::Contact, id), name: name.into() };
    vec![Case {
        id: "C7W2M".into(),
        mapping: "contacts".into(),
        record: key(Resource::VendorContact, "8820"),
        name: "J. Smith".into(),
        candidates: vec![candidate("aB3dE", "John Smith"), candidate("fG5hI", "Jane Smith")],
        says: "two HighLevel contacts have the e-mail j.smith@initech.example".into(),
    }]
}

pub fn drift() -> Vec<Notice> {
    vec![Notice {
        mapping: "contacts".into(),
        link: Some("L-ocQHyuzHvysMo5N5VsXc".into()),
        record: key(Resource::Contact, "ocQHyuzHvysMo5N5VsXc"),
        name: "Grace Hopper".into(),
        field: Some("last name".into()),
        held: Some(Sides { upguard: text("Hopper"), highlevel: text("Murray Hopper") }),
        why: Why::about(Rule::Drift, Side::Highlevel),
    }]
}

pub fn held() -> Vec<Notice> {
    vec![
        Notice {
            mapping: "contacts".into(),
            link: None,
            record: key(Resource::VendorContact, "8831"),
            name: "Switchboard".into(),
            field: None,
            held: None,
            why: Why::plain(Rule::NoIdentity),
        },
        Notice {
            mapping: "vendors".into(),
            link: Some("L-2207".into()),
            record: key(Resource::Vendor, "2207"),
            name: "Umbrella".into(),
            field: None,
            held: None,
            why: Why::about(Rule::Unwritable, Side::Upguard),
        },
    ]
}

fn settlements() -> Vec<Settlement> {
    let agreed =
        Agreed { held: Sides { upguard: number(3), highlevel: number(3) }, how: Agreement::Equal };
    vec![Settlement {
        link: "L-77".into(),
        mapping: "vendors".into(),
        name: "Stark Industries".into(),
        ends: Sides {
            upguard: vec![key(Resource::Vendor, "2210")],
            highlevel: vec![key(Resource::Business, "biz77")],
        },
        matched: Some(Matched::ByKey("host name".into())),
        fields: [("tier".into(), agreed)].into_iter().collect(),
        stamps: Sides::default(),
    }]
}

pub fn empty() -> Plan {
    let tenant = |id: &str, name: &str| Tenant { id: id.into(), name: name.into(), can_mark: true };
    Plan {
        pair: "emea".into(),
        made_at: time("2026-03-14T02:00:11Z"),
        mapping: Fingerprint::of("mapping", &[b"sample"]),
        tenants: Sides {
            upguard: tenant("4711", "Acme Industries"),
            highlevel: tenant("ve9EPM428h8vShlRW1KT", "Acme Vendor Desk"),
        },
        expected_tenants: None,
        expected_mapping: None,
        position: 7,
        first_agreement: BTreeSet::new(),
        first_allowed: false,
        scope: Scope::default(),
        gates: BTreeSet::new(),
        census: vec![Census {
            resource: Resource::Vendor,
            now: 240,
            before: Some(238),
            complete: true,
            outside: 0,
        }],
        missing_canaries: Vec::new(),
        steps: Vec::new(),
        endowments: Vec::new(),
        settlements: Vec::new(),
        conflicts: Vec::new(),
        cases: Vec::new(),
        drift: Vec::new(),
        held: Vec::new(),
        quarantined: Vec::new(),
        dismissals: Vec::new(),
        unmatched: 0,
    }
}

pub fn rich() -> Plan {
    Plan {
        first_agreement: ["contacts".into()].into_iter().collect(),
        steps: vec![
            tier_update(),
            score_update(),
            owner_update(),
            creation(),
            phone_update(),
            first_label(),
            label_update(),
        ],
        settlements: settlements(),
        conflicts: conflicts(),
        cases: cases(),
        drift: drift(),
        held: held(),
        unmatched: 1314,
        ..empty()
    }
}

pub fn refusals(plan: &Plan) -> Vec<Refusal> {
    guard::findings(plan, &Limits::default())
}

/// As if each step took a reading before it and one after it.
pub fn cost(plan: &Plan) -> Forecast {
    let figure = |side| {
        let steps = plan.steps.iter().filter(|it| it.side == side).count() as u64;
        let (operation, quota) = match side {
            Side::Upguard => ("GET /vendor", None),
            Side::Highlevel => ("GET /contacts/{contactId}", Some(200_000)),
        };
        let time = Duration::from_millis(110 * steps);
        Figure { side, operation: operation.into(), requests: 2 * steps, time, quota }
    };
    Forecast::of(Side::BOTH.map(figure).into_iter().filter(|it| it.requests > 0).collect())
}
