//! How does a report look in a browser? One page that asks nothing of any server, can be read
//! without its script and on paper, and in which no value is anything but text.
//!
//! Values meet markup only in the template, which escapes all of them. The policy in its head lets
//! run what is ours, by its hash, and nothing else: a value that got through would still do nothing.

mod chart;
mod view;

use std::io;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use sha2::{Digest, Sha256};

use crate::sheet::Sheet;
pub(crate) use chart::chart;

const PAGE: &str = concat!(include_str!("html/head.html"), include_str!("html/report.html"));
const STYLE: &str = include_str!("html/report.css");
const SCRIPT: &str = include_str!("html/report.js");

/// Writes `sheet` as one page; `chart` is of all its cards, of which `left_out` are not there.
pub(crate) fn write(
    sheet: &Sheet<'_>,
    chart: chart::Chart,
    left_out: usize,
    to: impl io::Write,
) -> io::Result<()> {
    let title = format!("{} for {}", sheet.title, sheet.pair);
    let page = Value::from(Serde(view::Page::of(sheet, chart, left_out)));
    render(PAGE, context! { title, page }, to)
}

/// Writes `page`, which begins with `head.html`, filled in with `values`; its `title` is one of them.
pub(crate) fn render(page: &'static str, values: Value, to: impl io::Write) -> io::Result<()> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    templates.set_syntax(syntax.map_err(io::Error::other)?);
    templates.add_global("policy", policy());
    templates.add_global("style", STYLE);
    templates.add_global("script", SCRIPT);
    templates.add_global("tool", concat!("concordat ", env!("CARGO_PKG_VERSION")));
    // What is escaped follows from the name.
    templates.add_template("page.html", page).map_err(io::Error::other)?;
    let page = templates.get_template("page.html").map_err(io::Error::other)?;
    page.render_captured_to(values, to).map_err(io::Error::other)?;
    Ok(())
}

/// Nothing may be fetched, nothing sent, and only our own style and script apply.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; \
         base-uri 'none'; form-action 'none'",
        BASE64_STANDARD.encode(Sha256::digest(STYLE)),
        BASE64_STANDARD.encode(Sha256::digest(SCRIPT)),
    )
}
