//! Which rows does a file have? It is read once, block by block, and whatever its size no more of it is held than
//! a block.
//!
//! It does not know what a row holds.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use memchr::memchr;

use crate::csv::{End, row_end};
use crate::flaw::Fault;
use crate::form::BOM;

const BLOCK: usize = 256 << 10;
/// A quote that is never closed must not fill the memory.
const ROW_MAX: usize = 64 << 20;

/// Where rows end.
#[derive(Clone, Copy)]
pub enum Ends<'d> {
    /// With a line.
    Lines,
    /// With a line, but for line ends in quotes; what separates fields is one of these.
    Rows(&'d [u8]),
}

/// The rows of a file, one after the other.
pub struct Scan<'f> {
    file: &'f File,
    block: Vec<u8>,
    /// Where in the file the block begins.
    from: u64,
    /// How much of the block was read.
    read: usize,
    /// Where in the block the next row starts.
    next: usize,
    /// Whether nothing comes after the block.
    is_last: bool,
}

/// A row where it stands.
pub struct Found<'s> {
    /// Where it starts in the file.
    pub start: u64,
    /// It, without its line end.
    pub row: &'s [u8],
}

impl<'f> Scan<'f> {
    /// From the beginning.
    pub fn of(file: &'f File) -> io::Result<Scan<'f>> {
        let mut scan =
            Scan { file, block: vec![0; BLOCK], from: 0, read: 0, next: 0, is_last: false };
        scan.read_on()?;
        if scan.block[..scan.read].starts_with(BOM) {
            scan.next = BOM.len();
        }
        Ok(scan)
    }

    /// Where in the file the next row starts.
    pub fn at(&self) -> u64 {
        self.from + self.next as u64
    }

    /// How long the file is.
    pub fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// The next row; nothing: there are no more.
    pub fn row(&mut self, ends: Ends<'_>) -> Result<Option<Found<'_>>, Fault> {
        let end = loop {
            let held = &self.block[self.next..self.read];
            let end = match ends {
                Ends::Rows(delimiters) => row_end(held, delimiters),
                Ends::Lines => {
                    memchr(b'\n', held).map_or(End::Beyond { is_quoted: false }, End::At)
                }
            };
            match end {
                End::At(end) => break end,
                End::Beyond { .. } if held.len() > ROW_MAX => {
                    return Err(Fault::new(format!("a row goes on for over {} MB", ROW_MAX >> 20))
                        .hint("is there a quote that is never closed?"));
                }
                End::Beyond { .. } if !self.is_last => self.read_on()?,
                End::Beyond { is_quoted: true } => {
                    return Err(Fault::new("a quote is opened in this row and never closed"));
                }
                End::Beyond { is_quoted: false } if held.is_empty() => return Ok(None),
                End::Beyond { is_quoted: false } => break held.len(),
            }
        };
        let (start, row) = (self.at(), &self.block[self.next..self.next + end]);
        self.next = (self.next + end + 1).min(self.read);
        Ok(Some(Found { start, row: row.strip_suffix(b"\r").unwrap_or(row) }))
    }

    /// Reads on behind what is not used yet.
    fn read_on(&mut self) -> io::Result<()> {
        self.block.copy_within(self.next..self.read, 0);
        self.from += self.next as u64;
        self.read -= self.next;
        self.next = 0;
        if self.read == self.block.len() {
            self.block.resize(2 * self.read, 0);
        }
        let more = read_at(self.file, &mut self.block[self.read..], self.from + self.read as u64)?;
        self.read += more;
        self.is_last = self.read < self.block.len();
        Ok(())
    }
}

/// Reads as much as there is; answers how much that was.
pub fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < into.len() {
        match file.read_at(&mut into[read..], at + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
