//! What became of it, record by record, and what should be done next?

use concordat_model::{Action, MappingName, Side, Verdict, Writes};

use super::page::{FieldLine, Page};
use super::plan::arrives;
use super::requests;
use super::summary;
use super::summary::Row;
use crate::run::{FieldReport, RunReport, StepOutcome, StepReport};
use crate::style::{Paint, Tone, counted, visible};

/// The run as a person reads it.
pub fn run_text(report: &RunReport, paint: Paint) -> String {
    let mut page = Page::new(paint);
    head(&mut page, report);
    let mut told: Vec<&MappingName> = Vec::new();
    for step in &report.steps {
        if !told.contains(&&step.mapping) {
            told.push(&step.mapping);
            mapping(&mut page, report, &step.mapping);
        }
    }
    page.gap();
    summary::refusals(&mut page, &report.refusals);
    page.gap();
    totals(&mut page, report);
    next(&mut page, report);
    page.into_text()
}

fn head(page: &mut Page, report: &RunReport) {
    let run = report.run.as_ref().map(|run| format!(" {run}")).unwrap_or_default();
    let title = format!("Run{run} for {}", report.pair);
    let title = page.toned(Tone::Strong, &title);
    let began = report.began.format("%Y-%m-%d %H:%M:%S UTC");
    let lasted = (report.ended - report.began).num_seconds().unsigned_abs();
    let lasted = summary::lasting(lasted);
    page.line(&format!("{title}, {}, began {began}, took {lasted}", visible(&report.command)));
    if let Some(plan) = &report.plan_hash {
        page.line(&format!("  plan {}", plan.short()));
    }
    if let Some(says) = incomplete(report) {
        let line = page.toned(Tone::Wrong, &visible(&says));
        page.line(&format!("  {line}"));
    }
}

/// What is to be said of a run that did not get to its end.
pub(crate) fn incomplete(report: &RunReport) -> Option<String> {
    match (&report.stopped, report.complete) {
        (Some(why), _) => Some(format!("stopped early: {why}")),
        (None, false) if report.refusals.is_empty() => {
            Some("incomplete: not every step was tried".into())
        }
        (None, _) => None,
    }
}

fn mapping(page: &mut Page, report: &RunReport, name: &MappingName) {
    page.gap();
    let title = page.toned(Tone::Strong, name.as_str());
    page.line(&title);
    let steps = || report.steps.iter().filter(|it| it.mapping == *name);
    page.align_names(steps().map(|it| it.name.as_str()));
    steps().for_each(|step| tell(page, step));
}

fn tell(page: &mut Page, step: &StepReport) {
    let name = page.name(&step.name);
    let (tone, symbol, _) = became(step);
    page.record((tone, symbol), &name, &beside(step));
    if step.adopted {
        page.remark(Tone::Dim, &format!("({ADOPTED})"));
    }
    if step.outcome != StepOutcome::Satisfied {
        let fields: Vec<FieldLine<'_>> =
            step.fields.iter().map(|it| line(page, step, it)).collect();
        page.fields(&fields);
        if step.action == Action::Create {
            page.remark(Tone::Plain, &arrives(&step.constants));
        }
    }
    if let Some(says) = &step.says {
        page.remark(Tone::Plain, says);
    }
}

/// The record of a step, and what became of it.
pub(crate) fn beside(step: &StepReport) -> String {
    let (_, _, became) = became(step);
    match &step.record {
        Some(record) => format!("{record}, {became}"),
        None => format!("new {} {}, {became}", step.side, step.entity),
    }
}

/// What is said of a step that an earlier run had left open.
pub(crate) const ADOPTED: &str = "sent by an earlier run whose answer was lost; found to be there";

/// What became of a step, as a sign and in words.
pub(crate) fn became(step: &StepReport) -> (Tone, &'static str, &'static str) {
    match (step.outcome, step.action) {
        (StepOutcome::Applied, Action::Create) => (Tone::New, "✓", "created"),
        (StepOutcome::Applied, Action::Update) => (Tone::New, "✓", "updated"),
        (StepOutcome::Applied, Action::Archive) => (Tone::New, "✓", "archived"),
        (StepOutcome::Applied, Action::Delete) => (Tone::New, "✓", "deleted"),
        (StepOutcome::Satisfied, _) => (Tone::Dim, "=", "already so, nothing sent"),
        (StepOutcome::Superseded, _) => (Tone::Wants, "↷", "superseded, nothing sent"),
        (StepOutcome::Failed, _) => (Tone::Wrong, "✗", "failed"),
        (StepOutcome::Unwritable, _) => (Tone::Plain, "-", "unwritable, nothing written"),
        (StepOutcome::InDoubt, _) => (Tone::Wrong, "?", "in doubt: sent, but no clear answer"),
    }
}

