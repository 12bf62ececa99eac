//! What then, where things are only added? A comment on a threat becomes a note at the contact of its
//! task; a note that begins with a threat's reference becomes a comment. Neither is ever changed, and
//! none comes back: what we added carries our marker.
//!
//! What is too long for the other side becomes several texts there. It does not plan changes of what was
//! added: these are drift, like any change that cannot be carried on (see `merge`); of a source that was
//! edited, a further text can say so.

mod chain;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{Appended, FieldRule, Mapping, OnEdit};
use concordat_model::plan::Notice;
use concordat_model::{
    Agreed, Agreement, FieldStep, Held, LinkId, Matched, Mirrored, Path, Piece, Plan, RecordKey,
    Resource, Rule, Seen, Settlement, Side, Sides, Step, Time, Value, Why,
};

use crate::creates::rebuff;
use crate::merge::merge;
use crate::notes::{self, Added};
use crate::pairing::{Linked, Pairing};
use crate::steps::{self, Opening, conditions};
use crate::{Inputs, absence, identity};
use chain::{Chain, Chains};
use wording::{Text, referenced};

/// Plans what was added on either side since concordat watches.
pub fn for_all(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    appended: &Appended,
    (pairing, through): (&Pairing, &[Linked]),
    plan: &mut Plan,
    steps: &mut Vec<Step>,
) {
    let Some(rule) = mapping.fields.first() else { return };
    let chains = Chains::of(inputs, mapping, &rule.name, pairing);
    let bench = Bench::new(inputs, mapping, appended, rule, through);
    let mut made: Vec<(Option<Time>, RecordKey, Vec<Step>)> = Vec::new();
    let mut unfinished: BTreeSet<RecordKey> = BTreeSet::new();
    for side in Side::BOTH {
        let here = inputs.views[side].here(mapping.resources[side]);
        for record in here.filter(|it| !chains.is_mirror(&it.record.key) && !bench.is_ours(it)) {
            let key = &record.record.key;
            match bench.due(side, record) {
                Due::Nothing => {}
                Due::Held(notice) => plan.held.push(*notice),
                Due::Texts { settlements, steps, finishes } => {
                    plan.settlements.extend(settlements);
                    made.push((written(record), key.clone(), steps));
                    unfinished.extend(finishes.then(|| key.clone()));
                }
            }
        }
    }
    for linked in &pairing.linked {
        let is_open = linked.ends.iter().any(|(_, keys)| !keys.is_disjoint(&unfinished));
        if !is_open {
            bench.sit(linked, chains.role(&linked.id), plan, steps);
        }
    }
    // In the order in which people wrote them, and of each its parts one after the other.
    made.sort_by(|(when, key, _), (other, key2, _)| (when, key).cmp(&(other, key2)));
    steps.extend(made.into_iter().flat_map(|(_, _, steps)| steps));
}

