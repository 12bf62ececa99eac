//! What does the machine around us say? Environment variables and the user's directories, as one
//! value, so that tests can say something else.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

/// How an environment variable is looked up.
pub type Lookup = Box<dyn Fn(&str) -> Option<OsString> + Send + Sync>;

/// The machine as this process sees it. Variables may hold secrets: no `Debug`.
pub struct Surroundings {
    /// Looks up an environment variable.
    pub variable: Lookup,
    /// The directory the command was started in.
    pub working_dir: PathBuf,
    /// The user's home directory, if there is one.
    pub home: Option<PathBuf>,
    /// Where configurations live (`$XDG_CONFIG_HOME`).
    pub config_home: Option<PathBuf>,
    /// Where state lives (`$XDG_STATE_HOME`).
    pub state_home: Option<PathBuf>,
}

impl Surroundings {
    /// The real ones.
    pub fn of_process() -> Surroundings {
        let xdg = etcetera::base_strategy::Xdg::new().ok();
        Surroundings {
            variable: Box::new(|name| std::env::var_os(name)),
            // Where the working directory is gone, relative paths fail by themselves.
            working_dir: std::env::current_dir().unwrap_or_default(),
            home: xdg.as_ref().map(|it| it.home_dir().to_owned()),
            config_home: xdg.as_ref().map(|it| it.config_dir()),
            state_home: xdg.as_ref().and_then(|it| it.state_dir()),
        }
    }

    /// A variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// A path as a person writes it: `~/` is the home directory, and what is not absolute starts at
    /// `base`.
    pub fn resolve(&self, path: &Path, base: &Path) -> PathBuf {
        match (path.strip_prefix("~"), &self.home) {
            (Ok(rest), Some(home)) => home.join(rest),
            (Ok(_), None) | (Err(_), _) => base.join(path),
        }
    }

    /// The directories of a list as systemd writes it (`$STATE_DIRECTORY`): the first one.
    pub(super) fn directory(&self, name: &str) -> Option<PathBuf> {
        let list = self.variable(name)?;
        std::env::split_paths(&list).next().filter(|it| it.is_absolute())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A machine on which only `variables` are set and everything lives below `root`.
    pub(in crate::config) fn machine(root: &Path, variables: &[(&str, &str)]) -> Surroundings {
        let variables: BTreeMap<String, OsString> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Surroundings {
            variable: Box::new(move |name| variables.get(name).cloned()),
            working_dir: root.join("work"),
            home: Some(root.join("home")),
            config_home: Some(root.join("home/.config")),
            state_home: Some(root.join("home/.local/state")),
        }
    }

    #[test]
    fn paths_start_where_the_file_is_or_at_home() {
        let machine = machine(Path::new("/r"), &[]);
        let resolve = |path: &str| machine.resolve(Path::new(path), Path::new("/etc/concordat"));
        assert_eq!(resolve("key"), Path::new("/etc/concordat/key"));
        assert_eq!(resolve("/run/key"), Path::new("/run/key"));
        assert_eq!(resolve("~/key"), Path::new("/r/home/key"));
        assert_eq!(resolve("~other"), Path::new("/etc/concordat/~other"));
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let machine = machine(Path::new("/r"), &[("A", ""), ("STATE_DIRECTORY", "/a:/b")]);
        assert_eq!(machine.variable("A"), None);
        assert_eq!(machine.directory("STATE_DIRECTORY"), Some("/a".into()));
        assert_eq!(machine.directory("CONFIGURATION_DIRECTORY"), None);
    }
}
