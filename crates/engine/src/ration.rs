//! May another request be sent, another step be begun? Compares what was asked of both sides, in this run and
//! on this day, with what the budget allows; and keeps the day's count for the runs to come.
//!
//! A bound is looked at before something is begun: a page, a reading, a step. What was begun is finished, so
//! the last few requests may go beyond it, and no step is left half done.
//!
//! The count is written into the store now and then, and whenever a stage ends. After a crash the last
//! [`UNSAVED_MAX`] requests may not be counted, or all of a store that was lost: what HighLevel says of its own
//! quota with each answer stands above it. Requests of commands that do not take the state, like `doctor`,
//! are not counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use concordat_model::{
    Budget, Fingerprint, MappingName, Offset, PairId, Partition, Path, Reached, Record, RecordId,
    RecordKey, Side, Sides, Step, Tenant, Time,
};
use concordat_remote::{
    Answer, Cause, Clock, Cursor, Failure, Page, Remote, Source, Spent, Traffic,
};
use concordat_store::{StoreError, Tables};
use tokio::time::Instant;

use crate::tally::{self, Tally};

/// So many requests may be counted in memory only.
const UNSAVED_MAX: u64 = 100;

/// What a run may use up, and what it has.
pub struct Ration {
    budget: Budget,
    pair: PairId,
    began: Instant,
    /// What other pairs asked of the same accounts.
    elsewhere: Sides<Tally>,
    counted: Mutex<Counted>,
}

/// What was counted so far.
struct Counted {
    accounts: Sides<Option<Fingerprint>>,
    tally: Sides<Tally>,
    /// Of what the clients sent, this much is in the tally.
    seen: Sides<Traffic>,
    unsaved: u64,
    /// The first bound at which something was not begun.
    refused: Option<Reached>,
}

impl Ration {
    /// Begins to count: a run begins, at the pace that was found out before.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn open(
        budget: Budget,
        pair: &PairId,
        remotes: Sides<&dyn Remote>,
        tables: &dyn Tables,
        now: Time,
    ) -> Result<Ration, StoreError> {
        let accounts = remotes.map(|_, remote| remote.account());
        let tally = tally::of(tables, pair, &accounts)?.map(|_, tally| tally.on(now));
        remotes.map(|side, remote| remote.resume(&tally[side].lately));
        let counted = Counted {
            accounts,
            tally,
            seen: remotes.map(|_, remote| remote.spent().traffic),
            unsaved: 0,
            refused: None,
        };
        Ok(Ration {
            budget,
            pair: pair.clone(),
            began: Instant::now(),
            elsewhere: tally::elsewhere(tables, pair)?,
            counted: Mutex::new(counted),
        })
    }

    /// How both sides answered lately, this run included.
    pub fn lately(&self) -> Sides<Traffic> {
        self.counted().tally.map(|_, tally| tally.lately)
    }

    /// How many steps of a mapping may write, where that is bounded.
    pub(crate) fn steps_max(&self) -> &BTreeMap<MappingName, u64> {
        &self.budget.steps_per_run
    }

    /// Whether so many requests may be sent to a side.
    pub(crate) fn affords(
        &self,
        side: Side,
        requests: u64,
        place: (&dyn Remote, &dyn Tables),
        now: Time,
    ) -> Result<(), Reached> {
        let (remote, tables) = place;
        let spent = remote.spent();
        let mut counted = self.counted();
        counted.take(side, spent, now);
        if counted.unsaved >= UNSAVED_MAX
            && let Err(error) = counted.save(tables, &self.pair)
        {
            tracing::warn!(%error, "today's count of requests is not kept");
        }
        let today = counted.tally[side].requests + self.elsewhere[side].on(now).requests;
        let reached = self.reached(side, requests, spent, today);
        if let Some(reached) = &reached {
            counted.refused.get_or_insert_with(|| reached.clone());
        }
        reached.map_or(Ok(()), Err)
    }

    fn reached(&self, side: Side, requests: u64, spent: Spent, today: u64) -> Option<Reached> {
        let Budget { requests_per_run, requests_per_day, daily_reserve, max_duration, .. } =
            self.budget;
        let beyond = |used: u64, max: Option<u64>| max.filter(|max| used + requests > *max);
        let time = max_duration.filter(|max| self.began.elapsed() >= *max);
        let left = spent.left_today.filter(|left| *left < daily_reserve.saturating_add(requests));
        beyond(spent.traffic.requests, requests_per_run)
            .map(|max| Reached::RequestsPerRun(side, max))
            .or_else(|| {
                beyond(today, requests_per_day).map(|max| Reached::RequestsPerDay(side, max))
            })
            .or_else(|| left.map(|left| Reached::DailyReserve(side, left)))
            .or_else(|| time.map(Reached::MaxDuration))
    }

    /// Whether a step may be begun, with all that it asks.
    pub(crate) fn affords_step(
        &self,
        step: &Step,
        remotes: Sides<&dyn Remote>,
        tables: &dyn Tables,
        now: Time,
    ) -> Result<(), Reached> {
        let asks = concordat_apply::asks(step);
        let of = |side| asks.iter().filter(|(whom, _)| *whom == side).count() as u64;
        let mut asked = Side::BOTH.into_iter().filter(|side| of(*side) > 0);
        asked.try_for_each(|side| self.affords(side, of(side), (remotes[side], tables), now))
    }

    /// The first bound at which something was not begun.
    pub(crate) fn refused(&self) -> Option<Reached> {
        self.counted().refused.clone()
    }

    /// Writes down what was counted so far.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(crate) fn save(
        &self,
        remotes: Sides<&dyn Remote>,
        tables: &dyn Tables,
        now: Time,
    ) -> Result<(), StoreError> {
        let mut counted = self.counted();
        Side::BOTH.into_iter().for_each(|side| counted.take(side, remotes[side].spent(), now));
        counted.save(tables, &self.pair)
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        // Nothing panics while it is held.
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// Counts what was sent since it was last counted.
    fn take(&mut self, side: Side, spent: Spent, now: Time) {
        self.unsaved += spent.traffic.requests - self.seen[side].requests;
        self.tally[side] = self.tally[side].on(now).and(&self.seen[side], &spent.traffic);
        self.seen[side] = spent.traffic;
    }

    fn save(&mut self, tables: &dyn Tables, pair: &PairId) -> Result<(), StoreError> {
        if self.unsaved > 0 {
            tally::put(tables, pair, &self.accounts, &self.tally)?;
            tables.flush()?;
            self.unsaved = 0;
        }
        Ok(())
    }
}

