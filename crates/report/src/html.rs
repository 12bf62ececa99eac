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

const PAGE: &str = include_str!("html/report.html");
pub(crate) const STYLE: &str = include_str!("html/report.css");
const SCRIPT: &str = include_str!("html/report.js");

/// Writes `sheet` as one page; `chart` is of all its cards, of which `left_out` are not there.
pub(crate) fn write(
    sheet: &Sheet<'_>,
    chart: chart::Chart,
    left_out: usize,
    to: impl io::Write,
) -> io::Result<()> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    templates.set_syntax(syntax.map_err(io::Error::other)?);
    // What is escaped follows from the name.
    templates.add_template("report.html", PAGE).map_err(io::Error::other)?;
    let page = templates.get_template("report.html").map_err(io::Error::other)?;
    let page = page.render_captured_to(
        context! {
            page => Value::from(Serde(view::Page::of(sheet, chart, left_out))),
            policy => policy(),
            style => STYLE,
            script => SCRIPT,
            tool => concat!("concordat ", env!("CARGO_PKG_VERSION")),
        },
        to,
    );
    page.map_err(io::Error::other)?;
    Ok(())
}

/// Nothing may be fetched, nothing sent, and only our own style and script apply.
pub(crate) fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; \
         base-uri 'none'; form-action 'none'",
        BASE64_STANDARD.encode(Sha256::digest(STYLE)),
        BASE64_STANDARD.encode(Sha256::digest(SCRIPT)),
    )
}
