//! Which records stand for one text, as far as they were agreed on? The parts of what its source said
//! first, and of every correction. It does not know what they say.

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::Mapping;
use concordat_model::{Agreement, Field, Held, LinkId, Piece, RecordKey, Side};

use crate::Inputs;
use crate::pairing::Pairing;

/// What stands for one source.
pub struct Chain {
    /// The side of the source.
    pub side: Side,
    /// What the source said last that was passed on; nothing: nothing was yet.
    pub last: Option<Edition>,
    links: Vec<(LinkId, Piece)>,
}

/// What a source said once.
pub struct Edition {
    /// 0 for what it said first, and one more for each correction.
    pub number: u32,
    /// The source's native text then.
    pub said: Held,
    /// Whether it was changed since, on either side, and left so: nothing of it is still to be made.
    pub is_past: bool,
    /// How many parts of it were made.
    pub parts: u32,
}

impl Chain {
    /// The chain of `source`, by the links of `mapping`.
    pub fn of(inputs: &Inputs<'_>, mapping: &Mapping, field: &Field, source: &RecordKey) -> Chain {
        let known = &inputs.agreements.links;
        let side = source.side();
        let mut chain = Chain { side, last: None, links: Vec::new() };
        for edition in 0_u32.. {
            let id = |part| {
                LinkId::of_piece(inputs.pair, &mapping.name, source, Piece { edition, part })
            };
            let ids = (1_u32..).map(|part| (id(part), Piece { edition, part }));
            let made: Vec<_> = ids.take_while(|(id, _)| known.contains_key(id)).collect();
            let Some((first, _)) = made.first() else { break };
            let agreed = known.get(first).and_then(|link| link.base.get(field));
            chain.last = Some(Edition {
                number: edition,
                said: agreed.and_then(|it| it.held[side].clone()),
                is_past: agreed.is_none_or(|it| it.how == Agreement::Drift),
                parts: u32::try_from(made.len()).unwrap_or(u32::MAX),
            });
            chain.links.extend(made);
        }
        chain
    }

    /// Whether a change of the source is told of `piece`: of the first part of what it said last.
    fn tells(&self, piece: Piece) -> bool {
        self.last.as_ref().is_some_and(|it| piece == Piece { edition: it.number, part: 1 })
    }
}

/// What is known of the links of a mapping.
pub struct Chains {
    /// For each link, the side of its source, and whether a change of the source is told of it.
    roles: BTreeMap<LinkId, (Side, bool)>,
    /// The records that stand for others.
    mirrors: BTreeSet<RecordKey>,
}

impl Chains {
    /// Of all links of `mapping`.
    pub fn of(inputs: &Inputs<'_>, mapping: &Mapping, field: &Field, pairing: &Pairing) -> Chains {
        let ends = |side: Side| pairing.linked.iter().flat_map(move |it| &it.ends[side]);
        let keys: BTreeSet<&RecordKey> = Side::BOTH.into_iter().flat_map(ends).collect();
        let chains = keys.into_iter().map(|key| Chain::of(inputs, mapping, field, key));
        let mut roles = BTreeMap::new();
        for chain in chains {
            for (id, piece) in &chain.links {
                roles.insert(id.clone(), (chain.side, chain.tells(*piece)));
            }
        }
        let mirrors = |it: &crate::pairing::Linked| {
            let (source, _) = roles.get(&it.id)?;
            Some(it.ends[source.other()].iter().cloned().collect::<Vec<_>>())
        };
        let mirrors = pairing.linked.iter().filter_map(mirrors).flatten().collect();
        Chains { roles, mirrors }
    }

    /// The side of the source of a link, and whether a change of the source is told of it.
    pub fn role(&self, link: &LinkId) -> Option<(Side, bool)> {
        self.roles.get(link).copied()
    }

    /// Whether a record stands for another.
    pub fn is_mirror(&self, record: &RecordKey) -> bool {
        self.mirrors.contains(record)
    }
}
