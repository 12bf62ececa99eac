//! `show`: a saved plan, as it was when it was saved.

use concordat_report::plan_text;

use crate::args::ShowArgs;
use crate::failure::{Exit, Failure};
use crate::plan_file;
use crate::shell::Shell;

/// Shows a saved plan. Needs neither configuration nor network.
pub fn run(args: &ShowArgs, shell: &Shell) -> Result<Exit, Failure> {
    let (document, _) = plan_file::read(&args.file)?;
    shell.say(&plan_text(&document, shell.paint()))?;
    shell.document(|out| document.write(out))?;
    Ok(Exit::Ok)
}
