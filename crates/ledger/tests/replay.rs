//! What do events add up to? A table of cases, each a few events and what must stand afterwards.

use concordat_ledger::Standing;
use concordat_model::link::Agreed;
use concordat_model::why::Rule;
use concordat_model::*;

use crate::samples::{self, *};

fn replay(events: Vec<Event>) -> Standing {
    let mut standing = Standing::default();
    for (seq, event) in (0_u64..).zip(events) {
        let at = at(i64::try_from(seq).unwrap());
        let entry = Entry { seq, epoch: 1, at, pair: pair(), run: Some(run()), event };
        standing.apply(&entry);
    }
    standing
}

fn agreed(standing: &Standing, field: &str) -> Option<Agreed> {
    standing.agreements.links.get(&link())?.base.get(&Field::from(field)).cloned()
}

fn place(field: &str) -> (LinkId, Field) {
    (link(), Field::from(field))
}

#[test]
fn a_settlement_makes_the_link_and_its_base() {
    let standing = replay(vec![Event::Settled(settled(&["email"]))]);
    let link = &standing.agreements.links[&link()];
    assert_eq!(link.ends.upguard, [vendor("u1")]);
    assert_eq!(link.ends.highlevel, [contact("c1")]);
    assert_eq!(link.base.len(), 1);
    assert_eq!(link.stamps, Sides { upguard: None, highlevel: Some(at(40)) });
    assert_eq!(standing.agreements.since, Some(at(0)));
}

#[test]
fn a_settlement_says_all_ends_adds_fields_and_never_lowers_a_stamp() {
    let mut second = settled(&["name"]);
    second.ends.upguard = vec![vendor("u2")];
    second.stamps = Sides { upguard: Some(at(1)), highlevel: Some(at(1)) };
    let standing = replay(vec![Event::Settled(settled(&["email"])), Event::Settled(second)]);
    let link = &standing.agreements.links[&link()];
    assert_eq!(link.ends.upguard, [vendor("u2")]);
    assert_eq!(link.base.len(), 2);
    assert_eq!(link.stamps, Sides { upguard: Some(at(1)), highlevel: Some(at(40)) });
    // What a later settlement leaves out is not confirmed by it.
    assert_eq!(link.agreed[&"email".into()].stamps.upguard, None);
    assert_eq!(link.agreed[&"name".into()].stamps.upguard, Some(at(1)));
}

#[test]
fn of_each_field_it_is_known_by_which_entry_and_by_whose_write_it_was_agreed_on() {
    let kept = |name| field_receipt(name, "s", "s", Verdict::Confirmed);
    let lost = field_receipt("phone", "s", "f", Verdict::Discarded);
    let mut events = vec![
        Event::Settled(settled(&["email", "name", "phone"])),
        closed(receipt(Action::Update, vec![kept("email"), kept("name"), lost])),
        Event::Settled(settled(&["name"])),
    ];
    let written = |events: Vec<Event>| {
        let standing = replay(events);
        let agreed = &standing.agreements.links[&link()].agreed;
        ["email", "name", "phone"].map(|it| (agreed[&it.into()].entry, agreed[&it.into()].written))
    };
    let side = receipt(Action::Update, Vec::new()).side;
    assert_eq!(written(events.clone()), [(1, Some(side)), (2, None), (0, None)]);
    events.push(closed(Receipt {
        side: side.other(),
        ..receipt(Action::Update, vec![kept("email")])
    }));
    assert_eq!(written(events)[0], (3, Some(side.other())));
}

#[test]
fn a_settlement_ends_decisions_and_lessons_about_its_fields_only() {
    let discarded = |field| {
        closed(receipt(Action::Update, vec![field_receipt(field, "s", "f", Verdict::Discarded)]))
    };
    let standing = replay(vec![
        conflict("email"),
        conflict("title"),
        discarded("email"),
        discarded("title"),
        Event::Settled(settled(&["email"])),
    ]);
    assert_eq!(standing.agreements.taken.keys().collect::<Vec<_>>(), [&place("title")]);
    assert_eq!(standing.agreements.lessons.keys().collect::<Vec<_>>(), [&place("title")]);
}

