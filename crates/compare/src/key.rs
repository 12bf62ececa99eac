//! Are two rows the same thing, and do they say the same? By keyed hashes of what they hold in the fields of the
//! key, and of all of it, so that nobody can make two that differ look alike; and by chance it does not happen: the
//! hash by which rows are found among all others has 128 bits, and that by which two are compared has 64.

use std::hash::{BuildHasher, Hasher as _, RandomState};

use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hash128, Hasher128 as _, SipHasher13 as SipHasher13With128};

/// What tells rows apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Where it is found in a table of them.
    pub place: u64,
    /// In which part of the rows it is found.
    pub part: u64,
}

/// Hashes rows; another one each time the program runs.
#[derive(Clone, Copy)]
pub struct Hasher([u64; 2]);

impl Hasher {
    /// One that nobody knows beforehand.
    pub fn random() -> Hasher {
        let random = || RandomState::new().build_hasher().finish();
        Hasher([random(), random()])
    }

    /// The identity of a row that holds these `parts` in the fields of the key.
    pub fn identity<P: AsRef<[u8]>>(&self, parts: impl Iterator<Item = P>) -> Identity {
        let mut hash = SipHasher13With128::new_with_keys(self.0[0], self.0[1]);
        for part in parts {
            let part = part.as_ref();
            hash.write(part);
            hash.write_usize(part.len());
        }
        let Hash128 { h1: place, h2: part } = hash.finish128();
        Identity { place, part }
    }

    /// What these bytes say.
    pub fn content(&self, row: &[u8]) -> u64 {
        SipHasher13::new_with_keys(self.0[0], self.0[1]).hash(row)
    }
}
