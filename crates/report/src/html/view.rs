//! What does the template fill in? Plain text and numbers only, each made visible and cut to a
//! length that a page can bear; the template decides nothing but where they stand.

use std::collections::BTreeSet;

use concordat_model::{Fingerprint, Side, Sides};
use serde::Serialize;

use super::chart::{Chart, class, key, plural};
use crate::export::word;
use crate::sheet::{Card, Holds, Kind, Line, Section, Sheet};
use crate::shown::{self, Shown, Turnover};
use crate::style::{cut, grouped, visible};
use crate::text::run::verdict_says;

pub(super) const NAME_MAX: usize = 80;
/// Columns of a sentence, which may quote a value.
const SENTENCE_MAX: usize = 1200;

#[derive(Serialize)]
pub(crate) struct Page {
    title: String,
    pair: String,
    is_run: bool,
    facts: Vec<(&'static str, String)>,
    masked: bool,
    incomplete: Option<Prose>,
    quiet: Option<&'static str>,
    refusals: Vec<Refusal>,
    tiles: Vec<Tile>,
    rows: Vec<Row>,
    chart: Chart,
    sections: Vec<SectionView>,
    hints: Vec<Prose>,
    filters: Vec<Filter>,
    shown: String,
    total: String,
    is_cut: bool,
}

/// A sentence; what stands between backticks is a command.
type Prose = Vec<Piece>;

#[derive(Serialize)]
pub(crate) struct Piece {
    code: bool,
    text: String,
}

#[derive(Serialize)]
struct Refusal {
    class: &'static str,
    says: Prose,
    remedy: Prose,
}

/// A few numbers under one heading.
#[derive(Serialize)]
struct Tile {
    title: &'static str,
    tone: &'static str,
    figures: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Row {
    label: &'static str,
    text: String,
    command: Option<&'static str>,
}

#[derive(Serialize)]
struct SectionView {
    anchor: String,
    mapping: String,
    is_first_agreement: bool,
    agreed: Option<String>,
    count: String,
    cards: Vec<CardView>,
}

#[derive(Serialize)]
struct CardView {
    anchor: String,
    symbol: &'static str,
    class: String,
    kind: &'static str,
    outcome: Option<&'static str>,
    side: &'static str,
    mapping: String,
    name: String,
    beside: String,
    called: Option<String>,
    fields: Vec<FieldView>,
    apart: Vec<ApartView>,
    candidates: Vec<(String, String)>,
    side_effects: Vec<Prose>,
    remarks: Vec<Prose>,
    why: Vec<WhyView>,
}

#[derive(Serialize)]
struct FieldView {
    name: String,
    before: Option<Shown>,
    after: Shown,
    /// Of a set, which then is told instead.
    turnover: Option<Turnover>,
    note: Option<Prose>,
}

#[derive(Serialize)]
struct ApartView {
    name: String,
    held: Vec<(&'static str, Shown)>,
}

/// A reason, and the fields it is about.
#[derive(Serialize)]
struct WhyView {
    fields: Vec<String>,
    paths: Vec<String>,
    says: String,
    rule: String,
    evidence: String,
}

#[derive(Serialize)]
struct Filter {
    id: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
}

impl Page {
    pub fn of(sheet: &Sheet<'_>, chart: Chart, left_out: usize) -> Page {
        let mut anchors = BTreeSet::new();
        let shown = sheet.count();
        Page {
            title: sheet.title.clone(),
            pair: clean(sheet.pair.as_str(), NAME_MAX),
            is_run: sheet.is_run,
            facts: sheet
                .facts
                .iter()
                .map(|(label, text)| (*label, clean(text, SENTENCE_MAX)))
                .collect(),
            masked: sheet.masked,
            incomplete: sheet.incomplete.as_deref().map(prose),
            quiet: sheet.quiet,
            refusals: sheet
                .refusals
                .iter()
                .map(|it| Refusal {
                    class: it.class.name(),
                    says: prose(&it.says),
                    remedy: prose(&it.remedy),
                })
                .collect(),
            tiles: tiles(sheet, &chart),
            rows: sheet
                .rows
                .iter()
                // The tiles have the sides, and what a run says of waiting is its next step.
                .filter(|it| Side::BOTH.iter().all(|side| it.label != side.title()))
                .filter(|it| !(sheet.is_run && it.command.is_some()))
                .map(|it| Row { label: it.label, text: it.text.clone(), command: it.command })
                .collect(),
            sections: sheet.sections.iter().map(|it| section(it, &mut anchors)).collect(),
            hints: sheet.hints.iter().map(|it| prose(it)).collect(),
            filters: filters(sheet, &chart),
            chart,
            shown: grouped(shown as u64),
            total: grouped((shown + left_out) as u64),
            is_cut: left_out > 0,
        }
    }
}

/// `text` on one line of at most `room` columns.
pub(super) fn clean(text: &str, room: usize) -> String {
    cut(&visible(text), room)
}

fn name(text: &str) -> String {
    if text.trim().is_empty() { "(no name)".into() } else { clean(text, NAME_MAX) }
}

fn prose(text: &str) -> Prose {
    let text = clean(text, SENTENCE_MAX);
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return vec![Piece { code: false, text }];
    }
    let pieces = pieces.into_iter().enumerate().filter(|(_, text)| !text.is_empty());
    pieces.map(|(place, text)| Piece { code: place % 2 == 1, text: text.into() }).collect()
}

fn tiles(sheet: &Sheet<'_>, chart: &Chart) -> Vec<Tile> {
    let figures = |words: &[&str]| -> Vec<(String, String)> {
        let keys = words.iter().filter_map(|word| chart.keys.iter().find(|it| it.word == *word));
        keys.map(|it| (it.count.clone(), it.label.clone())).collect()
    };
    let counted = |count: u64, word: &str| (grouped(count), plural(count, word));
    let mut tiles: Vec<Tile> = sheet
        .sides
        .iter()
        .map(|it| Tile {
            title: it.side.title(),
            tone: if it.creates + it.updates + it.archives + it.deletes > 0 {
                "side"
            } else {
                "calm"
            },
            figures: [
                Some(counted(it.creates, "create")),
                Some(counted(it.updates, "update")),
                (it.archives > 0).then(|| counted(it.archives, "archive")),
                (it.deletes > 0).then(|| counted(it.deletes, "delete")),
                Some(counted(it.fields, "field")),
            ]
            .into_iter()
            .flatten()
            .collect(),
        })
        .collect();
    let mut more = |title, tone, noun: &str, figures: Vec<(String, String)>| {
        let (tone, figures) = match figures.is_empty() {
            true => ("calm", vec![("0".to_owned(), noun.to_owned())]),
            false => (tone, figures),
        };
        tiles.push(Tile { title, tone, figures });
    };
    if sheet.is_run {
        let left = figures(&["superseded", "failed", "in doubt", "not tried"]);
        more("Not written", "wrong", "steps", left);
    }
    more("Waiting for a person", "wants", "records", figures(&["conflict", "ambiguous"]));
    let refused =
        (!sheet.refusals.is_empty()).then(|| counted(sheet.refusals.len() as u64, "guard"));
    if refused.is_some() || !sheet.is_run {
        more("Refused by", "wrong", "guards", refused.into_iter().collect());
    }
    tiles
}

fn filters(sheet: &Sheet<'_>, chart: &Chart) -> Vec<Filter> {
    let plain = |text: &str| (text.to_owned(), text.to_owned());
    vec![
        Filter {
            id: "side",
            label: "Side",
            options: Side::BOTH.map(|it| (word(&Some(it)), it.title().to_owned())).into(),
        },
        Filter {
            id: "mapping",
            label: "Mapping",
            options: chart.rows.iter().map(|it| plain(&it.mapping)).collect(),
        },
        Filter {
            id: "kind",
            label: if sheet.is_run { "Outcome" } else { "Kind" },
            options: chart.keys.iter().map(|it| plain(it.word)).collect(),
        },
    ]
}

fn section(section: &Section<'_>, anchors: &mut BTreeSet<String>) -> SectionView {
    SectionView {
        anchor: anchor(&format!("mapping {}", section.mapping), anchors),
        mapping: clean(section.mapping.as_str(), NAME_MAX),
        is_first_agreement: section.is_first_agreement,
        agreed: section.agreed.clone(),
        count: grouped(section.cards.len() as u64),
        cards: section.cards.iter().map(|it| card(it, anchors)).collect(),
    }
}

/// A fragment for `id`: the same in every report of the same plan, whatever letters the id has.
pub(super) fn anchor(id: &str, taken: &mut BTreeSet<String>) -> String {
    let mut salt = 0_u32;
    loop {
        let print = Fingerprint::of("report anchor", &[id.as_bytes(), &salt.to_be_bytes()]);
        let anchor = format!("r-{}", print.short());
        if taken.insert(anchor.clone()) {
            return anchor;
        }
        salt += 1;
    }
}

fn card(card: &Card<'_>, anchors: &mut BTreeSet<String>) -> CardView {
    let called = match card.kind {
        Kind::Conflict => Some(format!("conflict {}", clean(&card.id, NAME_MAX))),
        Kind::Ambiguous => Some(format!("case {}", clean(&card.id, NAME_MAX))),
        Kind::Quarantined => Some(format!("quarantine {}", clean(&card.id, NAME_MAX))),
        Kind::Dismissed => Some(format!("case {}", clean(&card.id, NAME_MAX))),
        Kind::Create | Kind::Update | Kind::Archive | Kind::Delete | Kind::Drift | Kind::Held => {
            None
        }
    };
    let (_, counted_as) = key(card);
    CardView {
        anchor: anchor(&card.id, anchors),
        symbol: card.symbol,
        class: class(counted_as),
        kind: card.kind.word(),
        outcome: card.fate.map(|it| it.word()),
        side: card.side.map_or("both", Side::key),
        mapping: clean(card.mapping.as_str(), NAME_MAX),
        name: name(card.name),
        beside: clean(&card.beside, SENTENCE_MAX),
        called,
        fields: card.lines.iter().filter_map(|line| field(card, line)).collect(),
        apart: card.lines.iter().filter_map(apart).collect(),
        candidates: card
            .candidates
            .iter()
            .map(|(record, it)| (name(it), clean(&record.to_string(), SENTENCE_MAX)))
            .collect(),
        side_effects: card.side_effects.iter().map(|it| prose(it)).collect(),
        remarks: card.remarks.iter().map(String::as_str).chain(card.says).map(prose).collect(),
        why: reasons(card),
    }
}

fn field(card: &Card<'_>, line: &Line<'_>) -> Option<FieldView> {
    let (before, after, turnover) = match line.holds {
        Holds::New(after) => (None, shown::one(after), None),
        Holds::Moves(before, after) => {
            let turnover = shown::turnover(before, after);
            let (before, after) = shown::pair(before, after);
            (Some(before), after, turnover)
        }
        Holds::Apart(..) | Holds::Untold => return None,
    };
    let note = line.found.zip(card.side).and_then(|((verdict, found), side)| {
        verdict_says(side, verdict, &shown::one(found).line(NAME_MAX))
    });
    let name = clean(line.field.as_str(), NAME_MAX);
    Some(FieldView { name, before, after, turnover, note: note.as_deref().map(prose) })
}

fn apart(line: &Line<'_>) -> Option<ApartView> {
    let name = clean(line.field.as_str(), NAME_MAX);
    let Holds::Apart(held, base) = line.holds else {
        let untold = matches!(line.holds, Holds::Untold);
        return untold.then(|| ApartView { name, held: Vec::new() });
    };
    let told = |labels: Sides<&'static str>, held: &Sides<concordat_model::Held>| {
        Side::BOTH.map(|side| (labels[side], shown::one(&held[side])))
    };
    let mut all = Vec::from(told(Sides::from_fn(Side::title), held));
    match base {
        Some(base) if base.upguard == base.highlevel => {
            all.push(("last agreed", shown::one(&base.upguard)));
        }
        Some(base) => {
            let labels = Sides { upguard: "agreed, UpGuard", highlevel: "agreed, HighLevel" };
            all.extend(told(labels, base));
        }
        None => {}
    }
    Some(ApartView { name, held: all })
}

/// The reasons of a card, those that several fields share once.
fn reasons(card: &Card<'_>) -> Vec<WhyView> {
    let mut told: Vec<(concordat_model::Why, WhyView)> = Vec::new();
    let lines = card.lines.iter().map(|it| (it.why, Some(it)));
    let alone = card.lines.is_empty().then_some((card.why, None));
    for (why, line) in lines.chain(alone) {
        let Some(why) = why else { continue };
        let place = told.iter().position(|(it, _)| *it == why).unwrap_or_else(|| {
            let view = WhyView {
                fields: Vec::new(),
                paths: Vec::new(),
                says: why.says(),
                rule: word(&Some(why.rule)).replace('_', " "),
                evidence: word(&why.evidence),
            };
            told.push((why, view));
            told.len() - 1
        });
        if let Some(line) = line {
            told[place].1.fields.push(clean(line.field.as_str(), NAME_MAX));
            told[place].1.paths.extend(line.path.map(|it| clean(it.as_str(), NAME_MAX)));
        }
    }
    told.into_iter().map(|(_, view)| view).collect()
}
