//! Where does concordat keep what it knows? The directory of ledger and mirror, and who said so.

use std::fmt;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::load::reason;
use super::{Loaded, Surroundings};
use crate::code::Code;
use crate::failure::{Failure, Place};

/// Who said where the state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateOrigin {
    /// `--state-dir`.
    Flag,
    /// `state.dir` of the configuration.
    File,
    /// systemd: `StateDirectory=` of the unit.
    Systemd,
    /// Nobody: the user's state directory.
    Default,
}

impl fmt::Display for StateOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StateOrigin::Flag => "--state-dir",
            StateOrigin::File => "state.dir",
            StateOrigin::Systemd => "$STATE_DIRECTORY",
            StateOrigin::Default => "default",
        })
    }
}

/// The state directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDir {
    /// Where it is. Absolute, unless the working directory is gone.
    pub path: PathBuf,
    /// Who said so.
    pub origin: StateOrigin,
}

impl StateDir {
    /// `--state-dir`, else the configuration, else systemd's, else the user's.
    ///
    /// # Errors
    /// That nobody said where, and there is no home directory.
    pub fn resolve(
        flag: Option<&Path>,
        loaded: Option<&Loaded>,
        around: &Surroundings,
    ) -> Result<StateDir, Failure> {
        let said = loaded.and_then(|it| {
            let dir = it.config.state.dir.as_ref()?;
            let base = around.working_dir.join(it.dir());
            Some(around.resolve(dir, &base))
        });
        let choices = [
            (flag.map(|it| around.working_dir.join(it)), StateOrigin::Flag),
            (said, StateOrigin::File),
            (around.directory("STATE_DIRECTORY"), StateOrigin::Systemd),
            (around.state_home.as_ref().map(|it| it.join("concordat")), StateOrigin::Default),
        ];
        let first = choices.into_iter().find_map(|(path, origin)| Some((path?, origin)));
        let (path, origin) = first.ok_or_else(|| {
            Failure::new(Code::StateDir, "there is no home directory to keep the state in")
                .hint("say where: --state-dir DIR, or dir under [state]")
        })?;
        Ok(StateDir { path, origin })
    }

    /// Makes it, for its owner only, if it is not there.
    ///
    /// # Errors
    /// That it cannot be made, or that others could change what is in it.
    pub fn create(&self) -> Result<(), Failure> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.path);
        made.map_err(|error| self.unusable("cannot be used", &error))?;
        self.is_ours()
    }

    /// Whether a run could use it: it is there and takes files, or it can be made. Leaves nothing
    /// behind. Answers whether it is there.
    ///
    /// # Errors
    /// That it takes no files or cannot be made, or that others could change what is in it.
    pub fn check(&self) -> Result<bool, Failure> {
        let there = self.path.exists();
        if there {
            self.is_ours()?;
        }
        let says = if there { "takes no files" } else { "cannot be made" };
        let parent = self.path.ancestors().find(|it| it.exists()).unwrap_or(&self.path);
        match tempfile::tempfile_in(parent) {
            Ok(_) => Ok(there),
            Err(error) => Err(self.unusable(says, &error)),
        }
    }

    fn is_ours(&self) -> Result<(), Failure> {
        let metadata = fs::metadata(&self.path);
        let metadata = metadata.map_err(|error| self.unusable("cannot be used", &error))?;
        let mode = metadata.permissions().mode() & 0o777;
        // Readable by others is systemd's default; the files in it are 0600 whatever happens.
        if mode & 0o022 != 0 {
            let says = format!("others may write to the state directory (mode {mode:03o})");
            let hint = format!("chmod 700 {}", self.path.display());
            return Err(Failure::new(Code::StateDir, says).at(self.place()).hint(hint));
        }
        Ok(())
    }

    fn unusable(&self, says: &str, error: &io::Error) -> Failure {
        let says = format!("the state directory {says}: {}", reason(error));
        Failure::new(Code::State, says).at(self.place())
    }

    fn place(&self) -> Place {
        Place::file(self.path.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::tests::{MINIMAL, loaded};
    use crate::config::surroundings::tests::machine;

    #[test]
    fn the_flag_wins_then_the_file_then_systemd_then_xdg() {
        let systemd = machine(Path::new("/r"), &[("STATE_DIRECTORY", "/var/lib/concordat")]);
        let plain = machine(Path::new("/r"), &[]);
        let with_dir = loaded(&format!("{MINIMAL}[state]\ndir = \"state\"\n"));
        let without = loaded(MINIMAL);
        let resolve = |flag: Option<&str>, loaded: &Loaded, around: &Surroundings| {
            let dir = StateDir::resolve(flag.map(Path::new), Some(loaded), around).unwrap();
            (dir.path.display().to_string(), dir.origin)
        };
        let expect = |path: &str, origin| (path.to_owned(), origin);
        let flag = expect("/r/work/s", StateOrigin::Flag);
        assert_eq!(resolve(Some("s"), &with_dir, &systemd), flag);
        let file = expect("/etc/state", StateOrigin::File);
        assert_eq!(resolve(None, &with_dir, &systemd), file);
        let unit = expect("/var/lib/concordat", StateOrigin::Systemd);
        assert_eq!(resolve(None, &without, &systemd), unit);
        let user = expect("/r/home/.local/state/concordat", StateOrigin::Default);
        assert_eq!(resolve(None, &without, &plain), user);
        let nobody = Surroundings { state_home: None, ..machine(Path::new("/r"), &[]) };
        assert_eq!(StateDir::resolve(None, None, &nobody).unwrap_err().code, Code::StateDir);
    }

    #[test]
    fn it_is_made_for_its_owner_and_refused_if_others_may_write() {
        let root = tempfile::tempdir().unwrap();
        let dir = StateDir { path: root.path().join("a/b"), origin: StateOrigin::Flag };
        dir.create().unwrap();
        dir.create().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&dir.path), mode(&root.path().join("a"))), (0o700, 0o700));
        for (mode, good) in [(0o755, true), (0o770, false), (0o707, false)] {
            fs::set_permissions(&dir.path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(dir.create().is_ok(), good, "{mode:o}");
        }
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        let dir = StateDir { path: file.join("state"), origin: StateOrigin::Flag };
        assert_eq!(dir.create().unwrap_err().code, Code::State);
    }

    #[test]
    fn looking_at_it_says_whether_it_can_be_used_and_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: PathBuf| StateDir { path, origin: StateOrigin::Flag };
        let dir = at(root.path().join("a/b"));
        assert_eq!(dir.check(), Ok(false));
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        dir.create().unwrap();
        assert_eq!(dir.check(), Ok(true));
        assert_eq!(fs::read_dir(&dir.path).unwrap().count(), 0);
        fs::set_permissions(&dir.path, fs::Permissions::from_mode(0o770)).unwrap();
        assert_eq!(dir.check().unwrap_err().code, Code::StateDir);
        // Nobody, not even root, makes files there.
        for place in ["/proc", "/proc/concordat/state"] {
            assert_eq!(at(place.into()).check().unwrap_err().code, Code::State, "{place}");
        }
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        for place in [file.join("state"), file] {
            assert_eq!(at(place).check().unwrap_err().code, Code::State);
        }
    }
}
