//! Is a ledger that rotted told from one that was torn? A copy of it is damaged behind everybody's back.

use concordat_ledger::{Disk, MemoryDisk, verify_on};

/// As the ledger names its files.
const FRAMES: &str = ".frames";
const MARK: &str = "durable";

/// Complaints about damage that goes unnoticed.
pub fn unnoticed(disk: &MemoryDisk) -> Vec<String> {
    let cut = copy(disk);
    let last = |disk: &MemoryDisk| frames(disk).pop();
    let Some(name) = last(&cut) else { return Vec::new() };
    cut.tamper(&name, |bytes| bytes.truncate(bytes.len() - 1));
    // Without the mark nothing but what follows tells that this was durable once.
    let rotten = copy(disk);
    rotten.remove(MARK);
    let first = frames(&rotten).swap_remove(0);
    rotten.tamper(&first, |bytes| {
        // A frame in the middle, in its checksum: a flag may rot, and nothing is lost.
        let begin = |at: &usize| bytes[*at..].starts_with(b"CLG");
        let at = (bytes.len() / 2..bytes.len()).find(begin).unwrap_or_default();
        bytes[at + 16] ^= 1;
    });
    let damaged = [("an end that was cut off", &cut), ("a bit that turned", &rotten)];
    let unnoticed = damaged.into_iter().filter(|(_, disk)| verify_on(*disk).is_ok());
    unnoticed.map(|(what, _)| format!("the ledger is read in spite of {what}")).collect()
}

fn frames(disk: &MemoryDisk) -> Vec<String> {
    let mut names = disk.list().expect("memory");
    names.retain(|it| it.ends_with(FRAMES));
    names.sort();
    names
}

fn copy(disk: &MemoryDisk) -> MemoryDisk {
    let copy = MemoryDisk::new();
    for name in disk.list().expect("memory") {
        let bytes = disk.read(&name).expect("memory");
        copy.tamper(&name, |content| *content = bytes);
    }
    copy
}
