//! Do the commands that ask say what a plan would do? In one process, on a sandbox with people in it.

mod world;

use std::collections::{BTreeMap, BTreeSet};

use concordat_cli::code::Code;
use concordat_cli::commands::explain;
use concordat_cli::failure::{Exit, Failure};
use concordat_model::{Entry, Event, Field, Held, LinkId, Plan, RecordKey, Rule, Side, Why};
use concordat_report::explain::{Stands, Upshot};
use concordat_report::runs::RunState;
use concordat_report::{ExplainDocument, RunShownDocument};
use serde_json::json;

use crate::world::World;

fn told(world: &World, wanted: &str) -> explain::Told {
    match explain::tell(wanted, &world.session, &world.shell) {
        Ok(told) => told,
        Err(failure) => panic!("{failure}"),
    }
}

fn refused(world: &World, wanted: &str) -> Failure {
    explain::tell(wanted, &world.session, &world.shell).err().expect("it is refused")
}

/// What is said about a field or set of a link; of a set it can be several things.
type Said = BTreeMap<(LinkId, Field), Vec<Upshot>>;

/// What a plan would do to each field, as `explain` tells it, without what needs no telling. What is
/// shared with others is told when one asks for its link, and at each of the things it belongs to.
fn explained(world: &World, plan: &Plan) -> Said {
    let (mut all, mut beside) = (Said::new(), Vec::new());
    let new = plan.settlements.iter().map(|it| it.link.clone());
    let links: BTreeSet<LinkId> = world.links().into_iter().chain(new).collect();
    for link in links {
        let told = told(world, link.as_str());
        for field in told.fields {
            say(&mut all, (&link, &field.name), [field.outcome]);
        }
        for replica in told.replicas {
            let mut said = Said::new();
            for field in replica.fields {
                say(&mut said, (&replica.link, &field.name), [field.outcome]);
            }
            for set in replica.sets {
                say(&mut said, (&replica.link, &set.name), set.outcomes);
            }
            if replica.link == link { all.extend(said) } else { beside.extend(said) }
        }
    }
    for (place, said) in beside {
        assert_eq!(all.get(&place), Some(&said), "told in two ways: {place:?}");
    }
    all
}

fn say(all: &mut Said, (link, field): (&LinkId, &Field), said: impl IntoIterator<Item = Upshot>) {
    for upshot in said {
        match upshot {
            Upshot::Nothing | Upshot::Agree { .. } => {}
            upshot => all.entry((link.clone(), field.clone())).or_default().push(upshot),
        }
    }
}

/// The same, as the plan itself says it.
fn planned(plan: &Plan) -> Said {
    let mut all = Said::new();
    for step in plan.steps.iter().filter(|it| it.record.is_some()) {
        for field in &step.fields {
            let (to, after, why) = (step.side, field.after.clone(), field.why);
            say(&mut all, (&step.link, &field.name), [Upshot::Write { to, after, why }]);
        }
    }
    for it in &plan.conflicts {
        let verdict = Upshot::Ask { conflict: it.id.clone(), why: it.why };
        say(&mut all, (&it.link, &it.field), [verdict]);
    }
    let report: fn(Why) -> Upshot = |why| Upshot::Report { why };
    let hold: fn(Why) -> Upshot = |why| Upshot::Hold { why };
    for (notices, verdict) in [(&plan.drift, report), (&plan.held, hold)] {
        for it in notices {
            if let Some(place) = it.link.as_ref().zip(it.field.as_ref()) {
                say(&mut all, place, [verdict(it.why)]);
            }
        }
    }
    all
}

