//! How do the differences of two exports read in a ticket or in a browser? No value is anything but text.

use std::fmt::Write as _;
use std::io;

use concordat_compare::Flaw;
use minijinja::context;

use super::{Compared, lines, shown, word};
use crate::html::render;
use crate::markdown::plain;
use crate::mask::Mask;

/// Columns of a value.
const VALUE_MAX: usize = 160;
const PAGE: &str = concat!(include_str!("../html/head.html"), include_str!("compared.html"));

/// As Markdown.
pub(super) fn markdown(compared: &Compared<'_>, mask: Mask) -> Result<String, Flaw> {
    let mut page = String::new();
    let mut line = |text: String| writeln!(page, "{text}").expect("a string takes every text");
    line(format!("# {} → {}\n", plain(compared.names.old), plain(compared.names.new)));
    for (label, text) in compared.facts() {
        line(format!("- {label}: {}", plain(&text)));
    }
    if mask == Mask::Personal {
        line("- personal data is masked".to_owned());
    }
    if let Some(says) = compared.cut_off() {
        line(format!("\n{says}"));
    }
    let rows = compared.first(mask)?;
    if !rows.is_empty() {
        line("\n| | Row | Field | Before | After |\n|---|---|---|---|---|".to_owned());
    }
    for row in rows {
        let key = plain(&row.key.join(" · "));
        for it in lines(row.fields) {
            let [before, after] = [&it.before, &it.after].map(|it| plain(&shown(it, VALUE_MAX)));
            line(format!(
                "| {} | {key} | {} | {before} | {after} |",
                word(row.change),
                plain(&it.field)
            ));
        }
    }
    Ok(page)
}

/// As one page that asks nothing of any server.
pub(super) fn html(compared: &Compared<'_>, mask: Mask, to: impl io::Write) -> io::Result<()> {
    let rows: Vec<_> = compared
        .first(mask)
        .map_err(io::Error::other)?
        .iter()
        .map(|row| {
            let fields: Vec<_> = row
                .fields
                .iter()
                .map(|it| (&it.field, shown(&it.before, VALUE_MAX), shown(&it.after, VALUE_MAX)))
                .map(|(field, before, after)| context! { field, before, after })
                .collect();
            context! { key => row.key.join(" · "), change => word(row.change), fields }
        })
        .collect();
    let values = context! {
        title => format!("{} → {}", compared.names.old, compared.names.new),
        facts => compared.facts(),
        masked => mask == Mask::Personal,
        cut_off => compared.cut_off(),
        rows,
    };
    render(PAGE, values, to)
}
