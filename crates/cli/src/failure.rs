//! How does a command end? [`Exit`] is the code that scripts depend on, [`Failure`] what a person or
//! a program is told. The command line alone turns errors into these; no other room knows them.

use std::fmt;
use std::io;
use std::process::ExitCode;

use concordat_report::{escaped, visible};
use schemars::JsonSchema;
use serde::Serialize;

use crate::code::Code;

/// The exit codes. Scripts depend on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// Everything asked for was done.
    Ok,
    /// Something failed that nobody foresaw.
    Error,
    /// The command line or the configuration cannot be used.
    Usage,
    /// Some of it was done; running again helps.
    Partial,
    /// A credential was refused, or lacks a scope.
    Auth,
    /// A guard refused the plan.
    Refused,
    /// Conflicts or cases wait for a person, or a write that was refused waits.
    Waiting,
    /// The plan belongs to another configuration, tenant or mapping, or is too old.
    OtherPlan,
    /// What a run may use up is used up; running again goes on from here.
    Budget,
    /// There are changes to apply (only with `--detailed-exitcode`).
    Pending,
    /// Another run holds the state.
    Locked,
    /// The ledger or the store is not what was written.
    Integrity,
    /// A person or the system stopped the run.
    Interrupted,
}

impl Exit {
    /// Every exit, the one that matters most first. The order of the codes 13, 11, 4, 5, 7, 3, 8,
    /// 6, 10 is part of the contract. The others stand where they hide nothing worse: an interrupted
    /// run has not seen everything, and neither a wrong configuration nor an unforeseen error is
    /// helped by running again, as 3 and 8 are.
    pub const BY_WEIGHT: [Exit; 13] = [
        Exit::Integrity,
        Exit::Interrupted,
        Exit::Locked,
        Exit::Usage,
        Exit::Auth,
        Exit::Refused,
        Exit::OtherPlan,
        Exit::Error,
        Exit::Partial,
        Exit::Budget,
        Exit::Waiting,
        Exit::Pending,
        Exit::Ok,
    ];

    /// The number the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Ok => 0,
            Exit::Error => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
            Exit::Auth => 4,
            Exit::Refused => 5,
            Exit::Waiting => 6,
            Exit::OtherPlan => 7,
            Exit::Budget => 8,
            Exit::Pending => 10,
            Exit::Locked => 11,
            Exit::Integrity => 13,
            Exit::Interrupted => 130,
        }
    }

    /// The one exit of several that happened at once; none: [`Exit::Ok`].
    pub fn worst(all: impl IntoIterator<Item = Exit>) -> Exit {
        let weight = |exit: Exit| Exit::BY_WEIGHT.iter().position(|it| *it == exit);
        all.into_iter().min_by_key(|exit| weight(*exit)).unwrap_or(Exit::Ok)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Where in a file something is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The character in the line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// The line itself. Values that may be secret are blotted out before it gets here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How many characters are meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Place {
        Place { file: file.into(), line: None, column: None, text: None, width: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        Ok(())
    }
}

/// One of several things that are wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Detail {
    /// What is wrong.
    pub message: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Box<Place>>,
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Why a command did not do what it was asked for. Holds no secret and no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failure {
    /// What kind of failure it is; this also says how the command ends.
    #[schemars(with = "String")]
    pub code: Code,
    /// What went wrong, in one sentence.
    pub message: String,
    /// Where, if it is in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Box<Place>>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The single things, if there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
}

/// What `--json` prints instead of an answer.
#[derive(Serialize)]
struct Document {
    schema_version: u32,
    exit_code: u8,
    error: ErrorTold,
}

/// A failure, and the name of its exit beside its code.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ErrorTold {
    /// How the command ends.
    pub kind: Exit,
    /// The failure.
    #[serde(flatten)]
    pub failure: Failure,
}

impl From<Failure> for ErrorTold {
    fn from(failure: Failure) -> ErrorTold {
        ErrorTold { kind: failure.exit(), failure }
    }
}

impl Failure {
    /// A failure without place and hint.
    pub fn new(code: Code, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into(), place: None, hint: None, details: Vec::new() }
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        self.code.exit()
    }

    /// The command line or the configuration cannot be used.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Code::Usage, message)
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Failure {
        self.place = Some(Box::new(place));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// Says what it is about, one by one.
    #[must_use]
    pub fn each(mut self, messages: Vec<String>) -> Failure {
        let detail = |message| Detail { message, place: None, hint: None };
        self.details.extend(messages.into_iter().map(detail));
        self
    }

    /// One failure for everything wrong in one file.
    pub fn of_file(code: Code, file: &str, mut details: Vec<Detail>) -> Failure {
        if details.len() == 1 {
            let Detail { message, place, hint } = details.remove(0);
            return Failure { code, message, place, hint, details };
        }
        let message = format!("{} problems in {file}", details.len());
        Failure { details, ..Failure::new(code, message) }
    }

    /// Writes it for a person.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_text(&self, to: &mut dyn io::Write) -> io::Result<()> {
        to.write_all(self.to_string().as_bytes())
    }

    /// Writes it for a program: one JSON object and a line break.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_json(&self, to: &mut dyn io::Write) -> io::Result<()> {
        let error = ErrorTold::from(self.clone());
        let document = Document { schema_version: 1, exit_code: self.exit().code(), error };
        let text = serde_json::to_string(&document)?;
        writeln!(to, "{}", escaped(&text))
    }
}

