//! What waits for a person, and which command answers it?

use concordat_model::plan::{Case, Conflict};
use concordat_model::{Dismissal, Field, Held, Quarantined, Side, Sides};

use super::page::Page;
use crate::style::{Paint, Tone, columns, counted, padded, visible};

/// Every field that waits, with what decides it.
pub fn conflicts_text(conflicts: &[Conflict], paint: Paint) -> String {
    let mut page = Page::new(paint);
    if conflicts.is_empty() {
        page.line("No conflict waits for a person.");
        return page.into_text();
    }
    page.align_names(conflicts.iter().map(|it| it.name.as_str()));
    for conflict in conflicts {
        let name = page.name(&conflict.name);
        let beside = records(conflict, &format!("conflict {}", conflict.id));
        page.record((Tone::Wants, "!"), &name, &beside);
        contested(&mut page, conflict);
    }
    page.gap();
    page.line(&format!("{}. To decide one:", waits(conflicts.len() as u64, "conflict")));
    page.line("  concordat conflicts show ID");
    page.line("  concordat conflicts resolve ID --take upguard|highlevel|leave");
    page.into_text()
}

/// One field that waits, and what each answer would do.
pub fn conflict_text(conflict: &Conflict, paint: Paint) -> String {
    let mut page = Page::new(paint);
    let name = page.name(&conflict.name);
    let beside = records(conflict, &format!("conflict {}, link {}", conflict.id, conflict.link));
    page.record((Tone::Wants, "!"), &name, &beside);
    contested(&mut page, conflict);
    page.gap();
    page.line("To decide it:");
    let id = visible(&conflict.id).into_owned();
    let effect = |side: Side| match conflict.can_write[side.other()] {
        true => format!("writes {side}'s value to {}", side.other()),
        false => format!("leaves both as they are: {} cannot be written", side.other()),
    };
    for (take, effect) in [
        ("upguard", effect(Side::Upguard)),
        ("highlevel", effect(Side::Highlevel)),
        ("leave", "leaves both as they are, until one of them changes".to_owned()),
    ] {
        let effect = page.toned(Tone::Dim, &effect);
        page.line(&format!("  concordat conflicts resolve {id} --take {take:9}  {effect}"));
    }
    page.line(
        "The next plan carries the answer out, as long as both sides still hold these values.",
    );
    page.into_text()
}

/// Every record nobody could place, with what it could be, and those that people deleted.
pub fn matches_text(cases: &[Case], ended: &[Dismissal], paint: Paint) -> String {
    let mut page = Page::new(paint);
    let names = cases.iter().map(|it| &it.name).chain(ended.iter().map(|it| &it.name));
    page.align_names(names.map(|it| it.as_str()));
    if cases.is_empty() {
        page.line("No record waits to be matched.");
    }
    for case in cases {
        let name = page.name(&case.name);
        let beside = format!("{}, case {}", case.record, case.id);
        page.record((Tone::Wants, "?"), &name, &beside);
        candidates(&mut page, case);
    }
    if !cases.is_empty() {
        page.gap();
        page.line(&format!("{}. To decide one:", waits(cases.len() as u64, "ambiguous record")));
        page.line("  concordat matches decide ID --link RECORD   it is this record");
        page.line(
            "  concordat matches decide ID --create        it is none of them, make a new one",
        );
        page.line("  concordat matches decide ID --never         leave it alone");
    }
    if !ended.is_empty() {
        page.gap();
        ended.iter().for_each(|it| dismissed(&mut page, it));
        page.gap();
        page.line(&format!("{} and not made again, unless:", were_deleted(ended.len() as u64)));
        page.line("  concordat matches decide ID --create        make it again");
    }
    page.into_text()
}

fn were_deleted(count: u64) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{} {verb} deleted", counted(count, "record"))
}

