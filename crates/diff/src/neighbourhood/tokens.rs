//! What makes two records bear on each other although no link joins them? A natural key, a marker, or the
//! name of an anchor that both share.

use std::collections::BTreeSet;

use concordat_mapping::{Alike, Mapping, Rules};
use concordat_model::{
    Field, Held, Link, MappingName, Mirrored, PairId, RecordKey, Resource, Sides, Value, View,
};

use crate::{identity, projection};

/// What makes two records bear on each other although no link joins them.
pub(super) type Token = String;

/// The names of records, as far as others can share them.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) pair: &'a PairId,
    pub(super) rules: &'a Rules,
    /// What is joined from a record's owner is looked up there.
    pub(super) views: Sides<&'a View>,
}

impl<'a> Names<'a> {
    /// The source records at hand that none of `links` names.
    pub(super) fn alone<'l>(
        self,
        links: impl Iterator<Item = &'l Link>,
    ) -> Vec<(&'a Mapping, &'a Alike, &'a Mirrored)> {
        let named = |link: &'l Link| {
            let keys = link.ends.iter().flat_map(|(_, keys)| keys);
            keys.map(|key| (&link.mapping, key))
        };
        let linked: BTreeSet<(&MappingName, &RecordKey)> = links.flat_map(named).collect();
        let of = |(mapping, alike): (&'a Mapping, &'a Alike)| {
            let (side, linked) = (mapping.source(), &linked);
            let here = self.views[side].records.values().filter(move |it| {
                it.record.key.resource == mapping.resources[side]
                    && !linked.contains(&(&mapping.name, &it.record.key))
            });
            here.map(move |it| (mapping, alike, it))
        };
        recognising(self.rules).flat_map(of).collect()
    }

    /// By which name a source record without counterpart is looked for; nothing: it is known by something
    /// better, or has none.
    pub(super) fn suspected(
        self,
        mapping: &Mapping,
        alike: &Alike,
        it: &Mirrored,
    ) -> Option<(MappingName, String)> {
        let identity = alike.creates.identity.as_ref().map(std::slice::from_ref);
        let known = identity.and_then(|field| self.joined(mapping, it, field));
        let name = self.name(mapping, alike, it).filter(|_| known.is_none())?;
        Some((mapping.name.clone(), name))
    }

    /// What a record is called, to be compared.
    pub(super) fn name(self, mapping: &Mapping, alike: &Alike, it: &Mirrored) -> Option<String> {
        let fields = &alike.creates.suspects;
        if fields.is_empty() { None } else { self.joined(mapping, it, fields) }
    }

    /// All that others may share with a record.
    pub(super) fn tokens(self, it: &Mirrored) -> BTreeSet<Token> {
        let key = &it.record.key;
        let side = key.side();
        let mut tokens = BTreeSet::new();
        for (mapping, alike) in recognising(self.rules) {
            if mapping.resources[side] != key.resource {
                continue;
            }
            let keys = alike.keys.iter().map(|key| &key.field).chain(&alike.creates.identity);
            let keys = keys.map(std::slice::from_ref);
            // Mappings that make the same kind of record bear on each other.
            let made = mapping.resources[alike.creates.side].noun();
            let joined = keys.filter_map(|fields| {
                let value = self.joined(mapping, it, fields)?;
                Some(format!("{made}\u{1f}{}\u{1f}{value}", fields.first()?))
            });
            tokens.extend(joined);
            let marker = match side == alike.creates.side {
                true => text(it, &key.resource),
                false => Some(identity::marker(self.pair, &mapping.name, key)),
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
    fn joined(self, mapping: &Mapping, it: &Mirrored, fields: &[Field]) -> Option<String> {
        let side = it.record.key.side();
        let held = |field: &Field| -> Held {
            let (rule, region) = (mapping.field(field)?, self.rules.region);
            let native = projection::native(self.views[side], it, &rule.ends[side])?;
            rule.kind.key(&rule.ends[side].lens.get(&native, region), region)
        };
        let parts: Option<Vec<String>> =
            fields.iter().map(|it| Some(held(it)?.to_string().to_lowercase())).collect();
        parts.map(|parts| parts.join("\u{1f}"))
    }
}

/// The mappings of people.
pub(super) fn gathering(rules: &Rules) -> impl Iterator<Item = (&Mapping, &Alike)> {
    alike(rules).filter(|(_, alike)| alike.gathers)
}

/// These, and those whose records are found among what they make.
pub(super) fn recognising(rules: &Rules) -> impl Iterator<Item = (&Mapping, &Alike)> {
    let made = |(mapping, alike): (&Mapping, &Alike)| mapping.resources[alike.creates.side];
    let people: BTreeSet<Resource> = gathering(rules).map(made).collect();
    alike(rules).filter(move |it| people.contains(&made(*it)))
}

fn alike(rules: &Rules) -> impl Iterator<Item = (&Mapping, &Alike)> {
    rules.mappings.iter().filter_map(|it| Some((it, it.alike()?)))
}

fn text(it: &Mirrored, resource: &Resource) -> Option<String> {
    let held = it.record.reading.get(&resource.marker()?)?.as_ref();
    held.and_then(Value::as_text).map(str::to_owned)
}

/// The token of the contact that is called so.
pub(super) fn anchor(wanted: &str) -> Token {
    format!("\u{1f}anchor\u{1f}{}", wanted.to_lowercase())
}