#[test]
fn every_verdict_counts_as_the_table_says() {
    // action, verdict, how it is agreed, whether a lesson is learnt
    let table = [
        (Action::Update, Verdict::Confirmed, Some(Agreement::Equal), false),
        (Action::Update, Verdict::Normalised, Some(Agreement::Normalised), false),
        (Action::Update, Verdict::Discarded, None, true),
        (Action::Update, Verdict::Overtaken, None, false),
        (Action::Create, Verdict::Confirmed, Some(Agreement::Equal), false),
        (Action::Create, Verdict::Normalised, Some(Agreement::Normalised), false),
        (Action::Create, Verdict::Discarded, None, false),
        (Action::Create, Verdict::Overtaken, None, false),
    ];
    for (action, verdict, how, learnt) in table {
        let fields = vec![field_receipt("phone", "sent", "found", verdict)];
        let standing = replay(vec![intended(), closed(receipt(action, fields))]);
        let case = format!("{action:?} {verdict:?}");
        let found = agreed(&standing, "phone");
        assert_eq!(found.as_ref().map(|it| it.how), how, "{case}");
        if let Some(found) = found {
            assert!(found.held == held("source", "found"), "{case}");
        }
        let lesson = standing.agreements.lessons.get(&place("phone"));
        assert_eq!(lesson.is_some(), learnt, "{case}");
        if let Some(lesson) = lesson {
            assert!(lesson.sent == text("sent") && lesson.side == Side::Highlevel, "{case}");
        }
        assert!(standing.intents.is_empty(), "{case}");
        let link = &standing.agreements.links[&link()];
        assert_eq!(link.ends.upguard, [vendor("u1"), vendor("u2")], "{case}");
        assert_eq!(link.ends.highlevel, [contact("c1")], "{case}");
        assert_eq!(link.stamps, Sides { upguard: Some(at(45)), highlevel: Some(at(50)) }, "{case}");
        assert_eq!(link.read_back, Sides { upguard: None, highlevel: Some(at(51)) }, "{case}");
    }
}

#[test]
fn a_discarded_or_overtaken_write_leaves_the_base_and_the_decision() {
    for verdict in [Verdict::Discarded, Verdict::Overtaken] {
        let standing = replay(vec![
            Event::Settled(settled(&["phone"])),
            conflict("phone"),
            closed(receipt(Action::Update, vec![field_receipt("phone", "s", "f", verdict)])),
        ]);
        assert!(agreed(&standing, "phone").unwrap().held == held("same", "same"));
        assert!(standing.agreements.taken.contains_key(&place("phone")));
    }
}

#[test]
fn a_kept_write_ends_the_lesson_and_the_decision() {
    for verdict in [Verdict::Confirmed, Verdict::Normalised] {
        let write = |verdict| {
            closed(receipt(Action::Update, vec![field_receipt("phone", "s", "f", verdict)]))
        };
        let standing = replay(vec![conflict("phone"), write(Verdict::Discarded), write(verdict)]);
        assert!(standing.agreements.taken.is_empty());
        assert!(standing.agreements.lessons.is_empty());
    }
}

#[test]
fn what_had_no_effect_leaves_no_trace_but_that_it_is_closed() {
    let says = "why".to_owned();
    let outcome = Outcome::NoEffect { says };
    let open = replay(vec![intended()]);
    assert_eq!(open.intents[&intent()].step, step());
    assert_eq!(open.intents[&intent()].run, Some(run()));
    let standing = replay(vec![intended(), Event::Closed { intent: intent(), outcome }]);
    assert!(standing.intents.is_empty());
    assert!(standing.agreements.links.is_empty());
}

#[test]
fn tenants_are_set_once_and_changed_only_by_permission() {
    let again = |allowed: &[Class]| {
        let mut began = began(allowed);
        began.tenants = tenants("b");
        Event::RunBegan(began)
    };
    let id = |standing: Standing| standing.agreements.tenants.unwrap().upguard;
    let first = Event::RunBegan(began(&[]));
    assert_eq!(id(replay(vec![first.clone()])), "a-UpGuard");
    assert_eq!(id(replay(vec![first.clone(), again(&[])])), "a-UpGuard");
    assert_eq!(id(replay(vec![first, again(&[Class::Tenant])])), "b-UpGuard");
}

#[test]
fn a_first_agreement_stays_allowed_until_it_is_carried_through() {
    let part = |mut began: entry::RunBegan| {
        began.scope.limit = Some(5);
        Event::RunBegan(began)
    };
    let allowed = || began(&[Class::FirstAgreement]);
    // events, then: first allowed, first done, mapping known
    let table = [
        (vec![Event::RunBegan(began(&[]))], false, false),
        (vec![Event::RunBegan(allowed())], true, false),
        (vec![part(allowed())], false, false),
        (vec![part(allowed()), Event::RunEnded(ended(true))], false, false),
        (vec![Event::RunBegan(allowed()), Event::RunEnded(ended(false))], true, false),
        (vec![Event::RunBegan(allowed()), Event::RunEnded(ended(true))], false, true),
        (vec![Event::RunEnded(ended(true))], false, false),
    ];
    for (number, (events, first_allowed, done)) in table.into_iter().enumerate() {
        let agreements = replay(events).agreements;
        assert_eq!(agreements.first_allowed.is_some(), first_allowed, "case {number}");
        assert_eq!(agreements.first_done.contains_key(&"contacts".into()), done, "case {number}");
        assert_eq!(agreements.mapping.is_some(), done, "case {number}");
        assert_eq!(!agreements.population.is_empty(), done, "case {number}");
    }
}

