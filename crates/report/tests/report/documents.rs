//! Is a document read as it was written, and is a changed plan file noticed?

use std::time::Duration;

use concordat_model::{Plan, RunId, Side};
use concordat_report::{
    ConflictsDocument, Document, ExplainDocument, Figure, Filter, Forecast, HistoryDocument,
    MatchesDocument, PlanDocument, PlanFileError, QuarantineDocument, RunDocument,
    RunShownDocument, RunsDocument, Waiting, changes, plan_hash, runs, schema,
};
use serde_json::Value as Json;

use crate::{sample, sample_absence, sample_explain, sample_history, sample_requests};

fn saved(plan: &Plan) -> Vec<u8> {
    let mut bytes = Vec::new();
    let document = PlanDocument::of(plan, sample::cost(plan), sample::refusals(plan));
    document.write(&mut bytes).unwrap();
    bytes
}

fn edited(edit: impl FnOnce(&mut Json)) -> Result<(PlanDocument, Plan), PlanFileError> {
    let mut json: Json = serde_json::from_slice(&saved(&sample::rich())).unwrap();
    edit(&mut json);
    PlanDocument::read(&serde_json::to_vec(&json).unwrap(), "plan.json")
}

#[test]
fn a_plan_file_gives_back_the_plan() {
    for plan in [sample::rich(), sample::empty()] {
        let (document, read) = PlanDocument::read(&saved(&plan), "plan.json").unwrap();
        assert_eq!(read, plan);
        assert_eq!(*document.plan_hash(), plan_hash(&plan));
        assert_eq!(*document.forecast(), sample::cost(&plan));
        let mut again = Vec::new();
        document.write(&mut again).unwrap();
        assert!(again == saved(&plan), "writing it again gives the same bytes");
    }
}

/// Goal: no value of the plan can be changed unnoticed. Method: change each leaf of the file in turn.
#[test]
fn every_changed_value_is_noticed() {
    let whole: Json = serde_json::from_slice(&saved(&sample::rich())).unwrap();
    let free = ["/tool", "/forecast", "/refusals"];
    let mut tried = 0;
    for place in leaves(&whole, String::new()) {
        if free.iter().any(|it| place.starts_with(it)) || place.ends_with("/says") {
            continue;
        }
        let outcome = edited(|json| {
            let leaf = json.pointer_mut(&place).unwrap();
            *leaf = match &leaf {
                Json::Bool(yes) => (!*yes).into(),
                Json::Number(number) => (number.as_i64().unwrap() + 1).into(),
                Json::String(text) => format!("{text}x").into(),
                Json::Null | Json::Array(_) | Json::Object(_) => "x".into(),
            };
        });
        assert!(outcome.is_err(), "{place} was changed and nobody noticed");
        tried += 1;
    }
    assert!(tried > 300, "only {tried} values were changed");
}

