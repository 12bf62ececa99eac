//! What may be seen of a person? One rule for every renderer: the terminal and the documents for
//! scripts carry values, report files that travel carry them masked.
//!
//! It does not know which fields are personal: every free text is treated as if it were. Numbers,
//! yes/no and moments stay, and so do ids, which are how a reader finds the record.

use std::borrow::Cow;
use std::collections::BTreeSet;

use concordat_model::{Held, Plan, Resource, Value};

/// Whether values are shown as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mask {
    /// As they are.
    #[default]
    Reveal,
    /// Personal data only as far as needed to recognise what one already knows.
    Personal,
}

const DOTS: &str = "•••";

impl Mask {
    /// A value as it may be seen.
    pub fn value<'a>(self, value: &'a Value) -> Cow<'a, Value> {
        match (self, value) {
            (Mask::Reveal, _)
            | (_, Value::Integer(_) | Value::Decimal(_) | Value::Bool(_) | Value::Time(_)) => {
                Cow::Borrowed(value)
            }
            (Mask::Personal, Value::Text(text)) => Cow::Owned(Value::Text(masked(text))),
            (Mask::Personal, Value::Date(date)) => {
                Cow::Owned(Value::Text(date.format("%Y-••-••").to_string()))
            }
            (Mask::Personal, Value::Set(items)) => {
                let items: BTreeSet<String> = items.iter().map(|it| recognised(it)).collect();
                Cow::Owned(Value::Set(items))
            }
        }
    }

    /// What a field holds, as it may be seen.
    pub fn held(self, held: &Held) -> Held {
        held.as_ref().map(|value| self.value(value).into_owned())
    }

    /// A record's name as it may be seen. Companies are not persons; where the kind is not known it
    /// is taken for a person.
    pub fn name<'a>(self, resource: Option<Resource>, name: &'a str) -> Cow<'a, str> {
        match (self, resource) {
            (Mask::Reveal, _)
            | (_, Some(Resource::Vendor | Resource::Business | Resource::CustomField)) => {
                Cow::Borrowed(name)
            }
            (
                Mask::Personal,
                Some(Resource::Contact | Resource::VendorContact | Resource::Lead) | None,
            ) => Cow::Owned(masked(name)),
            // A title is a sentence, in which addresses may stand.
            (
                Mask::Personal,
                Some(
                    Resource::Threat
                    | Resource::Disclosure
                    | Resource::Risk
                    | Resource::Waiver
                    | Resource::App
                    | Resource::Questionnaire
                    | Resource::Task
                    | Resource::Comment
                    | Resource::Note
                    | Resource::Notification
                    | Resource::VendorNote,
                ),
            ) => Cow::Owned(masked_words(name)),
        }
    }

    /// What a plan is restricted to: a mapping or an id stays, anything else may be somebody's name.
    pub fn scope<'a>(self, only: &'a str, plan: &Plan) -> Cow<'a, str> {
        let is_mapping = || plan.steps.iter().any(|it| it.mapping.as_str() == only);
        let mut records = plan.steps.iter().flat_map(|it| it.record.iter().chain(&it.sources));
        if self == Mask::Reveal || is_mapping() || records.any(|it| it.id.as_str() == only) {
            return Cow::Borrowed(only);
        }
        Cow::Owned(masked(only))
    }

    /// A sentence in which addresses and telephone numbers may stand.
    pub fn sentence<'a>(self, sentence: &'a str) -> Cow<'a, str> {
        match self {
            Mask::Reveal => Cow::Borrowed(sentence),
            Mask::Personal => Cow::Owned(masked_words(sentence)),
        }
    }
}

/// Text of which nothing is known: an address, a number or words, each in its own way.
fn masked(text: &str) -> String {
    let text = text.trim();
    if is_address(text) || is_number(text) {
        return recognised(text);
    }
    // However long the text is, a reader recognises it by its first words or not at all.
    text.split_whitespace().take(3).map(initial).collect::<Vec<_>>().join(" ")
}

/// Masks what is recognisably an address or a number, and leaves other text.
fn recognised(text: &str) -> String {
    if is_address(text) {
        return address(text);
    }
    if is_number(text) { number(text) } else { text.to_owned() }
}

/// Masks the addresses and numbers in a sentence; a number may be written in several groups.
fn masked_words(sentence: &str) -> String {
    let is_group = |word: &&str| {
        word.contains(|it: char| it.is_ascii_digit())
            && word.chars().all(|it| it.is_ascii_digit() || "+-.()/".contains(it))
    };
    let words: Vec<&str> = sentence.split(' ').collect();
    let mut told = Vec::new();
    for run in words.chunk_by(|one, next| is_group(one) && is_group(next)) {
        told.push(recognised(&run.join(" ")));
    }
    told.join(" ")
}

fn initial(word: &str) -> String {
    word.chars().take(1).chain(DOTS.chars()).collect()
}

fn is_address(text: &str) -> bool {
    text.contains('@') && !text.contains(char::is_whitespace)
}

/// `j•••@a•••.com`: the first letters and the top-level domain.
fn address(text: &str) -> String {
    let (person, host) = text.split_once('@').unwrap_or((text, ""));
    let top = host.rsplit_once('.').map(|(_, top)| format!(".{top}")).unwrap_or_default();
    format!("{}@{}{top}", initial(person), initial(host))
}

fn is_number(text: &str) -> bool {
    text.chars().filter(char::is_ascii_digit).count() >= 6
        && text.chars().all(|it| it.is_ascii_digit() || " +-.()/".contains(it))
}

/// `+1 ••• ••12`: the country's first digit and the last two.
fn number(text: &str) -> String {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    let last: String = digits[digits.len() - 2..].iter().collect();
    if text.starts_with('+') {
        format!("+{} ••• ••{last}", digits[0])
    } else {
        format!("••• ••{last}")
    }
}
