//! What becomes of a vendor and its contacts over some days? Random lives, and what everybody holds
//! according to `replicas_by_the_book`. Each is told as a script, too, for a [`World`](crate::world::World)
//! to play and for a person to read if it fails.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use crate::replicas_by_the_book::{
    Labels, Later, Replica, Says, Tier, labels, received, spelled, tier,
};

/// Labels as UpGuard spells them.
const UNIVERSE: [&str; 25] = [
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
const FOREIGN: [&str; 5] = ["newsletter", "pci", "ug", "concordat:new", "ugly:saas"];

/// Who is edited.
#[derive(Clone, Copy, Debug)]
enum Whom {
    Vendor,
    Contact(usize),
    EveryContactBut(usize),
    EveryThird(usize),
    EveryContact,
}

/// What is done to a record.
#[derive(Clone, Copy, Debug)]
enum Deed {
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
    edits: Vec<(Whom, Deed)>,
    /// Contacts that appear, and what is done to them before they are first seen.
    new: Vec<Vec<Deed>>,
    unseen: BTreeSet<usize>,
    later: Later,
}

/// A vendor's life.
#[derive(Clone, Debug)]
pub struct Life {
    contacts: usize,
    before: Vec<(Whom, Deed)>,
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

/// A record of the vendor's: what it holds, and what it held when it was agreed upon.
#[derive(Clone, Debug, Default)]
struct Member {
    labels: BTreeSet<String>,
    foreign: BTreeSet<String>,
    tier: Tier,
    unseen: bool,
    agreed_labels: Option<Labels>,
    agreed_tier: Option<Tier>,
    /// What the vendor held then.
    vendors_tier: Option<Tier>,
    /// The minute in which its tier was edited.
    edited: i64,
}

impl Member {
    fn does(&mut self, deed: Deed, is_vendor: bool) {
        let loud = UNIVERSE.map(|it| it.to_lowercase());
        let has = |it: &Member, label: usize| it.spelling(&loud[label]).is_some();
        match deed {
            Deed::Add(label) if !has(self, label) => {
                let spelled = if is_vendor { UNIVERSE[label] } else { &loud[label] };
                self.labels.insert(spelled.to_owned());
            }
            Deed::Add(_) => {}
            Deed::Remove(label) => self.labels.retain(|it| it.to_lowercase() != loud[label]),
            Deed::Respell(label) if is_vendor && has(self, label) => {
                self.labels.retain(|it| it.to_lowercase() != loud[label]);
                self.labels.insert(UNIVERSE[label].to_uppercase());
            }
            Deed::SpellAgain(label) if is_vendor && has(self, label) => {
                self.labels.insert(UNIVERSE[label].to_uppercase());
            }
            Deed::Respell(_) | Deed::SpellAgain(_) => {}
            Deed::Tier(tier) => self.tier = tier,
            Deed::Foreign(word) if !is_vendor => drop(self.foreign.insert(FOREIGN[word].into())),
            Deed::Foreign(_) => {}
        }
    }

    fn spelling(&self, label: &str) -> Option<&String> {
        self.labels.iter().find(|it| it.to_lowercase() == label)
    }

    fn keys(&self) -> Labels {
        self.labels.iter().map(|it| it.to_lowercase()).collect()
    }

    fn tags(&self) -> BTreeSet<String> {
        let own = self.labels.iter().map(|it| format!("ug:{it}"));
        own.chain(self.foreign.iter().cloned()).collect()
    }

    fn labels_replica(&self) -> Replica<Labels> {
        let now = (!self.unseen).then(|| self.keys());
        let base = self.agreed_labels.clone();
        Replica { vendor: base.clone(), base, now }
    }

    fn tier_replica(&self) -> Replica<Tier> {
        let (base, vendor) = (self.agreed_tier, self.vendors_tier);
        Replica { base, vendor, now: (!self.unseen).then_some(self.tier) }
    }
}

fn some(set: &BTreeSet<String>) -> String {
    let words: Vec<&str> = set.iter().map(String::as_str).collect();
    if words.is_empty() { "-".into() } else { words.join("+") }
}

fn number(tier: Tier) -> String {
    tier.map_or("-".into(), |it| it.to_string())
}

/// What the vendor and its contacts hold according to the text, and how they came there as a script.
pub struct Town {
    vendor: Member,
    contacts: Vec<Member>,
    /// The number that each contact goes by in the world.
    names: fn(usize) -> usize,
    script: String,
    /// How much of the script was asked for.
    told: usize,
    days: i64,
    later: Later,
}

impl Town {
    /// A vendor and contacts nobody ever agreed about. `names` are their numbers.
    pub fn founded(life: &Life, names: fn(usize) -> usize) -> Town {
        let contacts = Vec::new();
        let (vendor, script) = (Member::default(), "on labels\non profiles".to_owned());
        let later = Later::Undecided;
        let mut town = Town { vendor, contacts, names, script, told: 0, days: 0, later };
        town.say("vendor v | name=Acme | host=acme.com");
        town.say("business b | name=Acme | website=acme.com");
        for _ in 0..life.contacts {
            town.arrives(&[]);
        }
        town.edit(&life.before);
        town
    }

    fn say(&mut self, line: &str) {
        self.script.push('\n');
        self.script.push_str(line);
    }

    /// The whole script.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// The lines that were not asked for yet.
    pub fn news(&mut self) -> String {
        let news = self.script[self.told..].to_owned();
        self.told = self.script.len();
        news
    }

    /// A run and another one are over.
    pub fn slept(&mut self) {
        self.say("agree");
        self.told = self.script.len();
    }

    /// The labels and the tier of the vendor.
    pub fn vendor(&self) -> (BTreeSet<String>, Tier) {
        (self.vendor.labels.clone(), self.vendor.tier)
    }

    /// The id, the tags and the tier of each contact.
    pub fn contacts(&self) -> impl Iterator<Item = (String, (BTreeSet<String>, Tier))> {
        let id = |who| format!("c{}", (self.names)(who));
        self.contacts.iter().enumerate().map(move |(who, it)| (id(who), (it.tags(), it.tier)))
    }

    fn arrives(&mut self, deeds: &[Deed]) {
        let name = (self.names)(self.contacts.len());
        let mut member = Member::default();
        deeds.iter().for_each(|it| member.does(*it, false));
        self.say(&format!("person p{name} of v | name=Ann N{name} | email=n{name}@acme.com"));
        let (tags, tier) = (some(&member.tags()), number(member.tier));
        let who = format!("contact c{name} | first=Ann | last=N{name} | email=n{name}@acme.com");
        self.say(&format!("{who} | tags={tags} | tier={tier}"));
        self.contacts.push(member);
    }

    fn does(&mut self, who: usize, deed: Deed) {
        if self.contacts[who].unseen {
            return;
        }
        let before = self.contacts[who].clone();
        self.contacts[who].does(deed, false);
        let now = self.contacts[who].clone();
        let name = (self.names)(who);
        if before.tags() != now.tags() {
            self.say(&format!("contact c{name} | tags={}", some(&now.tags())));
        }
        if before.tier != now.tier {
            // Some edit late at night, whatever the others do.
            let late = if who % 7 == 3 { 600 } else { 0 };
            let minute = self.minute(Later::Contacts) + late;
            self.contacts[who].edited = minute;
            let when = format!("@{minute}..{}", minute + 5);
            self.say(&format!("contact c{name} {when} | tier={}", number(now.tier)));
        }
    }

    fn edit(&mut self, edits: &[(Whom, Deed)]) {
        let count = self.contacts.len();
        for &(whom, deed) in edits {
            let chosen = |it: usize| match whom {
                Whom::Vendor => false,
                Whom::Contact(one) => it == one % count,
                Whom::EveryContactBut(one) => it != one % count,
                Whom::EveryThird(rest) => it % 3 == rest,
                Whom::EveryContact => true,
            };
            (0..count).filter(|it| chosen(*it)).for_each(|it| self.does(it, deed));
            if let Whom::Vendor = whom {
                let before = self.vendor.clone();
                self.vendor.does(deed, true);
                let now = self.vendor.clone();
                if before.labels != now.labels {
                    self.say(&format!("vendor v | labels={}", some(&now.labels)));
                }
                if before.tier != now.tier {
                    let minute = self.minute(Later::Vendor);
                    self.vendor.edited = minute;
                    let when = format!("@{minute}..{}", minute + 5);
                    self.say(&format!("vendor v {when} | tier={}", number(now.tier)));
                }
            }
        }
    }

    /// The minute in which somebody's tier is edited, today.
    fn minute(&self, who: Later) -> i64 {
        10_000 * self.days + if self.later == who { 1200 } else { 600 }
    }

    /// Whose change of the tier was later, if both changed it.
    fn later(&self) -> Later {
        let contacts = self.contacts.iter().filter(|it| !it.unseen);
        let moved = contacts.filter(|it| it.agreed_tier.is_some_and(|tier| tier != it.tier));
        match moved.map(|it| it.edited).max().cmp(&Some(self.vendor.edited)) {
            Ordering::Less => Later::Vendor,
            Ordering::Equal => Later::Undecided,
            Ordering::Greater => Later::Contacts,
        }
    }

    /// Plays what happens on a day.
    pub fn lives_through(&mut self, day: &Day) {
        self.days += 1;
        self.later = day.later;
        for who in 0..self.contacts.len() {
            let unseen = day.unseen.contains(&who) && day.unseen.len() < self.contacts.len();
            if self.contacts[who].unseen != unseen {
                let how = if unseen { "unseen" } else { "here" };
                self.say(&format!("contact c{} {how}", (self.names)(who)));
                self.contacts[who].unseen = unseen;
            }
        }
        self.edit(&day.edits);
        day.new.iter().for_each(|deeds| self.arrives(deeds));
    }

    /// A night: everybody that was seen holds what the text says. Where it leaves a choice, what the
    /// vendor was found to hold.
    pub fn reconciled(&mut self, found: &(BTreeSet<String>, Tier)) {
        let contacts: Vec<_> = self.contacts.iter().map(Member::labels_replica).collect();
        let mut shall = labels(&self.vendor.labels_replica(), &contacts);
        let held = found.0.iter().map(|it| it.to_lowercase()).collect();
        shall.hold.extend(&shall.perhaps & &held);
        self.vendor.labels = spelled(&self.vendor.labels, &shall.hold);
        self.vendor.agreed_labels = Some(shall.hold.clone());
        for contact in self.contacts.iter_mut().filter(|it| !it.unseen) {
            contact.labels = shall.hold.clone();
            contact.agreed_labels = Some(shall.hold.clone());
        }
        let contacts: Vec<_> = self.contacts.iter().map(Member::tier_replica).collect();
        let tier = match tier(&self.vendor.tier_replica(), &contacts, self.later()) {
            Says::Hold(tier) => Some(tier),
            Says::HoldEither(one, _) if one == found.1 => Some(one),
            Says::HoldEither(_, other) => Some(other),
            Says::Waits => None,
        };
        if let Some(tier) = tier {
            for contact in self.contacts.iter_mut().filter(|it| !it.unseen) {
                contact.tier = received(&contact.tier_replica(), tier);
                (contact.agreed_tier, contact.vendors_tier) = (Some(contact.tier), Some(tier));
            }
            (self.vendor.tier, self.vendor.agreed_tier) = (tier, Some(tier));
        }
    }
}
