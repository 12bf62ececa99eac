//! May a record be deleted, and what goes with it? Only one that we made, that holds nothing but what we put
//! there, that nobody else ever changed, and at which nothing stands: deleting a contact takes along all that
//! the CRM keeps with it. Any other is archived.
//!
//! It does not know why it would be deleted.

use std::collections::BTreeMap;

use concordat_mapping::{Creates, Mapping};
use concordat_model::{
    Field, FieldStep, Held, Link, Mirrored, Path, Resource, Rule, Seen, Side, Value, Why,
};

use crate::identity;
use crate::merge::differs;
use crate::places::is_called;
use crate::sitting::Sitting;
use crate::steps::conditions;

/// Why the `target` end is archived and not deleted; nothing: it may be deleted.
pub fn spared(sitting: &Sitting<'_>, target: Side) -> Option<Rule> {
    let record = sitting.ends[target].first()?;
    let links = sitting.inputs.agreements.links.values();
    let links = links.filter(|it| it.ends[target].contains(&record.record.key)).collect();
    let it = Candidate { sitting, target, record, links };
    if !it.was_made() {
        Some(Rule::NotMade)
    } else if it.was_worked_on() {
        Some(Rule::WorkedOn)
    } else if it.is_inhabited() {
        Some(Rule::Inhabited)
    } else if it.was_refused() {
        Some(Rule::Undeletable)
    } else {
        None
    }
}

struct Candidate<'s, 'a> {
    sitting: &'s Sitting<'a>,
    target: Side,
    record: &'s Mirrored,
    /// The links in which it is, of whatever mapping.
    links: Vec<&'a Link>,
}

impl Candidate<'_, '_> {
    /// Whether we made it, under this very id, and it carries our marker.
    fn was_made(&self) -> bool {
        let (sitting, record) = (self.sitting, &self.record.record);
        let marker = record.key.resource.marker();
        let marker = marker.and_then(|path| record.reading.get(&path)?.as_ref()?.as_text());
        let (pair, mapping) = (sitting.inputs.pair, &sitting.mapping.name);
        let mut sources = sitting.linked.ends[self.target.other()].iter();
        sitting.known.is_some_and(|it| it.made.as_ref() == Some(&record.key))
            && sources.any(|it| marker == Some(identity::marker(pair, mapping, it).as_str()))
    }

    /// Whether somebody else changed it: by what was agreed about any of its fields, by its stamp, or by what
    /// it holds.
    fn was_worked_on(&self) -> bool {
        let mut edits = self.links.iter().map(|it| it.edited[self.target]);
        let quiet = self.links.iter().map(|it| it.quiet_until(self.target));
        let stamp = self.record.record.stamp;
        let moved = stamp.is_some() && stamp > quiet.max().flatten();
        moved
            || edits.any(|it| it)
            || !self.holds_only_ours()
            || !self.holds_what_it_was_made_with()
    }

    /// Whether it holds nothing but what was agreed about it, what it was made with, and what names it and its
    /// place.
    fn holds_only_ours(&self) -> bool {
        let resource = self.record.record.key.resource;
        let names: Vec<Path> =
            [resource.marker(), resource.belongs_by()].into_iter().flatten().collect();
        let mut held = self.record.record.reading.iter();
        held.all(|(path, held)| match held {
            None => true,
            Some(_) if names.contains(path) || self.is_due(path) => true,
            Some(Value::Set(set)) => {
                set.iter().all(|it| self.is_given(path, it) || self.is_shared(path, it))
            }
            Some(value) => self.constant(path) == Some(value) || self.is_agreed(path, held),
        })
    }

    /// When a task is due was counted from its source; who moves that moves its stamp.
    fn is_due(&self, path: &Path) -> bool {
        path.as_str() == "dueDate" && self.creates().is_some_and(|it| it.due.is_some())
    }

    fn creates(&self) -> Option<&Creates> {
        self.sitting.mapping.alike().map(|it| &it.creates)
    }

    /// What new records hold there.
    fn constant(&self, path: &Path) -> Option<&Value> {
        self.creates()?.constants.get(path)
    }

    fn is_given(&self, path: &Path, element: &str) -> bool {
        match self.constant(path) {
            Some(Value::Set(given)) => given.contains(element),
            Some(_) | None => false,
        }
    }

