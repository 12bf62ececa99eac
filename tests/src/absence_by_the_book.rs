//! What becomes of what is gone, by the design's text? A second opinion that shares no code with the
//! engine.

/// How a record is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It was listed.
    Here,
    /// It is out of scope.
    Dormant,
    /// It was not listed, and nobody knows more.
    Unseen,
    /// So many complete listings in a row missed it, and a read by id confirms that it is not there.
    Missed(u32),
}

/// What a record of HighLevel can say of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A contact is tagged, a task is completed.
    Archivable,
    /// A business has no field for it.
    Business,
}

/// What a person said about the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    Nothing,
    /// It need not wait.
    Approve,
    /// It is not to be made.
    Cancel,
}

/// Everything that matters.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What it is.
    pub kind: Kind,
    /// The UpGuard record.
    pub upguard: Sight,
    /// The HighLevel record.
    pub highlevel: Sight,
    /// Whether the listing of each side was complete tonight.
    pub certified: (bool, bool),
    /// Whether HighLevel's people changed theirs since both last agreed.
    pub edited: bool,
    /// Whether anything was agreed.
    pub based: bool,
    /// Whether it says already that it is over.
    pub marked: bool,
    /// What a person said.
    pub said: Said,
    /// Whether the configuration has it deleted, and we made it and nobody else ever touched it.
    pub deletable: bool,
    /// How many listings the configuration waits for.
    pub views: u32,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing, and nothing is said.
    Nothing,
    /// Nothing, because one of the records was not seen.
    NotSeen,
    /// Nothing, because one of them is out of scope.
    Dormant,
    /// Nothing yet: one is not there, and it is not known well enough, or not what would be lost.
    Gone,
    /// An edit wins over a deletion.
    EditWins,
    /// There is no field to say so.
    Unarchivable,
    /// It waits.
    Quarantined,
    /// It is archived by a write.
    Archived,
    /// It is deleted.
    Deleted,
    /// It is recorded that it says so already.
    Recorded,
    /// Its link ends.
    Dismissed,
}

/// "Gone needs two certified listings and a confirming read. Delete here and unchanged there: archive
/// there by default, hard delete only if configured; delete against edit: edit wins, reported. A HighLevel deletion of an UpGuard-born record is
/// never sent to UpGuard: the link becomes dismissed. A delete waits for N certified views. Lost base:
/// nothing is deleted. An uncertified partition forbids archives in itself."
pub fn expected(row: &Row) -> Fate {
    use Sight::{Dormant, Here, Missed, Unseen};
    match (row.upguard, row.highlevel) {
        (Unseen, _) => Fate::NotSeen,
        (Dormant, _) => Fate::Dormant,
        (Here | Missed(_), Unseen) => Fate::NotSeen,
        (Here | Missed(_), Dormant) => Fate::Dormant,
        (Here, Here) => Fate::Nothing,
        (Here | Missed(_), Missed(listings)) => match listings >= 2 && row.certified.1 {
            true => Fate::Dismissed,
            false => Fate::Gone,
        },
        (Missed(listings), Here) => vanished(row, listings),
    }
}

fn vanished(row: &Row, listings: u32) -> Fate {
    let needed = if row.said == Said::Approve { 2 } else { row.views };
    let is_due = row.said != Said::Cancel && listings >= needed && row.certified.0;
    match (row.kind, row.based, row.marked, row.edited, is_due) {
        (Kind::Business, _, _, _, _) => Fate::Unarchivable,
        (Kind::Archivable, false, _, _, _) => Fate::Gone,
        (Kind::Archivable, true, false, true, _) => Fate::EditWins,
        (Kind::Archivable, true, false, false, true) if row.deletable => Fate::Deleted,
        (Kind::Archivable, true, false, false, true) => Fate::Archived,
        (Kind::Archivable, true, true, _, true) => Fate::Recorded,
        (Kind::Archivable, true, _, _, false) => Fate::Quarantined,
    }
}
