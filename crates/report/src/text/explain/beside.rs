//! How is what a side tells beside a record put into lines?

use super::entry;
use crate::explain::{Appointment, Belonging, Beside};
use crate::style::Tone;
use crate::text::page::Page;

/// So many contacts of a business are named.
const NAMED_MAX: usize = 20;

/// Everything that was asked for.
pub fn tell(page: &mut Page, all: &[Beside]) {
    for beside in all {
        page.gap();
        match beside {
            Beside::Appointments { record, listed } if listed.is_empty() => {
                entry(page, "appointments", Tone::Plain, &format!("none with {record}"));
            }
            Beside::Appointments { record, listed } => {
                let says = format!("{} with {record}, times without a zone", listed.len());
                entry(page, "appointments", Tone::Plain, &says);
                listed.iter().for_each(|it| entry(page, "", Tone::Plain, &appointment(it)));
            }
            Beside::Contacts { record, listed, total } => {
                entry(page, "contacts", Tone::Plain, &format!("{total} belong to {record}"));
                for it in listed.iter().take(NAMED_MAX) {
                    entry(page, "", Tone::Plain, &belonging(it));
                }
                let more = total.saturating_sub(listed.len().min(NAMED_MAX) as u64);
                if 0 < more {
                    entry(page, "", Tone::Dim, &format!("and {more} more"));
                }
            }
            Beside::Unanswered { record, says } => {
                let says = format!("nothing is known beside {record}: {says}");
                entry(page, "live", Tone::Wrong, &says);
            }
        }
    }
}

/// `2026-12-01 10:00:00 to 2026-12-01 10:30:00, confirmed: Kick-off`.
fn appointment(it: &Appointment) -> String {
    let Appointment { id: _, title, starts, ends, status } = it;
    let starts = starts.as_deref().unwrap_or("at a time not told");
    let ends = ends.as_ref().map(|it| format!(" to {it}")).unwrap_or_default();
    let status = status.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
    format!("{starts}{ends}{status}: {title}")
}

fn belonging(it: &Belonging) -> String {
    match it.name.as_str() {
        "" => format!("{}, not mirrored", it.record),
        name => format!("{name} ({})", it.record),
    }
}
