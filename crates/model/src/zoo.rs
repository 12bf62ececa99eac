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
}

/// Whether this bug is in.
#[cfg(not(feature = "zoo"))]
#[inline(always)]
pub const fn is_in(_: Bug) -> bool {
    false
}

#[cfg(feature = "zoo")]
thread_local! {
    static IN: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// Whether this bug is in, in this thread.
#[cfg(feature = "zoo")]
pub fn is_in(bug: Bug) -> bool {
    IN.get() == Some(bug)
}

/// Puts a bug into what this thread does meanwhile.
#[cfg(feature = "zoo")]
pub fn with<T>(bug: Bug, meanwhile: impl FnOnce() -> T) -> T {
    /// Takes it out again, also when `meanwhile` panics.
    struct Out;
    impl Drop for Out {
        fn drop(&mut self) {
            IN.set(None);
        }
    }
    let _out = Out;
    IN.set(Some(bug));
    meanwhile()
}
