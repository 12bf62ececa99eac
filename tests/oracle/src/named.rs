//! What are custom fields called? The API writes them by opaque ids; here they stand by their keys, as
//! members `custom.KEY` of their record, which is what documents call them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{rows, text};

/// The keys of all custom fields, by their ids.
pub struct Keys(BTreeMap<String, String>);

impl Keys {
    /// As the state lists them.
    pub fn of(state: &Value) -> Keys {
        let definitions = rows(&state["highlevel"]["customFields"]).iter();
        let key = |it: &Value| {
            let key = text(&it["fieldKey"]);
            let key = key.strip_prefix("contact.").unwrap_or(&key);
            (text(&it["id"]), format!("custom.{key}"))
        };
        Keys(definitions.map(key).collect())
    }

    /// In everything both systems hold.
    pub fn in_state(&self, state: &mut Value) {
        let contacts = state["highlevel"]["contacts"].as_array_mut();
        contacts.into_iter().flatten().for_each(|it| self.in_record(it));
    }

    /// In one change.
    pub fn in_effect(&self, effect: &mut Value) {
        let field = text(&effect["field"]);
        if let Some(key) = field.strip_prefix("customFields.").and_then(|id| self.0.get(id)) {
            effect["field"] = key.as_str().into();
        }
        for moment in ["before", "after"] {
            self.in_record(&mut effect[moment]);
        }
    }

    fn in_record(&self, record: &mut Value) {
        let Some(members) = record.as_object_mut() else { return };
        let custom = members.remove("customFields").unwrap_or_default();
        for row in rows(&custom) {
            let id = text(&row["id"]);
            let key = self.0.get(&id).unwrap_or(&id);
            members.insert(key.clone(), row["value"].clone());
        }
    }
}
