//! What does it come to? The last lines of a plan: what is refused, what is written to each side,
//! what waits, and what it costs.

use concordat_model::plan::Writes;
use concordat_model::{Plan, Refusal, Side, Summary};

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

/// The plan in numbers.
pub(super) fn plan(page: &mut Page, plan: &Plan, forecast: Forecast) {
    let summary = plan.summary();
    let title = page.toned(Tone::Strong, "Summary");
    page.line(&title);
    for (side, writes) in [(Side::Upguard, summary.upguard), (Side::Highlevel, summary.highlevel)] {
        row(page, side.title(), &written(writes, fields_written(plan, side)));
    }
    if summary.side_effects > 0 {
        row(page, "sets off", &counted(summary.side_effects, "side effect"));
    }
    left(page, &summary, plan.cases.len() as u64);
    if forecast.requests > 0 {
        row(page, "costs", &cost(forecast));
    }
}

fn row(page: &mut Page, label: &str, text: &str) {
    page.line(&format!("  {label:9}  {text}"));
}

/// What waits for a person, and what is left as it is.
fn left(page: &mut Page, summary: &Summary, cases: u64) {
    for (count, noun, command) in [
        (summary.conflicts, "conflict", "concordat conflicts list"),
        (cases, "ambiguous record", "concordat matches list"),
    ] {
        if count > 0 {
            let command = page.toned(Tone::Dim, &format!("`{command}`"));
            row(page, "waiting", &format!("{}: {command}", waits(count, noun)));
        }
    }
    let held = summary.held.saturating_sub(cases);
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
    if !parts.is_empty() {
        row(page, "untouched", &parts.join(", "));
    }
}

/// `1 create, 2 updates (7 fields)`.
pub(super) fn written(writes: Writes, fields: u64) -> String {
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
pub(super) fn cost(forecast: Forecast) -> String {
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

/// A span of time in its two largest units.
pub(super) fn lasting(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", grouped(seconds / 3600), seconds % 3600 / 60),
    }
}
