//! What becomes of threats and the tasks that stand for them? Stories, told by the plan that follows.

use concordat_model::Value;
use concordat_tests::paper;
use concordat_tests::told::{check, only_step, task};
use concordat_tests::world::{World, at};

/// A threat and its task, agreed upon; tasks stand at the contact `desk`.
const STOLEN: &str = "
    on threats at desk
    contact desk | first=Sue | last=Desk | email=desk@us.com
    threat t1 | title=Stolen password | state=open | severity=high | detected=100
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(STOLEN);
    world.play(edits);
    world
}

#[test]
fn an_open_threat_becomes_a_task_at_the_anchor_due_by_its_severity() {
    let mut world = World::of(STOLEN.trim().trim_end_matches("agree"));
    let step = only_step(&world);
    let constant = |name: &str| step.constants.get(&name.into()).cloned();
    assert_eq!(step.entity, "task");
    assert_eq!(constant("contactId"), Some(Value::text("desk")));
    assert_eq!(constant("dueDate"), Some(Value::Time(at(100 + 3 * 24 * 60))), "three days: high");
    let reference = constant("reference").expect("a reference").to_string();
    assert!(reference.starts_with("T-") && reference.len() == 6, "{reference}");
    assert!(step.marker.is_some());
    world.agree();
    check(&world, &[]);
}

#[test]
fn what_was_over_before_it_had_a_task_gets_none() {
    for over in ["state=closed", "archived=yes", "dismissed=yes"] {
        let world = World::of(&STOLEN.replace("state=open", over));
        assert_eq!(
            world.views.highlevel.here(concordat_model::Resource::Task).count(),
            0,
            "{over}"
        );
    }
}

#[test]
fn without_its_anchor_no_task_is_made() {
    let world = World::of(&STOLEN.replace("on threats at desk", "on threats at gone@us.com"));
    check(&world, &["held t1 [NoAnchor HighLevel]"]);
    let twice = "on threats at desk@us.com\n contact other | first=Sam | email=DESK@us.com";
    let world = World::of(&STOLEN.replace("on threats at desk", twice));
    check(&world, &["held t1 [NoAnchor HighLevel]"]);
}

#[test]
fn a_closed_threat_completes_its_task() {
    let world = after("threat t1 | state=closed");
    let id = task(&world);
    check(&world, &[&format!("write {id}: state no -> yes [OnlyMoved UpGuard]")]);
}

#[test]
fn investigating_is_still_open() {
    check(&after("threat t1 | state=investigating"), &[]);
}

#[test]
fn a_completed_task_closes_its_threat_once_that_is_allowed_and_has_a_reason() {
    let mut world = after("");
    let done = format!("task {} | done=yes", task(&world));
    world.play(&done);
    check(&world, &["held t1.state no / yes [Gated UpGuard]"]);
    world.play("allow close");
    check(&world, &["held t1.state no / yes [NeedsReason UpGuard]"]);
    world.play("reason false_positive");
    let step = only_step(&world);
    assert_eq!(step.constants[&"close.reason".into()], Value::text("false_positive"));
    assert_eq!(step.side_effects, ["close: it is closed in UpGuard"]);
    check(&world, &["write t1: state open -> closed [OnlyMoved HighLevel]"]);
    world.agree();
    check(&world, &[]);
}

#[test]
fn a_task_that_is_not_done_after_all_opens_its_threat_for_somebody() {
    let mut world = after("threat t1 | state=closed\nagree\nallow reopen");
    let id = task(&world);
    world.play(&format!("task {id} | done=no"));
    check(&world, &["held t1.state yes / no [CannotReopen UpGuard]"]);
    world.play("threat t1 | by=ada@us.com");
    check(
        &world,
        &[
            "write t1: state closed -> investigating [OnlyMoved HighLevel]",
            &format!("write {id}: assignee - -> ada@us.com [OnlyMoved UpGuard]"),
        ],
    );
    let steps = world.plan().steps;
    let reopen =
        steps.iter().find(|it| it.record.as_ref().is_some_and(|it| it.id.as_str() == "t1"));
    let constants = &reopen.expect("a step for the threat").constants;
    assert_eq!(constants[&"reopen.investigator".into()], Value::text("ada@us.com"));
    world.agree();
}

#[test]
fn a_threat_with_a_remediation_request_is_never_opened_again() {
    let mut world =
        after("threat t1 | state=closed | by=ada@us.com | requested=yes\nagree\nallow reopen");
    world.play(&format!("task {} | done=no", task(&world)));
    check(&world, &["held t1.state yes / no [CannotReopen UpGuard]"]);
}

#[test]
fn an_assignee_is_carried_once_that_is_allowed() {
    let mut world = after("threat t1 | state=investigating | by=ada@us.com\nagree");
    let id = task(&world);
    world.play(&format!("task {id} | by=bob@us.com"));
    check(&world, &["held t1.assignee ada@us.com / bob@us.com [Gated UpGuard]"]);
    world.play("allow assign");
    check(&world, &["write t1: assignee ada@us.com -> bob@us.com [OnlyMoved HighLevel]"]);
    world.play("agree\nthreat t1 | by=eve@us.com");
    check(&world, &[&format!("write {id}: assignee bob@us.com -> eve@us.com [OnlyMoved UpGuard]")]);
}

#[test]
fn nobody_is_asked_to_investigate_a_threat_that_is_closed_or_remediated() {
    for state in ["closed", "remediating"] {
        let mut world = after(&format!("threat t1 | state={state} | by=ada@us.com\nagree"));
        let id = task(&world);
        world.play(&format!("allow assign\ntask {id} | by=bob@us.com"));
        check(&world, &["held t1.assignee ada@us.com / bob@us.com [CannotAssign UpGuard]"]);
    }
}

#[test]
fn a_deleted_task_is_not_made_again() {
    let mut world = after("");
    world.play(&format!("task {} gone", task(&world)));
    let text = paper::text(&world.plan());
    assert!(text.ends_with("[Dismissed HighLevel]") && text.starts_with("dismiss"), "{text}");
    world.play("agree");
    check(&world, &[]);
}

#[test]
fn somebody_without_a_login_in_the_crm_is_told_once_and_the_task_is_made() {
    let mut world = World::of(&STOLEN.replace("severity=high", "severity=high | by=kim@us.com"));
    let tasks = world.views.highlevel.here(concordat_model::Resource::Task).count();
    assert_eq!(tasks, 1);
    check(&world, &[]);
    world.play("threat t1 | by=lee@us.com");
    let plan = world.plan();
    assert_eq!((plan.steps.len(), plan.drift.len()), (0, 1), "{}", paper::text(&plan));
}
