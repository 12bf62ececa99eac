//! What holds whatever both sides contain? Random worlds, agreed upon, then edited on both sides.

use std::collections::BTreeSet;

use concordat_mapping::{Access, Rules};
use concordat_model::{
    Action, Agreement, Field, Held, LinkId, Mirrored, Path, Plan, RecordKey, Seen, Side, Sides,
};
use concordat_tests::paper;
use concordat_tests::wild::{Wild, worlds};
use concordat_tests::world::World;
use proptest::prelude::*;

/// What the two ends of a linked field hold, if each end is one record that was seen.
fn ends_of(world: &World, link: &LinkId, field: &Field) -> Option<Sides<Held>> {
    let link = &world.agreements.links[link];
    let rules = world.rules();
    let rule = rules.mapping(&link.mapping)?.field(field)?;
    let mut held = Sides::from_fn(|_| None);
    for side in Side::BOTH {
        let [key] = &link.ends[side][..] else { return None };
        let Seen::Here(record) = world.views[side].seen(key) else { return None };
        let native = record.record.reading.get(&rule.ends[side].path)?;
        let shared = rule.ends[side].lens.get(native, rules.region);
        held[side] = rule.kind.key(&shared, rules.region);
    }
    Some(held)
}

/// Every linked field whose ends hold different things.
fn apart(world: &World) -> BTreeSet<(LinkId, Field)> {
    let rules = world.rules();
    let mut apart = BTreeSet::new();
    for link in world.agreements.links.values() {
        for rule in &rules.mapping(&link.mapping).expect("a mapping").fields {
            if let Some(held) = ends_of(world, &link.id, &rule.name)
                && held.upguard != held.highlevel
            {
                apart.insert((link.id.clone(), rule.name.clone()));
            }
        }
    }
    apart
}

/// The fields that a plan itself says are left apart.
fn excused(world: &World, plan: &Plan) -> BTreeSet<(LinkId, Field)> {
    let asked = plan.conflicts.iter().map(|it| (it.link.clone(), it.field.clone()));
    let held = plan.held.iter().filter_map(|it| Some((it.link.clone()?, it.field.clone()?)));
    let agreed = world.agreements.links.values().flat_map(|link| {
        let differ = link.base.iter().filter(|(_, agreed)| agreed.how != Agreement::Equal);
        differ.map(|(field, _)| (link.id.clone(), field.clone()))
    });
    asked.chain(held).chain(agreed).collect()
}

fn changed(before: &World, after: &World) -> BTreeSet<(RecordKey, Option<Path>)> {
    let mut changed = BTreeSet::new();
    for side in Side::BOTH {
        for (key, now) in &after.views[side].records {
            let was: Option<&Mirrored> = before.views[side].records.get(key);
            let Some(was) = was else {
                changed.insert((key.clone(), None));
                continue;
            };
            let paths = now
                .record
                .reading
                .iter()
                .filter(|(path, held)| was.record.reading.get(path) != Some(held));
            changed.extend(paths.map(|(path, _)| (key.clone(), Some(path.clone()))));
        }
    }
    changed
}

fn may_write(rules: &Rules, key: &RecordKey, path: &Path) -> bool {
    rules.mappings.iter().flat_map(|it| it.fields.iter().map(move |field| (it, field))).any(
        |(mapping, field)| {
            let end = &field.ends[key.side()];
            mapping.resources[key.side()] == key.resource
                && end.path == *path
                && end.access == Access::Always
        },
    )
}

/// `after` is a world in which `plan` was carried out from `before`.
fn check_scope(before: &World, plan: &Plan, after: &World) -> Result<(), TestCaseError> {
    let rules = before.rules();
    let linked: BTreeSet<&RecordKey> = Side::BOTH
        .into_iter()
        .flat_map(|side| after.agreements.links.values().flat_map(move |it| it.ends[side].iter()))
        .collect();
    for (key, path) in changed(before, after) {
        prop_assert!(linked.contains(&key), "{key} belongs to no link");
        if let Some(path) = path {
            prop_assert!(may_write(&rules, &key, &path), "{key} {path} is nobody's to write");
        }
    }
    for step in &plan.steps {
        prop_assert!(!step.fields.is_empty());
        prop_assert_eq!(step.action == Action::Create, step.record.is_none());
        for field in &step.fields {
            prop_assert!(field.before != field.after, "{} is written and not changed", field.name);
            let conflict = |it: &concordat_model::plan::Conflict| {
                it.link == step.link && it.field == field.name
            };
            prop_assert!(!plan.conflicts.iter().any(conflict), "a conflict is written");
        }
    }
    let ids: BTreeSet<_> = plan.steps.iter().map(|it| &it.id).collect();
    prop_assert_eq!(ids.len(), plan.steps.len(), "two steps of one name");
    Ok(())
}

