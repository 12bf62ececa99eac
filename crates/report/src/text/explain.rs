//! Why is it as it is? What a person reads to understand one record, or one field of it.

mod beside;
mod replicas;

use concordat_model::plan::Case;
use concordat_model::{Agreement, Held, Interval, MappingName, Side, Sides, Step, Time};

use super::page::{Page, wrapped};
use super::summary;
use crate::explain::{
    EndFacts, Explanation, FieldFacts, Glance, ReplicaFacts, Stands, Touched, Upshot,
};
use crate::remedy;
use crate::style::{Paint, Tone, columns, padded, visible};

/// Where the values of a field stand.
const INDENT: usize = 6;
/// `would change`, the longest word in front of a value.
const LABEL: usize = 13;

/// A thing, its fields, and what it shares with others. With `whole`, what there is little to say about
/// is told in full too.
pub fn explain_text(
    explanation: &Explanation,
    fields: &[FieldFacts],
    replicas: &[ReplicaFacts],
    whole: bool,
    paint: Paint,
) -> String {
    let mut page = Page::new(paint);
    head(&mut page, explanation);
    page.gap();
    standing_of(&mut page, &explanation.stands);
    let names = fields.iter().map(|it| columns(it.name.as_str())).max().unwrap_or_default();
    for field in fields {
        if whole || !is_quiet(field) {
            page.gap();
            full(&mut page, explanation.mapping.as_ref(), field);
        }
    }
    let quiet: Vec<&FieldFacts> = fields.iter().filter(|it| !whole && is_quiet(it)).collect();
    page.gap();
    quiet.iter().for_each(|field| short(&mut page, field, names));
    replicas::tell(&mut page, replicas, whole);
    beside::tell(&mut page, &explanation.beside);
    if let Some(field) = quiet.first() {
        page.gap();
        let id = explanation.link.as_ref().map_or("RECORD", |link| link.as_str());
        let command = format!("`concordat explain {id}.{}`", field.name);
        page.line(&visible(&format!("{command} tells one of them in full.")));
    }
    page.into_text()
}

/// Whether nothing happens to it and nothing happened.
fn is_quiet(field: &FieldFacts) -> bool {
    let moved = field.ends.iter().any(|(_, end)| end.moved == Some(true) || !end.covered);
    let sets = matches!(field.outcome, Upshot::Nothing | Upshot::Agree { how: Agreement::Equal });
    sets && !moved
}

fn head(page: &mut Page, it: &Explanation) {
    let name = page.name(&it.name);
    let records: Vec<String> = it.records.iter().map(ToString::to_string).collect();
    let mut beside = records.join(" = ");
    for (word, text) in [
        ("", it.mapping.as_ref().map(|it| it.as_str())),
        ("link ", it.link.as_ref().map(|it| it.as_str())),
    ] {
        beside.extend(text.map(|text| format!(", {word}{text}")));
    }
    page.record(symbol(&it.stands), &name, &beside);
    for (side, seen) in it.mirrored.iter() {
        page.remark(Tone::Dim, &glance(side, seen));
    }
    if let Some(Touched { entry, at, run }) = &it.touched {
        let run = run.as_ref().map(|run| format!(" in run {run}")).unwrap_or_default();
        page.remark(
            Tone::Dim,
            &format!("last agreed on anything: {}{run}, entry {entry}", day(*at)),
        );
    }
}

fn symbol(stands: &Stands) -> (Tone, &'static str) {
    match stands {
        Stands::Linked { .. } => (Tone::Dim, "="),
        Stands::Case { .. } => (Tone::Wants, "?"),
        Stands::Create { .. } => (Tone::New, "+"),
        Stands::Marked { .. } => (Tone::Changed, "~"),
        Stands::Deleted { .. } => (Tone::Wrong, "✂"),
        Stands::Late
        | Stands::Held { .. }
        | Stands::Never { .. }
        | Stands::Quarantined { .. }
        | Stands::Archived { .. }
        | Stands::Dismissed { .. }
        | Stands::Unmatched
        | Stands::Unlisted
        | Stands::Unmapped => (Tone::Dim, "·"),
    }
}

