//! What does it come to? The last lines of a plan: what is refused, what is written to each side,
//! what waits, and what it costs.

use concordat_model::{Action, Plan, Quarantined, Refusal, Resource, Side, Summary, Writes};

use super::page::{Page, wrapped};
use super::plan::fields_written;
use super::waiting::waits;
use crate::Forecast;
use crate::style::{Tone, counted, grouped, visible};

/// What the guards refuse, with numbers and the way on.
pub(super) fn refusals(page: &mut Page, refusals: &[Refusal]) {
    if refusals.is_empty() {
        return;
    }
    let title = page.toned(Tone::Wrong, "Refused: nothing will be written");
    page.line(&title);
    for refusal in refusals {
        let class = page.toned(Tone::Strong, refusal.class.name());
        page.line(&format!("  {class}"));
        let room = page.columns() - 6;
        for line in wrapped(&visible(&refusal.says), room) {
            page.line(&format!("      {line}"));
        }
        for line in wrapped(&visible(&refusal.remedy), room) {
            let line = page.toned(Tone::Dim, &line);
            page.line(&format!("      {line}"));
        }
    }
}

/// One line of a summary.
pub(crate) struct Row {
    /// What it is about, in a word.
    pub label: &'static str,
    pub text: String,
    /// The command that shows more.
    pub command: Option<&'static str>,
}

impl Row {
    pub fn new(label: &'static str, text: impl Into<String>) -> Row {
        Row { label, text: text.into(), command: None }
    }
}

/// The plan in numbers.
pub(super) fn plan(page: &mut Page, plan: &Plan, forecast: &Forecast) {
    let title = page.toned(Tone::Strong, "Summary");
    page.line(&title);
    for row in rows(plan, forecast) {
        let Row { label, text, .. } = row;
        match row.command {
            Some(command) => {
                let command = page.toned(Tone::Dim, &format!("`{command}`"));
                page.line(&format!("  {label:9}  {text}: {command}"));
            }
            None => page.line(&format!("  {label:9}  {text}")),
        }
    }
}

/// What is written to each side, what waits, what is left as it is, and what it costs.
pub(crate) fn rows(plan: &Plan, forecast: &Forecast) -> Vec<Row> {
    let summary = plan.summary();
    let mut rows = Vec::new();
    for (side, writes) in [(Side::Upguard, summary.upguard), (Side::Highlevel, summary.highlevel)] {
        rows.push(Row::new(side.title(), written(writes, fields_written(plan, side))));
    }
    if summary.side_effects > 0 {
        rows.push(Row::new("sets off", counted(summary.side_effects, "side effect")));
    }
    if !plan.dismissals.is_empty() {
        let records = counted(plan.dismissals.len() as u64, "record");
        let says = format!("{records} that people deleted, not made again unless a person asks");
        rows.push(Row::new("dismissed", says));
    }
    rows.extend(waiting(summary.conflicts, plan.cases.len() as u64, &plan.quarantined));
    let told = plan.cases.len() + plan.quarantined.iter().filter(|it| it.waits()).count();
    rows.extend(untouched(&summary, told as u64));
    rows.extend(dormant(plan));
    if !plan.steps.is_empty() {
        rows.push(Row::new("costs", cost(forecast)));
        let parts = Side::BOTH.into_iter().filter_map(|side| part(forecast, side));
        rows.extend(parts.map(|it| Row::new("costs", it)));
    }
    rows
}

/// What waits because what is gone may come back; nothing: nothing does.
fn quarantine(quarantined: &[Quarantined]) -> Option<Row> {
    let waits = |action| quarantined.iter().filter(move |it| it.waits() && it.action == action);
    let counts = [(Action::Archive, "archive"), (Action::Delete, "delete")];
    let counts = counts.map(|(action, noun)| (waits(action).count() as u64, noun));
    let parts = counts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, noun)| counted(count, noun)).collect();
    (!parts.is_empty()).then(|| Row {
        command: Some("concordat quarantine list"),
        ..Row::new("waiting", format!("{} in quarantine", parts.join(" and ")))
    })
}

/// What waits for a person, or for time, and the command that lists it.
pub(crate) fn waiting(
    conflicts: u64,
    cases: u64,
    quarantined: &[Quarantined],
) -> impl Iterator<Item = Row> {
    [
        (conflicts, "conflict", "concordat conflicts list"),
        (cases, "ambiguous record", "concordat matches list"),
    ]
    .into_iter()
    .filter(|(count, _, _)| *count > 0)
    .map(|(count, noun, command)| Row {
        command: Some(command),
        ..Row::new("waiting", waits(count, noun))
    })
    .chain(quarantine(quarantined))
}

fn untouched(summary: &Summary, told: u64) -> Option<Row> {
    let held = summary.held.saturating_sub(told);
    let parts: Vec<String> = [
        (summary.drift > 0).then(|| format!("{} drift", grouped(summary.drift))),
        (held > 0).then(|| format!("{} held", grouped(held))),
        (summary.unmatched > 0).then(|| {
            let records = counted(summary.unmatched, "HighLevel record");
            format!("{records} without counterpart")
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| Row::new("untouched", parts.join(", ")))
}

/// The vendors that the pair is not about.
fn dormant(plan: &Plan) -> Option<Row> {
    let vendors = plan.census.iter().find(|it| it.resource == Resource::Vendor)?;
    let says = || format!("{} outside this pair's slice", counted(vendors.outside, "vendor"));
    (vendors.outside > 0).then(|| Row::new("dormant", says()))
}

/// `1 create, 2 updates (7 fields)`.
pub(crate) fn written(writes: Writes, fields: u64) -> String {
    let parts: Vec<String> = [
        (writes.creates, "create"),
        (writes.updates, "update"),
        (writes.archives, "archive"),
        (writes.deletes, "delete"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, noun)| counted(count, noun))
    .collect();
    if parts.is_empty() {
        return "nothing to write".into();
    }
    format!("{} ({})", parts.join(", "), counted(fields, "field"))
}

/// `about 34 requests, 4 s, 0.02 % of HighLevel's day`.
pub(crate) fn cost(forecast: &Forecast) -> String {
    let requests = counted(forecast.requests, "request");
    let share = match forecast.daily_quota_percent {
        percent if percent > 100.0 => {
            format!("{:.1} days of what HighLevel allows", percent / 100.0)
        }
        percent if percent < 0.01 => "less than 0.01 % of HighLevel's day".into(),
        percent => format!("{percent} % of HighLevel's day"),
    };
    format!("about {requests}, {}, {share}", lasting(forecast.seconds))
}

/// `HighLevel 28 requests, 2.9 s`; of each operation, the document says it.
fn part(forecast: &Forecast, side: Side) -> Option<String> {
    let of = || forecast.operations.iter().filter(|it| it.side == side);
    let requests = of().map(|it| it.requests).sum();
    let seconds: f64 = of().map(|it| it.seconds).sum();
    (requests > 0).then(|| format!("{side} {}, {seconds:.1} s", counted(requests, "request")))
}

/// A span of time in its two largest units.
pub(crate) fn lasting(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", grouped(seconds / 3600), seconds % 3600 / 60),
    }
}
