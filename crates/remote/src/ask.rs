//! What does whoever carries out a step ask of a side? Without what it is about: as much as decides which
//! operations it takes.

use std::time::Duration;

use concordat_model::Resource;

/// How old a reading may be when the write that rests on it leaves. A turn in the line takes about a
/// tenth of a second, two at the slowest pace we fall to; who had to wait for longer waited for a
/// request limit, which takes ten seconds and more (`highlevel.md` §3), time enough for a person.
pub const FRESH: Duration = Duration::from_secs(5);

/// One question, or one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Reads one record of this resource by id.
    Read(Resource),
    /// Looks for the record that is to be made.
    Find {
        /// How old what it is looked for in may be.
        max_age: Duration,
    },
    /// Sends the write.
    Send,
}