/// `UpGuard as of 2026-11-24 07:26:11 UTC (its clock is 2 s ahead of ours)`.
fn glance(side: Side, it: &Glance) -> String {
    let apart = summary::lasting(it.ahead_ms.unsigned_abs() / 1000);
    let clock = match it.ahead_ms / 1000 {
        0 => String::new(),
        1.. => format!(" (its clock is {apart} ahead of ours)"),
        _ => format!(" (its clock is {apart} behind ours)"),
    };
    match it.listed {
        Some(listed) => format!("{side} as of {}{clock}", day(listed)),
        None => format!("{side} was never listed completely{clock}"),
    }
}

fn standing_of(page: &mut Page, stands: &Stands) {
    if matches!(stands, Stands::Linked { matched: None }) {
        return;
    }
    entry(page, "now", Tone::Plain, &remedy::standing(stands));
    match stands {
        Stands::Case { case } => candidates(page, case),
        Stands::Create { step } => made(page, step),
        Stands::Linked { .. }
        | Stands::Marked { .. }
        | Stands::Deleted { .. }
        | Stands::Late
        | Stands::Held { .. }
        | Stands::Never { .. }
        | Stands::Quarantined { .. }
        | Stands::Archived { .. }
        | Stands::Dismissed { .. }
        | Stands::Unmatched
        | Stands::Unlisted
        | Stands::Unmapped => {}
    }
    changes(page, &remedy::of_standing(stands));
}

fn candidates(page: &mut Page, case: &Case) {
    for (number, it) in case.candidates.iter().enumerate() {
        let name = page.name(&it.name);
        let label = if number == 0 { "it could be" } else { "" };
        entry(page, label, Tone::Plain, &format!("{} {name}, {}", number + 1, it.record));
    }
}

fn made(page: &mut Page, step: &Step) {
    let room = page.columns().saturating_sub(INDENT + LABEL).max(16);
    for (place, field) in step.fields.iter().enumerate() {
        let value = page.value(&field.after, room.saturating_sub(columns(field.name.as_str()) + 1));
        let label = if place == 0 { "with" } else { "" };
        entry(page, label, Tone::Plain, &format!("{} {value}", field.name));
    }
}

/// `= phone  +61 2 5550 0123   both hold what was agreed`, for a field nothing happens to.
fn short(page: &mut Page, field: &FieldFacts, width: usize) {
    let sets = match (&field.outcome, field.agreed.as_ref().map(|it| it.how)) {
        (Upshot::Agree { .. }, _) => "both hold the same",
        (_, Some(Agreement::Equal)) => "as agreed",
        (_, Some(Agreement::Normalised)) => "as agreed, each in its side's own form",
        (_, Some(Agreement::Drift)) => "different, listed once and left",
        (_, Some(Agreement::Decided)) => "different, a person said so",
        (_, Some(Agreement::Left)) => "different, the rule does not write there",
        (_, None) => "never agreed",
    };
    let name = padded(&visible(field.name.as_str()), width);
    let room = page.columns().saturating_sub(4 + width + 2 + 3 + columns(sets)).max(16);
    let held = Sides::from_fn(|side| page.value(&field.ends[side].held, room));
    let value = if held.upguard == held.highlevel {
        held.upguard
    } else {
        let room = (room / 2).saturating_sub(2).max(8);
        let held = Sides::from_fn(|side| page.value(&field.ends[side].held, room));
        format!("{} | {}", held.upguard, held.highlevel)
    };
    let sets = page.toned(Tone::Dim, &format!("({sets})"));
    let symbol = page.toned(Tone::Dim, "=");
    page.line(&format!("  {symbol} {name}  {value}   {sets}"));
}

