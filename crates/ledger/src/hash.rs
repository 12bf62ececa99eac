//! What ties an entry to its content? SHA-256, not the blake3 of content hashes: an auditor must be
//! able to check it with a standard library.
//!
//! A leaf is hashed as `SHA-256(0x00 ‖ leaf)`, which is the leaf hash of RFC 6962, so that a Merkle
//! tree can be built over the same leaves. Everything else is hashed under a domain of its own, with
//! the length of every part in front of it.

use std::fmt;

use concordat_model::{Field, Held, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A SHA-256 hash, shown as hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first leaf names as its predecessor.
    pub const NONE: Hash = Hash([0; 32]);

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Hash {
        Hash(bytes)
    }

    /// The hash of a leaf, as in RFC 6962.
    pub fn of_leaf(leaf: &[u8]) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update([0]);
        hasher.update(leaf);
        Hash(hasher.finalize().into())
    }

    /// The hash by which a leaf names its opening. The salt inside keeps it from being guessed.
    pub fn of_opening(opening: &[u8]) -> Hash {
        digest("opening", &[opening])
    }

    /// The salt of one field of one entry. An auditor who is shown it can check that field, and
    /// cannot guess the others.
    pub fn field_salt(salt: &[u8; 32], field: &Field, role: &str) -> Hash {
        digest("field salt", &[salt, field.as_str().as_bytes(), role.as_bytes()])
    }

    /// Binds to what a field held without telling it.
    pub fn commitment(field_salt: &Hash, seq: u64, field: &Field, held: &[&Held]) -> Hash {
        let contents: Vec<Option<Vec<u8>>> =
            held.iter().map(|held| held.as_ref().map(Value::canonical)).collect();
        let seq = seq.to_be_bytes();
        let mut parts: Vec<&[u8]> = vec![field_salt.as_bytes(), &seq, field.as_str().as_bytes()];
        for content in &contents {
            match content {
                Some(content) => parts.extend([&[1][..], content]),
                None => parts.push(&[0]),
            }
        }
        digest("commitment", &parts)
    }

    /// Stands for a record, link or intent without naming it.
    pub fn pseudonym(salt: &[u8; 32], subject: &str) -> Hash {
        digest("pseudonym", &[salt, subject.as_bytes()])
    }
}

/// The first bytes of a hash, as a checksum against accidents.
pub(crate) fn checksum(parts: &[&[u8]]) -> [u8; 8] {
    let hash = digest("checksum", parts);
    let mut sum = [0; 8];
    sum.copy_from_slice(&hash.0[..8]);
    sum
}

fn digest(domain: &str, parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(format!("concordat ledger 1 {domain}\n"));
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}
