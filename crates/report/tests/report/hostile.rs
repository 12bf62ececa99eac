//! Can a value that somebody typed into one of the systems do harm where it is shown?

use concordat_model::{Plan, Step, Value};
use concordat_report::{
    Cells, Filter, Format, Mask, Paint, PlanDocument, Report, RunReport, changes, csv,
    history_text, jsonl, plan_text, style::visible,
};

use crate::sample::{self, text};
use crate::{golden, sample_history};

const HOSTILE: [&str; 7] = [
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "=cmd|'/C calc'!A0",
    "line one\r\nline two\u{2028}line three",
    "\u{202e}gnp.exe\u{202c}",
    "\u{9b}31mred\u{7f}",
    "zero\u{200b}width\u{feff}",
    "quote \" comma , semicolon ; tab \t",
];

/// What a spreadsheet might take for a formula, or for the end of a cell and then a formula: where
/// numbers have a decimal comma, it cuts lines at semicolons.
const FORMULAS: [&str; 21] = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "\u{a0}=1+1",
    "\u{ff1d}1+1",
    "\u{200b}=1+1",
    "x;=1+1",
    "x; =1+1;y",
    "x;;=1+1",
    "x,=1+1",
    "x\t=1+1",
    "x\n=1+1",
    "\"=1+1",
    "\";=1+1;\"",
    "x\";\"=1+1",
    "=HYPERLINK(\"http://attacker.example\";\"pay\")",
    "x;+1+1;-1+1;@SUM(1)",
];

fn hostile_plan(value: &str) -> Plan {
    let plan = sample::rich();
    let spoil = |step: Step| Step {
        name: value.into(),
        fields: step
            .fields
            .into_iter()
            .map(|field| {
                let after = match field.after {
                    Some(Value::Set(_)) => Some(Value::Set([value.to_owned()].into())),
                    Some(_) | None => text(value),
                };
                concordat_model::FieldStep { after, ..field }
            })
            .collect(),
        side_effects: vec![value.into()],
        ..step
    };
    let conflicts = plan.conflicts.into_iter().map(|it| concordat_model::plan::Conflict {
        held: concordat_model::Sides { upguard: text(value), highlevel: text("x") },
        name: value.into(),
        ..it
    });
    let cases = plan.cases.into_iter().map(|it| concordat_model::plan::Case {
        says: value.into(),
        name: value.into(),
        ..it
    });
    Plan {
        steps: plan.steps.into_iter().map(spoil).collect(),
        conflicts: conflicts.collect(),
        cases: cases.collect(),
        ..plan
    }
}

/// Whether text could steer a terminal; line ends are ours.
fn steers(text: &str) -> bool {
    text.chars().any(|it| {
        (it.is_control() && it != '\n')
            || matches!(it, '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{200b}' | '\u{feff}')
    })
}

#[test]
fn nothing_in_a_value_reaches_the_terminal_as_it_is() {
    let told = |plan: &Plan, refusals| {
        plan_text(&PlanDocument::of(plan, sample::cost(plan), refusals), Paint::default())
    };
    let lines = told(&hostile_plan("x"), Vec::new());
    for value in HOSTILE {
        let plan = hostile_plan(value);
        let shown = told(&plan, sample::refusals(&plan));
        assert!(!steers(&shown), "{value:?} steers in {shown:?}");
        let shown = told(&plan, Vec::new());
        let added = shown.lines().count().abs_diff(lines.lines().count());
        assert!(added <= 24, "{value:?} adds {added} lines");
        let mut json = Vec::new();
        let document = PlanDocument::of(&plan, sample::cost(&plan), Vec::new());
        document.write(&mut json).unwrap();
        assert!(!steers(std::str::from_utf8(&json).unwrap()), "{value:?} steers in JSON");
        assert_eq!(PlanDocument::read(&json, "plan.json").unwrap().1, plan, "{value:?} is kept");
    }
}

#[test]
fn what_is_hidden_is_made_visible() {
    let shown: Vec<_> = HOSTILE.iter().map(|it| visible(it).into_owned()).collect();
    assert_eq!(
        shown,
        [
            "␛[2J␛]0;owned␇",
            "=cmd|'/C calc'!A0",
            "line one⏎line two⏎line three",
            "⟨U+202E⟩gnp.exe⟨U+202C⟩",
            "⟨U+009B⟩31mred␡",
            "zero⟨U+200B⟩width⟨U+FEFF⟩",
            "quote \" comma , semicolon ; tab ␉",
        ]
    );
}

#[test]
fn a_megabyte_takes_a_line() {
    let long = "naïve ".repeat(180_000);
    let plan = hostile_plan(&long);
    let document = PlanDocument::of(&plan, sample::cost(&plan), Vec::new());
    let shown = plan_text(&document, Paint::default());
    let longest = shown.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(shown.len() < 60_000 && longest <= 160, "{} bytes, {longest} columns", shown.len());
    assert!(shown.contains("(1 080 000 characters)"), "a cut value says how long it is: {shown}");
}