/// Goal: `explain` never says anything else than the plan. Method: compare all of both, before and
/// after the first agreement, with people at work on both sides.
#[tokio::test(flavor = "multi_thread")]
async fn every_field_is_explained_as_it_is_planned() {
    let world = World::begins().await;
    world.pull().await;
    let plan = world.plan();
    assert_eq!(explained(&world, &plan), planned(&plan));

    world.agree().await;
    let [first, second, ..] = &world.vendors()[..] else { panic!("too few vendors") };
    world.edit(first, Side::Highlevel, json!({ "phone": "+1 646 555 0188" }));
    world.edit(second, Side::Upguard, json!({ "attributes": { "Relationship notes": "March" } }));
    world.edit(second, Side::Highlevel, json!({ "description": "April" }));
    let person = &world.people()[0];
    world.edit(person, Side::Highlevel, json!({ "lastName": "Newly-Married" }));
    world.pull().await;
    let plan = world.plan();
    let all = explained(&world, &plan);
    assert_eq!(all, planned(&plan));
    let kinds = |is: fn(&Upshot) -> bool| all.values().flatten().filter(|it| is(it)).count();
    assert!(kinds(|it| matches!(it, Upshot::Write { .. })) > 0);
    assert_eq!(kinds(|it| matches!(it, Upshot::Ask { .. })), 1);
    assert_eq!(kinds(|it| matches!(it, Upshot::Report { .. })), 1);

    let conflict = told(&world, &format!("{}.Description", second.id));
    assert!(conflict.field_named);
    let field = &conflict.fields[0];
    let text = |held: &Held| held.as_ref().map(ToString::to_string);
    assert_eq!(text(&field.ends.upguard.held).as_deref(), Some("March"));
    assert_eq!(text(&field.ends.highlevel.held).as_deref(), Some("April"));
    assert_eq!(field.ends.as_ref().map(|_, end| end.moved), both(Some(true)));
    let document = ExplainDocument::of(conflict.explanation, conflict.fields, Vec::new());
    let ways = document.fields[0].would_change.join("\n");
    assert!(ways.contains("concordat conflicts resolve c-"), "{ways}");
    assert!(ways.contains("mapping.vendors.fields.description"), "{ways}");
}

/// What a vendor shares with its contacts is told at the vendor, at each contact, and for each label,
/// tag and tier alone.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_shared_is_told_at_both_ends() {
    let world = World::begins().await;
    world.pull().await;
    world.agree().await;
    let (vendor, contacts) = world.family();
    let [one, other, ..] = &contacts[..] else { panic!("one vendor has several contacts") };
    world.edit_record(&vendor, json!({ "labels": ["PCI", "Board review"] }));
    world.edit_record(one, json!({ "tags": ["ug:pci", "ug:dora", "golf"] }));
    world.edit_record(one, json!({ "customFields.contact.vendor_tier": 4 }));
    world.edit_record(other, json!({ "customFields.contact.vendor_score": 1 }));
    world.pull().await;
    let plan = world.plan();
    let all = explained(&world, &plan);
    assert_eq!(all, planned(&plan));
    let writes = |it: &Upshot| matches!(it, Upshot::Write { .. });
    let of = |name: &str| {
        let said = all.iter().filter(|((_, field), _)| field.as_str() == name);
        said.filter(|(_, all)| all.iter().any(writes)).count()
    };
    let counts = ["labels", "tier", "score"].map(of);
    assert_eq!(counts, [contacts.len(), contacts.len(), 1], "{all:#?}");

    let at_vendor = told(&world, &format!("{vendor}.labels"));
    assert!(at_vendor.field_named && at_vendor.fields.is_empty());
    assert_eq!(at_vendor.replicas.len(), contacts.len(), "per contact");
    let set = |told: &explain::Told, record: &RecordKey| {
        let found = told.replicas.iter().find(|it| it.record == *record);
        found.map(|it| it.sets[0].clone()).expect("the set of that record")
    };
    let labels = set(&at_vendor, one);
    let text = |held: &Held| held.as_ref().map(ToString::to_string).unwrap_or_default();
    assert_eq!(text(&labels.ends.upguard.shared), "Board review, PCI");
    assert_eq!(text(&labels.ends.highlevel.shared), "dora, pci", "no golf, and no namespace");
    assert_eq!(labels.ends.as_ref().map(|_, it| it.moved), both(Some(true)));
    let at_contact = told(&world, &format!("{one}.labels"));
    assert_eq!(at_contact.replicas.len(), 1, "per vendor");
    assert_eq!(set(&at_contact, &vendor), labels);

    let tier = told(&world, &format!("{one}.TIER"));
    let field = &tier.replicas[0].fields[0];
    assert_eq!(text(&field.ends.highlevel.held), "4");
    assert!(matches!(field.outcome, Upshot::Write { to: Side::Upguard, .. }), "{field:?}");
    let whole = told(&world, &vendor.to_string());
    assert!(!whole.fields.is_empty(), "and its own fields");
    assert_eq!(whole.replicas.len(), 2 * contacts.len(), "labels and profiles");
    let no_field = refused(&world, &format!("{one}.fax"));
    assert!(no_field.hint.is_some_and(|hint| hint.contains("labels, tier")), "they are listed too");
}

