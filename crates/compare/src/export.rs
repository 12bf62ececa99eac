//! Which rows does an export have, and what does one of them hold? Where each stands and by what it is told apart
//! is kept; what it holds is read again when somebody asks.
//!
//! It does not know of any other export.

use std::fs::File;
use std::io;
use std::slice;

use memchr::memchr_iter;

use crate::flaw::{Fault, Flaw, Place};
use crate::key::{Hasher, Identity};
use crate::layout::{Header, Held, Key, Layout};
use crate::scan::{Ends, Scan, read_at};
use crate::{Age, Form};

/// By so many of its rows is seen about how many there are.
const SAMPLE: usize = 1000;
/// How much is read again at once. Rows that differ often stand together.
const BLOCK: usize = 4 << 10;

/// Where a row stands, what it is told apart by, and what it says.
#[derive(Clone, Copy)]
pub struct Row {
    pub identity: Identity,
    /// A hash of all of it.
    pub content: u64,
    start: u64,
    /// In bytes.
    length: u32,
}

/// An export.
pub struct Export {
    age: Age,
    file: File,
    by: Hasher,
    pub layout: Layout,
    pub key: Key,
    /// Its rows, in their order.
    pub rows: Vec<Row>,
}

impl Export {
    /// Finds every row.
    pub fn read(
        age: Age,
        file: File,
        form: Form,
        key: &[String],
        by: Hasher,
    ) -> Result<Export, Flaw> {
        let of_all = |fault| Flaw { place: Place { age, line: None }, fault };
        let of_line =
            |(at, fault)| Flaw { place: Place { age, line: line(&file, at).ok() }, fault };
        let mut scan = Scan::of(&file).map_err(|it| of_all(it.into()))?;
        let layout = match form {
            Form::JsonLines => Layout::JsonLines,
            Form::Csv => Layout::Csv(header(&mut scan).map_err(|it| of_line((0, it)))?),
        };
        let key = Key::of(key, &layout).map_err(of_all)?;
        let rows = rows(&mut scan, &layout, &key, &by).map_err(of_line)?;
        if u32::try_from(rows.len()).is_err() {
            return Err(of_all(Fault::new("it has over four thousand million rows")));
        }
        Ok(Export { age, file, by, layout, key, rows })
    }

    /// The flaw of two rows that are told apart by the same.
    pub fn twice(&self, first: u32, second: u32) -> Flaw {
        let [first, second] = [first, second].map(|it| self.rows[it as usize].start);
        let beside = line(&self.file, first).map(|it| format!("line {it}"));
        let (key, beside) = (self.key.names.join(", "), beside.unwrap_or("another".into()));
        let fault = Fault::new(format!("it has the same {key} as {beside}"))
            .hint("name all fields that tell rows apart: --key ONE --key ANOTHER");
        self.flaw(second, fault)
    }

    fn flaw(&self, at: u64, fault: Fault) -> Flaw {
        Flaw { place: Place { age: self.age, line: line(&self.file, at).ok() }, fault }
    }
}

fn header(scan: &mut Scan<'_>) -> Result<Header, Fault> {
    match scan.row(Ends::Rows(b",;\t"))? {
        Some(found) if !found.row.is_empty() => Header::read(found.row),
        Some(_) | None => {
            Err(Fault::new("it is empty: a table begins with a line that names its columns"))
        }
    }
}

/// Every row, or what is wrong at which byte of the file.
fn rows(
    scan: &mut Scan<'_>,
    layout: &Layout,
    key: &Key,
    by: &Hasher,
) -> Result<Vec<Row>, (u64, Fault)> {
    let delimiter = layout.delimiter();
    let ends = delimiter.as_ref().map_or(Ends::Lines, |it| Ends::Rows(slice::from_ref(it)));
    let mut rows = Vec::new();
    loop {
        let at = scan.at();
        let Some(found) = scan.row(ends).map_err(|it| (at, it))? else { return Ok(rows) };
        if found.row.is_empty() {
            continue;
        }
        let identity = layout.identity(found.row, key, by).map_err(|it| (at, it))?;
        let (content, length) = (by.content(found.row), found.row.len() as u32);
        rows.push(Row { identity, content, start: found.start, length });
        if rows.len() == SAMPLE {
            let length = scan.length().map_err(|it| (at, it.into()))?;
            rows.reserve((length / scan.at()) as usize * SAMPLE);
        }
    }
}

/// The line, from 1, in which this byte of a file stands.
fn line(file: &File, at: u64) -> io::Result<usize> {
    let (mut block, mut from, mut line) = (vec![0; 64 << 10], 0, 1);
    while from < at {
        let wanted = block.len().min((at - from) as usize);
        let read = read_at(file, &mut block[..wanted], from)?;
        line += memchr_iter(b'\n', &block[..read]).count();
        from += wanted as u64;
    }
    Ok(line)
}

/// Reads rows of an export again, in whichever order.
pub struct Reader<'e> {
    export: &'e Export,
    block: Vec<u8>,
    /// Where in the file the block begins.
    from: u64,
}

impl<'e> Reader<'e> {
    /// Nothing is read yet.
    pub fn of(export: &'e Export) -> Reader<'e> {
        Reader { export, block: Vec::new(), from: 0 }
    }

    /// What a row holds in the fields of the key, and in all of them.
    pub fn row(&mut self, row: u32) -> Result<(Vec<String>, Vec<Held<'_>>), Flaw> {
        let (export, row) = (self.export, self.export.rows[row as usize]);
        let Export { layout, key, .. } = export;
        let held = self.bytes(row).and_then(|it| Ok((layout.key(it, key)?, layout.fields(it)?)));
        held.map_err(|fault| export.flaw(row.start, fault))
    }

    /// What a row holds.
    pub fn fields(&mut self, row: u32) -> Result<Vec<Held<'_>>, Flaw> {
        let (export, row) = (self.export, self.export.rows[row as usize]);
        let held = self.bytes(row).and_then(|it| export.layout.fields(it));
        held.map_err(|fault| export.flaw(row.start, fault))
    }

    fn bytes(&mut self, Row { content, start, length, .. }: Row) -> Result<&[u8], Fault> {
        let (length, end) = (length as usize, self.from + self.block.len() as u64);
        if start < self.from || start + length as u64 > end {
            self.block.resize(length.max(BLOCK), 0);
            let read = read_at(&self.export.file, &mut self.block, start)?;
            self.block.truncate(read);
            self.from = start;
        }
        let at = (start - self.from) as usize;
        let row = self.block.get(at..at + length);
        row.filter(|it| self.export.by.content(it) == content).ok_or_else(|| {
            Fault::new("it was changed while it was read")
                .hint("compare copies that stay as they are")
        })
    }
}
