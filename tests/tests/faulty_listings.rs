//! Does a listing that is at fault end anybody? Lives in which people delete records on one side while, night
//! after night, the listing that would tell is at fault in one of twenty ways: nothing is archived, deleted or
//! dismissed, and the run names the listing. Once it is whole again, and in the same life without the fault, what
//! was deleted ends.
//!
//! Then the same life with the certificate, the read by id and the guards off: records end that are there. So
//! each fault is one that does harm to whoever believes the listing.
//!
//! ```sh
//! CONCORDAT_FAULTS=1000 cargo test --release -p concordat-tests --test all faulty_listings:: -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use concordat_apply::Fate;
use concordat_model::Action;
use concordat_model::zoo::Bug;
use concordat_oracle::rows;
use concordat_sandbox::{Options, System};
use concordat_tests::faulty_listings::{Fault, Listing};
use concordat_tests::night::persons::Dice;
use concordat_tests::unattended::{Job, Night, off};
use serde_json::{Value, json};

/// So many nights the listing is at fault: two complete ones that miss somebody would do.
const NIGHTS: usize = 2;

/// A pair whose people delete something.
struct Life {
    job: Job,
    listing: Listing,
    fault: Fault,
}

/// What came of a life.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    lives: u64,
    /// Answers that were at fault.
    hit: u64,
    /// Nights whose run named the listing.
    told: u64,
    /// Archives, deletions and dismissals while the listing was at fault.
    ended: u64,
    /// And after that.
    later: u64,
    /// And in the same life without the fault.
    rightly: [u64; 3],
    /// Records that are there and ended, with the layers of protection off.
    wrongly: u64,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        let Tally { lives, hit, told, ended, later, rightly, wrongly } = other;
        self.lives += lives;
        self.hit += hit;
        self.told += told;
        self.ended += ended;
        self.later += later;
        self.rightly.iter_mut().zip(rightly).for_each(|(all, one)| *all += one);
        self.wrongly += wrongly;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Tally { lives, hit, told, ended, later, rightly, wrongly } = self;
        let [archived, deleted, dismissed] = rightly;
        write!(f, "{lives:5} | {hit:7} | {told:4} | {ended:5} | {later:6} | ")?;
        write!(f, "{archived:17} {deleted:8} {dismissed:10} | {wrongly:6}")
    }
}

impl Life {
    /// Everything is agreed, and then people delete what the listing would have to show.
    fn begins(seed: u64, (fault, listing): (Fault, Listing)) -> Life {
        let mut dice = Dice::of(seed);
        let options = Options {
            seed,
            vendors: 1 + dice.below(3),
            contacts: 2 + dice.below(3),
            threats: dice.below(2),
            ..Options::default()
        };
        let gone = ["archive", "delete"][dice.below(2)];
        let mut job = Job::new(options, |mapping| {
            mapping["contacts"]["gone"] = json!(gone);
            mapping["threats"]["gone"] = json!(gone);
            mapping["disclosures"] = json!({ "enabled": true, "gone": gone });
        });
        let [stays, goes] = ["Stays", "Goes"].map(|name| {
            let host = format!("{}.example", name.to_lowercase());
            let vendor = json!({ "name": format!("{name} Inc"), "primary_hostname": host });
            job.makes(System::UpGuard, "vendor", vendor)
        });
        let person = |vendor: &Value, name: &str| {
            let email = format!("{}@people.example", name.replace(' ', "."));
            let person = json!({ "vendor_id": vendor, "name": name, "email_address": email });
            job.makes(System::UpGuard, "contact", person)
        };
        let leavers = ["Goes One", "Goes Two"].map(|name| person(&stays, name));
        (0..2 + dice.below(3)).for_each(|nth| drop(person(&stays, &format!("Stays N{nth}"))));
        (0..1 + dice.below(2)).for_each(|nth| drop(person(&goes, &format!("Follows N{nth}"))));
        let of_both = |entity: &str, member: &str| {
            let make = |text: &str| job.makes(System::UpGuard, entity, json!({ member: text }));
            let [.., goes] = ["Stays A", "Stays B", "Goes"].map(make);
            goes
        };
        let threat = of_both("threat", "title");
        let leak = of_both("disclosure", "description");
        job.turn(json!({
            "upguard_page_rows_max": 1,
            "highlevel_page_rows_max": 2 + dice.below(2),
        }));
        job.agrees();
        if fault == Fault::StaleIndex {
            job.turn(json!({ "index_lag_seconds": (NIGHTS as u64 + 1) * 24 * 3600 }));
        }
        let state = job.state();
        let of = |list: &str, says: &str| {
            let all = rows(&state["highlevel"][list]).iter();
            let mut those = all.filter(|it| it.to_string().contains(says));
            those.next().expect("what was made").clone()
        };
        match listing {
            Listing::Vendors => job.deletes(System::UpGuard, "vendor", &goes),
            Listing::People => {
                leavers.iter().for_each(|it| job.deletes(System::UpGuard, "contact", it));
            }
            Listing::Threats => job.deletes(System::UpGuard, "threat", &threat),
            Listing::Disclosures => job.deletes(System::UpGuard, "disclosure", &leak),
            Listing::Contacts => {
                let contact = of("contacts", "goes.one@people.example");
                job.deletes(System::HighLevel, "contact", &contact["id"]);
            }
            Listing::Tasks => {
                let task = of("tasks", "Goes");
                job.deletes(System::HighLevel, "task", &task["id"]);
            }
        }
        Life { job, listing, fault }
    }

