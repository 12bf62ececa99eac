//! What is the location called (`highlevel.md` §5)?

use serde::Deserialize;

use crate::wire::{self, Id, Unreadable};

/// `GET /locations/{locationId}`: id and name.
pub(in crate::highlevel) fn location(body: &[u8]) -> Result<(String, String), Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        location: Location,
    }
    #[derive(Deserialize)]
    struct Location {
        id: Id,
        name: Option<String>,
    }
    let it = wire::decode::<Answer>(body)?.location;
    let name = wire::name_of([it.name.as_deref()], &it.id.0);
    Ok((it.id.0, name))
}
