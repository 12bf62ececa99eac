//! What is a thing called before it exists? Names made from what is the same in every run: markers,
//! and the ids of steps, conflicts and cases.

use concordat_model::fingerprint::{letters, short};
use concordat_model::{Action, Field, LinkId, MappingName, PairId, Piece, RecordKey, Side, StepId};

/// The marker of the record that is made for `source`: eight letters, the same in every run, and
/// without a stored key.
pub fn marker(pair: &PairId, mapping: &MappingName, source: &RecordKey) -> String {
    letters("marker", &[pair.as_str(), mapping.as_str(), source.id.as_str()], 8)
}

/// The marker of the `piece`th text that stands for `source`. The first one's is [`marker`].
pub fn piece(pair: &PairId, mapping: &MappingName, source: &RecordKey, piece: Piece) -> String {
    if piece == Piece::FIRST {
        return marker(pair, mapping, source);
    }
    let (edition, part) = (piece.edition.to_string(), piece.part.to_string());
    let parts = [pair.as_str(), mapping.as_str(), source.id.as_str(), &edition, &part];
    letters("piece", &parts, 8)
}

/// What a person writes to name `source` in a note: short, the same in every run.
pub fn reference(pair: &PairId, source: &RecordKey) -> String {
    let parts = [pair.as_str(), source.resource.entity(), source.id.as_str()];
    let letter = source.resource.entity().chars().next().unwrap_or('r').to_ascii_uppercase();
    format!("{letter}-{}", letters("reference", &parts, 4))
}

/// The id of the step that does `action` to the `side` end of `link`.
pub fn step(link: &LinkId, side: Side, action: Action) -> StepId {
    let action = match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Archive => "archive",
        Action::Delete => "delete",
    };
    StepId::new(format!("s-{}", short("step", &[link.as_str(), side.title(), action])))
}

/// The id of a conflict about `field` of `link`.
pub fn conflict(link: &LinkId, field: &Field) -> String {
    format!("c-{}", short("conflict", &[link.as_str(), field.as_str()]))
}

/// The id of an archive that waits.
pub fn quarantine(link: &LinkId) -> String {
    format!("q-{}", short("quarantine", &[link.as_str()]))
}

/// The id of a case about `record`.
pub fn case(pair: &PairId, mapping: &MappingName, record: &RecordKey) -> String {
    let parts = [pair.as_str(), mapping.as_str(), record.resource.entity(), record.id.as_str()];
    format!("m-{}", short("case", &parts))
}
