//! How is a missing record made, where does it stand and when is it due?

use std::collections::BTreeMap;
use std::fmt;

use concordat_model::{Field, Path, Side, Value};

use crate::place::Place;

/// How missing records are made.
#[derive(Clone, Debug)]
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
    /// The native field that says since when a source record is; what was there at the first agreement
    /// gets no counterpart. Nothing: it does.
    pub since: Option<Path>,
    /// When a new record is due, if it ever is.
    pub due: Option<Due>,
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
