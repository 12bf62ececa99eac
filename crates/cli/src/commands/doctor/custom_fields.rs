//! Does the location define the custom fields that the mapping uses? Those that are missing can be
//! defined; one that holds something else belongs to somebody.

use std::collections::BTreeMap;

use concordat_connectors::{CustomKind, Highlevel, Standing};
use concordat_remote::WriteError;

use super::{Check, bad, good, weak};
use crate::code::Code;
use crate::failure::Failure;
use crate::session::Session;

/// The text field that carries our marker.
const MARKER: &str = "concordat_id";

const FIX: &str = "`concordat doctor --fix` defines it";

/// One finding for each custom field.
pub(super) async fn check(session: &Session, fix: bool) -> Vec<Check> {
    let found = async {
        let highlevel = session.highlevel()?;
        let standings = highlevel.custom_fields(&wanted(session)).await?;
        Ok::<_, Failure>((highlevel, standings))
    };
    let (highlevel, standings) = match found.await {
        Ok(found) => found,
        Err(failure) => return vec![bad("custom fields", &failure)],
    };
    let mut checks = Vec::new();
    for (key, standing) in standings {
        let kind = wanted(session)[&key];
        checks.push(match standing {
            Standing::Missing if fix => match make(&highlevel, &key, kind).await {
                Ok(()) => {
                    good("custom field", format!("{key} is defined now, for {}", holds(kind)))
                }
                Err(failure) if failure.code == Code::Scope => weak(
                    "custom field",
                    format!("{key} cannot be defined: {}", failure.message),
                    "give the token the scope locations/customFields.write, or define it in HighLevel, \
                     Settings › Custom Fields",
                ),
                Err(failure) => bad("custom field", &failure),
            },
            standing => tell(&key, kind, standing),
        });
    }
    checks
}

/// Defines the custom fields that the location does not have, and answers which these are.
///
/// # Errors
/// If they cannot be listed, or one of them cannot be defined.
pub async fn define(session: &Session) -> Result<Vec<String>, Failure> {
    let (highlevel, wanted) = (session.highlevel()?, wanted(session));
    let mut made = Vec::new();
    for (key, standing) in highlevel.custom_fields(&wanted).await? {
        if standing == Standing::Missing {
            make(&highlevel, &key, wanted[&key]).await?;
            made.push(key);
        }
    }
    Ok(made)
}

fn wanted(session: &Session) -> BTreeMap<String, CustomKind> {
    let mut wanted = session.custom_fields();
    wanted.insert(MARKER.into(), CustomKind::Text);
    wanted
}

async fn make(highlevel: &Highlevel, key: &str, kind: CustomKind) -> Result<(), Failure> {
    match highlevel.define(key, &name(key), kind).await {
        Ok(_) => Ok(()),
        Err(
            WriteError::NoEffect(failure)
            | WriteError::InDoubt(failure)
            | WriteError::Refused(failure),
        ) => Err(failure.into()),
    }
}

/// What people see. HighLevel makes the key of it.
fn name(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) if key != MARKER && words.trim() == words => {
            first.to_uppercase().chain(letters).collect()
        }
        Some(_) | None => key.to_owned(),
    }
}

fn holds(kind: CustomKind) -> &'static str {
    match kind {
        CustomKind::Text => "text",
        CustomKind::Number => "a number",
    }
}

fn tell(key: &str, kind: CustomKind, standing: Standing) -> Check {
    let without = match key {
        MARKER => "people without an e-mail address are not created",
        _ => "it is left out",
    };
    let check = "custom field";
    match standing {
        Standing::Defined => good(check, format!("{key} is defined, for {}", holds(kind))),
        Standing::Missing => weak(check, format!("{key} is not defined, so {without}"), FIX),
        Standing::OtherKind => weak(
            check,
            format!("{key} is defined, but not for {}, so {without}", holds(kind)),
            match key {
                MARKER => {
                    "rename or remove it in HighLevel, Settings › Custom Fields; then \
                           `concordat doctor --fix` defines it anew"
                }
                _ => {
                    "name another key in [mapping.profiles], or remove it in HighLevel, Settings › \
                      Custom Fields; then `concordat doctor --fix` defines it"
                }
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_for_people() {
        assert_eq!(name("vendor_tier"), "Vendor tier");
        assert_eq!(name("_odd"), "_odd", "HighLevel would make another key of it");
        assert_eq!(name(MARKER), MARKER);
    }
}
