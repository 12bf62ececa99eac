//! What shall a vendor and its contacts hold? The design's paragraph on replicas, as slow and naive
//! functions.
//!
//! Written from the text alone, without a look at the engine, and sharing nothing with it. Labels are
//! in lower case and without namespace here; how they are spelled is for [`spelled`]. That several
//! vendors may share a contact, and that a contact may change its vendor, is not known here.

use std::collections::BTreeSet;

/// Labels in lower case.
pub type Labels = BTreeSet<String>;

/// One of the records that carry a field.
#[derive(Clone, Debug)]
pub struct Replica<T> {
    /// What it held when it was last agreed upon; nothing: it is new.
    pub base: Option<T>,
    /// What the vendor held then.
    pub vendor: Option<T>,
    /// What it holds; nothing: it was not seen.
    pub now: Option<T>,
}

impl<T: PartialEq> Replica<T> {
    /// What an old acquaintance that was seen held, and holds.
    fn seen(&self) -> Option<(&T, &T)> {
        self.base.as_ref().zip(self.now.as_ref())
    }
}

/// Labels that the vendor and all contacts that were seen shall hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shall {
    /// These.
    pub hold: Labels,
    /// And perhaps these: the text asks for them and against them. It takes a contact that was not
    /// seen for a while.
    pub perhaps: Labels,
}

/// What the design says about the labels of a vendor that was seen, and of its contacts.
pub fn labels(vendor: &Replica<Labels>, contacts: &[Replica<Labels>]) -> Shall {
    let now = vendor.now.clone().expect("a vendor that was seen");
    let held = contacts.iter().filter_map(|it| it.now.clone());
    // "Sets are united."
    let Some(base) = &vendor.base else {
        return Shall { hold: held.fold(now, |all, it| &all | &it), perhaps: Labels::new() };
    };
    let mut shall = Shall { hold: Labels::new(), perhaps: Labels::new() };
    let known = held.fold(&now | base, |all, it| &all | &it);
    for label in known {
        // "A replica without a base only receives."
        let added =
            |(base, now): (&Labels, &Labels)| !base.contains(&label) && now.contains(&label);
        let wanted = added((base, &now)) || contacts.iter().filter_map(Replica::seen).any(added);
        // "A removal counts only if every replica that had the element lost it, or the single-record
        // side did." What was not seen has not lost it.
        let had = |it: &&Replica<Labels>| it.base.as_ref().is_some_and(|it| it.contains(&label));
        let lost = |it: &Replica<Labels>| it.now.as_ref().is_some_and(|it| !it.contains(&label));
        let those: Vec<_> = contacts.iter().filter(had).collect();
        let lost_by_all = !those.is_empty() && those.iter().all(|it| lost(it));
        let unwanted = (base.contains(&label) && !now.contains(&label)) || lost_by_all;
        match (wanted, unwanted) {
            (true, true) => drop(shall.perhaps.insert(label)),
            (true, false) => drop(shall.hold.insert(label)),
            (false, true) => {}
            // "Missing on some is drift, put back."
            (false, false) if base.contains(&label) => drop(shall.hold.insert(label)),
            (false, false) => {}
        }
    }
    shall
}

/// How a vendor that holds `now` spells `labels`: its own way, else as the tags do.
pub fn spelled(now: &BTreeSet<String>, labels: &Labels) -> BTreeSet<String> {
    let own =
        |label: &String| now.iter().filter(|it| it.to_lowercase() == *label).cloned().collect();
    let spell = |label: &String| {
        let own: Vec<String> = own(label);
        if own.is_empty() { vec![label.clone()] } else { own }
    };
    labels.iter().flat_map(spell).collect()
}

/// A value, or none.
pub type Tier = Option<i64>;

/// What shall become of one value that the vendor and its contacts share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Everybody that was seen shall hold it.
    Hold(Tier),
    /// Everybody that was seen shall hold one of these, all the same: the vendor moved since it was agreed
    /// with one of the contacts, and did not since it was agreed with another.
    HoldEither(Tier, Tier),
    /// Nobody is written; it waits.
    Waits,
}

/// What a contact that was seen holds after the vendor got `tier`.
pub fn received(contact: &Replica<Tier>, tier: Tier) -> Tier {
    let now = contact.now.expect("a contact that was seen");
    match contact.base {
        // "Lost base: nothing is deleted; first-agreement rules apply."
        None => tier.or(now),
        // What was left apart then is left, until one of them moves.
        Some(base) if base == now && contact.vendor == Some(tier) => now,
        Some(_) => tier,
    }
}

/// Whose change the times say was later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// The vendor's.
    Vendor,
    /// Those of the contacts.
    Contacts,
    /// They do not say.
    Undecided,
}

/// What the design says about the tier of a vendor that was seen, and of its contacts.
pub fn tier(vendor: &Replica<Tier>, contacts: &[Replica<Tier>], later: Later) -> Says {
    let now = vendor.now.expect("a vendor that was seen");
    if vendor.base.is_none() {
        // "Equal: agreed; one side empty: filled; both set and different: never last write wins."
        let held: BTreeSet<i64> = contacts.iter().filter_map(|it| it.now.flatten()).collect();
        let mut all = held.clone();
        all.extend(now);
        return match all.len() {
            0 | 1 => Says::Hold(all.first().copied()),
            _ => Says::Waits,
        };
    }
    // "A scalar is the one distinct moved value, else contested."
    let moved = |it: &&Replica<Tier>| it.seen().is_some_and(|(base, now)| base != now);
    let moved: Vec<_> = contacts.iter().filter(moved).collect();
    let values: BTreeSet<Tier> = moved.iter().filter_map(|it| it.now).collect();
    // "A side moved if it differs from its own base": a change is news to a vendor that still holds
    // what it held when it was last agreed with that contact.
    let is_news = |it: &&Replica<Tier>| it.vendor == vendor.now;
    let (news, contests) = (moved.iter().any(is_news), !moved.iter().all(is_news));
    match values.into_iter().collect::<Vec<_>>()[..] {
        [] => Says::Hold(now),
        [one] if one == now || !contests => Says::Hold(one),
        [one] if news => Says::HoldEither(one, now),
        // "The default rule of every two-way field takes proven and likely; undecided goes to the
        // field's fallback: UpGuard, for a tier."
        [one] => match later {
            Later::Contacts => Says::Hold(one),
            Later::Vendor | Later::Undecided => Says::Hold(now),
        },
        _ => Says::Waits,
    }
}
