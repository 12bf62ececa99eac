//! `doctor`: is everything in order, and if not, what helps? Writes to neither system, unless it is
//! told to define the custom fields that are missing; then it is a run, with plan, ledger and lock.

mod anchor;
mod custom_fields;
mod feed;
mod permissions;
mod requests;
mod slice;
mod state;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use concordat_connectors::{Operation, highlevel, upguard};
use concordat_model::{Partition, Record, Resource, Side, Sides};
use concordat_remote::{Failure as Unanswered, Remote, Trail};
use concordat_report::{visible, write_json};

use crate::desk::Desk;
use crate::documents::{
    DoctorDocument, Finding, OperationRow, OperationsDocument, RequestsToday, SCHEMA_VERSION,
};
use crate::failure::{Exit, Failure};
use crate::pairs::Pairs;
use crate::session::Session;
use crate::shell::Shell;

/// Clocks that differ by more are worth a word: a jump between two runs weakens the evidence.
const OFFSET_WORTH_SAYING_MS: i64 = 30_000;

/// What a check found, and what it means for the caller.
struct Check {
    finding: Finding,
    exit: Exit,
}

pub use custom_fields::define;

/// The command that defines what is missing, as the ledger records it.
const COMMAND: &str = "doctor --fix";

/// Checks everything: UpGuard once, HighLevel for every pair. With `fix`, this is a run of each pair: custom
/// fields that are missing are defined, and the requests are logged.
pub async fn run(pairs: &Pairs, fix: bool, shell: &Shell) -> Result<Exit, Failure> {
    let mut findings = vec![good("configuration", pairs.any().describe())];
    let (mut upguard_is_known, mut today) = (false, Vec::new());
    for session in pairs {
        let mut of_pair = Vec::new();
        match session.remotes() {
            Err(failure) => of_pair.push(bad("secrets", &failure)),
            Ok(Sides { upguard, highlevel }) => {
                let mut desk = match fix.then(|| Desk::open(session, COMMAND, shell)).transpose() {
                    Ok(desk) => desk,
                    Err(failure) => {
                        of_pair.push(bad("fix", &failure));
                        None
                    }
                };
                let counted = match &desk {
                    Some(desk) => desk.asked_today(),
                    None => session.asked_today(shell),
                };
                if !upguard_is_known {
                    findings.extend(upguard_is_well(session, upguard.as_ref()).await);
                    today.push(requests::today(session, Side::Upguard, &counted, upguard.spent()));
                    upguard_is_known = true;
                }
                of_pair.extend(slice::check(session, upguard.as_ref()).await);
                of_pair.extend(permissions::of_mappings(session));
                let well = highlevel_is_well(session, highlevel.as_ref(), desk.as_mut(), shell);
                of_pair.extend(well.await);
                today.push(requests::today(session, Side::Highlevel, &counted, highlevel.spent()));
                of_pair.extend(requests::check(counted));
            }
        }
        if pairs.ids().len() > 1 {
            of_pair.iter_mut().for_each(|it| it.finding.pair = Some(session.pair.clone()));
        }
        findings.extend(of_pair);
    }
    if pairs.ids().len() == 1 {
        today.iter_mut().for_each(|it| it.pair = None);
    }
    findings.extend(today.iter().map(requests::told));
    findings.extend(state::check(pairs, shell));
    tell(findings, today, shell)
}

fn good(check: &str, says: impl Into<String>) -> Check {
    let finding =
        Finding { check: check.into(), pair: None, ok: true, says: says.into(), remedy: None };
    Check { finding, exit: Exit::Ok }
}

fn bad(check: &str, failure: &Failure) -> Check {
    let place = failure.place.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
    let finding = Finding {
        check: check.into(),
        pair: None,
        ok: false,
        says: format!("{}{place}", failure.message),
        remedy: failure.hint.clone(),
    };
    Check { finding, exit: failure.exit() }
}

/// Something that works as it is, but not as well as it could.
fn weak(check: &str, says: String, remedy: &str) -> Check {
    let finding =
        Finding { check: check.into(), pair: None, ok: false, says, remedy: Some(remedy.into()) };
    Check { finding, exit: Exit::Ok }
}

async fn upguard_is_well(session: &Session, upguard: &dyn Remote) -> Vec<Check> {
    let (mut findings, opens) = side_is_well(session, Side::Upguard, upguard).await;
    if opens {
        findings.extend(attributes_exist(session, upguard).await);
        findings.extend(feed::check(session, upguard).await);
    }
    findings
}

async fn highlevel_is_well(
    session: &Session,
    highlevel: &dyn Remote,
    desk: Option<&mut Desk<'_>>,
    shell: &Shell,
) -> Vec<Check> {
    let (mut findings, opens) = side_is_well(session, Side::Highlevel, highlevel).await;
    if opens {
        findings.extend(custom_fields::check(session, highlevel, desk, shell).await);
        findings.extend(anchor::check(session, highlevel).await);
    }
    findings
}

