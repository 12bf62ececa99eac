//! Who changed what, when, and why, as a person reads it?

use concordat_model::Held;

use super::page::{FieldLine, Page};
use super::run;
use crate::history::{ChangeAction, ChangeRow};
use crate::style::{Paint, Tone, visible};

/// The changes under the run that made them, oldest first.
pub fn history_text(rows: &[ChangeRow], paint: Paint) -> String {
    let mut page = Page::new(paint);
    if rows.is_empty() {
        page.line("No change is recorded that fits.");
        return page.into_text();
    }
    for session in rows.chunk_by(is_together) {
        page.gap();
        head(&mut page, &session[0]);
        body(&mut page, session);
    }
    page.into_text()
}

/// The changes, without the run that made them.
pub(super) fn body(page: &mut Page, rows: &[ChangeRow]) {
    page.align_names(rows.iter().map(name));
    for entry in rows.chunk_by(|one, next| one.seq == next.seq) {
        tell(page, entry);
    }
}

/// Whether two rows stand under one heading.
fn is_together(one: &ChangeRow, next: &ChangeRow) -> bool {
    one.run == next.run && one.pair == next.pair && one.at.date_naive() == next.at.date_naive()
}

/// What a person called the record; a decision about one that was never linked knows no name.
fn name(row: &ChangeRow) -> &str {
    row.name.as_deref().unwrap_or("(unlinked)")
}

fn head(page: &mut Page, row: &ChangeRow) {
    let command = row.command.as_deref().map(|it| format!(", {it}")).unwrap_or_default();
    let title = match &row.run {
        Some(run) => format!("Run {run}{command} for {}", row.pair),
        None => format!("Between runs for {}", row.pair),
    };
    let title = page.toned(Tone::Strong, &visible(&title));
    page.line(&format!("{title}, {}", row.at.format("%Y-%m-%d")));
}

/// What one entry of the ledger says: a record, and its fields.
fn tell(page: &mut Page, rows: &[ChangeRow]) {
    let first = &rows[0];
    let name = page.name(name(first));
    let is_write = rows.iter().any(|row| row.action == ChangeAction::Write);
    let symbol = match first.action {
        ChangeAction::Create => (Tone::New, "+"),
        ChangeAction::Link if is_write => (Tone::Changed, "~"),
        ChangeAction::Write => (Tone::Changed, "~"),
        ChangeAction::Link => (Tone::Dim, "="),
        ChangeAction::Decide => (Tone::Wants, "!"),
        ChangeAction::Dismiss => (Tone::Dim, "×"),
        ChangeAction::Delete => (Tone::Wrong, "✂"),
    };
    let record = first.record.as_ref().map(|key| format!("{key}, ")).unwrap_or_default();
    let actor =
        if first.actor == "concordat" { String::new() } else { format!(", {}", first.actor) };
    let beside = format!("{record}{}{actor}, entry {}", first.at.format("%H:%M:%S UTC"), first.seq);
    page.record(symbol, &name, &beside);
    let is_new = first.action == ChangeAction::Create;
    let fields: Vec<FieldLine<'_>> =
        rows.iter().filter_map(|row| field(page, row, is_new)).collect();
    page.fields(&fields);
    for row in rows.iter().filter(|row| row.action != ChangeAction::Write) {
        let about = row.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
        page.remark(Tone::Dim, &format!("({about}{})", row.says));
    }
    if first.adopted {
        page.remark(Tone::Dim, &format!("({})", run::ADOPTED));
    }
}

fn field<'a>(page: &Page, row: &'a ChangeRow, is_new: bool) -> Option<FieldLine<'a>> {
    if row.action != ChangeAction::Write {
        return None;
    }
    let name = row.field.as_ref()?.as_str();
    let before: &Held = &row.before;
    let says = (!is_new).then(|| row.says.clone());
    let note = row
        .side
        .zip(row.verdict)
        .and_then(|(side, verdict)| run::note(page, side, verdict, &row.found));
    let reason: Vec<String> = note.into_iter().chain(says).collect();
    Some(FieldLine {
        name,
        before: (!is_new || before.is_some()).then_some(before),
        after: &row.sent,
        reason: reason.join("; "),
    })
}
