//! What becomes of fields that a person added? They go through the same truth table as any other; what a
//! lens does not understand is written by nobody, and a custom field that is not there is left out.

use concordat_mapping::named::{LensSettings, Row};
use concordat_mapping::settings::{FieldSettings, RuleName};
use concordat_mapping::{Cell, Flow, Problem, rules};
use concordat_model::{Plan, Rule, Side, Value};
use concordat_tests::world::World;

fn cell(text: &str) -> Cell {
    text.parse().map_or_else(|_| Cell::Text(text.into()), Cell::Whole)
}

fn rows(rows: &[(&str, &str)]) -> LensSettings {
    let row = |(upguard, highlevel): &(&str, &str)| Row {
        upguard: cell(upguard),
        highlevel: cell(highlevel),
    };
    LensSettings { rows: rows.iter().map(row).collect(), ..LensSettings::default() }
}

fn field(upguard: &str, highlevel: &str, lens: &str) -> FieldSettings {
    FieldSettings {
        upguard: Some(upguard.into()),
        highlevel: Some(highlevel.into()),
        lens: (!lens.is_empty()).then(|| lens.to_owned()),
        ..FieldSettings::default()
    }
}

/// Towns of vendors as codes in the CRM, both ways.
fn towns() -> World {
    let mut world = World::default();
    world.settings.vendors.attributes.description = None;
    world.settings.vendors.attributes.address = None;
    let town = field("attributes.description", "city", "towns");
    world.settings.vendors.fields.insert("town".into(), town);
    world.settings.lenses.insert("towns".into(), rows(&[("Berlin", "BER"), ("Paris", "PAR")]));
    world.play(
        "vendor v1 | name=Acme | host=acme.com\nbusiness b1 | name=Acme | website=https://acme.com",
    );
    world
}

/// What is written, side by side.
fn writes(plan: &Plan) -> Vec<(Side, String, Option<Value>)> {
    let fields = plan.steps.iter().flat_map(|it| it.fields.iter().map(move |field| (it, field)));
    fields.map(|(it, field)| (it.side, field.path.to_string(), field.after.clone())).collect()
}

fn problems(world: &World) -> Vec<Problem> {
    rules(&world.settings, 0).expect_err("something is wrong")
}

#[test]
fn a_table_goes_both_ways() {
    let mut world = towns();
    world.play("vendor v1 | description=Berlin");
    assert_eq!(writes(&world.plan()), [(Side::Highlevel, "city".into(), Some(Value::text("BER")))]);
    world.agree();
    world.play("business b1 @2000 | city=PAR");
    let expected = (Side::Upguard, "attributes.description".to_owned(), Some(Value::text("Paris")));
    assert_eq!(writes(&world.plan()), [expected]);
    world.agree();
    world.play("business b1 @3000 | city=-");
    assert_eq!(writes(&world.plan()), [(Side::Upguard, "attributes.description".into(), None)]);
}

#[test]
fn a_word_that_is_in_no_row_is_written_by_nobody_from_either_side() {
    for edit in ["business b1 @2000 | city=ROM", "vendor v1 @1900..2000 | description=Rome"] {
        let mut world = towns();
        world.play("vendor v1 | description=Berlin");
        world.agree();
        world.play(edit);
        let plan = world.plan();
        assert_eq!(writes(&plan), [], "{edit}");
        let rules: Vec<Rule> = plan.held.iter().map(|it| it.why.rule).collect();
        assert_eq!(rules, [Rule::NoCounterpart], "{edit}");
        // What is in a row again goes on where it was.
        world.play("business b1 @4000 | city=PAR\nvendor v1 @1900..2100 | description=Berlin");
        assert_eq!(writes(&world.plan()).len(), 1, "{edit}");
    }
}

