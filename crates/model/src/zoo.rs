//! Which known bug is in the engine? None. A build for tests may put one in, to see who notices.
//!
//! What can go wrong is known from tools of this field, and a test that nobody ever saw red proves little. So the
//! places where each of these bugs would sit ask whether it is in. Without the feature `zoo`, which only the tests
//! switch on, the answer is a constant and the compiler takes the question away. Nothing here knows who notices.

#[cfg(feature = "zoo")]
use std::cell::Cell;

/// Declares the bugs and the list of all of them.
macro_rules! bugs {
    ($($(#[$says:meta])* $name:ident,)*) => {
        /// A bug that can be put in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug {
            $($(#[$says])* $name,)*
        }

        impl Bug {
            /// All of them.
            pub const ALL: &[Bug] = &[$(Bug::$name,)*];
        }
    };
}

bugs! {
    /// No plan is too large, no side too empty, nothing needs a permission.
    GuardsLookAway,
    /// The first agreement needs nobody's word.
    FirstAgreementAssumed,
    /// No ceiling counts what is made.
    CreatesUncounted,

    /// An entry counts as durable before it is.
    SyncSkipped,
    /// An entry becomes durable with the next one: what it announces is sent before.
    SyncedLater,
    /// A sync that failed counts as one that did not.
    SyncErrorIgnored,
    /// A torn end stays where it is.
    TornEndKept,
    /// Whatever is bad in a file is the end of it.
    RotCutOff,
    /// How far the ledger was durable is not compared with where it ends.
    MarkIgnored,
    /// What the store holds is the sum of all entries, however many came after.
    StoreBelieved,
    /// What an earlier process left open is forgotten by the next one.
    IntentsForgotten,
    /// What is about to be sent is not recorded before.
    IntentsUntold,
    /// What was written is told twice.
    ToldTwice,
    /// A receipt joins what was made with nothing.
    LinkHalfKept,
    /// Each process begins the epoch of the one before it.
    EpochRepeated,

    /// A record is made without looking whether it is there.
    NotLookedFor,
    /// What is made does not carry the marker that is looked for.
    MarkerLeftOut,
    /// A create in doubt is sent again in the same run.
    SentAgain,
    /// A write without an answer is repeated like any other request.
    WriteRepeated,
    /// A create that was refused is sent again by the next run.
    RefusedCreateRetried,
    /// A refusal of a create means that nothing was made.
    RefusedCreateTrusted,
    /// A refusal of a change means that nothing changed.
    RefusedChangeTrusted,
    /// A failure of the side means that nothing happened.
    ErrorTrusted,
    /// What is in doubt is dropped without looking.
    DoubtDropped,
    /// What a record holds is not compared with what the plan saw.
    NotCompared,
    /// What was sent is what is held: the record is not read back.
    AnswerIsAgreement,
    /// What was refused is sent again every night.
    RefusalsForgotten,
    /// What a side did not keep is tried again every night.
    LessonsForgotten,
    /// What the side did not keep is agreed.
    DiscardedAgreed,
    /// A side that asks to be left alone is not.
    RetryAfterIgnored,

    /// The value that moved is replaced by the one that did not.
    SidesSwapped,
    /// What one side emptied stays on the other.
    EmptiedKept,
    /// Both sides agree if one of them moved.
    DifferenceAgreed,
    /// A member that a row lacks is empty.
    MissingIsEmpty,
    /// A row of a lagging index shows what is there now.
    LaggingRowBelieved,

    /// A replica holds what its record holds and nothing else.
    ForeignElementsDropped,

    /// What listings miss is gone, whatever its id answers.
    NotReadById,
    /// What we may not read is gone.
    ForbiddenIsGone,
    /// The first page of a listing is all of it.
    FirstPageIsAll,
    /// However a listing ends, it is complete.
    EveryListingWhole,
    /// One listing is enough to end a record.
    OneListingEnds,
    /// What people deleted is made again.
    DismissedMadeAgain,
    /// What was told is told again.
    FeedRetold,

    /// A record that took the place of another is somebody new.
    SuccessionIgnored,
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
