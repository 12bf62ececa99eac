//! When did a field move? Tables of what was seen, and the interval that follows.

use concordat_model::*;
use concordat_snapshot::{PullRequest, load, observe};
use concordat_store::MemoryTables;

use crate::script::*;

fn moved(view: &View, key: &RecordKey, path: &str) -> Option<Interval> {
    view.records[key].moved.get(&Path::from(path)).copied()
}

fn interval(after: Option<i64>, until: i64, stamped: bool) -> Interval {
    Interval { after: after.map(at), until: at(until), stamped }
}

fn v1() -> RecordKey {
    RecordKey::new(Resource::Vendor, "v1")
}

#[test]
fn nothing_has_moved_at_first_sight_or_when_first_covered() {
    let tables = MemoryTables::new();
    let view = pull_highlevel(
        &tables,
        &Script::new().contacts(10, vec![row("c1", 5, &[("s", "a")])]),
        &[],
    );
    assert!(view.records[&key("c1")].moved.is_empty());
    let view = pull_highlevel(
        &tables,
        &Script::new().contacts(20, vec![row("c1", 15, &[("s", "a"), ("t", "b")])]),
        &[],
    );
    assert!(view.records[&key("c1")].moved.is_empty());
}

#[test]
fn a_row_shows_its_record_as_of_its_own_stamp() {
    let tables = MemoryTables::new();
    let see = |second, stamp, s, u| {
        let record = row("c1", stamp, &[("s", s), ("u", u)]);
        pull_highlevel(&tables, &Script::new().contacts(second, vec![record]), &[])
    };
    see(100, 50, "a", "a");
    // The same fields under a newer stamp: the old values are known to hold until then.
    see(200, 150, "a", "a");
    let view = see(300, 250, "b", "b");
    assert_eq!(moved(&view, &key("c1"), "s"), Some(interval(Some(150), 250, true)));
    assert_eq!(moved(&view, &key("c1"), "u"), Some(interval(Some(150), 300, false)));
    // Only what moves again gets a new interval.
    let view = see(400, 350, "c", "b");
    assert_eq!(moved(&view, &key("c1"), "s"), Some(interval(Some(250), 350, true)));
    assert_eq!(moved(&view, &key("c1"), "u"), Some(interval(Some(150), 300, false)));
}

#[test]
fn a_stamp_that_stood_still_says_nothing() {
    let tables = MemoryTables::new();
    for (second, value) in [(100, "a"), (200, "b")] {
        let record = row("c1", 50, &[("s", value)]);
        pull_highlevel(&tables, &Script::new().contacts(second, vec![record]), &[]);
    }
    let view = load(&tables, &pair(), Side::Highlevel).unwrap().unwrap();
    assert_eq!(moved(&view, &key("c1"), "s"), Some(interval(Some(50), 200, false)));
}

#[test]
fn a_direct_listing_shows_its_records_as_of_its_beginning() {
    let tables = MemoryTables::new();
    let see = |second, value| {
        let pages = vec![
            Ok(page(second, vec![vendor("v0", &[])])),
            Ok(page(second + 7, vec![vendor("v1", &[("tier", value)])])),
        ];
        pull_upguard(&tables, &Script::new().list(Resource::Vendor, pages), &[])
    };
    see(100, "1");
    see(200, "1");
    let view = see(300, "2");
    assert_eq!(moved(&view, &v1(), "tier"), Some(interval(Some(200), 307, false)));
}

#[test]
fn a_listing_without_certificate_is_no_observation_of_what_did_not_move() {
    let tables = MemoryTables::new();
    let see = |second, value, total| {
        let mut answer = page(second, vec![vendor("v1", &[("tier", value)])]);
        answer.body.total = Some(total);
        pull_upguard(&tables, &Script::new().list(Resource::Vendor, vec![Ok(answer)]), &[])
    };
    see(100, "1", 1);
    see(200, "1", 2);
    let view = see(300, "2", 1);
    assert_eq!(moved(&view, &v1(), "tier"), Some(interval(Some(100), 300, false)));
}

#[test]
fn while_it_was_missing_the_listings_did_not_see_it() {
    let tables = MemoryTables::new();
    let see = |second, records| pull_upguard(&tables, &Script::new().vendors(second, records), &[]);
    see(100, vec![vendor("v1", &[("tier", "1")])]);
    see(200, vec![]);
    let view = see(300, vec![vendor("v1", &[("tier", "2")])]);
    assert_eq!(moved(&view, &v1(), "tier"), Some(interval(None, 300, false)));
    assert_eq!(view.records[&v1()].missing, 0);
}

