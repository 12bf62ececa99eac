//! What did each record hold at each moment, and who had put it there? The start and the effects, played.

use std::collections::BTreeMap;

use serde_json::Value;

use super::life::{Effect, Moment};
use crate::{Name, rows};

/// What both systems call their lists, and what they call what is in them.
pub(super) const LISTS: [(&str, &str, &str); 7] = [
    ("upguard", "vendors", "vendor"),
    ("upguard", "contacts", "contact"),
    ("upguard", "threats", "threat"),
    ("highlevel", "contacts", "contact"),
    ("highlevel", "businesses", "business"),
    ("highlevel", "tasks", "task"),
    ("highlevel", "notes", "note"),
];

/// Who put it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// It was so at the start.
    Start,
    /// A person.
    Person,
    /// The program.
    Program,
}

/// What a field holds from a moment on.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) since: Moment,
    pub(super) value: Value,
    pub(super) by: By,
}

/// From when to when a record was there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) born: Moment,
    pub(super) by: By,
    pub(super) died: Option<(Moment, By)>,
}

#[derive(Clone, Debug, Default)]
struct Course {
    spans: Vec<Span>,
    fields: BTreeMap<String, Vec<Held>>,
}

/// Every record that ever was.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline(BTreeMap<Name, Course>);

/// The fields of a record as effects name them: attributes by `attributes.NAME`.
pub(super) fn flat(record: &Value) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    for (member, value) in record.as_object().into_iter().flatten() {
        match value.as_object().filter(|_| member == "attributes") {
            Some(inner) => {
                let inner = inner.iter();
                fields.extend(inner.map(|(name, it)| (format!("attributes.{name}"), it.clone())));
            }
            None => drop(fields.insert(member.clone(), value.clone())),
        }
    }
    fields
}

/// The id of a record of that list: threats go by their uuid.
pub(super) fn id_of(record: &Value) -> &Value {
    if record["id"].is_null() { &record["uuid"] } else { &record["id"] }
}

impl Timeline {
    /// Played from the start.
    pub(super) fn of(start: &Value, effects: &[Effect]) -> Timeline {
        let mut timeline = Timeline::default();
        for (side, list, entity) in LISTS {
            for record in rows(&start[side][list]) {
                let id = crate::text(id_of(record));
                let name = Name { side: side.into(), entity: entity.into(), id };
                timeline.born(name, record, 0, By::Start);
            }
        }
        for effect in effects {
            let by = if effect.by_program { By::Program } else { By::Person };
            let since = effect.moment + 1;
            match &effect.field {
                Some(field) => timeline.hold(&effect.name, field, since, &effect.after, by),
                None if effect.creates() => {
                    timeline.born(effect.name.clone(), &effect.after, since, by);
                }
                None => {
                    let course = timeline.0.entry(effect.name.clone()).or_default();
                    course.spans.iter_mut().last().into_iter().for_each(|it| {
                        it.died = Some((since, by));
                    });
                }
            }
        }
        timeline
    }

    fn born(&mut self, name: Name, record: &Value, born: Moment, by: By) {
        for (field, value) in flat(record) {
            self.hold(&name, &field, born, &value, by);
        }
        self.0.entry(name).or_default().spans.push(Span { born, by, died: None });
    }

    fn hold(&mut self, name: &Name, field: &str, since: Moment, value: &Value, by: By) {
        let course = self.0.entry(name.clone()).or_default();
        let all = course.fields.entry(field.to_owned()).or_default();
        all.push(Held { since, value: value.clone(), by });
    }

    /// Every record of a kind that ever was.
    pub(super) fn of_kind<'a>(
        &'a self,
        side: &'a str,
        entity: &'a str,
    ) -> impl Iterator<Item = &'a Name> {
        self.0.keys().filter(move |it| it.side == side && it.entity == entity)
    }

    /// From when to when the record was there.
    pub(super) fn spans(&self, name: &Name) -> &[Span] {
        self.0.get(name).map_or(&[], |it| &it.spans)
    }

    /// Whether it was there.
    pub(super) fn is_there(&self, name: &Name, moment: Moment) -> bool {
        let is_alive = |it: &Span| it.died.is_none_or(|(died, _)| moment < died);
        self.spans(name).iter().any(|it| it.born <= moment && is_alive(it))
    }

    /// What the field held, and who had put it there. Of what was never put there: nothing, by whoever made
    /// the record.
    pub(super) fn held(&self, name: &Name, field: &str, moment: Moment) -> Held {
        let told = self.told(name, field).iter().rev().find(|it| it.since <= moment);
        told.cloned().unwrap_or_else(|| {
            let span = self.spans(name).iter().rev().find(|it| it.born <= moment);
            let (since, by) = span.map_or((0, By::Start), |it| (it.born, it.by));
            Held { since, value: Value::Null, by }
        })
    }

    /// What the field holds at a moment.
    pub(super) fn value(&self, name: &Name, field: &str, moment: Moment) -> Value {
        self.held(name, field, moment).value
    }

    /// Every value that the field held from one moment up to another, the first of them included.
    pub(super) fn between(&self, name: &Name, field: &str, from: Moment, to: Moment) -> Vec<Held> {
        let later = self.told(name, field).iter().filter(|it| from < it.since && it.since <= to);
        [self.held(name, field, from)].into_iter().chain(later.cloned()).collect()
    }

    /// The moments at which the field changed, or the record came or went.
    pub(super) fn turns<'a>(
        &'a self,
        name: &'a Name,
        field: &'a str,
    ) -> impl Iterator<Item = Moment> + 'a {
        let ends = self.spans(name).iter().flat_map(|it| {
            let died = it.died.map(|(died, _)| died);
            [Some(it.born), died].into_iter().flatten()
        });
        self.told(name, field).iter().map(|it| it.since).chain(ends)
    }

    fn told(&self, name: &Name, field: &str) -> &[Held] {
        let course = self.0.get(name).and_then(|it| it.fields.get(field));
        course.map_or(&[], Vec::as_slice)
    }
}
