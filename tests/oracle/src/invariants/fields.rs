//! Which native fields correspond, and when do two values say the same? The tables of the field map, written
//! once more from its text.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::life::Terms;
use crate::{text, unmarked};

/// How values are read and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// To the letter.
    Text,
    /// The first word of a name in UpGuard.
    FirstWord,
    /// All other words of a name in UpGuard.
    OtherWords,
    /// Without letter case.
    Email,
    /// By digits, with or without the country.
    Phone,
    /// By host, without `www.`.
    Host,
    /// As a number.
    Number,
    /// Whether a threat is closed.
    Closed,
}

/// One field of a mapping: a value in UpGuard and one in HighLevel.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) mapping: &'static str,
    /// What both sides call it.
    pub(super) name: &'static str,
    /// Entity and native field.
    pub(super) upguard: (&'static str, String),
    pub(super) highlevel: (&'static str, &'static str),
    pub(super) kind: Kind,
    /// Whether what happens in HighLevel goes to UpGuard.
    pub(super) both_ways: bool,
    /// Which side speaks if both changed and the times decide nothing.
    pub(super) undecided: &'static str,
    /// Whose value is taken if both differ when they first meet; nobody's if it is not said.
    pub(super) adopt: Option<String>,
    /// Whether UpGuard's value is put back whoever changed it.
    pub(super) is_restored: bool,
    /// Whether an empty value may be written to HighLevel.
    pub(super) is_emptied: bool,
}

/// Every field, with the attributes that are configured.
pub(super) fn all(terms: &Terms) -> Vec<Field> {
    let fixed = |field: Field| Field { is_emptied: false, ..field };
    let restored = |field: Field| Field { is_restored: true, ..field };
    let both = |field: Field| Field { both_ways: true, ..field };
    let mut all = vec![
        fixed(vendor("name", "name", "name", Kind::Text)),
        vendor("website", "primary_hostname", "website", Kind::Host),
        person("first_name", "name", "firstName", Kind::FirstWord),
        person("last_name", "name", "lastName", Kind::OtherWords),
        person("email", "email_address", "email", Kind::Email),
        person("phone", "phone_mobile", "phone", Kind::Phone),
        both(profile("tier", "tier", "custom.vendor_tier", Kind::Number)),
        restored(profile("score", "overallScore", "custom.vendor_score", Kind::Number)),
        restored(profile("assessment", "assessmentStatus", "custom.vendor_assessment", Kind::Text)),
        fixed(threat("title", "title", "title", Kind::Text)),
        fixed(both(threat("state", "threat_status", "completed", Kind::Closed))),
    ];
    let attributes = [
        ("phone", Kind::Phone),
        ("email", Kind::Email),
        ("address", Kind::Text),
        ("description", Kind::Text),
    ];
    for (member, kind) in attributes {
        if let Some(attribute) = terms.attributes.get(member) {
            let field = vendor(member, &format!("attributes.{attribute}"), member, kind);
            all.push(Field { undecided: "highlevel", ..both(field) });
        }
    }
    for field in &mut all {
        let configured = terms.adopt.get(&format!("{}.{}", field.mapping, field.name));
        let built_in = field.is_restored.then(|| "upguard".to_owned());
        field.adopt = configured.cloned().or(built_in);
    }
    all
}

fn vendor(name: &'static str, upguard: &str, highlevel: &'static str, kind: Kind) -> Field {
    to_highlevel(("vendors", name), ("vendor", upguard), ("business", highlevel), kind)
}

fn person(name: &'static str, upguard: &str, highlevel: &'static str, kind: Kind) -> Field {
    to_highlevel(("contacts", name), ("contact", upguard), ("contact", highlevel), kind)
}

fn profile(name: &'static str, upguard: &str, highlevel: &'static str, kind: Kind) -> Field {
    to_highlevel(("profiles", name), ("vendor", upguard), ("contact", highlevel), kind)
}

fn threat(name: &'static str, upguard: &str, highlevel: &'static str, kind: Kind) -> Field {
    to_highlevel(("threats", name), ("threat", upguard), ("task", highlevel), kind)
}

