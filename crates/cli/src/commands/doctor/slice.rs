//! How much of the organisation is a pair about? A slice that no vendor is in is more often a misspelt
//! name than meant.

use concordat_remote::Remote;

use super::{Check, bad, each_vendor, good, weak};
use crate::failure::Failure;
use crate::session::Session;

/// How many vendors are in the pair's slice; nothing: it is about all of them.
pub(super) async fn check(session: &Session, upguard: &dyn Remote) -> Option<Check> {
    let slice = &session.rules.slice;
    if slice.is_whole() {
        return None;
    }
    let (mut inside, mut all) = (0_u64, 0_u64);
    let seen = each_vendor(upguard, |vendor| {
        all += 1;
        inside += u64::from(slice.holds(&vendor.reading));
        true
    });
    if let Err(failure) = seen.await {
        return Some(bad("slice", &Failure::from(failure)));
    }
    let says = format!("{inside} of {all} vendors: {slice}");
    Some(match inside {
        0 => weak(
            "slice",
            says,
            "compare `slice` of this [[pair]] with the vendors' labels, tiers and portfolios in UpGuard",
        ),
        _ => good("slice", says),
    })
}
