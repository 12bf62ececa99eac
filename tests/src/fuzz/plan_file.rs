//! What holds for any file that is said to be a plan? One that is read is written again as the same plan. One in
//! which anything of the plan was changed is refused, and no refusal says what stood there.

use concordat_report::PlanDocument;
use serde_json::{Value as Json, json};

/// Must never be told.
const CANARY: &str = "PII-CANARY";

/// So many places of a file are tried.
const PLACES: usize = 8;

/// The law of plan files.
pub fn any_file(input: &[u8]) {
    let read = PlanDocument::read(input, "plan.json");
    if let Ok((document, plan)) = &read {
        let mut written = Vec::new();
        document.write(&mut written).expect("memory");
        let again = PlanDocument::read(&written, "plan.json").map(|it| it.1);
        assert_eq!(again.ok().as_ref(), Some(plan), "it is written as another plan");
    }
    let Ok(document) = serde_json::from_slice::<Json>(input) else { return };
    let mut places = Vec::new();
    find_places(&document, String::new(), &mut places);
    let first = input.iter().map(|byte| usize::from(*byte)).sum::<usize>();
    for index in 0..PLACES.min(places.len()) {
        let place = &places[(first + index * 97) % places.len()];
        for change in
            [json!(CANARY), json!([CANARY]), json!({"time": CANARY}), json!(7), Json::Null]
        {
            let mut changed = document.clone();
            let Some(there) = changed.pointer_mut(place) else { continue };
            *there = change;
            match (&read, PlanDocument::read(changed.to_string().as_bytes(), "plan.json")) {
                (Ok((_, plan)), Ok((_, now))) => {
                    assert_eq!(*plan, now, "{place} was changed, and nobody noticed");
                }
                (Err(_), Ok(_)) => {}
                (_, Err(refused)) => {
                    let told = format!("{refused} {refused:?}");
                    // By its own fingerprint a person knows a file.
                    let is_told = place == "/plan_hash" && told.contains("it says");
                    assert!(is_told || !told.contains(CANARY), "{place} is quoted: {told}");
                }
            }
        }
    }
}

/// Where every value stands.
fn find_places(value: &Json, at: String, into: &mut Vec<String>) {
    match value {
        Json::Object(members) => {
            for (name, inner) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                find_places(inner, format!("{at}/{name}"), into);
            }
        }
        Json::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                find_places(inner, format!("{at}/{index}"), into);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
    into.push(at);
}
