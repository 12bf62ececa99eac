//! Which files are there, in which order, and which of them have to go? Their names say when the run
//! began, which of its files each is, and the run: sorted, the oldest comes first.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::LogError;
use crate::head::Head;

const SUFFIX: &str = ".jsonl";

/// How much of the log of a pair is kept. The oldest goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// At most so many runs.
    pub runs_max: usize,
    /// At most so many bytes, of all runs together.
    pub bytes_max: u64,
    /// A file that would grow beyond this is followed by another, so that a part of a run can go.
    pub file_bytes_max: u64,
}

impl Bounds {
    /// A hundred runs, 128 MiB: about half a million requests.
    pub const STANDARD: Bounds =
        Bounds { runs_max: 100, bytes_max: 128 * MIB, file_bytes_max: 4 * MIB };
}

const MIB: u64 = 1024 * 1024;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LogFile {
    /// When the run began, and the run.
    began: String,
    pub(crate) run: String,
    nth: u32,
    pub(crate) path: PathBuf,
    bytes: u64,
}

impl LogFile {
    fn of(path: PathBuf, bytes: u64) -> Option<LogFile> {
        let name = path.file_name()?.to_str()?.strip_suffix(SUFFIX)?;
        let (began, rest) = name.split_once('-')?;
        let (run, nth) = rest.rsplit_once('-')?;
        let (began, run, nth) = (began.to_owned(), run.to_owned(), nth.parse().ok()?);
        Some(LogFile { began, run, nth, path, bytes })
    }

    /// Whether both hold requests of one run.
    pub(crate) fn is_of_run(&self, other: &LogFile) -> bool {
        (&self.began, &self.run) == (&other.began, &other.run)
    }
}

/// Where the `nth` file of a run is.
pub(crate) fn path(dir: &Path, head: &Head, nth: u32) -> PathBuf {
    let began = head.began.format("%Y%m%dT%H%M%S%3fZ");
    dir.join(format!("{began}-{}-{nth:06}{SUFFIX}", head.run))
}

/// All files of a directory, the oldest first; none, if there is no directory.
pub(crate) fn all(dir: &Path) -> Result<Vec<LogFile>, LogError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(LogError::at(dir)(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(LogError::at(dir))?;
        // One that another process has just removed is not there.
        let Ok(metadata) = entry.metadata() else { continue };
        files.extend(LogFile::of(entry.path(), metadata.len()));
    }
    files.sort();
    Ok(files)
}

/// Removes what is too much, so that there is room for another file.
pub(crate) fn make_room(dir: &Path, bounds: &Bounds, current: &Head) -> Result<(), LogError> {
    let files = all(dir)?;
    let mut bytes: u64 = files.iter().map(|it| it.bytes).sum();
    let mut runs: BTreeSet<(&str, &str)> =
        files.iter().map(|it| (it.began.as_str(), it.run.as_str())).collect();
    let room = bounds.bytes_max.saturating_sub(bounds.file_bytes_max);
    let is_new = !files.iter().any(|it| it.run == current.run.as_str());
    let others = bounds.runs_max.saturating_sub(usize::from(is_new));
    let mut rest = files.iter().peekable();
    while let Some(file) = rest.next_if(|_| bytes > room || runs.len() > others) {
        match fs::remove_file(&file.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(LogError::at(&file.path)(error)),
        }
        bytes -= file.bytes;
        if rest.peek().is_none_or(|next| !next.is_of_run(file)) {
            runs.remove(&(file.began.as_str(), file.run.as_str()));
        }
    }
    Ok(())
}
