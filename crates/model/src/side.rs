//! Which of the two systems is meant? [`Side`] names one, [`Sides`] holds a thing of each.
//!
//! All logic that treats the two sides alike is written once, over `Sides<T>` indexed by `Side`;
//! there is no pair of mirrored functions anywhere. ("Pair" is kept for an organisation and its
//! location, see [`crate::PairId`].)

use std::ops::{Index, IndexMut};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the two systems kept in agreement.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The third-party risk platform.
    Upguard,
    /// The CRM.
    Highlevel,
}

impl Side {
    /// Both sides, in their fixed order.
    pub const BOTH: [Side; 2] = [Side::Upguard, Side::Highlevel];

    /// The opposite side.
    pub fn other(self) -> Side {
        match self {
            Side::Upguard => Side::Highlevel,
            Side::Highlevel => Side::Upguard,
        }
    }

    /// Its name in configurations and keys.
    pub fn key(self) -> &'static str {
        match self {
            Side::Upguard => "upguard",
            Side::Highlevel => "highlevel",
        }
    }

    /// The name a person uses for it.
    pub fn title(self) -> &'static str {
        match self {
            Side::Upguard => "UpGuard",
            Side::Highlevel => "HighLevel",
        }
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.title())
    }
}

/// One thing of each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Sides<T> {
    /// UpGuard's.
    pub upguard: T,
    /// HighLevel's.
    pub highlevel: T,
}

impl<T> Sides<T> {
    /// Builds one value per side.
    pub fn from_fn(mut make: impl FnMut(Side) -> T) -> Self {
        Sides { upguard: make(Side::Upguard), highlevel: make(Side::Highlevel) }
    }

    /// The same two things, borrowed.
    pub fn as_ref(&self) -> Sides<&T> {
        Sides { upguard: &self.upguard, highlevel: &self.highlevel }
    }

    /// Applies `f` to the thing of each side.
    pub fn map<U>(self, mut f: impl FnMut(Side, T) -> U) -> Sides<U> {
        Sides {
            upguard: f(Side::Upguard, self.upguard),
            highlevel: f(Side::Highlevel, self.highlevel),
        }
    }

    /// Joins two `Sides` side by side.
    pub fn zip<U>(self, other: Sides<U>) -> Sides<(T, U)> {
        Sides {
            upguard: (self.upguard, other.upguard),
            highlevel: (self.highlevel, other.highlevel),
        }
    }

    /// The mirror image: what was UpGuard's is HighLevel's and the other way round.
    pub fn swap(self) -> Sides<T> {
        Sides { upguard: self.highlevel, highlevel: self.upguard }
    }

    /// Visits both sides in their fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (Side, &T)> {
        [(Side::Upguard, &self.upguard), (Side::Highlevel, &self.highlevel)].into_iter()
    }
}

impl<T> Index<Side> for Sides<T> {
    type Output = T;
    fn index(&self, side: Side) -> &T {
        match side {
            Side::Upguard => &self.upguard,
            Side::Highlevel => &self.highlevel,
        }
    }
}

impl<T> IndexMut<Side> for Sides<T> {
    fn index_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Upguard => &mut self.upguard,
            Side::Highlevel => &mut self.highlevel,
        }
    }
}