    /// The same life once more.
    fn twin(&self) -> Life {
        Life { job: self.job.twin(), ..*self }
    }

    /// The listing is at fault from now on; answers how often it was asked for since.
    fn falters(&self) -> Arc<AtomicU64> {
        let hits = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&hits);
        let hit = move || {
            counted.fetch_add(1, Ordering::Relaxed);
        };
        self.job.meets(self.fault.lies_between(self.listing, hit));
        hits
    }

    /// It is whole again.
    fn recovers(&self) {
        self.job.meets_nothing();
        self.job.turn(json!({ "index_lag_seconds": 0 }));
    }

    /// A night; the error is one that ends the whole run.
    fn night(&mut self) -> Result<Night, String> {
        self.job.passes(std::time::Duration::from_secs(24 * 3600));
        self.job.runs(&[]).map_err(|error| error.to_string())
    }
}

/// How many records a night archived, deleted and dismissed.
fn ended(night: &Night) -> [u64; 3] {
    let done = |action: Action| {
        let applied = |it: &&concordat_apply::Done| matches!(it.fate, Fate::Applied(_));
        let all = night.done.iter().filter(applied);
        all.filter(|it| it.step.action == action).count() as u64
    };
    let is_carried_out = night.refusals.is_empty();
    let dismissed = if is_carried_out { night.plan.dismissals.len() as u64 } else { 0 };
    [done(Action::Archive), done(Action::Delete), dismissed]
}

/// How many contacts and tasks stand for somebody or something that stays, and say so.
fn standing(job: &Job) -> u64 {
    let state = job.state();
    let is_archived = |it: &Value| rows(&it["tags"]).iter().any(|it| it == "concordat:archived");
    let stands = |it: &&Value| {
        it.to_string().contains("tays") && it["completed"] != true && !is_archived(it)
    };
    let count = |list: &str| rows(&state["highlevel"][list]).iter().filter(stands).count() as u64;
    count("contacts") + count("tasks")
}

