//! What is an app that our people use, and what is decided about its use (`upguard.md` §4.7)? It has no id and
//! goes by its name. Who is excepted by name counts, and is told nowhere.

use std::collections::BTreeMap;

use concordat_model::{Path, Reading, Record, RecordKey, Resource, Sight, Value, fingerprint};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Listing, next};
use crate::wire::{self, Unreadable, held_text};

/// Letters of an id, and of what stands for a policy: enough that no two of an organisation share them.
const LETTERS: usize = 20;
/// In characters.
const NAME_MAX: usize = 100;
/// In characters.
const SUMMARY_MAX: usize = 2000;
/// What a policy says that is not the app's own.
const DEFAULT: &str = "org_default";

#[derive(Deserialize)]
struct App {
    name: String,
    category: Option<String>,
    domain: Option<String>,
    exposure_level: Option<String>,
    first_detected: Option<String>,
    summary: Option<String>,
    usage_policy: Policy,
}

#[derive(Deserialize)]
struct Policy {
    base_rule: String,
    source: String,
    /// By what they allow.
    custom_rules: Option<BTreeMap<String, Exception>>,
}

/// For whom another rule holds.
#[derive(Deserialize)]
struct Exception {
    team_names: Option<Vec<String>>,
    role_names: Option<Vec<String>>,
    user_emails: Option<Vec<String>>,
}

impl Exception {
    /// Each of them once, in order.
    fn whom(&self) -> [(&'static str, Vec<String>); 3] {
        let named = |names: &Option<Vec<String>>| {
            let mut names: Vec<String> =
                names.iter().flatten().map(|it| it.trim().to_lowercase()).collect();
            names.sort();
            names.dedup();
            names
        };
        [
            ("team", named(&self.team_names)),
            ("role", named(&self.role_names)),
            ("person", named(&self.user_emails)),
        ]
    }
}

impl Policy {
    /// What holds for everybody else. The organisation's default is one decision, not one about each app.
    fn base(&self) -> &str {
        if self.source == DEFAULT { DEFAULT } else { &self.base_rule }
    }

    /// Those for whom another rule holds; a rule for nobody is none.
    fn exceptions(&self) -> impl Iterator<Item = (&String, [(&'static str, Vec<String>); 3])> {
        let all = self.custom_rules.iter().flatten().map(|(rule, it)| (rule, it.whom()));
        all.filter(|(_, whom)| whom.iter().any(|(_, names)| !names.is_empty()))
    }

    /// The same letters as long as it says the same. They do not show who is excepted. With other letters for the
    /// same, every policy would have moved.
    fn letters(&self) -> String {
        let mut parts = vec![self.base().to_owned()];
        for (rule, whom) in self.exceptions() {
            parts.push(rule.clone());
            parts.extend(whom.iter().map(|(what, names)| format!("{what} {}", names.join("\n"))));
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        fingerprint::letters("usage policy", &parts, LETTERS)
    }

    /// In words.
    fn said(&self) -> String {
        let base = if self.source == DEFAULT { "as everywhere" } else { &self.base_rule };
        let exceptions = self.exceptions().map(|(rule, whom)| {
            let whom = whom.iter().filter(|(_, names)| !names.is_empty());
            let whom = whom.map(|(what, names)| match (*what, names.len()) {
                (what, 1) => format!("1 {what}"),
                ("person", count) => format!("{count} people"),
                (what, count) => format!("{count} {what}s"),
            });
            format!("; {rule} for {}", whom.collect::<Vec<_>>().join(", "))
        });
        format!("{base}{}", exceptions.collect::<String>())
    }
}

impl App {
    fn record(self, sight: Sight) -> Option<Record> {
        let name = wire::beginning(&self.name, NAME_MAX);
        if name.is_empty() {
            return None;
        }
        let title = format!("Usage policy of {name}: {}", self.usage_policy.said());
        let reading: Reading = [
            ("title", Some(Value::text(&title))),
            ("summary", held_text(self.said())),
            ("policy", Some(Value::text(self.usage_policy.letters()))),
        ]
        .into_iter()
        .map(|(path, held)| (Path::from(path), held))
        .collect();
        let id = fingerprint::letters("app", &[self.name.trim()], LETTERS);
        let key = RecordKey::new(Resource::App, id);
        Some(Record { key, parent: None, name: name.into(), stamp: None, reading, sight })
    }

    /// What a task says of it: what does not change from day to day.
    fn said(&self) -> String {
        let first = self.first_detected.as_deref().and_then(wire::moment);
        let facts = [
            self.category.as_ref().map(|it| format!("Category: {it}")),
            self.domain.as_ref().map(|it| format!("Domain: {it}")),
            self.exposure_level.as_ref().map(|it| format!("Exposure: {it}")),
            first.map(|it| format!("First detected: {}", it.format("%Y-%m-%d"))),
        ];
        let facts = facts.into_iter().flatten().collect::<Vec<_>>().join("\n");
        let said = format!("{facts}\n\n{}", self.summary.as_deref().unwrap_or_default().trim());
        said.trim().chars().take(SUMMARY_MAX).collect::<String>().trim_end().to_owned()
    }
}

/// `GET /user_risk/apps/list`.
pub(in crate::upguard) fn list(body: &[u8], sight: Sight) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Apps<'a> {
        #[serde(borrow)]
        apps: Vec<&'a RawValue>,
        next_page_token: Option<String>,
    }
    let page: Apps<'_> = wire::decode(body)?;
    let rows = wire::rows(&page.apps, |app: App| app.record(sight));
    Ok(Listing { rows, next: next(page.next_page_token), total: None })
}
