//! Does every reason come with a way on?

use concordat_model::{Interval, Side, Sides, Time};

use super::*;
use crate::explain::{EndFacts, RuleFacts};

/// Every rule there is, as its schema lists them.
fn rules() -> Vec<Rule> {
    let schema = schemars::schema_for!(Rule);
    let rules = schema.get("oneOf").and_then(|it| it.as_array()).expect("one of several");
    let rule = |it: &serde_json::Value| serde_json::from_value(it["const"].clone());
    rules.iter().map(|it| rule(it).expect("a rule")).collect()
}

fn field(outcome: Upshot) -> FieldFacts {
    let since = Interval { after: None, until: Time::UNIX_EPOCH, stamped: false };
    let end = |_| EndFacts {
        path: "phone".into(),
        form: None,
        written: Written::Always,
        covered: true,
        held: None,
        moved: None,
        since,
    };
    FieldFacts {
        name: "phone".into(),
        ends: Sides::from_fn(end),
        agreed: None,
        rule: RuleFacts {
            contest: Contest::Hold,
            strength: Strength::Enforce,
            adopt: None,
            restores: false,
            skew_limit_ms: 30_000,
        },
        decided: None,
        outcome,
    }
}

#[test]
fn every_rule_says_what_would_change_it() {
    for rule in rules() {
        for side in Side::BOTH {
            let why = Why::about(rule, side);
            let of_field = of_field(None, &field(Upshot::Hold { why }));
            assert!(!of_field.is_empty(), "{rule:?} of a field has no way on");
            assert!(of_field.iter().all(|it| !it.is_empty() && !it.ends_with('.')), "{of_field:?}");
        }
    }
}

#[test]
fn every_rule_about_a_whole_record_says_so_too() {
    let about_fields = rules().into_iter().filter(|&rule| of_record(&Why::plain(rule)).is_empty());
    assert_eq!(about_fields.count(), 20, "rules that decide fields and never a whole record");
}

#[test]
fn only_answers_that_can_be_carried_out_are_offered() {
    let why = Why::plain(Rule::Hold);
    let mut one_way = field(Upshot::Ask { conflict: "c-1".into(), why });
    assert_eq!(takes(&one_way), "upguard|highlevel|leave");
    one_way.ends.upguard.written = Written::Never;
    assert_eq!(takes(&one_way), "upguard|leave", "UpGuard cannot take HighLevel's value");
}
