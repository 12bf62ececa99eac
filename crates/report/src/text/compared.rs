//! What differs between two exports, as a person reads it: the totals, and the first rows that differ.

use concordat_compare::{Flaw, RowChange, RowDifference};
use concordat_model::Held;

use super::page::{FieldLine, Page};
use crate::Mask;
use crate::compared::{Compared, value, word};
use crate::style::{Paint, Tone, visible};

/// Two exports, compared.
///
/// # Errors
/// A row that differs cannot be read any more.
pub fn compared_text(compared: &Compared<'_>, paint: Paint, mask: Mask) -> Result<String, Flaw> {
    let mut page = Page::new(paint);
    let title = format!("{} → {}", visible(compared.names.old), visible(compared.names.new));
    let title = page.toned(Tone::Strong, &title);
    page.line(&title);
    for (label, text) in compared.facts() {
        page.line(&format!("  {label:<8} {text}"));
    }
    page.gap();
    if compared.differ() == 0 {
        page.line("Every row says the same in both.");
    }
    compared.first(mask)?.iter().for_each(|it| row(&mut page, it));
    if let Some(says) = compared.cut_off() {
        page.gap();
        page.line(&says);
    }
    Ok(page.into_text())
}

fn row(page: &mut Page, RowDifference { key, change, fields }: &RowDifference) {
    let symbol = match change {
        RowChange::Added => (Tone::New, "+"),
        RowChange::Gone => (Tone::Wrong, "-"),
        RowChange::Changed => (Tone::Changed, "~"),
    };
    page.record(symbol, &page.name(&key.join(" · ")), word(*change));
    let held: Vec<[Held; 2]> =
        fields.iter().map(|it| [&it.before, &it.after].map(|it| it.as_ref().map(value))).collect();
    let is_new = *change == RowChange::Added;
    let lines: Vec<FieldLine<'_>> = fields
        .iter()
        .zip(&held)
        .map(|(it, [before, after])| FieldLine {
            name: &it.field,
            before: (!is_new).then_some(before),
            after,
            reason: String::new(),
        })
        .collect();
    page.fields(&lines);
}
