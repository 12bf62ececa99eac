//! How does a line look? Colour only when asked for, widths in terminal columns, and no character of
//! a remote value that could steer the terminal or hide itself.
//!
//! It does not know what is shown, nor whether there is a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use concordat_model::Value;

/// How text is to be painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    /// Whether to colour.
    pub colour: bool,
    /// How many columns a line has; long values are cut to it.
    pub width: usize,
}

impl Default for Paint {
    fn default() -> Self {
        Paint { colour: false, width: 100 }
    }
}

/// What a piece of text is, as far as its look goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Names, headings.
    Strong,
    /// Ids, reasons: there when wanted.
    Dim,
    /// Something new.
    New,
    /// Something changed.
    Changed,
    /// Something that wants a person.
    Wants,
    /// Something that went wrong or is refused.
    Wrong,
    /// Everything else.
    Plain,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Tone::Strong => Style::new().bold(),
            Tone::Dim => Style::new().dimmed(),
            Tone::New => AnsiColor::Green.on_default(),
            Tone::Changed => AnsiColor::Cyan.on_default(),
            Tone::Wants => AnsiColor::Yellow.on_default().bold(),
            Tone::Wrong => AnsiColor::Red.on_default().bold(),
            Tone::Plain => Style::new(),
        }
    }
}

impl Paint {
    /// `text` in `tone`.
    pub(crate) fn tone(self, tone: Tone, text: &str) -> String {
        if !self.colour || text.is_empty() || tone == Tone::Plain {
            return text.to_owned();
        }
        let style = tone.style();
        format!("{style}{text}{style:#}")
    }

    /// The columns of a line; below forty nothing can be laid out.
    pub(crate) fn columns(self) -> usize {
        self.width.max(40)
    }
}

/// Whether a character may steer a terminal, reorder the line, or hide itself: C0 and C1 controls,
/// bidirectional controls, line separators, zero-width spaces and tags.
pub(crate) fn is_hostile(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` on one line, with every hostile character made visible: a line end is `⏎`, ESC is `␛`, a
/// bidirectional control is `⟨U+202E⟩`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => shown.push('⏎'),
            '\0'..='\u{1f}' => {
                shown.push(char::from_u32(0x2400 + u32::from(letter)).unwrap_or('␀'));
            }
            '\u{7f}' => shown.push('␡'),
            _ if is_hostile(letter) => {
                write!(shown, "⟨U+{:04X}⟩", u32::from(letter)).expect("a string takes every text");
            }
            _ => shown.push(letter),
        }
    }
    Cow::Owned(shown)
}

/// What stands where a field holds nothing.
pub(crate) const EMPTY: &str = "(empty)";

/// A value on one line, told apart from the words that stand for the absence of one.
pub(crate) fn held(value: &Value) -> String {
    let text = value.to_string();
    let shown = visible(&text);
    let is_plain = !text.is_empty() && text.trim() == text && !text.starts_with('(');
    match value {
        Value::Set(items) if items.is_empty() => "(none)".into(),
        Value::Text(_) if !is_plain => format!("“{shown}”"),
        Value::Time(time) => time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        _ => shown.into_owned(),
    }
}

/// How many terminal columns `text` takes, nearly: wide scripts and pictures take two, marks none.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

fn columns_of(letter: char) -> usize {
    match u32::from(letter) {
        0x0300..=0x036f | 0x200c..=0x200d | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f680..=0x1f6ff
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// `text`, filled up with spaces to `width` columns.
pub(crate) fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(columns(text));
    format!("{text}{:missing$}", "")
}

/// `text` in at most `room` columns: a longer one is cut in the middle and says how long it is.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if text.len() <= room || columns(text) <= room {
        return text.to_owned();
    }
    let length = format!(" ({} characters)", grouped(text.chars().count() as u64));
    clipped(text, room.saturating_sub(columns(&length))) + &length
}

/// `text` in at most `room` columns (but at least nine), without a word about its length.
pub(crate) fn clipped(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let room = room.saturating_sub(1).max(8);
    let head = taken(text.chars(), room - room / 3);
    let tail: String = taken(text.chars().rev(), room / 3).chars().rev().collect();
    format!("{}…{}", head.trim_end(), tail.trim_start())
}

/// From the first letter on, as many as fit into `room` columns.
fn taken(letters: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    letters
        .take_while(|&letter| {
            used += columns_of(letter);
            used <= room
        })
        .collect()
}

/// A number with thin groups of three digits: `1 048 576`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(' ');
        }
        shown.push(digit);
    }
    shown
}

/// `1 update`, `2 updates`, `3 matches`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let ending = match (count, noun) {
        (1, _) => "",
        (_, noun) if noun.ends_with("ch") || noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{} {noun}{ending}", grouped(count))
}
