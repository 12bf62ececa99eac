//! Was only deleted what may be (decision 0045)? By what happened to a record until then: a request made it, nobody
//! else ever changed it, and nothing went with it.

use concordat_oracle::text;
use serde_json::Value;

use super::judge::{UNSEEN, at};
use super::scene::Scene;

/// Complaints about what requests deleted. `effects`: those of the scene, as documents.
pub fn wrongful(scene: &Scene, effects: &[Value]) -> Vec<String> {
    let is_late = |place: &usize| scene.arrived_late.contains(place);
    let deleted =
        effects.iter().enumerate().filter(|(_, it)| is_deleted(it) && it["actor"] == "api");
    // What arrives when it was given up cannot know what happened since.
    let deleted = deleted.filter(|(place, _)| !is_late(place));
    let wrong = deleted.filter_map(|(place, it)| {
        let why = match scene.chances.deletes {
            true => spared(it, &effects[..place])?,
            false => "and nobody asked for it",
        };
        Some(format!("deleted by a request, {why}: {it}"))
    });
    wrong.collect()
}

/// Why a record should have been spared. `before`: what had happened until then.
fn spared(deleted: &Value, before: &[Value]) -> Option<&'static str> {
    let whose = |it: &Value| ["side", "entity", "id"].map(|name| it[name].clone());
    let its = || before.iter().filter(|it| whose(it) == whose(deleted));
    let is_ours = its().any(|it| it["actor"] == "api" && is_made(it));
    let is_edited = |it: &Value| it["actor"] != "api" && at(deleted) - at(it) > UNSEEN;
    // What people put there last nobody saw who looked before.
    let is_unseen =
        its().any(|it| it["actor"] != "api" && is_made(it) && at(deleted) - at(it) <= UNSEEN);
    match () {
        () if goes_along(deleted) => (!is_unseen).then_some("with something else"),
        () if !is_ours => Some("and no request had made it"),
        () if its().any(is_edited) => Some("and somebody else had changed it"),
        () => None,
    }
}

/// Whether it took a record away.
pub fn is_deleted(effect: &Value) -> bool {
    effect["field"].is_null() && effect["after"].is_null()
}

/// Whether it was taken away together with what the request names.
pub fn goes_along(effect: &Value) -> bool {
    is_deleted(effect) && !text(&effect["request"]).ends_with(&text(&effect["id"]))
}

fn is_made(effect: &Value) -> bool {
    effect["field"].is_null() && effect["before"].is_null()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn effect(second: u32, actor: &str, field: Value, (before, after): (Value, Value)) -> Value {
        json!({
            "at": format!("2026-03-01T00:{second:02}:00.000Z"), "side": "highlevel", "entity": "contact",
            "id": "c1", "field": field, "before": before, "after": after, "actor": actor,
            "request": "DELETE /contacts/c1",
        })
    }

    #[test]
    fn only_what_requests_made_and_nobody_changed_may_go() {
        let made =
            |actor: &str| effect(1, actor, Value::Null, (Value::Null, json!({ "city": "" })));
        let edited =
            |minute, actor: &str| effect(minute, actor, json!("city"), (json!(""), json!("Rome")));
        let mut gone = effect(9, "api", Value::Null, (json!({ "city": "" }), Value::Null));
        assert_eq!(spared(&gone, &[made("api")]), None);
        assert_eq!(spared(&gone, &[made("api"), edited(2, "api")]), None);
        assert_eq!(spared(&gone, &[made("person")]), Some("and no request had made it"));
        assert_eq!(spared(&gone, &[]), Some("and no request had made it"));
        let changed = Some("and somebody else had changed it");
        assert_eq!(spared(&gone, &[made("api"), edited(2, "person")]), changed);
        assert_eq!(spared(&gone, &[made("api"), edited(9, "person")]), None, "too late to be seen");
        gone["request"] = json!("DELETE /contacts/c7");
        assert_eq!(spared(&gone, &[made("api")]), Some("with something else"));
        let just = effect(9, "person", Value::Null, (Value::Null, json!({ "city": "" })));
        assert_eq!(spared(&gone, &[just]), None, "too late to be seen");
    }
}
