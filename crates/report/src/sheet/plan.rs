//! What does a plan say, as a [`Sheet`]?

use concordat_model::plan::{Case, Conflict, Notice};
use concordat_model::{Action, Dismissal, MappingName, Plan, Quarantined, Step};

use super::{Card, Holds, Kind, Line, Section, Sheet, SideTotals};
use crate::PlanDocument;
use crate::style::counted;
use crate::text::plan::{
    Item, agreed, arrives, beside, by_mapping, fields_written, grouped, linked, quiet,
};
use crate::text::summary;
use concordat_model::Side;

impl<'a> Sheet<'a> {
    /// The report of a plan.
    pub fn of_plan(document: &'a PlanDocument) -> Sheet<'a> {
        let plan = document.plan();
        let sections = sections(plan);
        let summary = plan.summary();
        let sides = [(Side::Upguard, summary.upguard), (Side::Highlevel, summary.highlevel)];
        Sheet {
            title: format!("Plan {}", document.plan_hash().short()),
            is_run: false,
            pair: &plan.pair,
            plan: Some(document.plan_hash().as_str()),
            run: None,
            facts: facts(plan),
            masked: document.is_masked(),
            incomplete: None,
            quiet: quiet(document, sections.is_empty()),
            refusals: document.refusals(),
            rows: summary::rows(plan, document.forecast()),
            sides: sides
                .map(|(side, writes)| SideTotals {
                    side,
                    creates: writes.creates,
                    updates: writes.updates,
                    archives: writes.archives,
                    deletes: writes.deletes,
                    fields: fields_written(plan, side),
                })
                .into(),
            sections,
            hints: Vec::new(),
        }
    }
}

fn facts(plan: &Plan) -> Vec<(&'static str, String)> {
    let mut facts = vec![("made", plan.made_at.format("%Y-%m-%d %H:%M UTC").to_string())];
    facts.extend(accounts(plan));
    facts
}

/// The accounts a plan is for, and the part it is restricted to.
pub(super) fn accounts(plan: &Plan) -> Vec<(&'static str, String)> {
    let tenants = plan.tenants.iter();
    let mut facts: Vec<_> =
        tenants.map(|(side, it)| (side.title(), format!("{} ({})", it.name, it.id))).collect();
    facts.extend(plan.scope.only.iter().map(|only| ("only", only.clone())));
    facts.extend(plan.scope.limit.map(|limit| ("limit", counted(limit, "step"))));
    facts
}

fn sections(plan: &Plan) -> Vec<Section<'_>> {
    by_mapping(plan)
        .into_iter()
        .map(|(mapping, items)| Section {
            mapping,
            is_first_agreement: plan.first_agreement.contains(mapping),
            agreed: agreed(plan, mapping),
            // What is said about one record stays together.
            cards: grouped(items.into_iter().map(|item| (item.record(), item)))
                .into_iter()
                .flat_map(|(_, items)| items)
                .map(|item| card(mapping, item))
                .collect(),
        })
        .collect()
}

fn card<'a>(mapping: &'a MappingName, item: Item<'a>) -> Card<'a> {
    match item {
        Item::Step(step) => Card::of_step(step),
        Item::Conflict(conflict) => Card::of_conflict(conflict),
        Item::Case(case) => Card::of_case(case),
        Item::Quarantined(it) => Card::of_quarantined(it),
        Item::Dismissed(it) => Card::of_dismissal(it),
        Item::Drift(notice) => Card::of_notice(Kind::Drift, mapping, notice),
        Item::Held(notice) => Card::of_notice(Kind::Held, mapping, notice),
    }
}

