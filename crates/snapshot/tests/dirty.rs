//! Is a record that moved marked until a plan looked at it?

use std::collections::BTreeSet;

use concordat_model::*;
use concordat_snapshot::{Looked, clean, dirty, looked, observe};
use concordat_store::{MemoryTables, Tables};

use crate::script::*;

fn marked(tables: &dyn Tables) -> BTreeSet<RecordKey> {
    dirty(tables, &pair()).unwrap()
}

fn planned(tables: &dyn Tables) {
    let conditions = Fingerprint::of("conditions", &[]);
    clean(tables, &pair(), Some(&Looked { conditions, at: at(1_000) })).unwrap();
}

/// A mirror of two contacts, which a plan looked at.
fn mirror() -> MemoryTables {
    let tables = MemoryTables::new();
    let script =
        Script::new().contacts(100, vec![row("c1", 90, &[("s", "a")]), row("c2", 90, &[])]);
    pull_highlevel(&tables, &script, &[]);
    assert!(marked(&tables).is_empty(), "before a plan, everything is to be looked at");
    assert_eq!(looked(&tables, &pair()).unwrap(), None);
    planned(&tables);
    tables
}

#[test]
fn what_moves_is_marked_until_a_plan_looked_at_it() {
    let tables = mirror();
    let same = || row("c2", 90, &[]);
    let script = Script::new().contacts(200, vec![row("c1", 190, &[("s", "b")]), same()]);
    for _ in 0..2 {
        pull_highlevel(&tables, &script, &[]);
        assert_eq!(marked(&tables), [key("c1")].into());
    }
    clean(&tables, &pair(), None).unwrap();
    pull_highlevel(&tables, &script, &[]);
    assert!(marked(&tables).is_empty(), "nothing moved");
    assert!(looked(&tables, &pair()).unwrap().is_some());
}

#[test]
fn what_vanishes_comes_back_or_is_read_by_id_is_marked() {
    let tables = mirror();
    let without = Script::new().contacts(200, vec![row("c2", 90, &[])]).reads(key("c1"), 210, None);
    pull_highlevel(&tables, &without, &[key("c1")]);
    assert_eq!(marked(&tables), [key("c1")].into(), "gone");
    clean(&tables, &pair(), None).unwrap();
    let back = Script::new().contacts(300, vec![row("c1", 250, &[("s", "a")]), row("c2", 90, &[])]);
    pull_highlevel(&tables, &back, &[]);
    assert_eq!(marked(&tables), [key("c1")].into(), "back");
    clean(&tables, &pair(), None).unwrap();
    observe(&tables, &pair(), row("c2", 90, &[]), at(310), &stamped).unwrap();
    assert_eq!(marked(&tables), [key("c2")].into(), "read");
}

#[test]
fn another_account_begins_anew() {
    let tables = mirror();
    let tenant = Tenant { id: "other".into(), name: "O".into(), can_mark: true };
    let script = Script { tenant: Some(tenant), ..Script::new() }.contacts(200, vec![]);
    pull_highlevel(&tables, &script, &[]);
    assert_eq!(looked(&tables, &pair()).unwrap(), None);
}
