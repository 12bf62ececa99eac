//! Where does a secret come from, and how is it read? Never from the configuration's own text, the
//! command line, or anything that is printed.
//!
//! Errors name the place, never what was found there.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use super::Surroundings;

/// No key of either system is anywhere near this long.
const BYTES_MAX: u64 = 64 * 1024;
/// How long a command may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Where a secret is kept. Never the secret itself.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// In this environment variable.
    Env(#[schemars(extend("format" = "environment-variable"))] String),
    /// In this file, which only its owner may read. Relative to the configuration.
    File(PathBuf),
    /// On the standard output of this program and its arguments; no shell is involved.
    Command(Vec<String>),
    /// In the systemd credential of this name (`LoadCredential=`, `LoadCredentialEncrypted=`).
    Credential(#[schemars(extend("format" = "credential"))] String),
}

/// Without the arguments of a command, which are nobody's business in a log.
impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::Env(name) => write!(f, "Env({name})"),
            SecretSource::File(path) => write!(f, "File({})", path.display()),
            SecretSource::Command(words) => write!(f, "Command({:?} …)", words.first()),
            SecretSource::Credential(name) => write!(f, "Credential({name})"),
        }
    }
}

/// A secret, by where the configuration says it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where.
    pub source: SecretSource,
    /// The key that says so, for messages.
    pub key: String,
}

impl Secret {
    /// The secret that `key` says is kept in `source`.
    pub fn new(key: impl Into<String>, source: &SecretSource) -> Secret {
        Secret { source: source.clone(), key: key.into() }
    }
}

/// What to write instead of a secret.
pub(super) const INSTEAD: &str = "name where it is kept: { env = \"NAME\" }, { file = \"PATH\" }, \
                                  { command = [\"PROGRAM\", \"ARGUMENT\"] } or \
                                  { credential = \"NAME\" }";

/// The forms again, as serde reads them: anything more exact would quote a literal it was given.
#[derive(Deserialize)]
#[serde(untagged, expecting = "secrets never stand in the configuration")]
enum Written {
    Table(BTreeMap<String, Words>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "text, or an array of texts")]
enum Words {
    One(String),
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Written::Table(table) = Written::deserialize(from)?;
        let mut entries = table.into_iter();
        let only = entries.next().filter(|_| entries.len() == 0);
        let only = only.as_ref().map(|(key, words)| (key.as_str(), words));
        Ok(match only {
            Some(("env", Words::One(name))) => SecretSource::Env(name.clone()),
            Some(("file", Words::One(path))) => SecretSource::File(path.into()),
            Some(("command", Words::Many(words))) => SecretSource::Command(words.clone()),
            Some(("credential", Words::One(name))) => SecretSource::Credential(name.clone()),
            Some(_) | None => {
                let says = format!("secrets never stand in the configuration; {INSTEAD}");
                return Err(serde::de::Error::custom(says));
            }
        })
    }
}

/// Whether `text` can name an environment variable. A key pasted there has dashes or dots.
pub(super) fn variable_name(text: &str) -> Result<(), String> {
    let fits = text.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
        && text.starts_with(|it: char| !it.is_ascii_digit());
    let says = "this is not the name of an environment variable: letters, digits and _";
    fits.then_some(()).ok_or_else(|| says.to_owned())
}

/// Whether `text` can name a systemd credential.
pub(super) fn credential_name(text: &str) -> Result<(), String> {
    let fits = !text.is_empty() && !text.contains(['/', '\0']) && text != "." && text != "..";
    let says = "this is not the name of a credential: a file name without directories";
    fits.then_some(()).ok_or_else(|| says.to_owned())
}

/// Why a secret could not be read.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The variable is not set, or empty.
    #[error("the environment variable {0} is not set")]
    Unset(String),
    /// There are no credentials at all.
    #[error("there are no systemd credentials here ($CREDENTIALS_DIRECTORY is not set)")]
    NoCredentials,
    /// The file cannot be read.
    #[error("{path} cannot be read: {why}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::ErrorKind,
    },
    /// The path is a directory, a pipe or a device.
    #[error("{} is not a file", .0.display())]
    NotAFile(PathBuf),
    /// Others may read the file.
    #[error("{path} may be read by others (mode {mode:03o})", path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The command did not start.
    #[error("the command {program} cannot be started: {why}")]
    NotStarted {
        /// The program, without its arguments.
        program: String,
        /// What the system says.
        why: io::ErrorKind,
    },
    /// The command has no program.
    #[error("the command is empty")]
    NoProgram,
    /// The command failed. What it said is not shown: it may be the secret.
    #[error("the command {program} failed ({how})")]
    Failed {
        /// The program, without its arguments.
        program: String,
        /// Its exit status.
        how: String,
    },
    /// The command took too long and was stopped.
    #[error("the command {program} gave no answer in {seconds} seconds")]
    TooSlow {
        /// The program, without its arguments.
        program: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// There is nothing there.
    #[error("{0} is empty")]
    Empty(String),
    /// There is something else there.
    #[error("{0} does not hold one key: it has spaces, several lines or characters no key has")]
    NotAKey(String),
}

