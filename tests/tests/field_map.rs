//! Does `docs/field-map.md` say what the built-in rules do? Every row of its tables is made again from
//! the rules; a row that is missing, stale or too many fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use concordat_mapping::disclosures::Disclosures;
use concordat_mapping::leads::Leads;
use concordat_mapping::questionnaires::Questionnaires;
use concordat_mapping::risks::Risks;
use concordat_mapping::settings::{Anchors, Attributes, Contacts, Settings, Vendors};
use concordat_mapping::usage_policies::UsagePolicies;
use concordat_mapping::vendor_moves::VendorMoves;
use concordat_mapping::waivers::Waivers;
use concordat_mapping::{
    Access, Baseline, Contest, Drift, Fallback, Feed, FieldRule, Joins, Kind, Lens, Mapping,
    SetRule, Shares, Strength, Unless, is_stamped, rules,
};
use concordat_model::{Side, Sides};

fn page() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("one below the root");
    fs::read_to_string(root.join("docs/field-map.md")).expect("docs/field-map.md")
}

/// The built-in mappings, with every attribute named so that every field is mapped.
fn built_in() -> Vec<Mapping> {
    let name = |text: &str| Some(text.to_owned());
    let attributes = Attributes {
        phone: name("<phone>"),
        email: name("<email>"),
        address: name("<address>"),
        description: name("<description>"),
    };
    let settings = Settings {
        vendors: Vendors { attributes, ..Vendors::default() },
        contacts: Contacts { business: true, ..Contacts::default() },
        disclosures: Disclosures { enabled: true, ..Disclosures::default() },
        waivers: Waivers { enabled: true, ..Waivers::default() },
        usage_policies: UsagePolicies { enabled: true, ..UsagePolicies::default() },
        leads: Leads { enabled: true, ..Leads::default() },
        vendor_tiers: VendorMoves { enabled: true, ..VendorMoves::default() },
        vendor_assessments: VendorMoves { enabled: true, ..VendorMoves::default() },
        risks: Risks { enabled: true, ..Risks::default() },
        questionnaires: Questionnaires { enabled: true, ..Questionnaires::default() },
        anchors: Anchors { organisation: Some("<anchor>".into()), ..Anchors::default() },
        ..Settings::default()
    };
    rules(&settings, 30_000).expect("sensible settings").mappings
}

fn lens(lens: &Lens) -> &'static str {
    match lens {
        Lens::Plain => "plain",
        Lens::Phone => "phone",
        Lens::WebAddress => "web address",
        Lens::FirstName => "first word",
        Lens::LastName => "other words",
        Lens::Closed => "closed",
        Lens::Ended(_) => "ended",
        Lens::Anew => "anew",
        Lens::Part { .. } => "part",
        Lens::Memo(..) => "heading",
        Lens::Form(_) | Lens::ReadOnly(_) => "a form that no built-in field has",
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Email => "e-mail",
        Kind::Phone => "phone",
        Kind::Host => "host name",
        Kind::Number => "number",
        Kind::Flag => "yes or no",
        Kind::Day | Kind::Caseless => "a kind that no built-in field has",
    }
}

fn flow(access: Sides<Access>) -> &'static str {
    match (access.upguard, access.highlevel) {
        (Access::Always, Access::Always) => "both ways",
        (Access::Never, Access::Always) => "to HighLevel",
        (Access::Never, Access::OnCreate) => "to HighLevel, at creation",
        (Access::OnCreate, Access::OnCreate) => "both ways, at creation",
        (Access::Never, Access::Never)
        | (Access::Always, Access::Never | Access::OnCreate)
        | (Access::OnCreate, Access::Never | Access::Always) => "a flow this page has no word for",
    }
}

/// The rule where both moved, and who wins where the times do not decide.
fn contest(contest: Contest) -> (&'static str, &'static str) {
    match contest {
        Contest::LastWriteWins { fallback } => {
            let falls_back_on = match fallback {
                Fallback::Upguard => "UpGuard",
                Fallback::Highlevel => "HighLevel",
                Fallback::Hold => "a person",
            };
            ("later change", falls_back_on)
        }
        Contest::Prefer(Side::Upguard) => ("UpGuard", "—"),
        Contest::Prefer(Side::Highlevel) => ("HighLevel", "—"),
        Contest::Hold => ("a person", "—"),
    }
}

fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::Enforce => "enforce",
        Strength::Fill => "fill",
        Strength::Initial => "initial",
    }
}

fn sides(on: Sides<bool>) -> &'static str {
    match (on.upguard, on.highlevel) {
        (true, true) => "both",
        (true, false) => "UpGuard",
        (false, true) => "HighLevel",
        (false, false) => "neither",
    }
}

fn corresponds(rule: &FieldRule) -> String {
    let Sides { upguard, highlevel } = &rule.ends;
    format!(
        "| `{}` | `{}` | {} | `{}` | {} | {} |",
        rule.name,
        upguard.path,
        lens(&upguard.lens),
        highlevel.path,
        lens(&highlevel.lens),
        kind(rule.kind)
    )
}

fn unites(rule: &SetRule) -> String {
    let shared = |side| match &rule.ends[side].shares {
        Shares::Namespace(prefix) => format!("those that begin with `{prefix}`"),
        Shares::Patterns(patterns) => format!("those like `{}`", patterns.join("`, `")),
    };
    let Sides { upguard, highlevel } = &rule.ends;
    let (all, tagged) = (shared(Side::Upguard), shared(Side::Highlevel));
    format!("| `{}` | `{}` | {all} | `{}` | {tagged} |", rule.name, upguard.path, highlevel.path)
}

