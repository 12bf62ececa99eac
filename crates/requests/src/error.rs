//! How can the request log fail?

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why the request log cannot be read or written.
#[derive(Debug, Error)]
pub enum LogError {
    /// The disk says so.
    #[error("the request log cannot be used: {}: {error}", path.display())]
    Io {
        /// Which file or directory.
        path: PathBuf,
        /// What it says.
        error: io::Error,
    },
    /// A newer concordat wrote it.
    #[error("the request log {} was written by a newer concordat", path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
    },
}

impl LogError {
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> LogError {
        let path = path.to_owned();
        move |error| LogError::Io { path, error }
    }
}
