//! Is a listing of all businesses asked for once for several that are made, and never trusted with more
//! than it can say?

use std::sync::Arc;
use std::time::Duration;

use concordat_model::{Path, Record, RecordKey, Resource, Sight, Value};
use concordat_remote::{Sought, Target, Write, WriteError};
use serde_json::json;

use crate::side::{self, Outcome, Script, highlevel, json as reply, lost, set, text, whenever};

const AGE: Duration = Duration::from_secs(30);

fn sought(website: &str, max_age: Duration) -> Sought {
    let key = Some((Path::from("website"), Value::text(website)));
    Sought { resource: Resource::Business, parent: None, marker: None, key, max_age }
}

fn create(website: &str) -> Write {
    Write {
        resource: Resource::Business,
        current: None,
        parent: None,
        set: vec![set("name", text("Acme")), set("website", text(website))],
        marker: None,
        by: whenever(),
        intent: side::intent(),
    }
}

/// A listing: a page, and another one that shows that nothing follows.
fn list() -> Vec<Outcome> {
    let last = json!({"id": "B2", "name": "Two", "website": "one.org"});
    let first = json!({"id": "B1", "name": "One", "website": "one.com"});
    let page = |rows| reply(200, json!({ "businesses": rows }));
    vec![page(json!([first, last])), page(json!([last]))]
}

fn script<const N: usize>(answers: [Vec<Outcome>; N]) -> Arc<Script> {
    Script::new(answers.into_iter().flatten())
}

/// How many listings were begun.
fn listings(script: &Script) -> usize {
    script.lines().iter().filter(|line| line.ends_with("&skip=0")).count()
}

fn made() -> Vec<Outcome> {
    vec![reply(201, json!({"buiseness": {"id": "B9"}}))]
}

#[tokio::test(start_paused = true)]
async fn one_listing_serves_for_several_creates_while_it_is_young() {
    let script = script([list(), made(), list()]);
    let side = highlevel(&script);
    let absent = async |website: &str| {
        let found = side.find(&sought(website, AGE)).await.expect("an answer").body;
        assert!(found.records.is_empty() && found.proves_absence, "{website}");
        listings(&script)
    };
    assert_eq!(absent("two.com").await, 1);
    assert_eq!(absent("three.com").await, 1);
    side.send(&create("two.com")).await.expect("made");
    assert_eq!(absent("three.com").await, 1, "what we made ourselves is known");
    tokio::time::advance(AGE).await;
    assert_eq!(absent("three.com").await, 2, "too old");
}

#[tokio::test(start_paused = true)]
async fn what_is_found_is_looked_at_anew_and_so_is_what_we_made() {
    let script = script([list(), list(), made(), list()]);
    let side = highlevel(&script);
    side.find(&sought("two.com", AGE)).await.expect("an answer");
    let found = side.find(&sought("one.com", AGE)).await.expect("an answer").body;
    assert_eq!((found.records.len(), listings(&script)), (1, 2));
    side.send(&create("two.com")).await.expect("made");
    side.find(&sought("Two.com ", AGE)).await.expect("an answer");
    assert_eq!(listings(&script), 3, "it may be the one that is looked for");
}

#[tokio::test(start_paused = true)]
async fn a_changed_business_is_known_by_what_it_was_given() {
    let script = script([list(), vec![reply(200, json!({}))], list()]);
    let side = highlevel(&script);
    side.find(&sought("two.com", AGE)).await.expect("an answer");
    let current = Record {
        key: RecordKey::new(Resource::Business, "B1"),
        parent: None,
        name: "One".into(),
        stamp: None,
        reading: [(Path::from("website"), text("one.com"))].into_iter().collect(),
        sight: Sight::Read,
    };
    let update = Write { current: Some(current), ..create("two.com") };
    side.send(&update).await.expect("changed");
    side.find(&sought("two.com", AGE)).await.expect("an answer");
    assert_eq!(listings(&script), 2, "another has that address now");
}

#[tokio::test(start_paused = true)]
async fn after_a_doubt_and_for_whoever_asks_for_now_all_are_listed_anew() {
    let script = script([list(), vec![lost()], list(), list()]);
    let side = highlevel(&script);
    side.find(&sought("two.com", AGE)).await.expect("an answer");
    assert!(matches!(side.send(&create("two.com")).await, Err(WriteError::InDoubt(_))));
    side.find(&sought("three.com", AGE)).await.expect("an answer");
    assert_eq!(listings(&script), 2, "nobody knows what was made");
    side.find(&sought("three.com", Duration::ZERO)).await.expect("an answer");
    assert_eq!(listings(&script), 3);
}

#[tokio::test(start_paused = true)]
async fn a_listing_with_a_row_that_cannot_be_read_serves_once() {
    let broken = || reply(200, json!({"businesses": [{"id": "B1", "name": 7}]}));
    let script = script([(); 2].map(|()| vec![broken(), broken()]));
    let side = highlevel(&script);
    for asked in 1..=2 {
        let found = side.find(&sought("two.com", AGE)).await.expect("an answer").body;
        assert!(!found.proves_absence);
        assert_eq!(script.requests().len(), 2 * asked);
    }
}
