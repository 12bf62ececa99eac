//! Does what arrives of an answer look as it is told to, while what was done is done?

use concordat_sandbox::{Damage, OVERSIZED_BYTES, Request, Response, System};
use serde_json::{Value, json};

use crate::desk::Desk;

/// Four businesses, two on a page, and a damage of their listing.
fn damaged(damage: Damage, strike: Value) -> Desk {
    let mut desk = Desk::empty();
    for name in ["A", "B", "C", "D"] {
        desk.business(json!({ "name": name }));
    }
    let mut strike = strike;
    strike["path"] = json!("/businesses/");
    strike["method"] = json!("GET");
    desk.turn(json!({ "highlevel_page_rows_max": 2, damage.name(): strike }));
    desk
}

fn page(desk: &mut Desk, skip: usize) -> Response {
    let target = format!("/businesses/?locationId={}&skip={skip}", desk.location());
    desk.send(System::HighLevel, Request::new("GET", &target))
}

fn names(page: &Response) -> Vec<String> {
    let rows = page.value()["businesses"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|it| it["name"].as_str().unwrap_or("?").to_owned()).collect()
}

#[test]
fn every_damage_hits_once_and_then_no_more() {
    for damage in Damage::ALL {
        let put = match damage {
            Damage::Altered => json!({ "put": { "/businesses/0/name": 7 }, "next": 1 }),
            _ => json!({ "next": 1 }),
        };
        let mut desk = damaged(damage, put);
        let first = page(&mut desk, 0);
        let second = page(&mut desk, 2);
        let third = page(&mut desk, 2);
        assert_eq!(names(&third), ["C", "D"], "{damage:?}");
        match damage {
            Damage::Truncated | Damage::Garbled => {
                assert_eq!((first.status, first.value()), (200, Value::Null), "{damage:?}");
            }
            Damage::Altered => assert_eq!(names(&first), ["?", "B"]),
            Damage::Oversized => {
                assert_eq!(names(&first), ["A", "B"], "it is still JSON");
                assert!(first.body.len() >= OVERSIZED_BYTES);
            }
            Damage::Bomb => {
                assert_eq!(first.header("content-encoding"), Some("gzip"));
                assert!(first.body.len() < OVERSIZED_BYTES / 100, "{}", first.body.len());
            }
            Damage::Html => {
                assert_eq!(first.header("content-type"), Some("text/html; charset=utf-8"));
                assert!(first.body.starts_with(b"<!doctype html>") && first.status == 200);
            }
            Damage::Redirected => {
                assert_eq!(first.status, 302);
                assert_eq!(first.header("location"), Some("http://elsewhere.invalid/"));
            }
            Damage::Repeated => {
                assert_eq!((names(&first), names(&second)), (names(&second), names(&first)));
                assert_eq!(names(&first), ["A", "B"]);
            }
            // There is no cursor in these answers.
            Damage::StuckCursor => assert_eq!(names(&second), ["C", "D"]),
        }
    }
}

#[test]
fn a_cursor_gets_stuck_in_tokens_and_in_rows() {
    let mut desk = Desk::open();
    desk.turn(json!({
        "upguard_page_rows_max": 2, "highlevel_page_rows_max": 2,
        "stuck_cursor": [{ "path": "/vendors" }, { "path": "/contacts/search" }],
    }));
    let token = |desk: &mut Desk, asked: &str| {
        let (status, page) =
            desk.upguard("GET", &format!("/vendors?page_token={asked}"), Value::Null);
        assert_eq!(status, 200, "{page}");
        page["next_page_token"].as_str().unwrap_or_default().to_owned()
    };
    let first = token(&mut desk, "");
    assert!(!first.is_empty());
    for _ in 0..3 {
        assert_eq!(token(&mut desk, &first), first, "it leads nowhere else");
    }
    let last = |page: &Value| page["contacts"][1]["searchAfter"].clone();
    let (_, page) = desk.search(json!({}));
    let first = last(&page);
    assert!(first.is_array());
    let (_, page) = desk.search(json!({ "searchAfter": first }));
    assert_eq!(last(&page), first);
}

#[test]
fn a_damage_that_finds_nothing_to_hit_waits() {
    let mut desk = damaged(Damage::Altered, json!({ "put": { "/tasks/0/title": 7 }, "next": 1 }));
    page(&mut desk, 0);
    let (_, left) = desk.control("GET", "/faults", Value::Null);
    assert_eq!(left["altered"][0]["next"], 1);
}

#[test]
fn what_was_done_is_done_and_refusals_arrive_as_they_are() {
    let mut desk = Desk::empty();
    desk.turn(json!({ "html": { "method": "POST", "status": 502 } }));
    let create = json!({ "locationId": desk.location(), "email": "a@x.com" });
    assert_eq!(desk.highlevel("POST", "/contacts/", create.clone()).0, 502);
    assert_eq!(desk.world.effects().len(), 1);
    let (status, answer) = desk.highlevel("POST", "/contacts/", create);
    assert_eq!((status, answer["meta"]["matchingField"].clone()), (400, json!("email")));
}