fn leaves(json: &Json, place: String) -> Vec<String> {
    match json {
        Json::Object(members) => {
            let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
            let members = members.iter();
            members.flat_map(|(name, it)| leaves(it, format!("{place}/{}", escape(name)))).collect()
        }
        Json::Array(items) => {
            let items = items.iter().enumerate();
            items.flat_map(|(index, item)| leaves(item, format!("{place}/{index}"))).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => vec![place],
    }
}

/// The figures of operations, in all; a share of a day only where a day is counted.
#[test]
fn a_forecast_adds_up() {
    let figure = |side, requests, ms, quota| Figure {
        side,
        operation: "GET /x".into(),
        requests,
        time: Duration::from_millis(ms),
        quota,
    };
    let forecast = Forecast::of(vec![
        figure(Side::Highlevel, 203, 21_000, Some(1000)),
        figure(Side::Highlevel, 101, 10_050, Some(1000)),
        figure(Side::Upguard, 4, 300, None),
    ]);
    assert_eq!((forecast.requests, forecast.seconds), (308, 32));
    assert_eq!(forecast.daily_quota_percent, 30.4);
    let rows = forecast.operations.iter();
    let rows: Vec<_> = rows.map(|it| (it.seconds, it.daily_quota_percent)).collect();
    assert_eq!(rows, [(21.0, Some(20.3)), (10.1, Some(10.1)), (0.3, None)]);
}

#[test]
fn each_kind_of_damage_has_its_name() {
    let tampered = edited(|json| json["steps"][0]["fields"][0]["after"] = 3.into());
    assert!(matches!(tampered, Err(PlanFileError::Tampered { .. })));
    let dropped = edited(|json| drop(json["steps"].as_array_mut().unwrap().pop()));
    assert!(matches!(dropped, Err(PlanFileError::Tampered { .. })));
    let summary = edited(|json| json["summary"]["upguard"]["updates"] = 0.into());
    assert!(matches!(summary, Err(PlanFileError::Inconsistent { member: "summary", .. })));
    let operations = edited(|json| json["operations"] = 1.into());
    assert!(matches!(operations, Err(PlanFileError::Inconsistent { member: "operations", .. })));
    let newer = edited(|json| json["schema_version"] = 2.into());
    assert!(matches!(newer, Err(PlanFileError::NewerSchema { found: 2, known: 1, .. })));
}

#[test]
fn what_is_not_a_plan_is_named_with_its_place_and_without_its_values() {
    let broken = PlanDocument::read(b"{\n  \"schema_version\": 1,\n  oops", "x.json").unwrap_err();
    assert!(broken.to_string().starts_with("x.json:3:3: not a plan: "), "{broken}");
    let mut json: Json = serde_json::from_slice(&saved(&sample::rich())).unwrap();
    let whole = json.clone();
    for (place, value) in [
        ("/unmatched", "ada@analytical.example"),
        ("/unmatched", "ada@analytical.example at line 7"),
        ("/unmatched", "ada@analytical.example, expected"),
        ("/steps/0/action", "ada@analytical.example"),
        ("/made_at", "ada@analytical.example"),
    ] {
        json.clone_from(&whole);
        *json.pointer_mut(place).unwrap() = value.into();
        let text = serde_json::to_string_pretty(&json).unwrap();
        let wrong = PlanDocument::read(text.as_bytes(), "x.json").unwrap_err().to_string();
        assert!(wrong.starts_with("x.json:") && !wrong.contains("ada@"), "{wrong}");
    }
}

#[test]
fn sentences_are_for_people_and_are_not_read() {
    assert!(edited(|json| json["steps"][0]["why"]["says"] = "anything".into()).is_ok());
}

#[test]
fn every_document_is_read_as_it_was_written_and_fits_its_schema() {
    let pair = sample::rich().pair;
    let run = RunDocument::of(sample_history::report());
    let conflicts = sample::conflicts().into_iter();
    let conflicts = conflicts.map(|it| Waiting { pair: pair.clone(), it }).collect();
    let conflicts = ConflictsDocument::of(conflicts);
    let cases = sample::cases().into_iter().map(|it| Waiting { pair: pair.clone(), it }).collect();
    let ended = sample_absence::dismissals().into_iter();
    let ended = ended.map(|it| Waiting { pair: pair.clone(), it }).collect();
    let matches = MatchesDocument::of(cases, ended);
    let waiting = sample_absence::quarantined().into_iter();
    let waiting = waiting.map(|it| Waiting { pair: pair.clone(), it }).collect();
    let quarantine = QuarantineDocument::of(waiting);
    let rows = changes(&sample_history::entries(), &Filter::default());
    let history = HistoryDocument::of(rows);
    round_trip(Document::Run, &run, |to| run.write(to));
    round_trip(Document::Conflicts, &conflicts, |to| conflicts.write(to));
    round_trip(Document::Matches, &matches, |to| matches.write(to));
    round_trip(Document::Quarantine, &quarantine, |to| quarantine.write(to));
    round_trip(Document::History, &history, |to| history.write(to));
    let nights = sample_history::nights();
    let list =
        RunsDocument::of(sample_requests::logged(runs(&nights)), vec![sample_requests::pull()]);
    round_trip(Document::Runs, &list, |to| list.write(to));
    for row in &list.runs {
        let shown = RunShownDocument::of(&nights, &row.run).unwrap();
        round_trip(Document::RunShown, &shown, |to| shown.write(to));
    }
    let requests = sample_requests::document(&nights);
    round_trip(Document::Requests, &requests, |to| requests.write(to));
    let linked = ExplainDocument::of(
        sample_explain::linked(),
        sample_explain::fields(),
        sample_explain::replicas(),
    );
    let unlinked = sample_explain::unlinked().into_iter();
    let unlinked = unlinked.map(|it| ExplainDocument::of(it, Vec::new(), Vec::new()));
    let live = ExplainDocument::of(sample_explain::live(), Vec::new(), Vec::new());
    for document in unlinked.chain([linked, live]) {
        round_trip(Document::Explain, &document, |to| document.write(to));
    }
    let plan: Json = serde_json::from_slice(&saved(&sample::rich())).unwrap();
    assert_fits(Document::Plan, &plan);
}

fn round_trip<T: serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
    kind: Document,
    document: &T,
    write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>,
) {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    assert_eq!(serde_json::from_slice::<T>(&bytes).unwrap(), *document);
    assert_fits(kind, &serde_json::from_slice(&bytes).unwrap());
}

/// The members a schema requires are there, and those that are there are described.
#[track_caller]
pub fn assert_fits(kind: Document, document: &Json) {
    let schema = schema(kind);
    for name in schema["required"].as_array().unwrap() {
        assert!(document.get(name.as_str().unwrap()).is_some(), "{kind:?} lacks {name}");
    }
    for name in document.as_object().unwrap().keys() {
        assert!(schema["properties"].get(name).is_some(), "{name} is not in the {kind:?} schema");
    }
}

#[test]
fn the_history_is_filtered_by_what_a_row_says() {
    let entries = sample_history::entries();
    let count = |filter: Filter| changes(&entries, &filter).len();
    let all = count(Filter::default());
    let named = |record: &str| Filter { record: Some(record.into()), ..Filter::default() };
    assert_eq!(count(named("grace hopper")), 3);
    assert_eq!(count(named("8815")), 3, "a record is found by its counterpart's id, too");
    assert_eq!(count(named("nobody")), 0);
    assert_eq!(count(Filter { field: Some("phone".into()), ..Filter::default() }), 3);
    let run = Some(RunId::new("R-000042"));
    assert_eq!(count(Filter { run, ..Filter::default() }), all - 2, "decisions are between runs");
    let noon = Some(sample::time("2026-03-14T02:00:15Z"));
    let before = count(Filter { to: noon, ..Filter::default() });
    let after = count(Filter { from: noon, ..Filter::default() });
    assert_eq!(before + after, all, "a moment divides the history");
    let rows = changes(&entries, &Filter::default());
    assert!(rows.iter().all(|row| row.seq != 9), "a refused write changed nothing");
    assert_eq!(rows[1].side, Some(Side::Upguard));
}
