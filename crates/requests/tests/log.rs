//! Is everything noted, bounded, and readable whatever became of its writer?

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use concordat_model::{Ended, Exchange, FailureKind, Side, Traffic};
use concordat_requests::{Bounds, Head, LogError, Logged, Recorder, Unread, logged};

fn head(run: u32) -> Head {
    let began = format!("2026-11-24T02:00:{:02}Z", run % 60).parse().expect("a time");
    Head::new("default".into(), format!("r{run:06}").as_str().into(), "reconcile", began)
}

fn exchange(nth: u64) -> Exchange {
    Exchange {
        at: "2026-11-24T02:00:00Z".parse().expect("a time"),
        side: Side::Highlevel,
        operation: "GET /contacts/{contactId}".into(),
        attempt: 1,
        latency_ms: nth,
        ended: Ended::Done { status: 200 },
        trace: None,
        record: None,
        intent: None,
        fields: Vec::new(),
    }
}

fn failed(nth: u64) -> Exchange {
    let ended = Ended::Failed { failed: FailureKind::Throttled, status: Some(429) };
    Exchange { ended, attempt: 2, ..exchange(nth) }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(dir).expect("a directory").map(|it| it.expect("an entry").path()).collect();
    files.sort();
    files
}

fn bytes(dir: &Path) -> u64 {
    files(dir).iter().map(|it| fs::metadata(it).expect("a file").len()).sum()
}

/// Latencies serve as numbers of the requests.
fn shown(run: &Logged) -> (Vec<u64>, Unread) {
    let mut seen = Vec::new();
    let unread = run.each(|it| seen.push(it.latency_ms)).expect("readable");
    (seen, unread)
}

fn traffic(requests: u64, failed: u64, retries: u64) -> Traffic {
    let operation = exchange(0).operation;
    Traffic { side: Side::Highlevel, operation, requests, failed, retries }
}

#[test]
fn what_is_noted_can_be_read_by_its_owner() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path().join("requests/default");
    let mut recorder = Recorder::new(&dir, Bounds::STANDARD, head(1));
    assert!(!dir.exists(), "nothing was noted yet");
    for nth in 0..1000 {
        recorder.note(exchange(nth)).expect("noted");
    }
    recorder.note(failed(1000)).expect("noted");
    // A failed one is there at once, while the run goes on.
    let runs = logged(&dir).expect("readable");
    assert_eq!(shown(&runs[0]), ((0..=1000).collect(), Unread(0)));
    assert_eq!(runs[0].head, head(1));
    assert_eq!(runs[0].traffic().expect("readable"), [traffic(1001, 1, 1)]);
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&files(&dir)[0])), (0o700, 0o600));
    recorder.note(exchange(1001)).expect("noted");
    drop(recorder);
    assert_eq!(shown(&logged(&dir).expect("readable")[0]).0.len(), 1002);
}

#[test]
fn the_oldest_makes_room_and_stays_counted() {
    let dir = tempfile::tempdir().expect("a directory");
    let bounds = Bounds { runs_max: 100, bytes_max: 40_000, file_bytes_max: 4_000 };
    let mut recorder = Recorder::new(dir.path(), bounds, head(1));
    for nth in 0..10_000 {
        recorder.note(failed(nth)).expect("noted");
        if nth % 500 == 0 {
            assert!(bytes(dir.path()) <= bounds.bytes_max, "{}", bytes(dir.path()));
        }
    }
    let runs = logged(dir.path()).expect("readable");
    let (seen, _) = shown(&runs[0]);
    let gone: u64 = runs[0].head.before.iter().map(|it| it.requests).sum();
    assert!(!seen.is_empty() && gone > 0);
    assert_eq!(seen, (gone..10_000).collect::<Vec<u64>>());
    assert_eq!(runs[0].traffic().expect("readable"), [traffic(10_000, 10_000, 10_000)]);
}

#[test]
fn so_many_runs_are_kept_and_no_more() {
    let dir = tempfile::tempdir().expect("a directory");
    let bounds = Bounds { runs_max: 3, ..Bounds::STANDARD };
    for run in 1..=5 {
        Recorder::new(dir.path(), bounds, head(run)).note(failed(0)).expect("noted");
    }
    let names = logged(dir.path()).expect("readable").into_iter().map(|it| it.head.run.to_string());
    assert_eq!(names.collect::<Vec<_>>(), ["r000003", "r000004", "r000005"]);
}

#[test]
fn a_file_that_is_cut_off_anywhere_says_nothing_wrong() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut recorder = Recorder::new(dir.path(), Bounds::STANDARD, head(1));
    (0..5).for_each(|nth| recorder.note(failed(nth)).expect("noted"));
    drop(recorder);
    let path = files(dir.path()).remove(0);
    let whole = fs::read(&path).expect("a file");
    // Where each line ends, its newline left out: a line that lacks only that is whole.
    let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').collect();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).expect("written");
        let runs = logged(dir.path()).expect("readable");
        let lines = ends.iter().filter(|end| **end <= length).count();
        if lines == 0 {
            assert!(runs.is_empty(), "{length}");
            continue;
        }
        let is_torn = length > ends[lines - 1] + 1;
        let expected = ((0..lines as u64 - 1).collect(), Unread(u64::from(is_torn)));
        assert_eq!(shown(&runs[0]), expected, "{length}");
    }
}

#[test]
fn a_damaged_line_is_counted_and_the_others_are_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut recorder = Recorder::new(dir.path(), Bounds::STANDARD, head(1));
    recorder.note(failed(0)).expect("noted");
    let path = files(dir.path()).remove(0);
    let mut file = OpenOptions::new().append(true).open(&path).expect("a file");
    file.write_all(b"\xff\x00{\n").expect("written");
    recorder.note(failed(1)).expect("noted");
    assert_eq!(shown(&logged(dir.path()).expect("readable")[0]), (vec![0, 1], Unread(1)));
}

#[test]
fn what_a_newer_program_wrote_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let head = Head { version: 2, ..head(1) };
    Recorder::new(dir.path(), Bounds::STANDARD, head).note(failed(0)).expect("noted");
    assert!(matches!(logged(dir.path()), Err(LogError::Newer { .. })));
}
