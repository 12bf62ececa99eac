//! What holds for any damage to a ledger? It is refused, and nothing is touched; or what is there is what was
//! written, from the first entry on. Only an end that was never said to be durable may be cut off.
//!
//! An input that begins like a frame is all of a file. Any other is a row of edits to the ledger of the golden files.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use concordat_ledger::{Disk, History, Ledger, LedgerError, MemoryDisk, Recorded, verify_on};
use concordat_model::{PairId, Time};
use concordat_store::MemoryTables;

use super::Choices;

const FRAMES: &str = "00000000000000000000.frames";
const MARK: &str = "durable";
/// So many edits are made at most.
const EDITS_MAX: usize = 8;
/// What says that an opening was erased: who finds these eight bytes has erased it.
const ERASED: &[u8] = b"-erased\n";

/// The files, and the entries in them.
struct Written {
    frames: Vec<u8>,
    mark: Vec<u8>,
    entries: Vec<Recorded>,
    /// Where the last frame begins.
    last: usize,
}

static WRITTEN: LazyLock<Written> = LazyLock::new(|| {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/ledger/tests/golden/v1");
    let file = |name| std::fs::read(golden.join(name)).expect("a golden file");
    let (frames, mark) = (file(FRAMES), file(MARK));
    let disk = disk_of(&frames, &mark);
    let history = History::read_on(&disk).expect("the golden ledger");
    let last = frames.windows(3).rposition(|it| it == b"CLG").expect("a frame");
    Written { frames, mark, entries: history.entries().cloned().collect(), last }
});

fn disk_of(frames: &[u8], mark: &[u8]) -> MemoryDisk {
    let disk = MemoryDisk::new();
    for (name, bytes) in [(FRAMES, frames), (MARK, mark)] {
        disk.tamper(name, |content| content.extend_from_slice(bytes));
    }
    disk
}

fn content(disk: &MemoryDisk) -> Vec<(String, Vec<u8>)> {
    let names = disk.list().expect("memory");
    names.into_iter().map(|it| (it.clone(), disk.read(&it).expect("memory"))).collect()
}

fn open(disk: &MemoryDisk) -> Result<Ledger, LedgerError> {
    let now = Time::from_timestamp(1_790_000_000, 0).expect("a time");
    let (pair, tables) = (PairId::from("acme"), Arc::new(MemoryTables::new()));
    Ledger::open_on(Box::new(disk.clone()), pair, now, "0.1.0", Box::new(|| [7; 32]), tables)
}

/// The law of ledgers.
pub fn any_damage(input: &[u8]) {
    let written = &*WRITTEN;
    let is_raw = input.starts_with(b"CLG");
    let (frames, mark) = if is_raw { (input.to_vec(), Vec::new()) } else { edited(input, written) };
    let disk = disk_of(&frames, &mark);
    let before = content(&disk);
    let read = History::read_on(&disk);
    let verified = verify_on(&disk);
    assert!(before == content(&disk), "whoever only looks changes something");
    assert!(read.is_ok() || verified.is_err(), "what cannot be read is verified");

    let opened = open(&disk);
    let Ok(ledger) = opened else {
        assert!(before == content(&disk), "a ledger that is refused is changed");
        return;
    };
    let read = read.expect("what can be opened can be read");
    let cut = ledger.torn().map_or(0, |it| it.bytes);
    let position = ledger.position();
    drop(ledger);
    let after = History::read_on(&disk).expect("what was opened can be read");
    assert_eq!(after.entries().len(), read.entries().len() + 1, "one entry more, which says so");
    assert_eq!(position, read.entries().len() as u64);
    let is_longer = disk.read(FRAMES).expect("a file").len() as u64 + cut > frames.len() as u64;
    assert!(is_longer, "more is cut off than is told");
    assert!(verify_on(&disk).is_ok() || verified.is_err(), "opening damages it");
    if is_raw {
        return;
    }
    for (now, then) in after.entries().zip(&written.entries).take(read.entries().len()) {
        assert_eq!((&now.leaf, now.leaf_hash), (&then.leaf, then.leaf_hash), "another entry");
        let is_erased =
            now.opening.is_none() && frames.windows(ERASED.len()).any(|it| it == ERASED);
        assert!(now.opening == then.opening || is_erased, "an entry says something else");
    }
    let all = written.entries.len();
    assert!(read.entries().len() <= all, "entries that nobody wrote");
    if read.entries().len() < all {
        assert!(mark != written.mark, "a durable entry is cut off");
        // The last entry was written by itself, after all others were durable.
        let last = &written.frames[written.last..];
        let follows = frames.windows(last.len()).any(|it| it == last);
        assert!(!follows, "an entry that rotted is cut off, with those that follow");
    }
}

/// The files after the edits that `input` says.
fn edited(input: &[u8], written: &Written) -> (Vec<u8>, Vec<u8>) {
    let (mut frames, mut mark) = (written.frames.clone(), written.mark.clone());
    let mut choices = Choices(input);
    for _ in 0..EDITS_MAX {
        if choices.is_over() {
            break;
        }
        let edit = choices.below(8);
        let file = if choices.below(4) == 3 { &mut mark } else { &mut frames };
        let place = usize::from(u16::from_be_bytes([choices.byte(), choices.byte()]));
        let at = place % file.len().max(1);
        let byte = choices.byte();
        match edit {
            0 => file.truncate(at),
            1 => file.insert(at, byte),
            2 => drop((at < file.len()).then(|| file.remove(at))),
            3 => file.extend_from_within(at.min(file.len())..),
            4 => file.iter_mut().skip(at).take(usize::from(byte)).for_each(|it| *it = 0),
            5 => file.clear(),
            6 => file.iter_mut().skip(at).take(1).for_each(|it| *it = byte),
            _ => file.iter_mut().skip(at).take(1).for_each(|it| *it ^= 1 << (byte % 8)),
        }
    }
    (frames, mark)
}
