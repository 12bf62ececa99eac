//! Does every reason come with a way on?

use concordat_model::{Interval, Side, Sides, Time};

use super::*;
use crate::explain::{EndFacts, RuleFacts};

/// Every rule; the match below fails to compile if one is added, and is the reminder to add it here.
const RULES: [Rule; 32] = [
    Rule::OnlyMoved,
    Rule::LastWriteWins,
    Rule::Fallback,
    Rule::Prefer,
    Rule::Hold,
    Rule::Fill,
    Rule::Adopt,
    Rule::FirstDiffers,
    Rule::Decided,
    Rule::Missing,
    Rule::Drift,
    Rule::Restore,
    Rule::CannotClear,
    Rule::Discarded,
    Rule::Taken,
    Rule::Rejected,
    Rule::OwnValue,
    Rule::Dormant,
    Rule::Unwritable,
    Rule::NotSeen,
    Rule::Gone,
    Rule::Incomplete,
    Rule::NoIdentity,
    Rule::Incompletable,
    Rule::InDoubt,
    Rule::Unite,
    Rule::Replica,
    Rule::NewReplica,
    Rule::PutBack,
    Rule::Contested,
    Rule::Shared,
    Rule::Left,
];

fn field(outcome: Upshot) -> FieldFacts {
    let since = Interval { after: None, until: Time::UNIX_EPOCH, stamped: false };
    let end = |_| EndFacts {
        path: "phone".into(),
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
    for rule in RULES {
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
    let about_fields = RULES.iter().filter(|&&rule| of_record(&Why::plain(rule)).is_empty());
    assert_eq!(about_fields.count(), 16, "rules that decide fields and never a whole record");
}

#[test]
fn only_answers_that_can_be_carried_out_are_offered() {
    let why = Why::plain(Rule::Hold);
    let mut one_way = field(Upshot::Ask { conflict: "c-1".into(), why });
    assert_eq!(takes(&one_way), "upguard|highlevel|leave");
    one_way.ends.upguard.written = Written::Never;
    assert_eq!(takes(&one_way), "upguard|leave", "UpGuard cannot take HighLevel's value");
}
