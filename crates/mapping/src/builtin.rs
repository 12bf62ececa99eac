//! Which mappings come with concordat? `vendors` and `contacts`, and by these `labels` and `profiles`;
//! `leads` that are nobody's; `threats` at an anchor, and by them `comments`; `disclosures`, `waivers` and
//! `usage_policies` there; `risks`, `questionnaires`, `vendor_tiers` and `vendor_assessments` at vendors' contacts;
//! notes of what UpGuard says. All refined by settings.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{
    Field, Fingerprint, MappingName, Path, Resource, Severity, Side, Sides, Value,
};
use rlibphonenumber::Region;

use crate::capability::{ATTRIBUTE, Access, capability};
use crate::gates::Gates;
use crate::lens::{Kind, Lens};
use crate::named::LensSettings;
use crate::rules::{
    Alike, Contest, Creates, Drift, End, Fallback, FieldRule, Joins, Key, Mapping, Place, Rules,
    Strength, Unless,
};
use crate::settings::{FieldSettings, Problem, RuleName, Settings};
use crate::slice::Slice;
use crate::vendor_moves::{ASSESSMENT, TIER};
use crate::{
    Stands, activity, archive, contacts, disclosures, leads, named, own, proof, questionnaires,
    replicas, risks, threats, usage_policies, vendor_moves, waivers,
};

/// The rules that `settings` add up to. `skew_limit_ms` is how wrong the two clocks may be against
/// each other.
///
/// # Errors
/// Every setting that makes no sense, with its place.
pub fn rules(settings: &Settings, skew_limit_ms: i64) -> Result<Rules, Vec<Problem>> {
    let mut problems = Vec::new();
    let region = settings.phone_region.as_ref().and_then(|name| {
        let region = name.to_uppercase().parse::<Region>();
        region
            .map_err(|_| {
                problems.push(problem(
                    "phone_region",
                    format!("{name:?} is no country code; write two letters, such as \"US\""),
                ))
            })
            .ok()
    });
    let mut mappings = Vec::new();
    problems.extend(named::unfit(&settings.lenses));
    let lenses = &settings.lenses;
    if settings.vendors.enabled {
        let fields = &settings.vendors.fields;
        mappings.push(extended(vendors(settings), fields, lenses, region, &mut problems));
    }
    if settings.contacts.enabled {
        problems.extend(contacts::unfit(settings));
        let fields = &settings.contacts.fields;
        mappings.push(extended(
            contacts::contacts(settings),
            fields,
            lenses,
            region,
            &mut problems,
        ));
    }
    // Who is a vendor's contact is known from the mapping of contacts alone.
    if settings.contacts.enabled && settings.labels.enabled {
        problems.extend(replicas::unfit(&settings.labels.namespace));
        mappings.push(replicas::labels(settings));
    }
    if settings.contacts.enabled && settings.profiles.enabled {
        let (profiles, fields) = (replicas::profiles(settings), &settings.profiles.fields);
        mappings.push(extended(profiles, fields, lenses, region, &mut problems));
    }
    // After the contacts of vendors, which have the say about a person who is both.
    if settings.leads.enabled {
        mappings.push(refine(leads::leads(&settings.leads), &settings.leads.fields, &mut problems));
    }
    let anchor = settings.anchors.organisation.as_ref().filter(|it| !it.trim().is_empty());
    let tasks = tasks(settings, anchor.map_or("", |it| it.as_str()), &mut problems);
    let (tasks, unanchored) =
        if anchor.is_some() { (tasks, Vec::new()) } else { (Vec::new(), tasks) };
    let unanchored = unanchored.into_iter().map(|it| it.name).collect();
    mappings.extend(tasks);
    mappings.extend(of_vendors(settings, &mut problems));
    mappings.extend(notes(settings, anchor, &mut problems));
    let is_on = |(it, _): &(Resource, Gates)| mappings.iter().any(|on| on.resources.upguard == *it);
    let gates = [
        (Resource::Threat, threats::gates(&settings.threats)),
        (Resource::Disclosure, disclosures::gates(&settings.disclosures)),
    ];
    let gates = gates.into_iter().filter(is_on).collect();
    if mappings.is_empty() {
        problems.push(problem(
            "vendors.enabled",
            "every mapping is off, so there is nothing to do".into(),
        ));
    }
    let is_own =
        |mapping: &Mapping, field: &Field| settings.own_field(&mapping.name, field).is_some();
    problems.extend(own::rivals(&mappings, is_own));
    let severity = settings.risks.enabled.then_some(settings.risks.severity);
    let mut deletes = archive::deleting(settings);
    deletes.retain(|it| mappings.iter().any(|mapping| mapping.name == *it));
    let fingerprint = fingerprint(&mappings, &gates, &deletes, (severity, region), skew_limit_ms);
    if problems.is_empty() {
        let slice = Slice::default();
        Ok(Rules {
            mappings,
            region,
            skew_limit_ms,
            gates,
            severity,
            deletes,
            slice,
            unanchored,
            fingerprint,
        })
    } else {
        Err(problems)
    }
}

