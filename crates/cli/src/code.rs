//! Which kind of failure is it? A short code that stays the same whatever the sentence says, so that
//! it can be looked up in `docs/errors.md`, searched for and handled by a script. The first two digits
//! are the group. A code is never given to anything else.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::failure::Exit;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $exit:ident;)*) => {
        /// What kind of failure it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// As it is printed, without the `C`.
            fn number(self) -> &'static str {
                match self {
                    $(Code::$name => $number,)*
                }
            }

            /// How a command ends that fails so.
            pub fn exit(self) -> Exit {
                match self {
                    $(Code::$name => Exit::$exit,)*
                }
            }
        }
    };
}

codes! {
    /// Nobody foresaw it.
    Unforeseen = "0001", Error;
    /// A person or the system stopped it.
    Interrupted = "0002", Interrupted;
    /// The operating system does not let it be written, read or served.
    System = "0003", Error;

    /// The command line asks for something that cannot be.
    Usage = "0101", Usage;
    /// Nothing is called so.
    NotFound = "0102", Usage;
    /// Several things are called so.
    Ambiguous = "0103", Usage;
    /// It is there already, and is not overwritten.
    Exists = "0104", Usage;
    /// A guard is overruled without a reason.
    NoReason = "0105", Usage;
    /// A file cannot be compared with another.
    NotComparable = "0106", Usage;

    /// There is no configuration, or it cannot be read.
    NoConfig = "0201", Usage;
    /// The configuration says something that cannot be.
    Config = "0202", Usage;
    /// There is no directory for the state, or others may write to it.
    StateDir = "0203", Usage;

    /// A system does not accept the key or token.
    Credentials = "0301", Auth;
    /// The key or token lacks a permission.
    Scope = "0302", Auth;
    /// A key or token is not where the configuration says, or is not kept secret there.
    Secret = "0303", Usage;
    /// An access token is not valid any more.
    Expired = "0304", Auth;
    /// Nobody is signed in.
    SignedOut = "0305", Auth;

    /// A system cannot be reached.
    Unreachable = "0401", Error;
    /// A system does not answer for now.
    Unavailable = "0402", Partial;
    /// A system refuses what it was asked.
    Rejected = "0403", Error;
    /// A system answers what nobody can read.
    Malformed = "0404", Error;
    /// What a run may use up is used up.
    Budget = "0405", Budget;

    /// A guard refuses the plan.
    Guard = "0501", Refused;
    /// The file is no plan.
    NotAPlan = "0502", Usage;
    /// The plan is for another pair, mapping, account or state, or too old.
    OtherPlan = "0503", OtherPlan;
    /// The plan was changed after it was saved.
    ChangedPlan = "0504", Integrity;

    /// Another process has the state.
    Locked = "0601", Locked;
    /// The ledger is not what was written.
    Ledger = "0602", Integrity;
    /// A newer concordat wrote the state.
    Newer = "0603", Error;
    /// The state cannot be read or written.
    State = "0604", Error;
    /// Nothing was pulled yet.
    NeverPulled = "0605", Error;
    /// The ledger is older than what was done.
    OldBackup = "0606", Integrity;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C{}", self.number())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_code_is_its_own_and_they_stand_in_order() {
        let printed: Vec<String> = Code::ALL.iter().map(Code::to_string).collect();
        assert!(printed.is_sorted_by(|one, next| one < next), "{printed:?}");
    }

    #[test]
    fn every_code_stands_on_the_page_and_the_page_knows_no_other() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
        let page = std::fs::read_to_string(page).expect("docs/errors.md");
        let headings = page.lines().filter_map(|line| line.strip_prefix("### "));
        let told: BTreeSet<String> =
            headings.map(|it| it.split_once(':').map_or(it, |(code, _)| code).to_owned()).collect();
        let known: BTreeSet<String> = Code::ALL.iter().map(Code::to_string).collect();
        assert_eq!(told, known);
        for code in Code::ALL {
            let (_, rest) = page.split_once(&format!("### {code}:")).expect("a section");
            let section = rest.split("\n#").next().unwrap_or_default();
            let exit = format!("Ends with {}.", code.exit().code());
            assert!(section.contains(&exit), "{code} does not say `{exit}`");
            assert!(section.contains("What to do:"), "{code} does not say what to do");
        }
    }
}
