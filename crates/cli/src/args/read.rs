//! What was typed? A command line that cannot be understood is a failure like any other: with a code,
//! a hint, and as a document where one was asked for.

use std::ffi::OsString;

use clap::FromArgMatches;
use clap::error::ErrorKind;

use super::Cli;
use crate::examples;
use crate::failure::Failure;

/// Reads a command line, the program's name first. Help and version are printed, and end the program.
///
/// # Errors
/// That it cannot be understood.
pub fn read(words: &[OsString]) -> Result<Cli, Failure> {
    let matches = examples::command().try_get_matches_from(words);
    matches.and_then(|it| Cli::from_arg_matches(&it)).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => error.exit(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if wants_json(words) => {
            Failure::usage("a command is missing").hint("`concordat help` lists the commands")
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => error.exit(),
        _ => failure(&error.to_string()),
    })
}

/// Whether `--json` is among the words, understood or not.
pub fn wants_json(words: &[OsString]) -> bool {
    words.iter().take_while(|it| *it != "--").any(|it| it == "--json")
}

/// The first paragraph says what is wrong; what follows are tips, the usage, and a word about
/// `--help`.
fn failure(says: &str) -> Failure {
    let on_one_line = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut parts = says.trim_start_matches("error: ").split("\n\n").map(on_one_line);
    let failure = Failure::usage(parts.next().unwrap_or_default());
    let hints: Vec<String> = parts.collect();
    let hints = hints.join("; ").replace("tip: ", "").replace("For more information, ", "");
    failure.hint(hints.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn what_is_not_understood_is_a_failure_with_a_way_on() {
        for (line, message, hint) in [
            ("concordat plan --ot x", "unexpected argument '--ot' found", "Usage: concordat plan"),
            ("concordat plna", "unrecognized subcommand 'plna'", "try '--help'"),
            (
                "concordat conflicts resolve c-1",
                "the following required arguments were not provided: --take <TAKE>",
                "Usage: concordat conflicts resolve --take <TAKE> <ID>",
            ),
            (
                "concordat --color=red pull",
                "invalid value 'red' for '--color <COLOR>' [possible values: auto, always, never]",
                "try '--help'",
            ),
            ("concordat --json runs", "a command is missing", "concordat help"),
        ] {
            let failure = read(&words(line)).expect_err("not understood");
            assert_eq!((failure.code, failure.message.as_str()), (Code::Usage, message), "{line}");
            assert!(failure.hint.as_ref().is_some_and(|it| it.contains(hint)), "{failure}");
        }
    }

    #[test]
    fn json_is_wanted_where_it_is_an_option() {
        assert!(wants_json(&words("concordat plna --json")));
        assert!(!wants_json(&words("concordat explain -- --json")));
    }
}
