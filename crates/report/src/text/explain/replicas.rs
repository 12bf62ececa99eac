//! What does a record share with others, as a person reads it? Each of the others with what both hold;
//! those about which there is little to say on one line.

use concordat_model::{Agreement, Held, MappingName, Side};

use super::{INDENT, LABEL, changes, entry, full, is_quiet, sense, standing_of, symbol, whole};
use crate::explain::{FieldFacts, ReplicaFacts, SetFacts, Upshot};
use crate::remedy::of_set;
use crate::style::{Tone, columns, counted, visible};
use crate::text::page::Page;

/// So many others are listed of those about which there is little to say.
const QUIET_MAX: usize = 8;

/// Everything that is shared with others. With `all`, what is quiet is told in full too.
pub(super) fn tell(page: &mut Page, replicas: &[ReplicaFacts], all: bool) {
    let (quiet, loud): (Vec<_>, Vec<_>) =
        replicas.iter().partition(|it| !all && is_quiet_replica(it));
    for replica in loud {
        page.gap();
        one(page, replica, all);
    }
    page.gap();
    let mut mappings: Vec<&MappingName> = quiet.iter().map(|it| &it.mapping).collect();
    mappings.dedup();
    for mapping in mappings {
        let of_it: Vec<_> = quiet.iter().filter(|it| it.mapping == *mapping).collect();
        of_it.iter().take(QUIET_MAX).for_each(|it| short(page, it));
        let left = of_it.len().saturating_sub(QUIET_MAX) as u64;
        if left > 0 {
            let says = format!("{mapping}: likewise with {}", counted(left, "more record"));
            let says = page.toned(Tone::Dim, &visible(&says));
            page.line(&format!("  = {says}"));
        }
    }
}

fn is_quiet_replica(it: &ReplicaFacts) -> bool {
    it.fields.iter().all(is_quiet_field)
        && it.sets.iter().all(is_quiet_set)
        && (!it.fields.is_empty() || !it.sets.is_empty())
}

/// A custom field that the location does not define is nothing to worry about at every contact.
fn is_quiet_field(field: &FieldFacts) -> bool {
    let is_hidden = field.ends.iter().any(|(_, end)| !end.covered);
    is_quiet(field) || is_hidden && matches!(field.outcome, Upshot::Nothing)
}

fn is_quiet_set(set: &SetFacts) -> bool {
    let agrees = |it: &Upshot| matches!(it, Upshot::Agree { how: Agreement::Equal });
    set.outcomes.iter().all(agrees) && (of_set::is_as_agreed(set) || !set.outcomes.is_empty())
}

fn one(page: &mut Page, it: &ReplicaFacts, all: bool) {
    let name = page.name(&it.name);
    page.record(
        symbol(&it.stands),
        &name,
        &format!("{}, {}, link {}", it.record, it.mapping, it.link),
    );
    standing_of(page, &it.stands);
    for field in it.fields.iter().filter(|field| all || !is_quiet_field(field)) {
        full(page, Some(&it.mapping), field);
    }
    for set in it.sets.iter().filter(|set| all || !is_quiet_set(set)) {
        tell_set(page, set);
    }
}

fn tell_set(page: &mut Page, set: &SetFacts) {
    let (tone, sign) = match set.outcomes.first() {
        Some(Upshot::Write { .. }) => (Tone::Changed, "~"),
        Some(Upshot::Ask { .. }) => (Tone::Wants, "!"),
        Some(Upshot::Report { .. }) => (Tone::Wants, "≠"),
        Some(Upshot::Hold { .. }) => (Tone::Dim, "·"),
        Some(Upshot::Nothing | Upshot::Agree { .. }) | None => (Tone::Dim, "="),
    };
    let sign = page.toned(tone, sign);
    let name = page.toned(Tone::Strong, &visible(set.name.as_str()));
    page.line(&format!("  {sign} {name}"));
    let says = of_set::now(set);
    for (place, says) in says.iter().enumerate() {
        entry(page, if place == 0 { "now" } else { "" }, Tone::Plain, says);
        if let Some(Upshot::Write { to, after, .. }) = set.outcomes.get(place) {
            entry(page, "", Tone::Changed, &page.turnover(&set.ends[*to].held, after));
        }
    }
    for side in Side::BOTH {
        let end = &set.ends[side];
        let held = if end.covered { whole(page, &end.shared) } else { "(not shown)".into() };
        entry(page, side.title(), Tone::Plain, &held);
        entry(page, "", Tone::Dim, &format!("{}, what both sides share of it", end.path));
    }
    match &set.agreed {
        None => entry(page, "last agreed", Tone::Dim, "never: this would be the first agreement"),
        Some(agreed) => {
            let held = agreed.held.as_ref().map(|_, held| whole(page, held));
            let says = format!(
                "UpGuard {}, HighLevel {} ({})",
                held.upguard,
                held.highlevel,
                sense(agreed.how)
            );
            entry(page, "last agreed", Tone::Plain, &says);
        }
    }
    changes(page, &of_set::changes(set));
}

/// `= labels  DPA, PCI   (as agreed)  Jane Smith, HighLevel contact c1`.
fn short(page: &mut Page, it: &ReplicaFacts) {
    let held = |held: &Held, room: usize| page.value(held, room);
    let fields = it.fields.iter().filter(|field| field.ends.iter().all(|(_, end)| end.covered));
    let fields = fields.map(|it| format!("{} {}", it.name, held(&it.ends.upguard.held, 24)));
    let sets = it.sets.iter().map(|it| held(&it.ends.upguard.shared, 40));
    let told: Vec<String> = fields.chain(sets).collect();
    let told = if told.is_empty() { "(not shown)".to_owned() } else { told.join(", ") };
    let with = format!("{}, {}", page.name(&it.name), it.record);
    let mapping = visible(it.mapping.as_str());
    let room =
        page.columns().saturating_sub(INDENT + columns(&mapping) + columns(&told)).max(LABEL);
    let with = page.toned(Tone::Dim, &crate::style::cut(&visible(&with), room));
    let sign = page.toned(Tone::Dim, "=");
    page.line(&format!("  {sign} {mapping}  {told}   {with}"));
}