/// What is still to be added for a text.
enum Due {
    /// Nothing, or it is nobody's business but its own side's.
    Nothing,
    /// Something, but not now, for a reason that is said.
    Held(Box<Notice>),
    /// These, in order.
    Texts {
        /// Those that are there already, found again by our marker.
        settlements: Vec<Settlement>,
        /// Those that are not.
        steps: Vec<Step>,
        /// Whether they belong to what was passed on in part before.
        finishes: bool,
    },
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
    /// The markers of what notes become.
    markers: BTreeSet<String>,
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
        let mut bench = Bench {
            inputs,
            mapping,
            appended,
            rule,
            threats,
            references,
            markers: BTreeSet::new(),
            marked,
        };
        let notes = inputs.views[Side::Highlevel].here(mapping.resources[Side::Highlevel]);
        bench.markers = notes.flat_map(|it| bench.pieces(it)).collect();
        bench
    }

    /// The markers of everything that a note became, or would: all parts of what it says, and whatever
    /// corrections are there.
    fn pieces(&self, note: &Mirrored) -> Vec<String> {
        let said = self.held(Side::Highlevel, note);
        let parts = self.parts(Side::Highlevel, note, &said).max(1);
        let of = |edition, part| {
            let piece = Piece { edition, part };
            identity::piece(self.inputs.pair, &self.mapping.name, &note.record.key, piece)
        };
        let is_there = |marker: &String| self.marked.upguard.contains_key(marker.as_str());
        let first = (1..).map(|part| (part, of(0, part)));
        let first = first.take_while(|(part, it)| *part <= parts || is_there(it));
        let mut all: Vec<String> = first.map(|(_, it)| it).collect();
        for edition in 1_u32.. {
            let parts = (1..).map(|part| of(edition, part)).take_while(is_there);
            let count = all.len();
            all.extend(parts);
            if all.len() == count {
                return all;
            }
        }
        all
    }

    /// Whether it carries our marker: it stands for something, and is found from there. Of comments,
    /// another pair's are somebody's words here; notes that carry a marker are all ours.
    fn is_ours(&self, record: &Mirrored) -> bool {
        let carried = self.marker(record);
        let carried = carried.as_ref().and_then(Value::as_text);
        carried.is_some_and(|it| match record.record.key.side() {
            Side::Upguard => self.markers.contains(it),
            Side::Highlevel => true,
        })
    }

    /// Decides what is known of a link. A correction says by itself that its source was changed.
    fn sit(
        &self,
        linked: &'a Linked,
        role: Option<(Side, bool)>,
        plan: &mut Plan,
        steps: &mut Vec<Step>,
    ) {
        let mut sitting = match Opening::of(self.inputs, self.mapping, linked) {
            Opening::Late | Opening::Archived | Opening::Held(_) | Opening::Gone(_) => {
                return steps::for_link(self.inputs, self.mapping, linked, plan, steps);
            }
            Opening::Sits(sitting) => sitting,
        };
        if !absence::restore(&mut sitting, plan) {
            return sitting.finish(plan, steps);
        }
        let mut contender = sitting.contender(self.rule);
        if let Some((source, tells)) = role
            && !(tells && self.appended.on_edit == OnEdit::Report)
            && let Some(base) = contender.base
        {
            contender.now[source] = Some(base.held[source].clone());
        }
        let outcome = merge(&contender, &conditions(self.inputs));
        sitting.take(&contender, outcome, plan);
        sitting.finish(plan, steps);
    }

    /// What is still to be added for a record: the rest of what was begun, a correction, or all of it.
    fn due(&self, side: Side, record: &Mirrored) -> Due {
        let chain = Chain::of(self.inputs, self.mapping, &self.rule.name, &record.record.key);
        let now = self.held(side, record);
        let (edition, said, done) = match chain.last {
            Some(it) if !it.is_past && self.parts(side, record, &it.said) > it.parts => {
                (it.number, it.said, it.parts)
            }
            Some(it) if self.appended.on_edit == OnEdit::Correction && it.said != now => {
                (it.number.saturating_add(1), now, 0)
            }
            Some(_) => return Due::Nothing,
            None => (0, now, 0),
        };
        let is_new = edition == 0 && done == 0;
        let since = self.inputs.agreements.since.unwrap_or(self.inputs.now);
        let is_old = is_new && written(record).is_none_or(|when| when < since);
        let text = match self.addressed(side, record, &said) {
            None => return Due::Nothing,
            Some(text) => text,
        };
        let mut due = (Vec::new(), Vec::new());
        let bodies = text
            .as_ref()
            .map_or(Vec::new(), |it| it.bodies(self.appended.longest[side.other()], edition));
        for (body, part) in bodies.into_iter().zip(1_u32..).skip(done as usize) {
            let piece = Piece { edition, part };
            let key = &record.record.key;
            let marker = identity::piece(self.inputs.pair, &self.mapping.name, key, piece);
            let link = LinkId::of_piece(self.inputs.pair, &self.mapping.name, key, piece);
            if let Some(mirror) = self.marked[side.other()].get(marker.as_str()) {
                due.0.push(self.mirrored(link, side, record, mirror));
                continue;
            }
            if is_old {
                break;
            }
            let Ok(Text { owner, .. }) = &text else { break };
            let text = notes::text(self.rule, side.other(), said.clone(), Some(Value::Text(body)));
            match self.step(link, side, record, marker, (text, owner.clone())) {
                Ok(step) => due.1.push(step),
                Err(why) if due.1.is_empty() => return self.kept(record, why),
                Err(_) => break,
            }
        }
        match text {
            Err(why) if !is_old => self.kept(record, why),
            Err(_) => Due::Nothing,
            Ok(_) if due.0.is_empty() && due.1.is_empty() => Due::Nothing,
            Ok(_) => Due::Texts { settlements: due.0, steps: due.1, finishes: done > 0 },
        }
    }

    fn kept(&self, record: &Mirrored, why: Why) -> Due {
        Due::Held(Box::new(notes::notice(self.mapping, record, why)))
    }

    /// What a record that says `said` would say on the other side; nothing: it is not for the other side.
    fn addressed(&self, side: Side, record: &Mirrored, said: &Held) -> Option<Result<Text, Why>> {
        let said = said.as_ref()?.as_text()?;
        match side {
            Side::Upguard => self.as_note(record, said),
            Side::Highlevel => self.as_comment(said),
        }
    }

    /// A comment becomes a note at the contact of its threat's task; nothing: the threat has none.
    fn as_note(&self, comment: &Mirrored, said: &str) -> Option<Result<Text, Why>> {
        let threat = RecordKey { resource: Resource::Threat, id: comment.record.parent.clone()? };
        let (_, stands) = self.threats.get(&threat)?;
        let author = text(comment, "author").unwrap_or("somebody");
        let when = written(comment).map(|it| it.format(" · %Y-%m-%d %H:%M UTC").to_string());
        let reference = identity::reference(self.inputs.pair, &threat);
        let head = format!(
            "{reference} · {author} in UpGuard{} · comment {}",
            when.unwrap_or_default(),
            comment.record.key.id
        );
        let owner = (Resource::Note.belongs_by()?, stands.clone());
        Some(Ok(Text { head, said: said.to_owned(), owner }))
    }

    /// A note becomes a comment on the threat that its first line names; nothing: it names none.
    fn as_comment(&self, said: &str) -> Option<Result<Text, Why>> {
        let (reference, rest) = referenced(said)?;
        let Some([threat]) = self.references.get(reference).map(Vec::as_slice) else {
            return Some(Err(Why::about(Rule::UnknownReference, Side::Highlevel)));
        };
        let (mirrored, _) = self.threats.get(threat)?;
        match text(mirrored, "threat_status") {
            Some("investigating" | "remediating") => {}
            Some(_) | None => return Some(Err(Why::about(Rule::NotInvestigated, Side::Upguard))),
        }
        let owner = (Resource::Comment.belongs_by()?, Value::text(threat.id.as_str()));
        let text = Text { head: String::new(), said: rest.to_owned(), owner };
        (!rest.is_empty()).then_some(Ok(text))
    }

    /// How many texts a record that says `said` becomes.
    fn parts(&self, side: Side, record: &Mirrored, said: &Held) -> u32 {
        let said = said.as_ref().and_then(Value::as_text).unwrap_or_default();
        let text = match side {
            Side::Upguard => self.as_note(record, said).and_then(Result::ok),
            Side::Highlevel => referenced(said).map(|(_, rest)| {
                let owner = (Path::new(""), Value::text(""));
                Text { head: String::new(), said: rest.to_owned(), owner }
            }),
        };
        let bodies = text.map_or(0, |it| it.bodies(self.appended.longest[side.other()], 0).len());
        u32::try_from(bodies).unwrap_or(u32::MAX)
    }

    fn step(
        &self,
        link: LinkId,
        from: Side,
        source: &Mirrored,
        marker: String,
        (text, owner): (FieldStep, (Path, Value)),
    ) -> Result<Step, Why> {
        if let Some(side) = self.inputs.in_doubt.get(&link) {
            return Err(Why::about(Rule::InDoubt, *side));
        }
        let (fields, constants) = (vec![text], BTreeMap::from([owner]));
        let added = Added { from, source, link, marker, fields, constants };
        let step = notes::step(self.mapping, added);
        match rebuff(self.inputs, &step) {
            Some(_) => Err(Why::about(Rule::Rejected, from.other())),
            None => Ok(step),
        }
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
