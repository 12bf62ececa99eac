//! How is a request noted without holding up the run that sent it? In memory first, and written a good many
//! at a time, as whole lines. A failed one is written at once: it is what somebody will look for.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use concordat_model::{Exchange, Traffic};
use serde::Serialize;

use crate::error::LogError;
use crate::files::{self, Bounds};
use crate::head::Head;

/// As many wait at most to be written.
const PENDING_MAX: usize = 256;
/// For as long they wait at most, as far as others come after them.
const PENDING_FOR: Duration = Duration::from_secs(1);

/// Writes the log of one run.
pub struct Recorder {
    dir: PathBuf,
    bounds: Bounds,
    /// Counts what was written, for the file that follows.
    head: Head,
    file: Option<Open>,
    files: u32,
    pending: Vec<Exchange>,
    written_at: Instant,
}

/// The file that is written to.
struct Open {
    file: File,
    path: PathBuf,
    bytes: u64,
}

impl Recorder {
    /// Of the run that `head` names, in the directory of its pair. Nothing is made before something is
    /// written.
    pub fn new(dir: &Path, bounds: Bounds, head: Head) -> Recorder {
        Recorder {
            dir: dir.to_owned(),
            bounds,
            head,
            file: None,
            files: 0,
            pending: Vec::new(),
            written_at: Instant::now(),
        }
    }

    /// Notes a request.
    ///
    /// # Errors
    /// If what was noted cannot be written.
    pub fn note(&mut self, exchange: Exchange) -> Result<(), LogError> {
        let is_urgent = exchange.ended.failed().is_some();
        self.pending.push(exchange);
        let is_due = self.pending.len() >= PENDING_MAX || self.written_at.elapsed() >= PENDING_FOR;
        if is_urgent || is_due { self.write() } else { Ok(()) }
    }

    /// Writes what was noted.
    ///
    /// # Errors
    /// If that fails.
    pub fn write(&mut self) -> Result<(), LogError> {
        self.written_at = Instant::now();
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut lines = Vec::new();
        self.pending.iter().for_each(|it| line(&mut lines, it));
        let is_full = |it: &Open| it.bytes + lines.len() as u64 > self.bounds.file_bytes_max;
        if self.file.as_ref().is_none_or(is_full) {
            self.file = Some(self.next_file()?);
        }
        if let Some(open) = &mut self.file {
            open.file.write_all(&lines).map_err(LogError::at(&open.path))?;
            open.bytes += lines.len() as u64;
        }
        for exchange in self.pending.drain(..) {
            Traffic::count(&mut self.head.before, &exchange);
        }
        Ok(())
    }

    fn next_file(&mut self) -> Result<Open, LogError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        made.map_err(LogError::at(&self.dir))?;
        files::make_room(&self.dir, &self.bounds, &self.head)?;
        self.files += 1;
        let path = files::path(&self.dir, &self.head, self.files);
        let file = OpenOptions::new().create_new(true).append(true).mode(0o600).open(&path);
        let mut file = file.map_err(LogError::at(&path))?;
        let mut first = Vec::new();
        line(&mut first, &self.head);
        file.write_all(&first).map_err(LogError::at(&path))?;
        Ok(Open { file, path, bytes: first.len() as u64 })
    }
}

fn line(to: &mut Vec<u8>, it: &impl Serialize) {
    // Invariant: heads and exchanges are made of texts, numbers and times; those always encode.
    serde_json::to_writer(&mut *to, it).expect("texts and numbers encode");
    to.push(b'\n');
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // Whoever wants to know whether it could be written calls `write` before.
        drop(self.write());
    }
}
