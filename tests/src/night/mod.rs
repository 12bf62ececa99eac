//! What does it take to run concordat as an operator does? The real program, two simulated systems in
//! another process, a folder with a configuration and a state, and nothing of the engine's own code.

pub mod busy;
pub mod gate;
pub mod http;
pub mod hurt;
pub mod persons;
pub mod program;
pub mod sandbox;
pub mod shared;
pub mod tasks;
pub mod watched;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub use program::{Child, Ran};
pub use sandbox::{Population, Sandbox};

/// What a person says when a first agreement is allowed.
pub const ALLOW_FIRST: [&str; 4] =
    ["--allow", "first-agreement", "--reason", "read and found good"];

/// Two systems, and a concordat that is configured for them.
pub struct Night {
    /// Both systems.
    pub sandbox: Sandbox,
    folder: TempDir,
}

impl Night {
    /// Two systems that never met. HighLevel's request limits are lifted.
    pub fn falls(seed: u64, vendors: u64, contacts: u64) -> Night {
        Night::over(Population { seed, vendors, contacts, threats: 0, locations: 1 })
    }

    /// The same with so many of everything.
    pub fn over(population: Population) -> Night {
        let folder = TempDir::with_prefix("concordat-night-").expect("a temporary folder");
        let sandbox = Sandbox::start(population, &folder.path().join("concordat.toml"));
        Night { sandbox, folder }
    }

    /// One UpGuard and so many locations of HighLevel, each of them a pair: `pair-1`, `pair-2` …
    pub fn of_pairs(pairs: u64, seed: u64, vendors: u64, contacts: u64) -> Night {
        Night::over(Population { seed, vendors, contacts, threats: 0, locations: pairs })
    }

    /// It is over, and its folder stays there for people to look at.
    pub fn is_kept(self) -> PathBuf {
        self.folder.keep()
    }

    /// A file in this night's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.file("concordat.toml")
    }

    /// The state.
    pub fn state_dir(&self) -> PathBuf {
        self.file("state")
    }

    /// Rewrites the configuration.
    pub fn configure(&self, rewrite: impl FnOnce(String) -> String) {
        let text = fs::read_to_string(self.config()).expect("the configuration");
        fs::write(self.config(), rewrite(text)).expect("a writable configuration");
    }

    /// The command, not started yet: with the night's configuration, state and folder.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_with(&self.config(), &self.state_dir(), args)
    }

    /// The command with another configuration or state.
    pub fn command_with(&self, config: &Path, state: &Path, args: &[&str]) -> Command {
        let mut command = program::command();
        command
            .arg("--config")
            .arg(config)
            .arg("--state-dir")
            .arg(state)
            .arg("--no-input")
            .args(args)
            .current_dir(self.folder.path());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args))
    }

    /// Runs a command that must end with `code`, and reads the document it answers.
    #[track_caller]
    pub fn document(&self, code: i32, args: &[&str]) -> Value {
        let ran = self.run(&[&["--json"], args].concat());
        ran.exits(code).json()
    }

    /// Starts a command and leaves it running.
    pub fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Child::of(command)
    }

    /// Plans, and applies the plan with a person's permission. Answers what became of it. A value that
    /// HighLevel refuses to have twice is no failure of ours, and the only one let pass.
    #[track_caller]
    pub fn first_agreement(&self) -> Value {
        self.run(&["plan", "--out", "first.json"]).exits(0);
        let ran = self.run(&[&["--json", "apply", "first.json"], &ALLOW_FIRST[..]].concat());
        let run = ran.json();
        assert_eq!(ran.code, Some(apply_ends(&run)), "{}", ran.told());
        run
    }

    /// A plan made from what moved must be the plan made from everything.
    #[track_caller]
    pub fn nothing_is_overlooked(&self) {
        let plan = |args: &[&str]| {
            let ran = self.run(&[&["--json", "plan"], args].concat());
            assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.told());
            let mut document = ran.json();
            let all = document.as_object_mut().expect("a plan");
            all.retain(|name, _| {
                !["made_at", "plan_hash", "position", "forecast"].contains(&name.as_str())
            });
            document
        };
        let (moved, whole) = (plan(&[]), plan(&["--no-pull", "--full"]));
        let pretty = |it: &Value| serde_json::to_string_pretty(it).expect("a document");
        assert!(moved == whole, "moved:\n{}\nwhole:\n{}", pretty(&moved), pretty(&whole));
    }

    /// A reconcile that must find nothing to do, and must not even try to write.
    #[track_caller]
    pub fn finds_nothing(&self) -> Value {
        let (writes, effects) = (self.sandbox.writing_requests(), self.sandbox.effects().len());
        let ran = self.run(&["--json", "reconcile"]);
        let run = ran.json();
        assert_eq!(run["operations"], 0, "something is left to do: {}", ran.told());
        assert_eq!(ran.code, Some(waiting(&run)), "{}", ran.told());
        assert_eq!(self.sandbox.writing_requests(), writes, "a write was sent for nothing");
        assert_eq!(self.sandbox.effects().len(), effects, "something was changed");
        run
    }
}

/// The exit code of a run in which nothing went wrong: 6 if something waits for a person.
pub fn waiting(run: &Value) -> i32 {
    let waits = |name: &str| run[name].as_array().is_some_and(|it| !it.is_empty());
    if waits("conflicts") || waits("cases") { 6 } else { 0 }
}

/// The exit code of an `apply` in which nothing went wrong but what the sandbox is meant to refuse: a
/// phone number that another person has. The other fields of that person go without it in the next run;
/// if there are none, it waits.
#[track_caller]
pub fn apply_ends(run: &Value) -> i32 {
    let steps = run["steps"].as_array().expect("steps");
    for step in steps {
        let (outcome, says) = (&step["outcome"], step["says"].as_str().unwrap_or_default());
        let taken = outcome == "failed" && says.contains("same phone");
        assert!(taken || outcome == "applied" || outcome == "satisfied", "{step:#}");
    }
    if !steps.iter().any(|step| step["outcome"] == "failed") {
        return 0;
    }
    let code = run["exit_code"].as_i64().expect("an exit code");
    assert!(code == 3 || code == 6, "{run:#}");
    code as i32
}

/// Every file below a folder with its content: to see that nothing was written.
pub fn contents(below: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(below) else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a readable entry").path()).collect();
    paths.sort();
    let of = |path: PathBuf| match path.is_dir() {
        true => contents(&path),
        false => vec![(path.clone(), fs::read(&path).expect("a readable file"))],
    };
    paths.into_iter().flat_map(of).collect()
}

/// Puts a copy of a folder, with all that is in it, to another place.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("a readable entry").path();
        let to = to.join(path.file_name().expect("a name"));
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(fs::copy(&path, &to).expect("a copy")),
        }
    }
}
