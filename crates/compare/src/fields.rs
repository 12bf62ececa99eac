//! In which fields do two rows differ, and what does one hold that stands alone?

use crate::layout::{Content, Held};
use crate::{Age, Columns, FieldDifference};

/// The fields of a row that is only in one of both, but its `key` and those that hold nothing.
pub fn alone(fields: Vec<Held<'_>>, age: Age, key: &[String]) -> Vec<FieldDifference> {
    let is_told =
        |it: &Held<'_>| it.value.is_something() && !key.iter().any(|name| *name == it.name);
    let change = |Held { name, value }: Held<'_>| {
        let value = Some(value.into_json());
        let (before, after) = match age {
            Age::Old => (value, None),
            Age::New => (None, value),
        };
        FieldDifference { field: name.into_owned(), before, after }
    };
    fields.into_iter().filter(is_told).map(change).collect()
}

/// The fields that differ, as the newer one orders them, and then those that are gone.
pub fn differing(
    before: Vec<Held<'_>>,
    after: Vec<Held<'_>>,
    columns: &Columns,
) -> Vec<FieldDifference> {
    let is_common = |it: &str| !columns.added.iter().chain(&columns.gone).any(|other| other == it);
    let mut before: Vec<Option<Held<'_>>> = before.into_iter().map(Some).collect();
    let mut differing = Vec::new();
    for (place, Held { name, value }) in after.into_iter().enumerate() {
        let is_it = |it: &Option<Held<'_>>| it.as_ref().is_some_and(|it| it.name == name);
        // Mostly it stands where it stood.
        let place = before.get(place).filter(|it| is_it(it)).map(|_| place);
        let place = place.or_else(|| before.iter().position(is_it));
        let was = place.and_then(|it| before[it].take()).map(|it| it.value);
        if was.as_ref() != Some(&value) && is_common(&name) {
            differing.push(FieldDifference {
                field: name.into_owned(),
                before: was.map(Content::into_json),
                after: Some(value.into_json()),
            });
        }
    }
    let gone = before.into_iter().flatten().filter(|it| is_common(&it.name));
    differing.extend(gone.map(|Held { name, value }| FieldDifference {
        field: name.into_owned(),
        before: Some(value.into_json()),
        after: None,
    }));
    differing
}