fn line<'a>(page: &Page, step: &StepReport, field: &'a FieldReport) -> FieldLine<'a> {
    let is_new = step.action == Action::Create && field.before.is_none();
    FieldLine {
        name: field.name.as_str(),
        before: (!is_new).then_some(&field.before),
        after: &field.after,
        reason: field
            .verdict
            .and_then(|it| note(page, step.side, it, &field.found))
            .unwrap_or_default(),
    }
}

/// What a reader must know if the field does not simply hold what was sent.
pub(super) fn note(
    page: &Page,
    side: Side,
    verdict: Verdict,
    found: &concordat_model::Held,
) -> Option<String> {
    verdict_says(side, verdict, &page.value(found, 40))
}

/// The same, with what the field holds already in words.
pub(crate) fn verdict_says(side: Side, verdict: Verdict, found: &str) -> Option<String> {
    match verdict {
        Verdict::Confirmed => None,
        Verdict::Normalised => Some(format!("{side} keeps it as {found}")),
        Verdict::Discarded => Some(format!("not kept: {side} answered ok and still holds {found}")),
        Verdict::Overtaken => Some(format!("overtaken: {side} holds {found}, written after ours")),
    }
}

/// Whether nothing waits, nothing is held, and everything was seen.
fn is_settled(report: &RunReport) -> bool {
    report.conflicts.is_empty()
        && report.cases.is_empty()
        && report.held.is_empty()
        && report.quarantined.is_empty()
        && report.incomplete.is_empty()
}

/// What is held, by reason, in the order in which the reasons first occur.
fn held(report: &RunReport) -> Vec<(String, u64)> {
    let mut reasons: Vec<(String, u64)> = Vec::new();
    for notice in &report.held {
        let says = notice.why.says();
        match reasons.iter_mut().find(|(known, _)| *known == says) {
            Some((_, count)) => *count += 1,
            None => reasons.push((says, 1)),
        }
    }
    reasons
}

fn totals(page: &mut Page, report: &RunReport) {
    let quiet = quiet(report);
    let rows = rows(report);
    if rows.is_empty() && quiet.is_none() {
        return;
    }
    let title = page.toned(Tone::Strong, "Result");
    page.line(&title);
    if let Some(says) = quiet {
        page.line(&format!("  {says}"));
    }
    for (tone, row) in rows {
        let label = page.toned(tone, &format!("{:10}", row.label));
        page.line(&format!("  {label}  {}", visible(&row.text)));
    }
}

/// What a run says that had nothing to write.
pub(crate) fn quiet(report: &RunReport) -> Option<&'static str> {
    let quiet = report.steps.is_empty() && report.refusals.is_empty() && report.complete;
    quiet.then_some(match is_settled(report) {
        true => "Both systems agree. There was nothing to write.",
        false => "There was nothing to write.",
    })
}

