//! What do the commands print with `--json` that is not a report? One type per document; their JSON
//! Schemas are committed under `schemas/`, and scripts may rely on those.

use concordat_model::{PairId, Side, Time};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::config::Setting;
use crate::failure::ErrorTold;

/// The version of every document here.
pub const SCHEMA_VERSION: u32 = 1;

/// `pull --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PullDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// How many records each collection has.
    pub resources: Vec<Count>,
    /// Listings that are not complete, and why.
    pub incomplete: Vec<String>,
}

/// How many records a collection has.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Count {
    /// The side.
    pub side: Side,
    /// What that side calls one of them.
    pub entity: &'static str,
    /// How many there are.
    pub records: u64,
    /// Whether every listing of them was complete.
    pub complete: bool,
}

/// `pull`, `plan` and `reconcile --json`, if they are run for several pairs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PairsDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// How the command ends: as the worst of its pairs.
    pub exit_code: u8,
    /// The pairs, in the order in which they were run.
    pub pairs: Vec<PairTold>,
}

/// How one of several pairs ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PairTold {
    /// The pair.
    pub pair: PairId,
    /// How the command would have ended for this pair alone.
    pub exit_code: u8,
    /// What it would have printed.
    #[serde(flatten)]
    pub told: Option<Told>,
    /// Why it failed, or was not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorTold>,
}

/// What was done for a pair.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// A pull, as `pull --json` prints it.
    Pull(Value),
    /// A plan, as `plan --json` prints it.
    Plan(Value),
    /// A run, as `reconcile --json` prints it.
    Run(Value),
}

/// `doctor --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DoctorDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// Whether nothing is wrong.
    pub ok: bool,
    /// Every check.
    pub findings: Vec<Finding>,
    /// What was asked of both sides today: of UpGuard, then of the location of each pair.
    pub requests_today: Vec<RequestsToday>,
}

/// What was asked of a side today.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RequestsToday {
    /// The side.
    pub side: Side,
    /// The pair whose location it is, if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pair: Option<PairId>,
    /// How many requests earlier runs sent since midnight UTC; nothing: another command has the state.
    pub counted: Option<u64>,
    /// When that count begins anew.
    pub counted_until: Time,
    /// How many `limits.requests_per_day` allows in that time, if it is set.
    pub bound: Option<u64>,
    /// How many the side allows in its own day, as it says, or as its vendor publishes; nothing: it is not known.
    /// When that day begins, neither vendor says.
    pub limit: Option<u64>,
    /// How many of these are left, if the side says so: of all that use the same credentials.
    pub left: Option<u64>,
}

/// What one check of `doctor` found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// What was checked.
    pub check: String,
    /// The pair it was checked for, if there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pair: Option<PairId>,
    /// Whether it is in order.
    pub ok: bool,
    /// What was found.
    pub says: String,
    /// What helps, if something is wrong.
    pub remedy: Option<String>,
}

/// `doctor --operations --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OperationsDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// Every API operation in use.
    pub operations: Vec<OperationRow>,
}

/// One API operation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OperationRow {
    /// Whose.
    pub side: Side,
    /// The method.
    pub method: &'static str,
    /// The path, as a template.
    pub path: &'static str,
    /// The permission or scope it needs.
    pub permission: &'static str,
    /// Whether it changes anything.
    pub writes: bool,
}

/// `history verify --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerifyDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// How many entries there are.
    pub entries: u64,
    /// How many of them were erased.
    pub erased: u64,
    /// How often the ledger was opened for writing.
    pub epochs: u64,
    /// The hash of the last entry, which stands for all before it.
    pub head: Option<String>,
    /// Whether every entry is in its place. A document that says no is never printed: the command
    /// fails instead.
    pub intact: bool,
}

/// `config show --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SettingsDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// Every setting in force.
    pub settings: Vec<Setting>,
}

/// `demo --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DemoDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// The seed of the simulated world.
    pub seed: u64,
    /// Where everything was kept.
    pub out: String,
    /// The runs, in their order.
    pub runs: Vec<DemoRun>,
    /// What a vendor shares with its contacts, as it was found in both systems after the edits.
    pub looked_up: Vec<String>,
    /// How it ended.
    #[serde(rename = "final")]
    pub last: DemoEnd,
    /// The ledger at the end.
    pub history: VerifyDocument,
}

/// One run of the demo.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DemoRun {
    /// What happened before it.
    pub title: String,
    /// The plan, as `plan --json` prints it.
    pub plan: Value,
    /// The run, as `reconcile --json` prints it.
    pub run: Value,
}

/// How the demo ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DemoEnd {
    /// How many operations the last run planned.
    pub operations: usize,
    /// How many were planned after the mirror was deleted.
    pub operations_without_store: usize,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use schemars::generate::SchemaSettings;

    use super::*;
    use crate::config::Checked;

    fn current<T: JsonSchema>(name: &str) {
        let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
        let schema = format!("{:#}\n", generator.into_root_schema_for::<T>().to_value());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.json"));
        if std::env::var_os("CONCORDAT_BLESS").is_some() {
            std::fs::write(&path, &schema).expect("the schema can be written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == schema, "{name}.json is out of date; run with CONCORDAT_BLESS=1");
    }

    #[test]
    fn the_committed_schemas_are_current() {
        current::<PullDocument>("pull");
        current::<PairsDocument>("pairs");
        current::<DoctorDocument>("doctor");
        current::<OperationsDocument>("operations");
        current::<VerifyDocument>("verify");
        current::<SettingsDocument>("settings");
        current::<DemoDocument>("demo");
        current::<Checked>("check");
    }
}
