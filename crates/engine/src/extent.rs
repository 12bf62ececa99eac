//! How much of both mirrors and of the ledger does a plan look at? Usually a neighbourhood of what moved;
//! everything, where nobody looked at everything before, not under these conditions, or not lately.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use concordat_diff::{Extent, Part, Restless, Seeds, Shelf, neighbourhood, reconcile, restless};
use concordat_ledger::{Dirty, Ledger, Touched};
use concordat_model::{
    Agreements, Fingerprint, Link, Matched, Mirrored, PairId, Plan, RecordKey, Resource, Scope,
    Side, Sides, Time, View,
};
use concordat_snapshot::{Looked, Mirror};
use concordat_store::Tables;

use crate::{Engine, EngineError, Terms, mirrored, said};

/// What is not looked at because it did not move is looked at anyway so often.
const EVERYTHING_EVERY: TimeDelta = TimeDelta::days(7);

/// How much a plan is to look at. It is the same plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// What moved, where it is known what did.
    Moved,
    /// All there is.
    Everything,
}

/// Both sides as last mirrored, without their records; nothing if one was never pulled.
///
/// # Errors
/// If the mirror cannot be read.
pub fn heads(tables: &dyn Tables, pair: &PairId) -> Result<Option<Sides<View>>, EngineError> {
    let head = |side| Ok::<_, EngineError>(Mirror::open(tables, pair, side)?.into_head());
    let heads = head(Side::Upguard)?.zip(head(Side::Highlevel)?);
    Ok(heads.map(|(upguard, highlevel)| Sides { upguard, highlevel }))
}

/// How many records of each resource of the mapping are there.
///
/// # Errors
/// If mirror or ledger cannot be read.
pub fn population(
    terms: Terms<'_>,
    tables: &dyn Tables,
    ledger: &Ledger,
    heads: Sides<View>,
) -> Result<BTreeMap<Resource, u64>, EngineError> {
    let shelf = Books::open(terms.pair, tables, ledger)?;
    let (bare, whole, now) = (ledger.agreements(BTreeMap::new()), Scope::default(), Time::MIN_UTC);
    let inputs = terms.inputs(&bare, ledger.in_doubt(), &heads, &whole, now);
    let near = neighbourhood(&inputs, Seeds::default(), &shelf)?;
    let count = |resource: Resource| {
        let beside = near.part.here.get(&resource).copied().unwrap_or(0);
        (resource, near.views[resource.side()].population(resource) + beside)
    };
    let all = Side::BOTH.into_iter().flat_map(|side| terms.rules.resources(side));
    Ok(all.map(count).collect())
}

/// The mirrors and the ledger of one pair, opened to be looked things up in.
struct Books<'a> {
    mirrors: Sides<Mirror<'a>>,
    ledger: &'a Ledger,
}

impl<'a> Books<'a> {
    fn open(
        pair: &PairId,
        tables: &'a dyn Tables,
        ledger: &'a Ledger,
    ) -> Result<Self, EngineError> {
        let open = |side| Mirror::open(tables, pair, side);
        let mirrors = Sides { upguard: open(Side::Upguard)?, highlevel: open(Side::Highlevel)? };
        Ok(Books { mirrors, ledger })
    }
}

impl Shelf for Books<'_> {
    type Error = EngineError;

    fn records(
        &self,
        resource: Resource,
        see: &mut dyn FnMut(Mirrored),
    ) -> Result<(), EngineError> {
        for record in self.mirrors[resource.side()].records(resource) {
            see(record?);
        }
        Ok(())
    }

    fn record(&self, key: &RecordKey) -> Result<Option<Mirrored>, EngineError> {
        Ok(self.mirrors[key.side()].record(key)?)
    }

    fn links(&self, see: &mut dyn FnMut(Link)) -> Result<(), EngineError> {
        for link in self.ledger.links() {
            see(link?);
        }
        Ok(())
    }

    fn links_of(&self, key: &RecordKey) -> Result<Vec<Link>, EngineError> {
        Ok(self.ledger.links_of(key)?)
    }
}

/// What a plan is made from.
struct Sight {
    views: Sides<View>,
    agreements: Agreements,
    /// Nothing: it is everything there is.
    part: Option<Part>,
}

