//! What does it cost to compare two exports of 14 columns? Of no row that differs, one in a hundred, and all. What
//! others take for the same is measured by `benches/peers/compare.py`.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use concordat_compare::{Both, Form, compare};
use criterion::{BenchmarkId, Criterion, Throughput};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    exports(&mut criterion);
    criterion.final_summary();
}

fn exports(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compare");
    group.sample_size(10);
    for rows in [10_000, 100_000] {
        group.throughput(Throughput::Elements(rows));
        let old = table(rows, None);
        for (name, every) in [("nothing", None), ("1 %", Some(100)), ("all", Some(1))] {
            let new = table(rows, every);
            group.bench_function(BenchmarkId::new(name, rows), |bencher| {
                bencher.iter(|| differences(&old, &new));
            });
            let expected = every.map_or(0, |every| rows / every);
            assert_eq!(differences(&old, &new) as u64, expected);
        }
    }
    group.finish();
}

/// How many fields differ, each told.
fn differences(old: &File, new: &File) -> usize {
    let again = |it: &File| it.try_clone().expect("another handle");
    let files = Both { old: again(old), new: again(new) };
    let compared = compare(files, Form::Csv, &["id".to_owned()]).expect("two tables");
    compared.differences().map(|it| it.expect("a row").fields.len()).sum()
}

/// A table of 14 columns, in which one row of so many says something else.
fn table(rows: u64, every: Option<u64>) -> File {
    let mut file = BufWriter::new(tempfile::tempfile().expect("a file"));
    let mut line = |text: String| file.write_all(text.as_bytes()).expect("room for it");
    line("id,first,last,email,phone,company,street,city,country,tags,score,tier,at,note\n".into());
    for row in 0..rows {
        let tier = if every.is_some_and(|it| row % it == 0) { "changed" } else { "2" };
        let note = if row % 100 == 0 { "\"said \"\"yes\"\",\nthen no\"" } else { "a note" };
        line(format!(
            "{row:020x},Ann,Lee,ann.lee.{row}@example.com,+1555{row:07},Company {row},{row} Main Street,\
             Berlin,DE,tag1;tag2,{},{tier},2026-06-01T00:00:00Z,{note}\n",
            row % 950,
        ));
    }
    file.into_inner().expect("all of it")
}
