//! How does a report open in a spreadsheet? CSV (RFC 4180): one row per field of every step,
//! conflict, drift and held record, and a row for what has no fields. Nothing is left out or cut; of
//! a set it is also told what it gains and loses.

use std::io;

use concordat_model::{Held, Side, Sides, Why};

use crate::export::{Cells, word};
use crate::sheet::{Card, Holds, Line, Sheet};
use crate::shown;

const COLUMNS: [&str; 26] = [
    "pair",
    "plan",
    "run",
    "kind",
    "outcome",
    "mapping",
    "side",
    "entity",
    "record",
    "sources",
    "name",
    "field",
    "path",
    "before",
    "after",
    "gained",
    "lost",
    "found",
    "verdict",
    "upguard",
    "highlevel",
    "agreed_upguard",
    "agreed_highlevel",
    "rule",
    "evidence",
    "says",
];

/// Writes `sheet` as a table with a header line.
pub(crate) fn write(sheet: &Sheet<'_>, to: impl io::Write) -> io::Result<()> {
    let terminator = ::csv::Terminator::CRLF;
    let mut table = ::csv::WriterBuilder::new().terminator(terminator).from_writer(to);
    table.write_record(COLUMNS)?;
    let head = Row {
        pair: sheet.pair.to_string(),
        plan: sheet.plan.unwrap_or_default().to_owned(),
        run: sheet.run.unwrap_or_default().to_owned(),
        ..Row::default()
    };
    let stopped = sheet.incomplete.iter().map(|says| Row {
        kind: "incomplete".into(),
        says: says.clone(),
        ..head.clone()
    });
    let refusals = sheet.refusals.iter().map(|it| Row {
        kind: "refusal".into(),
        rule: it.class.name().into(),
        says: it.says.clone(),
        ..head.clone()
    });
    for row in stopped.chain(refusals) {
        row.write(&mut table)?;
    }
    for card in sheet.cards() {
        let whole = head.of_card(card);
        for line in &card.lines {
            whole.of_line(line).write(&mut table)?;
        }
        if card.lines.is_empty() {
            whole.write(&mut table)?;
        }
    }
    table.flush()
}

#[derive(Clone, Default)]
struct Row {
    pair: String,
    plan: String,
    run: String,
    kind: String,
    outcome: String,
    mapping: String,
    side: String,
    entity: String,
    record: String,
    sources: String,
    name: String,
    field: String,
    path: String,
    before: String,
    after: String,
    gained: String,
    lost: String,
    found: String,
    verdict: String,
    held: Sides<String>,
    agreed: Sides<String>,
    rule: String,
    evidence: String,
    says: String,
}

impl Row {
    fn of_card(&self, card: &Card<'_>) -> Row {
        let others = card.candidates.iter().map(|(record, _)| *record);
        let others: Vec<String> =
            card.sources.iter().copied().chain(others).map(|it| it.id.to_string()).collect();
        Row {
            kind: card.kind.word().into(),
            outcome: card.fate.map(|it| it.word().to_owned()).unwrap_or_default(),
            mapping: card.mapping.to_string(),
            side: word(&card.side),
            entity: card.resource.map(|it| it.entity().to_owned()).unwrap_or_default(),
            record: card.record.map(|it| it.id.to_string()).unwrap_or_default(),
            sources: others.join(" "),
            name: card.name.to_string(),
            says: card.says.unwrap_or_default().to_owned(),
            ..self.clone()
        }
        .because(card.why)
    }

    fn of_line(&self, line: &Line<'_>) -> Row {
        let mut row = Row {
            field: line.field.to_string(),
            path: line.path.map(ToString::to_string).unwrap_or_default(),
            ..self.clone()
        };
        match &line.holds {
            Holds::New(after) => row.after = text(after),
            Holds::Moves(before, after) => {
                (row.before, row.after) = (text(before), text(after));
                if let Some((gained, lost)) = shown::moved(before, after) {
                    (row.gained, row.lost) = (listed(&gained), listed(&lost));
                }
            }
            Holds::Apart(held, base) => {
                row.held = Sides::from_fn(|side| text(&held[side]));
                row.agreed =
                    Sides::from_fn(|side| base.map(|it| text(&it[side])).unwrap_or_default());
            }
            Holds::Untold => {}
        }
        if let Some((verdict, found)) = line.found {
            row.verdict = word(&Some(verdict));
            row.found = text(found);
        }
        row.because(line.why)
    }

    fn because(self, why: Option<Why>) -> Row {
        let Some(why) = why else { return self };
        Row { rule: word(&Some(why.rule)), evidence: word(&why.evidence), says: why.says(), ..self }
    }

    fn write(self, table: &mut ::csv::Writer<impl io::Write>) -> io::Result<()> {
        let row: [String; COLUMNS.len()] = [
            self.pair,
            self.plan,
            self.run,
            self.kind,
            self.outcome,
            self.mapping,
            self.side,
            self.entity,
            self.record,
            self.sources,
            self.name,
            self.field,
            self.path,
            self.before,
            self.after,
            self.gained,
            self.lost,
            self.found,
            self.verdict,
            self.held[Side::Upguard].clone(),
            self.held[Side::Highlevel].clone(),
            self.agreed[Side::Upguard].clone(),
            self.agreed[Side::Highlevel].clone(),
            self.rule,
            self.evidence,
            self.says,
        ];
        table.write_record(row.iter().map(|cell| Cells::Guarded.write(cell).into_owned()))?;
        Ok(())
    }
}

fn listed(items: &[&String]) -> String {
    items.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ")
}

fn text(held: &Held) -> String {
    held.as_ref().map(ToString::to_string).unwrap_or_default()
}
