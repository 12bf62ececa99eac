//! How does a native value become one that both sides share, and back? Named lenses, and the kinds
//! by which two shared values are compared. No lens looks at more than one value.
//!
//! Laws (tested): what a lens writes, it reads back as the same value (`put` then `get`), and reading
//! twice changes nothing.

use concordat_model::{Held, Value};
use rlibphonenumber::{NumberLengthType, PhoneNumber, PhoneNumberFormat, Region};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::parts::parts;
pub use crate::translation::Foreign;
use crate::translation::Translation;

/// How a native field is read and written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lens {
    /// The value itself, trimmed and in Unicode NFC; empty text is nothing.
    Plain,
    /// A phone number in E.164, where it can be understood and has no extension; else as it is.
    Phone,
    /// The host name of a web address.
    WebAddress,
    /// The first word of a person's name. Read only: one name cannot be rebuilt from a part.
    FirstName,
    /// The other words of a person's name. Read only, like [`Lens::FirstName`].
    LastName,
    /// One part of a text that is too long for one note. Read only: the others are not seen.
    Part {
        /// Which, from 1 on.
        part: u32,
        /// How many characters a part may have.
        room: usize,
    },
    /// A text under a heading of ours that says whose it is; it also says so if there is none.
    Memo(About, u32),
    /// Whether the state of a threat is that it is closed. Written, it is closed, or investigated
    /// again.
    Closed,
    /// Whether the status of a disclosure is one of those that end it. Written, it is this one, or
    /// investigated again.
    Ended(Ending),
    /// Not done, whatever it holds, and again each time that moves: what people have to look at. Read only.
    Anew,
    /// A form of its own, in which the value is written.
    Form(Translation),
    /// The same, but it is only read.
    ReadOnly(Translation),
}

/// The statuses that end a disclosure and can be written (`upguard.md` §4.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It was no issue.
    ClosedNoIssue,
    /// The risk is accepted.
    ClosedRiskAccepted,
    /// It is fixed, and nobody verified that yet.
    #[default]
    ClosedFixedUnverified,
}

impl Ending {
    /// UpGuard's word for it.
    fn word(self) -> &'static str {
        match self {
            Ending::ClosedNoIssue => "ClosedNoIssue",
            Ending::ClosedRiskAccepted => "ClosedRiskAccepted",
            Ending::ClosedFixedUnverified => "ClosedFixedUnverified",
        }
    }
}

/// How the statuses of a disclosure begin that end it; the fourth, `ClosedFixedVerified`, cannot be
/// written (`upguard.md` §4.6).
pub(crate) const ENDED: &str = "Closed";

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A vendor.
    Vendor,
    /// One of its people.
    Person,
}

/// The state of a threat that is over (`upguard.md` §4.4).
const CLOSED: &str = "closed";

/// How two shared values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, to the letter.
    Text,
    /// An e-mail address: letter case means nothing (`highlevel.md` §6.6).
    Email,
    /// A phone number: spaces and punctuation mean nothing.
    Phone,
    /// A host name: letter case, a leading `www.` and a trailing dot mean nothing.
    Host,
    /// A number.
    Number,
    /// Yes or no.
    Flag,
    /// A day.
    Day,
    /// Text: letter case means nothing.
    Caseless,
}

impl Lens {
    /// The shared value of a native field; one that means nothing here is shared as it is. `region` is the
    /// country in which phone numbers without a country code are read.
    pub fn get(&self, native: &Held, region: Option<Region>) -> Held {
        self.read(native, region).unwrap_or_else(|Foreign| Lens::Plain.plainly(native, region))
    }

    /// The shared value of a native field.
    ///
    /// # Errors
    /// If it means nothing in the form in which this side writes it.
    pub fn read(&self, native: &Held, region: Option<Region>) -> Result<Held, Foreign> {
        match self {
            Lens::Form(form) | Lens::ReadOnly(form) => match Lens::Plain.plainly(native, region) {
                Some(value) => form.read(&value).map(Some),
                None => Ok(None),
            },
            Lens::Anew => Ok(Some(Value::Bool(false))),
            Lens::Plain
            | Lens::Phone
            | Lens::WebAddress
            | Lens::FirstName
            | Lens::LastName
            | Lens::Part { .. }
            | Lens::Memo(..)
            | Lens::Closed
            | Lens::Ended(_) => Ok(self.plainly(native, region)),
        }
    }

    fn plainly(&self, native: &Held, region: Option<Region>) -> Held {
        let text = match native.as_ref()? {
            Value::Text(text) => clean(text)?,
            other @ (Value::Integer(_)
            | Value::Decimal(_)
            | Value::Bool(_)
            | Value::Time(_)
            | Value::Date(_)
            | Value::Set(_)) => return Some(other.clone()),
        };
        let shared = match self {
            Lens::Plain | Lens::Anew | Lens::Form(_) | Lens::ReadOnly(_) => text,
            Lens::Phone => e164(&text, region).unwrap_or(text),
            Lens::WebAddress => host(&text).unwrap_or(text),
            Lens::Part { part, room } => {
                let place = usize::try_from(*part).ok()?.checked_sub(1)?;
                (*parts(&text, *room).get(place)?).to_owned()
            }
            Lens::Memo(about, part) => match text.strip_prefix(&heading(*about, *part)) {
                Some(NOTHING) => return None,
                Some(rest) => clean(rest.strip_prefix(':').unwrap_or(&text))?,
                None => text,
            },
            Lens::Closed => return Some(Value::Bool(text == CLOSED)),
            Lens::Ended(_) => return Some(Value::Bool(text.starts_with(ENDED))),
            Lens::FirstName => text.split_whitespace().next()?.to_owned(),
            Lens::LastName => {
                let rest: Vec<&str> = text.split_whitespace().skip(1).collect();
                clean(&rest.join(" "))?
            }
        };
        Some(Value::Text(shared))
    }

