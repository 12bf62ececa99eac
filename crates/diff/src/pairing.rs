//! Who is who? Links first, then our markers, then natural keys; what is ambiguous becomes a case for
//! a person, never a guess.

mod belonging;
pub mod businesses;
mod likeness;
mod prior;
mod sorted;
mod succession;

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{Alike, Joins, Key, Mapping};
use concordat_model::plan::{Candidate, Case, Notice};
use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Choice, Field, Held, LinkId, Matched, Mirrored, RecordKey, Rule, Seen, Side, Sides, Value, Why,
};

use self::businesses::Business;
pub use self::likeness::NAMESAKES_MAX;
use self::prior::Prior;
pub use self::sorted::{Linked, Missing, Pairing, Passing, Succession};
use self::succession::Successions;
use crate::remembered::{Memory, recall};
use crate::untimely::untimely;
use crate::{Inputs, identity, projection};

/// Sorts the records of every mapping. One that joins through another comes after it.
pub fn pair_up<'a>(inputs: &Inputs<'a>) -> Vec<(&'a Mapping, Pairing)> {
    let mut pairings: Vec<(&Mapping, Pairing)> = Vec::new();
    for mapping in &inputs.rules.mappings {
        let pairing = match &mapping.joins {
            Joins::Alike(alike) => {
                let prior = Prior::to(inputs, mapping, &pairings);
                search(inputs, mapping, alike, prior, succeeded(&pairings))
            }
            Joins::Replicas(replicas) => {
                let through = pairings.iter().find(|(it, _)| it.name == replicas.through);
                let through = through.map_or(&[][..], |(_, pairing)| &pairing.linked);
                belonging::pair_up(inputs, mapping, replicas, through, succeeded(&pairings))
            }
            Joins::Appended(_) | Joins::Memo(_) => known(inputs, mapping),
            // What was told is not looked at again.
            Joins::Feed(_) => Pairing::default(),
        };
        pairings.push((mapping, pairing));
    }
    businesses::place(inputs, &mut pairings);
    pairings
}

fn succeeded<'s>(pairings: &'s [(&Mapping, Pairing)]) -> Successions<'s> {
    let succeeded = pairings.iter().flat_map(|(_, it)| &it.succeeded);
    succeeded.map(|it| (&it.gone, it)).collect()
}

/// What was added is recognised by its link alone.
fn known(inputs: &Inputs<'_>, mapping: &Mapping) -> Pairing {
    let links = inputs.agreements.links.values().filter(|it| it.mapping == mapping.name);
    let linked = links.filter(|it| !inputs.in_doubt.contains_key(&it.id)).map(Linked::from);
    Pairing { linked: linked.collect(), ..Pairing::default() }
}

fn search(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    alike: &Alike,
    prior: Prior,
    successions: Successions<'_>,
) -> Pairing {
    let mut search = Search::new(inputs, mapping, alike, prior);
    search.succeed(&successions);
    for record in search.sources() {
        search.place(record);
    }
    search.finish()
}

struct Search<'a> {
    inputs: &'a Inputs<'a>,
    mapping: &'a Mapping,
    alike: &'a Alike,
    prior: Prior,
    source: Side,
    target: Side,
    linked: BTreeMap<LinkId, Linked>,
    by_record: BTreeMap<RecordKey, LinkId>,
    markers: BTreeMap<String, BTreeSet<RecordKey>>,
    indexes: Vec<(&'a Key, Sides<Index>)>,
    suspects: Index,
    missing: BTreeMap<LinkId, Missing>,
    /// What stood for each of these was deleted, and is not made again.
    dismissed: BTreeSet<RecordKey>,
    founders: BTreeMap<Value, LinkId>,
    result: Pairing,
}

/// Records by the key of one field.
type Index = BTreeMap<Value, BTreeSet<RecordKey>>;

/// How a record was placed by its natural keys.
enum Match {
    Joins(RecordKey, Matched),
    Ambiguous(BTreeSet<RecordKey>, String),
    Alone,
}

impl<'a> Search<'a> {
    fn new(inputs: &'a Inputs<'a>, mapping: &'a Mapping, alike: &'a Alike, prior: Prior) -> Self {
        let target = alike.creates.side;
        let ended = &inputs.agreements.dismissed;
        let known = inputs.agreements.links.values().filter(|it| it.mapping == mapping.name);
        // One whose records are all gone joins nothing any more.
        let known = known.filter(|it| it.ends.iter().any(|(_, keys)| !keys.is_empty()));
        let known = known.filter(|it| !ended.contains_key(&it.id));
        let linked: BTreeMap<LinkId, Linked> =
            known.map(|link| (link.id.clone(), Linked::from(link))).collect();
        let by_record = linked
            .values()
            .flat_map(|it| it.ends.iter().flat_map(|(_, keys)| keys).map(|key| (key, &it.id)))
            .map(|(key, id)| (key.clone(), id.clone()))
            .collect();
        let mut search = Search {
            inputs,
            mapping,
            alike,
            prior,
            source: target.other(),
            target,
            linked,
            by_record,
            markers: BTreeMap::new(),
            indexes: Vec::new(),
            suspects: BTreeMap::new(),
            missing: BTreeMap::new(),
            dismissed: ended
                .values()
                .filter(|it| it.mapping == mapping.name)
                .flat_map(|it| it.sources.iter().cloned())
                .collect(),
            founders: BTreeMap::new(),
            result: Pairing::default(),
        };
        search.indexes = alike
            .keys
            .iter()
            .map(|key| (key, Sides::from_fn(|side| search.index(side, &[&key.field]))))
            .collect();
        let suspects: Vec<&Field> = alike.creates.suspects.iter().collect();
        search.suspects = search.index(target, &suspects);
        search.markers = search.marked();
        search
    }