fn full(page: &mut Page, mapping: Option<&MappingName>, field: &FieldFacts) {
    let (tone, symbol) = match &field.outcome {
        Upshot::Nothing | Upshot::Agree { .. } => (Tone::Dim, "="),
        Upshot::Write { .. } => (Tone::Changed, "~"),
        Upshot::Ask { .. } => (Tone::Wants, "!"),
        Upshot::Report { .. } => (Tone::Wants, "≠"),
        Upshot::Hold { .. } => (Tone::Dim, "·"),
    };
    let symbol = page.toned(tone, symbol);
    let name = page.toned(Tone::Strong, &visible(field.name.as_str()));
    page.line(&format!("  {symbol} {name}"));
    entry(page, "now", Tone::Plain, &remedy::now(field));
    if let Upshot::Write { to, after, .. } = &field.outcome {
        let value = format!("{} → {}", whole(page, &field.ends[*to].held), whole(page, after));
        entry(page, "", Tone::Changed, &value);
    }
    for side in Side::BOTH {
        let end = &field.ends[side];
        let held = if end.covered { whole(page, &end.held) } else { "(not shown)".into() };
        entry(page, side.title(), Tone::Plain, &held);
        let when = match end.covered {
            true => since(side, end),
            false => "the last reading does not cover it".into(),
        };
        entry(page, "", Tone::Dim, &format!("{}, {when}", end.path));
    }
    agreed(page, field);
    if let Some(take) = field.decided {
        entry(
            page,
            "decided",
            Tone::Plain,
            &format!("a person decided to {}", remedy::decision(take)),
        );
    }
    for (place, part) in remedy::rule(field).iter().enumerate() {
        entry(page, if place == 0 { "rule" } else { "" }, Tone::Plain, part);
    }
    changes(page, &remedy::of_field(mapping, field));
}

fn agreed(page: &mut Page, field: &FieldFacts) {
    let Some(agreed) = &field.agreed else {
        return entry(page, "last agreed", Tone::Dim, "never: this would be the first agreement");
    };
    let held = agreed.held.as_ref().map(|_, held| whole(page, held));
    let value = if held.upguard == held.highlevel {
        held.upguard
    } else {
        format!("UpGuard {}, HighLevel {}", held.upguard, held.highlevel)
    };
    entry(page, "last agreed", Tone::Plain, &format!("{value} ({})", sense(agreed.how)));
}

/// In what sense it was an agreement.
fn sense(how: Agreement) -> &'static str {
    match how {
        Agreement::Equal => "both held the same",
        Agreement::Normalised => "the same, each in its side's own form",
        Agreement::Drift => "different: the change could not be carried, and was listed once",
        Agreement::Decided => "different: a person said to leave them so",
        Agreement::Left => "different: the rule does not write there",
    }
}

fn whole(page: &Page, held: &Held) -> String {
    page.value(held, 4 * page.columns().saturating_sub(INDENT + LABEL).max(16))
}

fn changes(page: &mut Page, all: &[String]) {
    for (place, change) in all.iter().enumerate() {
        entry(page, if place == 0 { "would change" } else { "" }, Tone::Plain, change);
    }
}

/// A word, and what it says, in as many lines as it takes.
fn entry(page: &mut Page, label: &str, tone: Tone, text: &str) {
    let room = page.columns().saturating_sub(INDENT + LABEL).max(16);
    for (number, line) in wrapped(&visible(text), room).iter().enumerate() {
        let label = padded(if number == 0 { label } else { "" }, LABEL);
        let line = page.toned(tone, line);
        page.line(&format!("{:INDENT$}{}{line}", "", page.toned(Tone::Dim, &label)));
    }
}

/// When a field got its value, as far as that is known.
fn since(side: Side, end: &EndFacts) -> String {
    let did = match (end.moved, &end.held) {
        (Some(false), _) => return "unchanged since both last agreed".into(),
        (Some(true), _) => "changed",
        (None, Some(_)) => "set",
        (None, None) => "emptied",
    };
    let Interval { after, until, stamped } = end.since;
    let stamp = if stamped { "its stamp, " } else { "" };
    let when = match after {
        Some(after) if after.date_naive() == until.date_naive() => {
            let after = after.format("%Y-%m-%d %H:%M:%S");
            format!("{did} between {after} and {}", until.format("%H:%M:%S UTC"))
        }
        Some(after) => format!("{did} between {} and {}", day(after), day(until)),
        None if end.held.is_none() => format!("empty since {} or earlier", day(until)),
        None => format!("{did} at {} or earlier", day(until)),
    };
    format!("{when} ({stamp}{side}'s clock)")
}

fn day(time: Time) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
