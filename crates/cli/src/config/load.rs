//! Which file is the configuration, and what does it say? Finds it, reads it, and either answers
//! everything it comes to or everything that is wrong with it at once.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::document::{Document, Problem};
use super::file::{Config, Pair};
use super::secret::Secret;
use super::sense;
use super::{Surroundings, shape, show};
use crate::code::Code;
use crate::failure::{Failure, Place};

/// The name of the file.
pub const FILE_NAME: &str = "concordat.toml";

/// No configuration is anywhere near this large.
const BYTES_MAX: u64 = 1024 * 1024;

/// A configuration that can be used.
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// The pairs it is about, in its order; at least one.
    pub pairs: Vec<Pair>,
    pub(super) document: Document,
}

impl Loaded {
    /// The file.
    pub fn path(&self) -> &Path {
        self.document.path()
    }

    /// Where relative paths in the file start.
    pub fn dir(&self) -> &Path {
        let parent = self.path().parent().filter(|it| !it.as_os_str().is_empty());
        parent.unwrap_or(Path::new("."))
    }

    /// Reads a secret.
    ///
    /// # Errors
    /// Which key could not be followed to a secret, why, and what to do. Never what was found.
    pub fn secret(&self, secret: &Secret, around: &Surroundings) -> Result<SecretString, Failure> {
        secret.source.read(around, self.dir()).map_err(|error| {
            let key = &secret.key;
            let problem = Problem {
                message: format!("there is no secret for {key}: {error}"),
                hint: Some(error.hint()),
                at: self.document.nearest(key).map(|it| it.key.clone()),
                shown: false,
            };
            refused(Code::Secret, &self.document, vec![problem])
        })
    }
}

/// The configuration of this command: the file of `--config`, else `./concordat.toml`, else the one
/// in systemd's or the user's configuration directory.
///
/// # Errors
/// That there is none, with the places looked at; or everything wrong with it.
pub fn load(flag: Option<&Path>, around: &Surroundings) -> Result<Loaded, Failure> {
    let path = find(flag, around)?;
    let cannot = |why: String| {
        Failure::new(Code::NoConfig, format!("the configuration cannot be read: {why}"))
            .at(Place::file(path.display().to_string()))
    };
    let metadata = fs::metadata(&path).map_err(|error| cannot(reason(&error)))?;
    // The file decides where keys are sent and which command prints them.
    if metadata.permissions().mode() & 0o002 != 0 {
        let says = "everybody may write to it".to_owned();
        return Err(cannot(says).hint(format!("chmod o-w {}", path.display())));
    }
    let size = metadata.len();
    if size > BYTES_MAX {
        return Err(cannot(format!("{size} bytes are more than a configuration has")));
    }
    let text = fs::read_to_string(&path).map_err(|error| cannot(reason(&error)))?;
    read(path, text)
}

/// Which file [`load`] reads.
///
/// # Errors
/// That there is none, with the places looked at.
pub fn find(flag: Option<&Path>, around: &Surroundings) -> Result<PathBuf, Failure> {
    if let Some(path) = flag {
        return Ok(around.working_dir.join(path));
    }
    let here = around.working_dir.join(FILE_NAME);
    let systemd = around.directory("CONFIGURATION_DIRECTORY").map(|it| it.join(FILE_NAME));
    let user = around.config_home.as_ref().map(|it| it.join("concordat").join(FILE_NAME));
    let places: Vec<PathBuf> = [Some(here), systemd, user].into_iter().flatten().collect();
    places.iter().find(|it| it.exists()).cloned().ok_or_else(|| {
        let places: Vec<String> = places.iter().map(|it| it.display().to_string()).collect();
        let says = format!("there is no configuration: looked for {}", places.join(", "));
        Failure::new(Code::NoConfig, says)
            .hint("`concordat init` writes one; --config FILE names another")
    })
}

/// What `text`, the content of `path`, comes to.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(path: PathBuf, text: String) -> Result<Loaded, Failure> {
    let document = Document::new(path, text);
    match understand(&document) {
        Ok((config, pairs)) => Ok(Loaded { config, pairs, document }),
        Err(problems) => Err(refused(Code::Config, &document, problems)),
    }
}

fn understand(document: &Document) -> Result<(Config, Vec<Pair>), Vec<Problem>> {
    let (root, mistakes) = document.parse();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let misshapen = shape::check(root.get_ref(), &show::schema());
    if !misshapen.is_empty() {
        return Err(misshapen);
    }
    let reader = toml::de::Deserializer::from(root);
    let config: Config = serde_path_to_error::deserialize(reader).map_err(|error| {
        // The shape is right, so this is a value that only its type can judge. Its message might
        // quote the value; the place says enough.
        let key = error.path().to_string();
        let at = error.inner().span();
        vec![Problem {
            message: format!("{key} has no usable value"),
            hint: None,
            at,
            shown: false,
        }]
    })?;
    let pairs = sense::check(&config, document)?;
    Ok((config, pairs))
}

fn refused(code: Code, document: &Document, mut problems: Vec<Problem>) -> Failure {
    problems.sort_by_key(|it| it.at.as_ref().map(|at| at.start));
    let details = problems.into_iter().map(|it| document.detail(it)).collect();
    Failure::of_file(code, &document.path().display().to_string(), details)
}

/// What the system says, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidData => "it is not UTF-8 text".into(),
        io::ErrorKind::NotFound => "there is no such file".into(),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
pub(super) mod tests;