/// What is about our own organisation and has to be dealt with: tasks at its contact, the `anchor`.
fn tasks(settings: &Settings, anchor: &str, problems: &mut Vec<Problem>) -> Vec<Mapping> {
    let mut mappings = Vec::new();
    if settings.threats.enabled {
        let missing = threats::incomplete(&settings.threats.close);
        problems.extend(
            missing.map(|(key, says)| problem(&format!("threats.close.{key}"), says.into())),
        );
        let threats = threats::threats(&settings.threats, anchor, settings.people.keys());
        mappings.push(refine(threats, &settings.threats.fields, problems));
        if settings.comments.enabled {
            mappings.push(threats::comments(settings.comments.on_edit));
        }
    }
    if settings.disclosures.enabled {
        let disclosures = disclosures::disclosures(&settings.disclosures, anchor);
        mappings.push(refine(disclosures, &settings.disclosures.fields, problems));
    }
    if settings.waivers.enabled {
        let waivers = waivers::waivers(&settings.waivers, anchor);
        mappings.push(refine(waivers, &settings.waivers.fields, problems));
    }
    if settings.usage_policies.enabled {
        let fields = &settings.usage_policies.fields;
        let policies = usage_policies::usage_policies(&settings.usage_policies, anchor);
        mappings.push(refine(policies, fields, problems));
    }
    mappings
}

/// What is about a vendor and has to be dealt with: tasks at its contact.
fn of_vendors(settings: &Settings, problems: &mut Vec<Problem>) -> Vec<Mapping> {
    let (risks, questionnaires) = (&settings.risks, &settings.questionnaires);
    let stands = || Stands::of(settings);
    let mut mappings = Vec::new();
    if risks.enabled {
        mappings.push(refine(risks::risks(risks, stands()), &risks.fields, problems));
    }
    if questionnaires.enabled {
        let mapping = questionnaires::questionnaires(questionnaires, stands());
        mappings.push(refine(mapping, &questionnaires.fields, problems));
    }
    // After the profiles, by which the CRM writes a tier.
    let moves = [(&settings.vendor_tiers, TIER), (&settings.vendor_assessments, ASSESSMENT)];
    for (wish, watched) in moves.into_iter().filter(|(wish, _)| wish.enabled) {
        let mapping = vendor_moves::vendor_moves(wish, watched, stands());
        mappings.push(refine(mapping, &wish.fields, problems));
    }
    if !settings.contacts.enabled {
        let says = "its tasks stand at the contacts of vendors, and mapping.contacts is off";
        let homeless = mappings.iter().map(|it| format!("{}.enabled", it.name));
        problems.extend(homeless.map(|key| problem(&key, says.into())));
    }
    mappings
}

/// What UpGuard says that becomes a note. What is about a vendor stands at its contact, and who that is is
/// known from the mapping of contacts alone.
fn notes(
    settings: &Settings,
    anchor: Option<&String>,
    problems: &mut Vec<Problem>,
) -> Vec<Mapping> {
    let (feed, of_vendors) = (&settings.activity, &settings.vendor_notes);
    let knows_contacts = settings.contacts.enabled;
    let stands = || Stands::of(settings);
    let mut mappings = Vec::new();
    if feed.enabled && (knows_contacts || anchor.is_some()) {
        mappings.push(activity::activity(feed, stands(), anchor.map(|it| it.trim())));
    }
    if of_vendors.enabled && knows_contacts {
        let mapping = activity::vendor_notes(stands(), of_vendors.every_hours);
        mappings.push(refine(mapping, &of_vendors.fields, problems));
    }
    if settings.contact_notes.enabled && knows_contacts {
        let mapping = activity::contact_notes(stands());
        mappings.push(refine(mapping, &settings.contact_notes.fields, problems));
    }
    mappings
}