#[test]
fn a_spreadsheet_gets_no_formula() {
    let mut row = changes(&sample_history::entries(), &Filter::default()).remove(1);
    for value in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\u{ff1d}1"] {
        row.name = Some(value.into());
        row.sent = text(value);
        let cells = |cells| {
            let mut bytes = Vec::new();
            csv(std::slice::from_ref(&row), cells, Mask::Reveal, &mut bytes).unwrap();
            let mut table = ::csv::Reader::from_reader(bytes.as_slice());
            let record = table.records().next().unwrap().unwrap();
            record.iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let guarded = cells(Cells::Guarded);
        assert!(guarded.iter().all(|it| !it.starts_with(['=', '+', '-', '@', '\t', '\r'])));
        assert!(guarded.contains(&format!("'{}", visible(value))), "{guarded:?}");
        assert!(cells(Cells::Raw).contains(&value.to_owned()), "raw cells are as they were");
    }
    row.name = Some("x;=1+1; \"@SUM(1)".into());
    let mut bytes = Vec::new();
    csv(&[row], Cells::Guarded, Mask::Reveal, &mut bytes).unwrap();
    let line = String::from_utf8(bytes).unwrap();
    assert!(line.contains("x;'=1+1; \"\"'@SUM(1)"), "where lines are cut at semicolons: {line}");
}

/// Goal: no cell is a formula, whatever a spreadsheet separates cells by. Method: these files are opened
/// in one, by `tests/office/check.sh`.
#[test]
fn reports_for_spreadsheets_full_of_formulas() {
    let (mut plans, mut histories) = (Vec::new(), Vec::new());
    for value in FORMULAS.into_iter().chain(HOSTILE) {
        let plan = hostile_plan(value);
        let document = PlanDocument::of(&plan, sample::cost(&plan), Vec::new());
        Report::Plan(&document).write(Format::Csv, Mask::Reveal, &mut plans).unwrap();
        let mut row = changes(&sample_history::entries(), &Filter::default()).remove(1);
        row.name = Some(value.into());
        (row.before, row.sent, row.found) = (text(value), None, text(value));
        csv(&[row], Cells::Guarded, Mask::Reveal, &mut histories).unwrap();
    }
    golden::check("tests/golden/hostile-plan.csv", plans);
    golden::check("tests/golden/hostile-history.csv", histories);
}

#[test]
fn a_history_is_as_harmless_and_says_the_same() {
    for value in HOSTILE {
        let mut row = changes(&sample_history::entries(), &Filter::default()).remove(1);
        row.name = Some(value.into());
        (row.before, row.sent, row.found) = (text(value), None, text(value));
        let rows = [row];
        assert!(!steers(&history_text(&rows, Paint::default())), "{value:?}");
        let mut lines = Vec::new();
        jsonl(&rows, Mask::Reveal, &mut lines).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        assert!(!steers(&lines) && lines.lines().count() == 1, "{value:?}");
        let read: concordat_report::ChangeRow = serde_json::from_str(&lines).unwrap();
        assert_eq!(read, rows[0]);
    }
}

/// Goal: a masked report shows nothing personal, whatever its format. Method: look for each personal
/// word of the sample, and for those that stand in a guard's sentence and in a side effect.
#[test]
fn a_masked_report_names_nobody() {
    let mut plan = sample::rich();
    plan.steps[0].side_effects = vec!["greets smith@analytical.example".into()];
    let mut refusals = sample::refusals(&plan);
    refusals[0].says += " such as +1 202 555 0199";
    let document = PlanDocument::of(&plan, sample::cost(&plan), refusals.clone());
    let run = RunReport { refusals, ..sample_history::report() };
    let rows = changes(&sample_history::entries(), &Filter::default());
    let mut bytes = Vec::new();
    for report in [Report::Plan(&document), Report::Run(&run, Some(&plan))] {
        for format in [Format::Text, Format::Json, Format::Markdown, Format::Csv, Format::Html] {
            report.write(format, Mask::Personal, &mut bytes).unwrap();
        }
    }
    csv(&rows, Cells::Raw, Mask::Personal, &mut bytes).unwrap();
    jsonl(&rows, Mask::Personal, &mut bytes).unwrap();
    let all = String::from_utf8(bytes).unwrap();
    for word in ["Ada", "Lovelace", "analytical", "Grace", "Hopper", "0199", "7946", "smith@"] {
        assert!(!all.contains(word), "{word} is shown in\n{all}");
    }
}

#[test]
fn a_mask_leaves_what_one_needs_to_recognise() {
    let masked = |value: Value| Mask::Personal.value(&value).to_string();
    assert_eq!(masked(Value::text("jane@acme.com")), "j•••@a•••.com");
    assert_eq!(masked(Value::text("+1 202 555 0112")), "+1 ••• ••12");
    assert_eq!(masked(Value::text("Jane Roe")), "J••• R•••");
    assert_eq!(masked(Value::Integer(3)), "3");
    assert_eq!(Mask::Personal.sentence("call +1 202 555 0112 or ask"), "call +1 ••• ••12 or ask");
    assert_eq!(Mask::Reveal.sentence("call +1 202 555 0112"), "call +1 202 555 0112");
}