    /// The native value to write for a shared one.
    ///
    /// # Errors
    /// If this lens only reads, or has no word for it.
    pub fn put(&self, shared: &Held) -> Result<Held, Unwritten> {
        match self {
            Lens::Plain | Lens::Phone => Ok(shared.clone()),
            Lens::WebAddress => Ok(shared.as_ref().map(|value| match value.as_text() {
                Some(text) if !text.contains('/') && host(text).is_some() => {
                    Value::Text(format!("https://{text}"))
                }
                Some(_) | None => value.clone(),
            })),
            Lens::Closed => either(shared, CLOSED, "investigating"),
            Lens::Ended(ending) => either(shared, ending.word(), "Investigating"),
            Lens::Memo(about, part) => {
                let heading = heading(*about, *part);
                let text = shared.as_ref().map(|it| format!("{heading}:\n\n{it}"));
                Ok(Some(Value::Text(text.unwrap_or_else(|| format!("{heading}{NOTHING}")))))
            }
            Lens::Form(form) => match shared {
                Some(value) => form.write(value).map(Some).map_err(|Foreign| Unwritten::Foreign),
                None => Ok(None),
            },
            Lens::FirstName
            | Lens::LastName
            | Lens::Part { .. }
            | Lens::Anew
            | Lens::ReadOnly(_) => Err(Unwritten::ReadOnly),
        }
    }
}

/// One of two states, by a flag.
fn either(flag: &Held, yes: &str, no: &str) -> Result<Held, Unwritten> {
    match flag {
        Some(Value::Bool(it)) => Ok(Some(Value::text(if *it { yes } else { no }))),
        Some(
            Value::Text(_)
            | Value::Integer(_)
            | Value::Decimal(_)
            | Value::Time(_)
            | Value::Date(_)
            | Value::Set(_),
        )
        | None => Err(Unwritten::ReadOnly),
    }
}

/// What follows the heading of a note where there is nothing to say.
const NOTHING: &str = ": nothing";

/// The first line of a note, without what follows on it.
fn heading(about: About, part: u32) -> String {
    let about = match about {
        About::Vendor => "UpGuard's note on this vendor",
        About::Person => "UpGuard's note on this person",
    };
    match part {
        0 | 1 => about.to_owned(),
        part => format!("{about}, part {part}"),
    }
}

/// Why a value is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// The lens only reads.
    ReadOnly,
    /// The side has no way to write this value: no row of a table, for one.
    Foreign,
}

impl Kind {
    /// Two shared values are the same exactly if their keys are.
    pub fn key(self, shared: &Held, region: Option<Region>) -> Held {
        let value = shared.as_ref()?;
        let Some(text) = value.as_text() else { return Some(value.clone()) };
        Some(Value::Text(match self {
            Kind::Text | Kind::Number | Kind::Flag | Kind::Day => text.to_owned(),
            // There and back, for letters that have no capital of their own.
            Kind::Caseless => text.to_uppercase().to_lowercase(),
            Kind::Email => text.to_lowercase(),
            Kind::Phone => phone_key(text, region),
            Kind::Host => host_key(&host(text).unwrap_or_else(|| text.to_owned())),
        }))
    }
}

/// Trimmed and in NFC, with line ends as line feeds; nothing if nothing is left.
pub(crate) fn clean(text: &str) -> Option<String> {
    let text: String = text.trim().replace("\r\n", "\n").nfc().collect();
    (!text.is_empty()).then_some(text)
}

/// The number, and its full form with the extension. A number whose length no number of its country
/// has is not understood: better no form than a wrong one. `00` is how most of the world dials `+`.
fn parse(text: &str, region: Option<Region>) -> Option<(PhoneNumber, String)> {
    let dialled = text.strip_prefix("00").map(|rest| format!("+{rest}"));
    let number = PhoneNumber::parse(dialled.as_deref().unwrap_or(text), region).ok()?;
    match number.is_possible_with_reason() {
        Ok(NumberLengthType::IsPossible) => {
            let full = number.format_as(PhoneNumberFormat::RFC3966).into_owned();
            Some((number, full))
        }
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(_) => None,
    }
}

/// E.164, unless that would lose an extension, or be read as another number: `0049 0049 …` has the country
/// code of its country twice.
fn e164(text: &str, region: Option<Region>) -> Option<String> {
    let plainly = |text: &str| {
        let (number, full) = parse(text, region)?;
        (!full.contains(";ext=")).then(|| number.format_as(PhoneNumberFormat::E164).into_owned())
    };
    plainly(text).filter(|it| it == text || plainly(it).as_ref() == Some(it))
}

fn phone_key(text: &str, region: Option<Region>) -> String {
    match parse(text, region) {
        Some((_, full)) => full.chars().filter(|it| *it != '-').collect(),
        None => text.chars().filter(|it| it.is_alphanumeric()).collect::<String>().to_lowercase(),
    }
}

/// The host of a web address, with or without a scheme; nothing if that is no host name.
fn host(text: &str) -> Option<String> {
    let absolute = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = url::Url::parse(&absolute).ok()?;
    let host = url.host_str()?.trim_end_matches('.');
    host.contains('.').then(|| host.to_owned())
}

fn host_key(host: &str) -> String {
    let host = host.to_lowercase();
    host.strip_prefix("www.").unwrap_or(&host).to_owned()
}

/// The words of a text, without letter case and accents: what two spellings of a name have in common.
pub fn words(text: &str) -> Vec<String> {
    let plain: String =
        text.nfkd().filter(|it| !is_combining_mark(*it)).flat_map(char::to_lowercase).collect();
    let words = plain.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty());
    words.map(str::to_owned).collect()
}