    /// Its links, each with its mapping.
    fn agreements(&self) -> impl Iterator<Item = (&Link, &Mapping)> {
        let rules = self.sitting.inputs.rules;
        self.links.iter().filter_map(|&link| Some((link, rules.mapping(&link.mapping)?)))
    }

    /// Whether nobody took away what it was made with: of a tag no stamp tells that (`highlevel.md` §8).
    fn holds_what_it_was_made_with(&self) -> bool {
        let mut made = self.creates().into_iter().flat_map(|it| &it.constants);
        made.all(|(path, given)| match (given, self.record.record.reading.get(path)) {
            (Value::Set(given), Some(Some(Value::Set(held)))) => given.is_subset(held),
            (Value::Set(given), Some(_)) => given.is_empty(),
            // What else it holds there was looked at.
            (_, _) => true,
        })
    }

    /// Whether any of its links agrees that it holds this there.
    fn is_agreed(&self, path: &Path, held: &Held) -> bool {
        let (side, conditions) = (self.target, conditions(self.sitting.inputs));
        self.agreements().any(|(link, mapping)| {
            let mut rules = mapping.fields.iter().filter(|it| it.ends[side].path == *path);
            rules.any(|rule| {
                let base = link.base.get(&rule.name);
                base.is_some_and(|it| !differs(rule, side, &it.held[side], held, &conditions))
            })
        })
    }

    /// Whether any of its links agrees that it has this element.
    fn is_shared(&self, path: &Path, element: &str) -> bool {
        let one: Held = Some(Value::Set([element.to_owned()].into()));
        self.agreements().any(|(link, mapping)| {
            let mut rules = mapping.sets.iter().map(|it| (&it.name, &it.ends[self.target]));
            rules.any(|(name, end)| {
                let base = link.base.get(name).map(|it| end.elements(&it.held[self.target]));
                let base = base.filter(|_| end.path == *path).unwrap_or_default();
                let mut elements = end.elements(&one).into_keys();
                elements.any(|it| base.contains_key(&it))
            })
        })
    }

    /// Whether something stands at it, or it stands for something else as well.
    fn is_inhabited(&self) -> bool {
        let (inputs, record) = (self.sitting.inputs, &self.record.record);
        let view = inputs.views[self.target];
        let stands_here = |it: &Mirrored| {
            it.record.parent.as_ref() == Some(&record.key.id)
                && matches!(view.seen(&it.record.key), Seen::Here(_))
        };
        let has_tenants =
            record.key.resource == Resource::Contact && view.records.values().any(stands_here);
        let is_alike = |link: &Link| {
            link.id != self.sitting.linked.id
                && inputs.rules.mapping(&link.mapping).is_some_and(|it| it.alike().is_some())
        };
        let is_anchor = inputs.rules.anchor().is_some_and(|it| is_called(self.record, it));
        has_tenants || is_anchor || self.links.iter().any(|it| is_alike(it))
    }

    /// Whether it was to be deleted a short time ago, and its side did not let us.
    fn was_refused(&self) -> bool {
        let lesson = self.sitting.lesson(&Field::new(concordat_model::link::ARCHIVED));
        lesson.is_some_and(|it| it.side == self.target && it.sent.is_none())
    }
}

/// Everything the end that is there is seen to hold, or not to hold: it must still.
pub fn whole(sitting: &Sitting<'_>) -> BTreeMap<Path, Held> {
    let there = sitting.ends.iter().find_map(|(_, records)| records.first());
    let held = there.into_iter().flat_map(|it| it.record.reading.iter());
    held.map(|(path, held)| (path.clone(), held.clone())).collect()
}

/// Everything that goes with a record, by the names that the mapping has for it.
pub fn all_of(sitting: &Sitting<'_>, target: Side, why: Why) -> Vec<FieldStep> {
    let rules = &sitting.mapping.fields;
    let name = |path: &Path| {
        let rule = rules.iter().find(|it| it.ends[target].path == *path);
        rule.map_or_else(|| Field::new(path.as_str()), |it| it.name.clone())
    };
    let held = sitting.ends[target].first().into_iter().flat_map(|it| it.record.reading.iter());
    let gone = held.filter(|(_, held)| held.is_some()).map(|(path, held)| FieldStep {
        name: name(path),
        path: path.clone(),
        before: held.clone(),
        after: None,
        source: None,
        why,
    });
    gone.collect()
}
