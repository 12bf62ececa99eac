//! How do the apps that our own people use answer (§4.7 of the UpGuard sheet)?

use serde_json::{Value, json};

use crate::desk::Desk;

fn get(desk: &mut Desk, query: &str) -> (u16, Value) {
    desk.upguard("GET", &format!("/user_risk/apps/list{query}"), Value::Null)
}

fn names(answer: &Value) -> Vec<&str> {
    answer["apps"].as_array().expect("apps").iter().filter_map(|it| it["name"].as_str()).collect()
}

#[test]
fn they_are_listed_by_pages_with_what_is_decided_about_their_use() {
    let mut desk = Desk::empty();
    let app = json!({ "name": "Zap", "category": "Automation", "num_current_users": 3 });
    desk.edit(json!({ "side": "upguard", "entity": "app", "create": app }));
    let (status, all) = get(&mut desk, "?sort_by=name");
    assert_eq!(status, 200);
    assert_eq!(names(&all), ["Chatter", "Paperclip", "Sketchy", "Zap"]);
    let zap = &all["apps"][3];
    assert_eq!(zap["usage_policy"], json!({ "base_rule": "tolerate", "source": "org_default" }));
    for required in ["is_shadow_ai", "num_current_users", "first_detected", "sources", "metadata"] {
        assert!(zap.get(required).is_some(), "{required}");
    }
    let first = get(&mut desk, "?page_size=3").1;
    let token = first["next_page_token"].as_str().expect("more").to_owned();
    assert_eq!(names(&get(&mut desk, &format!("?page_size=3&page_token={token}")).1), ["Zap"]);
    for wrong in ["?sort_by=id", "?sort_dir=up", "?usage_policy_outcomes=ban", "?page_size=0"] {
        assert_eq!(get(&mut desk, wrong).0, 422, "{wrong}");
    }

    let of = |how: (&str, Value)| json!({ "side": "upguard", "entity": "app", "id": "Zap", how.0: how.1 });
    let custom = json!({ "approve": { "team_names": ["Sales"] } });
    desk.edit(of(("set", json!({ "base_rule": "block", "custom_rules": custom }))));
    let own = get(&mut desk, "?usage_policy_sources=app").1;
    assert_eq!(
        own["apps"][0]["usage_policy"],
        json!({ "base_rule": "block", "source": "app", "custom_rules": { "approve":
            { "team_names": ["Sales"], "role_names": [], "user_emails": [] } } })
    );
    assert_eq!(names(&get(&mut desk, "?usage_policy_outcomes=block").1), ["Zap"]);
    for wrong in [json!({ "base_rule": "ban" }), json!({ "custom_rules": { "ban": {} } })] {
        assert_eq!(desk.control("POST", "/edit", of(("set", wrong))).0, 422);
    }
    desk.edit(of(("delete", json!(true))));
    assert_eq!(names(&get(&mut desk, "").1).len(), 3);
    desk.turn(json!({ "upguard_permissions": ["VendorRisk"] }));
    assert_eq!(get(&mut desk, "").0, 403);
}
