//! How is a missing record made, where does it stand and when is it due?

use std::collections::BTreeMap;
use std::fmt;

use concordat_model::{Field, Path, Side, Value};

use crate::place::Place;

/// How missing records are made.
#[derive(Clone)]
pub struct Creates {
    /// On this side, from the records of the other.
    pub side: Side,
    /// Native fields set at creation only.
    pub constants: BTreeMap<Path, Value>,
    /// The field by which the target tells its records apart itself, so that a create whose answer
    /// was lost can be found again without a marker.
    pub identity: Option<Field>,
    /// The field without which a record is not made, if there is one.
    pub required: Option<Field>,
    /// Fields which together make a record without [`Creates::identity`] suspiciously like one that
    /// exists: then a person is asked before one is made.
    pub suspects: Vec<Field>,
    /// Where new records stand.
    pub place: Place,
    /// A source record that holds any of these gets no counterpart: it was over before it had one.
    pub unless: Vec<(Path, Value)>,
    /// What was there already gets no counterpart; nothing: it does.
    pub baseline: Option<Baseline>,
    /// When a new record is due, if it ever is.
    pub due: Option<Due>,
}

impl Creates {
    /// Whether no record is made without `field`: it is required, or its moves are what one is made for.
    pub(crate) fn needs(&self, field: &Field) -> bool {
        let is_watched = match &self.baseline {
            Some(Baseline::Until(watched)) => watched == field,
            Some(Baseline::Since(_)) | None => false,
        };
        is_watched || self.required.as_ref() == Some(field)
    }
}

/// Part of the fingerprint of the rules: it is as it was before there were two kinds of baseline.
impl fmt::Debug for Creates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Creates { side, constants, identity, required, suspects, .. } = self;
        let Creates { place, unless, baseline, due, .. } = self;
        let mut shown = f.debug_struct("Creates");
        shown.field("side", side).field("constants", constants).field("identity", identity);
        shown.field("required", required).field("suspects", suspects).field("place", place);
        shown.field("unless", unless);
        match baseline {
            None => shown.field("since", &None::<Path>),
            Some(Baseline::Since(path)) => shown.field("since", &Some(path)),
            Some(Baseline::Until(field)) => shown.field("until", field),
        };
        shown.field("due", due).finish()
    }
}

/// What was there before it could have had a counterpart, and gets none.
#[derive(Clone, Debug)]
pub enum Baseline {
    /// What this native field says was there at the first agreement, or of which it does not say since when.
    Since(Path),
    /// Everything, until this field of it moves. What it held when it was first seen is remembered.
    Until(Field),
}

/// When a task is due: when its source says so, or so many days after that was found, by how severe it is.
#[derive(Clone)]
pub struct Due {
    /// The native field that says when, if there is one; a source that does not hold it is due by its days.
    pub at: Option<Path>,
    /// The native field that says how severe it is.
    pub severity: Path,
    /// The native field that says since when.
    pub since: Path,
    /// Days, by severity.
    pub days: BTreeMap<String, u16>,
    /// Days for any other severity.
    pub otherwise: u16,
}

/// Part of the fingerprint of the rules: where no field says when, it is as it was before one could.
impl fmt::Debug for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Due { at, severity, since, days, otherwise } = self;
        let mut shown = f.debug_struct("Due");
        if let Some(at) = at {
            shown.field("at", at);
        }
        shown.field("severity", severity).field("since", since).field("days", days);
        shown.field("otherwise", otherwise).finish()
    }
}
