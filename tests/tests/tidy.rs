//! Do the house rules hold? Who may depend on whom, who may name sled, reqwest and `println!`, that
//! every file opens by saying what it is for, and that nothing strays to the top level.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The longest a source file may be, in lines. Tests and tables included: a file answers one question.
const LINES_MAX: usize = 420;

/// Which rooms a room may know, directly. Everything else is an arrow the design does not have.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("mapping", &["model"]),
    ("diff", &["model", "mapping"]),
    ("remote", &["model"]),
    ("connectors", &["model", "remote"]),
    ("store", &["model"]),
    ("snapshot", &["model", "remote", "store"]),
    ("ledger", &["model", "store"]),
    ("apply", &["model", "remote", "ledger"]),
    ("engine", &["apply", "diff", "ledger", "mapping", "model", "remote", "snapshot", "store"]),
    ("compare", &[]),
    ("report", &["compare", "model"]),
    ("requests", &["model"]),
    ("sandbox", &[]),
    (
        "cli",
        &[
            "compare",
            "connectors",
            "engine",
            "ledger",
            "mapping",
            "model",
            "remote",
            "report",
            "requests",
            "sandbox",
            "snapshot",
            "store",
            "apply",
        ],
    ),
];

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests stand one below the root").to_owned()
}

fn sources(below: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(below)
        .unwrap_or_else(|error| panic!("{}: {error}", below.display()))
        .map(|entry| entry.expect("a readable directory entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    for room in ["crates", "tests", "benches"] {
        sources(&root.join(room), &mut found);
    }
    assert!(found.len() > 50, "the walk found only {} files", found.len());
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).expect("below the root").display().to_string();
            (name, fs::read_to_string(&path).expect("a UTF-8 source file"))
        })
        .collect()
}

fn complain(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// The rooms a manifest names under `[dependencies]`, development dependencies left out.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut rooms = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]";
        }
        if let Some(rest) = line.strip_prefix("concordat-").filter(|_| inside) {
            let end = rest.find(['.', ' ', '=']).unwrap_or(rest.len());
            rooms.insert(rest[..end].to_owned());
        }
    }
    rooms
}

#[test]
fn rooms_know_only_whom_they_may() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut problems = Vec::new();
    for entry in fs::read_dir(root().join("crates")).expect("crates/") {
        let path = entry.expect("a readable directory entry").path();
        let room = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Some(may) = allowed.get(room.as_str()) else {
            problems.push(format!("crates/{room} is in no arrow of this test"));
            continue;
        };
        let manifest = fs::read_to_string(path.join("Cargo.toml")).expect("a manifest");
        for other in dependencies(&manifest) {
            if !may.contains(&other.as_str()) {
                problems.push(format!("crates/{room} must not depend on {other}"));
            }
        }
    }
    complain(problems);
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    let problems = all_sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(name, _)| format!("{name} does not open with `//!`"));
    complain(problems.collect());
}

#[test]
fn every_file_of_tests_is_run() {
    let sources: BTreeMap<String, String> = all_sources().into_iter().collect();
    let mut problems = Vec::new();
    for (main, text) in &sources {
        let Some(folder) = main.strip_suffix("tests/main.rs") else { continue };
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml"));
        let manifest = manifest.expect("a manifest");
        for name in sources.keys() {
            let Some(below) = name.strip_prefix(&format!("{folder}tests/")) else { continue };
            let module = below.split(['/', '.']).next().unwrap_or_default();
            let is_program = manifest.contains(&format!("\npath = \"tests/{module}.rs\"\n"));
            if !is_program && !text.contains(&format!("\nmod {module};\n")) {
                problems.push(format!("{name} is in no program"));
            }
        }
    }
    complain(problems);
}

#[test]
fn files_stay_small() {
    let problems = all_sources()
        .into_iter()
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(name, lines)| format!("{name} has {lines} lines, at most {LINES_MAX}"));
    complain(problems.collect());
}

/// Words that only certain places may say: (word, where it may stand, why).
const WORDS: &[(&str, &[&str], &str)] = &[
    ("sled::", &["crates/store/"], "the store is behind crates/store"),
    ("bincode::", &["crates/store/src/codec"], "the codec is one module"),
    ("reqwest::", &["crates/connectors/src/http.rs"], "HTTP is one file"),
    (
        "println!",
        &[
            "crates/cli/",
            "benches/",
            "crates/connectors/tests/contract/",
            "crates/connectors/tests/pace.rs",
            "crates/snapshot/tests/clocks.rs",
            "tests/tests/damaged_answers",
            "tests/tests/faulty_listings.rs",
            "tests/tests/forecast.rs",
        ],
        "only the cli speaks, and tests that show a table",
    ),
    (
        "serde_json::",
        &[
            "crates/connectors/src/wire",
            "crates/connectors/src/upguard/wire",
            "crates/connectors/src/highlevel/wire",
            "crates/connectors/tests/",
            "crates/compare/",
            "crates/report/",
            "crates/requests/",
            "crates/sandbox/",
            "crates/cli/",
            "tests/",
            "benches/",
        ],
        "JSON stops at the edges",
    ),
    ("SystemTime::now", &["crates/cli/src/clock.rs"], "the wall clock has one door"),
    ("Utc::now", &["crates/cli/src/clock.rs"], "the wall clock has one door"),
    ("#[ignore", &[], "a test that does not run proves nothing"),
    ("unsafe ", &[], "forbidden"),
];

#[test]
fn words_stay_where_they_belong() {
    let mut problems = Vec::new();
    for (name, text) in all_sources() {
        if name == "tests/tests/tidy.rs" {
            continue;
        }
        let code =
            text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (number, line) in code {
            for (word, places, why) in WORDS {
                if line.contains(word) && !places.iter().any(|place| name.starts_with(place)) {
                    problems.push(format!("{name}:{} says `{word}`: {why}", number + 1));
                }
            }
        }
    }
    complain(problems);
}

#[test]
fn files_have_names_that_say_something() {
    let empty = ["util", "utils", "helper", "helpers", "common", "misc", "manager", "types"];
    let problems = all_sources()
        .into_iter()
        .filter(|(name, _)| name.split(['/', '.']).any(|part| empty.contains(&part)))
        .map(|(name, _)| format!("{name}: a name that says nothing"));
    complain(problems.collect());
}

#[test]
fn the_top_level_is_what_it_is() {
    let expected: BTreeSet<&str> = [
        "Cargo.toml",
        "crates",
        "benches",
        "fixtures",
        "tests",
        "docs",
        "README.md",
        "Cargo.lock",
        "rust-toolchain.toml",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "clippy.toml",
        "rustfmt.toml",
        "deny.toml",
        "target",
    ]
    .into();
    let problems = fs::read_dir(root())
        .expect("the root")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !expected.contains(name.as_str()))
        .map(|name| format!("{name} does not belong at the top level"));
    complain(problems.collect());
}