#[test]
fn both_changed_and_nobody_knows_when_a_person_is_asked() {
    let mut world = towns();
    world.play("vendor v1 | description=Berlin");
    world.agree();
    world.play("vendor v1 @1000..4000 | description=Paris\nbusiness b1 @1000..4000 | city=-");
    let plan = world.plan();
    assert_eq!((plan.conflicts.len(), writes(&plan)), (1, Vec::new()));
    world.settings.vendors.fields.get_mut("town").unwrap().rule = Some(RuleName::PreferUpguard);
    assert_eq!(writes(&world.plan()), [(Side::Highlevel, "city".into(), Some(Value::text("PAR")))]);
}

#[test]
fn a_custom_field_that_is_not_defined_is_left_out_of_a_new_contact() {
    let mut world = World::default();
    for (name, key) in [("role", "contact.vendor_role"), ("rank", "contact.vendor_tier")] {
        let lens = if name == "rank" { "number" } else { "upper" };
        let end = if name == "rank" { "notes" } else { "title" };
        world.settings.contacts.fields.insert(name.into(), field(end, key, lens));
    }
    world.play("vendor v1 | name=Acme | host=acme.com\nperson p1 of v1 @50 | name=Ann | email=a@b.c | title=ciso | notes=7");
    let made = writes(&world.plan());
    assert!(made.contains(&(
        Side::Highlevel,
        "custom.vendor_tier".into(),
        Some(Value::Integer(7))
    )));
    assert!(!made.iter().any(|(_, path, _)| path == "custom.vendor_role"), "{made:?}");
    world.views.highlevel.defined.insert("custom.vendor_role".into());
    let made = writes(&world.plan());
    assert!(made.contains(&(
        Side::Highlevel,
        "custom.vendor_role".into(),
        Some(Value::text("CISO"))
    )));
}

#[test]
fn another_row_is_another_mapping() {
    let mut world = towns();
    let before = world.rules().fingerprint;
    world.settings.lenses.insert("towns".into(), rows(&[("Berlin", "BER"), ("Paris", "CDG")]));
    let after = world.rules().fingerprint;
    assert_ne!(before, after);
    world.settings.vendors.fields.get_mut("town").unwrap().flow = Some(Flow::ToHighlevel);
    assert_ne!(after, world.rules().fingerprint);
}

#[test]
fn two_fields_do_not_write_the_same() {
    let mut world = towns();
    world.settings.vendors.fields.insert("place".into(), field("attributes.place", "city", ""));
    let told = problems(&world);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].place, "mapping.vendors.fields.town.highlevel");
    assert!(told[0].says.contains("written by vendors.place too"), "{told:?}");
    // Reading the same twice does no harm.
    let mut world = towns();
    world.settings.contacts.fields.insert("a".into(), field("title", "contact.a", ""));
    world.settings.contacts.fields.insert("b".into(), field("title", "contact.b", "upper"));
    world.rules();
}

#[test]
fn numbers_stand_where_numbers_are_kept() {
    let mut world = World::default();
    world.settings.profiles.enabled = true;
    let profiles = &mut world.settings.profiles;
    profiles
        .fields
        .insert("tier".into(), FieldSettings { enabled: Some(false), ..Default::default() });
    profiles.fields.insert("class".into(), field("tier", "contact.class", "classes"));
    world.settings.lenses.insert("classes".into(), rows(&[("1", "gold"), ("2", "silver")]));
    let kinds = world.rules().custom_fields();
    assert_eq!(format!("{:?}", kinds.get("class")), "Some(Text)");
    world.settings.lenses.insert("classes".into(), rows(&[("1", "100"), ("2", "200")]));
    let kinds = world.rules().custom_fields();
    assert_eq!(format!("{:?}", kinds.get("class")), "Some(Number)");
    world.settings.lenses.insert("classes".into(), rows(&[("one", "gold")]));
    assert!(problems(&world)[0].says.contains("UpGuard keeps a number here"));
}

/// A vendor's summary, made of its fields, in a field of its business.
fn summary() -> World {
    let mut world = World::default();
    let made = FieldSettings {
        expression: Some("name ~ \": \" ~ score".parse().expect("an expression")),
        highlevel: Some("city".into()),
        ..FieldSettings::default()
    };
    world.settings.vendors.fields.insert("summary".into(), made);
    world.play("vendor v1 | name=Acme | host=acme.com | score=700\nbusiness b1 | name=Acme | website=https://acme.com");
    world
}

