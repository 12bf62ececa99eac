//! What then, where things are only added? A comment on a threat becomes a note at the contact of its
//! task; a note that begins with a threat's reference becomes a comment. Neither is ever changed, and
//! none comes back: what we added carries our marker.
//!
//! It does not plan changes of what was mirrored: these are drift, like any change that cannot be
//! carried on (see `merge`).

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{Appended, FieldRule, Mapping};
use concordat_model::plan::Notice;
use concordat_model::{
    Agreed, Agreement, Held, LinkId, Matched, Mirrored, Path, Plan, RecordKey, Resource, Rule,
    Seen, Settlement, Side, Sides, Step, Time, Value, Why,
};

use crate::creates::rebuff;
use crate::notes::{self, Added};
use crate::pairing::{Linked, Pairing};
use crate::steps;
use crate::{Inputs, identity};

/// Plans what was added on either side since concordat watches.
pub fn for_all(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    appended: &Appended,
    (pairing, through): (&Pairing, &[Linked]),
    plan: &mut Plan,
    steps: &mut Vec<Step>,
) {
    for linked in &pairing.linked {
        steps::for_link(inputs, mapping, linked, plan, steps);
    }
    let Some(rule) = mapping.fields.first() else { return };
    let bench = Bench::new(inputs, mapping, appended, rule, through);
    let mut made: Vec<(Option<Time>, Step)> = Vec::new();
    for side in Side::BOTH {
        for record in bench.unlinked(side, pairing) {
            match bench.place(side, record) {
                Place::Stays => {}
                Place::Mirrored(settlement) => plan.settlements.push(*settlement),
                Place::Added(step) => made.push(*step),
                Place::Held(notice) => plan.held.push(*notice),
            }
        }
    }
    // In the order in which people wrote them.
    made.sort_by_key(|(when, step)| (*when, step.id.clone()));
    steps.extend(made.into_iter().map(|(_, step)| step));
}

/// What becomes of something that was added.
enum Place {
    /// It is nobody's business but its own side's.
    Stays,
    /// Its mirror is there already.
    Mirrored(Box<Settlement>),
    /// It is added on the other side; and when it was written.
    Added(Box<(Option<Time>, Step)>),
    /// It is not, for a reason that is said.
    Held(Box<Notice>),
}

struct Bench<'a> {
    inputs: &'a Inputs<'a>,
    mapping: &'a Mapping,
    appended: &'a Appended,
    rule: &'a FieldRule,
    /// Whether a threat is there, and the contact at which its task stands.
    threats: BTreeMap<&'a RecordKey, (&'a Mirrored, Value)>,
    /// Threats by the reference that their task shows: by chance, several have one.
    references: BTreeMap<String, Vec<&'a RecordKey>>,
    /// The markers of what would be added for the records of each side.
    markers: Sides<BTreeSet<String>>,
    /// Records by the marker they carry.
    marked: Sides<BTreeMap<&'a str, &'a Mirrored>>,
}

