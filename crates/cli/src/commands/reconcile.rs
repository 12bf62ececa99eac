//! `reconcile`: the nightly job. Settles, pulls, plans, asks the guards, applies, reports.

use concordat_model::Time;
use concordat_remote::Clock;
use concordat_report::plan_hash;

use crate::args::ReconcileArgs;
use crate::clock::OsClock;
use crate::commands::apply::check_reason;
use crate::desk::Desk;
use crate::documents::Told as Document;
use crate::failure::{Exit, Failure};
use crate::outcome::{self, Frame, Told};
use crate::pairs::Pairs;
use crate::session::Session;
use crate::shell::Shell;

const COMMAND: &str = "reconcile";

/// The whole job, for every pair.
pub async fn run(args: &ReconcileArgs, pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    check_reason(&args.permissions)?;
    args.reports.check(&pairs.ids(), &[])?;
    let job = async |session: &Session, shell: &Shell| {
        let began = OsClock.now();
        let told = reconcile(args, session, began, shell).await;
        let reports = args.reports.of(&session.pair);
        outcome::conclude(COMMAND, began, told, (session, &reports), shell)
    };
    pairs.each(shell, Document::Run, job).await
}

async fn reconcile(
    args: &ReconcileArgs,
    session: &Session,
    began: Time,
    shell: &Shell,
) -> Result<Told, Failure> {
    let mut desk = Desk::open(session, COMMAND, shell)?;
    let sight = desk.look(args.scope.look(), shell).await?;
    outcome::tell_settled(&sight.settled, shell);
    let plan = desk.plan(&sight, &args.scope.scope(), args.scope.look())?;
    let frame = Frame {
        run: desk.run().clone(),
        command: COMMAND,
        began,
        plan_hash: plan_hash(&plan),
        waiting_counts: true,
        forecast: desk.forecast(&plan),
        incomplete: sight.incomplete(),
    };
    outcome::carry_out(plan, &frame, &args.permissions, (&mut desk, session), shell).await
}
