//! How is each command used? The examples that stand first in its help, and in the manual.
//!
//! They are read by a test as the command line reads them, so that none of them can grow stale.

use clap::{Command, CommandFactory};

use crate::args::Cli;

/// An example: what to type, and what it does.
type Example = (&'static str, &'static str);

/// The examples of each command, by its name as it is typed.
const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "init",
        &[
            ("concordat init", "asks, tries the keys, writes ./concordat.toml"),
            ("concordat init --location ve9EPM42 --no-input", "asks nothing"),
        ],
    ),
    (
        "doctor",
        &[
            ("concordat doctor", "is everything in order, and if not, what helps?"),
            ("concordat doctor --fix", "… and what is missing in HighLevel is defined there"),
            ("concordat doctor --operations", "which permissions do the keys need?"),
        ],
    ),
    ("auth", &[("concordat auth login", "signs in to HighLevel, with [highlevel.oauth]")]),
    (
        "auth login",
        &[
            ("concordat auth login", "opens a browser, and waits for it to come back"),
            ("concordat --pair emea auth login --no-browser", "prints the address, for one pair"),
        ],
    ),
    ("pull", &[("concordat --quiet pull", "from cron, hourly")]),
    (
        "plan",
        &[
            ("concordat plan", "what would be done, and why?"),
            ("concordat plan --out plan.json", "… saved, for `apply`"),
            ("concordat plan --only vendors --limit 5", "a small pilot"),
        ],
    ),
    ("show", &[("concordat show plan.json", "a saved plan, once more")]),
    (
        "apply",
        &[
            ("concordat apply plan.json", "do exactly that"),
            (
                "concordat apply plan.json --allow first-agreement --reason \"read by two of us\"",
                "the first time",
            ),
        ],
    ),
    (
        "reconcile",
        &[
            ("concordat --quiet reconcile", "the nightly job"),
            ("concordat --pair emea reconcile --only \"Maple Health\"", "one record of one pair"),
            ("concordat reconcile --report html=night-{pair}.html", "a page for each pair"),
            ("concordat reconcile --allow creates:40 --reason \"new region\"", "more than usual"),
        ],
    ),
    (
        "explain",
        &[
            ("concordat explain \"Maple Health\"", "every field of one record"),
            ("concordat explain 100038.phone", "one field in full"),
            ("concordat --json explain 4488JR2VDV", "for scripts; a link's id"),
            ("concordat explain --live 4488JR2VDV", "also a contact's appointments, asked now"),
        ],
    ),
    ("conflicts", &[("concordat conflicts list", "what waits for a decision")]),
    ("conflicts list", &[("concordat conflicts list", "what waits for a decision")]),
    (
        "conflicts show",
        &[("concordat conflicts show c-0REWK416VF", "one, with what each answer does")],
    ),
    (
        "conflicts resolve",
        &[
            ("concordat conflicts resolve c-0REWK416VF --take highlevel", "HighLevel is right"),
            (
                "concordat conflicts resolve c-0REWK416VF --take leave --reason \"both are\"",
                "neither changes",
            ),
        ],
    ),
    ("matches", &[("concordat matches list", "which records could be several things")]),
    ("matches list", &[("concordat matches list", "which records could be several things")]),
    (
        "matches decide",
        &[
            ("concordat matches decide m-Q9TME4865C --link 2", "it is the second candidate"),
            ("concordat matches decide m-Q9TME4865C --create", "it is none of them"),
            ("concordat matches decide m-Q9TME4865C --ask-again", "forget what was decided"),
        ],
    ),
    ("quarantine", &[("concordat quarantine list", "which archives wait, and for what")]),
    ("quarantine list", &[("concordat quarantine list", "which archives wait, and for what")]),
    (
        "quarantine approve",
        &[(
            "concordat quarantine approve q-3YV8M1T0KD --reason \"she has left\"",
            "archive it at the next run",
        )],
    ),
    (
        "quarantine cancel",
        &[("concordat quarantine cancel q-3YV8M1T0KD", "leave it, although it is gone")],
    ),
    (
        "runs",
        &[
            ("concordat runs list", "which runs were there?"),
            ("concordat runs show last", "the newest"),
        ],
    ),
    (
        "runs list",
        &[
            ("concordat runs list --limit 7", "a week of nights"),
            ("concordat runs list --all", "pulls and plans, too"),
        ],
    ),
    (
        "runs show",
        &[
            ("concordat runs show last", "the newest"),
            ("concordat runs show r000042", "what it did, and what is not settled"),
            ("concordat runs show last --requests", "which requests it sent, and how they went"),
            ("concordat runs show r000042 --errors", "each request that failed"),
            ("concordat runs show r000042 --record \"Ada Brook\"", "each about one record"),
        ],
    ),
    ("history", &[("concordat history show \"Maple Health\"", "who changed what, and why")]),
    (
        "history list",
        &[
            ("concordat history list --limit 50", "the newest changes"),
            ("concordat history list --run r000042 --field phone", "one field in one run"),
        ],
    ),
    ("history show", &[("concordat history show \"Maple Health\"", "by name, or by id")]),
    ("history verify", &[("concordat history verify", "was the record of it changed?")]),
    (
        "history export",
        &[("concordat history export --format csv --out history.csv", "for a spreadsheet")],
    ),
    (
        "compare",
        &[
            ("concordat compare june.csv july.csv", "rows told apart by their column `id`"),
            (
                "concordat compare old.jsonl new.jsonl --key seq --key field",
                "two exports of the history",
            ),
            ("concordat compare june.csv july.csv --report html=july.html", "… as a page to send"),
        ],
    ),
    ("state", &[("concordat state rebuild", "the mirror is damaged, or is not to be trusted")]),
    (
        "state adopt-backup",
        &[(
            "concordat state adopt-backup --reason \"disk lost; backup of Monday\"",
            "goes on from the ledger as it is",
        )],
    ),
    (
        "state rebuild",
        &[("concordat state rebuild", "from the ledger and a full pull; the old one is kept")],
    ),
    (
        "sandbox",
        &[
            ("concordat sandbox --write-config sandbox.toml", "both systems on loopback"),
            ("concordat sandbox --vendors 200 --contacts 900 --no-limits", "larger, and fast"),
        ],
    ),
    (
        "demo",
        &[
            ("concordat demo", "the whole product in a few seconds"),
            ("concordat demo --out demo --seed 7", "kept, with other people in it"),
        ],
    ),
    ("config", &[("concordat config check", "can it be used, and what does it map?")]),
    ("config check", &[("concordat config check", "can it be used, and what does it map?")]),
    ("config show", &[("concordat config show --origin", "who said each of the settings?")]),
    ("config schema", &[("concordat config schema", "for editors that complete TOML")]),
    (
        "completions",
        &[("concordat completions bash", "print them; e.g. into /etc/bash_completion.d")],
    ),
    ("man", &[("concordat man", "print the manual page; e.g. into concordat.1")]),
];

