//! Where does a row stand? A [`Key`] is a sequence of parts that begins with the pair.
//!
//! Every part carries its length in front, so that no two sequences of parts share their bytes and a
//! shorter key is a prefix of exactly the keys that continue it: the key of a pair alone finds all
//! rows of that pair, and of no other pair whose name merely begins alike.

use concordat_model::PairId;

/// A key under construction; also the prefix of every key that continues it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<u8>);

impl Key {
    /// The key of everything that belongs to `pair`.
    pub fn of(pair: &PairId) -> Key {
        Key(Vec::new()).text(pair.as_str())
    }

    /// Continues with some bytes.
    pub fn bytes(mut self, part: &[u8]) -> Key {
        let length = u32::try_from(part.len()).expect("a part of a key is shorter than 4 GiB");
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(part);
        self
    }

    /// Continues with a text.
    pub fn text(self, part: &str) -> Key {
        self.bytes(part.as_bytes())
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Ids may be personal data: `Debug` shows the length only.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key(<{} bytes>)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_name_is_no_prefix_of_a_longer_one() {
        let short = Key::of(&PairId::from("acme"));
        let long = Key::of(&PairId::from("acme-eu"));
        assert!(!long.as_ref().starts_with(short.as_ref()));
        assert!(short.clone().text("vendor").as_ref().starts_with(short.as_ref()));
    }

    #[test]
    fn parts_cannot_run_into_each_other() {
        let pair = PairId::from("p");
        assert_ne!(Key::of(&pair).text("ab").text("c"), Key::of(&pair).text("a").text("bc"));
    }
}
