//! How is a missing record made? The step that makes it, or why nobody dares to.

use std::collections::BTreeMap;

use chrono::{SubsecRound as _, TimeDelta};

use concordat_mapping::capability::CUSTOM;
use concordat_mapping::{Access, Alike, Creates, Due, FieldRule, Mapping, Stands};
use concordat_model::plan::{Candidate, Case, Notice};
use concordat_model::{
    Action, Choice, FieldStep, Held, LinkId, Lookup, MappingName, Mirrored, Path, Reading, Rebuff,
    RecordKey, Resource, Rule, Side, Sides, Step, Time, Value, View, Why,
};

use crate::pairing::businesses::{Business, is_asked};
use crate::pairing::{Missing, Pairing};
use crate::places::{Places, Room};
use crate::projection::{self, Speakers};
use crate::stands::{Contacts, Stand};
use crate::steps::{is_recent, stamp};
use crate::untimely::may_be_over;
use crate::{Inputs, identity};

/// What becomes of a missing record.
pub enum Making {
    /// It is made.
    Step(Box<Step>),
    /// The side refused it before, and a person is asked.
    Case(Case),
    /// It cannot be made safely.
    Held(Notice),
}

/// What becomes of every missing record of a mapping, by the link it would found. Where only so many stand
/// at a contact, those that are due first are made.
pub fn for_all(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    alike: &Alike,
    pairing: &Pairing,
    contacts: &dyn Fn(&Stands) -> Contacts,
) -> Vec<(LinkId, Making)> {
    let places = Places::of(inputs, &alike.creates, contacts);
    let made = pairing.missing.iter().filter_map(|missing| {
        Some((missing.id.clone(), for_missing(inputs, mapping, alike, &places, missing)?))
    });
    let mut made: Vec<(LinkId, Making)> = made.collect();
    if let Some(mut room) = Room::of(inputs, mapping, &alike.creates, &pairing.linked) {
        made.sort_by_cached_key(|(id, it)| (it.due(), id.clone()));
        made.iter_mut().for_each(|(_, it)| it.wait_for(&mut room));
    }
    made
}

impl Making {
    /// The step, if it is made.
    pub fn step(self) -> Option<Step> {
        match self {
            Making::Step(step) => Some(*step),
            Making::Case(_) | Making::Held(_) => None,
        }
    }

    fn due(&self) -> Option<Value> {
        match self {
            Making::Step(step) => step.constants.get(&"dueDate".into()).cloned(),
            Making::Case(_) | Making::Held(_) => None,
        }
    }

    /// It is not made if there is no room for it.
    fn wait_for(&mut self, room: &mut Room) {
        let notice = match self {
            Making::Step(step) if !room.takes(step) => Notice {
                mapping: step.mapping.clone(),
                link: None,
                record: step.sources.first().cloned().expect("it is made for a record"),
                name: step.name.clone(),
                field: None,
                held: None,
                why: Why::about(Rule::Enough, step.side),
            },
            Making::Step(_) | Making::Case(_) | Making::Held(_) => return,
        };
        *self = Making::Held(notice);
    }
}

