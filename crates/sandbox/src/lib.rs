//! What would both systems do? Faithful fakes of UpGuard's public API and of HighLevel's, as one
//! state machine in memory, served over loopback HTTP or called in process, with people who edit,
//! clocks that move and faults on schedule. Knows nothing of the engine that is tested with it.
//!
//! - [`World::handle`] answers a request; [`World::control`] answers the control API.
//! - [`Sandbox::start`] serves both over HTTP.
//! - [`Options`] chooses the population, [`Switches`] the unpublished behaviour, [`Strikes`] the
//!   [faults](Fault) of single requests and the [damages](Damage) of single answers.
//!
//! Section numbers (`§`) in the documentation are those of the two API fact sheets.

mod control;
mod damage;
mod effects;
pub mod highlevel;
mod http;
mod options;
mod population;
mod random;
mod route;
mod serve;
mod strikes;
mod switches;
pub mod upguard;
mod ways;
mod world;

pub use damage::{Damage, OVERSIZED_BYTES};
pub use effects::{Actor, Effect};
pub use http::{Request, Response, System};
pub use options::{Location, Options};
pub use serve::{Running, Sandbox};
pub use strikes::{Fault, Strike, Strikes};
pub use switches::{Switches, fault_profile};
pub use ways::{
    LookupAnswer, PhoneFormat, PutCompanyName, PutDuplicate, RangeKeys, TagsAnswer,
    WebhookSignature,
};
pub use world::{Change, Edit, World};
