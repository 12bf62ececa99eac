//! Does each renderer print what its golden file says? `CONCORDAT_BLESS=1` rewrites the files; read
//! them afterwards as somebody would who opens them every morning.

use std::path::{Path, PathBuf};

use concordat_model::{Plan, Refusal};
use concordat_report::{
    Cells, Document, ExplainDocument, Filter, Format, Mask, Paint, PlanDocument, Report,
    RunDocument, RunShownDocument, RunsDocument, Shows, changes, conflict_text, conflicts_text,
    csv, explain_text, history_text, jsonl, matches_text, plan_text, quarantine_text,
    requests_text, run_shown_text, run_text, runs, runs_text, schema,
};

use crate::{sample, sample_absence, sample_explain, sample_history, sample_requests};

const COLOUR: Paint = Paint { colour: true, width: 100 };
const PLAIN: Paint = Paint { colour: false, width: 100 };
const NARROW: Paint = Paint { colour: false, width: 60 };

/// Compares with a golden file, or writes it.
#[track_caller]
pub fn check(file: &str, is: impl AsRef<[u8]>) {
    let is = is.as_ref();
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("CONCORDAT_BLESS").is_some() {
        std::fs::write(&path, is).unwrap();
    }
    let was = std::fs::read(&path).unwrap_or_default();
    let (is, was) = (String::from_utf8_lossy(is), String::from_utf8_lossy(&was));
    let place = is.lines().zip(was.lines()).position(|(is, was)| is != was);
    assert!(is == was, "{file} differs from line {place:?}; CONCORDAT_BLESS=1 rewrites it\n{is}");
}

fn document(plan: &Plan, refusals: Vec<Refusal>) -> PlanDocument {
    PlanDocument::of(plan, sample::cost(plan), refusals)
}

fn rich() -> PlanDocument {
    let plan = sample::rich();
    document(&plan, sample::refusals(&plan))
}

