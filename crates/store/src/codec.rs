//! How does a typed row become bytes, and how are old and new programs kept from misreading them?
//!
//! One version byte, then bincode 2 in its standard configuration. bincode does not describe itself:
//! a type that is stored must not use serde's `flatten`, `untagged`, `tag` or `skip_serializing_if`,
//! and a type whose fields change needs the next version number, with the old type kept to read the
//! old rows.

use bincode::config;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// The largest value in bytes. A claimed length beyond it is refused before memory is taken.
pub const BYTES_MAX: usize = 16 << 20;

/// Why bytes are not a value, or a value is not bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodecError {
    /// The program that wrote it is newer.
    #[error(
        "it was written by a newer concordat (format {found}, this one reads up to {expected}); \
         use that version or a later one"
    )]
    Newer {
        /// Its version.
        found: u8,
        /// The version this program writes.
        expected: u8,
    },
    /// The program that wrote it is older; the caller may know how to read it.
    #[error("it is in the old format {found}, and format {expected} is expected")]
    Older {
        /// Its version.
        found: u8,
        /// The version that was asked for.
        expected: u8,
    },
    /// The bytes are not what their version byte says.
    #[error("its bytes are damaged: {says}")]
    Damaged {
        /// What is wrong with them; never their content.
        says: &'static str,
    },
    /// The value cannot be encoded.
    #[error("it cannot be encoded: {says}")]
    Unencodable {
        /// Why; never its content.
        says: &'static str,
    },
}

/// `value` as bytes of format `version`. Fails only for a value larger than [`BYTES_MAX`] and for
/// types that break the rule above.
pub fn encode<T: Serialize + ?Sized>(version: u8, value: &T) -> Result<Vec<u8>, CodecError> {
    let body = bincode::serde::encode_to_vec(value, config::standard()).map_err(|_| {
        CodecError::Unencodable { says: "its type does not suit the binary format" }
    })?;
    if body.len() > BYTES_MAX {
        return Err(CodecError::Unencodable { says: "it is larger than 16 MiB" });
    }
    let mut bytes = Vec::with_capacity(1 + body.len());
    bytes.push(version);
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// The value in `bytes`, which must be of format `expected`.
pub fn decode<T: DeserializeOwned>(expected: u8, bytes: &[u8]) -> Result<T, CodecError> {
    let (found, body) =
        bytes.split_first().ok_or(CodecError::Damaged { says: "there are none" })?;
    match found.cmp(&expected) {
        std::cmp::Ordering::Less => Err(CodecError::Older { found: *found, expected }),
        std::cmp::Ordering::Greater => Err(CodecError::Newer { found: *found, expected }),
        std::cmp::Ordering::Equal => {
            let limited = config::standard().with_limit::<BYTES_MAX>();
            // The decoder's own text may quote a string it could not read: it is not passed on.
            let (value, read) = bincode::serde::decode_from_slice(body, limited)
                .map_err(|_| CodecError::Damaged { says: "they end early or make no sense" })?;
            if read != body.len() {
                return Err(CodecError::Damaged { says: "something follows the value" });
            }
            Ok(value)
        }
    }
}
