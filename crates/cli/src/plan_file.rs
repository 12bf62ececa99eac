//! Plans between `plan` and `apply`: written whole or not at all, readable by their owner only, and
//! refused if they are not what was written.

use std::path::Path;

use concordat_model::Plan;
use concordat_report::{PlanDocument, PlanFileError};

use crate::code::Code;
use crate::failure::Failure;
use crate::shell::write_file;

/// Saves a plan.
///
/// # Errors
/// If the file cannot be written.
pub fn write(path: &Path, document: &PlanDocument) -> Result<(), Failure> {
    write_file(path, true, |out| document.write(out))
}

/// Reads a plan.
///
/// # Errors
/// If it cannot be read, is no plan, was changed since it was saved, or a newer program wrote it.
pub fn read(path: &Path) -> Result<(PlanDocument, Plan), Failure> {
    let place = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::new(Code::NotAPlan, format!("{place} cannot be read: {error}"))
    })?;
    PlanDocument::read(&bytes, &place).map_err(|error| {
        let says = error.to_string();
        match error {
            PlanFileError::NotAPlan { .. } | PlanFileError::Masked { .. } => {
                Failure::new(Code::NotAPlan, says).hint("save one with `concordat plan --out FILE`")
            }
            PlanFileError::NewerSchema { .. } => Failure::new(Code::OtherPlan, says)
                .hint("apply it with the version that saved it, or save it again"),
            PlanFileError::Tampered { .. } | PlanFileError::Inconsistent { .. } => {
                Failure::new(Code::ChangedPlan, says)
                    .hint("save it again with `concordat plan --out FILE`, and apply it as it is")
            }
        }
    })
}
