//! What form do the documents have? One JSON Schema each, made from the types; the committed copies
//! under `schemas/` are what scripts may rely on.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value as Json, json};

use crate::{
    CompareDocument, ConflictsDocument, ExplainDocument, HistoryDocument, MatchesDocument,
    PlanDocument, QuarantineDocument, RequestsDocument, RunDocument, RunShownDocument,
    RunsDocument,
};

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The plan file, and `plan --json`.
    Plan,
    /// `reconcile --json`, `apply --json`.
    Run,
    /// `conflicts list --json`.
    Conflicts,
    /// `matches list --json`.
    Matches,
    /// `quarantine list --json`.
    Quarantine,
    /// `history list --json`.
    History,
    /// `explain --json`.
    Explain,
    /// `runs list --json`.
    Runs,
    /// `runs show --json`.
    RunShown,
    /// `runs show --requests --json`.
    Requests,
    /// `compare --json`.
    Compare,
}

impl Document {
    /// Every kind.
    pub const ALL: [Document; 11] = [
        Document::Plan,
        Document::Run,
        Document::Conflicts,
        Document::Matches,
        Document::Quarantine,
        Document::History,
        Document::Explain,
        Document::Runs,
        Document::RunShown,
        Document::Requests,
        Document::Compare,
    ];

    /// Its name, which is also that of its schema file.
    pub fn name(self) -> &'static str {
        match self {
            Document::Plan => "plan",
            Document::Run => "run",
            Document::Conflicts => "conflicts",
            Document::Matches => "matches",
            Document::Quarantine => "quarantine",
            Document::History => "history",
            Document::Explain => "explain",
            Document::Runs => "runs",
            Document::RunShown => "run-shown",
            Document::Requests => "requests",
            Document::Compare => "compare",
        }
    }
}

/// The JSON Schema (2020-12) of a kind of document.
pub fn schema(document: Document) -> Json {
    let mut schema = match document {
        Document::Plan => of::<PlanDocument>(),
        Document::Run => of::<RunDocument>(),
        Document::Conflicts => of::<ConflictsDocument>(),
        Document::Matches => of::<MatchesDocument>(),
        Document::Quarantine => of::<QuarantineDocument>(),
        Document::History => of::<HistoryDocument>(),
        Document::Explain => of::<ExplainDocument>(),
        Document::Runs => of::<RunsDocument>(),
        Document::RunShown => of::<RunShownDocument>(),
        Document::Requests => of::<RequestsDocument>(),
        Document::Compare => of::<CompareDocument<'_>>(),
    };
    // The sentence is added when a document is written and has no member in the type.
    if let Some(members) = schema.pointer_mut("/$defs/Why/properties") {
        members["says"] = json!({
            "description": "The reason as a sentence without a full stop. Not read back.",
            "type": "string",
        });
    }
    schema["title"] = format!("concordat {}", document.name()).into();
    schema
}

fn of<T: JsonSchema>() -> Json {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}