    /// The source records that no link names, in their fixed order.
    fn sources(&self) -> Vec<&'a Mirrored> {
        let view = self.inputs.views[self.source];
        view.here(self.mapping.resources[self.source])
            .filter(|it| !self.by_record.contains_key(&it.record.key))
            .collect()
    }

    fn marked(&self) -> BTreeMap<String, BTreeSet<RecordKey>> {
        let view = self.inputs.views[self.target];
        let resource = self.mapping.resources[self.target];
        let mut markers: BTreeMap<String, BTreeSet<RecordKey>> = BTreeMap::new();
        let Some(marker) = resource.marker() else { return markers };
        for it in view.here(resource) {
            let held = it.record.reading.get(&marker);
            if let Some(marker) = held.and_then(|held| held.as_ref()?.as_text()) {
                markers.entry(marker.to_owned()).or_default().insert(it.record.key.clone());
            }
        }
        markers
    }

    /// The records of `side` by the joined keys of `fields`; a record lacking one is left out.
    fn index(&self, side: Side, fields: &[&Field]) -> Index {
        let mut index = Index::new();
        if fields.is_empty() {
            return index;
        }
        for it in self.inputs.views[side].here(self.mapping.resources[side]) {
            if let Some(key) = self.joined(side, it, fields) {
                index.entry(key).or_default().insert(it.record.key.clone());
            }
        }
        index
    }

    fn joined(&self, side: Side, record: &Mirrored, fields: &[&Field]) -> Option<Value> {
        let parts: Option<Vec<String>> = fields
            .iter()
            .map(|field| Some(self.key(side, record, field)?.to_string().to_lowercase()))
            .collect();
        Some(Value::Text(parts?.join("\u{1f}")))
    }

    fn key(&self, side: Side, record: &Mirrored, field: &Field) -> Held {
        key_of(self.inputs, self.mapping, side, record, field)
    }

    /// Finds out what one source record is.
    fn place(&mut self, record: &'a Mirrored) {
        let key = &record.record.key;
        let choice = self.inputs.agreements.choices.get(&(self.mapping.name.clone(), key.clone()));
        match choice {
            Some(Choice::Never) => return,
            Some(Choice::Create) => return self.found(record),
            Some(Choice::Link(target)) => return self.join(record, target, Matched::ByPerson),
            Some(Choice::Ask) | None => {}
        }
        if self.prior.knows(self.identity(record)) {
            self.result.left.insert(key.clone());
            return;
        }
        let marker = identity::marker(self.inputs.pair, &self.mapping.name, key);
        let marked = self.markers.get(&marker).cloned().unwrap_or_default();
        let found = match marked.len() {
            0 => self.by_keys(record),
            1 => marked
                .into_iter()
                .next()
                .map_or(Match::Alone, |it| Match::Joins(it, Matched::ByMarker)),
            count => Match::Ambiguous(marked, format!("{count} records carry its marker")),
        };
        match found {
            Match::Joins(target, _) if self.prior.has(&target) => {
                self.result.left.insert(key.clone());
            }
            Match::Joins(target, matched) => self.join(record, &target, matched),
            Match::Ambiguous(..) | Match::Alone
                if self.dismissed.contains(key) && !zoo::is_in(Bug::DismissedMadeAgain) => {}
            Match::Ambiguous(candidates, says) => self.ask(record, candidates, says),
            Match::Alone if untimely(self.inputs, self.mapping, record).is_some() => {
                self.result.untimely.push(key.clone());
            }
            Match::Alone => self.found(record),
        }
    }

    fn join(&mut self, record: &Mirrored, target: &RecordKey, matched: Matched) {
        let source = record.record.key.clone();
        let id = self.by_record.get(target).cloned().unwrap_or_else(|| self.own(&source));
        let linked = self.linked.entry(id.clone()).or_insert_with(|| Linked {
            id: id.clone(),
            ends: Sides::default(),
            matched: None,
            business: Business::Unknown,
        });
        if !self.alike.gathers {
            let view = self.inputs.views[self.source];
            linked.ends[self.source].retain(|key| !matches!(view.seen(key), Seen::Gone(_)));
        }
        linked.ends[self.source].insert(source.clone());
        linked.ends[self.target].insert(target.clone());
        linked.matched = Some(matched);
        self.by_record.insert(source, id.clone());
        self.by_record.insert(target.clone(), id);
    }

    /// The link that `source` founds, or founded once. Who shared one that ended begins their own: whoever
    /// founded that one may come back to it.
    fn own(&self, source: &RecordKey) -> LinkId {
        LinkId::of(self.inputs.pair, &self.mapping.name, source)
    }

    /// No counterpart: one will be made, for all source records of the same identity together.
    fn found(&mut self, record: &Mirrored) {
        let key = record.record.key.clone();
        let value = self.identity(record).filter(|_| self.alike.gathers);
        let own = self.own(&key);
        let id = match value {
            Some(value) => self.founders.entry(value).or_insert(own).clone(),
            None => own,
        };
        if let Some(says) = self.stranger(record, &id) {
            return self.ask(record, BTreeSet::new(), says);
        }
        let (sources, business) = (BTreeSet::new(), Business::Unknown);
        let missing = self.missing.entry(id.clone());
        missing.or_insert_with(|| Missing { id, sources, business }).sources.insert(key);
    }

    /// By what its counterpart will be recognised, if by anything.
    fn identity(&self, record: &Mirrored) -> Held {
        self.key(self.source, record, self.alike.creates.identity.as_ref()?)
    }

    fn ask(&mut self, record: &Mirrored, candidates: BTreeSet<RecordKey>, says: String) {
        let view = self.inputs.views[self.target];
        let name = |key: &RecordKey| view.records.get(key).map(|it| it.record.name.clone());
        let candidates = candidates
            .into_iter()
            .map(|key| Candidate { name: name(&key).unwrap_or_default(), record: key })
            .collect();
        self.result.cases.push(Case {
            id: identity::case(self.inputs.pair, &self.mapping.name, &record.record.key),
            mapping: self.mapping.name.clone(),
            record: record.record.key.clone(),
            name: record.record.name.clone(),
            candidates,
            says,
        });
    }

    fn hold(&mut self, link: Option<LinkId>, key: &RecordKey, why: Why) {
        let view = self.inputs.views[key.side()];
        let name = view.records.get(key).map(|it| it.record.name.clone()).unwrap_or_default();
        self.result.held.push(Notice {
            mapping: self.mapping.name.clone(),
            link,
            record: key.clone(),
            name,
            field: None,
            held: None,
            why,
        });
    }

    /// Takes in a record for which nothing stands.
    fn remember(&mut self, linked: Linked, memory: Memory) {
        let sources = linked.ends[self.source].clone();
        if linked.matched.is_some() && memory != Memory::Anew {
            self.result.followed.push(linked.clone());
        }
        match memory {
            Memory::Still => {}
            Memory::Anew => self.result.untimely.extend(sources),
            Memory::Moved => {
                let (id, business) = (linked.id.clone(), Business::Unknown);
                self.missing.insert(linked.id, Missing { id, sources, business });
            }
        }
    }

    fn finish(mut self) -> Pairing {
        let view = self.inputs.views[self.target];
        let resource = self.mapping.resources[self.target];
        let is_known = |key: &RecordKey| self.by_record.contains_key(key) && !self.prior.has(key);
        let unmatched = view.here(resource).filter(|it| !is_known(&it.record.key));
        self.result.unmatched = unmatched.count() as u64;
        for (id, linked) in std::mem::take(&mut self.linked) {
            if linked.ends[self.target].iter().any(|key| self.prior.has(key)) {
                self.result.left.extend(linked.ends[self.source].iter().cloned());
                continue;
            }
            if let Some(memory) = recall(self.inputs, self.mapping, &linked) {
                self.remember(linked, memory);
                continue;
            }
            let first = linked.ends[self.source].first().or(linked.ends[self.target].first());
            match (first.cloned(), self.inputs.in_doubt.get(&id)) {
                (Some(key), Some(&side)) => {
                    self.hold(Some(id), &key, Why::about(Rule::InDoubt, side));
                }
                (Some(_) | None, None) | (None, Some(_)) => self.result.linked.push(linked),
            }
        }
        for (id, missing) in std::mem::take(&mut self.missing) {
            let why = match (self.inputs.in_doubt.get(&id), view.is_complete(resource)) {
                (Some(&side), _) => Why::about(Rule::InDoubt, side),
                (None, false) => Why::about(Rule::Incomplete, self.target),
                (None, true) => {
                    self.result.missing.push(missing);
                    continue;
                }
            };
            for key in &missing.sources {
                self.hold(None, key, why);
            }
        }
        self.result
    }
}

/// What a record holds in `field`, to be compared.
fn key_of(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    side: Side,
    record: &Mirrored,
    field: &Field,
) -> Held {
    let rule = mapping.field(field)?;
    let region = inputs.rules.region;
    let native = projection::native(inputs.views[side], record, &rule.ends[side])?;
    rule.kind.key(&rule.ends[side].lens.get(&native, region), region)
}
