//! What does the reading after a write say about each field?

use std::collections::BTreeSet;

use concordat_model::entry::FieldReceipt;
use concordat_model::zoo::{self, Bug};
use concordat_model::{Agreed, Agreement, Field, FieldStep, Held, Record, Sides, Value, Verdict};

/// Judges every field of a write by what the record holds now. A field the reading does not cover is
/// taken as not kept: nothing shows that it was. A set that somebody else wrote to as well is overtaken:
/// what they did has not reached the other side, so it must not become what both agreed on.
pub fn judge<'a>(
    fields: impl IntoIterator<Item = &'a FieldStep>,
    read: &Record,
) -> Vec<FieldReceipt> {
    fields
        .into_iter()
        .map(|field| {
            let found = match zoo::is_in(Bug::AnswerIsAgreement) {
                true => field.after.clone(),
                false => read.reading.get(&field.path).cloned().flatten(),
            };
            FieldReceipt {
                name: field.name.clone(),
                path: field.path.clone(),
                before: field.before.clone(),
                sent: field.after.clone(),
                verdict: verdict(field, &found),
                found,
                source: field.source.clone(),
                why: field.why,
            }
        })
        .collect()
}

/// Of a write in doubt: what arrived, and the fields that did not. It may be in several requests, of which
/// some were carried out: what holds what it held before was not discarded, it never arrived.
pub fn arrived(fields: Vec<FieldReceipt>) -> (Vec<FieldReceipt>, Vec<Field>) {
    let (arrived, open): (Vec<_>, Vec<_>) =
        fields.into_iter().partition(|it| it.verdict != Verdict::Discarded);
    (arrived, open.into_iter().map(|it| it.name).collect())
}

/// What both sides hold of a field with which a record was made, as the record was read back; nothing: it does
/// not hold it. What others added to a set is not agreed: the other side has yet to hear of it.
pub fn agreed(field: &FieldStep, read: &Record) -> Option<Agreed> {
    let found = read.reading.get(&field.path)?;
    let (there, how) = match verdict(field, found) {
        Verdict::Confirmed => (found, Agreement::Equal),
        Verdict::Normalised => (found, Agreement::Normalised),
        Verdict::Overtaken if field.is_done(found) => (&field.after, Agreement::Equal),
        Verdict::Discarded | Verdict::Overtaken => return None,
    };
    let mut held = Sides::from_fn(|_| field.source.clone());
    held[read.key.side()] = there.clone();
    Some(Agreed { held, how })
}

fn verdict(field: &FieldStep, found: &Held) -> Verdict {
    if *found == field.after {
        Verdict::Confirmed
    } else if *found == field.before {
        Verdict::Discarded
    } else if is_rewritten(&field.after, found) {
        Verdict::Normalised
    } else {
        Verdict::Overtaken
    }
}

/// Whether `found` is `sent` in a form of the side's own: other letter case, spaces or punctuation
/// (`highlevel.md` §6.6), or cut off at a length limit.
fn is_rewritten(sent: &Held, found: &Held) -> bool {
    if let (Some(Value::Set(sent)), Some(Value::Set(found))) = (sent, found) {
        let folded = |set: &BTreeSet<String>| -> BTreeSet<String> {
            set.iter().map(|it| bare(it)).collect()
        };
        return folded(sent) == folded(found);
    }
    let text = |held: &Held| held.as_ref().and_then(Value::as_text).map(str::to_owned);
    match (text(sent), text(found)) {
        (Some(sent), Some(found)) => {
            bare(&sent) == bare(&found) || (!found.is_empty() && sent.starts_with(&found))
        }
        (None, Some(found)) => found.is_empty(),
        (Some(_) | None, None) => false,
    }
}

fn bare(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
