//! How is a record with its fields laid out? The lines all texts are made of.

use concordat_model::Held;

use crate::shown::{self, Turnover};
use crate::style::{self, Paint, Tone, columns, cut, padded};

const FIELD_INDENT: usize = 6;
/// Names longer than this do not push the ids beside them to the right.
const NAME_COLUMNS_MAX: usize = 32;
/// A sentence may quote a value of any length.
const REMARK_LINES_MAX: usize = 6;
/// What an ellipsis and ` (1 048 576 characters)` take.
const LENGTH_COLUMNS: usize = 25;

/// A text in the making.
pub(super) struct Page {
    paint: Paint,
    text: String,
    name_columns: usize,
}

/// One field of a record.
pub(super) struct FieldLine<'a> {
    pub name: &'a str,
    /// Nothing: the field is new with its record, so that there is no old value to show.
    pub before: Option<&'a Held>,
    pub after: &'a Held,
    /// Why, and whatever else a reader must know about it; empty if the field speaks for itself.
    pub reason: String,
}

impl Page {
    pub fn new(paint: Paint) -> Page {
        Page { paint, text: String::new(), name_columns: 0 }
    }

    pub fn into_text(self) -> String {
        self.text.trim_end().to_owned() + "\n"
    }

    pub fn toned(&self, tone: Tone, text: &str) -> String {
        self.paint.tone(tone, text)
    }

    /// The columns of a line.
    pub fn columns(&self) -> usize {
        self.paint.columns()
    }

    pub fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A blank line, unless there is one already or nothing yet.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A name on one line.
    pub fn name(&self, name: &str) -> String {
        let name = style::visible(name);
        if name.trim().is_empty() { "(no name)".into() } else { cut(&name, 60) }
    }

