//! Whom does an earlier mapping have the say about? Where two mappings make the same kind of record, the later
//! leaves to the earlier whatever that one links, and whoever goes by the same identity: a person of a vendor
//! who is a lead too is that vendor's person.

use std::collections::BTreeSet;

use concordat_mapping::Mapping;
use concordat_model::{Held, RecordKey, Value};

use super::{Pairing, key_of};
use crate::Inputs;

/// What earlier mappings have the say about.
#[derive(Default)]
pub(super) struct Prior {
    /// Records on the side where records are made.
    linked: BTreeSet<RecordKey>,
    /// Identities of records on the other, linked or not.
    identities: BTreeSet<Value>,
}

impl Prior {
    /// What is prior to `mapping`: those of `earlier` that make the same kind of record, and whose records have
    /// an identity.
    pub(super) fn to(
        inputs: &Inputs<'_>,
        mapping: &Mapping,
        earlier: &[(&Mapping, Pairing)],
    ) -> Prior {
        let mut prior = Prior::default();
        let Some(side) = mapping.alike().map(|it| it.creates.side) else { return prior };
        for (other, pairing) in earlier {
            let rival = other.alike().filter(|it| it.creates.side == side);
            let rival = rival.filter(|_| other.resources[side] == mapping.resources[side]);
            let Some(identity) = rival.and_then(|it| it.creates.identity.as_ref()) else {
                continue;
            };
            let known = inputs.agreements.links.values().filter(|it| it.mapping == other.name);
            prior.linked.extend(known.flat_map(|it| it.ends[side].clone()));
            prior.linked.extend(pairing.linked.iter().flat_map(|it| it.ends[side].clone()));
            let source = side.other();
            let here = inputs.views[source].here(other.resources[source]);
            prior
                .identities
                .extend(here.filter_map(|it| key_of(inputs, other, source, it, identity)));
        }
        prior
    }

    /// Whether an earlier mapping links `target`.
    pub(super) fn has(&self, target: &RecordKey) -> bool {
        self.linked.contains(target)
    }

    /// Whether an earlier mapping has somebody of that identity.
    pub(super) fn knows(&self, identity: Held) -> bool {
        identity.is_some_and(|it| self.identities.contains(&it))
    }
}