impl<'a> Bench<'a> {
    fn new(
        inputs: &'a Inputs<'a>,
        mapping: &'a Mapping,
        appended: &'a Appended,
        rule: &'a FieldRule,
        through: &'a [Linked],
    ) -> Self {
        let here = |key: &RecordKey| match inputs.views[key.side()].seen(key) {
            Seen::Here(mirrored) => Some(mirrored),
            Seen::Dormant | Seen::Gone(_) | Seen::Unseen => None,
        };
        let threats: BTreeMap<_, _> = through
            .iter()
            .filter_map(|link| {
                let threat = link.ends.upguard.first()?;
                let task = here(link.ends.highlevel.first()?)?;
                let stands = task.record.reading.get(&Resource::Task.belongs_by()?)?.clone()?;
                Some((threat, (here(threat)?, stands)))
            })
            .collect();
        let mut references: BTreeMap<String, Vec<&RecordKey>> = BTreeMap::new();
        for key in threats.keys() {
            references.entry(identity::reference(inputs.pair, key)).or_default().push(key);
        }
        let marked = Sides::from_fn(|side| {
            let resource = mapping.resources[side];
            let marker = resource.marker();
            let carries = move |it: &'a Mirrored| {
                Some((it.record.reading.get(marker.as_ref()?)?.as_ref()?.as_text()?, it))
            };
            inputs.views[side].here(resource).filter_map(carries).collect()
        });
        let markers = Sides::from_fn(|side| {
            let here = inputs.views[side].here(mapping.resources[side]);
            here.map(|it| identity::marker(inputs.pair, &mapping.name, &it.record.key)).collect()
        });
        Bench { inputs, mapping, appended, rule, threats, references, markers, marked }
    }

    /// The records of `side` that no link names.
    fn unlinked(&self, side: Side, pairing: &'a Pairing) -> Vec<&'a Mirrored> {
        let linked: BTreeSet<&RecordKey> =
            pairing.linked.iter().flat_map(|it| &it.ends[side]).collect();
        let here = self.inputs.views[side].here(self.mapping.resources[side]);
        here.filter(|it| !linked.contains(&it.record.key)).collect()
    }

    fn place(&self, side: Side, record: &Mirrored) -> Place {
        // What we added is the mirror of something: it is found from there. Of comments, another pair's
        // are somebody's words here; of notes, all that carry a marker are ours, whatever they mirror.
        let carried = self.marker(record);
        let carried = carried.as_ref().and_then(Value::as_text);
        let is_ours = |it: &str| match side {
            Side::Upguard => self.markers[side.other()].contains(it),
            Side::Highlevel => true,
        };
        if carried.is_some_and(is_ours) {
            return Place::Stays;
        }
        let key = &record.record.key;
        let marker = identity::marker(self.inputs.pair, &self.mapping.name, key);
        let id = LinkId::of(self.inputs.pair, &self.mapping.name, key);
        if let Some(mirror) = self.marked[side.other()].get(marker.as_str()) {
            return Place::Mirrored(Box::new(self.mirrored(id, side, record, mirror)));
        }
        let since = self.inputs.agreements.since.unwrap_or(self.inputs.now);
        let when = written(record);
        if when.is_none_or(|when| when < since) {
            return Place::Stays;
        }
        let added = match side {
            Side::Upguard => self.as_note(record),
            Side::Highlevel => self.as_comment(record),
        };
        let Some(added) = added else { return Place::Stays };
        let added = added.and_then(|added| self.fits(side.other(), added));
        match (added, self.inputs.in_doubt.get(&id)) {
            (Err(why), _) => Place::Held(Box::new(self.notice(record, why))),
            (Ok(_), Some(side)) => {
                Place::Held(Box::new(self.notice(record, Why::about(Rule::InDoubt, *side))))
            }
            (Ok(added), None) => {
                let step = self.step(id, side, record, marker, added);
                match rebuff(self.inputs, &step) {
                    Some(_) => {
                        let why = Why::about(Rule::Rejected, side.other());
                        Place::Held(Box::new(self.notice(record, why)))
                    }
                    None => Place::Added(Box::new((when, step))),
                }
            }
        }
    }

    /// A comment becomes a note at the contact of its threat's task; nothing: the threat has none.
    fn as_note(&self, comment: &Mirrored) -> Option<Result<Text, Why>> {
        let threat = RecordKey { resource: Resource::Threat, id: comment.record.parent.clone()? };
        let (_, stands) = self.threats.get(&threat)?;
        let said = text(comment, "content")?;
        let author = text(comment, "author").unwrap_or("somebody");
        let when = written(comment).map(|it| it.format(" · %Y-%m-%d %H:%M UTC").to_string());
        let reference = identity::reference(self.inputs.pair, &threat);
        let head = format!(
            "{reference} · {author} in UpGuard{} · comment {}",
            when.unwrap_or_default(),
            comment.record.key.id
        );
        let owner = (Resource::Note.belongs_by()?, stands.clone());
        Some(Ok(Text { body: format!("{head}\n\n{said}"), owner }))
    }

    /// A note becomes a comment on the threat that its first line names; nothing: it names none.
    fn as_comment(&self, note: &Mirrored) -> Option<Result<Text, Why>> {
        let (reference, rest) = referenced(text(note, "body")?)?;
        let Some([threat]) = self.references.get(reference).map(Vec::as_slice) else {
            return Some(Err(Why::about(Rule::UnknownReference, Side::Highlevel)));
        };
        let (mirrored, _) = self.threats.get(threat)?;
        match text(mirrored, "threat_status") {
            Some("investigating" | "remediating") => {}
            Some(_) | None => return Some(Err(Why::about(Rule::NotInvestigated, Side::Upguard))),
        }
        let owner = (Resource::Comment.belongs_by()?, Value::text(threat.id.as_str()));
        (!rest.is_empty()).then(|| Ok(Text { body: rest.to_owned(), owner }))
    }

    /// What a side takes, our marker included.
    fn fits(&self, to: Side, text: Text) -> Result<Text, Why> {
        const MARKER_ROOM: usize = 40;
        let longest = self.appended.longest[to].unwrap_or(usize::MAX);
        match text.body.chars().count().saturating_add(MARKER_ROOM) > longest {
            true => Err(Why::about(Rule::TooLong, to)),
            false => Ok(text),
        }
    }

    fn step(
        &self,
        link: LinkId,
        from: Side,
        source: &Mirrored,
        marker: String,
        Text { body, owner }: Text,
    ) -> Step {
        let said = self.held(from, source);
        let text = notes::text(self.rule, from.other(), said, Some(Value::Text(body)));
        let (fields, constants) = (vec![text], BTreeMap::from([owner]));
        notes::step(self.mapping, Added { from, source, link, marker, fields, constants })
    }

    /// A link that was lost, found again by our marker. What both hold is what was added then.
    fn mirrored(
        &self,
        link: LinkId,
        from: Side,
        record: &Mirrored,
        mirror: &Mirrored,
    ) -> Settlement {
        let of = |side| if side == from { record } else { mirror };
        let held = Sides::from_fn(|side| self.held(side, of(side)));
        let agreed = Agreed { held, how: Agreement::Normalised };
        Settlement {
            link,
            mapping: self.mapping.name.clone(),
            name: record.record.name.clone(),
            ends: Sides::from_fn(|side| vec![of(side).record.key.clone()]),
            matched: Some(Matched::ByMarker),
            fields: BTreeMap::from([(self.rule.name.clone(), agreed)]),
            stamps: Sides::from_fn(|side| of(side).record.stamp),
        }
    }

    fn held(&self, side: Side, record: &Mirrored) -> Held {
        record.record.reading.get(&self.rule.ends[side].path).cloned().flatten()
    }

    fn marker(&self, record: &'_ Mirrored) -> Option<Value> {
        record.record.reading.get(&record.record.key.resource.marker()?)?.clone()
    }

    fn notice(&self, record: &Mirrored, why: Why) -> Notice {
        notes::notice(self.mapping, record, why)
    }
}

/// What is added, and the native field by which it belongs to a record.
struct Text {
    body: String,
    owner: (Path, Value),
}

fn text<'r>(record: &'r Mirrored, path: &str) -> Option<&'r str> {
    record.record.reading.get(&path.into())?.as_ref()?.as_text()
}

/// When it was written, as its side says.
fn written(record: &Mirrored) -> Option<Time> {
    let path = match record.record.key.side() {
        Side::Upguard => "created",
        Side::Highlevel => "added",
    };
    match record.record.reading.get(&path.into())? {
        Some(Value::Time(when)) => Some(*when),
        Some(_) | None => None,
    }
}

/// The reference with which a text begins, and what follows it: `[T-7K2Q] done`.
fn referenced(body: &str) -> Option<(&str, &str)> {
    let (reference, rest) = body.trim_start().strip_prefix('[')?.split_once(']')?;
    let (letter, code) = reference.split_once('-')?;
    let is_one = letter.len() == 1
        && letter.chars().all(|it| it.is_ascii_uppercase())
        && code.len() == 4
        && code.chars().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
    is_one.then_some((reference, rest.trim()))
}