/// A base may only say "equal" of what is equal.
fn check_bases(world: &World) -> Result<(), TestCaseError> {
    let apart = apart(world);
    for link in world.agreements.links.values() {
        for (field, agreed) in &link.base {
            let is_now = ends_of(world, &link.id, field).is_some()
                && Side::BOTH.into_iter().all(|side| {
                    let rules = world.rules();
                    let rule = rules.mapping(&link.mapping).and_then(|it| it.field(field));
                    let record = &world.views[side].records[&link.ends[side][0]].record;
                    let path = &rule.expect("a rule").ends[side].path;
                    record.reading.get(path) == Some(&agreed.held[side])
                });
            if is_now && agreed.how == Agreement::Equal {
                let both = (link.id.clone(), field.clone());
                prop_assert!(!apart.contains(&both), "{} is called equal: {:?}", field, link.ends);
            }
        }
    }
    Ok(())
}

fn play(wild: &Wild) -> World {
    World::of(&wild.script())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..Default::default() })]

    /// Two runs write everything there is to write after any edits (three if a write to a natural key
    /// solved a case); the run after that only records what a create left, and then there is silence.
    /// What is still apart was said to be.
    #[test]
    fn quiet_worlds_converge_within_two_runs(wild in worlds()) {
        let mut world = play(&wild);
        let mut plan = world.plan();
        let writing_runs_max = if plan.cases.is_empty() { 2 } else { 3 };
        let mut writing_runs = 0;
        while !plan.steps.is_empty() {
            writing_runs += 1;
            prop_assert!(
                writing_runs <= writing_runs_max,
                "still writing:\n{}\nin\n{}", paper::text(&plan), wild.script()
            );
            let before = world.clone();
            world.apply(&plan);
            check_scope(&before, &plan, &world)?;
            check_bases(&world)?;
            plan = world.plan();
        }
        world.apply(&plan);
        check_bases(&world)?;
        let plan = world.plan();
        prop_assert!(plan.is_empty(), "no silence:\n{}\nin\n{}", paper::text(&plan), wild.script());
        let (apart, excused) = (apart(&world), excused(&world, &plan));
        let silent: Vec<_> = apart.difference(&excused).collect();
        prop_assert!(silent.is_empty(), "apart and nobody says so: {silent:?}\n{}", wild.script());
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..Default::default() })]

    /// One run is enough where nothing was made and nobody is waited for: what a create leaves is
    /// settled in the second run, and a write to a natural key may solve a case.
    #[test]
    fn one_run_is_enough_without_creates_and_cases(wild in worlds()) {
        let mut world = play(&wild);
        let plan = world.plan();
        prop_assume!(plan.steps.iter().all(|it| it.action == Action::Update));
        prop_assume!(plan.cases.is_empty());
        world.apply(&plan);
        let plan = world.plan();
        prop_assert!(plan.is_empty(), "a second run plans\n{}\nin\n{}", paper::text(&plan), wild.script());
    }

    /// What a person was asked is asked until the person answers, whatever else a run does.
    #[test]
    fn a_conflict_waits_for_its_answer(wild in worlds()) {
        // Two colleagues who are one contact; one of them and the contact are given different numbers.
        let mut wild = wild;
        wild.rules.retain(|it| !it.starts_with("rule contacts"));
        wild.rules.push("rule contacts phone rule=hold".into());
        let ann = "email=ann@acme.com | phone=+16502530000";
        wild.before.push(format!("person p3 of v0 @18 | name=Ann Lee | {ann}"));
        wild.before.push(format!("person p4 of v0 @19 | name=Ann Lee | {ann}"));
        wild.before.push(format!("contact c3 @19 | first=Ann | last=Lee | {ann}"));
        wild.after.push("person p3 of v0 @2030 | phone=+16502530001".into());
        wild.after.push("contact c3 | phone=+442079460000".into());
        let mut world = play(&wild);
        let asked = |plan: &Plan| -> BTreeSet<String> {
            plan.conflicts.iter().map(|it| it.id.clone()).collect()
        };
        let plan = world.plan();
        world.apply(&plan);
        let (before, after) = (asked(&plan), asked(&world.plan()));
        let lost: Vec<_> = before.difference(&after).collect();
        prop_assert!(lost.is_empty(), "nobody asks {lost:?} any more in\n{}", wild.script());
    }

    /// A conflict about one field holds back that field and nothing else.
    #[test]
    fn a_conflict_blocks_only_its_own_field(wild in worlds()) {
        let mut wild = wild;
        wild.rules.retain(|it| !it.starts_with("rule vendors phone"));
        wild.rules.push("rule vendors phone rule=hold".into());
        let calm = play(&wild);
        let pair = calm.agreements.links.values().find(|it| it.mapping.as_str() == "vendors");
        prop_assume!(pair.is_some());
        let link = pair.expect("just assumed").clone();
        let mut torn = calm.clone();
        torn.line(&format!("vendor {} | phone=7", link.ends.upguard[0].id));
        torn.line(&format!("business {} | phone=8", link.ends.highlevel[0].id));
        let (calm, torn) = (calm.plan(), torn.plan());
        prop_assert!(torn.conflicts.iter().any(|it| it.link == link.id && it.field.as_str() == "phone"));
        let rest = |plan: &Plan| -> BTreeSet<String> {
            let fields = plan.steps.iter().flat_map(|step| step.fields.iter().map(move |it| (step, it)));
            fields
                .filter(|(step, it)| (&step.link, it.name.as_str()) != (&link.id, "phone"))
                .map(|(step, it)| format!("{} {} {} {:?}", step.id, it.name, paper::held(&it.after), it.why))
                .collect()
        };
        prop_assert_eq!(rest(&calm), rest(&torn), "{}", wild.script());
    }

    /// What was not seen stays as it is, and a listing with a hole makes nothing.
    #[test]
    fn nothing_follows_from_what_was_not_seen(wild in worlds(), hidden in 0..4_usize) {
        let mut world = play(&wild);
        let lines = [format!("business b{hidden} unseen"), format!("contact c{hidden} gone")];
        lines.iter().for_each(|it| world.line(it));
        world.play("incomplete business\n incomplete contact");
        let plan = world.plan();
        for step in &plan.steps {
            prop_assert_eq!(step.action, Action::Update, "made in a listing with a hole");
            let id = step.record.as_ref().expect("a record").id.to_string();
            let hidden = [format!("b{hidden}"), format!("c{hidden}")];
            prop_assert!(!hidden.contains(&id), "{} was not seen", id);
            let unseen = |it: &RecordKey| {
                matches!(world.views[it.side()].seen(it), Seen::Unseen | Seen::Gone(_))
            };
            prop_assert!(!step.sources.iter().all(unseen), "{} follows from nothing seen", step.id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    /// Whatever vanishes, on whichever side, and whatever was edited before: only what nobody edited and
    /// of which every counterpart is gone is archived, nothing is written to what is gone, there is
    /// silence soon, and once everything is back no sign is left.
    #[test]
    fn what_vanishes_comes_back_as_it_was(wild in worlds(), lost in 0..64_u32) {
        let mut world = play(&wild);
        world.agree();
        let mut lines = Vec::new();
        for place in 0..3 {
            let (person, contact) = (format!("person p{place}"), format!("contact c{place}"));
            let both = [(person, lost >> place & 1 != 0), (contact, lost >> (place + 3) & 1 != 0)];
            lines.extend(both.into_iter().filter(|(_, is_lost)| *is_lost).map(|(head, _)| head));
        }
        let is_known = |head: &String| wild.script().contains(&format!("{head} "));
        lines.retain(is_known);
        for head in &lines {
            world.line(&format!("{head} gone"));
        }
        // What a create leaves is settled in the third.
        for _ in 0..3 {
            let plan = world.plan();
            for step in &plan.steps {
                let record = step.record.iter().chain(&step.sources);
                let is_gone = |it: &RecordKey| matches!(world.views[it.side()].seen(it), Seen::Gone(_));
                prop_assert!(!step.record.iter().any(is_gone), "written to what is gone\n{}", wild.script());
                let all = step.sources.iter().all(is_gone);
                prop_assert_eq!(step.action == Action::Archive, all && record.count() > 1, "{}", wild.script());
            }
            world.apply(&plan);
        }
        let plan = world.plan();
        prop_assert!(plan.is_empty(), "no silence:\n{}\nin\n{}", paper::text(&plan), wild.script());
        for head in &lines {
            world.line(&format!("{head} here"));
        }
        world.agree();
        for mirrored in world.views.highlevel.records.values() {
            let tags = mirrored.record.reading.get(&"tags".into()).cloned().flatten();
            let tags = tags.map(|it| it.to_string()).unwrap_or_default();
            prop_assert!(!tags.contains("concordat:archived"), "{}", wild.script());
        }
    }
}