impl<'a> Card<'a> {
    /// A step that was not tried yet.
    pub(super) fn of_step(step: &'a Step) -> Card<'a> {
        let is_new = step.action == Action::Create;
        let kind = Kind::of(step.action);
        let lines = step.fields.iter().map(|field| Line {
            field: &field.name,
            path: Some(&field.path),
            holds: if is_new && field.before.is_none() {
                Holds::New(&field.after)
            } else {
                Holds::Moves(&field.before, &field.after)
            },
            why: Some(field.why),
            found: None,
        });
        Card {
            kind,
            fate: None,
            symbol: kind.symbol(),
            id: step.id.to_string(),
            mapping: &step.mapping,
            side: Some(step.side),
            resource: Some(step.resource),
            name: &step.name,
            record: step.record.as_ref(),
            sources: step.sources.iter().collect(),
            beside: beside(step),
            lines: lines.collect(),
            remarks: linked(step)
                .into_iter()
                .chain(Some(arrives(&step.constants)).filter(|it| !it.is_empty()))
                .collect(),
            side_effects: step.side_effects.clone(),
            candidates: Vec::new(),
            why: Some(step.why),
            says: None,
        }
    }

    pub(super) fn of_conflict(conflict: &'a Conflict) -> Card<'a> {
        let records: Vec<String> = conflict.records().map(ToString::to_string).collect();
        Card {
            record: conflict.records().next(),
            sources: conflict.records().skip(1).collect(),
            lines: vec![Line {
                field: &conflict.field,
                path: None,
                holds: Holds::Apart(&conflict.held, conflict.base.as_ref()),
                why: Some(conflict.why),
                found: None,
            }],
            why: Some(conflict.why),
            ..Card::bare(Kind::Conflict, conflict.id.clone(), &conflict.mapping, &conflict.name)
                .beside(records.join(" = "), conflict.resource(), None)
        }
    }

    pub(super) fn of_case(case: &'a Case) -> Card<'a> {
        let record = &case.record;
        Card {
            record: Some(record),
            candidates: case.candidates.iter().map(|it| (&it.record, &it.name)).collect(),
            says: Some(&case.says),
            ..Card::bare(Kind::Ambiguous, case.id.clone(), &case.mapping, &case.name).beside(
                record.to_string(),
                Some(record.resource),
                Some(record.side()),
            )
        }
    }

    pub(super) fn of_quarantined(it: &'a Quarantined) -> Card<'a> {
        let record = &it.record;
        Card {
            record: Some(record),
            sources: it.gone.iter().collect(),
            remarks: vec![it.due()],
            why: Some(it.why),
            ..Card::bare(Kind::Quarantined, it.id.clone(), &it.mapping, &it.name).beside(
                record.to_string(),
                Some(record.resource),
                Some(record.side()),
            )
        }
    }

    pub(super) fn of_dismissal(it: &'a Dismissal) -> Card<'a> {
        let record = it.gone.first();
        Card {
            record,
            sources: it.sources.iter().collect(),
            why: Some(it.why),
            ..Card::bare(Kind::Dismissed, it.case.clone(), &it.mapping, &it.name).beside(
                record.map(ToString::to_string).unwrap_or_default(),
                record.map(|it| it.resource),
                record.map(concordat_model::RecordKey::side),
            )
        }
    }

    pub(super) fn of_notice(kind: Kind, mapping: &'a MappingName, notice: &'a Notice) -> Card<'a> {
        let record = &notice.record;
        let field = notice.field.as_ref().map_or("", |it| it.as_str());
        let id = format!("{} {} {record} {field}", kind.word(), mapping);
        let line = notice.field.as_ref().map(|field| Line {
            field,
            path: None,
            holds: notice.held.as_ref().map_or(Holds::Untold, |held| Holds::Apart(held, None)),
            why: Some(notice.why),
            found: None,
        });
        Card {
            record: Some(record),
            lines: line.into_iter().collect(),
            why: Some(notice.why),
            ..Card::bare(kind, id, mapping, &notice.name).beside(
                record.to_string(),
                Some(record.resource),
                Some(record.side()),
            )
        }
    }

    fn bare(
        kind: Kind,
        id: String,
        mapping: &'a MappingName,
        name: &'a concordat_model::Name,
    ) -> Card<'a> {
        Card {
            kind,
            fate: None,
            symbol: kind.symbol(),
            id,
            mapping,
            side: None,
            resource: None,
            name,
            record: None,
            sources: Vec::new(),
            beside: String::new(),
            lines: Vec::new(),
            remarks: Vec::new(),
            side_effects: Vec::new(),
            candidates: Vec::new(),
            why: None,
            says: None,
        }
    }

    fn beside(
        self,
        beside: String,
        resource: Option<concordat_model::Resource>,
        side: Option<Side>,
    ) -> Card<'a> {
        Card { beside, resource, side, ..self }
    }
}
