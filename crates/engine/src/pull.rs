//! What is asked of the two sides, and what is not asked again? Both are pulled at once; the links say which
//! records should be there.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use concordat_diff::Asking;
use concordat_mapping::is_stamped;
use concordat_model::{Fingerprint, RecordId, RecordKey, Resource, Side, Sides, Time};
use concordat_remote::Cause;
use concordat_snapshot::{Owners, PullRequest, SnapshotError, Sweep, Window};

use crate::ration::Rationed;
use crate::{Engine, EngineError, Look, Progress, Terms};

/// How many requests to one side may be under way at once. The limiter decides how many a second.
const CONCURRENCY: usize = 4;

/// What a pull need not ask again, because it was asked lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Economy {
    /// A contact's notes are listed at least so often.
    pub notes_staleness: TimeDelta,
    /// A vendor's contacts, and the questionnaires that were sent to it, are listed at least so often.
    pub vendor_contacts_staleness: TimeDelta,
    /// All HighLevel contacts are listed at least so often; between, those that moved.
    pub full_every: TimeDelta,
    /// Where there are no more contacts than this, all are listed in each pull.
    pub contacts_min: u64,
    /// Where there are no more contacts or vendors than this to list by, all are asked in each pull.
    pub owners_min: usize,
}

impl Economy {
    fn sweeps(self, look: Look) -> BTreeMap<Resource, Sweep> {
        let Economy { notes_staleness, vendor_contacts_staleness, owners_min, .. } = self;
        let sweep = |staleness| Sweep { staleness, owners_min };
        match look {
            Look::Everything => BTreeMap::new(),
            Look::Moved => BTreeMap::from([
                (Resource::Note, sweep(notes_staleness)),
                (Resource::VendorContact, sweep(vendor_contacts_staleness)),
                (Resource::Questionnaire, sweep(vendor_contacts_staleness)),
            ]),
        }
    }

    /// Of the side's listings only HighLevel's search of contacts can tell what moved (`highlevel.md` §6.3).
    fn windows(self, look: Look) -> BTreeMap<Resource, Window> {
        match look {
            Look::Everything => BTreeMap::new(),
            Look::Moved => {
                let Economy { full_every, contacts_min: records_min, .. } = self;
                BTreeMap::from([(Resource::Contact, Window { full_every, records_min })])
            }
        }
    }
}

impl Engine<'_> {
    /// Mirrors both sides, concurrently; with [`Look::Everything`] whatever there is to ask.
    ///
    /// # Errors
    /// If a side's credentials are refused or the mirror cannot be written. A listing that fails
    /// otherwise only lacks its certificate.
    #[tracing::instrument(level = "info", skip_all, fields(run = %self.run))]
    pub async fn pull(&self, look: Look) -> Result<(), EngineError> {
        let Terms { pair, rules, quarantine_views, economy, .. } = self.terms;
        let (tables, remotes, clock, told) = (self.tables, self.remotes, self.clock, self.progress);
        let Linked { expected, kept } = self.linked()?;
        let owners: Owners<'_> = &|resource, here| {
            let offset = remotes[resource.side()].offset();
            let asking = Asking { rules, kept: &kept, now: offset.to_theirs(clock.now()) };
            concordat_diff::owners(asking, resource, here)
        };
        let ration = self.ration;
        let pull = |side: Side, expected| {
            let source = Rationed { side, remote: remotes[side], ration, tables, clock };
            let request = PullRequest {
                owners,
                sweeps: economy.sweeps(look),
                windows: economy.windows(look),
                conditions: conditions(self.terms),
                quarantine_views,
                now: clock.now(),
                side,
                resources: rules.resources(side),
                expected,
                concurrency: CONCURRENCY,
                stamped: &is_stamped,
            };
            let progress = move |it| told(Progress::Pull(it));
            async move { concordat_snapshot::pull(&source, tables, pair, request, &progress).await }
        };
        let Sides { upguard, highlevel } = expected;
        let (upguard, highlevel) =
            tokio::join!(pull(Side::Upguard, upguard), pull(Side::Highlevel, highlevel));
        self.count()?;
        match (upguard.and(highlevel), ration.refused()) {
            // What was listed is kept; without the rest nothing can be decided.
            (Ok(()), Some(reached)) => Err(EngineError::Budget(reached)),
            (Err(SnapshotError::Remote(failure)), Some(reached))
                if failure.cause == Cause::Budget && failure.status.is_none() =>
            {
                Err(EngineError::Budget(reached))
            }
            (pulled, _) => Ok(pulled?),
        }
    }

    /// Goes through all links.
    fn linked(&self) -> Result<Linked, EngineError> {
        let Linked { mut expected, mut kept } = Linked::default();
        for link in self.ledger.links() {
            let link = link?;
            kept.extend(concordat_diff::kept_at(self.terms.rules, &link));
            let archived = link.archived();
            for (side, keys) in link.ends.iter().filter(|(side, _)| archived != Some(*side)) {
                for key in keys {
                    let latest = expected[side].entry(key.clone()).or_default();
                    *latest = link.read_back[side].max(*latest);
                }
            }
        }
        Ok(Linked { expected, kept })
    }
}

/// What a listing tells of depends on it.
fn conditions(terms: Terms<'_>) -> Fingerprint {
    let parts = [env!("CARGO_PKG_VERSION").as_bytes(), terms.rules.fingerprint.as_str().as_bytes()];
    Fingerprint::of("listings", &parts)
}

/// What the links say of records before they are pulled.
#[derive(Default)]
struct Linked {
    /// Every linked record, and when it was last read back after a write, if it was: what was seen of it
    /// before shows the past.
    expected: Sides<BTreeMap<RecordKey, Option<Time>>>,
    /// The contacts at which a note of ours is kept up to date.
    kept: BTreeSet<RecordId>,
}
