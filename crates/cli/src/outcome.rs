//! How did a run go, and what does it answer to its caller? From the engine's account to the report
//! and the exit code.

use concordat_apply::{Done, Effect, Fate, Halt, Settled};
use concordat_engine::{Order, Pushed};
use concordat_model::{Fingerprint, Plan, RefusedPlan, Rule, RunId, Summary, Time, guard};
use concordat_remote::Clock;
use concordat_report::{
    Forecast, PlanDocument, Report, RunDocument, RunReport, StepOutcome, StepReport, plan_text,
    run_text,
};

use crate::args::Permissions;
use crate::causes::{of_cause, of_ledger};
use crate::clock::OsClock;
use crate::code::Code;
use crate::desk::Desk;
use crate::failure::{Exit, Failure};
use crate::reports::Reports;
use crate::session::Session;
use crate::shell::Shell;

/// What is known of a run before it does anything.
pub struct Frame {
    /// The run.
    pub run: RunId,
    /// The command.
    pub command: &'static str,
    /// When it began.
    pub began: Time,
    /// The plan it carries out.
    pub plan_hash: Fingerprint,
    /// Whether what waits for a person counts for the exit code. A person who applies a plan has read
    /// what waits.
    pub waiting_counts: bool,
    /// What carrying it out is expected to cost.
    pub forecast: Forecast,
    /// Listings that were not complete, and why.
    pub incomplete: Vec<String>,
}

/// Says which writes of earlier runs were settled.
pub fn tell_settled(settled: &[Settled], shell: &Shell) {
    for it in settled {
        let became = match &it.effect {
            Effect::Adopted => "had arrived, and is recorded now".to_owned(),
            Effect::Absent => "had not arrived, and is planned anew".to_owned(),
            Effect::Unsure(says) => format!("is still in doubt: {says}"),
        };
        shell.note(&format!("an interrupted write to {} {} {became}", it.side, it.name));
    }
}

/// How a run went.
pub struct Told {
    /// What became of the plan.
    pub report: RunReport,
    /// The plan.
    pub plan: Plan,
    /// What the command answers to its caller.
    pub exit: Exit,
}

