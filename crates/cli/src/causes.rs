//! Why did another room fail, as far as a person can act on it? The code of each of their errors, and the hint
//! that goes with it.

use concordat_engine::EngineError;
use concordat_ledger::LedgerError;
use concordat_model::{FailureKind, Reached, Side};
use concordat_remote::Cause;
use concordat_store::StoreError;

use crate::code::Code;
use crate::desk::never_pulled;
use crate::failure::Failure;

/// What to do about a ledger that is not the newest.
const PUT_THE_NEWEST_BACK: &str = "put the newest ledger in its place; if there is none, `concordat state \
                                   adopt-backup --reason \"…\"` goes on from this one, and archives nothing \
                                   before both sides agree on everything again";

/// The code of a failed call.
pub fn of_cause(cause: &Cause) -> Code {
    of_kind(cause.kind())
}

/// The code of a call that failed in this way.
pub fn of_kind(kind: FailureKind) -> Code {
    match kind {
        FailureKind::Credentials => Code::Credentials,
        FailureKind::Expired => Code::Expired,
        FailureKind::SignedOut => Code::SignedOut,
        FailureKind::Scope => Code::Scope,
        FailureKind::Budget => Code::Budget,
        FailureKind::Throttled
        | FailureKind::Late
        | FailureKind::NoAnswer
        | FailureKind::Broken => Code::Unavailable,
        FailureKind::Unreachable => Code::Unreachable,
        FailureKind::Duplicate | FailureKind::Missing | FailureKind::Rejected => Code::Rejected,
        FailureKind::Malformed => Code::Malformed,
    }
}

/// The code of a ledger that fails.
pub fn of_ledger(error: &LedgerError) -> Code {
    match error {
        LedgerError::Locked { .. } | LedgerError::Lost { .. } => Code::Locked,
        LedgerError::Corrupt { .. } => Code::Ledger,
        LedgerError::Older { .. } => Code::OldBackup,
        LedgerError::Newer { .. } => Code::Newer,
        LedgerError::Poisoned { .. }
        | LedgerError::TooLarge { .. }
        | LedgerError::Codec { .. }
        | LedgerError::Projection { .. }
        | LedgerError::Io { .. } => Code::State,
        LedgerError::Store(error) => of_store(error),
    }
}

fn of_store(error: &StoreError) -> Code {
    match error {
        StoreError::Locked { .. } => Code::Locked,
        StoreError::Newer { .. } => Code::Newer,
        StoreError::Damaged { .. } | StoreError::Io { .. } => Code::State,
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        let failure = Failure::new(of_ledger(&error), error.to_string());
        match failure.code {
            Code::OldBackup => failure.hint(PUT_THE_NEWEST_BACK),
            _ => failure,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::new(of_store(&error), error.to_string())
    }
}

impl From<concordat_remote::Failure> for Failure {
    fn from(failure: concordat_remote::Failure) -> Self {
        let code = of_cause(&failure.cause);
        let hint = match &failure.cause {
            Cause::Unreachable => "check the address in the configuration, and the network",
            Cause::Credentials => match failure.side {
                Side::Upguard => {
                    "look whether the key is still there in UpGuard, Settings › API; else an \
                     administrator makes one"
                }
                Side::Highlevel => {
                    "make a new one in HighLevel, Settings › Private Integrations: it was deleted, \
                     replaced, or not used for 90 days"
                }
            },
            Cause::Expired => {
                "an access token lasts a day, and one that the configuration names is not renewed: use \
                 the token of a private integration, or [highlevel.oauth] and `concordat auth login`"
            }
            Cause::SignedOut => "`concordat auth login` signs in, once; a person has to consent",
            Cause::Scope if failure.status == Some(403) => {
                "check `location_id` and the account: the key or token may be for another one, or lack a permission"
            }
            Cause::Scope => {
                "give the key or token the scope it lacks; `concordat doctor --operations` lists them all"
            }
            Cause::Budget => {
                "run it again when HighLevel's day has turned: what was done is not done again"
            }
            Cause::Throttled | Cause::Late | Cause::NoAnswer | Cause::Broken => {
                "run it again later"
            }
            Cause::Duplicate { .. } | Cause::Missing | Cause::Rejected | Cause::Malformed => {
                "`concordat doctor` checks both systems"
            }
        };
        Failure::new(code, failure.to_string()).hint(hint)
    }
}

/// A bound that was reached while reading.
fn used_up(reached: &Reached) -> Failure {
    let hint = match reached {
        Reached::RequestsPerRun(..) | Reached::MaxDuration(_) | Reached::StepsPerRun(..) => {
            format!(
                "run it again: what was done is not done again. Reading begins anew, so if it always ends here, \
             raise `{}`",
                reached.setting()
            )
        }
        Reached::RequestsPerDay(..) | Reached::DailyReserve(..) => {
            format!("run it again tomorrow, or raise or lower `{}`", reached.setting())
        }
    };
    Failure::new(Code::Budget, reached.to_string()).hint(hint)
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Remote(failure) => failure.into(),
            EngineError::Snapshot(error) => error.into(),
            EngineError::Store(error) => error.into(),
            EngineError::Ledger(error) => error.into(),
            EngineError::Budget(reached) => used_up(&reached),
            EngineError::Interrupted => Failure::new(Code::Interrupted, error.to_string()),
            EngineError::NeverPulled => never_pulled(),
            EngineError::NotTheNewest { .. } => {
                Failure::new(Code::OldBackup, error.to_string()).hint(PUT_THE_NEWEST_BACK)
            }
        }
    }
}
