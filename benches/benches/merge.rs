//! What does deciding one field cost? A text and a phone number, in the cases that matter: nothing
//! moved, one side moved, both moved and the times prove an order.

use std::hint::black_box;

use concordat_benches::{at, rules};
use concordat_diff::merge::{Conditions, Contender, merge};
use concordat_model::{Agreed, Agreement, Interval, Offset, Sides, Value};
use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    fields(&mut criterion);
    criterion.final_summary();
}

fn fields(criterion: &mut Criterion) {
    let rules = rules();
    let conditions = Conditions {
        region: rules.region,
        offsets: Sides::<Offset>::default(),
        skew_limit_ms: rules.skew_limit_ms,
    };
    let text = |text: &str| Some(Value::text(text));
    let both = |upguard: &str, highlevel: &str| Sides {
        upguard: text(upguard),
        highlevel: text(highlevel),
    };
    let moved = Sides {
        upguard: Interval { after: Some(at(0)), until: at(60), stamped: false },
        highlevel: Interval { after: Some(at(600)), until: at(660), stamped: true },
    };
    let cases = [
        ("address", "unmoved", both("1 Long Street", "1 Long Street")),
        ("address", "one moved", both("2 Long Street", "1 Long Street")),
        ("address", "both moved", both("2 Long Street", "3 Long Street")),
        ("phone", "unmoved", both("(617) 555-0100", "+16175550100")),
        ("phone", "one moved", both("(617) 555-0111", "+16175550100")),
        ("phone", "both moved", both("(617) 555-0111", "+16175550122")),
    ];
    let bases = [
        ("address", both("1 Long Street", "1 Long Street")),
        ("phone", both("(617) 555-0100", "+16175550100")),
    ];
    let mut group = criterion.benchmark_group("merge");
    for (field, case, now) in cases {
        let rule = rules.mappings[0].field(&field.into()).expect("a built-in field");
        let (_, base) = bases.iter().find(|(name, _)| *name == field).expect("a base");
        let base = Agreed { held: base.clone(), how: Agreement::Equal };
        let contender = Contender {
            receives: None,
            turns: None,
            rule,
            base: Some(&base),
            now: now.map(|_, held| Some(held)),
            moved,
            writable: Sides { upguard: true, highlevel: true },
            lesson: None,
            taken: None,
        };
        group.bench_function(format!("{field}/{case}"), |bencher| {
            bencher.iter(|| merge(black_box(&contender), &conditions));
        });
    }
    group.finish();
}
