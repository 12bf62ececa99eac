//! What do the guards watch, and by which name does a person allow it?

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a guard watches; the name by which a person allows it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The first time both systems are brought into agreement.
    FirstAgreement,
    /// The credentials open another account than last time.
    Tenant,
    /// The mapping was edited since the last complete run.
    Mapping,
    /// A side is empty, or holds far fewer records than last time.
    Shrunken,
    /// A record that must always be there was not seen.
    Canary,
    /// How many records are made.
    Creates,
    /// How many records are changed.
    Updates,
    /// How many fields are emptied.
    Clears,
    /// Effects outside the two systems' records that the settings do not allow by name.
    SideEffects,
    /// How many records are archived.
    Archives,
    /// How many records are deleted.
    Deletes,
}

impl Class {
    /// Every class, in the order in which refusals are listed.
    pub const ALL: [Class; 11] = [
        Class::FirstAgreement,
        Class::Tenant,
        Class::Mapping,
        Class::Shrunken,
        Class::Canary,
        Class::Creates,
        Class::Updates,
        Class::Clears,
        Class::SideEffects,
        Class::Archives,
        Class::Deletes,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Class::FirstAgreement => "first-agreement",
            Class::Tenant => "tenant",
            Class::Mapping => "mapping",
            Class::Shrunken => "shrunken",
            Class::Canary => "canary",
            Class::Creates => "creates",
            Class::Updates => "updates",
            Class::Clears => "clears",
            Class::SideEffects => "side-effects",
            Class::Archives => "archives",
            Class::Deletes => "deletes",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A person's permission for one class in one run: `creates:40`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Allowance {
    /// What is allowed.
    pub class: Class,
    /// Up to how many; nothing: any number.
    pub up_to: Option<u64>,
}

impl FromStr for Allowance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, up_to) = match text.split_once(':') {
            None => (text, None),
            Some((name, number)) => {
                let number = number.parse().map_err(|_| format!("{number:?} is not a number"))?;
                (name, Some(number))
            }
        };
        let class = Class::ALL.into_iter().find(|class| class.name() == name).ok_or_else(|| {
            let names = Class::ALL.map(Class::name).join(", ");
            format!("there is no class {name:?}; there are {names}")
        })?;
        Ok(Allowance { class, up_to })
    }
}
