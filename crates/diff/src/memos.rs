//! What then, where something is noted of a vendor or of one of its people? It is one note at the
//! contact, kept up to date; a text that is too long for one is several, each kept by itself. The note is
//! decided like any other field of a link: see `merge`.

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{About, Mapping, Memo};
use concordat_model::{
    Agreed, Agreement, LinkId, Matched, Mirrored, PairId, Piece, Plan, RecordKey, Resource,
    Settlement, Side, Sides, Step, View,
};

use crate::notes::{self, Note};
use crate::pairing::{Linked, Pairing};
use crate::stands::{Contacts, Stand};
use crate::steps::{self, stamp};
use crate::{Inputs, identity};

/// Plans what is noted.
pub fn for_all(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    memo: &Memo,
    (pairing, contacts): (&Pairing, &Contacts),
    plan: &mut Plan,
    steps: &mut Vec<Step>,
) {
    let parts = Parts::of(inputs, mapping, pairing);
    for linked in &pairing.linked {
        steps::for_link(inputs, parts.rules(linked), linked, plan, steps);
    }
    let view = inputs.views[Side::Highlevel];
    let marked: BTreeMap<&str, &Mirrored> = view
        .here(mapping.resources[Side::Highlevel])
        .filter_map(|it| Some((marker(it)?, it)))
        .collect();
    for source in inputs.views[Side::Upguard].here(mapping.resources[Side::Upguard]) {
        let Some(stand) = stand(memo, contacts, source) else { continue };
        for (rules, part) in parts.rules.iter().zip(1_u32..) {
            let piece = Piece { edition: 0, part };
            let link = LinkId::of_piece(inputs.pair, &mapping.name, &source.record.key, piece);
            if inputs.agreements.links.contains_key(&link) {
                continue;
            }
            let Some(text) = said(rules, source) else { break };
            let letters = identity::piece(inputs.pair, &mapping.name, &source.record.key, piece);
            if let Some(note) = marked.get(letters.as_str()) {
                plan.settlements.push(found(rules, link, source, note));
                continue;
            }
            let title = match part {
                1 => format!("{} (UpGuard)", source.record.name),
                part => format!("{} (UpGuard), part {part}", source.record.name),
            };
            match notes::make(inputs, mapping, Note { source, piece, text, title, stand }) {
                Ok(step) => steps.push(step),
                Err(notice) => {
                    plan.held.push(*notice);
                    break;
                }
            }
        }
    }
}

/// The vendors of which something is noted that no note says yet. `is_known`: whether there is such a link.
pub fn vendors(
    pair: &PairId,
    mapping: &Mapping,
    view: &View,
    is_known: &dyn Fn(&LinkId) -> bool,
) -> BTreeSet<RecordKey> {
    let unsaid = view
        .here(mapping.resources[Side::Upguard])
        .filter(|it| it.record.key.resource == Resource::VendorNote)
        .filter(|it| said(mapping, it).is_some())
        .filter(|it| !is_known(&LinkId::of(pair, &mapping.name, &it.record.key)));
    let owners = unsaid.filter_map(|it| it.record.parent.clone());
    owners.map(|id| RecordKey { resource: Resource::Vendor, id }).collect()
}

/// The rules of every part, and which part each known link is.
pub struct Parts {
    rules: Vec<Mapping>,
    known: BTreeMap<LinkId, usize>,
}

impl Parts {
    /// Of all texts of a mapping.
    pub fn of(inputs: &Inputs<'_>, mapping: &Mapping, pairing: &Pairing) -> Parts {
        let links = &inputs.agreements.links;
        let mut known = BTreeMap::new();
        for source in pairing.linked.iter().flat_map(|it| &it.ends.upguard) {
            for (part, index) in (1_u32..).zip(0..) {
                let piece = Piece { edition: 0, part };
                let id = LinkId::of_piece(inputs.pair, &mapping.name, source, piece);
                if !links.contains_key(&id) {
                    break;
                }
                known.insert(id, index);
            }
        }
        let sources = || inputs.views[Side::Upguard].here(mapping.resources[Side::Upguard]);
        let mut rules = Vec::new();
        for part in 1_u32.. {
            let of_part = mapping.of_part(part);
            let is_needed = known.values().any(|it| *it >= rules.len())
                || sources().any(|it| said(&of_part, it).is_some());
            // There is always a first one.
            if part > 1 && !is_needed {
                break;
            }
            rules.push(of_part);
        }
        Parts { rules, known }
    }

    /// The rules that `linked` is decided by.
    pub fn rules(&self, linked: &Linked) -> &Mapping {
        let index = self.known.get(&linked.id).copied().unwrap_or_default();
        self.rules.get(index).unwrap_or(&self.rules[0])
    }
}

/// What a note of a part would say; nothing: the source does not say so much.
fn said(rules: &Mapping, source: &Mirrored) -> Option<concordat_model::FieldStep> {
    let rule = rules.fields.first()?;
    let native = source.record.reading.get(&rule.ends.upguard.path)?;
    let shared = rule.ends.upguard.lens.get(native, None);
    shared.as_ref()?;
    let after = rule.ends.highlevel.put(&shared).ok()?;
    Some(notes::text(rule, Side::Highlevel, native.clone(), after))
}

fn stand<'a>(memo: &Memo, contacts: &'a Contacts, source: &Mirrored) -> Option<&'a Stand> {
    match memo.about {
        About::Vendor => contacts.of_vendor(source.record.parent.as_ref()?),
        About::Person => contacts.of_person(&source.record.key),
    }
}

/// A link that was lost, found again by our marker. What both hold is agreed as it is.
fn found(rules: &Mapping, link: LinkId, source: &Mirrored, note: &Mirrored) -> Settlement {
    let of = |side| if side == Side::Upguard { source } else { note };
    let fields = rules.fields.iter().map(|rule| {
        let held = Sides::from_fn(|side: Side| {
            of(side).record.reading.get(&rule.ends[side].path).cloned().flatten()
        });
        (rule.name.clone(), Agreed { held, how: Agreement::Normalised })
    });
    let fields = fields.chain(notes::agreed_stand(note)).collect();
    Settlement {
        link,
        mapping: rules.name.clone(),
        name: source.record.name.clone(),
        ends: Sides::from_fn(|side| vec![of(side).record.key.clone()]),
        matched: Some(Matched::ByMarker),
        fields,
        stamps: Sides::from_fn(|side| stamp(&[of(side)])),
    }
}

fn marker(note: &Mirrored) -> Option<&str> {
    note.record.reading.get(&"marker".into())?.as_ref()?.as_text()
}
