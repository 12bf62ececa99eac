//! In which formats can a plan or a run be filed? Text, JSON, Markdown, CSV and HTML, all from the
//! same plan or run, masked before anything else looks at it.

use std::io;
use std::str::FromStr;

use concordat_model::Plan;

use crate::sheet::Sheet;
use crate::{
    Mask, Paint, PlanDocument, RunDocument, RunReport, html, markdown, plan_text, run_text, table,
};

/// How many records a report for people lists; more would be no report, and bring browsers down.
pub const RECORDS_MAX: usize = 2000;

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As on the terminal.
    Text,
    /// As with `--json`.
    Json,
    /// For tickets and pull requests.
    Markdown,
    /// For spreadsheets.
    Csv,
    /// One page for browsers.
    Html,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Format::Text),
            "json" => Ok(Format::Json),
            "markdown" | "md" => Ok(Format::Markdown),
            "csv" => Ok(Format::Csv),
            "html" => Ok(Format::Html),
            _ => Err(format!(
                "there is no format {name:?}; there are text, json, markdown (md), csv, html"
            )),
        }
    }
}

/// What is reported.
#[derive(Clone, Copy, Debug)]
pub enum Report<'a> {
    /// What would be done.
    Plan(&'a PlanDocument),
    /// What was done; with the plan, if there was one, also what was not tried.
    Run(&'a RunReport, Option<&'a Plan>),
}

impl Report<'_> {
    /// Writes it as `format`, showing what `mask` lets be seen.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(self, format: Format, mask: Mask, mut to: impl io::Write) -> io::Result<()> {
        match self {
            Report::Plan(document) => {
                let document = document.masked(mask);
                match format {
                    Format::Text => to.write_all(plan_text(&document, Paint::default()).as_bytes()),
                    Format::Json => document.write(to),
                    Format::Markdown | Format::Csv | Format::Html => {
                        laid_out(Sheet::of_plan(&document), format, to)
                    }
                }
            }
            Report::Run(report, plan) => {
                let plan = plan.map(|it| PlanDocument::of(it, report.forecast.clone(), Vec::new()));
                let plan = plan.as_ref().map(|it| it.masked(mask));
                let document = RunDocument::masked(report, mask);
                match format {
                    Format::Text => to.write_all(text(&document, plan.as_deref()).as_bytes()),
                    Format::Json => document.write(to),
                    Format::Markdown | Format::Csv | Format::Html => {
                        let plan = plan.as_deref().map(PlanDocument::plan);
                        laid_out(Sheet::of_run(&document, plan), format, to)
                    }
                }
            }
        }
    }
}

fn text(document: &RunDocument, plan: Option<&PlanDocument>) -> String {
    let text = run_text(&document.report, Paint::default());
    match plan.filter(|_| !document.report.refusals.is_empty()) {
        // Nothing was done: what would have been is what there is to read.
        Some(plan) => text + "\n" + &plan_text(plan, Paint::default()),
        None => text,
    }
}

fn laid_out(mut sheet: Sheet<'_>, format: Format, mut to: impl io::Write) -> io::Result<()> {
    if format == Format::Csv {
        return table::write(&sheet, to);
    }
    let left_out = sheet.count().saturating_sub(RECORDS_MAX);
    let chart = html::chart(&sheet);
    sheet.cut(RECORDS_MAX);
    match format {
        Format::Html => html::write(&sheet, chart, left_out, to),
        _ => to.write_all(markdown::text(&sheet, left_out).as_bytes()),
    }
}
