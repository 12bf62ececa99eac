//! Of what will a plan have something to say again, whether it moves or not?

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{Joins, Rules};
use concordat_model::standstill::Standstill;
use concordat_model::{LinkId, MappingName, Plan, RecordKey, Resource};

use super::crowds;
use super::standstill::{is_refused, standstills};
use crate::Inputs;
use crate::pairing::{self, Linked};
use crate::steps::Opening;

/// What is to be looked at again the next time, whether it moves or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restless {
    /// The records.
    pub waiting: BTreeSet<RecordKey>,
    /// What need not be looked at, as long as it holds, beside what was said again. Those who wait in it
    /// are among the records.
    pub standstills: Vec<Standstill>,
}

/// The records of which a plan said something, and those too old to be decided about: they are to be looked
/// at again, whether they move or not.
pub fn restless(inputs: &Inputs<'_>, plan: &Plan) -> Restless {
    let mut mentions = Mentions::of(inputs);
    for link in inputs.agreements.links.values() {
        if let Some(mapping) = inputs.rules.mapping(&link.mapping)
            && matches!(Opening::of(inputs, mapping, &Linked::from(link)), Opening::Late)
        {
            mentions.add(&link.mapping, Some(&link.id), []);
        }
    }
    // Whatever a plan may come to say belongs here.
    let Plan {
        steps,
        settlements,
        conflicts,
        cases,
        drift,
        held,
        quarantined,
        dismissals,
        pair: _,
        made_at: _,
        mapping: _,
        tenants: _,
        expected_tenants: _,
        expected_mapping: _,
        first_agreement: _,
        first_allowed: _,
        position: _,
        scope: _,
        gates: _,
        census: _,
        missing_canaries: _,
        // They come with a step.
        endowments: _,
        unmatched: _,
    } = plan;
    for it in steps {
        mentions.add(&it.mapping, Some(&it.link), it.record.iter().chain(&it.sources));
    }
    for it in settlements {
        let ends = it.ends.iter().flat_map(|(_, keys)| keys);
        mentions.add(&it.mapping, Some(&it.link), ends);
    }
    for it in conflicts {
        mentions.add(&it.mapping, Some(&it.link), it.records());
    }
    for it in quarantined {
        mentions.add(&it.mapping, Some(&it.link), it.gone.iter().chain([&it.record]));
    }
    for it in dismissals {
        mentions.add(&it.mapping, Some(&it.link), it.gone.iter().chain(&it.sources));
    }
    let (refused, others): (Vec<_>, Vec<_>) = held.iter().partition(|it| is_refused(it));
    for it in others.into_iter().chain(drift) {
        mentions.add(&it.mapping, it.link.as_ref(), [&it.record]);
    }
    let standstills = standstills(inputs, plan, &mentions.records);
    let all = inputs.extent.standstills().iter().chain(&standstills);
    let still: BTreeSet<&RecordKey> = all.flat_map(|it| &it.waiting).collect();
    for it in refused {
        mentions.add(&it.mapping, it.link.as_ref(), [&it.record]);
    }
    for it in cases {
        let candidates = it.candidates.iter().map(|it| &it.record);
        let candidates = candidates.filter(|_| !still.contains(&it.record));
        mentions.add(&it.mapping, None, candidates.chain([&it.record]));
    }
    let waiting = inputs.extent.standstills().iter().flat_map(|it| &it.waiting);
    mentions.records.extend(waiting.cloned());
    Restless { waiting: mentions.records, standstills }
}

/// The records that have to be looked at for something to be said again.
struct Mentions<'a> {
    rules: &'a Rules,
    crowds: BTreeSet<Resource>,
    ends: BTreeMap<LinkId, Vec<RecordKey>>,
    records: BTreeSet<RecordKey>,
}

impl<'a> Mentions<'a> {
    fn of(inputs: &Inputs<'a>) -> Self {
        let pairings = pairing::pair_up(inputs);
        let linked = pairings.iter().flat_map(|(_, it)| it.linked.iter().chain(&it.leaving));
        let paired = linked.map(|it| {
            (it.id.clone(), it.ends.iter().flat_map(|(_, keys)| keys).cloned().collect())
        });
        let known = inputs.agreements.links.values().map(|it| {
            (it.id.clone(), it.ends.iter().flat_map(|(_, keys)| keys).cloned().collect())
        });
        let ends = known.chain(paired).collect();
        let (rules, records) = (inputs.rules, BTreeSet::new());
        Mentions { rules, crowds: crowds(rules), ends, records }
    }

    fn add<'k>(
        &mut self,
        mapping: &MappingName,
        link: Option<&LinkId>,
        keys: impl IntoIterator<Item = &'k RecordKey>,
    ) {
        let Some(mapping) = self.rules.mapping(mapping) else { return };
        let is_needed = |key: &&RecordKey| match &mapping.joins {
            Joins::Alike(alike) => alike.gathers,
            // Replicas are looked at with the one record that they are replicas of.
            Joins::Replicas(replicas) => key.side() == replicas.single,
            Joins::Appended(_) | Joins::Feed(_) | Joins::Memo(_) => {
                self.crowds.contains(&key.resource)
            }
        };
        let ends = link.and_then(|link| self.ends.get(link)).into_iter().flatten();
        self.records.extend(ends.filter(is_needed).cloned());
        self.records.extend(keys.into_iter().filter(is_needed).cloned());
    }
}
