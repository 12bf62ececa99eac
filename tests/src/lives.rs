//! What may happen to a vendor and its contacts? Random lives, day by day.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use crate::replicas_by_the_book::{Later, Tier};

/// Labels as UpGuard spells them.
pub(crate) const UNIVERSE: [&str; 25] = [
    "PCI",
    "SaaS",
    "critical",
    "Tier One",
    "eu",
    "GDPR",
    "ISO 27001",
    "Payroll",
    "hr",
    "Ärzte",
    "x",
    "X-Ray",
    "ug:old",
    "Cloud",
    "on-prem",
    "Bank",
    "DORA",
    "nis2",
    "Legal",
    "R&D",
    "a/b",
    "Beta",
    "2026",
    "Offshore",
    "VIP",
];
/// Tags that are nobody's but HighLevel's.
pub(crate) const FOREIGN: [&str; 5] = ["newsletter", "pci", "ug", "concordat:new", "ugly:saas"];

/// Who is edited.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whom {
    Vendor,
    Contact(usize),
    EveryContactBut(usize),
    EveryThird(usize),
    EveryContact,
}

/// What is done to a record.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    Add(usize),
    Remove(usize),
    Respell(usize),
    SpellAgain(usize),
    Tier(Tier),
    Foreign(usize),
}

/// What happens between two nights.
#[derive(Clone, Debug)]
pub struct Day {
    pub(crate) edits: Vec<(Whom, Deed)>,
    /// Contacts that appear, and what is done to them before they are first seen.
    pub(crate) new: Vec<Vec<Deed>>,
    pub(crate) unseen: BTreeSet<usize>,
    pub(crate) later: Later,
}

/// A vendor's life.
#[derive(Clone, Debug)]
pub struct Life {
    pub(crate) contacts: usize,
    pub(crate) before: Vec<(Whom, Deed)>,
    /// What happens before each further night.
    pub days: Vec<Day>,
}

fn whom() -> impl Strategy<Value = Whom> {
    prop_oneof![
        5 => Just(Whom::Vendor),
        5 => (0..40_usize).prop_map(Whom::Contact),
        1 => (0..40_usize).prop_map(Whom::EveryContactBut),
        1 => (0..3_usize).prop_map(Whom::EveryThird),
        3 => Just(Whom::EveryContact),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    // Some labels are used much, so that what one adds another removes.
    let label = || prop_oneof![1 => 0..UNIVERSE.len(), 2 => 0..5_usize];
    prop_oneof![
        8 => label().prop_map(Deed::Add),
        8 => label().prop_map(Deed::Remove),
        1 => label().prop_map(Deed::Respell),
        1 => label().prop_map(Deed::SpellAgain),
        2 => select(&[None, Some(1), Some(2), Some(3)][..]).prop_map(Deed::Tier),
        1 => (0..FOREIGN.len()).prop_map(Deed::Foreign),
    ]
}

fn day() -> impl Strategy<Value = Day> {
    let new = prop::collection::vec(deed(), 0..4);
    let new = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(new, 1..3)];
    let some = prop::collection::btree_set(0..40_usize, 1..4);
    let unseen = prop_oneof![1 => Just(BTreeSet::new()), 1 => some];
    let later = select(&[Later::Undecided, Later::Vendor, Later::Contacts][..]);
    (prop::collection::vec((whom(), deed()), 0..12), new, unseen, later)
        .prop_map(|(edits, new, unseen, later)| Day { edits, new, unseen, later })
}

/// Forty contacts; sometimes a few for longer, which is also what a failing life shrinks to.
pub fn lives() -> impl Strategy<Value = Life> {
    let few = (2..5_usize, prop::collection::vec(day(), 1..8));
    let forty = (Just(40_usize), prop::collection::vec(day(), 1..=2));
    let before = prop::collection::vec((whom(), deed()), 0..25);
    (before, prop_oneof![1 => few, 9 => forty]).prop_map(|(before, (contacts, days))| Life {
        contacts,
        before,
        days,
    })
}
