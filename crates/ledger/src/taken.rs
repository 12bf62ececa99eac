//! Who may write? One process at a time, told from the others before it opens anything else.

use std::path::Path;
use std::sync::Arc;

use concordat_model::{PairId, Time};
use concordat_store::Tables;

use crate::{Disk, Ledger, LedgerError, OsDisk, SaltSource};

/// The ledger, held against every other process, and not read yet.
pub struct Taken {
    pub(crate) disk: Box<dyn Disk>,
    pub(crate) elsewhere: Option<Box<dyn Disk>>,
    /// Whether it is gone on from, although more is known of it elsewhere.
    pub(crate) is_adopted: bool,
    pub(crate) now: Time,
    pub(crate) version: String,
}

impl Taken {
    /// Takes the ledger in `dir` for the program `version`.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] says who has it.
    pub fn take(dir: &Path, now: Time, version: &str) -> Result<Taken, LedgerError> {
        let disk = OsDisk::create(dir).map_err(|source| LedgerError::Io {
            place: dir.display().to_string(),
            file: "the directory".to_owned(),
            operation: "created",
            source,
        })?;
        Taken::take_on(Box::new(disk), now, version)
    }

    /// As [`Taken::take`], on any disk.
    pub fn take_on(
        mut disk: Box<dyn Disk>,
        now: Time,
        version: &str,
    ) -> Result<Taken, LedgerError> {
        disk.lock(&holder(now, version))
            .map_err(|source| LedgerError::Io {
                place: disk.place(),
                file: "lock".to_owned(),
                operation: "taken",
                source,
            })?
            .map_err(|holder| LedgerError::Locked { place: disk.place(), holder })?;
        let version = version.to_owned();
        Ok(Taken { disk, elsewhere: None, is_adopted: false, now, version })
    }

    /// Keeps a high-water mark in another directory: what was durable is noted there, too, and a ledger that does
    /// not have it is not opened.
    #[must_use]
    pub fn marked(self, elsewhere: Box<dyn Disk>) -> Taken {
        Taken { elsewhere: Some(elsewhere), ..self }
    }

    /// Opens it for one pair as it is, although more may be known of it elsewhere: a backup with which a person
    /// says to go on. The caller records that first of all.
    pub fn adopt(
        self,
        pair: PairId,
        salt: SaltSource,
        tables: Arc<dyn Tables>,
    ) -> Result<Ledger, LedgerError> {
        Ledger::of(Taken { is_adopted: true, ..self }, pair, salt, tables)
    }

    /// Opens it for one pair and begins an epoch. What the entries add up to is kept in `tables`, and
    /// is never only there.
    pub fn open(
        self,
        pair: PairId,
        salt: SaltSource,
        tables: Arc<dyn Tables>,
    ) -> Result<Ledger, LedgerError> {
        Ledger::of(self, pair, salt, tables)
    }
}

/// What a second process is told about this one.
fn holder(now: Time, version: &str) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let host = host.as_deref().map_or("this machine", str::trim);
    let pid = std::process::id();
    format!("concordat {version}, process {pid} on {host}, since {}", now.to_rfc3339())
}
