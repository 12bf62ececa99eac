//! A link with a field of every kind, made by hand, and things that have no link.

use concordat_model::*;
use concordat_report::explain::*;

use crate::sample::{self, key, number, only, set, text, time};

/// Tuesday morning: a conflict, a write, drift, a value that is not kept, and fields that are fine.
pub fn fields() -> Vec<FieldFacts> {
    let proven = Why::about(Rule::LastWriteWins, Side::Highlevel)
        .with_evidence(Evidence::Proven, Some(601_000));
    let undecided = Why::plain(Rule::Hold).with_evidence(Evidence::Undecided, None);
    let quiet = FieldFacts {
        ends: Sides {
            upguard: end("name", Written::Never, text("Olive Freight SAS"), Some(false)),
            highlevel: end("name", Written::Always, text("Olive Freight SAS"), Some(false)),
        },
        agreed: same(text("Olive Freight SAS")),
        ..both_ways("name")
    };
    let ours = end("attributes.Main phone", Written::Always, text("+61255500123"), Some(true));
    let theirs = end("phone", Written::Always, text("+61255500188"), Some(true));
    let phone = FieldFacts {
        ends: Sides {
            upguard: between(ours, "2026-11-23T20:00:07Z", "2026-11-24T07:06:10Z", false),
            highlevel: between(theirs, "2026-11-24T07:16:11Z", "2026-11-24T07:21:40Z", true),
        },
        agreed: Some(AgreedFacts {
            held: Sides { upguard: text("+61255500100"), highlevel: text("+61255500100") },
            how: Agreement::Normalised,
        }),
        outcome: Upshot::Write { to: Side::Upguard, after: text("+61255500188"), why: proven },
        ..both_ways("phone")
    };
    let description = FieldFacts {
        ends: Sides {
            upguard: watched(
                end(
                    "attributes.Relationship notes",
                    Written::Always,
                    text("Renewal in March; ask Mireille for the SOC 2 report before the call"),
                    Some(true),
                ),
                false,
            ),
            highlevel: watched(
                end("description", Written::Always, text("Renewal moved to April"), Some(true)),
                true,
            ),
        },
        agreed: same(None),
        outcome: Upshot::Ask { conflict: "c-0REWK416VF".into(), why: undecided },
        ..both_ways("description")
    };
    let email = FieldFacts {
        outcome: Upshot::Hold { why: Why::about(Rule::Taken, Side::Highlevel) },
        ends: Sides {
            upguard: end(
                "attributes.Main email",
                Written::Always,
                text("desk@olive.example"),
                None,
            ),
            highlevel: end("email", Written::Always, None, None),
        },
        ..both_ways("email")
    };
    let website = FieldFacts {
        ends: Sides {
            upguard: end("primary_hostname", Written::Never, text("olive.example"), Some(false)),
            highlevel: watched(
                end("website", Written::Always, text("shop.olive.example"), Some(true)),
                true,
            ),
        },
        agreed: same(text("olive.example")),
        outcome: Upshot::Report { why: Why::about(Rule::Drift, Side::Highlevel) },
        ..both_ways("website")
    };
    let tier = FieldFacts {
        ends: Sides {
            upguard: EndFacts {
                form: Some("as a number".into()),
                ..end("tier", Written::Always, number(2), Some(false))
            },
            highlevel: end("tier", Written::Always, number(3), Some(false)),
        },
        agreed: Some(AgreedFacts {
            held: Sides { upguard: number(2), highlevel: number(3) },
            how: Agreement::Decided,
        }),
        ..both_ways("tier")
    };
    vec![quiet, website, phone, email, tier, description]
}

fn both_ways(name: &str) -> FieldFacts {
    FieldFacts {
        name: name.into(),
        ends: Sides::from_fn(|_| end("x", Written::Always, None, None)),
        agreed: None,
        rule: RuleFacts {
            contest: Contest::LastWriteWins { fallback: None },
            strength: Strength::Enforce,
            adopt: Some(Side::Highlevel),
            restores: false,
            skew_limit_ms: 30_000,
        },
        decided: None,
        outcome: Upshot::Nothing,
    }
}

