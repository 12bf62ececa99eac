//! What does the log say? The runs it holds, and the requests of one of them, one after the other.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use concordat_model::{Exchange, Traffic};

use crate::error::LogError;
use crate::files::{self, LogFile};
use crate::head::{Head, VERSION};

/// What the log holds of one run.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Whose requests they are. Those of which it says that they stood in earlier files are only counted:
    /// they had to make room.
    pub head: Head,
    files: Vec<LogFile>,
}

/// Lines that could not be read: cut off as their process died, or damaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread(pub u64);

/// The runs whose requests are logged in the directory of a pair, in the order in which they began.
///
/// # Errors
/// If the log cannot be read, or a newer concordat wrote it.
pub fn logged(dir: &Path) -> Result<Vec<Logged>, LogError> {
    let mut runs: Vec<Logged> = Vec::new();
    for file in files::all(dir)? {
        match runs.last_mut().filter(|it| it.files[0].is_of_run(&file)) {
            Some(run) => run.files.push(file),
            None => {
                if let Some(head) = head_of(&file)? {
                    runs.push(Logged { head, files: vec![file] });
                }
            }
        }
    }
    Ok(runs)
}

impl Logged {
    /// Shows every request that is still there, in the order in which they were answered.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn each(&self, mut show: impl FnMut(Exchange)) -> Result<Unread, LogError> {
        let mut unread = Unread::default();
        for file in &self.files {
            let Some(lines) = open(file)? else { continue };
            for line in lines.split(b'\n').skip(1) {
                let line = line.map_err(LogError::at(&file.path))?;
                match serde_json::from_slice(&line) {
                    Ok(exchange) => show(exchange),
                    Err(_) => unread.0 += 1,
                }
            }
        }
        Ok(unread)
    }

    /// How many requests the run sent to each endpoint, those that had to make room included.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn traffic(&self) -> Result<Vec<Traffic>, LogError> {
        let Some(last) = self.files.last() else { return Ok(Vec::new()) };
        let Some(Head { mut before, .. }) = head_of(last)? else {
            return Ok(self.head.before.clone());
        };
        let only = Logged { head: self.head.clone(), files: vec![last.clone()] };
        only.each(|exchange| Traffic::count(&mut before, &exchange))?;
        Ok(before)
    }
}

/// The head of a file; nothing: it was cut off, or is gone.
fn head_of(file: &LogFile) -> Result<Option<Head>, LogError> {
    let Some(mut lines) = open(file)? else { return Ok(None) };
    let mut first = Vec::new();
    lines.read_until(b'\n', &mut first).map_err(LogError::at(&file.path))?;
    let version = serde_json::from_slice(&first).map(|Version { version }| version);
    match (version, serde_json::from_slice(&first)) {
        (Ok(version), _) if version > VERSION => Err(LogError::Newer { path: file.path.clone() }),
        (_, head) => Ok(head.ok()),
    }
}

#[derive(serde::Deserialize)]
struct Version {
    version: u32,
}

/// A file, unless it had to go just now.
fn open(file: &LogFile) -> Result<Option<BufReader<File>>, LogError> {
    match File::open(&file.path) {
        Ok(opened) => Ok(Some(BufReader::new(opened))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LogError::at(&file.path)(error)),
    }
}
