//! Are these two things the same? Content hashes (blake3) over length-prefixed parts, and short
//! names derived from them. Nothing here is a security boundary; the ledger has its own hash chain.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A 32-byte content hash, shown as hex.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Hashes `parts`; `domain` keeps hashes of different kinds of things apart.
    pub fn of(domain: &str, parts: &[&[u8]]) -> Fingerprint {
        Fingerprint(digest(domain, parts).to_hex().to_string())
    }

    /// The first twelve hex digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }

    /// All of it, in hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A ten-letter name for `parts`, in letters that survive being read aloud (Crockford base 32).
/// 50 bits: among a million names of one kind, two coincide with a probability of about 0.0004.
pub fn short(domain: &str, parts: &[&str]) -> String {
    letters(domain, parts, 10)
}

/// The first `count` letters of the name of `parts`; at most 51.
pub fn letters(domain: &str, parts: &[&str], count: usize) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bytes: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    let hash = digest(domain, &bytes);
    let bit = |index: usize| (hash.as_bytes()[index / 8] >> (7 - index % 8)) & 1;
    (0..count.min(51))
        .map(|letter| {
            let index = (0..5).fold(0, |index, place| index << 1 | bit(letter * 5 + place));
            char::from(ALPHABET[usize::from(index)])
        })
        .collect()
}

fn digest(domain: &str, parts: &[&[u8]]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new_derive_key(&format!("concordat 2026 {domain}"));
    for part in parts {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize()
}
