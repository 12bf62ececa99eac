//! Which scopes and permissions does each mapping need, and what is missing or more than is needed?
//!
//! Neither system says what a key or a private integration's token may do (`upguard.md` §1,
//! `highlevel.md` §2). So what reading needs is tried; what writing needs shows with the first write.

use std::collections::BTreeSet;

use concordat_connectors::{Needs, Operation, Reach, highlevel, upguard};
use concordat_model::{Partition, Resource, Side};
use concordat_remote::{Cause, Remote};

use super::{Check, bad, good, weak};
use crate::failure::Failure;
use crate::session::Session;

fn needs(resource: Resource) -> Needs {
    match resource.side() {
        Side::Upguard => upguard::needs(resource),
        Side::Highlevel => highlevel::needs(resource),
    }
}

fn always(side: Side) -> &'static [Operation] {
    match side {
        Side::Upguard => upguard::ALWAYS,
        Side::Highlevel => highlevel::ALWAYS,
    }
}

fn permissions(operations: &[Operation]) -> BTreeSet<&'static str> {
    operations.iter().map(|it| it.permission).collect()
}

fn listed(permissions: &BTreeSet<&str>) -> String {
    permissions.iter().copied().collect::<Vec<_>>().join(", ")
}

/// One finding for each mapping: what it needs, and no more.
pub(super) fn of_mappings(session: &Session) -> Vec<Check> {
    let of_side = |side: Side, resource: Resource| {
        let Needs { reads, writes } = needs(resource);
        let reads = permissions(&[always(side), reads].concat());
        let writes = match session.reach(side) {
            Reach::ReadOnly => BTreeSet::new(),
            Reach::Untold | Reach::Scopes(_) => permissions(writes),
        };
        let more: BTreeSet<&str> = writes.difference(&reads).copied().collect();
        match more.is_empty() {
            true => format!("{side} {}", listed(&reads)),
            false => format!("{side} {}; to write, {}", listed(&reads), listed(&more)),
        }
    };
    let mappings = session.rules.mappings.iter();
    let of_mapping = mappings.map(|mapping| {
        let sides = mapping.resources.iter().map(|(side, it)| of_side(side, *it));
        let says = format!("{} needs {}", mapping.name, sides.collect::<Vec<_>>().join(" · "));
        good("permissions", says)
    });
    of_mapping.collect()
}

/// What is missing: every kind of record that is listed as a whole is asked for once. Where the side told
/// which scopes there are, also what is not needed.
pub(super) async fn tried(session: &Session, side: Side, remote: &dyn Remote) -> Vec<Check> {
    let resources = session.rules.resources(side);
    let mut checks = Vec::new();
    for resource in resources.iter().filter(|it| is_tried(**it)) {
        let page = remote.page(&Partition::All(*resource), None).await;
        if let Err(failure) = page
            && failure.cause == Cause::Scope
        {
            let lacking = listed(&permissions(needs(*resource).reads));
            let mut failure = Failure::from(failure);
            let noun = resource.noun();
            let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            failure.hint = Some(format!(
                "give it {lacking}, or switch off the mappings that need {article} {noun}"
            ));
            checks.push(bad("permissions", &failure));
        }
    }
    if let Reach::Scopes(held) = session.reach(side) {
        checks.extend(compared(side, &resources, &held));
    }
    checks
}

/// Kinds that are listed as a whole, each of which stands for those that are listed by owner and need the
/// same. Notifications have a check of their own.
fn is_tried(resource: Resource) -> bool {
    match resource {
        Resource::Vendor
        | Resource::Threat
        | Resource::Disclosure
        | Resource::Lead
        | Resource::Waiver
        | Resource::App
        | Resource::Risk
        | Resource::Business
        | Resource::Contact
        | Resource::Task => true,
        Resource::VendorContact
        | Resource::VendorNote
        | Resource::Questionnaire
        | Resource::CustomField
        | Resource::Comment
        | Resource::Note
        | Resource::Notification => false,
    }
}

/// The scopes that there are, and those that are needed.
fn compared(side: Side, resources: &[Resource], held: &BTreeSet<String>) -> Vec<Check> {
    let writes = resources.iter().flat_map(|it| needs(*it).writes);
    let writes: BTreeSet<&str> = writes.map(|it| it.permission).collect();
    let reads = resources.iter().flat_map(|it| needs(*it).reads).chain(always(side));
    let mut needed: BTreeSet<&str> = reads.map(|it| it.permission).collect();
    needed.extend(&writes);
    // What `--fix` needs; asked for when somebody signs in.
    needed.insert("locations/customFields.write");
    let missing: BTreeSet<&str> = writes.into_iter().filter(|it| !held.contains(*it)).collect();
    let more: BTreeSet<&str> =
        held.iter().map(String::as_str).filter(|it| !needed.contains(it)).collect();
    let mut checks = Vec::new();
    if !missing.is_empty() {
        checks.push(weak(
            "permissions",
            format!("the token lacks {}: what needs it is told and not written", listed(&missing)),
            "add it to the app and sign in again, or leave it: plans are reports then",
        ));
    }
    if !more.is_empty() {
        checks.push(weak(
            "permissions",
            format!("the token has {}, which nothing here needs", listed(&more)),
            "take it from the app, and sign in again",
        ));
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_what_is_too_much_is_told() {
        let scopes = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
        let told = |held: &[&str]| -> Vec<String> {
            let all = compared(Side::Highlevel, &[Resource::Business], &scopes(held));
            all.into_iter().map(|it| it.finding.says).collect()
        };
        let enough = ["locations.readonly", "businesses.readonly", "businesses.write"];
        assert_eq!(told(&enough), [""; 0]);
        assert_eq!(
            told(&["locations.readonly", "businesses.readonly", "users.readonly"]),
            [
                "the token lacks businesses.write: what needs it is told and not written",
                "the token has users.readonly, which nothing here needs"
            ]
        );
    }
}