#[test]
fn a_read_by_id_observes_now() {
    let tables = MemoryTables::new();
    pull_upguard(&tables, &Script::new().vendors(100, vec![vendor("v1", &[("tier", "1")])]), &[]);
    let read = |second, value| {
        let record = vendor("v1", &[("tier", value)]);
        observe(&tables, &pair(), record, at(second), &stamped).unwrap()
    };
    let mirrored = read(150, "1");
    assert_eq!((mirrored.read_at, mirrored.moved.len()), (Some(at(150)), 0));
    let mirrored = read(160, "2");
    assert_eq!(mirrored.moved[&"tier".into()], interval(Some(150), 160, false));
    assert_eq!(mirrored.record.sight, Sight::Read);
    let view = pull_upguard(
        &tables,
        &Script::new().vendors(200, vec![vendor("v1", &[("tier", "3")])]),
        &[],
    );
    assert_eq!(moved(&view, &v1(), "tier"), Some(interval(Some(160), 200, false)));
}

#[test]
fn a_record_made_by_us_is_added_by_its_first_read() {
    let tables = MemoryTables::new();
    let record = row("c1", 90, &[("s", "a")]);
    let mirrored = observe(&tables, &pair(), record, at(100), &stamped).unwrap();
    assert_eq!((mirrored.read_at, mirrored.missing), (Some(at(100)), 0));
    let view = pull_highlevel(&tables, &Script::new().contacts(200, vec![]), &[]);
    assert_eq!(view.records[&key("c1")].missing, 1);
}

#[test]
fn fields_that_are_not_covered_keep_their_value_and_do_not_move() {
    let tables = MemoryTables::new();
    let see = |second, stamp, fields: &[(&str, &str)]| {
        let script = Script::new().contacts(second, vec![row("c1", stamp, fields)]);
        pull_highlevel(&tables, &script, &[])
    };
    see(100, 50, &[("s", "a"), ("t", "b")]);
    let view = see(200, 150, &[("s", "c")]);
    let mirrored = &view.records[&key("c1")];
    assert!(mirrored.record.reading.get(&"t".into()).unwrap() == &Some(Value::text("b")));
    assert_eq!(mirrored.moved.keys().collect::<Vec<_>>(), [&Path::from("s")]);
}

/// What the index shows after we know better: our value, and no interval.
#[test]
fn late_pictures_move_nothing() {
    // the stamp of the row, when we read the record by id, whether the row counts
    let table = [
        (90, None, false),
        (100, None, true),
        (100, Some(110), false),
        (90, Some(110), false),
        (120, Some(110), true),
    ];
    for (stamp, read_at, counts) in table {
        let tables = MemoryTables::new();
        let script = Script::new().contacts(105, vec![row("c1", 100, &[("s", "ours")])]);
        pull_highlevel(&tables, &script, &[]);
        if let Some(read_at) = read_at {
            let record = row("c1", 100, &[("s", "ours")]);
            observe(&tables, &pair(), record, at(read_at), &stamped).unwrap();
        }
        let script = Script::new().contacts(200, vec![row("c1", stamp, &[("s", "theirs")])]);
        let view = pull_highlevel(&tables, &script, &[]);
        let mirrored = &view.records[&key("c1")];
        let value = if counts { "theirs" } else { "ours" };
        let case = format!("{stamp} {read_at:?}");
        assert!(
            mirrored.record.reading.get(&"s".into()).unwrap() == &Some(Value::text(value)),
            "{case}"
        );
        assert_eq!(mirrored.moved.len(), usize::from(counts), "{case}");
        assert_eq!(mirrored.missing, 0, "{case}");
    }
}

/// A field that is defined after the record was read by id: its row, no newer than the read, shows it for
/// the first time, and the record is read again.
#[test]
fn a_field_that_a_read_did_not_cover_is_read_when_a_row_shows_it() {
    let tables = MemoryTables::new();
    observe(&tables, &pair(), row("c1", 90, &[("s", "a")]), at(100), &stamped).unwrap();
    let wider = || row("c1", 90, &[("s", "a"), ("score", "b")]);
    for reads in [1, 0] {
        let script = Script::new().contacts(200, vec![wider()]);
        let script = script.reads(key("c1"), 210, Some(wider()));
        let view = pull_highlevel(&tables, &script, &[]);
        assert_eq!(script.asked("read"), reads);
        let held = view.records[&key("c1")].record.reading.get(&"score".into());
        assert!(held == Some(&Some(Value::text("b"))));
        assert!(moved(&view, &key("c1"), "score").is_none(), "nobody saw it move");
    }
}

/// After the mirror was lost: a row from before our last write was read back tells nothing of that write,
/// and the record is read by id, once. Answers tell the time in whole seconds, so what was read back in the
/// second of the row's stamp may be later.
#[test]
fn a_row_older_than_our_last_write_is_read_when_there_is_no_mirror() {
    for (read_back, asked) in [(None, [0, 0]), (Some(at(89)), [0, 0]), (Some(at(90)), [1, 0])] {
        let tables = MemoryTables::new();
        for reads in asked {
            let script = Script::new().contacts(200, vec![row("c1", 90, &[("s", "past")])]);
            let script = script.reads(key("c1"), 210, Some(row("c1", 90, &[("s", "now")])));
            let expected = [(key("c1"), read_back)].into();
            let request = PullRequest { expected, ..request(Side::Highlevel, &[]) };
            let view = try_pull(&tables, &script, request).unwrap();
            assert_eq!(script.asked("read"), reads, "{read_back:?}");
            let value = if read_back == Some(at(90)) { "now" } else { "past" };
            let held = view.records[&key("c1")].record.reading.get(&"s".into());
            assert!(held == Some(&Some(Value::text(value))), "{read_back:?}");
        }
    }
}

