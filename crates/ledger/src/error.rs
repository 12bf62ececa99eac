//! In which few ways does the ledger fail, as far as the caller can act on it?

use std::io;

use concordat_store::{CodecError, StoreError};
use thiserror::Error;

/// Why the ledger could not be opened, read or written. Carries no value of an entry.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// Another process has it open.
    #[error("the ledger in {place} is in use by {holder}; wait for it or stop it")]
    Locked {
        /// The directory.
        place: String,
        /// Who, as that process wrote it down.
        holder: String,
    },
    /// It is not what was once written. Nothing is repaired and nothing may be appended.
    #[error(
        "the ledger is damaged or was tampered with: {place}/{file} at byte {offset}, where entry \
         {seq} belongs: {says}; nothing was changed, restore the directory from a backup"
    )]
    Corrupt {
        /// The directory.
        place: String,
        /// The file.
        file: String,
        /// The first byte of the bad frame.
        offset: u64,
        /// The entry that should be there.
        seq: u64,
        /// What is wrong.
        says: String,
    },
    /// A newer program wrote it.
    #[error(
        "{place}/{file} was written by a newer concordat (format {found}, this one reads up to \
         {supported}); use that version or a later one"
    )]
    Newer {
        /// The directory.
        place: String,
        /// The file.
        file: String,
        /// Its format.
        found: u8,
        /// The newest format this program reads.
        supported: u8,
    },
    /// An earlier write or sync failed: what is on disk is not known.
    #[error(
        "an earlier write to the ledger in {place} failed, so nothing more is appended; find out \
         why the disk failed, then start again"
    )]
    Poisoned {
        /// The directory.
        place: String,
    },
    /// It is not this process's any more: its lock was removed, another directory stands in its place, or
    /// somebody else has written to it.
    #[error(
        "the ledger in {place} is not this process's any more: its lock or its files were replaced while \
         it was open; nothing more is written or sent, and what was begun is looked for by the next run"
    )]
    Lost {
        /// The directory.
        place: String,
    },
    /// It is older than what is known of it.
    #[error(
        "the ledger in {place} is not the newest: {by} knows of entry {known}, and it {says}; an old backup \
         may have been put in its place. Nothing was changed"
    )]
    Older {
        /// The directory.
        place: String,
        /// Who knows more.
        by: &'static str,
        /// The newest entry that is known.
        known: u64,
        /// What the ledger has instead.
        says: String,
    },
    /// An event has more fields or larger values than an entry can hold.
    #[error("an entry of kind {kind} is too large ({bytes} bytes, at most {bytes_max})")]
    TooLarge {
        /// The kind of event.
        kind: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// An event that cannot be encoded, or an entry that cannot be decoded.
    #[error("entry {seq} of the ledger in {place}: {source}")]
    Codec {
        /// The directory.
        place: String,
        /// The entry.
        seq: u64,
        /// Why.
        source: CodecError,
    },
    /// What lies in the store of the ledger's sum is not what was put there.
    #[error(
        "what the store keeps of the ledger cannot be used: {says}; nothing is lost: start again, and \
         it is made anew from the ledger"
    )]
    Projection {
        /// What is wrong; never a value.
        says: String,
    },
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system refused.
    #[error("the ledger in {place}: {file} could not be {operation}: {source}")]
    Io {
        /// The directory.
        place: String,
        /// The file.
        file: String,
        /// What was tried, as a participle: `written`.
        operation: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
}
