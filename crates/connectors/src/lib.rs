//! The two systems behind the ports of `remote`: wire and record, paging, pacing, credentials, and
//! how one change becomes requests.
//!
//! A call passes one place (`caller.rs`), which is the only retry layer there is. JSON lives in the
//! `wire` modules, HTTP in [`http`]. Nothing here knows which fields correspond, who wins, or where
//! anything is stored.
//!
//! Facts about the two APIs are cited as sections of `highlevel.md` and `upguard.md`, two fact sheets
//! on which this project is written, here and in the sandbox; they are not part of the repository.
//!
//! Everything that leaves this crate as an error is made of texts written here, ids, member names
//! and status codes; never of what a record holds.

mod call;
mod caller;
mod cost;
mod credentials;
pub mod highlevel;
pub mod http;
mod listed_once;
mod marker;
mod noted;
mod operation;
mod pacing;
mod patience;
mod percent;
mod reach;
mod several;
pub mod upguard;
mod wire;

pub use cost::{Cost, Rehearsal};
pub use credentials::{Credentials, is_same};
pub use highlevel::{Highlevel, HighlevelSettings};
pub use http::{HttpError, HttpOptions, HttpTransport};
pub use listed_once::ListedOnce;
pub use operation::{Effect, Needs, Operation};
pub use reach::Reach;
pub use upguard::{Upguard, UpguardSettings};
