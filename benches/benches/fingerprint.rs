//! What does it cost to know whether a record is the one last seen? The fingerprint of a reading, and
//! the canonical bytes of a value.

use std::hint::black_box;

use concordat_benches::record;
use concordat_model::{Side, Value};
use criterion::{Criterion, Throughput};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    readings(&mut criterion);
    criterion.final_summary();
}

fn readings(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fingerprint");
    group.throughput(Throughput::Elements(1));
    let reading = record(Side::Upguard, 7).reading;
    group.bench_function("a reading of six fields", |bencher| {
        bencher.iter(|| black_box(&reading).fingerprint());
    });
    let value = Value::text("Answers questionnaires within a week.");
    group.bench_function("the canonical bytes of a text", |bencher| {
        bencher.iter(|| black_box(&value).canonical());
    });
    group.finish();
}