fn both<T: Clone>(thing: T) -> concordat_model::Sides<T> {
    concordat_model::Sides::from_fn(|_| thing.clone())
}

/// What has no link is told apart: what is made, what waits, what is none of our business.
#[tokio::test(flavor = "multi_thread")]
async fn every_record_has_a_standing() {
    let world = World::begins().await;
    let never = refused(&world, "anybody");
    assert_eq!((never.code, never.exit()), (Code::NeverPulled, Exit::Error));
    assert!(!world.session.state_dir().exists(), "asking makes nothing");
    world.pull().await;
    let plan = world.plan();
    let (mut cases, mut creates, mut unmatched) = (0, 0, 0);
    for key in world.records() {
        let told = told(&world, &key.to_string());
        match told.explanation.stands {
            Stands::Case { case } => {
                assert!(plan.cases.contains(&case), "{key}");
                cases += 1;
            }
            Stands::Create { step } => {
                assert!(plan.steps.contains(&step), "{key}");
                creates += 1;
            }
            Stands::Unmatched => unmatched += 1,
            Stands::Linked { .. } => assert!(told.explanation.records.contains(&key)),
            // There is nothing to tell of it, night after night: no plan says so.
            Stands::Held { why } if why.rule == Rule::NotTold => {}
            Stands::Held { why } => assert!(plan.held.iter().any(|it| it.why == why), "{key}"),
            Stands::Late
            | Stands::Never { .. }
            | Stands::Quarantined { .. }
            | Stands::Marked { .. }
            | Stands::Deleted { .. }
            | Stands::Archived { .. }
            | Stands::Dismissed { .. }
            | Stands::Unlisted
            | Stands::Unmapped => {
                panic!("{key} is {:?}", told.explanation.stands)
            }
        }
    }
    assert_eq!((cases, unmatched), (plan.cases.len(), plan.unmatched));
    assert!(creates > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_meant_is_found_or_asked_back() {
    let world = World::begins().await;
    world.pull().await;
    world.agree().await;
    let name = world.name(&world.vendors()[0]);
    let by_name = told(&world, &name.to_uppercase());
    let by_link = told(&world, world.vendors()[0].id.as_str());
    assert_eq!(by_name.explanation, by_link.explanation);
    let field = told(&world, &format!("{name}.PHONE"));
    assert_eq!(field.fields.len(), 1);

    let nobody = refused(&world, "Nobody at all");
    assert_eq!((nobody.code, nobody.exit()), (Code::NotFound, Exit::Usage));
    let mistyped = refused(&world, &name[..name.len() - 1]);
    assert!(mistyped.hint.is_some_and(|hint| hint.contains(&name)), "the name is suggested");
    let no_field = refused(&world, &format!("{name}.fax"));
    assert!(no_field.hint.is_some_and(|hint| hint.contains("phone")), "its fields are listed");

    let twice = world.namesakes();
    let ambiguous = refused(&world, &twice);
    assert_eq!((ambiguous.code, ambiguous.exit()), (Code::Ambiguous, Exit::Usage));
    assert!(ambiguous.details.len() > 1, "{ambiguous}");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_told_from_the_ledger() {
    let world = World::begins().await;
    world.pull().await;
    assert!(concordat_report::runs(&world.session.entries().unwrap()).is_empty());
    world.agree().await;
    let entries = world.session.entries().unwrap();
    let [run] = &concordat_report::runs(&entries)[..] else { panic!("one run") };
    assert_eq!((run.command.as_str(), run.state), ("apply", RunState::Complete));
    assert_eq!(run.allowed[0].to_owned().class.name(), "first-agreement");
    assert_eq!(run.reason.as_deref(), Some(world::REASON));
    let summary = run.summary.as_ref().expect("its end");
    assert_eq!((run.writes.verified, run.writes.open), (summary.applied, 0));
    let shown = RunShownDocument::of(&entries, &run.run).expect("the run");
    assert!(shown.changes.iter().all(|it| it.run.as_ref() == Some(&run.run)));
    assert!(shown.changes.len() as u64 >= run.writes.verified);

    // Killed between two writes: the end is missing, and so is what became of the last.
    let is_sent = |it: &Entry| matches!(it.event, Event::Intended { .. });
    let sent = entries.iter().rposition(is_sent).expect("a write");
    let cut = &entries[..=sent];
    let shown = RunShownDocument::of(cut, &run.run).expect("the run");
    assert_eq!((shown.run.state, shown.open.len()), (RunState::Open, 1));
}
