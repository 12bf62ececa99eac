//! Which plans are refused? For each guard: below, at and above its limit, and who may let it pass.

use std::collections::BTreeMap;

use concordat_model::guard::{Ceiling, check, findings};
use concordat_model::plan::Census;
use concordat_model::{
    Action, Allowance, Class, FieldStep, Fingerprint, Limits, LinkId, Plan, RecordKey, Refusal,
    Resource, Rule, Side, Sides, Step, StepId, Value, Why,
};
use concordat_tests::world::World;

/// A plan that does nothing, of a pair that agreed long ago.
fn calm() -> Plan {
    let mut plan = World::default().plan();
    plan.first_agreement.clear();
    plan.expected_tenants = Some(plan.tenants.as_ref().map(|_, it| it.id.clone()));
    plan.expected_mapping = Some(plan.mapping.clone());
    plan.census.clear();
    plan
}

fn step(number: usize, resource: Resource, action: Action, clears: bool) -> Step {
    let why = Why::about(Rule::OnlyMoved, resource.side().other());
    let value = Some(Value::text("x"));
    Step {
        id: StepId::new(format!("s{number}")),
        mapping: "vendors".into(),
        link: LinkId::new(format!("l{number}")),
        side: resource.side(),
        entity: resource.entity().into(),
        resource,
        record: (action == Action::Update).then(|| RecordKey::new(resource, "r")),
        name: "Acme".into(),
        action,
        fields: vec![FieldStep {
            name: "phone".into(),
            path: "phone".into(),
            before: value.clone().filter(|_| action == Action::Update),
            after: value.clone().filter(|_| !clears),
            source: value.filter(|_| !clears),
            why,
        }],
        constants: BTreeMap::new(),
        marker: None,
        blanks: Vec::new(),
        despite: Vec::new(),
        source_stamp: None,
        lookup: None,
        identity: BTreeMap::new(),
        sources: Vec::new(),
        matched: None,
        why,
        side_effects: Vec::new(),
    }
}

/// A calm plan with `count` steps on businesses, of which there are `population`.
fn busy(count: usize, action: Action, clears: bool, population: u64) -> Plan {
    let mut plan = calm();
    plan.steps = (0..count).map(|it| step(it, Resource::Business, action, clears)).collect();
    plan.census = vec![census(population, None, true)];
    plan
}

fn census(now: u64, before: Option<u64>, complete: bool) -> Census {
    Census { resource: Resource::Business, now, before, complete, outside: 0 }
}

/// No guard but the one under test trips.
fn generous() -> Limits {
    let all = Ceiling { percent: 100, min_population: u64::MAX, absolute: 1_000_000 };
    Limits {
        creates: all,
        updates: all,
        clears: all,
        archives: all,
        deletes: all,
        shrink_percent: 10,
        shrink_min_population: 20,
    }
}

fn classes(plan: &Plan, limits: &Limits) -> Vec<Class> {
    findings(plan, limits).into_iter().map(|it| it.class).collect()
}

#[track_caller]
fn passes(plan: &Plan, limits: &Limits) {
    assert_eq!(findings(plan, limits), []);
    let checked = check(plan.clone(), limits, &[]).expect("nothing is found");
    assert_eq!((checked.plan(), checked.used()), (plan, &[][..]));
}

/// Refused for exactly this, with this count; and an allowance for it, and only it, lets it pass.
#[track_caller]
fn refused(plan: &Plan, limits: &Limits, class: Class, count: u64) -> Refusal {
    let refusals = check(plan.clone(), limits, &[]).expect_err("a refusal").refusals;
    let [refusal] = &refusals[..] else { panic!("several: {refusals:?}") };
    assert_eq!((refusal.class, refusal.count), (class, count), "{}", refusal.says);
    let allow = |class: Class, up_to: Option<u64>| {
        check(plan.clone(), limits, &[Allowance { class, up_to }])
    };
    let used = allow(class, None).expect("allowed by name").used().to_vec();
    assert_eq!(used, [Allowance { class, up_to: None }]);
    assert!(allow(class, Some(count)).is_ok(), "allowed up to exactly the count");
    assert!(allow(class, Some(count - 1)).is_err(), "one less is not enough");
    for other in Class::ALL.into_iter().filter(|it| *it != class) {
        assert!(allow(other, None).is_err(), "{other} lets {class} pass");
    }
    refusal.clone()
}

