//! Is the contact there at which stands what is about our own organisation? Without it no threat and no
//! disclosure becomes a task, night after night.

use std::time::Duration;

use concordat_model::{MappingName, Record, RecordKey, Resource, Value};
use concordat_remote::{Failure as Unanswered, Remote, Sought};

use super::{Check, bad, good, weak};
use crate::failure::Failure;
use crate::session::Session;

/// What was found where the settings name a contact, or what is off because they name none; nothing: none
/// is needed.
pub(super) async fn check(session: &Session, remote: &dyn Remote) -> Option<Check> {
    let Some(wanted) = session.anchor() else { return unanchored(&session.rules.unanchored) };
    Some(match look(wanted, remote).await {
        Err(failure) => bad("anchor", &Failure::from(failure)),
        Ok(Some(it)) => good("anchor", format!("tasks stand at {} ({})", it.name, it.key.id)),
        Ok(None) => weak(
            "anchor",
            format!("no contact here is {wanted}, so nothing becomes a task there"),
            REMEDY,
        ),
    })
}

/// That mappings are off. Threats are on unless somebody says otherwise, so that these are is no fault;
/// what a person asked for is.
fn unanchored(mappings: &[MappingName]) -> Option<Check> {
    let names: Vec<&str> = mappings.iter().map(MappingName::as_str).collect();
    let says = || format!("no contact is named for tasks, so these are off: {}", names.join(", "));
    let is_asked_for = names.iter().any(|it| !["threats", "comments"].contains(it));
    match names.is_empty() {
        true => None,
        false if is_asked_for => Some(weak("anchor", says(), REMEDY)),
        false => Some(good("anchor", says())),
    }
}

const REMEDY: &str = "name a contact of this location in [mapping.anchors], or in the pair's own \
                      anchors, by id or e-mail address";

/// HighLevel answers one contact to an e-mail address, even if several have it.
async fn look(wanted: &str, remote: &dyn Remote) -> Result<Option<Record>, Unanswered> {
    if !wanted.contains('@') {
        return Ok(remote.read(&RecordKey::new(Resource::Contact, wanted), None).await?.body);
    }
    let key = Some(("email".into(), Value::text(wanted)));
    let sought = Sought {
        resource: Resource::Contact,
        parent: None,
        marker: None,
        key,
        max_age: Duration::ZERO,
    };
    Ok(remote.find(&sought).await?.body.records.into_iter().next())
}