impl Engine<'_> {
    /// What would have to be done. `heads`: both sides without their records.
    ///
    /// # Errors
    /// If mirror or ledger cannot be read, or what the plan looked at cannot be recorded.
    #[tracing::instrument(level = "info", skip_all, fields(run = %self.run))]
    pub fn plan(
        &mut self,
        heads: Sides<View>,
        scope: &Scope,
        look: Look,
    ) -> Result<Plan, EngineError> {
        let now = self.clock.now();
        let position = self.ledger.position();
        let conditions = conditions(self.terms, &heads, self.ledger.adopted());
        let seeds = match look {
            Look::Moved if !self.is_due(&conditions, now)? => self.seeds()?,
            Look::Moved | Look::Everything => None,
        };
        let (touched, sight) = match seeds {
            None => (None, self.everything()?),
            // Which records a part of a plan is about is known by looking at them.
            Some((touched, seeds)) if !scope.is_whole() => {
                let seeds = Seeds { standstills: Vec::new(), ..seeds };
                (Some(touched), self.around(&heads, seeds)?)
            }
            Some((touched, seeds)) => (Some(touched), self.around(&heads, seeds)?),
        };
        let extent = sight.part.as_ref().map_or(Extent::Whole, Extent::Part);
        let in_doubt = self.ledger.in_doubt();
        let inputs = self.terms.inputs(&sight.agreements, in_doubt, &sight.views, scope, now);
        let inputs = concordat_diff::Inputs { extent, ..inputs };
        let plan = reconcile(&inputs);
        self.is_newest(&plan)?;
        tracing::info!(
            whole = touched.is_none(),
            records = sight.views.iter().map(|(_, it)| it.records.len()).sum::<usize>(),
            links = sight.agreements.links.len(),
            standstills = sight.part.as_ref().map_or(0, |it| it.standstills.len()),
            "planned"
        );
        // A part of a plan says nothing about the rest, and of a first agreement all is to be looked at
        // again.
        if scope.is_whole() && plan.first_agreement.is_empty() {
            let Restless { waiting, standstills } = restless(&inputs, &plan);
            let still = sight.part.as_ref().map_or(&[][..], |it| &it.standstills);
            said::put(self.tables, self.terms.pair, still, &standstills)?;
            let looked = touched.map_or(Dirty::Everything, Dirty::Only);
            self.ledger.clean(&looked, Touched { waiting, ..Touched::default() }, position)?;
            let whole = Looked { conditions, at: now };
            let whole = (looked == Dirty::Everything).then_some(&whole);
            concordat_snapshot::clean(self.tables, self.terms.pair, whole)?;
        }
        Ok(plan)
    }

    /// Whatever is marked as ours was made by a write of this ledger. If it was not, there was another one, and
    /// what this one remembers may be long past. Not asked where that is known, nor before a first agreement.
    fn is_newest(&self, plan: &Plan) -> Result<(), EngineError> {
        if self.ledger.adopted().is_some() {
            return Ok(());
        }
        let settled = plan.settlements.iter().map(|it| {
            (
                &it.matched,
                &it.mapping,
                &it.link,
                it.ends.iter().flat_map(|(_, keys)| keys).collect(),
            )
        });
        let steps = plan.steps.iter().map(|it| {
            (&it.matched, &it.mapping, &it.link, it.sources.iter().collect::<BTreeSet<_>>())
        });
        let mut strange: Vec<_> = settled
            .chain(steps)
            .filter(|(matched, mapping, ..)| {
                **matched == Some(Matched::ByMarker) && !plan.first_agreement.contains(*mapping)
            })
            .collect();
        if strange.is_empty() {
            return Ok(());
        }
        // What was made for several is found by the mark of one of them.
        let are_all = self.ledger.intended(&mut |step| {
            strange.retain(|(_, mapping, link, keys)| {
                let is_about = step.sources.iter().any(|it| keys.contains(it));
                step.link != **link && !(step.mapping == **mapping && is_about)
            });
        })?;
        match strange.first().filter(|_| are_all) {
            None => Ok(()),
            Some((_, _, link, _)) => {
                Err(EngineError::NotTheNewest { count: strange.len(), link: (*link).clone() })
            }
        }
    }

    /// Whether it is time to look at everything.
    fn is_due(&self, conditions: &Fingerprint, now: Time) -> Result<bool, EngineError> {
        let looked = concordat_snapshot::looked(self.tables, self.terms.pair)?;
        Ok(looked.is_none_or(|it| {
            it.conditions != *conditions || now.signed_duration_since(it.at) > EVERYTHING_EVERY
        }))
    }

    /// What moved, and what the ledger says of it; nothing: that is not known.
    fn seeds(&self) -> Result<Option<(Touched, Seeds)>, EngineError> {
        let Dirty::Only(touched) = self.ledger.dirty()? else { return Ok(None) };
        let mut records: BTreeSet<RecordKey> =
            concordat_snapshot::dirty(self.tables, self.terms.pair)?;
        let mut links = touched.links.clone();
        records.extend(touched.records.iter().chain(self.terms.canaries).cloned());
        for (_, open) in self.ledger.open_intents() {
            links.insert(open.step.link.clone());
            records.extend(open.step.record.iter().chain(&open.step.sources).cloned());
        }
        let waiting = touched.waiting.clone();
        let standstills = said::all(self.tables, self.terms.pair)?;
        Ok(Some((touched, Seeds { records, links, waiting, standstills })))
    }

    fn everything(&self) -> Result<Sight, EngineError> {
        let Terms { pair, rules, .. } = self.terms;
        let views = mirrored(self.tables, pair, &rules.slice)?.ok_or(EngineError::NeverPulled)?;
        Ok(Sight { views, agreements: self.ledger.all_agreements()?, part: None })
    }

    fn around(&self, heads: &Sides<View>, seeds: Seeds) -> Result<Sight, EngineError> {
        let shelf = Books::open(self.terms.pair, self.tables, self.ledger)?;
        let (bare, scope) = (self.ledger.agreements(BTreeMap::new()), Scope::default());
        let (in_doubt, now) = (self.ledger.in_doubt(), self.clock.now());
        let inputs = self.terms.inputs(&bare, in_doubt, heads, &scope, now);
        let near = neighbourhood(&inputs, seeds, &shelf)?;
        let agreements = Agreements { links: near.links, ..bare };
        Ok(Sight { views: near.views, agreements, part: Some(near.part) })
    }
}

/// What a plan depends on besides records, agreements and time.
fn conditions(terms: Terms<'_>, heads: &Sides<View>, adopted: Option<Time>) -> Fingerprint {
    let side = |view: &View| {
        let View { tenant, defined, .. } = view;
        format!("{} {} {defined:?}", tenant.id, tenant.can_mark)
    };
    Fingerprint::of(
        "conditions",
        &[
            env!("CARGO_PKG_VERSION").as_bytes(),
            terms.rules.fingerprint.as_str().as_bytes(),
            side(&heads.upguard).as_bytes(),
            side(&heads.highlevel).as_bytes(),
            format!("{adopted:?}").as_bytes(),
        ],
    )
}