/// Equal rules have equal fingerprints, however they were written down. `Debug` masks values, so the
/// constants count for themselves.
fn fingerprint(
    mappings: &[Mapping],
    gates: &BTreeMap<Resource, Gates>,
    deletes: &BTreeSet<MappingName>,
    (severity, region): (Option<Severity>, Option<Region>),
    skew_limit_ms: i64,
) -> Fingerprint {
    let created = mappings.iter().filter_map(Mapping::alike);
    let constants: Vec<u8> = created
        .flat_map(|it| it.creates.constants.values())
        .chain(gates.values().flat_map(Gates::said))
        .flat_map(Value::canonical)
        .collect();
    let rules = format!("{mappings:?} {severity:?} {region:?} {gates:?}");
    let (deletes, skew) = (format!("{deletes:?}"), skew_limit_ms.to_be_bytes());
    Fingerprint::of("mapping", &[rules.as_bytes(), &constants, &skew, deletes.as_bytes()])
}

pub(crate) fn problem(key: &str, says: String) -> Problem {
    Problem { place: format!("mapping.{key}"), says, hint: None, within: None }
}

fn vendors(settings: &Settings) -> Mapping {
    let resources = Sides { upguard: Resource::Vendor, highlevel: Resource::Business };
    let field = |name, kind, upguard: (&str, Lens), highlevel: (&str, Lens)| {
        field(resources, name, kind, upguard, highlevel)
    };
    let mut fields = vec![
        field("name", Kind::Text, ("name", Lens::Plain), ("name", Lens::Plain)),
        field(
            "website",
            Kind::Host,
            ("primary_hostname", Lens::Plain),
            ("website", Lens::WebAddress),
        ),
    ];
    let names = &settings.vendors.attributes;
    let attributes = [
        ("phone", Kind::Phone, Lens::Phone, &names.phone),
        ("email", Kind::Email, Lens::Plain, &names.email),
        ("address", Kind::Text, Lens::Plain, &names.address),
        ("description", Kind::Text, Lens::Plain, &names.description),
    ];
    for (name, kind, lens, attribute) in attributes {
        if let Some(attribute) = attribute {
            let path = format!("{ATTRIBUTE}{attribute}");
            fields.push(field(name, kind, (&path, lens.clone()), (name, lens)));
        }
    }
    Mapping {
        name: MappingName::new("vendors"),
        resources,
        fields,
        sets: Vec::new(),
        identity: Sides { upguard: vec!["primary_hostname".into()], highlevel: Vec::new() },
        joins: Joins::Alike(Box::new(Alike {
            keys: vec![
                Key { field: "website".into(), title: "web address", unless: None },
                Key {
                    field: "name".into(),
                    title: "name",
                    unless: Some(Unless::Differs("website".into())),
                },
            ],
            gathers: false,
            creates: Creates {
                side: Side::Highlevel,
                constants: BTreeMap::new(),
                identity: None,
                required: Some("name".into()),
                suspects: Vec::new(),
                place: Place::Itself,
                unless: Vec::new(),
                baseline: None,
                due: None,
            },
        })),
    }
}

/// A field with the defaults that its ends suggest: where both can be written, the CRM's people know
/// better; where one cannot, the rule still decides, and the other side's wins are drift.
pub(crate) fn field(
    resources: Sides<Resource>,
    name: &str,
    kind: Kind,
    upguard: (&str, Lens),
    highlevel: (&str, Lens),
) -> FieldRule {
    let ends = Sides { upguard, highlevel }.zip(resources).map(|_, ((path, lens), resource)| {
        let path = Path::new(path);
        let able = capability(resource, &path);
        End {
            access: able.map_or(Access::Never, |it| it.access),
            clearable: able.is_some_and(|it| it.clearable),
            takes: None,
            made: None,
            path,
            lens,
        }
    });
    let fallback = match ends.upguard.access {
        Access::Always => Fallback::Highlevel,
        Access::Never | Access::OnCreate => Fallback::Upguard,
    };
    FieldRule {
        name: Field::new(name),
        kind,
        ends,
        contest: Contest::LastWriteWins { fallback },
        strength: Strength::Enforce,
        adopt: None,
        drift: Drift::Report,
    }
}

