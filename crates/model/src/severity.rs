//! How severe is a risk? UpGuard's five words for it, in their order.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How severe a risk is, the least first (`upguard.md` §4.5).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Told, and no more.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// The worst.
    Critical,
}

impl Severity {
    /// Every severity, the least first.
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// The severity of that word, in any letter case (some answers write it in capitals); nothing: it is
    /// none of them.
    pub fn of(word: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|it| it.word().eq_ignore_ascii_case(word.trim()))
    }
}
