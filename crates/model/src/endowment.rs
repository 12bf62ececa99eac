//! What does a new record hold for the sake of another one than it is made from? A contact that is made for a
//! person has the labels and the tier of the person's vendor from the start.
//!
//! Both then hold it, so it is what they agree on: in the link that will join the two, whose name nobody knows
//! before the record is there. It does not say what is given; that is up to `diff`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Base, FieldStep, LinkId, MappingName, Matched, Name, PairId, Record, RecordKey, Settlement,
    Sides, Time,
};

/// What a record gives to one that is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Endowment {
    /// The link for which the new record is made: that of the step that makes it.
    pub made_for: LinkId,
    /// The mapping in which the new record will be a replica of the one that gives.
    pub mapping: MappingName,
    /// The record that gives.
    pub one: RecordKey,
    /// What a person calls it.
    pub name: Name,
    /// Its stamp.
    pub stamp: Option<Time>,
    /// The fields: `source` is what it holds, `after` what the new record is made with.
    pub fields: Vec<FieldStep>,
}

impl Endowment {
    /// What the two agree on once the new record was read back as `made` and holds `fields` of it. The link is
    /// that of any record and its replica, so whatever is agreed about it later continues this.
    pub fn settlement(&self, pair: &PairId, made: &Record, fields: Base) -> Settlement {
        let mut ends = Sides::<Vec<RecordKey>>::default();
        let mut stamps = Sides::default();
        for (key, stamp) in [(&self.one, self.stamp), (&made.key, made.stamp)] {
            ends[key.side()].push(key.clone());
            stamps[key.side()] = stamp;
        }
        Settlement {
            link: LinkId::between(pair, &self.mapping, &self.one, &made.key),
            mapping: self.mapping.clone(),
            name: self.name.clone(),
            ends,
            matched: Some(Matched::ByBelonging),
            fields,
            stamps,
        }
    }
}
