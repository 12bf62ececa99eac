//! How is a text added, and a note of ours made? What all of them have in common; what they say, and of
//! what, is decided elsewhere.

use std::collections::BTreeMap;

use concordat_mapping::{FieldRule, Mapping};
use concordat_model::plan::Notice;
use concordat_model::{
    Action, Agreed, Agreement, Base, Field, FieldStep, Held, LinkId, Mirrored, Path, Piece,
    RecordId, RecordKey, Resource, Rule, Side, Sides, Step, Value, Why,
};

use crate::creates::rebuff;
use crate::stands::Stand;
use crate::steps::stamp;
use crate::{Inputs, identity};

/// The field by which the contact is agreed on at which a note of ours stands: chosen once, and kept.
const CONTACT: &str = "contact";

/// The contact at which a note of ours stands, by what was agreed.
pub fn stands(base: &Base) -> Option<RecordId> {
    let held = base.get(&CONTACT.into())?.held.highlevel.as_ref()?;
    Some(RecordId::new(held.as_text()?))
}

/// The same, of a note that was found again.
pub fn agreed_stand(note: &Mirrored) -> Option<(Field, Agreed)> {
    let contact = note.record.reading.get(&Resource::Note.belongs_by()?)?.clone();
    let held = Sides { upguard: None, highlevel: contact };
    Some((CONTACT.into(), Agreed { held, how: Agreement::Left }))
}

/// A text that is added on one side for a record of the other.
pub struct Added<'a> {
    /// The side it comes from.
    pub from: Side,
    /// What it is added for.
    pub source: &'a Mirrored,
    /// The link of the two.
    pub link: LinkId,
    /// Our marker.
    pub marker: String,
    /// What it holds.
    pub fields: Vec<FieldStep>,
    /// What is sent beside that.
    pub constants: BTreeMap<Path, Value>,
}

/// The step that adds it.
pub fn step(mapping: &Mapping, added: Added<'_>) -> Step {
    let Added { from, source, link, marker, fields, constants } = added;
    let side = from.other();
    let resource = mapping.resources[side];
    Step {
        id: identity::step(&link, side, Action::Create),
        mapping: mapping.name.clone(),
        link,
        side,
        entity: resource.entity().to_owned(),
        resource,
        record: None,
        name: source.record.name.clone(),
        action: Action::Create,
        fields,
        blanks: Vec::new(),
        despite: Vec::new(),
        constants,
        marker: Some(marker),
        lookup: None,
        identity: BTreeMap::new(),
        sources: vec![source.record.key.clone()],
        source_stamp: stamp(&[source]),
        matched: None,
        why: Why::about(Rule::Missing, side),
        side_effects: Vec::new(),
    }
}

/// The field of a new text. `said`: what the source holds; `text`: what is added.
pub fn text(rule: &FieldRule, to: Side, said: Held, text: Held) -> FieldStep {
    let why = Why::about(Rule::Missing, to);
    let (name, path) = (rule.name.clone(), rule.ends[to].path.clone());
    FieldStep { name, path, before: None, after: text, source: said, why }
}

/// A note about one of UpGuard's records.
pub struct Note<'a> {
    /// What it is about.
    pub source: &'a Mirrored,
    /// Which of its texts.
    pub piece: Piece,
    /// What it says.
    pub text: FieldStep,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub stand: &'a Stand,
}

/// The step that makes a note, or why it is not made.
pub fn make(inputs: &Inputs<'_>, mapping: &Mapping, note: Note<'_>) -> Result<Step, Box<Notice>> {
    let Note { source, piece, text, title, stand } = note;
    let key = &source.record.key;
    let link = LinkId::of_piece(inputs.pair, &mapping.name, key, piece);
    let held = |why| Box::new(notice(mapping, source, why));
    if let Some(side) = inputs.in_doubt.get(&link) {
        return Err(held(Why::about(Rule::InDoubt, *side)));
    }
    let path = Resource::Note.belongs_by().expect("a note stands at a contact");
    let mut constants = BTreeMap::from([("title".into(), Value::Text(title))]);
    let contact = match stand {
        Stand::At(contact) => Some(Value::text(contact.as_str())),
        Stand::With(link) => {
            let awaited = Resource::Note.names_by_link().expect("a note stands at a contact");
            constants.insert(awaited, Value::text(link.as_str()));
            None
        }
    };
    let why = Why::about(Rule::Missing, Side::Highlevel);
    let contact =
        FieldStep { name: CONTACT.into(), path, before: None, after: contact, source: None, why };
    let marker = identity::piece(inputs.pair, &mapping.name, key, piece);
    let fields = vec![text, contact];
    let from = Side::Upguard;
    let step = step(mapping, Added { from, source, link, marker, fields, constants });
    match rebuff(inputs, &step) {
        Some(_) => Err(held(Why::about(Rule::Rejected, Side::Highlevel))),
        None => Ok(step),
    }
}

/// Why nothing is done about a record that has no link yet.
pub fn notice(mapping: &Mapping, record: &Mirrored, why: Why) -> Notice {
    let key: &RecordKey = &record.record.key;
    Notice {
        mapping: mapping.name.clone(),
        link: None,
        record: key.clone(),
        name: record.record.name.clone(),
        field: None,
        held: None,
        why,
    }
}
