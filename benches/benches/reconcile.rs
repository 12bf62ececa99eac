//! What does making a plan cost? Pairing and merging of N linked companies with six fields each, of
//! which none or one in a hundred was edited; of N companies that were never linked; and of vendors with
//! contacts who carry their labels and profile.

use concordat_benches::{Town, staff};
use criterion::{BenchmarkId, Criterion, Throughput};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    towns(&mut criterion);
    staffs(&mut criterion);
    criterion.final_summary();
}

fn towns(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reconcile");
    group.sample_size(10);
    for companies in [1_000, 10_000] {
        group.throughput(Throughput::Elements(companies as u64));
        let towns = [
            ("nothing changed", Town::agreed(companies)),
            ("1 % changed", Town::agreed(companies).edited(100)),
            ("never linked", Town::strangers(companies)),
        ];
        for (name, town) in &towns {
            let id = BenchmarkId::new(*name, companies);
            group.bench_function(id, |bencher| bencher.iter(|| town.plan()));
        }
    }
    group.finish();
}

fn staffs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reconcile contacts");
    group.sample_size(10);
    for (vendors, each) in [(100, 10), (1_000, 10), (200, 50)] {
        let quiet = staff::agreed(vendors, each);
        group.throughput(Throughput::Elements(staff::links(&quiet) as u64));
        let towns = [
            ("nothing changed", quiet),
            ("1 % relabelled", staff::relabelled(staff::agreed(vendors, each), 100)),
        ];
        for (name, town) in &towns {
            let id = BenchmarkId::new(*name, format!("{vendors} x {each}"));
            group.bench_function(id, |bencher| bencher.iter(|| town.plan()));
        }
    }
    group.finish();
}