#[test]
fn match_decisions_and_saved_plans_are_remembered() {
    let standing = replay(story());
    assert_eq!(
        standing.agreements.choices[&("contacts".into(), vendor("u9"))],
        Choice::Link(contact("c9"))
    );
    assert!(standing.planned.contains(&Fingerprint::of("test", &[b"plan"])));
    assert_eq!(standing.intents.keys().collect::<Vec<_>>(), [&IntentId("r/S4".into())]);
}

#[test]
fn an_archive_is_agreed_on_like_any_field_and_taken_back_likewise() {
    let sign = |source: Held, found: &str| {
        let mut field = field_receipt(link::ARCHIVED, found, found, Verdict::Confirmed);
        field.source = source;
        field
    };
    let archived = || closed(receipt(Action::Archive, vec![sign(link::gone(), "tagged")]));
    let begun = Event::Settled(settled(&["email"]));
    let standing = replay(vec![begun.clone(), ruled(Ruling::Approved), archived()]);
    let link = &standing.agreements.links[&link()];
    assert_eq!(link.archived(), Some(Side::Upguard));
    assert!(standing.agreements.rulings.is_empty(), "it is carried out");
    let back = closed(receipt(Action::Update, vec![sign(None, "bare")]));
    let standing = replay(vec![begun, archived(), back]);
    let link = &standing.agreements.links[&samples::link()];
    assert_eq!(link.archived(), None);
}

#[test]
fn a_dismissal_ends_the_link_and_everything_said_about_it_until_it_is_made_again() {
    let wanted = |choice| Event::Decided {
        decision: Decision::Match { mapping: "contacts".into(), record: vendor("u1"), choice },
        by: "ada".into(),
        reason: None,
    };
    let begun = || {
        vec![Event::Settled(settled(&["email"])), wanted(Choice::Create), ruled(Ruling::Cancelled)]
    };
    let ended = [begun(), vec![Event::Dismissed(dismissal())]].concat();
    let agreements = replay(ended.clone()).agreements;
    let link = &agreements.links[&link()];
    assert!(link.base.is_empty() && link.ends.highlevel.is_empty(), "nothing is agreed any more");
    assert_eq!(link.ends.upguard, [vendor("u1")]);
    assert_eq!(agreements.dismissed[&samples::link()], dismissal());
    assert!(agreements.rulings.is_empty() && agreements.choices.is_empty(), "that was before");
    // A person asks for it, and it is made.
    let made = closed(receipt(Action::Create, vec![]));
    let again = [ended, vec![wanted(Choice::Create), made]].concat();
    let agreements = replay(again).agreements;
    assert!(agreements.dismissed.is_empty());
    assert_eq!(agreements.links[&samples::link()].ends.highlevel, [contact("c1")]);
}

#[test]
fn the_stamps_of_a_record_are_not_those_of_its_successor() {
    let mut moved = settled(&[]);
    moved.ends.highlevel = vec![contact("c9")];
    moved.matched = Some(Matched::Succeeds("marker".into()));
    moved.stamps = Sides { upguard: None, highlevel: Some(at(7)) };
    let write = closed(receipt(Action::Update, vec![]));
    let standing = replay(vec![Event::Settled(settled(&["email"])), write, Event::Settled(moved)]);
    let link = &standing.agreements.links[&link()];
    assert_eq!(link.ends.highlevel, [contact("c9")]);
    assert_eq!(link.stamps.highlevel, Some(at(7)));
    assert_eq!(link.read_back, Sides::default());
    assert_eq!(link.base.len(), 1, "the base stays");
}

#[test]
fn a_deletion_ends_the_link_and_whoever_comes_back_is_somebody_new() {
    let link_is = Event::Decided {
        decision: Decision::Match {
            mapping: "contacts".into(),
            record: vendor("u1"),
            choice: Choice::Create,
        },
        by: "ada".into(),
        reason: None,
    };
    let made = closed(receipt(Action::Create, vec![]));
    let deleted = closed(receipt(Action::Delete, vec![]));
    let agreements =
        replay(vec![link_is, made.clone(), ruled(Ruling::Approved), deleted]).agreements;
    let link = &agreements.links[&link()];
    assert!(link.ends.iter().all(|(_, keys)| keys.is_empty()) && link.made.is_none());
    assert!(agreements.dismissed.is_empty(), "no person deleted it");
    assert!(agreements.choices.is_empty() && agreements.rulings.is_empty(), "that was before");
    let agreements = replay(vec![made]).agreements;
    assert!(agreements.links[&samples::link()].made.is_some());
}