/// Plans the making of a record; nothing: it is missed by nobody.
fn for_missing(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    alike: &Alike,
    places: &Places,
    missing: &Missing,
) -> Option<Making> {
    let creates = &alike.creates;
    let side = creates.side;
    let source = side.other();
    let records: Vec<&Mirrored> =
        missing.sources.iter().filter_map(|key| inputs.views[source].records.get(key)).collect();
    let founder = missing.sources.first()?;
    let why = Why::about(Rule::Missing, side);
    let (fields, blanks): (Vec<FieldStep>, Vec<FieldStep>) = mapping
        .fields
        .iter()
        .filter_map(|rule| first_value(inputs, rule, side, &records, &missing.business, why))
        .partition(|field| field.after.is_some());
    let name = projection::title(
        mapping,
        &Sides::from_fn(|it| if it == source { records.clone() } else { Vec::new() }),
    );
    let has = |field: &concordat_model::Field| fields.iter().any(|it| it.name == *field);
    let resource = mapping.resources[side];
    let can_mark = inputs.views[side].can_mark(resource);
    let lookup = creates.identity.as_ref().and_then(|field| {
        let step = fields.iter().find(|it| it.name == *field)?;
        Some(Lookup { path: step.path.clone(), value: step.after.clone()? })
    });
    let recognisable = can_mark || lookup.is_some();
    let place = places.of_source(records.first().copied());
    let refused = match &creates.required {
        _ if place.is_err() => Some(Why::about(Rule::NoAnchor, side)),
        // What may be over before it has a counterpart waits until that is known.
        _ if records.iter().any(|it| may_be_over(alike, it)) => {
            Some(Why::about(Rule::Incompletable, source))
        }
        _ if !recognisable => Some(Why::plain(Rule::NoIdentity)),
        Some(required) if !has(required) => Some(Why::about(Rule::Incompletable, source)),
        // A record of which nothing is known would be an empty one.
        _ if fields.is_empty() => Some(Why::about(Rule::Incompletable, source)),
        Some(_) | None => None,
    };
    if let Some(why) = refused {
        return Some(Making::Held(Notice {
            mapping: mapping.name.clone(),
            link: None,
            record: founder.clone(),
            name,
            field: None,
            held: None,
            why,
        }));
    }
    let sources: Vec<RecordKey> = missing.sources.iter().cloned().collect();
    let mut constants = constants(inputs, creates, resource, &records, place.ok().flatten());
    constants.extend(mapping.fields.iter().find_map(|it| missing.business.awaited(it)));
    let step = Step {
        id: identity::step(&missing.id, side, Action::Create),
        mapping: mapping.name.clone(),
        link: missing.id.clone(),
        side,
        entity: resource.entity().to_owned(),
        resource,
        record: None,
        name,
        action: Action::Create,
        fields,
        blanks,
        constants,
        marker: can_mark.then(|| identity::marker(inputs.pair, &mapping.name, founder)),
        despite: namesakes(inputs, mapping, creates, &sources, lookup.as_ref()),
        lookup,
        identity: BTreeMap::new(),
        source_stamp: stamp(&records),
        sources,
        matched: None,
        why,
        side_effects: Vec::new(),
    };
    Some(match rebuff(inputs, &step) {
        Some(rebuff) => Making::Case(Case {
            id: identity::case(inputs.pair, &mapping.name, founder),
            mapping: mapping.name.clone(),
            record: founder.clone(),
            name: step.name,
            candidates: rebuff.duplicate.iter().map(|key| candidate(inputs, key)).collect(),
            says: rebuff.says.clone(),
        }),
        None => Making::Step(Box::new(step)),
    })
}

/// What is set beside the fields: the mapping's constants, where the record stands, when it is due.
fn constants(
    inputs: &Inputs<'_>,
    creates: &Creates,
    resource: Resource,
    records: &[&Mirrored],
    stand: Option<&Stand>,
) -> BTreeMap<Path, Value> {
    let mut constants = creates.constants.clone();
    if let (Some(stand), Some(source)) = (stand, records.first()) {
        constants.extend(stand.said(resource));
        // By it people say about what they write; only a threat takes comments (`upguard.md` §2).
        if Resource::Comment.parent() == Some(source.record.key.resource) {
            let reference = identity::reference(inputs.pair, &source.record.key);
            constants.insert("reference".into(), Value::Text(reference));
        }
    }
    let due = creates.due.as_ref().zip(records.first());
    let due = due.map(|(due, source)| when(due, &source.record.reading, inputs.now));
    constants.extend(due.map(|it| (Path::from("dueDate"), Value::Time(it))));
    constants
}