fn lived(seed: u64, what: (Fault, Listing)) -> Tally {
    let (fault, listing) = what;
    let next = seed + 1;
    let about = format!("CONCORDAT_FAULTS={seed}..{next} ({fault:?} of {listing:?})");
    let mut tally = Tally { lives: 1, ..Tally::default() };

    let mut life = Life::begins(seed, what);
    let (mut without, unprotected) = (life.twin(), life.twin());
    let hits = life.falters();
    let untouched = life.job.effects().len();
    for nth in 0..NIGHTS {
        let before = hits.load(Ordering::Relaxed);
        let night = life.night();
        let hit = hits.load(Ordering::Relaxed) - before;
        tally.hit += hit;
        assert!(hit > 0 || fault == Fault::StaleIndex, "{about}: night {nth} did not meet it");
        match &night {
            Ok(night) => {
                let all: u64 = ended(night).iter().sum();
                assert_eq!(all, 0, "{about}: night {nth} ended somebody: {:#?}", night.plan);
                assert!(night.plan.steps.is_empty(), "{about}: {:#?}", night.plan.steps);
                let is_told = night.incomplete.iter().any(|it| it.starts_with(listing.named()));
                // What an index still shows is there, as far as anybody can tell.
                assert_eq!(is_told, fault != Fault::StaleIndex, "{about}: {:#?}", night.incomplete);
                tally.told += u64::from(is_told);
            }
            Err(says) => {
                assert!(says.contains("403") || says.contains("permission"), "{about}: {says}");
                tally.told += 1;
            }
        }
    }
    assert_eq!(life.job.effects().len(), untouched, "{about}: something was written");
    life.recovers();
    for _ in 0..NIGHTS {
        let night = life.night().expect("a whole listing");
        tally.later += ended(&night).iter().sum::<u64>();
    }

    without.recovers();
    for _ in 0..NIGHTS {
        let night = without.night().expect("a whole listing");
        let ended = ended(&night);
        tally.rightly.iter_mut().zip(ended).for_each(|(all, one)| *all += one);
    }
    let rightly: u64 = tally.rightly.iter().sum();
    assert!(rightly > 0, "{about}: without it, nobody ended either");
    assert_eq!(tally.later, rightly, "{about}: after it, not all ended");
    tally.wrongly = wronged(unprotected, tally.rightly[2]);
    tally
}

/// With the certificate, the read by id and the guards off: how many end that are there? `rightly`: so many
/// are dismissed because they are not.
fn wronged(mut life: Life, rightly: u64) -> u64 {
    let layers =
        [Bug::EveryListingWhole, Bug::NotReadById, Bug::ForbiddenIsGone, Bug::GuardsLookAway];
    life.falters();
    let (standing_before, mut dismissed) = (standing(&life.job), 0);
    for _ in 0..NIGHTS {
        // What ends the whole run does no harm.
        let night = off(&layers, &mut || life.night());
        dismissed += night.map_or(0, |it| ended(&it)[2]);
    }
    standing_before - standing(&life.job) + dismissed.saturating_sub(rightly)
}

/// Which lives: so many, or from one to before another.
fn seeds() -> Range<u64> {
    let said = std::env::var("CONCORDAT_FAULTS").unwrap_or_else(|_| "12".into());
    let number = |text: &str| text.parse().expect("CONCORDAT_FAULTS is a number, or FROM..TO");
    match said.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => 0..number(&said),
    }
}

#[test]
fn no_faulty_listing_ends_anybody() {
    let seeds = seeds();
    let all = || Listing::ALL.into_iter().flat_map(|it| Fault::ALL.map(|fault| (fault, it)));
    let cells: Vec<(Fault, Listing)> = all().filter(|(fault, it)| fault.is_of(*it)).collect();
    // Neighbours are of different listings and faults, so that a part of the lives sees all of both.
    let cell = |seed: u64| cells[(seed as usize * 17) % cells.len()];
    let (lives, next) = (seeds.end - seeds.start, AtomicU64::new(seeds.start));
    let mut told: BTreeMap<Fault, Tally> = BTreeMap::new();
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let work = || {
        let mut told: BTreeMap<Fault, Tally> = BTreeMap::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return told;
            }
            told.entry(cell(seed).0).or_default().add(lived(seed, cell(seed)));
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let part = worker.join().expect("lives");
            part.into_iter().for_each(|(fault, one)| told.entry(fault).or_default().add(one));
        }
    });
    let mut sum = Tally::default();
    eprintln!(
        "fault          | lives | answers | told | ended |  after | without: archived, deleted, dismissed \
         | wrongly, without layers"
    );
    for (fault, it) in &told {
        eprintln!("{:14} | {it}", format!("{fault:?}"));
        sum.add(*it);
        // To say that there are more than there are hides nobody, and an index that is behind shows too many.
        let hides = !matches!(fault, Fault::WrongTotal | Fault::StaleIndex);
        let does_harm = it.wrongly > 0 || lives < 1000 || !hides;
        assert!(does_harm, "{fault:?} harms nobody, so that nothing happens proves nothing");
    }
    eprintln!("{:14} | {sum}", "all");
    assert_eq!((sum.lives, sum.ended), (lives, 0));
}
