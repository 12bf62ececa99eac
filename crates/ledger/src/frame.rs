//! How does an entry lie in a file? A frame: lengths, checksum, leaf, flag, opening.
//!
//! ```text
//! bytes  0  marker "CLG" and the format            \
//!        4  length of the leaf                      | covered by the checksum
//!        8  length of the opening                   |
//!       12  place in its group (0: the first)      /
//!       16  checksum of the 16 bytes before it and of the leaf
//!       24  leaf      version byte, then bincode; named by the hash chain
//!        …  flag      8 bytes: whole or erased
//!        …  opening   version byte, then bincode; named by its hash in the leaf
//! ```
//! The checksum leaves flag and opening out, so that an opening can be erased in place. What ties the
//! opening is its hash in the leaf; the flag only tells erased from damaged, and is longer than a
//! byte so that no single flipped byte can turn one into the other.

use concordat_store::{CodecError, codec};

use crate::hash::checksum;
use crate::{Hash, Leaf, Opening};

/// The format of frames, leaves and openings.
pub(crate) const FORMAT: u8 = 1;
/// The largest leaf: entry bundles of the tlog-tiles format count in 16 bits.
pub(crate) const LEAF_BYTES_MAX: usize = 65_535;

const MARKER: [u8; 3] = *b"CLG";
const HEAD_BYTES: usize = 24;
const WHOLE: [u8; 8] = *b"*whole*\n";
pub(crate) const ERASED: [u8; 8] = *b"-erased\n";

/// A frame as it was read.
pub(crate) struct Frame {
    pub leaf: Leaf,
    pub leaf_hash: Hash,
    /// Its place in the group of entries that was written at once.
    pub place: u32,
    pub opening: State,
    /// Where its flag is, from the beginning of the frame.
    pub flag_at: u64,
    /// How long it is.
    pub bytes: usize,
}

/// What is there of an opening.
pub(crate) enum State {
    /// All of it. `flagged`: and the flag says so; otherwise an erasure was interrupted before it
    /// began, or the flag was damaged, and nothing is lost.
    Whole { opening: Box<Opening>, flagged: bool },
    /// Nothing; `wiped`: not even its bytes.
    Erased { wiped: bool },
}

/// Why bytes are not a frame.
#[derive(Debug)]
pub(crate) enum Bad {
    Damaged(&'static str),
    Newer(u8),
}

/// The bytes of a frame.
pub(crate) fn encode(leaf: &[u8], opening: &[u8], place: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES + leaf.len() + WHOLE.len() + opening.len());
    bytes.extend_from_slice(&MARKER);
    bytes.push(FORMAT);
    bytes.extend_from_slice(&length(leaf).to_be_bytes());
    bytes.extend_from_slice(&length(opening).to_be_bytes());
    bytes.extend_from_slice(&place.to_be_bytes());
    let sum = checksum(&[&bytes, leaf]);
    bytes.extend_from_slice(&sum);
    bytes.extend_from_slice(leaf);
    bytes.extend_from_slice(&WHOLE);
    bytes.extend_from_slice(opening);
    bytes
}

fn length(part: &[u8]) -> u32 {
    u32::try_from(part.len()).expect("leaves and openings are limited to 16 MiB")
}

/// The frame at the beginning of `bytes`.
pub(crate) fn parse(bytes: &[u8]) -> Result<Frame, Bad> {
    const SHORT: Bad = Bad::Damaged("the frame is cut off");
    let head = bytes.get(..HEAD_BYTES).ok_or(SHORT)?;
    let number = |at: usize| {
        head[at..at + 4].iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    if head[..3] != MARKER {
        return Err(Bad::Damaged("there is no frame"));
    }
    let flag_at = HEAD_BYTES + number(4);
    let leaf_bytes = bytes.get(HEAD_BYTES..flag_at).ok_or(SHORT)?;
    if head[16..] != checksum(&[&head[..16], leaf_bytes]) {
        return Err(Bad::Damaged("the checksum does not match"));
    }
    if head[3] != FORMAT {
        return Err(Bad::Newer(head[3]));
    }
    let opening_at = flag_at + WHOLE.len();
    let end = opening_at + number(8);
    let flag = bytes.get(flag_at..opening_at).ok_or(SHORT)?;
    let opening_bytes = bytes.get(opening_at..end).ok_or(SHORT)?;
    let leaf: Leaf = codec::decode(FORMAT, leaf_bytes)
        .map_err(|_| Bad::Damaged("the checksum matches, but the leaf makes no sense"))?;
    let opening = if flag == ERASED {
        State::Erased { wiped: opening_bytes.iter().all(|byte| *byte == 0) }
    } else if Hash::of_opening(opening_bytes) == leaf.opening {
        let opening = codec::decode(FORMAT, opening_bytes).map_err(|error| match error {
            CodecError::Newer { found, .. } => Bad::Newer(found),
            CodecError::Older { .. }
            | CodecError::Damaged { .. }
            | CodecError::Unencodable { .. } => {
                Bad::Damaged("the opening is the one the leaf names, but makes no sense")
            }
        })?;
        State::Whole { opening: Box::new(opening), flagged: flag == WHOLE }
    } else {
        return Err(Bad::Damaged("the opening is not the one the leaf names"));
    };
    Ok(Frame {
        leaf_hash: Hash::of_leaf(leaf_bytes),
        leaf,
        place: u32::try_from(number(12)).unwrap_or(u32::MAX),
        opening,
        flag_at: flag_at as u64,
        bytes: end,
    })
}

/// The first good frame that begins at or after `from`, and where it begins.
pub(crate) fn find(bytes: &[u8], from: usize) -> Option<(usize, Frame)> {
    (from..bytes.len())
        .filter(|at| bytes[*at..].starts_with(&MARKER))
        .find_map(|at| Some((at, parse(&bytes[at..]).ok()?)))
}

/// How many bytes the opening of the frame at the beginning of `bytes` takes.
pub(crate) fn opening_bytes(frame: &Frame) -> usize {
    frame.bytes - usize::try_from(frame.flag_at).unwrap_or(usize::MAX) - WHOLE.len()
}
