//! What did we last see of a side? A mirror of its records, with the certificates that say what the
//! last pull covered and the intervals that say when each field moved.
//!
//! - [`pull`] lists a side page by page, believes a listing only with a certificate, and reads by id
//!   whatever should be there and was not listed.
//! - [`load`] shows all that is mirrored, [`Mirror`] what is asked for.
//! - [`dirty`] says which records moved since a plan last looked at them.
//! - [`observe`] takes in a record that was read by id in between.
//!
//! It knows nothing of the other side, of what fields mean, or of who wins.

mod bounded;
mod confirm;
mod dirty;
mod error;
mod fold;
mod listing;
mod mirror;
mod outdated;
mod place;
mod pull;
mod swap;
mod sweep;
mod window;

pub use dirty::{Looked, clean, dirty, looked};
pub use error::SnapshotError;
pub use mirror::{Mirror, load, observe};
pub use outdated::forget_outdated;
pub use pull::{Here, Owners, Progress, PullRequest, pull};
pub use sweep::Sweep;
pub use window::Window;

use concordat_model::{Path, Resource};

/// Whether a change of this field is known to move the record's own stamp.
pub type Stamped<'a> = &'a (dyn Fn(Resource, &Path) -> bool + Sync);
