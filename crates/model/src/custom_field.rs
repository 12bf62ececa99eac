//! What does a custom field of contacts hold, and how is it called? People give it a name, of which
//! HighLevel makes the key (`highlevel.md` §6.4).

/// What a custom field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CustomKind {
    /// Text, of one line or several.
    Text,
    /// A number.
    Number,
}

impl CustomKind {
    /// The type with which it is defined, in HighLevel's words.
    pub fn data_type(self) -> &'static str {
        match self {
            CustomKind::Text => "TEXT",
            CustomKind::Number => "NUMERICAL",
        }
    }

    /// Whether a field that is defined with `data_type` holds it.
    pub fn fits(self, data_type: &str) -> bool {
        match self {
            CustomKind::Text => matches!(data_type, "TEXT" | "LARGE_TEXT"),
            CustomKind::Number => data_type == "NUMERICAL",
        }
    }
}

/// The key that HighLevel makes of a name, without `contact.`: small letters, and `_` for everything
/// else.
pub fn key_of(name: &str) -> String {
    let kept = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    name.trim().to_lowercase().chars().map(kept).collect()
}

/// A name of which HighLevel makes `key`, as a person would write it if that is possible.
pub fn name_of(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    let name: Option<String> =
        letters.next().map(|first| first.to_uppercase().chain(letters).collect());
    name.filter(|name| key_of(name) == key).unwrap_or_else(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_for_people_and_lead_back_to_their_key() {
        assert_eq!(name_of("vendor_tier"), "Vendor tier");
        assert_eq!(name_of("_odd"), "_odd", "HighLevel would make another key of it");
        for key in ["vendor_tier", "_odd", "odd_", "a__b", "x", ""] {
            assert_eq!(key_of(&name_of(key)), key);
        }
    }
}
