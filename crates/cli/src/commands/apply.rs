//! `apply`: a saved plan, exactly. Nothing outside the plan is written.

use std::slice;

use chrono::TimeDelta;
use concordat_model::{Plan, Side, Time};
use concordat_remote::Clock;
use concordat_report::PlanDocument;

use crate::args::{ApplyArgs, Permissions};
use crate::clock::OsClock;
use crate::code::Code;
use crate::desk::Desk;
use crate::failure::{Exit, Failure};
use crate::outcome::{self, Frame, Told};
use crate::pairs::Pairs;
use crate::plan_file;
use crate::session::Session;
use crate::shell::Shell;

const COMMAND: &str = "apply";

/// Checks that the plan is ours, not too old and allowed, and carries it out.
pub async fn run(args: &ApplyArgs, pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    check_reason(&args.permissions)?;
    let (document, plan) = plan_file::read(&args.file)?;
    let session = pairs.named(&plan.pair);
    args.reports.check(slice::from_ref(&session.pair), &[&args.file])?;
    let reports = args.reports.of(&session.pair);
    let began = OsClock.now();
    let told = apply(args, &document, plan, (pairs, session), began, shell).await;
    outcome::conclude(COMMAND, began, told, (session, &reports), shell)
}

async fn apply(
    args: &ApplyArgs,
    document: &PlanDocument,
    mut plan: Plan,
    (pairs, session): (&Pairs, &Session),
    began: Time,
    shell: &Shell,
) -> Result<Told, Failure> {
    is_ours(&plan, pairs, session)?;
    let mut desk = Desk::open(session, COMMAND, shell)?;
    is_known(document, &desk)?;
    plan.first_allowed |= was_allowed(&plan, &desk);
    let open = desk.settle().await?;
    outcome::tell_settled(&open, shell);
    same_accounts(&plan, &mut desk).await?;
    let frame = Frame {
        run: desk.run().clone(),
        command: COMMAND,
        began,
        plan_hash: document.plan_hash().clone(),
        waiting_counts: false,
        forecast: document.forecast().clone(),
        incomplete: Vec::new(),
    };
    outcome::carry_out(plan, &frame, &args.permissions, (&mut desk, session), shell).await
}

/// A guard is overruled by a person who says why.
pub fn check_reason(permissions: &Permissions) -> Result<(), Failure> {
    let reason = permissions.reason.as_deref().map(str::trim).unwrap_or_default();
    if !permissions.allow.is_empty() && reason.is_empty() {
        return Err(Failure::new(Code::NoReason, "--allow needs --reason \"…\"")
            .hint("the reason is recorded in the history, beside what was allowed"));
    }
    Ok(())
}

fn is_ours(plan: &Plan, pairs: &Pairs, session: &Session) -> Result<(), Failure> {
    let other = |what: String| {
        Failure::new(Code::OtherPlan, what)
            .hint("make a new plan with `concordat plan --out FILE` and apply that")
    };
    if plan.pair != session.pair {
        return Err(other(format!("this plan is for pair {}, not {}", plan.pair, pairs.names())));
    }
    if plan.mapping != session.rules.fingerprint {
        return Err(other(format!(
            "this plan was made with another mapping ({}, now {})",
            plan.mapping.short(),
            session.rules.fingerprint.short()
        )));
    }
    let age = OsClock.now() - plan.made_at;
    if age > session.plan_max_age {
        return Err(other(format!(
            "this plan is {} old; `plan.max_age` allows {}",
            span(age),
            span(session.plan_max_age)
        )));
    }
    Ok(())
}

fn span(time: TimeDelta) -> String {
    match time.num_hours() {
        0 if time.num_minutes() == 0 => format!("{} s", time.num_seconds()),
        0 => format!("{} min", time.num_minutes()),
        1..48 => format!("{} h {} min", time.num_hours(), time.num_minutes() % 60),
        _ => format!("{} days", time.num_days()),
    }
}

/// Whether a person allowed this first agreement already, in a run that was interrupted or has carried
/// it through: applying the same plan again needs no second permission.
fn was_allowed(plan: &Plan, desk: &Desk<'_>) -> bool {
    desk.ledger().allows_first(&plan.first_agreement, &plan.mapping)
}

fn is_known(document: &PlanDocument, desk: &Desk<'_>) -> Result<(), Failure> {
    if desk.ledger().planned(document.plan_hash()) {
        return Ok(());
    }
    Err(Failure::new(Code::OtherPlan, "this plan was not made from this state")
        .hint("make one with `concordat plan --out FILE`, with the same --state-dir"))
}

async fn same_accounts(plan: &Plan, desk: &mut Desk<'_>) -> Result<(), Failure> {
    let tenants = desk.tenants().await?;
    for side in Side::BOTH {
        if tenants[side].id != plan.tenants[side].id {
            return Err(Failure::new(
                Code::OtherPlan,
                format!(
                    "this plan is for {side} {}, the credentials open {}",
                    plan.tenants[side].id, tenants[side].id
                ),
            )
            .hint("use the credentials the plan was made with, or make a new plan"));
        }
    }
    Ok(())
}