fn bytes<E: std::fmt::Debug>(write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_plan_as_text() {
    let plan = rich();
    check("tests/golden/plan.txt", plan_text(&plan, PLAIN));
    check("tests/golden/plan-narrow.txt", plan_text(&plan, NARROW));
    check("tests/golden/plan-colour.txt", plan_text(&plan, COLOUR));
    let masked = bytes(|to| Report::Plan(&plan).write(Format::Text, Mask::Personal, to));
    check("tests/golden/plan-masked.txt", masked);
}

#[test]
fn a_plan_that_does_nothing() {
    let plan = sample::empty();
    check("tests/golden/plan-empty.txt", plan_text(&document(&plan, Vec::new()), PLAIN));
    let plan = Plan { conflicts: sample::conflicts(), ..plan };
    check("tests/golden/plan-waiting.txt", plan_text(&document(&plan, Vec::new()), PLAIN));
}

#[test]
fn a_plan_as_a_file() {
    check("tests/golden/plan.json", bytes(|to| rich().write(to)));
}

#[test]
fn a_run() {
    let report = sample_history::report();
    check("tests/golden/run.txt", run_text(&report, PLAIN));
    check("tests/golden/run.json", bytes(|to| RunDocument::of(report).write(to)));
}

#[test]
fn report_files() {
    let plan = sample::rich();
    let document = rich();
    let run = sample_history::report();
    for (name, report) in
        [("plan", Report::Plan(&document)), ("run", Report::Run(&run, Some(&plan)))]
    {
        for (ending, format) in
            [("md", Format::Markdown), ("csv", Format::Csv), ("html", Format::Html)]
        {
            let file = format!("tests/golden/{name}-report.{ending}");
            check(&file, bytes(|to| report.write(format, Mask::Reveal, to)));
        }
        for (ending, format) in [("md", Format::Markdown), ("json", Format::Json)] {
            let file = format!("tests/golden/{name}-report-masked.{ending}");
            check(&file, bytes(|to| report.write(format, Mask::Personal, to)));
        }
    }
    let refused = sample_history::refused();
    let report = Report::Run(&refused, Some(&plan));
    check(
        "tests/golden/refused-report.txt",
        bytes(|to| report.write(Format::Text, Mask::Reveal, to)),
    );
    check(
        "tests/golden/refused-report.md",
        bytes(|to| report.write(Format::Markdown, Mask::Reveal, to)),
    );
}

#[test]
fn what_waits() {
    let conflicts = sample::conflicts();
    check("tests/golden/conflicts.txt", conflicts_text(&conflicts, PLAIN));
    check("tests/golden/conflict.txt", conflict_text(&conflicts[0], PLAIN));
    check("tests/golden/matches.txt", matches_text(&sample::cases(), &[], PLAIN));
}

#[test]
fn what_becomes_of_what_is_gone() {
    let plan = sample_absence::plan();
    let document = document(&plan, Vec::new());
    check("tests/golden/gone.txt", plan_text(&document, PLAIN));
    for (ending, format) in [
        ("md", Format::Markdown),
        ("csv", Format::Csv),
        ("html", Format::Html),
        ("json", Format::Json),
    ] {
        let report = Report::Plan(&document);
        let file = format!("tests/golden/gone-report.{ending}");
        check(&file, bytes(|to| report.write(format, Mask::Reveal, to)));
    }
    let masked = bytes(|to| Report::Plan(&document).write(Format::Text, Mask::Personal, to));
    let masked = String::from_utf8(masked).unwrap();
    for name in ["Grace", "Ida", "Jean", "Mary"] {
        assert!(!masked.contains(name), "{name} is told in\n{masked}");
    }
    let mut run = sample_history::report();
    (run.steps, run.conflicts, run.cases) = Default::default();
    (run.drift, run.held) = Default::default();
    run.quarantined.clone_from(&plan.quarantined);
    run.dismissals.clone_from(&plan.dismissals);
    check("tests/golden/gone-run.txt", run_text(&run, PLAIN));
    let run = Report::Run(&run, None);
    check("tests/golden/gone-run.md", bytes(|to| run.write(Format::Markdown, Mask::Reveal, to)));
    let quarantined = sample_absence::quarantined();
    check("tests/golden/quarantine.txt", quarantine_text(&quarantined, PLAIN));
    check("tests/golden/deleted.txt", matches_text(&[], &sample_absence::dismissals(), PLAIN));
    let rows = changes(&sample_absence::entries(), &Filter::default());
    check("tests/golden/gone-history.txt", history_text(&rows, PLAIN));
}

#[test]
fn a_record_explained() {
    let (thing, fields) = (sample_explain::linked(), sample_explain::fields());
    let shared = sample_explain::replicas();
    check("tests/golden/explain.txt", explain_text(&thing, &fields, &shared, false, PLAIN));
    check("tests/golden/explain-narrow.txt", explain_text(&thing, &fields, &shared, false, NARROW));
    check("tests/golden/explain-whole.txt", explain_text(&thing, &fields, &[], true, PLAIN));
    let one = [fields[4].clone()];
    check("tests/golden/explain-field.txt", explain_text(&thing, &one, &[], true, PLAIN));
    check("tests/golden/explain-labels.txt", explain_text(&thing, &[], &shared[..3], true, PLAIN));
    let document = ExplainDocument::of(thing, fields, shared);
    check("tests/golden/explain.json", bytes(|to| document.write(to)));
    let live = explain_text(&sample_explain::live(), &[], &[], false, PLAIN);
    check("tests/golden/explain-live.txt", live);
    let unlinked = sample_explain::unlinked();
    let texts: Vec<String> =
        unlinked.iter().map(|it| explain_text(it, &[], &[], false, PLAIN)).collect();
    check("tests/golden/explain-unlinked.txt", texts.join("\n"));
}

#[test]
fn runs_and_one_of_them() {
    let entries = sample_history::nights();
    let rows = runs(&entries);
    let list =
        RunsDocument::of(sample_requests::logged(rows.clone()), vec![sample_requests::pull()]);
    check("tests/golden/runs.txt", runs_text(&list, PLAIN));
    let shown: Vec<RunShownDocument> =
        rows.iter().filter_map(|row| RunShownDocument::of(&entries, &row.run)).collect();
    assert_eq!(shown.len(), rows.len());
    check("tests/golden/run-shown.txt", run_shown_text(&shown[0], PLAIN));
    check("tests/golden/run-killed.txt", run_shown_text(&shown[1], PLAIN));
    check("tests/golden/run-shown.json", bytes(|to| shown[1].write(to)));
}

#[test]
fn requests_of_a_run() {
    let document = sample_requests::document(&sample_history::nights());
    let text = |shows| requests_text(&document, shows, PLAIN);
    check("tests/golden/requests.txt", text(Shows::Both));
    assert!(!text(Shows::Endpoints).contains("422"));
    assert!(!text(Shows::Requests).contains("median"));
    check("tests/golden/requests.json", bytes(|to| document.write(to)));
}

#[test]
fn a_history() {
    let rows = changes(&sample_history::entries(), &Filter::default());
    check("tests/golden/history.txt", history_text(&rows, PLAIN));
    check("tests/golden/history.jsonl", bytes(|to| jsonl(&rows, Mask::Reveal, to)));
    check("tests/golden/history-masked.jsonl", bytes(|to| jsonl(&rows, Mask::Personal, to)));
    check("tests/golden/history.csv", bytes(|to| csv(&rows, Cells::Guarded, Mask::Reveal, to)));
    check("tests/golden/history-raw.csv", bytes(|to| csv(&rows, Cells::Raw, Mask::Reveal, to)));
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    for document in Document::ALL {
        let text = serde_json::to_string_pretty(&schema(document)).unwrap() + "\n";
        check(&format!("schemas/{}.json", document.name()), text);
    }
}