/// After a crash: of two readings of one record, the mirror may have kept the one before our write only. It is
/// read again, once, whatever its row shows.
#[test]
fn a_reading_older_than_our_last_write_is_read_again() {
    let tables = MemoryTables::new();
    observe(&tables, &pair(), row("c1", 90, &[("s", "past")]), at(100), &stamped).unwrap();
    for reads in [1, 0] {
        let script = Script::new().contacts(200, vec![row("c1", 90, &[("s", "past")])]);
        let script = script.reads(key("c1"), 210, Some(row("c1", 90, &[("s", "now")])));
        let expected = [(key("c1"), Some(at(101)))].into();
        let request = PullRequest { expected, ..request(Side::Highlevel, &[]) };
        let view = try_pull(&tables, &script, request).unwrap();
        assert_eq!(script.asked("read"), reads);
        let held = view.records[&key("c1")].record.reading.get(&"s".into());
        assert!(held == Some(&Some(Value::text("now"))));
    }
}

/// A listing that several pairs share may be older than what one of them read by id: it moves nothing,
/// and where it differs the record is read again.
#[test]
fn a_listing_from_before_a_read_moves_nothing() {
    for (now, moves) in [("2", false), ("3", true)] {
        let tables = MemoryTables::new();
        let listed = |second| Script::new().vendors(second, vec![vendor("v1", &[("tier", "1")])]);
        pull_upguard(&tables, &listed(100), &[]);
        let read = vendor("v1", &[("tier", "2")]);
        observe(&tables, &pair(), read, at(150), &stamped).unwrap();
        let script = listed(120).reads(v1(), 160, Some(vendor("v1", &[("tier", now)])));
        let view = pull_upguard(&tables, &script, &[]);
        assert_eq!(script.asked("read"), 1);
        let held = view.records[&v1()].record.reading.get(&"tier".into());
        assert!(held == Some(&Some(Value::text(now))), "{now}");
        let expected = if moves { (150, 160) } else { (100, 150) };
        let expected = interval(Some(expected.0), expected.1, false);
        assert_eq!(moved(&view, &v1(), "tier"), Some(expected), "{now}");
    }
}

/// A task that is read by id tells no stamp. What the index shows of the time between the stamp we know and
/// that read is older than the read, though its stamp is newer than ours: the record is read again.
#[test]
fn a_row_from_before_a_read_that_told_no_stamp_moves_nothing() {
    for (now, moves) in [("done", false), ("open", true)] {
        let tables = MemoryTables::new();
        let pulled = |second, stamp, value| {
            Script::new().contacts(second, vec![row("c1", stamp, &[("s", value)])])
        };
        let unstamped = |value| Record { stamp: None, ..row("c1", 0, &[("s", value)]) };
        pull_highlevel(&tables, &pulled(105, 100, "open"), &[]);
        observe(&tables, &pair(), unstamped("done"), at(150), &stamped).unwrap();
        let script = pulled(160, 120, "open").reads(key("c1"), 165, Some(unstamped(now)));
        let view = pull_highlevel(&tables, &script, &[]);
        assert_eq!(script.asked("read"), 1);
        let held = view.records[&key("c1")].record.reading.get(&"s".into());
        assert!(held == Some(&Some(Value::text(now))), "{now}");
        let expected = if moves { (150, 165) } else { (100, 150) };
        let expected = interval(Some(expected.0), expected.1, false);
        assert_eq!(moved(&view, &key("c1"), "s"), Some(expected), "{now}");
        // Once the index has it, nothing is asked any more.
        let script = pulled(260, 140, now);
        pull_highlevel(&tables, &script, &[]);
        assert_eq!(script.asked("read"), 0);
    }
}

#[test]
fn an_interval_never_ends_before_it_begins() {
    let tables = MemoryTables::new();
    let script = Script::new().contacts(105, vec![row("c1", 100, &[("s", "a")])]);
    pull_highlevel(&tables, &script, &[]);
    observe(&tables, &pair(), row("c1", 100, &[("s", "a")]), at(300), &stamped).unwrap();
    let edited = || row("c1", 299, &[("s", "b")]);
    let script = Script::new().contacts(310, vec![edited()]).reads(key("c1"), 311, Some(edited()));
    let view = pull_highlevel(&tables, &script, &[]);
    assert_eq!(moved(&view, &key("c1"), "s"), Some(interval(Some(299), 299, true)));
}
