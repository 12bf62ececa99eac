//! How do bytes get onto the disk, and when are they there for good? The port, and the operating
//! system's side of it. The other side, which forgets and tears on demand, is [`crate::MemoryDisk`].

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// One directory of files. Nothing is durable before it is synced, not even a name.
pub trait Disk: Send {
    /// Where it is, for messages.
    fn place(&self) -> String;

    /// The names of all files.
    fn list(&self) -> io::Result<Vec<String>>;

    /// The whole of a file.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// How long a file is.
    fn length(&self, name: &str) -> io::Result<u64>;

    /// Makes an empty file, only readable by its owner. Fails if there is one of that name.
    fn create(&mut self, name: &str) -> io::Result<()>;

    /// Writes all of `bytes` from `offset` on.
    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts a file off after `bytes`.
    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()>;

    /// Returns once the content of the file is durable.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Returns once the names of all files are durable.
    fn sync_dir(&mut self) -> io::Result<()>;

    /// Takes the directory for this process until the disk is dropped, and leaves `holder` for
    /// whoever comes second. `Err` inside: who was first.
    fn lock(&mut self, holder: &str) -> io::Result<Result<(), String>>;

    /// Whether the directory is still taken by this disk, and is still the one that it took: not if the
    /// lock was removed, or another directory stands in its place.
    fn is_held(&self) -> io::Result<bool>;
}

const LOCK_FILE: &str = "lock";

/// A directory of the operating system.
pub struct OsDisk {
    dir: PathBuf,
    /// Files opened for writing.
    open: BTreeMap<String, File>,
    lock: Option<File>,
}

impl OsDisk {
    /// The directory as it is. Only for reading: if it does not exist, it holds no files.
    pub fn existing(dir: &Path) -> OsDisk {
        OsDisk { dir: dir.to_owned(), open: BTreeMap::new(), lock: None }
    }

    /// The directory, made if it does not exist, only accessible to its owner.
    pub fn create(dir: &Path) -> io::Result<OsDisk> {
        if !dir.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            if let Some(parent) = dir.parent().filter(|it| !it.as_os_str().is_empty()) {
                File::open(parent)?.sync_all()?;
            }
        }
        Ok(OsDisk::existing(dir))
    }

    fn file(&mut self, name: &str) -> io::Result<&File> {
        if !self.open.contains_key(name) {
            let file = OpenOptions::new().read(true).write(true).open(self.dir.join(name))?;
            self.open.insert(name.to_owned(), file);
        }
        self.open.get(name).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Disk for OsDisk {
    fn place(&self) -> String {
        self.dir.display().to_string()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<String>>>()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.dir.join(name))
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        Ok(std::fs::metadata(self.dir.join(name))?.len())
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.dir.join(name))?;
        self.open.insert(name.to_owned(), file);
        Ok(())
    }

    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file(name)?.write_all_at(bytes, offset)
    }

    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        self.file(name)?.set_len(bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.file(name)?.sync_data()
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }

    fn lock(&mut self, holder: &str) -> io::Result<Result<(), String>> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.dir.join(LOCK_FILE))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut first = String::new();
                file.read_to_string(&mut first)?;
                return Ok(Err(first.trim().to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.set_len(0)?;
        file.write_all(holder.as_bytes())?;
        self.lock = Some(file);
        Ok(Ok(()))
    }

    fn is_held(&self) -> io::Result<bool> {
        let Some(lock) = &self.lock else { return Ok(false) };
        let (ours, there) = (lock.metadata()?, std::fs::metadata(self.dir.join(LOCK_FILE)));
        match there {
            Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}
