//! What do the credentials not allow, as far as that is known? Writes that would be refused are not sent.
//!
//! It does not know what a record is. What reading needs is found out by reading.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::caller::lock;
use crate::operation::Operation;

/// What credentials are known to reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Whatever is tried; what is refused shows then.
    #[default]
    Untold,
    /// Nothing is to be written, whatever they would allow.
    ReadOnly,
    /// These scopes and no others: the side named them when it gave the token.
    Scopes(BTreeSet<String>),
}

/// The same, and what was learnt since.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    reach: Reach,
    /// Scopes that were asked for and refused.
    refused: Mutex<BTreeSet<&'static str>>,
}

impl Grants {
    pub(crate) fn new(reach: Reach) -> Self {
        Grants { reach, refused: Mutex::default() }
    }

    /// Why a write of this kind is not sent.
    pub(crate) fn keeps_from(&self, operation: &Operation) -> Option<String> {
        let permission = operation.permission;
        if !operation.writes() {
            return None;
        }
        let is_lacking = match &self.reach {
            Reach::ReadOnly => {
                let side = operation.side;
                return Some(format!("nothing is written to {side}: it is set to `read_only`"));
            }
            Reach::Scopes(held) => !held.contains(permission),
            Reach::Untold => false,
        };
        let is_lacking = is_lacking || lock(&self.refused).contains(permission);
        is_lacking.then(|| format!("the token lacks the scope {permission}"))
    }

    /// The side refused it for want of its scope.
    pub(crate) fn refused(&self, operation: &Operation) {
        lock(&self.refused).insert(operation.permission);
    }
}

#[cfg(test)]
mod tests {
    use concordat_model::Side;
    use concordat_remote::Method;

    use super::*;
    use crate::operation::Effect;

    fn operation(permission: &'static str, effect: Effect) -> Operation {
        let (side, method, template) = (Side::Highlevel, Method::Put, "/x");
        Operation { side, method, template, permission, effect }
    }

    #[test]
    fn what_is_known_to_be_refused_is_not_sent_and_everything_is_read() {
        let (write, read) =
            (operation("x.write", Effect::Changes), operation("x.readonly", Effect::Reads));
        let held = |scopes: &[&str]| Reach::Scopes(scopes.iter().map(|it| (*it).into()).collect());
        for (reach, sent) in [
            (Reach::Untold, true),
            (Reach::ReadOnly, false),
            (held(&["x.write"]), true),
            (held(&["y.write"]), false),
        ] {
            let grants = Grants::new(reach);
            assert_eq!(grants.keeps_from(&write).is_none(), sent, "{grants:?}");
            assert_eq!(grants.keeps_from(&read), None);
            grants.refused(&write);
            assert!(grants.keeps_from(&write).is_some(), "it was refused");
            assert_eq!(grants.keeps_from(&read), None);
        }
    }
}
