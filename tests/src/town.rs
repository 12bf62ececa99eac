//! What becomes of a vendor and its contacts over some days? What everybody holds according to
//! `replicas_by_the_book`. Each life is told as a script, too, for a [`World`](crate::world::World) to play and
//! for a person to read if it fails.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::lives::{Day, Deed, FOREIGN, Life, UNIVERSE, Whom};
use crate::replicas_by_the_book::{
    Labels, Later, Replica, Says, Tier, labels, received, spelled, tier,
};

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
    /// So many contacts, the first ones, were made by the program, and called by the world.
    made: usize,
    script: String,
    /// How much of the script was asked for.
    told: usize,
    days: i64,
    later: Later,
}

impl Town {
    fn of_nobody(names: fn(usize) -> usize) -> Town {
        let contacts = Vec::new();
        let (vendor, script) = (Member::default(), "on labels\non profiles".to_owned());
        let later = Later::Undecided;
        let mut town = Town { vendor, contacts, names, made: 0, script, told: 0, days: 0, later };
        town.say("vendor v | name=Acme | host=acme.com");
        town.say("business b | name=Acme | website=acme.com");
        town
    }

    /// A vendor and contacts nobody ever agreed about. `names` are their numbers.
    pub fn founded(life: &Life, names: fn(usize) -> usize) -> Town {
        let mut town = Town::of_nobody(names);
        for _ in 0..life.contacts {
            town.arrives(&[]);
        }
        town.edit(&life.before);
        town
    }

    /// A vendor and people who are no contacts yet. The first night makes them, with all that the vendor has,
    /// and so that is agreed.
    pub fn without_contacts(life: &Life, names: fn(usize) -> usize) -> Town {
        let mut town = Town::of_nobody(names);
        town.made = life.contacts;
        for who in 0..life.contacts {
            town.person(who);
        }
        for (whom, deed) in &life.before {
            if let Whom::Vendor = whom {
                town.edit(&[(Whom::Vendor, *deed)]);
            }
        }
        let (labels, tier) = (town.vendor.keys(), town.vendor.tier);
        town.vendor.agreed_labels = Some(labels.clone());
        town.vendor.agreed_tier = Some(tier);
        let contact = Member {
            labels: labels.clone(),
            foreign: ["concordat:new".to_owned()].into(),
            tier,
            agreed_labels: Some(labels),
            agreed_tier: Some(tier),
            vendors_tier: Some(tier),
            ..Member::default()
        };
        town.contacts = vec![contact; life.contacts];
        town
    }

    /// The id of a contact.
    fn id(&self, who: usize) -> String {
        match who < self.made {
            // The business is there before them.
            true => format!("new{}", who + 1),
            false => format!("c{}", (self.names)(who)),
        }
    }

    fn person(&mut self, who: usize) {
        let name = (self.names)(who);
        self.say(&format!("person p{name} of v | name=Ann N{name} | email=n{name}@acme.com"));
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
        let contacts = self.contacts.iter().enumerate();
        contacts.map(|(who, it)| (self.id(who), (it.tags(), it.tier)))
    }

    fn arrives(&mut self, deeds: &[Deed]) {
        let who = self.contacts.len();
        let (name, id) = ((self.names)(who), self.id(who));
        let mut member = Member::default();
        deeds.iter().for_each(|it| member.does(*it, false));
        self.person(who);
        let (tags, tier) = (some(&member.tags()), number(member.tier));
        let who = format!("contact {id} | first=Ann | last=N{name} | email=n{name}@acme.com");
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
        let id = self.id(who);
        if before.tags() != now.tags() {
            self.say(&format!("contact {id} | tags={}", some(&now.tags())));
        }
        if before.tier != now.tier {
            // Some edit late at night, whatever the others do.
            let late = if who % 7 == 3 { 600 } else { 0 };
            let minute = self.minute(Later::Contacts) + late;
            self.contacts[who].edited = minute;
            let when = format!("@{minute}..{}", minute + 5);
            self.say(&format!("contact {id} {when} | tier={}", number(now.tier)));
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
                self.say(&format!("contact {} {how}", self.id(who)));
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
