//! In which few ways does the store fail, as far as the caller can act on it?

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a table could not be read or written. Carries no key and no value.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error("the store in {} is in use by another process; wait for it or stop it", dir.display())]
    Locked {
        /// Where.
        dir: PathBuf,
    },
    /// A newer program made it.
    #[error(
        "the store in {} was written by a newer concordat (format {found}, this one reads up to \
         {supported}); use that version, or move the directory away: the next pull \
         builds it anew",
        dir.display()
    )]
    Newer {
        /// Where.
        dir: PathBuf,
        /// Its format.
        found: u8,
        /// The newest format this program reads.
        supported: u8,
    },
    /// What was read makes no sense.
    #[error(
        "the store in {} is damaged ({says}); nothing is lost: the next command moves it aside, and a \
         pull builds it anew",
        dir.display()
    )]
    Damaged {
        /// Where.
        dir: PathBuf,
        /// What was noticed.
        says: String,
    },
    /// The operating system refused.
    #[error("the store in {} could not be {operation}: {source}", dir.display())]
    Io {
        /// Where.
        dir: PathBuf,
        /// What was tried, as a participle: `opened`.
        operation: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
}
