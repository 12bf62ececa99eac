//! Why is there no view at all? A listing that fails is no error, it is a partition without a
//! certificate; these are the few things that leave nothing to go on.

use concordat_remote::Failure;
use concordat_store::{CodecError, StoreError};
use thiserror::Error;

/// Why a pull, or the mirror, could not be used.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The side does not let us in.
    #[error("{0}")]
    Remote(Box<Failure>),
    /// The mirror could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row of the mirror could not be read or made.
    #[error(
        "a row of the mirror's {table} cannot be used: {source}; the mirror holds nothing that a \
         pull does not bring back"
    )]
    Row {
        /// Which rows.
        table: &'static str,
        /// Why.
        source: CodecError,
    },
}

impl From<Failure> for SnapshotError {
    fn from(failure: Failure) -> Self {
        SnapshotError::Remote(Box::new(failure))
    }
}
