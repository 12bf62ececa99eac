//! Can what UpGuard notifies of be read? It takes a permission that nothing else here needs.

use concordat_model::{Partition, Resource};
use concordat_remote::{Cause, Remote};

use super::{Check, bad, good};
use crate::failure::Failure;
use crate::session::Session;

/// What came of the first page; nothing: it is not read at all.
pub(super) async fn check(session: &Session, remote: &dyn Remote) -> Option<Check> {
    let has_place = session.rules.feed()?;
    let page = remote.page(&Partition::All(Resource::Notification), None).await;
    Some(match page {
        Ok(_) if has_place => good("notifications", "can be read"),
        Ok(_) => good(
            "notifications",
            "can be read; those that name no vendor are left out, because [mapping.anchors] names no \
             organisation",
        ),
        Err(failure) => {
            let is_missing = failure.cause == Cause::Scope;
            let mut failure = Failure::from(failure);
            if is_missing {
                let says = "give the API key the permission Admin, or set enabled = false under \
                            [mapping.activity]";
                failure.hint = Some(says.into());
            }
            bad("notifications", &failure)
        }
    })
}