#[test]
fn what_is_made_of_fields_follows_each_of_them() {
    let mut world = summary();
    let to = |text: &str| (Side::Highlevel, "city".to_owned(), Some(Value::text(text)));
    assert_eq!(writes(&world.plan()), [to("Acme: 700")]);
    world.agree();
    world.play("vendor v1 @1900..2000 | score=650");
    assert_eq!(writes(&world.plan()), [to("Acme: 650")]);
    world.agree();
    // Nothing flows back: an edit over there is told once, and left.
    world.play("business b1 @3000 | city=Rome");
    let plan = world.plan();
    assert_eq!((writes(&plan), plan.drift.len()), (Vec::new(), 1));
    world.apply(&plan);
    assert!(world.plan().is_empty());
}

#[test]
fn another_expression_is_another_mapping() {
    let mut world = summary();
    let before = world.rules().fingerprint;
    let field = world.settings.vendors.fields.get_mut("summary").expect("the field");
    field.expression = Some("name ~ ': ' ~ tier".parse().expect("an expression"));
    let other = world.rules().fingerprint;
    assert_ne!(before, other);
    world.play("where vendor score > 3");
    assert_ne!(other, world.rules().fingerprint);
}

#[test]
fn what_cannot_be_made_empties_nothing_and_is_told() {
    let mut world = summary();
    world.agree();
    world.play("vendor v1 @1900..2000 | score=-");
    let plan = world.plan();
    let held: Vec<Rule> = plan.held.iter().map(|it| it.why.rule).collect();
    assert_eq!((writes(&plan), held), (Vec::new(), vec![Rule::NoCounterpart]));
    world.play("vendor v1 @2000..2100 | score=1");
    assert_eq!(writes(&world.plan()).len(), 1);
}

#[test]
fn what_is_made_of_a_person_knows_the_vendor() {
    let mut world = World::default();
    world.views.highlevel.defined.insert("custom.line".into());
    let made = FieldSettings {
        expression: Some("title ~ ' at ' ~ vendor.name".parse().expect("an expression")),
        highlevel: Some("contact.line".into()),
        ..FieldSettings::default()
    };
    world.settings.contacts.fields.insert("line".into(), made);
    world.play("vendor v1 | name=Acme | host=acme.com\nperson p1 of v1 @50 | name=Ann | email=a@b.c | title=CISO");
    let line = (Side::Highlevel, "custom.line".to_owned(), Some(Value::text("CISO at Acme")));
    assert!(writes(&world.plan()).contains(&line));
    world.agree();
    world.play("vendor v1 @1900..2000 | name=Apex");
    let line = (Side::Highlevel, "custom.line".to_owned(), Some(Value::text("CISO at Apex")));
    assert!(writes(&world.plan()).contains(&line));
}

#[test]
fn an_expression_is_made_of_what_is_there() {
    let told = |mapping: &str, expression: &str, upguard: Option<&str>| {
        let mut world = World::default();
        world.settings.profiles.enabled = true;
        let field = FieldSettings {
            expression: Some(expression.parse().expect("an expression")),
            upguard: upguard.map(str::to_owned),
            highlevel: Some("contact.line".into()),
            ..FieldSettings::default()
        };
        let settings = &mut world.settings;
        let fields = match mapping {
            "contacts" => &mut settings.contacts.fields,
            _ => &mut settings.profiles.fields,
        };
        fields.insert("line".into(), field);
        problems(&world).remove(0)
    };
    let slip = told("contacts", "titel ~ '!'", None);
    assert_eq!((slip.hint.as_deref(), slip.within), (Some("did you mean title?"), Some(0..5)));
    let slip = told("profiles", "'!' ~ scoer", None);
    assert_eq!((slip.hint.as_deref(), slip.within), (Some("did you mean score?"), Some(6..11)));
    assert!(told("profiles", "name", Some("name")).says.contains("takes the place of upguard"));
}
