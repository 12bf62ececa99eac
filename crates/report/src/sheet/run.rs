//! What does a run say, as a [`Sheet`]?

use std::collections::BTreeSet;

use concordat_model::{Action, MappingName, Plan, Side, StepId};

use super::plan::accounts;
use super::{Card, Fate, Holds, Kind, Line, Section, Sheet, SideTotals};
use crate::run::{RunDocument, StepOutcome, StepReport};
use crate::text::plan::{arrives, grouped};
use crate::text::run::{ADOPTED, became, beside, hints, incomplete, quiet, rows, waiting, written};
use crate::text::summary::{self, Row};

impl<'a> Sheet<'a> {
    /// The report of a run. With the plan it also shows the steps the run did not come to.
    pub fn of_run(document: &'a RunDocument, plan: Option<&'a Plan>) -> Sheet<'a> {
        let report = &document.report;
        let run = report.run.as_ref().map(|it| it.as_str());
        let lasted = (report.ended - report.began).num_seconds().unsigned_abs();
        let mut facts = vec![
            ("command", report.command.clone()),
            ("began", report.began.format("%Y-%m-%d %H:%M:%S UTC").to_string()),
            ("took", summary::lasting(lasted)),
        ];
        facts.extend(report.plan_hash.as_ref().map(|it| ("plan", it.short().to_owned())));
        facts.extend(plan.map(accounts).unwrap_or_default());
        let waiting = waiting(report);
        let rows = rows(report).into_iter().map(|(_, row)| row).chain(waiting).chain(
            (report.operations > 0).then(|| Row::new("expected", summary::cost(&report.forecast))),
        );
        Sheet {
            title: run.map_or_else(|| "Run".to_owned(), |run| format!("Run {run}")),
            is_run: true,
            pair: &report.pair,
            plan: report.plan_hash.as_ref().map(|it| it.as_str()),
            run,
            facts,
            masked: document.masked,
            incomplete: incomplete(report),
            quiet: quiet(report),
            refusals: &report.refusals,
            rows: rows.collect(),
            sides: Side::BOTH
                .map(|side| {
                    let (writes, fields) = written(report, side);
                    SideTotals {
                        side,
                        creates: writes.creates,
                        updates: writes.updates,
                        archives: writes.archives,
                        deletes: writes.deletes,
                        fields,
                    }
                })
                .into(),
            sections: sections(document, plan),
            hints: hints(report),
        }
    }
}

fn sections<'a>(document: &'a RunDocument, plan: Option<&'a Plan>) -> Vec<Section<'a>> {
    let report = &document.report;
    let tried: BTreeSet<&StepId> =
        report.steps.iter().filter(|it| !it.adopted).map(|it| &it.id).collect();
    let left = plan.into_iter().flat_map(|it| &it.steps).filter(|it| !tried.contains(&it.id));
    let steps = report.steps.iter().map(|it| (&it.mapping, Card::of_outcome(it)));
    let left = left.map(|it| {
        let card = Card { fate: Some(Fate::NotTried), ..Card::of_step(it) };
        (&it.mapping, card)
    });
    let conflicts = report.conflicts.iter().map(|it| (&it.mapping, Card::of_conflict(it)));
    let cases = report.cases.iter().map(|it| (&it.mapping, Card::of_case(it)));
    let quarantined = report.quarantined.iter().map(|it| (&it.mapping, Card::of_quarantined(it)));
    let dismissals = report.dismissals.iter().map(|it| (&it.mapping, Card::of_dismissal(it)));
    let notices = |kind, notices: &'a [concordat_model::plan::Notice]| {
        notices.iter().map(move |it| (&it.mapping, Card::of_notice(kind, &it.mapping, it)))
    };
    let cards = steps
        .chain(left)
        .chain(conflicts)
        .chain(cases)
        .chain(quarantined)
        .chain(dismissals)
        .chain(notices(Kind::Drift, &report.drift))
        .chain(notices(Kind::Held, &report.held));
    let is_first =
        |mapping: &MappingName| plan.is_some_and(|plan| plan.first_agreement.contains(mapping));
    grouped(cards)
        .into_iter()
        .map(|(mapping, cards)| Section {
            mapping,
            is_first_agreement: is_first(mapping),
            agreed: None,
            cards,
        })
        .collect()
}

impl<'a> Card<'a> {
    fn of_outcome(step: &'a StepReport) -> Card<'a> {
        let (_, symbol, _) = became(step);
        // Of a step that had nothing to do, what it would have done is not told.
        let told = step.outcome != StepOutcome::Satisfied;
        let lines = step.fields.iter().filter(|_| told).map(|field| Line {
            field: &field.name,
            path: Some(&field.path),
            holds: if step.action == Action::Create && field.before.is_none() {
                Holds::New(&field.after)
            } else {
                Holds::Moves(&field.before, &field.after)
            },
            why: Some(field.why),
            found: field.verdict.map(|verdict| (verdict, &field.found)),
        });
        let adopted = step.adopted.then(|| ADOPTED.to_owned());
        let is_new = step.action == Action::Create;
        let arrives = Some(arrives(&step.constants)).filter(|it| is_new && !it.is_empty());
        let kind = Kind::of(step.action);
        Card {
            kind,
            fate: Some(Fate::Tried(step.outcome)),
            symbol,
            id: step.id.to_string(),
            mapping: &step.mapping,
            side: Some(step.side),
            resource: Some(step.resource),
            name: &step.name,
            record: step.record.as_ref(),
            sources: Vec::new(),
            beside: beside(step),
            lines: lines.collect(),
            remarks: step.says.clone().into_iter().chain(adopted).chain(arrives).collect(),
            side_effects: Vec::new(),
            candidates: Vec::new(),
            why: step.fields.first().map(|it| it.why),
            says: None,
        }
    }
}
