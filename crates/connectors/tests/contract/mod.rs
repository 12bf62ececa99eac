//! Is everything we send, and everything the sandbox answers, as the two vendors publish it? Their API
//! descriptions are not part of this repository: `CONCORDAT_SPECS` names the folder. Not set, the test
//! says that it was skipped; set and missing, it fails.
//!
//! What is known to be otherwise is one row of [`deviations`], with its source. Nothing else may be, and
//! no row may stand there that nothing uses. Of each operation something is changed for the worse as well,
//! and must be noticed: a check that cannot fail would prove nothing.

mod deviations;
mod published;
mod signing;
mod traffic;
mod worse;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;

use concordat_connectors::Operation;
use concordat_model::Side;
use concordat_remote::{Method, Request};
use deviations::{Allowed, DEVIATIONS};
use published::{Declared, Published};
use traffic::{Exchange, catalogue, gone_wrong, session, turned, unlimited};

use crate::side::feed::{documented, feed, is_of};

fn specs() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("CONCORDAT_SPECS") else {
        eprintln!("skipped: CONCORDAT_SPECS is not set, so there is nothing to compare with");
        return None;
    };
    let folder = PathBuf::from(folder);
    assert!(folder.is_dir(), "CONCORDAT_SPECS: {} is no folder", folder.display());
    Some(folder)
}

/// How often something of an operation was found as published, and how often what was made worse on
/// purpose was noticed.
#[derive(Default)]
struct Count {
    requests: [usize; 2],
    answers: [usize; 2],
}

/// Everything there is to check.
struct Passed {
    exchanges: Vec<Exchange>,
    /// Sent to a side of paper, which answers anything.
    sent: Vec<Request>,
}

static PASSED: LazyLock<Passed> = LazyLock::new(|| {
    let mut exchanges = session(unlimited());
    exchanges.extend(gone_wrong(&exchanges));
    for (_, switches) in turned() {
        exchanges.extend(session(switches));
    }
    let mut sent = feed(200, documented().to_string().as_bytes());
    sent.extend(feed(422, documented().to_string().as_bytes()));
    Passed { exchanges, sent }
});

#[test]
fn everything_is_as_published() {
    let Some(folder) = specs() else { return };
    let published = Published::read(&folder);
    let mut allowed = Allowed::default();
    let mut problems = BTreeSet::new();
    let mut counts = BTreeMap::new();
    for operation in catalogue() {
        let name = operation.name();
        let Some(declared) = published.declared(operation) else {
            problems.insert(format!("{name}: is not published"));
            continue;
        };
        let is_needed = operation.permission != "-";
        if is_needed && !declared.grants.contains(operation.permission) {
            let says = format!("{} is not its permission", operation.permission);
            let rest = allowed.rest(operation, [says].into());
            problems.extend(rest.into_iter().map(|it| format!("{name}: {it}")));
        }
        let (count, wrong) = checked(operation, &declared, &PASSED, &mut allowed);
        problems.extend(wrong.into_iter().map(|it| format!("{name}: {it}")));
        counts.insert((operation.side, name), count);
    }
    told(&counts);
    problems.extend(allowed.unused().map(|it| format!("nothing deviates any more: {it}")));
    assert!(problems.is_empty(), "{problems:#?}");
    for ((_, name), count) in &counts {
        let each = count.requests.iter().chain(&count.answers);
        assert!(
            each.clone().all(|it| 0 < *it),
            "{name}: something was never checked, see the table"
        );
    }
    assert!(!counts.is_empty(), "nothing was checked");
}