/// Asks the guards about a plan, and carries it out if none refuses it.
///
/// # Errors
/// If the run cannot be recorded.
pub async fn carry_out(
    plan: Plan,
    frame: &Frame,
    permissions: &Permissions,
    (desk, session): (&mut Desk<'_>, &Session),
    shell: &Shell,
) -> Result<Told, Failure> {
    let mut told = match guard::check(plan, &session.limits, &permissions.allow) {
        Err(refused) => refused_by_guards(frame, *refused),
        Ok(checked) => {
            let order = Order {
                command: frame.command.to_owned(),
                reason: permissions.reason.clone(),
                plan: frame.plan_hash.clone(),
            };
            let pushed = desk.push(&checked, order, shell).await?;
            carried_out(frame, checked.into_plan(), pushed)
        }
    };
    told.report.requests = desk.endpoints();
    Ok(told)
}

fn refused_by_guards(frame: &Frame, refused: RefusedPlan) -> Told {
    let RefusedPlan { plan, refusals } = refused;
    let report = RunReport {
        complete: false,
        stopped: Some("refused by a guard; nothing was written".into()),
        exit_code: Exit::Refused.code(),
        refusals,
        ..report(frame, &plan, Vec::new())
    };
    Told { report, plan, exit: Exit::Refused }
}

fn carried_out(frame: &Frame, plan: Plan, pushed: Pushed) -> Told {
    let exit = exit(frame, &plan, &pushed);
    let report = RunReport {
        complete: pushed.halt.is_none(),
        settled: pushed.settled,
        stopped: stopped(&pushed),
        exit_code: exit.code(),
        ..report(frame, &plan, pushed.done.iter().filter_map(step).collect())
    };
    Told { report, plan, exit }
}

/// Why a run ended before its plan did, and what is left of it.
fn stopped(pushed: &Pushed) -> Option<String> {
    let halt = pushed.halt.as_ref()?;
    let left = pushed.done.iter().filter(|it| it.fate == Fate::NotReached).count();
    Some(match left {
        0 => halt.to_string(),
        1 => format!("{halt}; 1 step is left for the next run"),
        _ => format!("{halt}; {left} steps are left for the next run"),
    })
}

/// Files and shows how a run went. A run that failed on the way is filed too, so that yesterday's
/// report is not taken for today's.
///
/// # Errors
/// Why the run failed, or why it could not be told.
pub fn conclude(
    command: &str,
    began: Time,
    told: Result<Told, Failure>,
    place: (&Session, &Reports),
    shell: &Shell,
) -> Result<Exit, Failure> {
    let (session, reports) = place;
    let told = match told {
        Ok(told) => told,
        Err(failure) => {
            let report = broken_off(command, session, began, &failure);
            if let Err(unfiled) = reports.write(Report::Run(&report, None)) {
                shell.warn(&unfiled.message);
            }
            return Err(failure);
        }
    };
    let Told { report, plan, exit } = told;
    let filed = reports.write(Report::Run(&report, Some(&plan)));
    let text = match report.refusals.is_empty() {
        true => run_text(&report, shell.paint()),
        false => {
            let refusals = report.refusals.clone();
            plan_text(&PlanDocument::of(&plan, report.forecast.clone(), refusals), shell.paint())
        }
    };
    shell.report(&text, exit)?;
    shell.document(|out| RunDocument::of(report).write(out))?;
    filed?;
    Ok(exit)
}

/// The report of a run that failed before anything became of a plan, or of which that is not known.
fn broken_off(command: &str, session: &Session, began: Time, failure: &Failure) -> RunReport {
    RunReport {
        run: None,
        command: command.to_owned(),
        pair: session.pair.clone(),
        plan_hash: None,
        began,
        ended: OsClock.now(),
        complete: false,
        stopped: Some(failure.message.clone()),
        exit_code: failure.code.exit().code(),
        planned: Summary::default(),
        operations: 0,
        forecast: Forecast::default(),
        settled: 0,
        refusals: Vec::new(),
        incomplete: Vec::new(),
        steps: Vec::new(),
        conflicts: Vec::new(),
        cases: Vec::new(),
        drift: Vec::new(),
        held: Vec::new(),
        quarantined: Vec::new(),
        dismissals: Vec::new(),
        requests: Vec::new(),
    }
}

fn report(frame: &Frame, plan: &Plan, steps: Vec<StepReport>) -> RunReport {
    RunReport {
        run: Some(frame.run.clone()),
        command: frame.command.to_owned(),
        pair: plan.pair.clone(),
        plan_hash: Some(frame.plan_hash.clone()),
        began: frame.began,
        ended: OsClock.now(),
        complete: true,
        stopped: None,
        exit_code: 0,
        planned: plan.summary(),
        operations: plan.steps.len() as u64,
        forecast: frame.forecast.clone(),
        settled: 0,
        refusals: Vec::new(),
        incomplete: frame.incomplete.clone(),
        steps,
        conflicts: plan.conflicts.clone(),
        cases: plan.cases.clone(),
        drift: plan.drift.clone(),
        held: plan.held.clone(),
        quarantined: plan.quarantined.clone(),
        dismissals: plan.dismissals.clone(),
        requests: Vec::new(),
    }
}

fn step(done: &Done) -> Option<StepReport> {
    let of = |outcome, says: Option<&String>| StepReport::of(&done.step, outcome, says.cloned());
    Some(match &done.fate {
        Fate::Applied(receipt) => {
            let mut report = StepReport::applied(&done.step, receipt);
            let moved: Vec<&str> = done
                .untouched
                .iter()
                .filter(|it| !it.satisfied)
                .map(|it| it.name.as_str())
                .collect();
            if !moved.is_empty() {
                report.says = Some(format!("{} moved since the plan; left", moved.join(", ")));
            }
            report
        }
        Fate::Satisfied => of(StepOutcome::Satisfied, None),
        Fate::Superseded(says) => of(StepOutcome::Superseded, Some(says)),
        Fate::Failed(says) | Fate::Refused(says) => of(StepOutcome::Failed, Some(says)),
        Fate::Unwritable(says) => of(StepOutcome::Unwritable, Some(says)),
        Fate::InDoubt(says) => of(StepOutcome::InDoubt, Some(says)),
        Fate::NotReached => return None,
    })
}

fn exit(frame: &Frame, plan: &Plan, pushed: &Pushed) -> Exit {
    let halted = pushed.halt.as_ref().map_or(Exit::Ok, of_halt);
    if halted == Exit::Interrupted {
        return halted;
    }
    let summary = &pushed.summary;
    let in_doubt = plan.held.iter().any(|it| it.why.rule == Rule::InDoubt);
    let refused =
        pushed.done.iter().filter(|it| matches!(it.fate, Fate::Refused(_))).count() as u64;
    let left = summary.failed - refused + summary.in_doubt + summary.superseded;
    let rerun_helps = in_doubt || left > 0 || !frame.incomplete.is_empty();
    let asked = frame.waiting_counts && !(plan.conflicts.is_empty() && plan.cases.is_empty());
    let waits = asked || refused > 0;
    Exit::worst([
        halted,
        if rerun_helps { Exit::Partial } else { Exit::Ok },
        if waits { Exit::Waiting } else { Exit::Ok },
    ])
}

fn of_halt(halt: &Halt) -> Exit {
    match halt {
        Halt::Ledger(error) => of_ledger(error).exit(),
        Halt::Remote(failure) => of_cause(&failure.cause).exit(),
        Halt::Budget(_) => Code::Budget.exit(),
        Halt::Interrupted => Exit::Interrupted,
    }
}
