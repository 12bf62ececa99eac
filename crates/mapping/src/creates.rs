//! How is a missing record made, where does it stand and when is it due?

use std::collections::BTreeMap;

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

/// When a task is due: so many days after its source was found, by how severe that is.
#[derive(Clone, Debug)]
pub struct Due {
    /// The native field that says how severe it is.
    pub severity: Path,
    /// The native field that says since when.
    pub since: Path,
    /// Days, by severity.
    pub days: BTreeMap<String, u16>,
    /// Days for any other severity.
    pub otherwise: u16,
}
