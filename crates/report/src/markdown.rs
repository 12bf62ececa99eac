//! How does a report read in a ticket or a pull request? Markdown (GitHub's) in which no value can
//! be anything but text: no markup, no HTML, no mention, no link.

use std::fmt::Write as _;

use concordat_model::{Held, Side, Sides, Why};

use crate::sheet::{Card, Holds, Line, Section, Sheet};
use crate::shown::{self, Shown, Turnover};
use crate::style::{EMPTY, counted, cut, grouped, visible};
use crate::text::run::verdict_says;

/// Columns of a value.
const VALUE_MAX: usize = 160;
/// Columns of a name.
const NAME_MAX: usize = 80;
/// Columns of a sentence, which may quote a value.
const SENTENCE_MAX: usize = 600;

/// `sheet` as Markdown; `left_out` cards of it are not there.
pub(crate) fn text(sheet: &Sheet<'_>, left_out: usize) -> String {
    let mut page = String::new();
    let title = format!("{} for {}", sheet.title, sheet.pair);
    line(&mut page, &format!("# {}", plain(&title)));
    line(&mut page, "");
    for (label, text) in &sheet.facts {
        line(&mut page, &format!("- {label}: {}", plain(text)));
    }
    if sheet.masked {
        line(&mut page, "- personal data is masked");
    }
    notices(&mut page, sheet);
    table(&mut page, sheet, left_out);
    for section in &sheet.sections {
        mapping(&mut page, section);
    }
    if !sheet.hints.is_empty() {
        line(&mut page, "\n## Next\n");
        sheet.hints.iter().for_each(|it| line(&mut page, &format!("- {}", sentence(it))));
    }
    page
}

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}

fn notices(page: &mut String, sheet: &Sheet<'_>) {
    if !sheet.refusals.is_empty() {
        line(page, "\n## Refused: nothing will be written\n");
        for refusal in sheet.refusals {
            let class = refusal.class.name();
            line(page, &format!("- **{class}**: {}  ", sentence(&refusal.says)));
            line(page, &format!("  {}", sentence(&refusal.remedy)));
        }
    }
    if let Some(says) = &sheet.incomplete {
        line(page, &format!("\n**Incomplete**: {}", sentence(says)));
    }
    if let Some(says) = sheet.quiet {
        line(page, &format!("\n{says}"));
    }
}

fn table(page: &mut String, sheet: &Sheet<'_>, left_out: usize) {
    if !sheet.rows.is_empty() {
        line(page, "\n## Summary\n\n| | |\n|---|---|");
    }
    for row in &sheet.rows {
        let command = row.command.map(|it| format!(": `{it}`")).unwrap_or_default();
        line(page, &format!("| {} | {}{command} |", row.label, sentence(&row.text)));
    }
    if left_out > 0 {
        let shown = sheet.count();
        let says = format!(
            "\nOnly {} of {} are listed here; the numbers are of all. The CSV and JSON reports list all.",
            grouped(shown as u64),
            counted((shown + left_out) as u64, "record"),
        );
        line(page, &says);
    }
}

fn mapping(page: &mut String, section: &Section<'_>) {
    let first = if section.is_first_agreement { " (first agreement)" } else { "" };
    line(page, &format!("\n## {}{first}", plain(section.mapping.as_str())));
    for card in &section.cards {
        tell(page, card);
    }
    if let Some(agreed) = &section.agreed {
        line(page, &format!("\n= {agreed} (recorded, nothing is written)"));
    }
}

fn tell(page: &mut String, card: &Card<'_>) {
    let name = if card.name.trim().is_empty() { "(no name)" } else { card.name.as_str() };
    let word = card.fate.map_or(card.kind.word(), |it| it.word());
    line(page, &format!("\n### {} {} ({word})\n", card.symbol, plain(name)));
    let id = match card.kind {
        crate::sheet::Kind::Conflict => format!(", conflict {}", card.id),
        crate::sheet::Kind::Ambiguous => format!(", case {}", card.id),
        _ => String::new(),
    };
    line(page, &sentence(&format!("{}{id}", card.beside)));
    let apart = card.lines.iter().any(|it| matches!(it.holds, Holds::Apart(..)));
    let moves = card.lines.iter().any(|it| !matches!(it.holds, Holds::Apart(..) | Holds::Untold));
    let reasons = card.lines.iter().any(|it| reason(card, it).is_some());
    if moves {
        fields(page, card, reasons);
    }
    if apart {
        sides(page, card);
    }
    for (place, (record, name)) in card.candidates.iter().enumerate() {
        let gap = if place == 0 { "\n" } else { "" };
        let name = plain(name);
        line(page, &format!("{gap}{}. {name}, {}", place + 1, sentence(&record.to_string())));
    }
    let why = card.shared_why().map(|why| why.says());
    let effects = card.side_effects.iter().map(|it| format!("side effect: {it}"));
    let remarks: Vec<String> = effects
        .chain(card.remarks.iter().cloned())
        .chain(card.says.map(str::to_owned))
        .chain(why)
        .collect();
    if !remarks.is_empty() {
        line(page, "");
    }
    remarks.iter().for_each(|it| line(page, &format!("- {}", sentence(it))));
}