/// With the fields of a person's own, each of them proven by its examples.
fn extended(
    mut mapping: Mapping,
    settings: &BTreeMap<String, FieldSettings>,
    lenses: &BTreeMap<String, LensSettings>,
    region: Option<Region>,
    problems: &mut Vec<Problem>,
) -> Mapping {
    own::add(&mut mapping, settings, lenses, problems);
    let mapping = refine(mapping, settings, problems);
    for (name, wish) in settings.iter().filter(|(_, it)| own::is_own(it)) {
        let Some(rule) = mapping.field(&Field::new(name)) else { continue };
        for (number, trip) in proof::trips(rule, &wish.examples, region).iter().enumerate() {
            if !trip.holds() && !wish.examples.is_empty() {
                let place = format!("{}.fields.{name}.examples.{number}", mapping.name);
                problems.push(problem(&place, trip.to_string()));
            }
        }
    }
    mapping
}

fn refine(
    mut mapping: Mapping,
    settings: &BTreeMap<String, FieldSettings>,
    problems: &mut Vec<Problem>,
) -> Mapping {
    for (name, wish) in settings {
        let place = format!("{}.fields.{name}", mapping.name);
        problems.extend(own::misplaced(&mapping, &place, wish));
        let Some(index) = mapping.fields.iter().position(|it| it.name.as_str() == name) else {
            // Why it could not be added was told.
            if own::is_own(wish) {
                continue;
            }
            let known: Vec<&str> = mapping.fields.iter().map(|it| it.name.as_str()).collect();
            let says = format!("there is no such field; there are {}", known.join(", "));
            problems.push(problem(&place, says));
            continue;
        };
        if wish.enabled == Some(false) {
            let field = &mapping.fields[index].name;
            if mapping.alike().is_some_and(|it| it.creates.needs(field)) {
                problems.push(problem(
                    &place,
                    "new records need this field, so it cannot be off".into(),
                ));
            }
            mapping.fields.remove(index);
            continue;
        }
        problems
            .extend(overrule(&mut mapping.fields[index], wish).map(|says| problem(&place, says)));
    }
    let mapped = |field: &Field| mapping.fields.iter().any(|it| it.name == *field);
    match &mut mapping.joins {
        Joins::Alike(alike) => alike.keys.retain(|key| mapped(&key.field)),
        Joins::Replicas(_) | Joins::Appended(_) | Joins::Feed(_) | Joins::Memo(_) => {}
    }
    mapping
}

/// Lets a person's wish overrule a built-in rule; answers what is wrong with the wish.
fn overrule(rule: &mut FieldRule, wish: &FieldSettings) -> Option<String> {
    let fallback = match rule.contest {
        Contest::LastWriteWins { fallback } => wish.fallback.unwrap_or(fallback),
        Contest::Prefer(_) | Contest::Hold => wish.fallback.unwrap_or(Fallback::Hold),
    };
    rule.contest = match wish.rule.unwrap_or(RuleName::LastWriteWins) {
        RuleName::LastWriteWins => Contest::LastWriteWins { fallback },
        RuleName::PreferUpguard => Contest::Prefer(Side::Upguard),
        RuleName::PreferHighlevel => Contest::Prefer(Side::Highlevel),
        RuleName::Hold => Contest::Hold,
    };
    rule.adopt = wish.adopt.map_or(rule.adopt, Fallback::side);
    rule.drift = wish.drift.unwrap_or(rule.drift);
    let writable = Side::BOTH.into_iter().any(|side| rule.ends[side].access == Access::Always);
    match wish.strength {
        Some(strength @ (Strength::Enforce | Strength::Fill)) if !writable => Some(
            format!(
                "this field can only be set at creation, so its strength cannot be {strength:?}"
            )
            .to_lowercase(),
        ),
        Some(strength) => {
            rule.strength = strength;
            None
        }
        None => None,
    }
}