fn end(path: &str, written: Written, held: Held, moved: Option<bool>) -> EndFacts {
    let until = time("2026-11-20T09:12:44Z");
    let since = Interval { after: None, until, stamped: false };
    EndFacts { path: path.into(), form: None, written, covered: true, held, moved, since }
}

/// Seen with another value shortly before.
fn watched(end: EndFacts, stamped: bool) -> EndFacts {
    between(end, "2026-11-24T06:16:02Z", "2026-11-24T07:26:11Z", stamped)
}

fn between(end: EndFacts, after: &str, until: &str, stamped: bool) -> EndFacts {
    EndFacts { since: Interval { after: Some(time(after)), until: time(until), stamped }, ..end }
}

fn same(held: Held) -> Option<AgreedFacts> {
    let held = Sides { upguard: held.clone(), highlevel: held };
    Some(AgreedFacts { held, how: Agreement::Equal })
}

pub fn linked() -> Explanation {
    let listed = |text: &str, ahead_ms| Glance { listed: Some(time(text)), ahead_ms };
    Explanation {
        pair: "emea".into(),
        mapping: Some("vendors".into()),
        link: Some("4488JR2VDV".into()),
        name: "Olive Freight SAS".into(),
        records: vec![
            key(Resource::Vendor, "100052"),
            key(Resource::Business, "4fb0c1116f0e21de8e1263d2"),
        ],
        mirrored: Sides {
            upguard: listed("2026-11-24T07:26:11Z", 2_000),
            highlevel: listed("2026-11-24T07:26:13Z", -400),
        },
        touched: Some(Touched {
            entry: 31,
            at: time("2026-11-24T02:00:13Z"),
            run: Some("r000042".into()),
        }),
        stands: Stands::Linked { matched: None },
        beside: Vec::new(),
    }
}

/// A business and a contact, and what HighLevel says beside them.
pub fn live() -> Explanation {
    let (business, contact) = (key(Resource::Business, "b1"), key(Resource::Contact, "c1"));
    let appointment = |id: &str, title: &str, status: &str| Appointment {
        id: id.into(),
        title: title.into(),
        starts: Some("2026-12-01 10:00:00".into()),
        ends: Some("2026-12-01 10:30:00".into()),
        status: Some(status.into()),
    };
    let belonging =
        |id: &str, name: &str| Belonging { record: key(Resource::Contact, id), name: name.into() };
    let bare = Appointment { starts: None, ends: None, status: None, ..appointment("a3", "?", "") };
    let beside = vec![
        Beside::Appointments {
            record: contact.clone(),
            listed: vec![
                appointment("a1", "Kick-off", "confirmed"),
                appointment("a2", "Security review", "cancelled"),
                bare,
            ],
        },
        Beside::Appointments { record: key(Resource::Contact, "c2"), listed: Vec::new() },
        Beside::Contacts {
            record: business,
            listed: vec![belonging("c1", "Ada Lovelace"), belonging("c9", "")],
            total: 5,
        },
        Beside::Unanswered { record: contact, says: "HighLevel did not answer in time".into() },
    ];
    Explanation { beside, ..linked() }
}

/// Records that no link has, each with where it stands.
pub fn unlinked() -> Vec<Explanation> {
    let case = sample::cases().remove(0);
    let step = sample::creation();
    let all = [
        Stands::Case { case: Box::new(case) },
        Stands::Create { step: Box::new(step) },
        Stands::Held { why: Why::plain(Rule::NoIdentity) },
        Stands::Never { case: "m-Q9TME4865C".into() },
        Stands::Unmatched,
        Stands::Unlisted,
        Stands::Unmapped,
        Stands::Late,
    ];
    let told = |stands| Explanation {
        mapping: Some("contacts".into()),
        link: None,
        name: "Ada Lovelace".into(),
        records: vec![key(Resource::VendorContact, "8814")],
        touched: None,
        stands,
        ..linked()
    };
    all.into_iter().map(told).collect()
}

