//! `reconcile`: the nightly job. Settles, pulls, plans, asks the guards, applies, reports.

use concordat_engine::Order;
use concordat_model::{Plan, Scope, Time, guard};
use concordat_remote::Clock;
use concordat_report::plan_hash;

use crate::args::ReconcileArgs;
use crate::clock::OsClock;
use crate::commands::apply::check_reason;
use crate::desk::Desk;
use crate::failure::{Exit, Failure};
use crate::outcome::{self, Frame, Told};
use crate::session::Session;
use crate::shell::Shell;

const COMMAND: &str = "reconcile";

/// The whole job.
pub async fn run(args: &ReconcileArgs, session: &Session, shell: &Shell) -> Result<Exit, Failure> {
    check_reason(&args.permissions)?;
    args.reports.check(&[])?;
    let began = OsClock.now();
    let told = reconcile(args, session, began, shell).await;
    outcome::conclude(COMMAND, began, told, (session, &args.reports), shell)
}

async fn reconcile(
    args: &ReconcileArgs,
    session: &Session,
    began: Time,
    shell: &Shell,
) -> Result<Told, Failure> {
    let scope = Scope { only: args.only.clone(), limit: args.limit };
    let mut desk = Desk::open(session, shell)?;
    let sight = desk.look(shell).await?;
    outcome::tell_settled(&sight.settled, shell);
    let plan: Plan = desk.plan(&sight, &scope);
    let frame = Frame {
        run: desk.run().clone(),
        command: COMMAND,
        began,
        plan_hash: plan_hash(&plan),
        waiting_counts: true,
        incomplete: sight.incomplete(),
    };
    let checked = match guard::check(plan.clone(), &session.limits, &args.permissions.allow) {
        Ok(checked) => checked,
        Err(refusals) => return Ok(outcome::refused(&frame, plan, refusals)),
    };
    let order = Order {
        command: frame.command.to_owned(),
        reason: args.permissions.reason.clone(),
        plan: frame.plan_hash.clone(),
    };
    let pushed = desk.push(&checked, order, shell).await?;
    let mut told = outcome::carried_out(&frame, plan, pushed);
    told.exit = Exit::worst([sight.exit(), told.exit]);
    told.report.exit_code = told.exit.code();
    Ok(told)
}