    /// Makes the ids beside `names` start in one column.
    pub fn align_names<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        let widths = names.map(|name| columns(&self.name(name)));
        self.name_columns = widths.map(|it| it.min(NAME_COLUMNS_MAX)).max().unwrap_or_default();
    }

    /// `  ~ Grace Hopper   HighLevel contact c2`.
    pub fn record(&mut self, symbol: (Tone, &str), name: &str, beside: &str) {
        let symbol = self.toned(symbol.0, symbol.1);
        let name = self.toned(Tone::Strong, &padded(name, self.name_columns));
        let beside = self.toned(Tone::Dim, &style::visible(beside));
        self.line(&format!("  {symbol} {name}  {beside}"));
    }

    /// A remark under a record.
    pub fn remark(&mut self, tone: Tone, text: &str) {
        self.remark_at(FIELD_INDENT, tone, text);
    }

    fn remark_at(&mut self, indent: usize, tone: Tone, text: &str) {
        let room = self.columns() - indent;
        for line in wrapped(&cut(&style::visible(text), REMARK_LINES_MAX * room), room) {
            let line = self.toned(tone, &line);
            self.line(&format!("{:indent$}{line}", ""));
        }
    }

    /// The fields of a record, with their reasons at the end of the line where all of them fit, and
    /// below otherwise; a reason that several fields in a row share is told once.
    pub fn fields(&mut self, fields: &[FieldLine<'_>]) {
        let name_columns = fields.iter().map(|it| columns(it.name)).max().unwrap_or_default();
        let laid: Vec<(Vec<String>, String)> = fields
            .chunk_by(|one, next| one.reason == next.reason)
            .map(|group| {
                let lines = group.iter().flat_map(|field| self.field(field, name_columns));
                (lines.collect(), in_brackets(&group[0].reason))
            })
            .collect();
        let widest = laid.iter().flat_map(|(lines, _)| lines).map(|it| columns(it)).max();
        let widest = widest.unwrap_or_default();
        let is_one_reason = laid.len() == 1;
        let fits = laid.iter().all(|(lines, reason)| {
            lines.len() == 1 && widest + 3 + columns(reason) <= self.columns()
        });
        for (lines, reason) in laid {
            if fits {
                let reason = self.toned(Tone::Dim, &reason);
                self.line(&format!("{}   {reason}", padded(&lines[0], widest)));
            } else {
                lines.iter().for_each(|line| self.line(line));
                // Under the one field it is about, or level with all of them.
                let indent = if is_one_reason { FIELD_INDENT } else { FIELD_INDENT + 4 };
                self.remark_at(indent, Tone::Dim, &reason);
            }
        }
    }

    /// `      tier  2 → 1`; on two lines if it does not fit on one.
    fn field(&self, field: &FieldLine<'_>, name_columns: usize) -> Vec<String> {
        let name = padded(&style::visible(field.name), name_columns);
        let start = format!("{:FIELD_INDENT$}{name}  ", "");
        let room = self.columns().saturating_sub(columns(&start)).max(16);
        let Some(before) = field.before else {
            return vec![start + &self.value(field.after, room)];
        };
        if let Some(turnover) = shown::turnover(before, field.after) {
            return turnover_lines(&start, &turnover, room);
        }
        let whole = format!("{} → {}", self.whole(before), self.whole(field.after));
        if columns(&whole) <= room {
            return vec![start + &whole];
        }
        let (before, after) = self.difference(before, field.after, room - 2);
        let indent = " ".repeat(columns(&start));
        vec![format!("{start}  {before}"), format!("{indent}→ {after}")]
    }

    /// What a field holds, on one line of at most `room` columns.
    pub fn value(&self, held: &Held, room: usize) -> String {
        cut(&self.whole(held), room)
    }

    /// What a set gains and loses.
    pub fn turnover(&self, before: &Held, after: &Held) -> String {
        let Some(it) = shown::turnover(before, after) else { return self.whole(after) };
        [it.gained, it.lost, it.rest.into_iter().collect()].concat().join("  ")
    }

    fn whole(&self, held: &Held) -> String {
        held.as_ref().map_or_else(|| style::EMPTY.into(), style::held)
    }

    /// Two values, cut so that what differs stays visible.
    fn difference(&self, before: &Held, after: &Held, room: usize) -> (String, String) {
        let (old, new) = (self.whole(before), self.whole(after));
        let same = old.chars().zip(new.chars()).take_while(|(one, other)| one == other).count();
        let lengths = [&old, &new].map(|it| it.chars().count());
        let rest = lengths[0].max(lengths[1]) - same;
        // If the beginning alone would not show the first difference, it is left out, except for as
        // many letters before the difference as there is room for.
        let skip = match same {
            same if same <= room / 3 => 0,
            same => same - same.min(room.saturating_sub(rest + LENGTH_COLUMNS).max(room / 6)),
        };
        let from = |text: &str, length: usize| {
            if skip == 0 {
                return cut(text, room);
            }
            let rest: String = text.chars().skip(skip).collect();
            let length = format!(" ({} characters)", style::grouped(length as u64));
            let shown = style::clipped(&format!("…{rest}"), room.saturating_sub(length.len()));
            shown + &length
        };
        (from(&old, lengths[0]), from(&new, lengths[1]))
    }
}

/// `labels  + ug:pci  − ug:old`, in as many lines as it takes.
fn turnover_lines(start: &str, turnover: &Turnover, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let rest = turnover.rest.iter().map(|it| format!("({it})"));
    for item in turnover.gained.iter().chain(&turnover.lost).cloned().chain(rest) {
        let item = cut(&item, room);
        match lines.last_mut() {
            Some(line) if columns(line) + 2 + columns(&item) <= room => {
                line.push_str("  ");
                line.push_str(&item);
            }
            Some(_) | None => lines.push(item),
        }
    }
    let indent = " ".repeat(columns(start));
    let led = |(place, line): (usize, String)| match place {
        0 => format!("{start}{line}"),
        _ => format!("{indent}{line}"),
    };
    lines.into_iter().enumerate().map(led).collect()
}

fn in_brackets(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("({text})") }
}

/// `text` in lines of at most `room` columns. What stands between backticks (a command to copy) is
/// never broken.
pub(super) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut in_command = false;
    for word in text.split(' ').filter(|it| !it.is_empty()) {
        let glued = in_command;
        in_command ^= word.matches('`').count() % 2 == 1;
        match lines.last_mut() {
            Some(line) if glued || columns(line) + 1 + columns(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}
