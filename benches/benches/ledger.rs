//! What does remembering cost? Appending to a ledger on a disk in memory (so without the disk's own
//! sync); and reading one: replayed, as at every start, and verified, as for an auditor.

use std::sync::Arc;

use concordat_benches::{Town, at, events};
use concordat_ledger::{History, Ledger, MemoryDisk, SaltSource, verify_on};
use concordat_model::{Event, LinkId, Outcome, PairId, RunId};
use concordat_store::MemoryTables;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    ledgers(&mut criterion);
    openings(&mut criterion);
    criterion.final_summary();
}

fn salts() -> SaltSource {
    let mut count = 0_u64;
    Box::new(move || {
        count += 1;
        let mut salt = [0; 32];
        salt[..8].copy_from_slice(&count.to_be_bytes());
        salt
    })
}

fn open(disk: &MemoryDisk) -> Ledger {
    open_with(disk, &Arc::default())
}

fn open_with(disk: &MemoryDisk, tables: &Arc<MemoryTables>) -> Ledger {
    let tables = Arc::clone(tables) as _;
    let (disk, pair) = (Box::new(disk.clone()), PairId::new("bench"));
    Ledger::open_on(disk, pair, at(0), "bench", salts(), tables).expect("a sound ledger")
}

fn ledgers(criterion: &mut Criterion) {
    let run = RunId::new("r000001");
    let steps = Town::agreed(1_000).edited(1).plan().steps;
    let deeds: Vec<Event> = events(&run, &steps);
    let mut group = criterion.benchmark_group("ledger");
    group.sample_size(20);

    for (name, count) in [("append one by one", 1), ("append in groups of 100", 100)] {
        group.throughput(Throughput::Elements(200));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || (open(&MemoryDisk::new()), deeds[..200].to_vec()),
                |(mut ledger, deeds)| {
                    for group in deeds.chunks(count) {
                        ledger.append_all(at(1), Some(&run), group.to_vec()).expect("room");
                    }
                    ledger
                },
                BatchSize::LargeInput,
            );
        });
    }

    for writes in [100, 1_000] {
        let disk = MemoryDisk::new();
        open(&disk).append_all(at(1), Some(&run), deeds[..2 * writes].to_vec()).expect("room");
        group.throughput(Throughput::Elements(2 * writes as u64));
        group.bench_function(BenchmarkId::new("read and replay", 2 * writes), |bencher| {
            bencher.iter(|| {
                let history = History::read_on(&disk).expect("a sound ledger");
                history.standing(&PairId::new("bench"))
            });
        });
        group.bench_function(BenchmarkId::new("verify", 2 * writes), |bencher| {
            bencher.iter(|| verify_on(&disk).expect("a sound ledger"));
        });
    }
    group.finish();
}

/// Opening, with a checkpoint up to the last entry and with a store that knows nothing.
fn openings(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ledger");
    group.sample_size(10);
    let run = RunId::new("r000001");
    for entries in [10_000, 100_000] {
        let disk = MemoryDisk::new();
        let tables = Arc::default();
        let mut ledger = open_with(&disk, &tables);
        for begin in (0..entries / 2).step_by(5_000) {
            let steps = Town::agreed(5_000).edited(1).plan().steps;
            let deeds = events(&run, &steps).into_iter().map(|event| renamed(event, begin));
            ledger.append_all(at(1), Some(&run), deeds.collect()).expect("room");
        }
        ledger.checkpoint().expect("memory");
        drop(ledger);
        group.throughput(Throughput::Elements(entries as u64));
        group.bench_function(BenchmarkId::new("open with a checkpoint", entries), |bencher| {
            bencher.iter(|| open_with(&disk, &tables));
        });
        group.bench_function(BenchmarkId::new("open with an empty store", entries), |bencher| {
            bencher.iter(|| open(&disk));
        });
    }
    group.finish();
}

/// The event, about another link.
fn renamed(mut event: Event, number: usize) -> Event {
    let anew = |link: &LinkId| LinkId::new(format!("{link}-{number}"));
    if let Event::Intended { step, .. } = &mut event {
        step.link = anew(&step.link);
    }
    if let Event::Closed { outcome: Outcome::Verified(receipt), .. } = &mut event {
        receipt.link = anew(&receipt.link);
    }
    event
}
