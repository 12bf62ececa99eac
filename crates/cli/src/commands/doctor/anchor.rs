//! Is the contact there at which tasks stand? Without it no threat becomes a task, night after night.

use concordat_model::{Record, RecordKey, Resource, Value};
use concordat_remote::{Failure as Unanswered, Remote, Sought};

use super::{Check, bad, good, weak};
use crate::failure::Failure;
use crate::session::Session;

/// What was found where the settings name a contact; nothing: they name none.
pub(super) async fn check(session: &Session, remote: &dyn Remote) -> Option<Check> {
    let wanted = session.anchor()?;
    Some(match look(wanted, remote).await {
        Err(failure) => bad("anchor", &Failure::from(failure)),
        Ok(found) => match found.first() {
            Some(it) => good("anchor", format!("tasks stand at {} ({})", it.name, it.key.id)),
            None => weak(
                "anchor",
                format!("no contact here is {wanted}, so threats become no tasks"),
                "name a contact of this location in [mapping.anchors], by id or e-mail address",
            ),
        },
    })
}

async fn look(wanted: &str, remote: &dyn Remote) -> Result<Vec<Record>, Unanswered> {
    if !wanted.contains('@') {
        let read = remote.read(&RecordKey::new(Resource::Contact, wanted), None).await?;
        return Ok(read.body.into_iter().collect());
    }
    let key = Some(("email".into(), Value::text(wanted)));
    let sought = Sought { resource: Resource::Contact, parent: None, marker: None, key };
    Ok(remote.find(&sought).await?.body.records)
}