/// As a person reads it: several lines, each ended by a line break.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opening = format!("error[{}]: ", self.code);
        block(f, &opening, &self.message, self.place.as_deref(), None)?;
        for Detail { message, place, hint } in &self.details {
            block(f, "- ", message, place.as_deref(), hint.as_deref())?;
        }
        advice(f, self.hint.as_deref())
    }
}

impl std::error::Error for Failure {}

fn block(
    f: &mut fmt::Formatter<'_>,
    opening: &str,
    message: &str,
    place: Option<&Place>,
    hint: Option<&str>,
) -> fmt::Result {
    writeln!(f, "{opening}{}", visible(message))?;
    if let Some(place) = place {
        writeln!(f, "  at {}", visible(&place.to_string()))?;
        if let (Some(line), Some(column), Some(text)) = (place.line, place.column, &place.text) {
            let number = line.to_string();
            let below = " ".repeat(number.len());
            // A letter that is made visible may take more room than it has in the file.
            let room = |skip: usize, take: usize| {
                let part: String = text.chars().skip(skip).take(take).collect();
                visible(&part).chars().count()
            };
            let before = " ".repeat(room(0, column - 1));
            let marks = "^".repeat(room(column - 1, place.width.unwrap_or(1)).max(1));
            writeln!(f, "   {number} | {}", visible(text))?;
            writeln!(f, "   {below} | {before}{marks}")?;
        }
    }
    advice(f, hint)
}

fn advice(f: &mut fmt::Formatter<'_>, hint: Option<&str>) -> fmt::Result {
    match hint {
        Some(hint) => writeln!(f, "  hint: {}", visible(hint)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_orders_what_happens_at_once() {
        let contract = [13, 11, 4, 5, 7, 3, 8, 6, 10];
        let ours: Vec<u8> = Exit::BY_WEIGHT.iter().map(|it| it.code()).collect();
        let ours: Vec<u8> = ours.into_iter().filter(|it| contract.contains(it)).collect();
        assert_eq!(ours, contract);
    }

    #[test]
    fn the_worst_does_not_depend_on_the_order_it_is_met_in() {
        for (rank, worse) in Exit::BY_WEIGHT.into_iter().enumerate() {
            for milder in Exit::BY_WEIGHT.into_iter().skip(rank) {
                assert_eq!(Exit::worst([worse, milder]), worse);
                assert_eq!(Exit::worst([milder, worse]), worse);
            }
        }
        assert_eq!(Exit::worst([]), Exit::Ok);
        assert_eq!(Exit::worst([Exit::Partial, Exit::Error]), Exit::Error);
    }

    #[test]
    fn every_code_is_its_own() {
        let mut codes: Vec<u8> = Exit::BY_WEIGHT.iter().map(|it| it.code()).collect();
        codes.sort();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 130]);
    }

    fn failure() -> Failure {
        let place = Place {
            line: Some(3),
            column: Some(2),
            text: Some("\tapi_kye\u{202e} = \"·\"".into()),
            width: Some(8),
            ..Place::file("c.toml")
        };
        Failure::usage("there is no key \u{1b}[31m").at(place).hint("did you mean api_key?")
    }

    #[test]
    fn a_person_reads_message_place_line_and_hint() {
        let expected = "error[C0101]: there is no key ␛[31m\n  at c.toml:3:2\n   \
                        3 | ␉api_kye⟨U+202E⟩ = \"·\"\n     |  ^^^^^^^^^^^^^^^\n  \
                        hint: did you mean api_key?\n";
        assert_eq!(failure().to_string(), expected);
    }

    #[test]
    fn a_program_reads_one_object() {
        let mut bytes = Vec::new();
        failure().write_json(&mut bytes).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(document["exit_code"], 2);
        assert_eq!(document["error"]["code"], "C0101");
        assert_eq!(document["error"]["kind"], "usage");
        assert_eq!(document["error"]["place"]["line"], 3);
        assert_eq!(document["error"]["place"]["text"], "\tapi_kye\u{202e} = \"·\"");
        assert!(!bytes.windows(3).any(|it| it == "\u{202e}".as_bytes()), "it steers no terminal");
        assert_eq!(bytes.iter().filter(|it| **it == b'\n').count(), 1);
    }

    #[test]
    fn one_detail_is_the_failure_itself() {
        let detail = Detail { message: "a".into(), place: None, hint: None };
        assert_eq!(Failure::of_file(Code::Config, "f", vec![detail.clone()]).message, "a");
        let two = Failure::of_file(Code::Config, "f", vec![detail.clone(), detail]);
        assert_eq!(two.to_string(), "error[C0202]: 2 problems in f\n- a\n- a\n");
    }
}