#[test]
fn a_calm_plan_passes_with_the_built_in_limits() {
    passes(&calm(), &Limits::default());
    passes(&busy(1, Action::Create, false, 1000), &Limits::default());
}

#[test]
fn a_label_that_a_vendor_loses_is_a_value_cleared() {
    let labels = |names: &[&str]| Some(Value::Set(names.iter().map(|it| (*it).into()).collect()));
    let limits = Limits { clears: Limits::default().clears, ..generous() };
    let mut plan = calm();
    plan.census = vec![Census { resource: Resource::Vendor, ..census(1000, None, true) }];
    plan.steps = (0..26).map(|it| step(it, Resource::Vendor, Action::Update, false)).collect();
    for (before, after, count) in [
        (labels(&["pci", "cloud"]), labels(&["pci"]), 26),
        (labels(&["pci"]), labels(&["cloud"]), 26),
        (labels(&["pci"]), labels(&["pci", "cloud"]), 0),
    ] {
        for step in &mut plan.steps {
            (step.fields[0].before, step.fields[0].after) = (before.clone(), after.clone());
        }
        match count {
            0 => passes(&plan, &limits),
            _ => drop(refused(&plan, &limits, Class::Clears, count)),
        }
    }
}

#[test]
fn ceilings_count_creates_updates_and_clears() {
    let ceiling = Ceiling { percent: 10, min_population: 50, absolute: 20 };
    type Set = fn(&mut Limits, Ceiling);
    let kinds: [(Class, Action, bool, Set); 3] = [
        (Class::Creates, Action::Create, false, |limits, it| limits.creates = it),
        (Class::Updates, Action::Update, false, |limits, it| limits.updates = it),
        (Class::Clears, Action::Update, true, |limits, it| limits.clears = it),
    ];
    for (class, action, clears, set) in kinds {
        let mut limits = generous();
        set(&mut limits, ceiling);
        let busy = |count, population| busy(count, action, clears, population);
        // A share: at the limit, one above, and one record short of the population it looks at.
        passes(&busy(10, 100), &limits);
        refused(&busy(11, 100), &limits, class, 11);
        passes(&busy(5, 50), &limits);
        refused(&busy(6, 50), &limits, class, 6);
        passes(&busy(6, 49), &limits);
        // A number: whatever the share, and also where nobody knows the population.
        passes(&busy(20, 1000), &limits);
        let refusal = refused(&busy(21, 1000), &limits, class, 21);
        assert!(refusal.says.contains("21") && refusal.says.contains("20"), "{}", refusal.says);
        assert!(refusal.remedy.contains(&format!("--allow {class}:21")), "{}", refusal.remedy);
        refused(&busy(21, 10), &limits, class, 21);
    }
}

#[test]
fn ceilings_look_at_each_resource_on_its_own() {
    let mut limits = generous();
    limits.updates.absolute = 5;
    let mut plan = busy(5, Action::Update, false, 1000);
    plan.steps.extend((5..10).map(|it| step(it, Resource::Vendor, Action::Update, false)));
    passes(&plan, &limits);
    plan.steps.push(step(10, Resource::Vendor, Action::Update, false));
    refused(&plan, &limits, Class::Updates, 6);
}

#[test]
fn a_create_with_an_empty_field_empties_nothing() {
    let mut limits = generous();
    limits.clears.absolute = 0;
    passes(&busy(3, Action::Create, true, 100), &limits);
    refused(&busy(3, Action::Update, true, 100), &limits, Class::Clears, 3);
}

#[test]
fn what_people_say_has_a_number_and_no_share() {
    let limits = Limits { creates: Limits::default().creates, ..generous() };
    let notes = |count| {
        let mut plan = calm();
        plan.steps = (0..count).map(|it| step(it, Resource::Note, Action::Create, false)).collect();
        plan.census = vec![Census { resource: Resource::Note, ..census(300, None, true) }];
        plan
    };
    passes(&notes(200), &limits);
    refused(&notes(201), &limits, Class::Creates, 201);
}

