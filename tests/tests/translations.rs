//! Do the forms that a person can name keep their laws? What is written is read back as the same value
//! (put, then get), writing what was read changes nothing that counts (get, then put), and what a form does
//! not understand it neither reads nor writes.

use std::sync::Arc;

use chrono::NaiveDate;
use concordat_mapping::{Case, Digits, Foreign, Kind, Lens, Table, Translation};
use concordat_model::{Held, Value};
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

fn digits() -> impl Strategy<Value = Digits> {
    select(&[Digits::Number, Digits::Text][..])
}

fn factor() -> impl Strategy<Value = Decimal> {
    let exact = vec!["10", "0.1", "1000", "0.001", "-1", "8", "0.25", "3", "7.5"];
    select(exact).prop_map(|it| it.parse().expect("a number"))
}

/// One to one: whoever stands in two rows is left out.
fn table() -> impl Strategy<Value = Table> {
    let cell = || {
        prop_oneof![
            "[A-Za-z0-9 é-]{1,6}".prop_map(|it| it.trim().to_owned()),
            (0..40_i64).prop_map(|it| it.to_string()),
        ]
    };
    prop::collection::vec((cell(), cell()), 1..8).prop_map(|pairs| {
        let mut rows: Vec<(Value, Value)> = Vec::new();
        for (here, shared) in pairs.into_iter().filter(|(a, b)| !a.is_empty() && !b.is_empty()) {
            let (here, shared) = (Value::Text(here), Value::Text(shared));
            if rows.iter().all(|(a, b)| *a != here && *b != shared) {
                rows.push((here, shared));
            }
        }
        Table { rows, otherwise: None }
    })
}

fn form() -> impl Strategy<Value = Translation> {
    prop_oneof![
        digits().prop_map(Translation::Number),
        (factor(), digits()).prop_map(|(by, digits)| Translation::Scaled(by, digits)),
        select(&["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%e %b %Y"][..])
            .prop_map(|it| Translation::Day(it.into())),
        Just(Translation::YesNo),
        select(&[Case::Upper, Case::Lower][..]).prop_map(Translation::Case),
        table().prop_map(|it| Translation::Table(Arc::new(it))),
    ]
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (1900..2200_i32, 1..=366_u32)
        .prop_filter_map("a day", |(year, day)| NaiveDate::from_yo_opt(year, day))
}

fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i32>().prop_map(|it| it.to_string()),
        (any::<i32>(), 0..9_u32).prop_map(|(it, scale)| Decimal::new(it.into(), scale).to_string()),
        select(&["0", "-0", "1e3", "0.10", "007", "9999999999999999999999", "½", "NaN", ""][..])
            .prop_map(str::to_owned),
    ];
    let words = vec!["Yes", "no", "TRUE", "maybe", "ß", "ŉ", "İstanbul", "ΣΑΣ", "ǅ", "High", "12"];
    prop_oneof![
        2 => number.clone().prop_map(Value::Text),
        1 => number.prop_map(Value::Decimal),
        1 => any::<i64>().prop_map(Value::Integer),
        1 => day().prop_map(Value::Date),
        1 => day().prop_map(|it| Value::text(it.format("%d.%m.%Y").to_string())),
        1 => day().prop_map(|it| Value::text(it.format("%Y-%m-%dT10:00:00Z").to_string())),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => select(words).prop_map(Value::text),
        1 => "\\PC{0,8}".prop_map(Value::Text),
    ]
}

/// How two shared values are compared where this form stands.
fn kind(form: &Translation) -> Kind {
    match form {
        Translation::Number(_) | Translation::Scaled(..) => Kind::Number,
        Translation::Day(_) => Kind::Day,
        Translation::YesNo => Kind::Flag,
        Translation::Case(_) => Kind::Caseless,
        Translation::Table(_) => Kind::Text,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..Default::default() })]

    /// Put, then get.
    #[test]
    fn what_is_written_is_read_back(form in form(), other in form(), native in value()) {
        // Shared values are what some form reads; those of the same kind are what this one is given.
        let alike = [&form, &other].into_iter().filter(|it| kind(it) == kind(&form));
        for shared in alike.filter_map(|it| it.read(&native).ok()) {
            if let Ok(written) = form.write(&shared) {
                let back = form.read(&written).map(Some);
                let key = |it: &Value| kind(&form).key(&Some(it.clone()), None);
                prop_assert!(
                    back.as_ref().is_ok_and(|back| back.as_ref().and_then(key) == key(&shared)),
                    "{form:?}: {shared} is written {written} and read back {back:?}"
                );
            }
        }
    }

    /// Get, then put, then get.
    #[test]
    fn what_was_read_can_be_written_and_is_the_same(form in form(), native in value()) {
        if let Ok(shared) = form.read(&native) {
            let written = form.write(&shared);
            prop_assert!(written.is_ok(), "{form:?} reads {native} as {shared} and cannot write it");
            let back = written.ok().and_then(|it| form.read(&it).ok());
            let key = |it: &Held| kind(&form).key(it, None);
            prop_assert_eq!(key(&back), key(&Some(shared)), "{:?}: {}", form, native);
        }
    }

    /// Through a lens, nothing is nothing, and what is foreign is shared as it is and written by nobody.
    #[test]
    fn what_is_foreign_is_left_as_it_is(form in form(), native in value()) {
        let lens = Lens::Form(form.clone());
        let held = Some(native.clone());
        let plain = Lens::Plain.get(&held, None);
        match lens.read(&held, None) {
            Err(Foreign) => prop_assert_eq!(lens.get(&held, None), plain),
            Ok(shared) => prop_assert_eq!(lens.get(&held, None), shared),
        }
        prop_assert_eq!(lens.put(&None), Ok(None));
        prop_assert_eq!(lens.read(&None, None), Ok(None));
    }
}

#[test]
fn a_number_that_a_factor_does_not_divide_is_left_alone() {
    let third = Translation::Scaled(Decimal::from(3), Digits::Text);
    assert_eq!(third.read(&Value::text("70")), Err(Foreign));
    assert_eq!(third.read(&Value::text("69")), Ok(Value::Integer(23)));
    let percent = Translation::Scaled("0.1".parse().unwrap(), Digits::Number);
    assert_eq!(percent.write(&Value::Integer(712)), Ok(Value::Decimal("71.2".into())));
    assert_eq!(percent.read(&Value::Decimal("71.2".into())), Ok(Value::Integer(712)));
}

#[test]
fn a_day_is_read_in_its_format_only() {
    let european = Translation::Day("%d.%m.%Y".into());
    let day = NaiveDate::from_ymd_opt(2026, 2, 28).map(Value::Date).expect("a day");
    assert_eq!(european.write(&day), Ok(Value::text("28.02.2026")));
    assert_eq!(european.read(&Value::text("2026-02-28")), Err(Foreign));
    assert_eq!(european.read(&Value::text("31.02.2026")), Err(Foreign));
    let iso = Translation::Day("%Y-%m-%d".into());
    assert_eq!(iso.read(&Value::text("2026-02-28T23:59:59Z")), Ok(day));
}
