//! Which row of one export is which of the other, and which of them differ? All processors look: each indexes a
//! part of the keys, and then looks up a stretch of the newer rows.
//!
//! It does not know what a row holds.

use std::ops::Range;
use std::thread;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::export::{Export, Reader, Row};
use crate::fields::differing;
use crate::flaw::Flaw;
use crate::key::Identity;
use crate::{Both, Columns, Totals};

/// More would wait for memory only.
const PROCESSORS_MAX: usize = 8;

/// Something that is not the same in both; rows by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    Changed { old: u32, new: u32 },
    Added { new: u32 },
    Gone { old: u32 },
}

/// Pairs the rows, and says which differ: in the order of the newer ones, and then those that are gone.
pub fn joined(exports: &Both<Export>, columns: &Columns) -> Result<(Vec<Finding>, Totals), Flaw> {
    let Both { old, new } = exports;
    let processors = processors();
    let index = Index::of(old, processors)?;
    let each = new.rows.len().div_ceil(processors);
    let stretches = in_parallel(processors, |at| {
        let rows = (at * each).min(new.rows.len())..((at + 1) * each).min(new.rows.len());
        Stretch::looked_up(exports, columns, &index, rows)
    });
    let mut findings = Vec::new();
    let mut met = vec![None; old.rows.len()];
    for stretch in stretches {
        let stretch = stretch?;
        findings.extend(stretch.findings);
        for (was, is) in stretch.paired {
            if let Some(first) = met[was as usize].replace(is) {
                return Err(new.twice(first, is));
            }
        }
    }
    let changed = findings.iter().filter(|it| matches!(it, Finding::Changed { .. })).count();
    let added = added_once(new, &findings)?;
    let mut reader = Reader::of(old);
    for (row, _) in (0..).zip(&met).filter(|(_, it)| it.is_none()) {
        reader.fields(row)?;
        findings.push(Finding::Gone { old: row });
    }
    let rows = Both { old: old.rows.len(), new: new.rows.len() };
    let totals = Totals {
        rows: rows.map(|it| it as u64),
        equal: (rows.new - added - changed) as u64,
        added: added as u64,
        gone: (findings.len() - added - changed) as u64,
        changed: changed as u64,
    };
    Ok((findings, totals))
}

/// How many rows are new. None of them may be there twice.
fn added_once(new: &Export, findings: &[Finding]) -> Result<usize, Flaw> {
    let added = findings.iter().filter_map(|it| match it {
        Finding::Added { new } => Some(*new),
        Finding::Changed { .. } | Finding::Gone { .. } => None,
    });
    let (mut seen, mut count) = (Part::default(), 0);
    for row in added {
        seen.insert(new, row)?;
        count += 1;
    }
    Ok(count)
}

/// Some rows by what tells them apart.
#[derive(Default)]
struct Part(HashTable<u32>);

impl Part {
    fn find(&self, rows: &[Row], identity: Identity) -> Option<u32> {
        self.0.find(identity.place, |it| rows[*it as usize].identity == identity).copied()
    }

    /// Takes up one more.
    fn insert(&mut self, export: &Export, row: u32) -> Result<(), Flaw> {
        let identity = |row: u32| export.rows[row as usize].identity;
        let ours = identity(row);
        match self.0.entry(ours.place, |it| identity(*it) == ours, |it| identity(*it).place) {
            Entry::Occupied(first) => Err(export.twice(*first.get(), row)),
            Entry::Vacant(place) => {
                place.insert(row);
                Ok(())
            }
        }
    }
}

/// All rows of a table by what tells them apart.
struct Index<'t> {
    rows: &'t [Row],
    parts: Vec<Part>,
}

impl<'t> Index<'t> {
    /// Of several parts, each made by a processor.
    fn of(export: &'t Export, parts: usize) -> Result<Index<'t>, Flaw> {
        let made = in_parallel(parts, |at| {
            let mut part = Part(HashTable::with_capacity(export.rows.len() / parts));
            let ours = (0..).zip(&export.rows).filter(|(_, it)| part_of(it.identity, parts) == at);
            for (row, _) in ours {
                part.insert(export, row)?;
            }
            Ok(part)
        });
        Ok(Index { rows: &export.rows, parts: made.into_iter().collect::<Result<_, Flaw>>()? })
    }

    fn find(&self, identity: Identity) -> Option<u32> {
        self.parts[part_of(identity, self.parts.len())].find(self.rows, identity)
    }
}

fn part_of(identity: Identity, parts: usize) -> usize {
    identity.part as usize % parts
}

/// What was found of some newer rows.
#[derive(Default)]
struct Stretch {
    findings: Vec<Finding>,
    /// The older and the newer row of each that is in both.
    paired: Vec<(u32, u32)>,
}

impl Stretch {
    fn looked_up(
        Both { old, new }: &Both<Export>,
        columns: &Columns,
        index: &Index<'_>,
        rows: Range<usize>,
    ) -> Result<Stretch, Flaw> {
        let is_laid_out_alike = old.layout == new.layout;
        let (mut old_rows, mut new_rows) = (Reader::of(old), Reader::of(new));
        let (mut stretch, mut next_old) = (Stretch::default(), rows.start);
        for (is, row) in (rows.start as u32..).zip(&new.rows[rows]) {
            // Mostly a row follows the one that it followed.
            let next = old.rows.get(next_old).filter(|it| it.identity == row.identity);
            let was = next.map(|_| next_old as u32).or_else(|| index.find(row.identity));
            let Some(was) = was else {
                // What cannot be told is found now, and not in the middle of a report.
                new_rows.fields(is)?;
                stretch.findings.push(Finding::Added { new: is });
                continue;
            };
            next_old = was as usize + 1;
            stretch.paired.push((was, is));
            if is_laid_out_alike && old.rows[was as usize].content == row.content {
                continue;
            }
            let fields = differing(old_rows.fields(was)?, new_rows.fields(is)?, columns);
            if !fields.is_empty() {
                stretch.findings.push(Finding::Changed { old: was, new: is });
            }
        }
        Ok(stretch)
    }
}

/// How many parts can be worked on at the same time.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, |it| it.get().min(PROCESSORS_MAX))
}

/// What `work` makes of each of so many parts, in their order, all at the same time.
pub fn in_parallel<R: Send>(parts: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = (0..parts).map(|part| scope.spawn(move || work(part))).collect();
        running.into_iter().map(|it| it.join().expect("no part panics")).collect()
    })
}
