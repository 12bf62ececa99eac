//! How does an opening vanish for good, and the chain still verify?

use std::io;

use crate::Disk;
use crate::frame::{self, ERASED, Frame};

/// Where an opening lies.
pub(crate) struct Spot {
    pub file: String,
    flag_at: u64,
    opening_bytes: usize,
}

impl Spot {
    /// The opening of a frame that begins at `offset`.
    pub(crate) fn of(frame: &Frame, file: &str, offset: u64) -> Spot {
        Spot {
            file: file.to_owned(),
            flag_at: offset + frame.flag_at,
            opening_bytes: frame::opening_bytes(frame),
        }
    }

    /// Flags the opening as erased, then overwrites it. In this order, each durable before the next:
    /// an opening that is overwritten but not flagged would look like damage.
    pub(crate) fn wipe(&self, disk: &mut dyn Disk) -> io::Result<()> {
        disk.write(&self.file, self.flag_at, &ERASED)?;
        disk.sync(&self.file)?;
        let opening_at = self.flag_at + ERASED.len() as u64;
        disk.write(&self.file, opening_at, &vec![0; self.opening_bytes])?;
        disk.sync(&self.file)
    }
}