#[test]
fn who_changed_what_we_agreed_on_is_remembered() {
    let wrote = |action, before: Option<&str>, found: &str| {
        let field = field_receipt("email", found, found, Verdict::Confirmed);
        closed(receipt(
            action,
            vec![entry::FieldReceipt { before: before.and_then(text), ..field }],
        ))
    };
    let edited = |events| replay(events).agreements.links[&link()].edited.highlevel;
    let made = wrote(Action::Create, None, "a");
    let update = |before, found| wrote(Action::Update, Some(before), found);
    assert!(!edited(vec![made.clone(), update("a", "b"), update("b", "c")]), "only we wrote");
    assert!(edited(vec![made.clone(), update("x", "b")]), "we wrote over what they wrote");
    assert!(edited(vec![made.clone(), update("x", "b"), update("b", "c")]), "for ever");
    assert!(edited(vec![made, Event::Settled(settled(&["email"]))]), "and found it");
}

/// From stamps alone: whoever moves a field back within minutes of our write does it because of that.
#[test]
fn how_soon_a_side_answers_our_write_is_measured() {
    let wrote = |side: Side, value: &str, stamp| {
        let mut field = field_receipt("email", value, value, Verdict::Confirmed);
        field.source = text(value);
        let receipt = receipt(Action::Update, vec![field]);
        closed(Receipt { side, source_stamp: Some(stamp), ..receipt })
    };
    // Each write is read back at 51. UpGuard's stamp is from before, so it did not answer anything.
    let suspect = |answered| {
        let turn =
            [wrote(Side::Highlevel, "ours", at(45)), wrote(Side::Upguard, "theirs", answered)];
        let standing = replay(turn.iter().cycle().take(7).cloned().collect());
        let turns = &standing.agreements.links[&link()].turns[&"email".into()];
        let why = turns.enough(Side::Upguard, at(7), &text("ours")).unwrap();
        (why.rule, why.side)
    };
    assert_eq!(suspect(at(60)), (Rule::Rewritten, Some(Side::Highlevel)));
    assert_eq!(suspect(at(51)), (Rule::Rewritten, Some(Side::Highlevel)));
    assert_eq!(suspect(at(50)), (Rule::Alternates, Some(Side::Upguard)));
}

#[test]
fn a_deletion_ends_what_was_said_and_learned_about_its_own_link_only() {
    let other = LinkId::from("L2");
    let learnt = |link: &LinkId| Receipt {
        link: link.clone(),
        ..receipt(Action::Update, vec![field_receipt("phone", "s", "f", Verdict::Discarded)])
    };
    let said = |link: &LinkId| Event::Decided {
        decision: Decision::Conflict {
            link: link.clone(),
            field: Field::from("phone"),
            held: held("one", "two"),
            take: Take::Side(Side::Upguard),
        },
        by: "sam".into(),
        reason: None,
    };
    let mut events: Vec<Event> =
        [link(), other.clone()].iter().flat_map(|it| [closed(learnt(it)), said(it)]).collect();
    events.push(closed(receipt(Action::Delete, vec![])));
    let agreements = replay(events).agreements;
    let left = (other, Field::from("phone"));
    assert_eq!(agreements.lessons.keys().collect::<Vec<_>>(), [&left]);
    assert_eq!(agreements.taken.keys().collect::<Vec<_>>(), [&left]);
}

/// A side that says which field is taken refuses that one; else nobody knows which.
#[test]
fn the_field_that_a_side_names_is_refused_or_all_of_them() {
    let refused = |twin: Option<Twin>| {
        let mut step = step();
        let title =
            FieldStep { name: "title".into(), path: "title".into(), ..step.fields[0].clone() };
        step.fields.push(title);
        let intended = Event::Intended { intent: intent(), step: Box::new(step) };
        let outcome = Outcome::Refused { says: "no".into(), twin };
        let standing = replay(vec![intended, Event::Closed { intent: intent(), outcome }]);
        let lessons = standing.agreements.lessons.into_iter();
        lessons.map(|((_, field), lesson)| (field.to_string(), lesson.what)).collect::<Vec<_>>()
    };
    let both = |what| vec![("phone".to_owned(), what), ("title".to_owned(), what)];
    assert_eq!(refused(None), both(Unkept::Rejected));
    let twin = |path: Option<&str>| Some(Twin { path: path.map(Path::from), record: None });
    assert_eq!(refused(twin(None)), both(Unkept::Taken));
    assert_eq!(refused(twin(Some("phone"))), [("phone".to_owned(), Unkept::Taken)]);
}