#[test]
fn a_first_agreement_is_refused_once_and_free_of_ceilings() {
    let mut plan = busy(500, Action::Create, false, 600);
    plan.first_agreement.insert("vendors".into());
    let refusal = refused(&plan, &Limits::default(), Class::FirstAgreement, 500);
    assert!(refusal.says.contains("500") && refusal.says.contains("vendors"), "{}", refusal.says);
    assert!(refusal.remedy.contains("concordat apply FILE"), "{}", refusal.remedy);
    plan.first_allowed = true;
    passes(&plan, &Limits::default());
    // Another mapping's first agreement frees nobody else.
    plan.first_agreement = ["contacts".into()].into();
    assert_eq!(classes(&plan, &Limits::default()), [Class::Creates]);
}

#[test]
fn a_first_agreement_with_nothing_to_do_needs_no_permission() {
    let mut plan = calm();
    plan.first_agreement.insert("vendors".into());
    passes(&plan, &Limits::default());
}

#[test]
fn every_other_guard_also_watches_a_first_agreement() {
    let mut plan = busy(1, Action::Create, false, 100);
    plan.first_agreement.insert("vendors".into());
    plan.first_allowed = true;
    plan.census = vec![census(0, Some(100), true)];
    plan.missing_canaries = vec!["HighLevel contact c1".into()];
    plan.steps[0].side_effects = vec!["starts a workflow".into()];
    plan.expected_tenants = Some(Sides { upguard: "another".into(), highlevel: "one".into() });
    let expected = [Class::Tenant, Class::Shrunken, Class::Canary, Class::SideEffects];
    assert_eq!(classes(&plan, &Limits::default()), expected);
    let refused = check(plan.clone(), &Limits::default(), &[]).expect_err("four refusals");
    assert_eq!((refused.refusals.len(), &refused.plan), (4, &plan));
}

#[test]
fn a_side_that_shrank_is_refused_even_if_nothing_would_be_written() {
    let shrunken = |now, before, complete| {
        let mut plan = calm();
        plan.census = vec![census(now, before, complete)];
        plan
    };
    let limits = Limits::default();
    passes(&shrunken(90, Some(100), true), &limits);
    let refusal = refused(&shrunken(89, Some(100), true), &limits, Class::Shrunken, 11);
    assert_eq!(refusal.says, "HighLevel shows 89 business records, the last run saw 100");
    // Few records may come and go; an empty side never may, unless it was empty before.
    passes(&shrunken(1, Some(19), true), &limits);
    refused(&shrunken(17, Some(20), true), &limits, Class::Shrunken, 3);
    refused(&shrunken(0, Some(1), true), &limits, Class::Shrunken, 1);
    passes(&shrunken(0, Some(0), true), &limits);
    passes(&shrunken(0, None, true), &limits);
    // A listing with a hole says nothing about how many there are.
    passes(&shrunken(0, Some(100), false), &limits);
    passes(&shrunken(200, Some(100), true), &limits);
}

#[test]
fn another_account_is_refused_on_either_side() {
    for side in Side::BOTH {
        let mut plan = calm();
        plan.tenants[side].id = "another".into();
        let refusal = refused(&plan, &Limits::default(), Class::Tenant, 1);
        assert!(refusal.says.contains("another"), "{}", refusal.says);
    }
    let mut new = calm();
    new.expected_tenants = None;
    passes(&new, &Limits::default());
}

#[test]
fn an_edited_mapping_is_refused_if_it_would_write() {
    let mut plan = busy(1, Action::Update, false, 100);
    plan.expected_mapping = Some(Fingerprint::of("mapping", &[b"older"]));
    refused(&plan, &generous(), Class::Mapping, 1);
    plan.steps.clear();
    passes(&plan, &generous());
}

