//! `reconcile`: the nightly job. Settles, pulls, plans, asks the guards, applies, reports.

use concordat_engine::Order;
use concordat_model::{Plan, Scope, guard};
use concordat_remote::Clock;
use concordat_report::plan_hash;

use crate::args::ReconcileArgs;
use crate::clock::OsClock;
use crate::commands::apply::check_reason;
use crate::desk::Desk;
use crate::failure::{Exit, Failure};
use crate::outcome::{self, Frame};
use crate::session::Session;
use crate::shell::Shell;

/// The whole job.
pub async fn run(args: &ReconcileArgs, session: &Session, shell: &Shell) -> Result<Exit, Failure> {
    check_reason(&args.permissions)?;
    let scope = Scope { only: args.only.clone(), limit: args.limit };
    let mut desk = Desk::open(session, shell)?;
    let began = OsClock.now();
    let sight = desk.look(shell).await?;
    outcome::tell_settled(&sight.settled, shell);
    let plan: Plan = desk.plan(&sight, &scope);
    let frame = Frame {
        run: desk.run().clone(),
        command: "reconcile",
        began,
        plan_hash: plan_hash(&plan),
        waiting_counts: true,
        incomplete: sight.incomplete(),
    };
    let checked = match guard::check(plan.clone(), &session.limits, &args.permissions.allow) {
        Ok(checked) => checked,
        Err(refusals) => return outcome::refused(&frame, &plan, refusals, shell),
    };
    let order = Order {
        command: frame.command.to_owned(),
        reason: args.permissions.reason.clone(),
        plan: frame.plan_hash.clone(),
    };
    let pushed = desk.push(&checked, order, shell).await?;
    let exit = outcome::tell(&frame, &plan, pushed, shell)?;
    Ok(Exit::worst([sight.exit(), exit]))
}
