//! What holds for any text in a report? It is text: no cell of a table becomes a formula and no row another number
//! of cells, a page gets no tag of it, and a document says the same when it is read.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use concordat_model::{FieldStep, Plan, Step, Value};
use concordat_report::{Forecast, Format, Mask, PlanDocument, Report};

static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let seeds = super::target("plan_file").expect("a target").seeds();
    let (_, whole) = seeds.iter().find(|(name, _)| name == "whole.json").expect("a plan");
    PlanDocument::read(whole, "whole.json").expect("a plan").1
});

/// The tags of a page that nobody tampered with: what stands between backticks is code, and what differs is marked.
static TAGS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let marked = "b class=".to_owned();
    tags(&written(&saying("x `y`"), Format::Html)).into_iter().chain([marked]).collect()
});

/// The plan, saying `text` wherever a side could.
fn saying(text: &str) -> Plan {
    let value = Some(Value::text(text));
    let field = |it: FieldStep| FieldStep { before: value.clone(), after: value.clone(), ..it };
    let step = |it: Step| Step {
        name: text.into(),
        fields: it.fields.into_iter().map(field).collect(),
        side_effects: vec![text.to_owned()],
        ..it
    };
    let plan = PLAN.clone();
    Plan { steps: plan.steps.into_iter().map(step).collect(), ..plan }
}

fn written(plan: &Plan, format: Format) -> String {
    let document = PlanDocument::of(plan, Forecast::of(Vec::new()), Vec::new());
    let mut bytes = Vec::new();
    Report::Plan(&document).write(format, Mask::Reveal, &mut bytes).expect("memory");
    String::from_utf8(bytes).expect("text")
}

/// The law of reports.
pub fn any_text(input: &[u8]) {
    let text = format!("x{}", String::from_utf8_lossy(input));
    let bare = String::from_utf8_lossy(input).into_owned();
    let plan = saying(&bare);
    let widths = |table: &str| cells(table).iter().map(Vec::len).collect::<Vec<_>>();
    let table = written(&plan, Format::Csv);
    assert_eq!(
        widths(&table),
        widths(&written(&saying("x"), Format::Csv)),
        "rows or cells come and go"
    );
    for cell in cells(&table).concat() {
        assert!(!is_formula(&cell), "{cell:?} is a formula");
    }
    let page = tags(&written(&saying(&text), Format::Html));
    let foreign = page.difference(&TAGS).next();
    assert_eq!(foreign, None, "a tag comes out of {text:?}");

    let document = written(&plan, Format::Json);
    let read = PlanDocument::read(document.as_bytes(), "plan.json").map(|it| it.1);
    assert_eq!(read.ok(), Some(plan), "{bare:?} is written as something else");
}

/// The tags of a page, without the values of their attributes.
fn tags(page: &str) -> BTreeSet<String> {
    let mut tags = BTreeSet::new();
    let mut letters = page.chars();
    while letters.by_ref().any(|it| it == '<') {
        let (mut tag, mut is_value) = (String::new(), false);
        for letter in letters.by_ref() {
            match letter {
                '"' => is_value = !is_value,
                '>' if !is_value => break,
                other if !is_value => tag.push(other),
                _ => {}
            }
        }
        tags.insert(tag);
    }
    tags
}

/// What a spreadsheet would evaluate.
fn is_formula(cell: &str) -> bool {
    cell.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ])
}

/// The cells of a table as RFC 4180 has it.
fn cells(table: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut letters, mut is_quoted) = (table.chars().peekable(), false);
    while let Some(letter) = letters.next() {
        match (letter, is_quoted) {
            ('"', true) if letters.peek() == Some(&'"') => cell.extend(letters.next()),
            ('"', _) => is_quoted = !is_quoted,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\n', false) => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            ('\r', false) => {}
            (other, _) => cell.push(other),
        }
    }
    assert!(!is_quoted && row.is_empty() && cell.is_empty(), "a table that does not end");
    rows
}
