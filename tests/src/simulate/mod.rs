//! Does it hold, whatever happens? One seed is one life of a pair: two systems, people who edit them at any
//! moment, nights on which things go wrong, and quiet nights after them, in virtual time and in this process.
//! Engine, connectors, ledger and mirror are the real ones; the disk is in memory, and the way to the systems is
//! ours.
//!
//! The same seed is the same life to the last byte; [`Life::trace`] tells. A life ends with judgements, and
//! what they complain of is a violation.

pub mod cells;
pub mod chances;
pub mod deletions;
pub mod fields;
pub mod judge;
pub mod mortal;
pub mod ordeal;
pub mod outside;
pub mod people;
pub mod process;
pub mod rights;
pub mod road;
pub mod rot;
pub mod scene;
pub mod work;
pub mod workflow;

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use concordat_apply::{Done, Fate};
use concordat_ledger::MemoryDisk;
use concordat_model::{Action, PairId};
use concordat_oracle::rows;
use concordat_remote::Clock;
use concordat_sandbox::{Actor, Effect};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::night::persons::Dice;
use crate::operator;
use crate::watch::Watch;

use chances::Chances;
use judge::End;
use mortal::MortalTables;
use ordeal::Ordeal;
use outside::Tale;
use process::{Eyes, Night, Place, Trouble, UNATTENDED};
use scene::{Scene, Tally, seen};

/// After so many quiet nights nothing is left to do.
const QUIET_MAX: usize = 3;

/// What became of a life.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// What happened.
    pub tally: Tally,
    /// Steps that were written: records made, changed, archived, deleted.
    pub written: [u64; 4],
    /// Nights on which a run came to nothing, or not to its end.
    pub broken: u64,
    /// The hash of all that happened.
    pub trace: u64,
    /// What must not be.
    pub violations: Vec<String>,
}

/// Lives the life of a seed. `fair`: without faults.
///
/// # Panics
/// If the engine does.
pub fn life(seed: u64, fair: bool) -> Life {
    lived(seed, |chances| if fair { chances.fair() } else { chances })
}

/// Lives the life of a seed with an ordeal beside all that may happen anyway.
///
/// # Panics
/// If the engine does.
pub fn hard_life(seed: u64) -> Life {
    lived(seed, |chances| chances.and_an_ordeal(&mut Dice::of(seed.rotate_left(32))))
}

fn lived(seed: u64, change: impl FnOnce(Chances) -> Chances) -> Life {
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut dice = Dice::of(seed);
        let chances = Chances::of(&mut dice).and_later(&mut Dice::of(!seed));
        let mut world = Lived::begins(seed, change(chances), dice);
        world.lives().await;
        world.ends()
    })
}

/// A life that is lived.
struct Lived {
    place: Place,
    life: Life,
    tale: Tale,
    last: Option<Night>,
    /// Whether somebody has allowed the first agreement.
    was_allowed: bool,
}

impl Lived {
    fn begins(seed: u64, chances: Chances, dice: Dice) -> Lived {
        let extra = chances.settings.clone();
        let (scene, options) = Scene::new(seed, chances, dice);
        let start = scene.world.state();
        let mut settings = operator::settings(&start);
        for name in &extra {
            settings[*name] = json!({ "enabled": true });
        }
        if scene.chances.deletes {
            for name in ["contacts", "threats"].iter().chain(&extra) {
                settings[*name]["gone"] = json!("delete");
            }
        }
        let tale = Tale::begins(start, &settings);
        let place = Place {
            scene: Arc::new(Mutex::new(scene)),
            watch: Arc::new(Watch(Instant::now())),
            options,
            rules: operator::rules(settings),
            pair: PairId::from("default"),
            disk: MemoryDisk::new(),
            tables: MortalTables::default(),
        };
        Lived { place, life: Life::default(), tale, last: None, was_allowed: false }
    }

    fn scene(&self) -> MutexGuard<'_, Scene> {
        self.place.scene.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn roll(&self, bound: usize) -> usize {
        self.scene().dice.below(bound)
    }

