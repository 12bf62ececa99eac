//! Does a secret arrive, and does nothing else see it? Every error is searched for a canary.

use secrecy::ExposeSecret as _;

use super::*;
use crate::config::surroundings::tests::machine;

const CANARY: &str = "canary-3f1c.pit-9a";

fn file(dir: &Path, content: &str, mode: u32) -> SecretSource {
    let path = dir.join(format!("key-{mode:o}"));
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    SecretSource::File(path)
}

fn shell(script: &str) -> SecretSource {
    SecretSource::Command(["sh", "-c", script].map(String::from).to_vec())
}

#[track_caller]
fn refused(source: &SecretSource, around: &Surroundings, base: &Path, expected: &str) {
    let error = source.read(around, base).unwrap_err();
    let all = format!("{error} {error:?} {}", error.hint());
    assert!(all.contains(expected), "{all}");
    assert!(!all.contains("canary"), "{all}");
}

#[test]
fn every_source_gives_the_key_without_its_line_break() {
    let dir = tempfile::tempdir().unwrap();
    let credentials = dir.path().to_str().unwrap();
    let around = machine(dir.path(), &[("KEY", CANARY), ("CREDENTIALS_DIRECTORY", credentials)]);
    fs::write(dir.path().join("upguard"), format!("{CANARY}\n")).unwrap();
    let sources = [
        SecretSource::Env("KEY".into()),
        file(dir.path(), &format!("{CANARY}\r\n"), 0o600),
        shell(&format!("echo {CANARY}")),
        SecretSource::Credential("upguard".into()),
    ];
    for source in sources {
        let secret = source.read(&around, dir.path()).unwrap();
        assert_eq!(secret.expose_secret(), CANARY);
        assert!(!format!("{secret:?}").contains("canary"));
    }
}

#[test]
fn a_missing_variable_is_named_with_a_way_to_set_it() {
    let around = machine(Path::new("/"), &[("EMPTY", "")]);
    for name in ["UPGUARD_API_KEY", "EMPTY"] {
        let source = SecretSource::Env(name.into());
        refused(&source, &around, Path::new("/"), &format!("{name} is not set"));
        refused(&source, &around, Path::new("/"), &format!("export {name}="));
    }
    refused(
        &SecretSource::Credential("upguard".into()),
        &around,
        Path::new("/"),
        "CREDENTIALS_DIRECTORY",
    );
}

#[test]
fn a_file_others_may_read_is_refused_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let around = machine(dir.path(), &[]);
    for mode in [0o604, 0o640, 0o660, 0o644] {
        let source = file(dir.path(), CANARY, mode);
        refused(&source, &around, dir.path(), &format!("(mode {mode:03o})"));
        refused(&source, &around, dir.path(), "chmod 600 ");
    }
    refused(&SecretSource::File("absent".into()), &around, dir.path(), "cannot be read");
    refused(&SecretSource::File(dir.path().into()), &around, dir.path(), "is not a file");
}

#[test]
fn what_is_no_single_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let around = machine(dir.path(), &[]);
    for (content, expected) in [
        ("", "is empty"),
        ("\n", "is empty"),
        ("canary one", "does not hold one key"),
        ("canary\ncanary", "does not hold one key"),
        ("canäry", "does not hold one key"),
    ] {
        refused(&file(dir.path(), content, 0o600), &around, dir.path(), expected);
    }
}

#[test]
fn a_command_that_fails_or_hangs_says_nothing_of_what_it_printed() {
    let around = machine(Path::new("/"), &[]);
    let base = Path::new("/");
    refused(&shell("echo canary; echo canary >&2; exit 7"), &around, base, "exit status: 7");
    refused(&SecretSource::Command(Vec::new()), &around, base, "the command is empty");
    let absent = SecretSource::Command(vec!["/nowhere/pass".into(), CANARY.into()]);
    refused(&absent, &around, base, "cannot be started");
    for script in ["sleep 5", "echo canary; exec >&-; sleep 5", "sleep 5 & echo canary"] {
        let words = ["sh", "-c", script].map(String::from);
        let error = of_command(&words, base, Duration::from_millis(300)).unwrap_err();
        assert!(matches!(error, SecretError::TooSlow { .. }), "{error}");
    }
}

#[test]
fn a_literal_is_refused_without_being_quoted() {
    #[derive(Debug, Deserialize)]
    struct Holder {
        #[allow(dead_code)]
        key: SecretSource,
    }
    for text in [
        "key = \"canary\"",
        "key = { value = \"canary\" }",
        "key = { env = \"A\", file = \"canary\" }",
        "key = [\"canary\"]",
    ] {
        let table: toml::Table = text.parse().unwrap();
        let error = table.try_into::<Holder>().unwrap_err().to_string();
        assert!(error.contains("secrets never stand in the configuration"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
    let source: Holder = toml::from_str("key = { env = \"NAME\" }").unwrap();
    assert_eq!(source.key, SecretSource::Env("NAME".into()));
}

#[test]
fn a_key_is_no_variable_name() {
    assert!(variable_name("UPGUARD_API_KEY").is_ok());
    for text in ["", "3f1c", CANARY, "pit-9a", "A B"] {
        assert!(!variable_name(text).unwrap_err().contains("canary"));
    }
    assert!(credential_name("upguard.key").is_ok());
    assert!(credential_name("../upguard").is_err());
}
