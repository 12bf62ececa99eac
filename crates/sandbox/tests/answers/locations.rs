//! Is each of several locations a world of its own, opened by its own token?

use concordat_sandbox::{Location, Options, Request, System};
use serde_json::{Value, json};

use crate::desk::Desk;

fn three() -> Desk {
    Desk::with(Options { locations: 3, ..Options::default() })
}

fn ask(desk: &mut Desk, token: &str, location: &str) -> (u16, Value) {
    let request = Request::new("GET", &format!("/businesses/?locationId={location}&limit=100"))
        .with_header("authorization", &format!("Bearer {token}"))
        .with_header("version", "2021-07-28");
    let response = desk.world.handle(desk.now, System::HighLevel, &request);
    (response.status, response.value())
}

fn ids(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|it| it["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn a_token_opens_its_own_location_and_no_other() {
    let mut desk = three();
    let all: Vec<Location> = (0..3).map(|place| desk.options.location(place)).collect();
    let mut seen = Vec::new();
    for one in &all {
        for other in &all {
            let (status, answer) = ask(&mut desk, &one.token, &other.id);
            let expected = if one == other { 200 } else { 403 };
            assert_eq!(status, expected, "{} on {}: {answer}", one.id, other.id);
            if one == other {
                seen.extend(ids(&answer["businesses"]));
            }
        }
        assert_eq!(ask(&mut desk, "pit-of-nobody", &one.id).0, 401);
    }
    let total = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), total, "no business is in two locations");
}

#[test]
fn the_first_of_several_is_what_it_is_alone() {
    let alone = Desk::open().control("GET", "/state", Value::Null).1;
    let mut beside = three().control("GET", "/state", Value::Null).1;
    let locations = beside["highlevel"].as_object_mut().expect("members").remove("locations");
    assert_eq!(beside, alone);
    let locations = locations.expect("every location");
    assert_eq!(locations.as_array().map(Vec::len), Some(3));
    assert_eq!(locations[0]["contacts"], alone["highlevel"]["contacts"]);
    assert_ne!(locations[1]["contacts"], locations[2]["contacts"]);
}

#[test]
fn people_say_in_which_location_they_work() {
    let mut desk = three();
    let Location { id, token } = desk.options.location(1);
    let before = desk.control("GET", "/state", Value::Null).1;
    let made = desk.edit(json!({
        "side": "highlevel", "location": id, "entity": "business", "create": { "name": "New" }
    }));
    let listed = ask(&mut desk, &token, &id).1;
    assert!(ids(&listed["businesses"]).iter().any(|it| *it == made), "{listed}");
    let after = desk.control("GET", "/state", Value::Null).1;
    assert_eq!(before["highlevel"]["businesses"], after["highlevel"]["businesses"]);
    let elsewhere = json!({
        "side": "highlevel", "location": "elsewhere", "entity": "business", "create": {}
    });
    assert_eq!(desk.control("POST", "/edit", elsewhere).0, 422);
}
