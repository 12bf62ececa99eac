//! What was agreed with a replica whose record, or which itself, was succeeded? It goes to the link of
//! those who took their places, as far as they still hold it: what a successor lacks was not removed by
//! anybody, so nothing vanishes because of that. And what is nobody's any more is laid down.

use concordat_mapping::Mapping;
use concordat_model::{
    Agreed, Base, Field, Held, Link, LinkId, Matched, Name, RecordKey, Seen, Settlement, Side,
    Sides,
};

use crate::Inputs;
use crate::pairing::{Linked, Pairing, Passing};

/// Everything there is to record about links that end or pass on.
pub fn all(inputs: &Inputs<'_>, mapping: &Mapping, pairing: &Pairing) -> Vec<Settlement> {
    let mut settlements = Vec::new();
    for passing in &pairing.passing {
        let Some(link) = inputs.agreements.links.get(&passing.from) else { continue };
        let to = &passing.to;
        settlements.push(Settlement {
            matched: to.matched.clone(),
            fields: base(inputs, mapping, link, passing),
            ends: to.ends.clone().map(|_, keys| keys.into_iter().collect()),
            ..laid_down(mapping, &to.id, name(inputs, to))
        });
        settlements.push(laid_down(mapping, &link.id, name(inputs, to)));
    }
    let over = pairing.over.iter().filter(|it| !inputs.in_doubt.contains_key(&it.id));
    settlements.extend(over.map(|it| laid_down(mapping, &it.id, name(inputs, it))));
    settlements
}

fn laid_down(mapping: &Mapping, link: &LinkId, name: Name) -> Settlement {
    Settlement {
        link: link.clone(),
        mapping: mapping.name.clone(),
        name,
        ends: Sides::default(),
        matched: None::<Matched>,
        fields: Base::new(),
        stamps: Sides::default(),
    }
}

fn name(inputs: &Inputs<'_>, linked: &Linked) -> Name {
    let keys = linked.ends.iter().flat_map(|(_, keys)| keys);
    let known = keys.filter_map(|key| inputs.views[key.side()].records.get(key));
    known.map(|it| it.record.name.clone()).next().unwrap_or_default()
}

/// What was agreed in `link`, without what a successor does not hold.
fn base(inputs: &Inputs<'_>, mapping: &Mapping, link: &Link, passing: &Passing) -> Base {
    let moved = || Side::BOTH.into_iter().filter(|side| passing.moved[*side]);
    let heir = |side: Side| passing.to.ends[side].first();
    let passed = link.base.iter().filter_map(|(name, agreed)| {
        let mut agreed: Agreed = agreed.clone();
        for side in moved() {
            let now = held(inputs, mapping, name, heir(side)?)?;
            match mapping.sets.iter().find(|it| it.name == *name) {
                Some(set) => {
                    let has = set.ends[side].elements(&now);
                    for (side, end) in set.ends.iter() {
                        let mut kept = end.elements(&agreed.held[side]);
                        kept.retain(|element, _| has.contains_key(element));
                        agreed.held[side] = end.with(&agreed.held[side], &kept)?;
                    }
                }
                None if now.is_none() => return None,
                None => {}
            }
        }
        Some((name.clone(), agreed))
    });
    passed.collect()
}

/// What a record holds in the native field of a mapped one.
fn held(inputs: &Inputs<'_>, mapping: &Mapping, name: &Field, key: &RecordKey) -> Option<Held> {
    let side = key.side();
    let of_set = mapping.sets.iter().find(|it| it.name == *name).map(|it| &it.ends[side].path);
    let path = of_set.or_else(|| mapping.field(name).map(|it| &it.ends[side].path))?;
    match inputs.views[side].seen(key) {
        Seen::Here(mirrored) => mirrored.record.reading.get(path).cloned(),
        Seen::Dormant | Seen::Gone(_) | Seen::Unseen => None,
    }
}