/// What the vendor shares with its contacts: a label that goes to one of them, a tag that another of
/// its vendors would have to explain, contacts that are fine, and one that is gone.
pub fn replicas() -> Vec<ReplicaFacts> {
    let write = Upshot::Write {
        to: Side::Highlevel,
        after: set(&["newsletter", "ug:iso 27001", "ug:pci"]),
        why: only(Side::Upguard),
    };
    let hold = Upshot::Hold { why: Why::about(Rule::Shared, Side::Highlevel) };
    let tier = FieldFacts {
        ends: Sides {
            upguard: end("tier", Written::Always, number(2), Some(false)),
            highlevel: watched(
                end("custom.vendor_tier", Written::Always, number(1), Some(true)),
                false,
            ),
        },
        agreed: same(number(2)),
        outcome: Upshot::Hold { why: Why::about(Rule::Contested, Side::Highlevel) },
        ..both_ways("tier")
    };
    let mut score = both_ways("score");
    score.ends.highlevel =
        EndFacts { covered: false, ..end("custom.vendor_score", Written::Always, None, None) };
    let lovelace = ("ocQHyuzHvysMo5N5VsXc", "Grace Hopper");
    let labels = |who, set| replica("labels", who, Vec::new(), vec![set]);
    let quiet = |who| labels(who, labels_of(&["ug:pci"], &["PCI"], Vec::new()));
    let mut gone = replica("labels", ("gone1", "Ida Rhodes"), Vec::new(), Vec::new());
    gone.stands = Stands::Held { why: Why::about(Rule::Gone, Side::Highlevel) };
    vec![
        labels(
            lovelace,
            labels_of(&["newsletter", "ug:pci", "ug:old"], &["PCI", "old"], vec![write]),
        ),
        labels(("aB3dE", "John Smith"), labels_of(&["ug:nda", "ug:pci"], &["PCI"], vec![hold])),
        quiet(("fG5hI", "Jane Smith")),
        gone,
        replica("profiles", lovelace, vec![tier, score], Vec::new()),
    ]
}

fn replica(
    mapping: &str,
    (id, name): (&str, &str),
    fields: Vec<FieldFacts>,
    sets: Vec<SetFacts>,
) -> ReplicaFacts {
    ReplicaFacts {
        mapping: mapping.into(),
        link: LinkId::new(format!("{}-{id}", &mapping[..1].to_uppercase())),
        record: key(Resource::Contact, id),
        name: name.into(),
        stands: Stands::Linked { matched: None },
        fields,
        sets,
    }
}

/// Tags of a contact, beside the labels of its vendor and what was agreed.
fn labels_of(tags: &[&str], agreed: &[&str], outcomes: Vec<Upshot>) -> SetFacts {
    let shared: Vec<&str> = tags.iter().filter_map(|it| it.strip_prefix("ug:")).collect();
    let agreed_tags: Vec<String> = agreed.iter().map(|it| it.to_lowercase()).collect();
    let agreed_tags: Vec<&str> = agreed_tags.iter().map(String::as_str).collect();
    let now: &[&str] = if outcomes.is_empty() { &["PCI"] } else { &["ISO 27001", "PCI"] };
    let moved = Some(!outcomes.is_empty());
    let end = |path: &str, shared, held| SetEndFacts {
        path: path.into(),
        covered: true,
        shared,
        moved,
        held,
    };
    SetFacts {
        name: "labels".into(),
        ends: Sides {
            upguard: end("labels", set(now), set(now)),
            highlevel: end("tags", set(&shared), set(tags)),
        },
        agreed: Some(AgreedFacts {
            held: Sides { upguard: set(agreed), highlevel: set(&agreed_tags) },
            how: Agreement::Equal,
        }),
        outcomes,
    }
}
