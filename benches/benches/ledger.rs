//! What does remembering cost? Appending to a ledger on a disk in memory (so without the disk's own
//! sync); and reading one: replayed, as at every start, and verified, as for an auditor.

use concordat_benches::{Town, at, events};
use concordat_ledger::{History, Ledger, MemoryDisk, SaltSource, verify_on};
use concordat_model::{Event, PairId, RunId};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    ledgers(&mut criterion);
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
    let pair = PairId::new("bench");
    Ledger::open_on(Box::new(disk.clone()), pair, at(0), "bench", salts()).expect("a sound ledger")
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