/// A side that is asked for nothing more once a bound is reached.
pub(crate) struct Rationed<'a> {
    pub(crate) side: Side,
    pub(crate) remote: &'a dyn Remote,
    pub(crate) ration: &'a Ration,
    pub(crate) tables: &'a dyn Tables,
    pub(crate) clock: &'a dyn Clock,
}

impl Rationed<'_> {
    /// Whether one more request may be sent, for `what`.
    fn one_more(&self, what: impl FnOnce() -> String) -> Result<(), Failure> {
        let place = (self.remote, self.tables);
        let reached = match self.ration.affords(self.side, 1, place, self.clock.now()) {
            Ok(()) => return Ok(()),
            Err(reached) => reached,
        };
        Err(Failure {
            side: self.side,
            operation: what(),
            cause: Cause::Budget,
            status: None,
            trace: None,
            says: format!("not asked: {reached}"),
        })
    }
}

#[async_trait]
impl Source for Rationed<'_> {
    async fn tenant(&self) -> Result<Tenant, Failure> {
        self.one_more(|| "the account".into())?;
        self.remote.tenant().await
    }

    fn defined(&self) -> BTreeSet<Path> {
        self.remote.defined()
    }

    async fn page(
        &self,
        partition: &Partition,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        self.one_more(|| partition.to_string())?;
        self.remote.page(partition, cursor).await
    }

    async fn moved(
        &self,
        partition: &Partition,
        since: Time,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        self.one_more(|| partition.to_string())?;
        self.remote.moved(partition, since, cursor).await
    }

    async fn read(
        &self,
        key: &RecordKey,
        parent: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        self.one_more(|| format!("one {}", key.resource.noun()))?;
        self.remote.read(key, parent).await
    }

    fn offset(&self) -> Offset {
        self.remote.offset()
    }

    fn spent(&self) -> Spent {
        self.remote.spent()
    }
}
