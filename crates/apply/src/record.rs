//! What of a plan is recorded without a write?

use concordat_model::{Event, LinkId, Plan};

use crate::{Bench, Halt};

/// So many agreements without a write are made durable, and held in memory, at once.
const SETTLED_AT_ONCE: usize = 1_000;

/// Links and bases on which both sides agree already, and links that ended, unless they were agreed on
/// anew since.
pub fn record(bench: &mut Bench<'_>, plan: &Plan) -> Result<u64, Halt> {
    let mut settled = 0;
    for group in plan.settlements.chunks(SETTLED_AT_ONCE) {
        let events = group.iter().map(|it| (&it.link, Event::Settled(it.clone())));
        settled += append_current(bench, events)?;
    }
    for group in plan.dismissals.chunks(SETTLED_AT_ONCE) {
        let events = group.iter().map(|it| (&it.link, Event::Dismissed(it.clone())));
        append_current(bench, events)?;
    }
    Ok(settled)
}

fn append_current<'p>(
    bench: &mut Bench<'_>,
    events: impl Iterator<Item = (&'p LinkId, Event)>,
) -> Result<u64, Halt> {
    let mut current = Vec::new();
    for (link, event) in events {
        if !bench.was_agreed_anew(link)? {
            current.push(event);
        }
    }
    let count = current.len() as u64;
    bench.ledger.append_all(bench.clock.now(), Some(bench.run), current)?;
    Ok(count)
}