    async fn lives(&mut self) {
        if self.roll(2) == 0 {
            match self.place.defines().await {
                Ok(night) => self.count(&night),
                Err(trouble) => self.violated(&format!("custom fields: {trouble:?}")),
            }
        }
        let nights = self.scene().chances.nights;
        for _ in 0..nights {
            self.day_passes().await;
            self.bad_night().await;
        }
        self.quiet_nights().await;
    }

    /// Half a day or more, in which people edit.
    async fn day_passes(&self) {
        let edits = self.scene().chances.edits;
        for _ in 0..self.roll(edits + 1) {
            sleep(Duration::from_secs(60 * (1 + self.roll(90) as u64))).await;
            let (mut scene, now) = (self.scene(), self.place.watch.now());
            scene.rests(now);
            scene.edited(now);
        }
        sleep(Duration::from_secs(3600 * (12 + self.roll(12) as u64))).await;
    }

    /// Things go wrong; the job is started again once or twice if it came to nothing.
    async fn bad_night(&mut self) {
        {
            let mut scene = self.scene();
            scene.storm_begins();
            scene.busy = true;
        }
        for _ in 0..=self.roll(3) {
            if self.job().await {
                break;
            }
            sleep(Duration::from_secs(60 * (1 + self.roll(60) as u64))).await;
        }
        let mut scene = self.scene();
        scene.storm_ends();
        scene.busy = false;
    }

    /// One run of the job; whether it came to its end.
    async fn job(&mut self) -> bool {
        self.scene().late_arrive(self.place.watch.now());
        let twice = self.roll(4) == 0;
        let eyes = self.eyes();
        let dies_after = self.scene().doom();
        let from = self.scene().world.effects().len();
        let ended = self.place.reconciles(twice, eyes, dies_after).await;
        let to = self.scene().world.effects().len();
        if eyes == Eyes::Nobodys {
            self.is_bounded(ended.as_ref().ok(), from..to);
        }
        self.was_allowed |= eyes != Eyes::Nobodys;
        let is_shown = !self.scene().turns();
        self.tale.night((from, to), ended.as_ref().ok(), is_shown);
        self.asked(ended.as_ref().ok());
        match ended {
            Ok(night) => {
                self.count(&night);
                let whole = night.pushed.as_ref().is_ok_and(|it| it.halt.is_none());
                self.life.broken += u64::from(!whole);
                self.last = Some(night);
                whole
            }
            Err(Trouble::Killed | Trouble::Disk(_)) => false,
            Err(Trouble::Engine(error)) => {
                self.scene().note(error.to_string());
                self.life.broken += 1;
                false
            }
            Err(trouble) => {
                self.violated(&format!("{trouble:?}"));
                false
            }
        }
    }

    /// Who reads the plan.
    fn eyes(&self) -> Eyes {
        let mut scene = self.scene();
        let nobody = scene.chances.ordeal == Some(Ordeal::Unattended) && scene.aside.below(3) > 0;
        match scene.stormy {
            true if nobody => Eyes::Nobodys,
            true => Eyes::Open,
            // On a quiet night the systems show what they have.
            false => Eyes::Wide,
        }
    }

    /// While nobody looks nothing begins, no business is made and nothing is archived.
    fn is_bounded(&mut self, night: Option<&Night>, done: Range<usize>) {
        let (mut count, mut made, mut archived) = (0, 0, 0);
        for effect in &self.scene().world.effects()[done] {
            let effect = json!(effect);
            if effect["actor"] != "api" {
                continue;
            }
            count += 1;
            made += u64::from(effect["field"].is_null() && effect["entity"] == "business");
            let has = |list| rows(list).iter().any(|it| *it == "concordat:archived");
            archived += u64::from(has(&effect["after"]) && !has(&effect["before"]));
        }
        if count > 0 && !self.was_allowed {
            self.violated("it began although nobody allowed the first agreement");
        }
        // Ceilings begin after the first agreement.
        let is_agreed = night.is_some_and(|it| it.plan.first_agreement.is_empty());
        if is_agreed && made > UNATTENDED.creates.absolute {
            self.violated(&format!("{made} businesses made while nobody looked"));
        }
        if archived > UNATTENDED.archives.absolute {
            self.violated(&format!("{archived} archived while nobody looked"));
        }
    }