/// When what is made of a source is due.
fn when(due: &Due, source: &Reading, now: Time) -> Time {
    let held = |path: &Path| source.get(path).cloned().flatten();
    let time = |path: &Path| match held(path) {
        Some(Value::Time(time)) => Some(time),
        Some(_) | None => None,
    };
    if let Some(at) = due.at.as_ref().and_then(time) {
        return at;
    }
    let severity = held(&due.severity).and_then(|it| it.as_text().map(str::to_lowercase));
    let days = severity.and_then(|it| due.days.get(&it)).copied().unwrap_or(due.otherwise);
    time(&due.since).unwrap_or(now.trunc_subsecs(0)) + TimeDelta::days(days.into())
}

/// A side that refused to make a record of just these values is not asked again for some time; a person
/// is.
pub fn rebuff<'a>(inputs: &Inputs<'a>, step: &Step) -> Option<&'a Rebuff> {
    let rebuff = inputs.agreements.rebuffs.get(&step.link)?;
    let stands = rebuff.sent == step.content() && is_recent(inputs, rebuff.at);
    (stands && !is_wanted(inputs, &step.mapping, &step.sources)).then_some(rebuff)
}

/// Whether a person said that one of `sources` is to be made.
fn is_wanted(inputs: &Inputs<'_>, mapping: &MappingName, sources: &[RecordKey]) -> bool {
    let choice = |key: &RecordKey| inputs.agreements.choices.get(&(mapping.clone(), key.clone()));
    sources.iter().any(|key| choice(key) == Some(&Choice::Create))
}

fn candidate(inputs: &Inputs<'_>, key: &RecordKey) -> Candidate {
    let known = inputs.views[key.side()].records.get(key);
    let name = known.map(|it| it.record.name.clone()).unwrap_or_default();
    Candidate { record: key.clone(), name }
}

/// Records that look like the new one and that a person said are not it.
fn namesakes(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    creates: &Creates,
    sources: &[RecordKey],
    lookup: Option<&Lookup>,
) -> Vec<RecordKey> {
    let (side, region) = (creates.side, inputs.rules.region);
    let rule = creates.identity.as_ref().and_then(|field| mapping.field(field));
    let (Some(rule), Some(lookup), true) =
        (rule, lookup, is_wanted(inputs, &mapping.name, sources))
    else {
        return Vec::new();
    };
    let key = |native: &Held| rule.kind.key(&rule.ends[side].lens.get(native, region), region);
    let wanted = key(&Some(lookup.value.clone()));
    let same = |it: &&Mirrored| {
        it.record.reading.get(&lookup.path).is_some_and(|held| key(held) == wanted)
    };
    let here = inputs.views[side].here(mapping.resources[side]);
    here.filter(same).map(|it| it.record.key.clone()).collect()
}

/// Whether it is a custom field that the account does not define.
fn is_undefined(view: &View, path: &Path) -> bool {
    path.as_str().starts_with(CUSTOM) && !view.defined.contains(path)
}

/// The value a new record gets in one field; nothing: the field is not set, not known, not defined by the
/// account, or has no counterpart.
fn first_value(
    inputs: &Inputs<'_>,
    rule: &FieldRule,
    side: Side,
    records: &[&Mirrored],
    business: &Business,
    why: Why,
) -> Option<FieldStep> {
    let source = side.other();
    let end = &rule.ends[side];
    let view = inputs.views[side];
    match end.access {
        Access::Never => return None,
        Access::OnCreate | Access::Always if is_undefined(view, &end.path) => return None,
        Access::OnCreate | Access::Always => {}
    }
    let speakers = Speakers { side: source, records, has_gaps: false, agreed: None };
    let native = match is_asked(rule) {
        true => business.held()?,
        false => projection::fold(inputs, speakers, &rule.ends[source], None).now?,
    };
    let shared = rule.ends[source].lens.read(&native, inputs.rules.region).ok()?;
    let after = end.put(&shared).ok()?;
    Some(FieldStep {
        name: rule.name.clone(),
        path: end.path.clone(),
        before: None,
        after,
        source: native,
        why,
    })
}
