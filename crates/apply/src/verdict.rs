//! What does the reading after a write say about each field?

use concordat_model::entry::FieldReceipt;
use concordat_model::{FieldStep, Held, Record, Value, Verdict};

/// Judges every field of a write by what the record holds now. A field the reading does not cover is
/// taken as not kept: nothing shows that it was.
pub fn judge<'a>(
    fields: impl IntoIterator<Item = &'a FieldStep>,
    read: &Record,
) -> Vec<FieldReceipt> {
    fields
        .into_iter()
        .map(|field| {
            let found = read.reading.get(&field.path).cloned().flatten();
            FieldReceipt {
                name: field.name.clone(),
                path: field.path.clone(),
                before: field.before.clone(),
                sent: field.after.clone(),
                verdict: verdict(&field.before, &field.after, &found),
                found,
                source: field.source.clone(),
                why: field.why,
            }
        })
        .collect()
}

fn verdict(before: &Held, sent: &Held, found: &Held) -> Verdict {
    if found == sent {
        Verdict::Confirmed
    } else if found == before {
        Verdict::Discarded
    } else if is_rewritten(sent, found) {
        Verdict::Normalised
    } else {
        Verdict::Overtaken
    }
}

/// Whether `found` is `sent` in a form of the side's own: other letter case, spaces or punctuation
/// (`highlevel.md` §6.6), or cut off at a length limit.
fn is_rewritten(sent: &Held, found: &Held) -> bool {
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
