//! What has happened since both systems began? Written down night by night, for the judges of whole lives.

use concordat_oracle::invariants::{self, Complaint};
use serde_json::{Value, json};

use super::persons::TWO_WAY;
use super::{ALLOW_FIRST, Night, Ran};

/// Whose value the configuration that the sandbox writes takes where both differ when they first meet.
fn adopted() -> Value {
    json!({
        "vendors.name": "upguard",
        "vendors.website": "upguard",
        "vendors.phone": "highlevel",
        "vendors.email": "highlevel",
        "vendors.address": "highlevel",
        "vendors.description": "highlevel",
        "contacts.first_name": "upguard",
        "contacts.last_name": "upguard",
        "contacts.phone": "upguard",
    })
}

/// Two systems and a concordat, watched from the first moment.
pub struct Watched {
    /// They.
    pub night: Night,
    start: Value,
    nights: Vec<Value>,
    terms: Value,
}

impl Watched {
    /// Before anything happened.
    pub fn begins(night: Night) -> Watched {
        assert_eq!(night.sandbox.effects().len(), 0, "something happened already");
        let attributes = TWO_WAY.iter().map(|(field, attribute, _)| (*field, json!(attribute)));
        let attributes: serde_json::Map<String, Value> =
            attributes.map(|(field, attribute)| (field.to_owned(), attribute)).collect();
        let start = night.sandbox.state();
        let terms = json!({ "attributes": attributes, "adopt": adopted() });
        Watched { night, start, nights: Vec::new(), terms }
    }

    /// What is configured otherwise, as [`invariants`] spells it.
    pub fn on_terms(mut self, name: &str, term: Value) -> Watched {
        self.terms[name] = term;
        self
    }

    /// One night, whatever becomes of it.
    #[track_caller]
    pub fn reconciles(&mut self) -> Ran {
        let from = self.night.sandbox.effects().len();
        let ran = self.night.run(&[&["--json", "reconcile"], &ALLOW_FIRST[..]].concat());
        if ran.code != Some(5) {
            let whole = matches!(ran.code, Some(0 | 6));
            let to = self.night.sandbox.effects().len();
            self.nights.push(json!({ "from": from, "to": to, "whole": whole }));
        }
        ran
    }

    /// Everything until now.
    pub fn life(&self) -> Value {
        json!({
            "start": self.start,
            "effects": self.night.sandbox.effects(),
            "end": self.night.sandbox.state(),
            "nights": self.nights,
            "terms": self.terms,
        })
    }

    /// All judges are content with everything until now.
    #[track_caller]
    pub fn is_faultless(&self, story: &str) {
        let life = self.life();
        let complaints: Vec<String> =
            invariants::judged(&life).iter().map(Complaint::to_string).collect();
        assert!(complaints.is_empty(), "{story}\n{}\n", complaints.join("\n"));
    }
}