fn to_highlevel(
    (mapping, name): (&'static str, &'static str),
    upguard: (&'static str, &str),
    highlevel: (&'static str, &'static str),
    kind: Kind,
) -> Field {
    Field {
        mapping,
        name,
        upguard: (upguard.0, upguard.1.to_owned()),
        highlevel,
        kind,
        both_ways: false,
        undecided: "upguard",
        adopt: None,
        is_restored: false,
        is_emptied: true,
    }
}

impl Field {
    /// The kind of record and the native field on a side.
    pub(super) fn on(&self, side: &str) -> (&str, &str) {
        match side {
            "upguard" => (self.upguard.0, &self.upguard.1),
            _ => self.highlevel,
        }
    }

    /// Whether it is this native field of that kind of record.
    pub(super) fn is_at(&self, side: &str, entity: &str, native: &str) -> bool {
        self.on(side) == (entity, native)
    }

    /// Whether this side can be written.
    pub(super) fn goes_to(&self, side: &str) -> bool {
        self.both_ways || side == "highlevel"
    }

    /// What a side's value says, as text; nothing is empty.
    pub(super) fn read(&self, side: &str, value: &Value) -> String {
        let said = text(value);
        let said: String = unmarked(&said).nfc().collect();
        let words = || said.split_whitespace();
        match self.kind {
            Kind::Text => said.trim().to_owned(),
            Kind::FirstWord if side == "upguard" => words().take(1).collect(),
            Kind::OtherWords if side == "upguard" => words().skip(1).collect::<Vec<_>>().join(" "),
            Kind::FirstWord | Kind::OtherWords => words().collect::<Vec<_>>().join(" "),
            Kind::Email => said.trim().to_lowercase(),
            Kind::Phone => {
                let digits: String = said.chars().filter(char::is_ascii_digit).collect();
                if digits.is_empty() { said.trim().to_owned() } else { digits }
            }
            Kind::Host => host(&said),
            Kind::Number => {
                let number = said.trim().parse::<f64>();
                number.map_or_else(|_| said.trim().to_owned(), |it| it.to_string())
            }
            Kind::Closed if side == "upguard" => (said == "closed").to_string(),
            Kind::Closed => said,
        }
    }

    /// Whether two values, each of a side, say the same.
    pub(super) fn is_alike(&self, one: (&str, &Value), other: (&str, &Value)) -> bool {
        let (one, other) = (self.read(one.0, one.1), self.read(other.0, other.1));
        // `(617) 555-0199` and `+1 617 555 0199` are one number.
        let is_number = self.kind == Kind::Phone && 7 <= one.len().min(other.len());
        one == other || is_number && (one.ends_with(&other) || other.ends_with(&one))
    }
}

/// The host of a web address, in small letters, without `www.` and the trailing dot.
pub(super) fn host(address: &str) -> String {
    let address = address.trim().to_lowercase();
    let host = address.split_once("://").map_or(&*address, |(_, rest)| rest);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default().trim_end_matches('.');
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn field(native: &str) -> Field {
        let terms = json!({ "start": { "upguard": {} }, "end": { "highlevel": {} }, "effects": [],
            "terms": { "attributes": { "phone": "Main phone" } } });
        let terms = super::super::Life::of(&terms).terms;
        all(&terms).into_iter().find(|it| it.highlevel.1 == native).expect("a field")
    }

    #[track_caller]
    fn alike(native: &str, upguard: &str, highlevel: &str, is: bool) {
        let (upguard, highlevel) = (json!(upguard), json!(highlevel));
        let is_alike = field(native).is_alike(("upguard", &upguard), ("highlevel", &highlevel));
        assert_eq!(is_alike, is, "{native}: {upguard} and {highlevel}");
    }

    #[test]
    fn the_same_in_two_spellings_is_the_same() {
        alike("phone", "(617) 555-0199", "+1 617-555-0199", true);
        alike("phone", "(617) 555-0199", "+1 617-555-0198", false);
        alike("phone", "", "+1 617-555-0198", false);
        alike("email", "Ann@X.example", "ann@x.example", true);
        alike("firstName", "Ann Mary Lee", "Ann", true);
        alike("lastName", "Ann Mary Lee", "Mary Lee", true);
        alike("lastName", "Ann Mary Lee", "Lee", false);
        alike("website", "www.X.example.", "https://x.example/contact", true);
        alike("completed", "remediating", "false", true);
        alike("name", "Caf\u{e9}", "Cafe\u{301} ", true);
    }
}
