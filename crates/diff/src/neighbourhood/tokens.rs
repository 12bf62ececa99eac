//! What makes two records bear on each other although no link joins them? A natural key, a marker, or the
//! name of an anchor that both share.

use std::collections::BTreeSet;

use concordat_mapping::{Alike, Mapping, Rules};
use concordat_model::{Field, Held, MappingName, Mirrored, RecordKey, Resource, Value};

use super::Shelf;
use super::walk::Walk;
use crate::{identity, projection};

/// What makes two records bear on each other although no link joins them.
pub(super) type Token = String;

impl<S: Shelf> Walk<'_, S> {
    /// The tokens of whatever is stirred, and of every source record that has no counterpart.
    pub(super) fn wanted_tokens(&self) -> BTreeSet<Token> {
        let alone = self.alone();
        let stirred = self.views.iter().flat_map(|(_, view)| view.records.values());
        let stirred = stirred.filter(|it| {
            let key = &it.record.key;
            self.crowds.contains(&key.resource) && self.stirred.contains(key)
        });
        let wanted = alone.iter().map(|(_, _, it)| *it).chain(stirred);
        let anchors = self.inputs.rules.anchor().map(anchor);
        wanted.flat_map(|it| self.tokens_of(it)).chain(anchors).collect()
    }

    /// By which names records are looked for that a source record without counterpart may be.
    pub(super) fn suspected(&self) -> BTreeSet<(MappingName, String)> {
        let suspicious = self.alone().into_iter().filter_map(|(mapping, alike, it)| {
            let identity = alike.creates.identity.as_ref().map(std::slice::from_ref);
            let known = identity.and_then(|field| self.joined(mapping, it, field));
            let name = self.name(mapping, alike, it).filter(|_| known.is_none())?;
            Some((mapping.name.clone(), name))
        });
        suspicious.collect()
    }

    /// What a record is called, to be compared.
    pub(super) fn name(&self, mapping: &Mapping, alike: &Alike, it: &Mirrored) -> Option<String> {
        let fields = &alike.creates.suspects;
        if fields.is_empty() { None } else { self.joined(mapping, it, fields) }
    }

    /// The source records that are at hand and have no counterpart.
    fn alone(&self) -> Vec<(&Mapping, &Alike, &Mirrored)> {
        let mut linked: BTreeSet<(&MappingName, &RecordKey)> = BTreeSet::new();
        for link in self.links.values() {
            linked.extend(
                link.ends.iter().flat_map(|(_, keys)| keys).map(|key| (&link.mapping, key)),
            );
        }
        let of = |(mapping, alike): (_, _)| {
            let mapping: &Mapping = mapping;
            let (side, linked) = (mapping.source(), &linked);
            let here = self.views[side].records.values().filter(move |it| {
                it.record.key.resource == mapping.resources[side]
                    && !linked.contains(&(&mapping.name, &it.record.key))
            });
            here.map(move |it| (mapping, alike, it))
        };
        gathering(self.inputs.rules).flat_map(of).collect()
    }

    pub(super) fn tokens_of(&self, it: &Mirrored) -> BTreeSet<Token> {
        let key = &it.record.key;
        let side = key.side();
        let mut tokens = BTreeSet::new();
        for (mapping, alike) in gathering(self.inputs.rules) {
            if mapping.resources[side] != key.resource {
                continue;
            }
            let keys = alike.keys.iter().map(|key| &key.field).chain(&alike.creates.identity);
            let keys = keys.map(std::slice::from_ref);
            let joined = keys.filter_map(|fields| {
                let value = self.joined(mapping, it, fields)?;
                Some(format!("{}\u{1f}{}\u{1f}{value}", mapping.name, fields.first()?))
            });
            tokens.extend(joined);
            let marker = match side == alike.creates.side {
                true => text(it, &key.resource),
                false => Some(identity::marker(self.inputs.pair, &mapping.name, key)),
            };
            tokens.extend(marker.map(|it| format!("{}\u{1f}\u{1f}{it}", mapping.name)));
        }
        if key.resource == Resource::Contact {
            tokens.insert(anchor(key.id.as_str()));
            let email =
                it.record.reading.get(&"email".into()).and_then(|it| it.as_ref()?.as_text());
            tokens.extend(email.map(anchor));
        }
        tokens
    }

    /// What a record holds in `fields`, to be compared; nothing: it lacks one of them.
    fn joined(&self, mapping: &Mapping, it: &Mirrored, fields: &[Field]) -> Option<String> {
        let side = it.record.key.side();
        let held = |field: &Field| -> Held {
            let (rule, region) = (mapping.field(field)?, self.inputs.rules.region);
            let native = projection::native(&self.views[side], it, &rule.ends[side].path)?;
            rule.kind.key(&rule.ends[side].lens.get(&native, region), region)
        };
        let parts: Option<Vec<String>> =
            fields.iter().map(|it| Some(held(it)?.to_string().to_lowercase())).collect();
        parts.map(|parts| parts.join("\u{1f}"))
    }
}

pub(super) fn gathering(rules: &Rules) -> impl Iterator<Item = (&Mapping, &Alike)> {
    let alike = rules.mappings.iter().filter_map(|it| Some((it, it.alike()?)));
    alike.filter(|(_, alike)| alike.gathers)
}

fn text(it: &Mirrored, resource: &Resource) -> Option<String> {
    let held = it.record.reading.get(&resource.marker()?)?.as_ref();
    held.and_then(Value::as_text).map(str::to_owned)
}

fn anchor(wanted: &str) -> Token {
    format!("\u{1f}anchor\u{1f}{}", wanted.to_lowercase())
}
