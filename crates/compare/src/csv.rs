//! Where does a row of a CSV file end, and what do its fields hold? As RFC 4180 has it, and where that says
//! nothing, as readers do: a quote inside an unquoted field is a quote, and what follows a closed one belongs
//! to the field.
//!
//! It does not know what a column is called.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// Where a row ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Before the line end that stands there.
    At(usize),
    /// Behind these bytes, inside quotes or not.
    Beyond { is_quoted: bool },
}

/// Where the row ends with which `bytes` begin. A quote counts at the beginning of a field only.
pub fn row_end(bytes: &[u8], delimiters: &[u8]) -> End {
    let mut at = 0;
    loop {
        let Some(found) = memchr2(b'\n', b'"', &bytes[at..]) else {
            return End::Beyond { is_quoted: false };
        };
        let found = at + found;
        if bytes[found] == b'\n' {
            return End::At(found);
        }
        let opens = found == 0 || delimiters.contains(&bytes[found - 1]);
        at = 1 + match opens.then(|| closing(bytes, found)) {
            Some(Some(closing)) => closing,
            Some(None) => return End::Beyond { is_quoted: true },
            None => found,
        };
    }
}

/// Where the quote is that closes the one at `open`. Two in a row stand for one.
fn closing(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        let found = at + memchr(b'"', &bytes[at..])?;
        if bytes.get(found + 1) != Some(&b'"') {
            return Some(found);
        }
        at = found + 2;
    }
}

/// The fields of a row.
pub struct Fields<'r> {
    row: &'r [u8],
    delimiter: u8,
    /// Where the next one starts; nothing: that was the last.
    next: Option<usize>,
}

impl<'r> Fields<'r> {
    /// Those of `row`, which holds no line end but inside quotes.
    pub fn of(row: &'r [u8], delimiter: u8) -> Self {
        Fields { row, delimiter, next: Some(0) }
    }
}

impl<'r> Iterator for Fields<'r> {
    type Item = Cow<'r, [u8]>;

    fn next(&mut self) -> Option<Cow<'r, [u8]>> {
        let start = self.next?;
        let row = self.row;
        let quoted = (row.get(start) == Some(&b'"')).then(|| closing(row, start)).flatten();
        let after = quoted.map_or(start, |it| it + 1);
        let end = memchr(self.delimiter, &row[after..]).map(|it| after + it);
        self.next = end.map(|it| it + 1);
        let end = end.unwrap_or(row.len());
        Some(match quoted {
            None => Cow::Borrowed(&row[start..end]),
            Some(close) => unquoted(&row[start + 1..close], &row[after..end]),
        })
    }
}

/// What stands between two quotes, and behind them.
fn unquoted<'r>(inside: &'r [u8], behind: &[u8]) -> Cow<'r, [u8]> {
    if behind.is_empty() && memchr(b'"', inside).is_none() {
        return Cow::Borrowed(inside);
    }
    let mut held = Vec::with_capacity(inside.len() + behind.len());
    let mut rest = inside;
    while let Some(quote) = memchr(b'"', rest) {
        held.extend_from_slice(&rest[..=quote]);
        rest = &rest[quote + 2..];
    }
    held.extend_from_slice(rest);
    held.extend_from_slice(behind);
    Cow::Owned(held)
}

/// What separates the fields of a table with this header: what stands in it most often outside quotes.
pub fn delimiter(header: &[u8]) -> u8 {
    let count = |delimiter: &u8| Fields::of(header, *delimiter).count();
    // Of equals the last is taken, and a table with one column has none.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn as_text(field: Cow<'_, [u8]>) -> String {
        String::from_utf8(field.into_owned()).expect("a part of a text")
    }

    /// The rows of `text`, as they are compared; nothing: a quote is never closed.
    fn rows(mut text: &str) -> Option<Vec<Vec<String>>> {
        let mut rows = Vec::new();
        while !text.is_empty() {
            let end = match row_end(text.as_bytes(), b",") {
                End::At(end) => end,
                End::Beyond { is_quoted: false } => text.len(),
                End::Beyond { is_quoted: true } => return None,
            };
            let row = &text[..end];
            let row = row.strip_suffix('\r').unwrap_or(row);
            if !row.is_empty() {
                rows.push(Fields::of(row.as_bytes(), b',').map(as_text).collect());
            }
            text = text.get(end + 1..).unwrap_or_default();
        }
        Some(rows)
    }

    /// The same by another reader.
    fn read(text: &str) -> Vec<Vec<String>> {
        let mut builder = ::csv::ReaderBuilder::new();
        let mut reader = builder.has_headers(false).flexible(true).from_reader(text.as_bytes());
        let records = reader.records().map(|it| it.expect("a record"));
        records.map(|it| it.iter().map(str::to_owned).collect()).collect()
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            table in proptest::collection::vec(proptest::collection::vec("[ab\"\r\n,;é]{0,4}", 3), 1..5),
        ) {
            let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).expect("a record");
            }
            let bytes = writer.into_inner().expect("all of it");
            let text = String::from_utf8(bytes).expect("text");
            prop_assert_eq!(rows(&text), Some(table));
        }

        #[test]
        fn other_readers_read_the_same(text in "[ab\",\n]{0,24}") {
            if let Some(rows) = rows(&text) {
                prop_assert_eq!(rows, read(&text));
            }
        }
    }

    #[test]
    fn the_header_says_what_separates() {
        assert_eq!(delimiter(b"id,name"), b',');
        assert_eq!(delimiter(b"id;name"), b';');
        assert_eq!(delimiter(b"id\tname"), b'\t');
        assert_eq!(delimiter(b"\"a;b;c\",name"), b',');
        assert_eq!(delimiter(b"id"), b',');
    }
}
