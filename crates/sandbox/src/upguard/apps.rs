//! How do the apps that our own people use answer (§4.7)? Browsers and sign-ins find them, people decide in
//! UpGuard's pages about their use; by API they are listed. An app goes by its name.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::paging::{Page, page_size};
use super::record::rfc3339;
use super::{UpGuard, reads, unprocessable};
use crate::effects::{Fields, Occasion};
use crate::http::{Answer, Call, Response};

/// By name.
pub(super) type Apps = BTreeMap<String, App>;

const RULES: [&str; 4] = ["approve", "tolerate", "nudge", "block"];
const SOURCES: [&str; 2] = ["org_default", "app"];
const ORDERS: [&str; 4] = ["name", "first_detected", "num_users", "exposure_level"];
const TEXTS: [&str; 5] = ["category", "description", "domain", "exposure_level", "summary"];
const NAMES: [&str; 3] = ["team_names", "role_names", "user_emails"];

/// An app that somebody was seen to use.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct App {
    name: String,
    texts: Map<String, Value>,
    users: u64,
    found: DateTime<Utc>,
    base_rule: String,
    source: String,
    /// By the rule that holds for those that it names.
    custom_rules: Map<String, Value>,
}

impl App {
    fn new(name: &str, found: DateTime<Utc>) -> App {
        App {
            name: name.to_owned(),
            texts: Map::new(),
            users: 1,
            found,
            base_rule: "tolerate".into(),
            source: "org_default".into(),
            custom_rules: Map::new(),
        }
    }

    fn shown(&self) -> Value {
        let mut shown = self.texts.clone();
        let mut policy = json!({ "base_rule": self.base_rule, "source": self.source });
        if !self.custom_rules.is_empty() {
            policy["custom_rules"] = json!(self.custom_rules);
        }
        let rest = json!({
            "name": self.name, "num_current_users": self.users, "is_shadow_ai": false,
            "first_detected": rfc3339(self.found, 3), "sources": ["browser"], "metadata": {},
            "usage_policy": policy,
        });
        shown.extend(rest.as_object().cloned().unwrap_or_default());
        Value::Object(shown)
    }

    fn fields(&self) -> Fields {
        self.shown().as_object().cloned().into_iter().flatten().collect()
    }

    fn write(&mut self, set: &Map<String, Value>) -> Result<(), String> {
        for (name, value) in set {
            match (name.as_str(), value) {
                ("name", _) => {}
                ("num_current_users", Value::Number(count)) => {
                    self.users = count.as_u64().ok_or("num_current_users: a number")?;
                }
                ("base_rule", Value::String(rule)) if RULES.contains(&rule.as_str()) => {
                    self.base_rule.clone_from(rule);
                    self.source = "app".into();
                }
                ("source", Value::String(source)) if SOURCES.contains(&source.as_str()) => {
                    self.source.clone_from(source);
                }
                ("custom_rules", Value::Object(rules)) => {
                    self.custom_rules = rules.iter().map(exception).collect::<Result<_, _>>()?;
                }
                (text, Value::String(_)) if TEXTS.contains(&text) => {
                    self.texts.insert(name.clone(), value.clone());
                }
                _ => return Err(format!("an app has no such {name}")),
            }
        }
        Ok(())
    }
}

/// A rule for those that it names, with all three lists.
fn exception((rule, whom): (&String, &Value)) -> Result<(String, Value), String> {
    if !RULES.contains(&rule.as_str()) {
        return Err(format!("there is no rule {rule}"));
    }
    let lists = NAMES.map(|name| (name.to_owned(), whom.get(name).unwrap_or(&json!([])).clone()));
    Ok((rule.clone(), Value::Object(lists.into_iter().collect())))
}

/// Only the order by name is offered here, and the filters by outcome and source.
pub(super) fn list(upguard: &mut UpGuard, occasion: &mut Occasion<'_>, call: &Call<'_>) -> Answer {
    let size = page_size(call, 1..=1000, 100)?;
    let of = |name: &str, known: &[&str]| {
        let given = reads::csv(call.request.query(name).unwrap_or_default());
        match given.iter().all(|it| known.contains(&it.as_str())) {
            true => Ok(given),
            false => Err(unprocessable(format!("{name}: an unknown value"))),
        }
    };
    of("sort_by", &ORDERS)?;
    of("sort_dir", &["asc", "desc"])?;
    let (rules, sources) =
        (of("usage_policy_outcomes", &RULES)?, of("usage_policy_sources", &SOURCES)?);
    let page = Page::asked(call, occasion, size, format!("apps {rules:?} {sources:?}"))?;
    let rows: Vec<&App> = upguard
        .apps
        .values()
        .filter(|it| rules.is_empty() || rules.contains(&it.base_rule))
        .filter(|it| sources.is_empty() || sources.contains(&it.source))
        .collect();
    Ok(Response::json(200, &page.of(&rows, "apps", occasion, |it| it.shown())))
}

impl UpGuard {
    /// Somebody is seen to use an app.
    pub(super) fn find_app(
        &mut self,
        occasion: &mut Occasion<'_>,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let name = set.get("name").and_then(Value::as_str).ok_or("name is required")?;
        let mut app = App::new(name, occasion.side_time);
        app.write(set)?;
        occasion.created("app", name, app.shown());
        self.apps.insert(name.to_owned(), app);
        Ok(json!(name))
    }

    /// Somebody decides about its use.
    pub(super) fn edit_app(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let found = id.as_str().and_then(|name| self.apps.get_mut(name));
        let app = found.ok_or_else(|| format!("no app {id}"))?;
        let before = app.fields();
        let mut after = app.clone();
        after.write(set)?;
        occasion.changed("app", app.name.clone(), &before, &after.fields());
        *app = after;
        Ok(id.clone())
    }

    /// Nobody uses it any more.
    pub(super) fn lose_app(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
    ) -> Result<Value, String> {
        let removed = id.as_str().and_then(|name| self.apps.remove(name));
        let app = removed.ok_or_else(|| format!("no app {id}"))?;
        occasion.deleted("app", app.name.clone(), app.shown());
        Ok(id.clone())
    }

    /// An app that was there before.
    pub(crate) fn put_app(&mut self, name: &str, found: DateTime<Utc>) {
        self.apps.insert(name.to_owned(), App::new(name, found));
    }

    /// Every app, in the order of their names.
    pub(super) fn shown_apps(&self) -> Vec<Value> {
        self.apps.values().map(App::shown).collect()
    }
}