fn fields(page: &mut String, card: &Card<'_>, reasons: bool) {
    let (head, rule) = if reasons { (" why |", "---|") } else { ("", "") };
    line(page, &format!("\n| field | old | new |{head}\n|---|---|---|{rule}"));
    for it in &card.lines {
        let (old, new) = match it.holds {
            Holds::New(after) => (String::new(), value(&shown::one(after))),
            Holds::Moves(before, after) => match shown::turnover(before, after) {
                Some(it) => (String::new(), turnover(&it)),
                None => {
                    let (old, new) = shown::pair(before, after);
                    (value(&old), value(&new))
                }
            },
            Holds::Apart(..) | Holds::Untold => continue,
        };
        let mut row = format!("| {} | {old} | {new} |", plain(it.field.as_str()));
        if reasons {
            let why = reason(card, it).map(|it| sentence(&it)).unwrap_or_default();
            write!(row, " {why} |").expect("a string takes every text");
        }
        line(page, &row);
    }
}

/// What a line says that the card does not say for all of them.
fn reason(card: &Card<'_>, line: &Line<'_>) -> Option<String> {
    let found = line.found.and_then(|(verdict, found)| {
        verdict_says(card.side.unwrap_or(Side::Upguard), verdict, &shown::one(found).line(60))
    });
    let why = line.why.filter(|_| card.shared_why().is_none()).map(|it: Why| it.says());
    let parts: Vec<String> = found.into_iter().chain(why).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn sides(page: &mut String, card: &Card<'_>) {
    line(page, "\n| field | UpGuard | HighLevel | last agreed |\n|---|---|---|---|");
    for it in &card.lines {
        let Holds::Apart(held, base) = it.holds else { continue };
        let held = Sides::from_fn(|side| value(&shown::one(&held[side])));
        let field = plain(it.field.as_str());
        let (upguard, highlevel) = (&held.upguard, &held.highlevel);
        line(page, &format!("| {field} | {upguard} | {highlevel} | {} |", agreed(base)));
    }
}

/// What both last agreed on; each side's own form of it where the forms differ.
fn agreed(base: Option<&Sides<Held>>) -> String {
    let Some(base) = base else { return String::new() };
    let each = Sides::from_fn(|side| value(&shown::one(&base[side])));
    if each.upguard == each.highlevel {
        return each.upguard;
    }
    format!("{}, {}", each.upguard, each.highlevel)
}

/// What a set gains and loses.
fn turnover(it: &Turnover) -> String {
    let items = it.gained.iter().chain(&it.lost).map(|it| code(it));
    let rest = it.rest.iter().map(|it| format!("({it})"));
    items.chain(rest).collect::<Vec<_>>().join(" ")
}

/// A value as code, which no renderer looks into.
fn value(shown: &Shown) -> String {
    if shown.is_empty { EMPTY.to_owned() } else { code(&shown.line(VALUE_MAX)) }
}

/// A sentence; what stands between backticks is a command.
fn sentence(text: &str) -> String {
    let text = cut(&visible(text), SENTENCE_MAX);
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return code(&text);
    }
    let told = pieces.iter().enumerate().map(|(place, piece)| match place {
        0 => words(piece, true),
        place if place.is_multiple_of(2) => words(piece, false),
        _ => code(piece),
    });
    told.collect()
}

/// Words that may open a line.
pub(crate) fn plain(text: &str) -> String {
    words(&cut(&visible(text), NAME_MAX), true)
}

/// Words as they are, and as code those that could be taken for markup, a mention or a link.
fn words(text: &str, opens_line: bool) -> String {
    // At the start of a line these begin a list, a heading or a block of code.
    let opens = text.starts_with([' ', '+', '-', '='])
        || text.trim_start_matches(|it: char| it.is_ascii_digit()).starts_with(['.', ')']);
    if opens_line && opens {
        return code(text);
    }
    let words: Vec<&str> = text.split(' ').collect();
    let told = words.chunk_by(|one, next| is_harmless(one) == is_harmless(next)).map(|run| {
        let run_text = run.join(" ");
        if run.iter().all(|it| is_harmless(it)) { run_text } else { code(&run_text) }
    });
    told.collect::<Vec<_>>().join(" ")
}

fn is_harmless(word: &str) -> bool {
    let harmless = |letter: char| {
        letter.is_alphanumeric() || !letter.is_ascii() || ",.;:()'\"%/+-?=".contains(letter)
    };
    word.chars().all(harmless) && !word.contains("www.") && !word.contains("://")
}

fn code(text: &str) -> String {
    let text = visible(text);
    if text.is_empty() || text.trim().is_empty() {
        return String::new();
    }
    if !text.contains(['|', '`', '\\']) {
        // A space inside each fence is taken away again, so that others stay.
        let pad = if text.trim() == text { "" } else { " " };
        return format!("`{pad}{text}{pad}`");
    }
    // Renderers differ in how they read these inside a fence in a table; none reads an entity as markup.
    let mut told = String::from("<code>");
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            write!(told, "&#{};", u32::from(letter)).expect("a string takes every text");
        } else {
            told.push(letter);
        }
    }
    told + "</code>"
}
