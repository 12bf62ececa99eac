//! What will carrying out a plan cost? What a step asks is the apply room's, which operations that takes and at
//! what pace is the connectors', how the sides answered lately is in the store: here they meet.

use concordat_apply::asks;
use concordat_connectors::{Rehearsal, highlevel};
use concordat_model::{Plan, Resource, Side, Sides};
use concordat_remote::Traffic;
use concordat_report::{Figure, Forecast};

/// What carrying out `plan` is expected to cost, where the sides lately answered so.
pub fn forecast(plan: &Plan, lately: &Sides<Traffic>) -> Forecast {
    let census = plan.census.iter().find(|it| it.resource == Resource::Business);
    let businesses = census.map_or(0, |it| it.now);
    let mut rehearsal = Rehearsal::new(lately, plan.tenants.highlevel.can_mark, businesses);
    rehearsal.open();
    plan.steps.iter().for_each(|step| rehearsal.step(step, &asks(step)));
    let figures = rehearsal.costs().into_iter().map(|it| Figure {
        side: it.operation.side,
        operation: it.operation.name(),
        requests: it.requests,
        time: it.time,
        quota: match it.operation.side {
            Side::Upguard => None,
            Side::Highlevel => Some(highlevel::REQUESTS_PER_DAY),
        },
    });
    Forecast::of(figures.collect())
}