#[test]
fn a_missing_canary_is_refused() {
    let mut plan = calm();
    plan.missing_canaries = vec!["UpGuard vendor v1".into(), "HighLevel contact c1".into()];
    let refusal = refused(&plan, &generous(), Class::Canary, 2);
    assert!(refusal.says.contains("v1") && refusal.says.contains("c1"), "{}", refusal.says);
}

#[test]
fn a_canary_that_was_not_seen_or_is_gone_is_missing() {
    let world = |line: &str| {
        World::of(&format!("vendor v1 | name=Acme | host=acme.com\n canary vendor v1\n {line}"))
    };
    let missing = |line: &str| world(line).plan().missing_canaries.len();
    let other = "canary business b9";
    assert_eq!([missing(""), missing("vendor v1 unseen"), missing("vendor v1 gone")], [0, 1, 1]);
    assert_eq!(missing(other), 1);
}

#[test]
fn side_effects_are_refused_with_their_number() {
    let mut plan = busy(2, Action::Update, false, 100);
    plan.steps[0].side_effects = vec!["mails Ann".into(), "starts a workflow".into()];
    plan.steps[1].side_effects = vec!["mails Bob".into()];
    let says = |plan: &Plan, count| refused(plan, &generous(), Class::SideEffects, count).says;
    assert!(says(&plan, 3).starts_with("3 effects "), "{}", says(&plan, 3));
    plan.steps.remove(0);
    assert!(says(&plan, 1).starts_with("1 effect "), "{}", says(&plan, 1));
}

#[test]
fn an_allowance_is_for_one_class_and_there_is_none_for_all() {
    let mut limits = generous();
    limits.creates.absolute = 1;
    let mut plan = busy(2, Action::Create, false, 100);
    plan.missing_canaries = vec!["UpGuard vendor v1".into()];
    let parse = |text: &str| text.parse::<Allowance>();
    let creates = parse("creates:2").expect("an allowance");
    let canary = parse("canary").expect("an allowance");
    let left = check(plan.clone(), &limits, std::slice::from_ref(&creates)).expect_err("one left");
    assert_eq!(left.refusals.iter().map(|it| it.class).collect::<Vec<_>>(), [Class::Canary]);
    let checked = check(plan, &limits, &[canary.clone(), creates.clone()]).expect("both allowed");
    assert_eq!(checked.used(), [canary, creates]);
    for wrong in ["all", "", "creates:", "creates:many", "creates:-1", "Creates"] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
    for class in Class::ALL {
        let same = parse(class.name()).expect("a class by its name");
        assert_eq!(same, Allowance { class, up_to: None });
    }
}

#[test]
fn archives_have_a_ceiling_of_their_own() {
    let limits = Limits { archives: Limits::default().archives, ..generous() };
    let archives = |count| busy(count, Action::Archive, false, 10_000);
    passes(&archives(25), &limits);
    let refusal = refused(&archives(26), &limits, Class::Archives, 26);
    assert!(
        refusal.says.starts_with("26 archives of HighLevel business records"),
        "{}",
        refusal.says
    );
    assert!(refusal.remedy.contains("--allow archives:26"), "{}", refusal.remedy);
    let few = busy(11, Action::Archive, false, 200);
    refused(&few, &limits, Class::Archives, 11);
    assert_eq!(archives(3).summary().highlevel.archives, 3);
}

#[test]
fn deletes_have_a_ceiling_of_their_own_and_clear_nothing() {
    let limits = Limits { deletes: Limits::default().deletes, ..generous() };
    let deletes = |count| busy(count, Action::Delete, true, 10_000);
    passes(&deletes(10), &limits);
    let refusal = refused(&deletes(11), &limits, Class::Deletes, 11);
    assert!(
        refusal.says.starts_with("11 deletes of HighLevel business records"),
        "{}",
        refusal.says
    );
    assert!(refusal.remedy.contains("--allow deletes:11"), "{}", refusal.remedy);
    refused(&busy(5, Action::Delete, false, 200), &limits, Class::Deletes, 5);
    let none = Limits { clears: Limits::default().clears, ..generous() };
    passes(&deletes(40), &none);
    assert_eq!(deletes(3).summary().highlevel.deletes, 3);
}
