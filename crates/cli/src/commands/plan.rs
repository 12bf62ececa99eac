//! `plan`: what would be done, and why. Writes to neither system.

use std::path::{Path, PathBuf};

use concordat_model::{Event, guard};
use concordat_report::{PlanDocument, Report, plan_text};

use crate::args::PlanArgs;
use crate::desk::Desk;
use crate::documents::Told;
use crate::failure::{Exit, Failure};
use crate::pairs::Pairs;
use crate::plan_file;
use crate::session::Session;
use crate::shell::Shell;

/// Plans every pair. A plan that is saved is one pair's.
pub async fn run(args: &PlanArgs, pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    if args.out.is_some() {
        pairs.only()?;
    }
    let out: Vec<&Path> = args.out.iter().map(PathBuf::as_path).collect();
    args.reports.check(&pairs.ids(), &out)?;
    let plan = async |session: &Session, shell: &Shell| plan(args, session, shell).await;
    pairs.each(shell, Told::Plan, plan).await
}

/// Pulls, plans, shows, and saves if asked to. The guards only speak; `apply` asks them again.
async fn plan(args: &PlanArgs, session: &Session, shell: &Shell) -> Result<Exit, Failure> {
    let reports = args.reports.of(&session.pair);
    let mut desk = Desk::open(session, "plan", shell)?;
    let view =
        if args.no_pull { desk.mirrored()? } else { desk.look(args.scope.look(), shell).await? };
    let plan = desk.plan(&view, &args.scope.scope(), args.scope.look())?;
    let refusals = guard::findings(&plan, &session.limits);
    let forecast = desk.forecast(&plan);
    let document = PlanDocument::of(&plan, forecast, refusals);
    if let Some(path) = &args.out {
        plan_file::write(path, &document)?;
        desk.record(Event::Planned { plan: document.plan_hash().clone() })?;
    }
    let filed = reports.write(Report::Plan(&document));
    shell.say(&plan_text(&document, shell.paint()))?;
    shell.document(|out| document.write(out))?;
    if let Some(path) = &args.out {
        let path = path.display();
        shell.note(&format!("saved as {path}; apply it with `concordat apply {path}`"));
    }
    filed?;
    let pending = args.detailed_exitcode && !plan.steps.is_empty();
    let pending = if pending { Exit::Pending } else { Exit::Ok };
    Ok(Exit::worst([view.exit(), pending]))
}
