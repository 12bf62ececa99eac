//! Which known bug is in the engine? None. A build for tests may put one in, to see who notices.
//!
//! What can go wrong is known from tools of this field, and a test that nobody ever saw red proves little. So the
//! places where each of these bugs would sit ask whether it is in. Without the feature `zoo`, which only the tests
//! switch on, the answer is a constant and the compiler takes the question away. Nothing here knows who notices.

#[cfg(feature = "zoo")]
use std::cell::Cell;

/// A bug that can be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// No plan is too large, no side too empty, nothing needs a permission.
    GuardsLookAway,
    /// A record is made without looking whether it is there.
    NotLookedFor,
    /// A row of a lagging index is as new as it is late.
    LaggingRowBelieved,
    /// What listings miss is gone, whatever its id answers.
    NotReadById,
    /// What we may not read is gone.
    ForbiddenIsGone,
    /// What people deleted is made again.
    DismissedMadeAgain,
    /// A record that took the place of another is somebody new.
    SuccessionIgnored,
    /// The first page of a listing is all of it.
    FirstPageIsAll,
    /// However a listing ends, it is complete.
    EveryListingWhole,
    /// A member that a row lacks is empty.
    MissingIsEmpty,
    /// A create that was refused is sent again by the next run.
    RefusedCreateRetried,
}

/// Whether this bug is in.
#[cfg(not(feature = "zoo"))]
#[inline(always)]
pub const fn is_in(_: Bug) -> bool {
    false
}

#[cfg(feature = "zoo")]
thread_local! {
    /// A bit for each bug.
    static IN: Cell<u128> = const { Cell::new(0) };
}

/// Whether this bug is in, in this thread.
#[cfg(feature = "zoo")]
pub fn is_in(bug: Bug) -> bool {
    IN.get() & bit(bug) != 0
}

/// Puts a bug into what this thread does meanwhile, beside those that are in already.
#[cfg(feature = "zoo")]
pub fn with<T>(bug: Bug, meanwhile: impl FnOnce() -> T) -> T {
    /// Takes it out again, also when `meanwhile` panics.
    struct Out(u128);
    impl Drop for Out {
        fn drop(&mut self) {
            IN.set(self.0);
        }
    }
    let _out = Out(IN.replace(IN.get() | bit(bug)));
    meanwhile()
}

#[cfg(feature = "zoo")]
const fn bit(bug: Bug) -> u128 {
    1 << bug as u32
}
