//! Can any answer bring a client down? Arbitrary bytes, and documented answers with a piece changed,
//! go through every operation of both clients; whatever comes out, no call panics and every call ends.

use concordat_connectors::{highlevel, upguard};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::side::feed::{documented, feed, is_of};

fn scrap() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!("")),
        Just(json!([[], {}, null, "x", 1e300])),
        any::<i64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(|yes| json!(yes)),
        ".{0,12}".prop_map(|text| json!(text)),
    ]
}

fn places(value: &Json, at: String, into: &mut Vec<String>) {
    into.push(at.clone());
    match value {
        Json::Object(members) => {
            for (name, inner) in members {
                places(inner, format!("{at}/{name}"), into);
            }
        }
        Json::Array(rows) => {
            for (index, inner) in rows.iter().enumerate() {
                places(inner, format!("{at}/{index}"), into);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn arbitrary_bytes_are_survived(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        status in prop_oneof![Just(200_u16), Just(400), Just(422), any::<u16>()],
    ) {
        feed(status, &body);
    }

    #[test]
    fn a_documented_answer_with_a_piece_changed_is_survived(
        place in any::<proptest::sample::Index>(),
        scrap in scrap(),
        status in prop_oneof![Just(200_u16), Just(400), Just(422)],
    ) {
        let mut body = documented();
        let mut all = Vec::new();
        places(&body, String::new(), &mut all);
        if let Some(piece) = body.pointer_mut(place.get::<String>(&all)) {
            *piece = scrap;
        }
        feed(status, body.to_string().as_bytes());
    }

    #[test]
    fn a_cut_off_answer_is_survived(cut in any::<proptest::sample::Index>()) {
        let body = documented().to_string().into_bytes();
        feed(200, &body[..cut.index(body.len())]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_full_page_that_never_changes_is_survived(
        place in any::<proptest::sample::Index>(),
        scrap in scrap(),
    ) {
        let mut body = documented();
        let mut row = json!({"id": "R1", "email": "a@x.com", "searchAfter": [1, "R1"]});
        let mut all = Vec::new();
        places(&row, String::new(), &mut all);
        if let Some(piece) = row.pointer_mut(place.get::<String>(&all)) {
            *piece = scrap;
        }
        for (rows, length) in [("vendors", 1), ("results", 1), ("contacts", 500), ("tasks", 500), ("businesses", 100)] {
            body[rows] = vec![row.clone(); length].into();
        }
        feed(200, body.to_string().as_bytes());
    }
}

#[test]
fn every_operation_is_fed() {
    let mut last = documented();
    last["next_page_token"] = "".into();
    // A contact is deleted only where nothing stands.
    ["notes", "tasks", "events"].into_iter().for_each(|it| last[it] = json!([]));
    // What is asked for after the last page is asked for only then.
    let sent = [documented(), last].map(|it| feed(200, it.to_string().as_bytes())).concat();
    for operation in upguard::operations().iter().chain(highlevel::operations()) {
        assert!(sent.iter().any(|it| is_of(it, operation)), "{} was not sent", operation.name());
    }
}

#[test]
fn bombs_are_survived() {
    for body in [
        "[".repeat(200_000),
        r#"{"contacts":["#.to_owned() + &"[".repeat(100_000),
        format!(r#"{{"vendors":[{{"id":1,"x":{}{}}}]}}"#, "[".repeat(5000), "]".repeat(5000)),
        r#"{"contacts":[{"id":"C1","email":"\ud800"}],"business":{"id":"\udfff"}}"#.to_owned(),
        r#"{"id":1,"id":2,"name":"a","name":"b"}"#.to_owned(),
        r#"{"id":99999999999999999999999999,"tier":1e999}"#.to_owned(),
        "\u{feff}{}".to_owned(),
        "NaN".to_owned(),
    ] {
        feed(200, body.as_bytes());
    }
}