/// Every archive and deletion that waits, and when it is made.
pub fn quarantine_text(quarantine: &[Quarantined], paint: Paint) -> String {
    let mut page = Page::new(paint);
    if quarantine.is_empty() {
        page.line("No archive waits.");
        return page.into_text();
    }
    page.align_names(quarantine.iter().map(|it| it.name.as_str()));
    quarantine.iter().for_each(|it| quarantined(&mut page, it));
    page.gap();
    page.line("To decide one:");
    page.line("  concordat quarantine approve ID   do it at the next run, without waiting");
    page.line(
        "  concordat quarantine cancel ID    do not do it as long as the other record stays gone",
    );
    page.into_text()
}

/// An archive or a deletion that waits.
pub(super) fn quarantined(page: &mut Page, it: &Quarantined) {
    let name = page.name(&it.name);
    let beside = format!("{}, quarantine {}", it.record, it.id);
    page.record((Tone::Dim, "◌"), &name, &beside);
    page.remark(Tone::Plain, &it.due());
    page.remark(Tone::Dim, &format!("({})", it.why.says()));
}

/// A record that people deleted.
pub(super) fn dismissed(page: &mut Page, it: &Dismissal) {
    let name = page.name(&it.name);
    let gone: Vec<String> = it.gone.iter().map(ToString::to_string).collect();
    page.record((Tone::Dim, "×"), &name, &format!("{}, case {}", gone.join(", "), it.case));
    page.remark(Tone::Dim, &format!("({})", it.why.says()));
}

/// The records of a conflict, and what it is called.
pub(super) fn records(conflict: &Conflict, called: &str) -> String {
    let records: Vec<String> = conflict.records().map(ToString::to_string).collect();
    if records.is_empty() {
        called.to_owned()
    } else {
        format!("{}, {called}", records.join(" = "))
    }
}

/// `1 conflict waits for a person`.
pub(super) fn waits(count: u64, noun: &str) -> String {
    let verb = if count == 1 { "waits" } else { "wait" };
    format!("{} {verb} for a person", counted(count, noun))
}

/// What each side holds of a contested field, what both last agreed on, and why it waits.
pub(super) fn contested(page: &mut Page, conflict: &Conflict) {
    both_sides(page, &conflict.field, &conflict.held, conflict.base.as_ref());
    page.remark(Tone::Dim, &format!("({})", conflict.why.says()));
}

/// What each side holds of a field, one under the other.
pub(super) fn both_sides(
    page: &mut Page,
    field: &Field,
    held: &Sides<Held>,
    base: Option<&Sides<Held>>,
) {
    let name = visible(field.as_str()).into_owned();
    let indent = columns(&name);
    let room = page.columns().saturating_sub(6 + indent + 2 + 13).max(16);
    let mut lines: Vec<(&str, String)> =
        Side::BOTH.map(|side| (side.title(), page.value(&held[side], room))).into();
    match base {
        Some(base) if base.upguard == base.highlevel => {
            lines.push(("last agreed", page.value(&base.upguard, room)));
        }
        // Each side's own form of what was agreed.
        Some(base) => lines.extend(
            [("U. agreed", Side::Upguard), ("H. agreed", Side::Highlevel)]
                .map(|(label, side)| (label, page.value(&base[side], room))),
        ),
        None => {}
    }
    for (place, (label, value)) in lines.iter().enumerate() {
        let name = if place == 0 { padded(&name, indent) } else { " ".repeat(indent) };
        let tone = if place < Side::BOTH.len() { Tone::Plain } else { Tone::Dim };
        let value = page.toned(tone, &format!("{label:11}  {value}"));
        page.line(&format!("      {name}  {value}"));
    }
}

/// What an ambiguous record could be, numbered.
pub(super) fn candidates(page: &mut Page, case: &Case) {
    let names: Vec<String> = case.candidates.iter().map(|it| page.name(&it.name)).collect();
    let widest = names.iter().map(|it| columns(it)).max().unwrap_or_default();
    for (place, (candidate, name)) in case.candidates.iter().zip(names).enumerate() {
        let key = page.toned(Tone::Dim, &visible(&candidate.record.to_string()));
        page.line(&format!("      {} {}  {key}", place + 1, padded(&name, widest)));
    }
    page.remark(Tone::Dim, &format!("({})", case.says));
}
