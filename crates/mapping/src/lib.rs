//! What corresponds to what? Typed rules, made from the settings a person writes.
//!
//! [`capability`] says what each native field of each side can do (a fact about the two systems),
//! [`lens`] how a native value becomes one that both sides share and back, [`translation`] how a side
//! writes numbers, days and words, [`named`] which lenses a person can name, [`own`] which fields a person
//! may add, between which [`ends`], [`proof`] whether their values come back, [`rules`] which fields
//! correspond and who wins, [`sets`] which elements of two sets do, [`settings`] what a person may say
//! about it, `contacts` what becomes of people, [`leads`] the same for those who are nobody's,
//! [`threats`], [`disclosures`], [`waivers`], [`usage_policies`], [`risks`], [`questionnaires`] and
//! [`vendor_moves`] for tasks, `tasks` what these have in common, `creates` how missing records are made, `place` where they stand,
//! [`activity`] the same for notes, [`gates`] what a write may set off, [`archive`] how a record says that its
//! counterpart is gone, [`parts`] how a long text is cut, [`builtin`] puts them together.
//! Nothing here does I/O, and nothing here looks at two values at once to decide anything.

pub mod activity;
pub mod archive;
pub mod builtin;
pub mod capability;
mod contacts;
mod creates;
pub mod disclosures;
pub mod ends;
pub mod expression;
pub mod gates;
pub mod leads;
pub mod lens;
pub mod named;
mod nearest;
pub mod own;
pub mod parts;
mod place;
pub mod proof;
pub mod questionnaires;
mod replicas;
pub mod risks;
pub mod rules;
pub mod sets;
pub mod settings;
pub mod slice;
mod tasks;
pub mod threats;
pub mod translation;
pub mod usage_policies;
pub mod vendor_moves;
pub mod waivers;

pub use activity::{Feed, Memo, Stands};
pub use archive::{Archive, WhenGone, archive};
pub use builtin::rules;
pub use capability::{Access, Capability, capability, gate, is_stamped};
pub use expression::{Expression, Subject};
pub use gates::{Gate, Gates, Reopening};
pub use lens::{About, Ending, Kind, Lens, Unwritten};
pub use named::LensSettings;
pub use nearest::nearest;
pub use own::{Cell, Flow};
pub use proof::{Back, Trip, trips};
pub use rules::{
    Alike, Appended, Baseline, Contest, Creates, Drift, Due, End, Fallback, FieldRule, Joins, Key,
    Mapping, OnEdit, Place, Replicas, Rules, Strength, Unless,
};
pub use sets::{SetEnd, SetRule, Shares};
pub use settings::{Problem, Settings};
pub use slice::Slice;
pub use translation::{Case, Digits, Foreign, Table, Translation};