impl SecretError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            SecretError::Unset(name) => format!(
                "set it for this process: `export {name}=…` in a shell, `EnvironmentFile=` in a \
                 unit, or `env:` in a container"
            ),
            SecretError::NoCredentials => {
                "add LoadCredential= to the unit, or use { env = … }, { file = … } or \
                 { command = […] }"
                    .into()
            }
            SecretError::Exposed { path, .. } => format!("chmod 600 {}", path.display()),
            SecretError::Unreadable { .. } | SecretError::NotAFile(_) => {
                "check the path; a relative one starts at the configuration's directory".into()
            }
            SecretError::NotStarted { .. } | SecretError::NoProgram => {
                "name a program that is on the PATH: command = [\"pass\", \"show\", \"upguard\"]"
                    .into()
            }
            SecretError::Failed { .. } | SecretError::TooSlow { .. } => {
                "run the command by hand; it must print the secret without asking anything".into()
            }
            SecretError::Empty(_) | SecretError::NotAKey(_) => {
                "put the key there, on one line and without quotes".into()
            }
        }
    }
}

impl SecretSource {
    /// Reads the secret. `base` is the directory of the configuration.
    ///
    /// # Errors
    /// Why it could not be read; never what was found.
    pub fn read(&self, around: &Surroundings, base: &Path) -> Result<SecretString, SecretError> {
        match self {
            SecretSource::Env(name) => {
                let value =
                    around.variable(name).ok_or_else(|| SecretError::Unset(name.clone()))?;
                let what = format!("the environment variable {name}");
                match value.into_string() {
                    Ok(text) => key(text.into_bytes(), what),
                    Err(_) => Err(SecretError::NotAKey(what)),
                }
            }
            SecretSource::File(path) => of_file(&around.resolve(path, base), Care::OwnerOnly),
            SecretSource::Command(words) => of_command(words, base, PATIENCE),
            SecretSource::Credential(name) => {
                let dir = around.variable("CREDENTIALS_DIRECTORY");
                let dir = dir.ok_or(SecretError::NoCredentials)?;
                of_file(&Path::new(&dir).join(name), Care::System)
            }
        }
    }
}

/// Who sees to it that nobody else reads a file.
enum Care {
    /// Its permissions, which are looked at.
    OwnerOnly,
    /// The system that put it there.
    System,
}

fn of_file(path: &Path, care: Care) -> Result<SecretString, SecretError> {
    let failed =
        |error: io::Error| SecretError::Unreadable { path: path.to_owned(), why: error.kind() };
    // Looked at before it is opened: opening a pipe would wait for ever.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(SecretError::NotAFile(path.to_owned()));
    }
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    match care {
        Care::OwnerOnly if mode & 0o077 != 0 => {
            return Err(SecretError::Exposed { path: path.to_owned(), mode });
        }
        Care::OwnerOnly | Care::System => {}
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
    key(bytes, path.display().to_string())
}

fn of_command(
    words: &[String],
    base: &Path,
    patience: Duration,
) -> Result<SecretString, SecretError> {
    let (program, arguments) = words.split_first().ok_or(SecretError::NoProgram)?;
    let program = program.clone();
    let mut child = Command::new(&program)
        .args(arguments)
        .current_dir(base)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| SecretError::NotStarted { program: program.clone(), why: error.kind() })?;
    let deadline = Instant::now() + patience;
    let said = child.stdout.take().map(|pipe| {
        // On its own thread: a child of the child may keep the pipe open beyond the deadline.
        let (to, said) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = pipe.take(BYTES_MAX).read_to_end(&mut bytes);
            to.send(read.map(|_| bytes)).is_ok()
        });
        said
    });
    let bytes = said.and_then(|it| it.recv_timeout(patience).ok()).and_then(Result::ok);
    let (Some(bytes), Some(status)) = (bytes, wait(&mut child, deadline)) else {
        stop(&mut child);
        return Err(SecretError::TooSlow { program, seconds: patience.as_secs() });
    };
    if !status.success() {
        return Err(SecretError::Failed { program, how: status.to_string() });
    }
    key(bytes, format!("the output of {program}"))
}

fn wait(child: &mut Child, deadline: Instant) -> Option<std::process::ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(10)),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Stops a child that took too long; one that is gone already needs nothing.
fn stop(child: &mut Child) {
    if child.kill().is_ok() {
        child.wait().map(drop).unwrap_or_default();
    }
}

/// The key in what was read. It goes into a header, so it is visible ASCII.
fn key(bytes: Vec<u8>, what: String) -> Result<SecretString, SecretError> {
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(SecretError::NotAKey(what));
    };
    let text = SecretString::from(text);
    let trimmed = secrecy::ExposeSecret::expose_secret(&text).trim_end_matches(['\r', '\n']);
    match trimmed {
        "" => Err(SecretError::Empty(what)),
        key if key.bytes().all(|it| it.is_ascii_graphic()) => Ok(SecretString::from(key)),
        _ => Err(SecretError::NotAKey(what)),
    }
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod tests;
