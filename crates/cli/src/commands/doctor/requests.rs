//! How much was asked of a side today, and how much may still be? Our own count, the bound that the settings set
//! to it, and what the side says of its day.

use chrono::{Days, NaiveTime};
use concordat_connectors::highlevel;
use concordat_model::{Side, Sides};
use concordat_remote::{Clock as _, Spent};

use super::{Check, bad, good, weak};
use crate::clock::OsClock;
use crate::code::Code;
use crate::documents::RequestsToday;
use crate::failure::Failure;
use crate::session::Session;

/// What is known of today. `counted`: what earlier runs sent to each side; `spent`: what the side said just now.
pub(super) fn today(
    session: &Session,
    side: Side,
    counted: &Result<Sides<u64>, Failure>,
    spent: Spent,
) -> RequestsToday {
    let tomorrow = (OsClock.now().date_naive() + Days::new(1)).and_time(NaiveTime::MIN);
    let (pair, published) = match side {
        Side::Upguard => (None, None),
        Side::Highlevel => (Some(session.pair.clone()), Some(highlevel::REQUESTS_PER_DAY)),
    };
    RequestsToday {
        side,
        pair,
        counted: counted.as_ref().ok().map(|counted| counted[side]),
        counted_until: tomorrow.and_utc(),
        bound: session.budget.requests_per_day,
        limit: spent.limit_today.or(published),
        left: spent.left_today,
    }
}

/// Why nothing was counted, if that is a fault: another command that has the state is none.
pub(super) fn check(counted: Result<Sides<u64>, Failure>) -> Option<Check> {
    match counted {
        Ok(_) => None,
        Err(failure) if failure.code == Code::Locked => None,
        Err(failure) => Some(bad("requests", &failure)),
    }
}

/// For people.
pub(super) fn told(today: &RequestsToday) -> Check {
    let RequestsToday { side, counted, counted_until, bound, limit, left, .. } = today;
    let check = format!("{} today", side.title());
    let counted_says = match counted {
        Some(counted) => format!("{counted} requests since midnight UTC"),
        None => "another command has the state, so the requests are not known".into(),
    };
    let bound_says = bound.map(|it| format!(", of {it} allowed (limits.requests_per_day)"));
    let side_says = match (limit, left) {
        (Some(limit), Some(left)) => {
            format!("{left} of {limit} are left of its own day; it does not say when that begins")
        }
        (Some(limit), None) => {
            format!("it allows {limit} a day, and does not say when that begins")
        }
        (None, _) => "it names no limit".into(),
    };
    let says = format!("{counted_says}{}; {side_says}", bound_says.unwrap_or_default());
    let finding = match (counted, bound) {
        (Some(counted), Some(bound)) if counted >= bound => {
            let remedy = format!(
                "nothing more is asked until {}; limits.requests_per_day says so",
                counted_until.format("%Y-%m-%d %H:%M UTC")
            );
            weak(&check, says, &remedy)
        }
        (Some(_) | None, Some(_) | None) => good(&check, says),
    };
    let pair = today.pair.clone();
    Check { finding: crate::documents::Finding { pair, ..finding.finding }, ..finding }
}