fn checked(
    operation: &Operation,
    declared: &Declared,
    passed: &Passed,
    allowed: &mut Allowed,
) -> (Count, BTreeSet<String>) {
    let mut count = Count::default();
    let mut problems = BTreeSet::new();
    let of_it = |it: &&Exchange| it.side == operation.side && is_of(&it.request, operation);
    let exchanges: Vec<&Exchange> = passed.exchanges.iter().filter(of_it).collect();
    let sent = passed.sent.iter().filter(|it| is_of(it, operation));
    // Of what is made worse the first is enough: it is a test of the check.
    for request in exchanges.iter().map(|it| &it.request).chain(sent) {
        let wrong = allowed.rest(operation, declared.request(request));
        count.requests[0] += usize::from(wrong.is_empty());
        problems.extend(wrong.into_iter().map(|it| format!("sent: {it}")));
    }
    for exchange in &exchanges {
        let wrong = allowed.rest(operation, declared.answer(&exchange.answer));
        count.answers[0] += usize::from(wrong.is_empty());
        problems.extend(wrong.into_iter().map(|it| format!("answered {it}")));
    }
    if let Some(first) = exchanges.iter().find(|it| it.answer.status < 300) {
        for (how, request) in worse::requests(declared, &first.request) {
            let noticed = allowed.would_leave(operation, declared.request(&request));
            count.requests[1] += usize::from(noticed);
            problems.extend((!noticed).then(|| format!("sent {how}, and nobody noticed")));
        }
        for (how, answer) in worse::answers(declared, &first.answer) {
            let noticed = allowed.would_leave(operation, declared.answer(&answer));
            count.answers[1] += usize::from(noticed);
            problems.extend((!noticed).then(|| format!("answered {how}, and nobody noticed")));
        }
    } else {
        problems.insert("the sandbox never did it: tests/contract/traffic.rs".to_owned());
    }
    (count, problems)
}

fn told(counts: &BTreeMap<(Side, String), Count>) {
    let head = ["requests", "worse ones", "answers", "worse ones"];
    eprintln!("{:70}{:>10}{:>12}{:>10}{:>12}", "operation", head[0], head[1], head[2], head[3]);
    for ((_, name), Count { requests: [valid, invalid], answers: [good, bad] }) in counts {
        eprintln!("{name:70}{valid:>10}{invalid:>12}{good:>10}{bad:>12}");
    }
    eprintln!("\n{:48}{:62}source", "operation", "otherwise than published");
    for it in DEVIATIONS {
        eprintln!("{:48}{:62}{}", it.operation, it.what, it.source);
    }
}

/// What spends licences, reaches people or removes in bulk is not in the catalogue, and no parameter of
/// it is ever sent (`upguard.md` §1, §2).
#[test]
fn nothing_that_costs_or_reaches_people_is_ever_sent() {
    const PARAMETERS: [&str; 6] = [
        "start_monitoring",
        "generate_ad_hoc_report",
        "email_addresses",
        "reminder_date",
        "hook_url",
        "toNotify",
    ];
    const PATHS: [&str; 9] = [
        "/vendor/monitor",
        "/vendor/unmonitor",
        "remediation_request/add",
        "/reports",
        "/vips",
        "/webhooks",
        "/workflow",
        "/campaigns",
        "/conversations",
    ];
    let requests: Vec<&Request> =
        PASSED.exchanges.iter().map(|it| &it.request).chain(&PASSED.sent).collect();
    assert!(100 < requests.len());
    for request in requests {
        let sent = format!("{} {}", request.method.as_str(), request.path);
        for name in PARAMETERS {
            assert!(!request.query.iter().any(|(it, _)| it == name), "{sent}: {name}");
            let body = String::from_utf8_lossy(&request.body);
            assert!(!body.contains(&format!("\"{name}\"")), "{sent}: {name}");
        }
        // It is sent by a POST; what was sent may be read.
        let is_sent = request.path.contains("questionnaire") && request.method != Method::Get;
        assert!(!is_sent, "{sent}");
        assert!(!PATHS.iter().any(|it| request.path.contains(it)), "{sent}");
        assert!(catalogue().any(|it| is_of(request, it)), "{sent} is not in the catalogue");
    }
}
