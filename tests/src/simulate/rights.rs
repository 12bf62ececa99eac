//! Had each write a right to be made? By what the ledger says it rested on, and what people had really done by
//! then. [`super::judge`] looks at what came of a life; here each decision is looked at.

use std::collections::BTreeMap;

use concordat_model::{Action, Entry, Event, Evidence, FieldStep, Held, LinkId, Outcome};
use concordat_model::{Receipt, Rule, Sides, Step, Time};
use concordat_oracle::reported::same;
use concordat_oracle::text;
use serde_json::{Value, json};

use super::fields::{Place, places, plain};
use super::judge::{End, UNSEEN, at};

/// So many complete listings have to miss what is gone.
const VIEWS: usize = 2;

/// All complaints.
pub fn complaints(end: &End) -> Vec<String> {
    let mut all = epochs_twice(end);
    all.extend(archived(end).filter_map(|it| too_early(end, it)));
    if !end.arrive_late {
        all.extend(overwritten(end));
    }
    let between_vendors = intents(end).filter(|(_, step)| step.mapping.as_str() == "vendors");
    all.extend(between_vendors.flat_map(|(entry, step)| usurped(end, entry, step)));
    all
}

/// No two processes have one epoch.
fn epochs_twice(end: &End) -> Vec<String> {
    let opened = opened(end).collect::<Vec<_>>();
    let twice = opened.windows(2).filter(|it| it[0].epoch >= it[1].epoch);
    twice.map(|it| format!("epoch {} began a second time at {}", it[1].epoch, it[1].at)).collect()
}

fn opened(end: &End) -> impl Iterator<Item = &Entry> {
    end.entries.iter().filter(|it| matches!(it.event, Event::Opened { .. }))
}

fn intents(end: &End) -> impl Iterator<Item = (&Entry, &Step)> {
    end.entries.iter().filter_map(|entry| {
        let Event::Intended { step, .. } = &entry.event else { return None };
        Some((entry, step.as_ref()))
    })
}

fn archived(end: &End) -> impl Iterator<Item = (&Entry, &Receipt)> {
    let receipts = end.entries.iter().filter_map(|it| Some((it, receipt(it)?)));
    receipts.filter(|(_, it)| it.action == Action::Archive)
}

fn receipt(entry: &Entry) -> Option<&Receipt> {
    let Event::Closed { outcome: Outcome::Verified(it), .. } = &entry.event else { return None };
    Some(it)
}

fn by_person<'a>(end: &'a End, id: &'a str) -> impl Iterator<Item = &'a Value> {
    let is_theirs = move |it: &&Value| it["actor"] == "person" && text(&it["id"]) == id;
    end.effects.iter().filter(is_theirs)
}

/// What is gone is looked for in two nights before its counterpart is archived.
fn too_early(end: &End, (entry, receipt): (&Entry, &Receipt)) -> Option<String> {
    let gone = receipt.sources.iter().filter_map(|source| {
        let mut all = by_person(end, source.id.as_str());
        all.find(|it| it["field"].is_null() && it["after"].is_null()).map(at)
    });
    let gone = gone.max()?;
    let looked = opened(end).filter(|it| gone < it.at && it.at <= entry.at).count();
    // One that was at work just then may have looked, too.
    let looked = looked + usize::from(!end.is_told_in_full);
    (looked < VIEWS).then(|| {
        format!("{} was archived at {}, gone since {gone}: too early", receipt.record, entry.at)
    })
}

/// What a write replaced is what was read right before it, unless a person was faster.
fn overwritten(end: &End) -> Vec<String> {
    let is_plain = |it: &&Value| {
        let is_set = it["before"].is_array() || it["after"].is_array();
        it["actor"] == "api" && !it["field"].is_null() && !is_set && it["entity"] != "note"
    };
    let unread = |effect: &&Value| {
        let (id, field, when) = (text(&effect["id"]), text(&effect["field"]), at(effect));
        let steps = intents(end).filter(|(entry, step)| {
            entry.at <= when && step.record.as_ref().is_some_and(|it| *it.id.as_str() == *id)
        });
        let of = |step: &'_ Step| {
            let fields = step.fields.iter().filter(|it| it.path.as_str() == field);
            fields.map(|it| it.before.clone()).collect::<Vec<Held>>()
        };
        let read: Vec<Held> = steps.flat_map(|(_, step)| of(step)).collect();
        let is_fast = |it: &Value| {
            it["field"] == effect["field"] && at(it) <= when && when - at(it) <= UNSEEN
        };
        !read.is_empty()
            && !read.iter().any(|it| same(&effect["before"], &json!(it)))
            && !by_person(end, &id).any(is_fast)
    };
    let all = end.effects.iter().filter(is_plain).filter(unread);
    all.map(|it| format!("overwritten, and not read before: {it}")).collect()
}

/// Of a vendor and its business: whose value was written, by which rule, and had they the right?
fn usurped(end: &End, entry: &Entry, step: &Step) -> Vec<String> {
    let (Some(record), [source]) = (&step.record, &step.sources[..]) else { return Vec::new() };
    let last = |id: &str, place: &Place, until: Time| {
        let edits = by_person(end, id).filter(|it| place.is_of(it) && at(it) <= until);
        edits.map(at).max()
    };
    let is_usurped = |field: &FieldStep, place: &Place| {
        let (ours, theirs) = (
            last(record.id.as_str(), place, entry.at - UNSEEN),
            last(source.id.as_str(), place, entry.at),
        );
        let is_sure = field.why.evidence.is_some_and(|it| it != Evidence::Undecided);
        if field.why.rule == Rule::LastWriteWins && is_sure {
            return ours > theirs;
        }
        let agreed = agreed(end, entry, &step.link, field);
        agreed.filter(|_| field.why.rule == Rule::OnlyMoved).is_some_and(|(since, held)| {
            let held = plain(place, &json!(held[step.side]));
            ours > Some(since) && plain(place, &json!(field.before)) != held
        })
    };
    let pairs = step.fields.iter().filter_map(|field| {
        let place = places(end.watched).find(|it| it.name == field.name.as_str())?;
        is_usurped(field, &place).then_some((field, place))
    });
    let says = |(field, place): (&FieldStep, Place)| {
        let (name, rule) = (place.name, field.why.rule);
        format!("{name} of {record} was changed later, and {rule:?} wrote over it at {}", entry.at)
    };
    pairs.map(says).collect()
}

/// What an entry says is agreed about a link from then on.
fn agrees<'e>(entry: &'e Entry, link: &LinkId) -> BTreeMap<&'e str, Sides<Held>> {
    if let Event::Settled(it) = &entry.event
        && it.link == *link
    {
        return it.fields.iter().map(|(name, it)| (name.as_str(), it.held.clone())).collect();
    }
    let receipt = receipt(entry).filter(|it| it.link == *link);
    let kept = receipt.into_iter().flat_map(|receipt| {
        let kept = receipt.fields.iter().filter(|it| it.is_kept());
        kept.map(|it| {
            let mut held = Sides::from_fn(|_| it.source.clone());
            held[receipt.side] = it.found.clone();
            (it.name.as_str(), held)
        })
    });
    kept.collect()
}

/// What was agreed about a field before an entry, and since when.
fn agreed(
    end: &End,
    before: &Entry,
    link: &LinkId,
    field: &FieldStep,
) -> Option<(Time, Sides<Held>)> {
    let mut earlier = end.entries.iter().rev().filter(|it| it.seq < before.seq);
    earlier.find_map(|it| Some((it.at, agrees(it, link).remove(field.name.as_str())?)))
}
