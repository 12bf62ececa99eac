//! How is a text that is longer than a side takes cut into parts? The same text gives the same parts, in
//! every run.

/// How many characters of a note are ours to fill. Of a contact's notes no limit is published; of an
/// appointment's it is 5,000 (`highlevel.md` §3), and a text that is cut off there is lost.
pub const NOTE_LONGEST: usize = 5000;

/// What a heading and our marker may need of it.
pub const HEADING_ROOM: usize = 240;

/// The parts of `text`, none of them empty or longer than `room` characters: cut where a line ends, else
/// between two words, if the part stays at least half full.
pub fn parts(text: &str, room: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut left = text.trim();
    while let Some((end, _)) = left.char_indices().nth(room.max(1)) {
        let whole = &left[..end];
        // What is cut off is looked at too: a part may end right before a space.
        let window = left.split_at(end + left[end..].chars().next().map_or(0, char::len_utf8)).0;
        let half = whole.len() / 2;
        let line = window.rfind('\n').filter(|at| *at > half);
        let at = line.or_else(|| window.rfind(char::is_whitespace).filter(|at| *at > half));
        let (part, rest) = left.split_at(at.unwrap_or(end));
        parts.push(part.trim_end());
        left = rest.trim_start();
    }
    if !left.is_empty() {
        parts.push(left);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_lines_and_else_between_words() {
        assert_eq!(parts("one two", 7), ["one two"]);
        assert_eq!(parts("one two three", 7), ["one two", "three"]);
        assert_eq!(parts("one\ntwo x three", 8), ["one\ntwo", "x three"]);
        assert_eq!(parts("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(parts("  ", 4), [""; 0]);
    }
}
