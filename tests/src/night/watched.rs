//! What has happened since both systems began? Written down night by night, for the judges of whole lives.

use concordat_oracle::invariants::{self, Complaint};
use serde_json::{Map, Value, json};

use super::persons::TWO_WAY;
use super::{Night, Ran};

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
pub struct Watched<'a> {
    night: &'a Night,
    start: Value,
    nights: Vec<Value>,
    terms: Value,
}

impl Watched<'_> {
    /// Before anything happened.
    pub fn begins(night: &Night) -> Watched<'_> {
        assert_eq!(night.sandbox.effects().len(), 0, "something happened already");
        let attributes: Map<String, Value> = TWO_WAY
            .iter()
            .map(|(field, attribute, _)| ((*field).to_owned(), json!(attribute)))
            .collect();
        let start = night.sandbox.state();
        let terms = json!({ "attributes": attributes, "adopt": adopted() });
        Watched { night, start, nights: Vec::new(), terms }
    }

    /// What is configured otherwise, as [`invariants`] spells it.
    pub fn on_terms(mut self, name: &str, term: Value) -> Self {
        self.terms[name] = term;
        self
    }

    /// One night, whatever becomes of it.
    #[track_caller]
    pub fn reconciles(&mut self, permissions: &[&str]) -> Ran {
        let from = self.night.sandbox.effects().len();
        let ran = self.night.run(&[&["--json", "reconcile"], permissions].concat());
        if ran.code != Some(5) {
            self.has_passed(from, matches!(ran.code, Some(0 | 6)));
        }
        ran
    }

    /// The first agreement, by a plan and its application.
    #[track_caller]
    pub fn first_agreement(&mut self) {
        let from = self.night.sandbox.effects().len();
        let run = self.night.first_agreement();
        self.has_passed(from, matches!(run["exit_code"].as_i64(), Some(0 | 6)));
    }

    /// A night in which nothing is to be done.
    #[track_caller]
    pub fn finds_nothing(&mut self) {
        let from = self.night.sandbox.effects().len();
        self.night.finds_nothing();
        self.has_passed(from, true);
    }

    /// A night that began after so many changes, and was killed.
    pub fn was_killed(&mut self, from: usize) {
        self.has_passed(from, false);
    }

    fn has_passed(&mut self, from: usize, whole: bool) {
        let to = self.night.sandbox.effects().len();
        self.nights.push(json!({ "from": from, "to": to, "whole": whole }));
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
