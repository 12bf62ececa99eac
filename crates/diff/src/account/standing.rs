//! Where does a thing stand as a whole, by what a plan would do with it?

use concordat_model::plan::Case;
use concordat_model::{Dismissal, Matched, Quarantined, Rule, Side, Step, Why};

use crate::absence::Fate;

/// Where a subject stands as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its records are compared, field by field.
    Linked {
        /// How they were matched, if the link or one of its records is new.
        matched: Option<Matched>,
    },
    /// What was seen of it is older than what was agreed; nothing follows from that.
    Late,
    /// Nothing is done with it, for this reason.
    Held(Why),
    /// It could be several things.
    Case(Box<Case>),
    /// A record is made for it.
    Create(Box<Step>),
    /// A person said to leave it unlinked; what the case was called.
    Never(String),
    /// Its counterpart is archived or deleted once the quarantine is over.
    Quarantined(Box<Quarantined>),
    /// It is archived now, or taken back from the archive.
    Marked(Why),
    /// It is deleted now.
    Deleted(Why),
    /// It is archived, because its counterpart is gone.
    Archived(Side),
    /// People deleted it, and it is not made again unless a person asks.
    Dismissed(Box<Dismissal>),
    /// It is on the side where records are made, and belongs to no link.
    Unmatched,
    /// No link has it, and the last listing did not show it.
    Unlisted,
    /// No mapping that is on reads it.
    Unmapped,
}

impl Standing {
    /// Where a link stands of which an end is gone.
    pub(super) fn parted(fate: Fate) -> Standing {
        match fate {
            Fate::Held(why) => Standing::Held(why),
            Fate::Quarantined(it) => Standing::Quarantined(it),
            Fate::Archive(field) => Standing::Marked(field.why),
            Fate::Delete(why, _) => Standing::Deleted(why),
            Fate::Archived(_) => Standing::Marked(Why::plain(Rule::Vanished)),
            Fate::Dismissed(it) => Standing::Dismissed(Box::new(it)),
        }
    }
}