/// The command line with its examples.
pub fn command() -> Command {
    with_examples(Cli::command(), "")
}

fn with_examples(mut command: Command, path: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    for name in names {
        let path = format!("{path} {name}").trim_start().to_owned();
        command = command.mut_subcommand(&name, |it| with_examples(it, &path));
    }
    match EXAMPLES.iter().find(|(name, _)| *name == path) {
        Some((_, examples)) => command.before_help(text(examples)),
        None => command,
    }
}

/// Beside each other where that is short enough, else one under the other.
fn text(examples: &[Example]) -> String {
    let width = examples.iter().map(|(typed, _)| typed.chars().count()).max().unwrap_or_default();
    let line = |(typed, does): &Example| match width {
        0..=54 => format!("\n  {typed:width$}  {does}"),
        _ => format!("\n  {typed}\n      {does}"),
    };
    let title = if examples.len() == 1 { "Example:" } else { "Examples:" };
    title.to_owned() + &examples.iter().map(line).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
        for it in command.get_subcommands().filter(|it| it.get_name() != "help") {
            let path = format!("{path} {}", it.get_name()).trim_start().to_owned();
            found.push(path.clone());
            leaves(it, &path, found);
        }
    }

    #[test]
    fn every_command_begins_its_help_with_examples() {
        let mut paths = Vec::new();
        leaves(&Cli::command(), "", &mut paths);
        let shown: Vec<&str> = EXAMPLES.iter().map(|(path, _)| *path).collect();
        for path in &paths {
            assert!(shown.contains(&path.as_str()), "{path} has no example");
        }
        assert_eq!(shown.len(), paths.len(), "an example of no command");
        let help = command().find_subcommand_mut("plan").unwrap().render_help().to_string();
        assert!(help.starts_with("Examples:\n  concordat plan"), "{help}");
    }

    #[test]
    fn every_example_is_understood() {
        for (typed, _) in EXAMPLES.iter().flat_map(|(_, examples)| *examples) {
            let words = words(typed);
            if let Err(error) = command().try_get_matches_from(&words) {
                panic!("{typed}: {error}");
            }
        }
    }

    /// As a shell splits them: double quotes hold words together.
    fn words(line: &str) -> Vec<String> {
        let parts = line.split('"').enumerate();
        let split = parts.flat_map(|(place, part)| match place % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        split.collect()
    }
}