/// What was written to each side, and what became of the other steps.
pub(crate) fn rows(report: &RunReport) -> Vec<(Tone, Row)> {
    let mut rows = Vec::new();
    for side in Side::BOTH {
        let (writes, fields) = written(report, side);
        if writes != Writes::default() {
            let written = summary::written(writes, fields);
            rows.push((Tone::Plain, Row::new(side.title(), format!("{written}, verified"))));
        }
    }
    for outcome in StepOutcome::ALL {
        let (tone, says) = match outcome {
            StepOutcome::Applied => continue,
            StepOutcome::Satisfied => (Tone::Plain, "already held everything"),
            StepOutcome::Superseded => (Tone::Wants, "changed since the plan was made"),
            StepOutcome::Failed => (Tone::Wrong, "had no effect"),
            StepOutcome::Unwritable => (Tone::Plain, "not allowed by the key or token"),
            StepOutcome::InDoubt => (Tone::Wrong, "may or may not have been written"),
        };
        let count = report.count(outcome);
        if count > 0 {
            let steps = counted(count, "step");
            rows.push((tone, Row::new(outcome.word(), format!("{steps}, {says}"))));
        }
    }
    if report.settled > 0 {
        let agreed = counted(report.settled, "record");
        rows.push((Tone::Plain, Row::new("agreed", format!("{agreed} recorded without writing"))));
    }
    for says in &report.incomplete {
        rows.push((Tone::Wrong, Row::new("incomplete", says.as_str())));
    }
    if !report.dismissals.is_empty() {
        let records = counted(report.dismissals.len() as u64, "record");
        let says = format!("{records} that people deleted, not made again unless a person asks");
        rows.push((Tone::Plain, Row::new("dismissed", says)));
    }
    for (why, count) in held(report) {
        let records = counted(count, "record");
        rows.push((Tone::Plain, Row::new("held", format!("{records}: {why}"))));
    }
    if not_tried(report) > 0 {
        rows.push((Tone::Plain, Row::new("not tried", counted(not_tried(report), "step"))));
    }
    if !report.requests.is_empty() {
        rows.push((Tone::Plain, Row::new("sent", requests::totals(&report.sent()))));
    }
    rows
}

/// What a run wrote to `side`, and how many fields.
pub(crate) fn written(report: &RunReport, side: Side) -> (Writes, u64) {
    let applied = report.steps.iter().filter(|it| it.side == side);
    let applied: Vec<_> = applied.filter(|it| it.outcome == StepOutcome::Applied).collect();
    let count = |action| applied.iter().filter(|it| it.action == action).count() as u64;
    let writes = Writes {
        creates: count(Action::Create),
        updates: count(Action::Update),
        archives: count(Action::Archive),
        deletes: count(Action::Delete),
    };
    (writes, applied.iter().map(|it| it.fields.len() as u64).sum())
}

/// What waits for a person, or for time.
pub(crate) fn waiting(report: &RunReport) -> impl Iterator<Item = Row> {
    let (conflicts, cases) = (report.conflicts.len() as u64, report.cases.len() as u64);
    summary::waiting(conflicts, cases, &report.quarantined)
}

/// How many planned steps a run did not come to.
pub(crate) fn not_tried(report: &RunReport) -> u64 {
    let tried = report.steps.iter().filter(|it| !it.adopted).count() as u64;
    report.operations.saturating_sub(tried)
}

fn next(page: &mut Page, report: &RunReport) {
    let hints = hints(report);
    if hints.is_empty() {
        return;
    }
    page.gap();
    let title = page.toned(Tone::Strong, "Next");
    page.line(&title);
    for hint in hints {
        page.line(&format!("  {}", visible(&hint)));
    }
}

/// What a person may want to do now, with commands between backticks.
pub(crate) fn hints(report: &RunReport) -> Vec<String> {
    let mut hints = Vec::new();
    if report.count(StepOutcome::InDoubt) > 0 {
        hints.push("`concordat reconcile` first looks whether what is in doubt was written".into());
    } else if report.count(StepOutcome::Superseded) > 0
        || !report.complete && report.refusals.is_empty()
    {
        hints.push("`concordat reconcile` takes up what is left".to_owned());
    }
    if report.count(StepOutcome::Failed) > 0 {
        hints.push(
            "what had no effect: `concordat reconcile` tries it again; what was refused, in a week"
                .to_owned(),
        );
    }
    if !report.incomplete.is_empty() {
        hints.push(
            "what was not listed completely: `concordat reconcile` lists it again, and until then \
             nothing follows from what it did not show"
                .to_owned(),
        );
    }
    if let Some(run) = &report.run
        && report.sent().failed > 0
    {
        hints.push(format!("`concordat runs show {run} --errors` shows each request that failed"));
    }
    hints.extend(waiting(report).map(|row| match row.command {
        Some(command) => format!("{}: `{command}`", row.text),
        None => row.text,
    }));
    if let Some(run) = &report.run
        && report.count(StepOutcome::Applied) > 0
    {
        hints.push(format!("`concordat history list --run {run}` shows every change and why"));
    }
    hints
}
