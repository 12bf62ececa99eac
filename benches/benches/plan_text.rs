//! What does it cost to tell a plan? As text for people, and as the document that is saved and read
//! back, for a plan of a thousand updates.

use concordat_benches::Town;
use concordat_report::{Forecast, Paint, PlanDocument, plan_text};
use criterion::{Criterion, Throughput};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    plans(&mut criterion);
    criterion.final_summary();
}

fn plans(criterion: &mut Criterion) {
    let plan = Town::agreed(1_000).edited(1).plan();
    assert_eq!(plan.steps.len(), 1_000);
    let document = PlanDocument::of(&plan, Forecast::default(), Vec::new());
    let mut saved = Vec::new();
    document.write(&mut saved).expect("memory takes it");

    let mut group = criterion.benchmark_group("plan");
    group.sample_size(20);
    group.throughput(Throughput::Elements(plan.steps.len() as u64));
    group.bench_function("text", |bencher| {
        bencher.iter(|| plan_text(&document, Paint::default()));
    });
    group.bench_function("saved", |bencher| {
        bencher.iter(|| {
            let mut bytes = Vec::with_capacity(saved.len());
            let document = PlanDocument::of(&plan, Forecast::default(), Vec::new());
            document.write(&mut bytes).expect("memory takes it");
            bytes
        });
    });
    group.bench_function("read back and checked", |bencher| {
        bencher.iter(|| PlanDocument::read(&saved, "plan.json").expect("it was just written"));
    });
    group.finish();
}