fn decides(mapping: &Mapping, rule: &FieldRule) -> String {
    let (wins, falls_back_on) = contest(rule.contest);
    let access = Sides::from_fn(|side| rule.ends[side].access);
    let stamped = |side: Side| is_stamped(mapping.resources[side], &rule.ends[side].path);
    let cells = [
        format!("`{}`", rule.name),
        flow(access).into(),
        wins.into(),
        falls_back_on.into(),
        strength(rule.strength).into(),
        sides(Sides::from_fn(stamped)).into(),
        sides(Sides::from_fn(|side| rule.ends[side].clearable)).into(),
    ];
    format!("| {} |", cells.join(" | "))
}

/// The rows of all tables of a mapping, in the order of its page.
fn rows(mapping: &Mapping) -> Vec<String> {
    let mut rows: Vec<String> = mapping.fields.iter().map(corresponds).collect();
    rows.extend(mapping.fields.iter().map(|rule| decides(mapping, rule)));
    rows.extend(mapping.sets.iter().map(unites));
    let Some(alike) = mapping.alike() else { return rows };
    for (place, key) in alike.keys.iter().enumerate() {
        let unless = match &key.unless {
            None => "—".to_owned(),
            Some(Unless::Differs(field)) => format!("`{field}` differs"),
            Some(Unless::NoCommonWord(fields)) => {
                let names: Vec<String> = fields.iter().map(|it| format!("`{it}`")).collect();
                format!("no word in common in {}", names.join(", "))
            }
        };
        rows.push(format!("| {} | `{}` | {} | {unless} |", place + 1, key.field, key.title));
    }
    let constants = alike.creates.constants.iter();
    rows.extend(constants.map(|(path, value)| format!("| `{path}` | {value} |")));
    rows
}

/// The rows of all tables in the section of a mapping, heads left out.
fn written(page: &str, mapping: &Mapping) -> Vec<String> {
    let title = format!("## `{}`", mapping.name);
    let section = page.split("\n## ").find(|it| format!("## {it}").starts_with(&title));
    let section = section.unwrap_or_else(|| panic!("no section {title}"));
    let lines: Vec<&str> = section.lines().collect();
    let is_rule = |line: &str| line.starts_with("|--") || line.starts_with("|:");
    let is_head = |index: usize| lines.get(index + 1).is_some_and(|next| is_rule(next));
    lines
        .iter()
        .enumerate()
        .filter(|(index, line)| line.starts_with('|') && !is_rule(line) && !is_head(*index))
        .map(|(_, line)| (*line).to_owned())
        .collect()
}

#[test]
fn every_row_of_the_page_is_what_the_rules_do() {
    let page = page();
    for mapping in built_in() {
        let (rows, written) = (rows(&mapping), written(&page, &mapping));
        let wrong: Vec<&String> = written.iter().filter(|row| !rows.contains(row)).collect();
        let missing: Vec<&String> = rows.iter().filter(|row| !written.contains(row)).collect();
        assert!(
            wrong.is_empty() && missing.is_empty(),
            "docs/field-map.md, {}:\nthese rows are wrong: {wrong:#?}\nthese are missing: {missing:#?}",
            mapping.name
        );
        assert_eq!(written, rows, "docs/field-map.md, {}: another order", mapping.name);
    }
}

#[test]
fn what_the_page_says_of_all_fields_holds_for_each() {
    for mapping in built_in() {
        for rule in &mapping.fields {
            let (adopt, drift) = match (&mapping.joins, rule.name.as_str()) {
                (_, "score" | "assessment") => (Some(Side::Upguard), Drift::Restore),
                (Joins::Memo(_), _) => (Some(Side::Upguard), Drift::Report),
                (Joins::Alike(alike), "state")
                    if matches!(alike.creates.baseline, Some(Baseline::Until(_))) =>
                {
                    (Some(Side::Highlevel), Drift::Report)
                }
                _ => (None, Drift::Report),
            };
            assert_eq!(rule.adopt, adopt, "{}: a first difference is asked about", rule.name);
            assert_eq!(rule.drift, drift, "{}: drift is reported", rule.name);
        }
        match &mapping.joins {
            Joins::Alike(alike) => assert_eq!(alike.creates.side, Side::Highlevel),
            Joins::Replicas(replicas) => {
                assert_eq!(replicas.single, Side::Upguard);
                assert_eq!(replicas.through.as_str(), "contacts");
            }
            Joins::Appended(appended) => {
                assert_eq!(appended.through.as_str(), "threats");
                assert_eq!(appended.longest, Sides { upguard: 4000, highlevel: 5000 });
            }
            Joins::Feed(Feed { stands, longest, .. }) => {
                assert_eq!((stands.through.as_str(), *longest), ("contacts", 5000));
            }
            Joins::Memo(memo) => assert_eq!(memo.stands.through.as_str(), "contacts"),
        }
    }
}

#[test]
fn what_the_page_says_of_identity_holds() {
    let page = page();
    for mapping in built_in() {
        let mut said = BTreeSet::new();
        if let Some(alike) = mapping.alike() {
            let marker = mapping.resources[alike.creates.side].marker();
            said.insert(format!("Marker: `{}`.", marker.expect("a marker's place")));
            let required = alike.creates.required.iter();
            said.extend(required.map(|field| format!("Required: `{field}`.")));
            let identity = alike.creates.identity.iter();
            said.extend(
                identity.map(|field| format!("Told apart by HighLevel itself: `{field}`.")),
            );
        }
        for (side, paths) in mapping.identity.iter() {
            said.extend(paths.iter().map(|path| format!("Identity in {side}: `{path}`.")));
        }
        let missing: Vec<&String> = said.iter().filter(|it| !page.contains(it.as_str())).collect();
        assert!(missing.is_empty(), "docs/field-map.md, {}, lacks {missing:#?}", mapping.name);
    }
}
