//! What becomes of a mirror that an older concordat made? It is forgotten: the next pull brings back all it
//! held, except since when fields are as they are.

use concordat_model::{PairId, Side};
use concordat_store::{CodecError, Tables};

use crate::SnapshotError;
use crate::mirror::SideRow;
use crate::place::{Place, SIDES, get};

/// Forgets what is mirrored of a pair in an older format, and answers whether there was any. What a newer
/// concordat wrote is left as it is.
///
/// # Errors
/// If the mirror cannot be read or written.
pub fn forget_outdated(tables: &dyn Tables, pair: &PairId) -> Result<bool, SnapshotError> {
    let mut found = false;
    for side in Side::BOTH {
        let mut place = Place::of(tables, pair, side)?;
        match get::<SideRow>(tables, SIDES, &place.key(), "sides") {
            Err(SnapshotError::Row { source: CodecError::Older { .. }, .. }) => {
                place.clear(tables)?;
                found = true;
            }
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    Ok(found)
}