/// Credentials, account, clock and permissions; and whether the credentials open anything at all.
async fn side_is_well(session: &Session, side: Side, remote: &dyn Remote) -> (Vec<Check>, bool) {
    let tenant = match remote.tenant().await {
        Ok(tenant) => tenant,
        Err(failure) => return (vec![bad(side.title(), &Failure::from(failure))], false),
    };
    let mut findings = vec![good(side.title(), format!("opens {} ({})", tenant.name, tenant.id))];
    let ahead_ms = remote.offset().ahead_ms;
    if ahead_ms.abs() > OFFSET_WORTH_SAYING_MS {
        let way = if ahead_ms > 0 { "ahead of" } else { "behind" };
        findings.push(good(
            &format!("{side} clock"),
            format!("{} s {way} ours; taken into account", ahead_ms.abs() / 1000),
        ));
    }
    findings.extend(permissions::tried(session, side, remote).await);
    (findings, true)
}

/// UpGuard has no list of attribute definitions (`upguard.md` §4.3): a name that no vendor carries
/// may still be defined, but is more often misspelt.
async fn attributes_exist(session: &Session, remote: &dyn Remote) -> Option<Check> {
    let wanted = session.attributes();
    if wanted.is_empty() {
        return None;
    }
    let mut missing: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
    let seen = each_vendor(remote, |vendor| {
        for (path, _) in vendor.reading.iter().filter(|(_, held)| held.is_some()) {
            path.as_str().strip_prefix("attributes.").map(|name| missing.remove(name));
        }
        !missing.is_empty()
    });
    if let Err(failure) = seen.await {
        return Some(bad("attributes", &Failure::from(failure)));
    }
    if missing.is_empty() {
        return Some(good("attributes", "every mapped attribute is in use"));
    }
    let missing: Vec<String> = missing.iter().map(|it| format!("{it:?}")).collect();
    Some(weak(
        "attributes",
        format!("no vendor carries {}", missing.join(", ")),
        "compare the names with UpGuard, Settings › Vendor Management; letter case counts",
    ))
}

/// Shows every vendor, until `goes_on` says that it has seen enough.
async fn each_vendor(
    remote: &dyn Remote,
    mut goes_on: impl FnMut(&Record) -> bool,
) -> Result<(), Unanswered> {
    let (mut trail, mut next) = (Trail::default(), None);
    loop {
        let page = remote.page(&Partition::All(Resource::Vendor), next.as_ref()).await?.body;
        if !page.records.iter().all(&mut goes_on) {
            return Ok(());
        }
        match trail.follow(&page) {
            Ok(Some(cursor)) => next = Some(cursor),
            // A listing that goes round in circles has shown what it has.
            Ok(None) | Err(_) => return Ok(()),
        }
    }
}

fn tell(
    checks: Vec<Check>,
    requests_today: Vec<RequestsToday>,
    shell: &Shell,
) -> Result<Exit, Failure> {
    let exit = Exit::worst(checks.iter().map(|it| it.exit));
    let findings: Vec<Finding> = checks.into_iter().map(|it| it.finding).collect();
    let mut text = String::new();
    for it in &findings {
        let mark = if it.ok { "✓" } else { "✗" };
        let pair = it.pair.as_ref().map(|pair| format!(" {pair}")).unwrap_or_default();
        let check = format!("{}{pair}", it.check);
        writeln!(text, "{mark} {check:16} {}", visible(&it.says)).expect("writing to a string");
        if let Some(remedy) = &it.remedy {
            writeln!(text, "  {:16} → {}", "", visible(remedy)).expect("writing to a string");
        }
    }
    shell.say(&text)?;
    let ok = findings.iter().all(|it| it.ok);
    let document = DoctorDocument { schema_version: SCHEMA_VERSION, ok, findings, requests_today };
    shell.document(|out| write_json(&document, out))?;
    Ok(exit)
}

/// Lists every API operation in use. Needs no configuration.
pub fn operations(shell: &Shell) -> Result<Exit, Failure> {
    let row = |it: &Operation| OperationRow {
        side: it.side,
        method: it.method.as_str(),
        path: it.template,
        permission: it.permission,
        writes: it.writes(),
    };
    let rows: Vec<OperationRow> = upguard::operations()
        .iter()
        .chain(highlevel::operations())
        .chain(highlevel::SIGNING)
        .map(row)
        .collect();
    let mut text = String::new();
    for it in &rows {
        let writes = if it.writes { "writes" } else { "" };
        let (method, path) = (it.method, it.path);
        writeln!(text, "{:9}  {method:6} {path:51} {:34} {writes}", it.side.title(), it.permission)
            .expect("writing to a string");
    }
    shell.say(&text)?;
    let document = OperationsDocument { schema_version: SCHEMA_VERSION, operations: rows };
    shell.document(|out| write_json(&document, out))?;
    Ok(Exit::Ok)
}