    /// What was asked was not too much.
    fn asked(&mut self, night: Option<&Night>) {
        let complaints = {
            let scene = self.scene();
            let made = scene.world.effects().iter().filter(|it| it.before.is_null());
            let records = self.tale.records() + made.filter(|it| it.field.is_none()).count();
            scene.work.complaints(night.map(|it| it.plan.steps.len()), records)
        };
        self.life.violations.extend(complaints);
    }

    /// Nothing goes wrong and nobody edits: soon nothing is left to do, and then nothing is done.
    async fn quiet_nights(&mut self) {
        self.scene().pages_stand_still();
        let (mut busy, mut has_rested) = (0, false);
        while busy <= QUIET_MAX {
            sleep(Duration::from_secs(24 * 3600)).await;
            self.scene().late_arrive(self.place.watch.now());
            let before = self.now_done();
            let whole = self.job().await;
            let left = match &self.last {
                Some(Night { plan, pushed: Ok(_) }) if whole => plan.steps.len(),
                last => {
                    let refused = last.as_ref().and_then(|it| it.pushed.as_ref().err());
                    self.violated(&format!("a quiet night came to nothing: {refused:?}"));
                    busy += 1;
                    continue;
                }
            };
            if left > 0 {
                busy += 1;
                continue;
            }
            if self.now_done() != before {
                self.violated("a run without steps wrote");
            }
            // What is missing for the first time is gone the next night.
            if has_rested || !self.has_lost_something() {
                return;
            }
            has_rested = true;
        }
        let done = self.last.iter().flat_map(|it| &it.pushed).flat_map(|it| &it.done);
        let told = |it: &Done| {
            let fields: Vec<&str> = it.step.fields.iter().map(|it| it.name.as_str()).collect();
            format!("{} of {} {}: {:?}", fields.join(", "), it.step.side, it.step.name, it.fate)
        };
        let left: Vec<String> = done.map(told).collect();
        self.violated(&format!(
            "after {QUIET_MAX} quiet nights something is left to do: {left:#?}"
        ));
    }

    /// Whether people deleted anything, where a last plan may not excuse what it waits for.
    fn has_lost_something(&self) -> bool {
        let scene = self.scene();
        let is_end = |it: &&Effect| it.field.is_none() && it.after.is_null();
        let mut ends = scene.world.effects().iter().filter(is_end);
        scene.chances.is_fair() && ends.any(|it| it.actor != Actor::Api)
    }

    /// Writing requests and effects so far.
    fn now_done(&self) -> (u64, usize) {
        let scene = self.scene();
        (scene.tally.writes, scene.world.effects().len())
    }

    fn count(&mut self, night: &Night) {
        for done in night.pushed.iter().flat_map(|it| &it.done) {
            if let Fate::Applied(receipt) = &done.fate {
                self.life.written[match receipt.action {
                    Action::Create => 0,
                    Action::Update => 1,
                    Action::Archive => 2,
                    Action::Delete => 3,
                }] += 1;
            }
        }
    }

    fn violated(&mut self, says: &str) {
        self.life.violations.push(says.to_owned());
    }

    fn ends(mut self) -> Life {
        let (end, trace, tally) = {
            let scene = self.scene();
            let end = self.last.as_ref().map(|last| {
                let books = (&self.place.disk, &self.place.pair);
                End::of(seen(&scene.world), books, last.plan.clone(), &scene.chances)
            });
            (end, scene.trace(), scene.tally.clone())
        };
        match end {
            Some(Ok(end)) => {
                self.life.violations.extend(end.complaints());
                self.life.violations.extend(rot::unnoticed(&self.place.disk));
                let scene = self.place.scene.lock().unwrap_or_else(PoisonError::into_inner);
                self.life.violations.extend(scene.impatient.iter().cloned());
                self.life.violations.extend(deletions::wrongful(&scene, &end.effects));
                self.life.violations.extend(self.tale.complaints(&scene, &end));
            }
            Some(Err(says)) => self.life.violations.push(says),
            None => self.life.violations.push("no night came to an end".to_owned()),
        }
        Life { tally, trace, ..self.life }
    }
}
