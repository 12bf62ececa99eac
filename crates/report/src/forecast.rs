//! What will carrying a plan out cost, in requests and time? An estimate from the plan alone; the
//! real limiter is in the connectors.

use concordat_model::{Action, Plan, Resource, Side, Sides, Step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Read, write, read back.
const REQUESTS_PER_UPDATE: u64 = 3;
/// Create, read back.
const REQUESTS_PER_CREATE: u64 = 2;
/// Before a contact is made it is looked for by address and by marker.
const REQUESTS_PER_SEARCH: u64 = 2;
/// Before businesses are made all of them are listed, for there is no search (`highlevel.md` §9); so
/// many stand on a page (§3), and a page that is full is followed by another.
const BUSINESSES_PER_PAGE: u64 = 100;
/// A listing serves for half a minute; so many are made in that time.
const CREATES_PER_LISTING: u64 = 100;
/// What the two systems allow, in requests a second. HighLevel documents 100 requests in 10 s
/// (`highlevel.md` §3), of which 9.6 a second are used; UpGuard documents nothing, 2 a second is an
/// assumption.
const PER_SECOND: Sides<f64> = Sides { upguard: 2.0, highlevel: 9.6 };
/// Requests a day that HighLevel documents (`highlevel.md` §3). UpGuard does not count them.
const HIGHLEVEL_PER_DAY: f64 = 200_000.0;

/// What carrying a plan out is expected to cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// Requests to both sides.
    pub requests: u64,
    /// Seconds, at the pace the sides allow, one step after the other.
    pub seconds: u64,
    /// The share of a day's requests, in percent with two decimals, on the side where it is largest.
    pub daily_quota_percent: f64,
}

/// What carrying out `plan` is expected to cost.
pub fn forecast(plan: &Plan) -> Forecast {
    let of = |side| plan.steps.iter().filter(move |it| it.side == side);
    let mut requests: Sides<u64> = Sides::from_fn(|side| of(side).map(requests).sum());
    requests.highlevel += listings(plan);
    let seconds = |side: Side| requests[side] as f64 / PER_SECOND[side];
    let percent = requests.highlevel as f64 * 100.0 / HIGHLEVEL_PER_DAY;
    Forecast {
        requests: requests.upguard + requests.highlevel,
        seconds: Side::BOTH.into_iter().map(seconds).sum::<f64>().ceil() as u64,
        daily_quota_percent: (percent * 100.0).round() / 100.0,
    }
}

/// The pages of the listings in which businesses are looked for before they are made.
fn listings(plan: &Plan) -> u64 {
    let is_made = |it: &&Step| it.action == Action::Create && it.resource == Resource::Business;
    let made = plan.steps.iter().filter(is_made).count() as u64;
    let census = plan.census.iter().find(|it| it.resource == Resource::Business);
    let pages = census.map_or(0, |it| it.now) / BUSINESSES_PER_PAGE + 1;
    made.div_ceil(CREATES_PER_LISTING) * pages
}

fn requests(step: &Step) -> u64 {
    match (step.action, step.resource) {
        (Action::Update, _) => REQUESTS_PER_UPDATE,
        // What is gone is looked for once more.
        (Action::Archive, _) => REQUESTS_PER_UPDATE + step.sources.len() as u64,
        (Action::Create, Resource::Business) => REQUESTS_PER_CREATE,
        (
            Action::Create,
            Resource::Contact
            | Resource::Vendor
            | Resource::VendorContact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Task
            | Resource::Comment
            | Resource::Note
            | Resource::Notification
            | Resource::VendorNote,
        ) => REQUESTS_PER_SEARCH + REQUESTS_PER_CREATE,
    }
}
