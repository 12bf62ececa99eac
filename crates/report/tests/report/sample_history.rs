//! A run and a ledger with something of everything, made by hand.

use concordat_model::entry::{FieldReceipt, RunBegan, RunEnded};
use concordat_model::*;
use concordat_report::{RunReport, StepOutcome, StepReport, plan_hash};

use crate::sample::*;

fn receipt(step: &Step, record: RecordKey, verdicts: &[(Verdict, Held)]) -> Receipt {
    let field = |(field, (verdict, found)): (&FieldStep, &(Verdict, Held))| FieldReceipt {
        name: field.name.clone(),
        path: field.path.clone(),
        before: field.before.clone(),
        sent: field.after.clone(),
        found: if *verdict == Verdict::Confirmed { field.after.clone() } else { found.clone() },
        source: field.source.clone(),
        verdict: *verdict,
        why: field.why,
    };
    Receipt {
        mapping: step.mapping.clone(),
        link: step.link.clone(),
        side: step.side,
        record,
        sources: step.sources.clone(),
        source_stamp: None,
        name: step.name.clone(),
        action: step.action,
        matched: step.matched.clone(),
        adopted: false,
        fields: step.fields.iter().zip(verdicts).map(field).collect(),
        stamp: None,
        read_at: time("2026-03-14T02:01:00Z"),
    }
}

fn ada() -> Receipt {
    let kept = (Verdict::Normalised, text("+44 20 7946 0958"));
    let sure = (Verdict::Confirmed, None);
    let verdicts = [sure.clone(), sure.clone(), sure, kept];
    Receipt { adopted: true, ..receipt(&creation(), key(Resource::Contact, "nEw1aDa"), &verdicts) }
}

fn grace() -> Receipt {
    let step = phone_update();
    let lost = (Verdict::Discarded, text("Rear Admiral"));
    receipt(&step, step.record.clone().unwrap(), &[(Verdict::Confirmed, None), lost])
}

fn initech() -> Receipt {
    let step = tier_update();
    let sure = (Verdict::Confirmed, None);
    let verdicts = [sure.clone(), (Verdict::Overtaken, text("Bill L.")), sure];
    receipt(&step, step.record.clone().unwrap(), &verdicts)
}

pub fn report() -> RunReport {
    let plan = rich();
    let says = |text: &str| Some(text.to_owned());
    let globex = plan.steps[1].clone();
    let doubt = Step { name: "Wonka".into(), record: None, ..creation() };
    let failed = Step { name: "Cyberdyne".into(), ..tier_update() };
    let satisfied = Step { name: "Soylent".into(), ..tier_update() };
    RunReport {
        run: Some("R-000042".into()),
        command: "reconcile".into(),
        pair: plan.pair.clone(),
        plan_hash: Some(plan_hash(&plan)),
        began: time("2026-03-14T02:00:00Z"),
        ended: time("2026-03-14T02:01:17Z"),
        complete: true,
        stopped: None,
        exit_code: 3,
        planned: plan.summary(),
        operations: 7,
        forecast: cost(&plan),
        settled: plan.settlements.len() as u64,
        refusals: Vec::new(),
        incomplete: vec!["all HighLevel businesses: the answer is cut off".into()],
        steps: vec![
            StepReport::applied(&tier_update(), &initech()),
            StepReport::of(&globex, StepOutcome::Superseded, says("score is 750 now, not 711")),
            StepReport::of(
                &failed,
                StepOutcome::Failed,
                says("UpGuard answered 422: unknown tier"),
            ),
            StepReport::of(&satisfied, StepOutcome::Satisfied, None),
            StepReport::applied(&creation(), &ada()),
            StepReport::applied(&phone_update(), &grace()),
            StepReport::of(
                &doubt,
                StepOutcome::InDoubt,
                says("the connection broke after sending"),
            ),
        ],
        conflicts: conflicts(),
        cases: cases(),
        drift: drift(),
        held: held(),
        quarantined: Vec::new(),
        dismissals: Vec::new(),
        requests: crate::sample_requests::endpoints(),
    }
}

pub fn refused() -> RunReport {
    let plan = rich();
    RunReport {
        complete: false,
        stopped: Some("refused by a guard; nothing was written".into()),
        exit_code: 5,
        operations: plan.steps.len() as u64,
        settled: 0,
        refusals: refusals(&plan),
        steps: Vec::new(),
        requests: Vec::new(),
        ..report()
    }
}

pub fn entries() -> Vec<Entry> {
    let plan = rich();
    let run = RunId::new("R-000042");
    let intended =
        |step: Step| Event::Intended { intent: IntentId::of(&run, &step), step: Box::new(step) };
    let closed = |step: &Step, receipt| Event::Closed {
        intent: IntentId::of(&run, step),
        outcome: Outcome::Verified(receipt),
    };
    let refused = Outcome::Refused { says: "422".into(), twin: None };
    let events = vec![
        (true, Event::RunBegan(began(&plan))),
        (true, Event::Settled(plan.settlements[0].clone())),
        (true, intended(tier_update())),
        (true, closed(&tier_update(), initech())),
        (true, intended(creation())),
        (true, closed(&creation(), ada())),
        (true, intended(phone_update())),
        (true, closed(&phone_update(), grace())),
        (true, intended(plan.steps[1].clone())),
        (true, Event::Closed { intent: IntentId::of(&run, &plan.steps[1]), outcome: refused }),
        (true, Event::RunEnded(RunEnded::sample())),
        (false, decided_conflict()),
        (false, decided_match()),
    ];
    let entry = |(seq, (in_run, event)): (usize, (bool, Event))| Entry {
        seq: seq as u64,
        epoch: 1,
        at: time(&format!("2026-03-14T02:00:{:02}Z", 10 + seq)),
        pair: plan.pair.clone(),
        run: in_run.then(|| run.clone()),
        event,
    };
    events.into_iter().enumerate().map(entry).collect()
}

fn began(plan: &Plan) -> RunBegan {
    RunBegan {
        command: "reconcile".into(),
        plan: plan_hash(plan),
        scope: Scope::default(),
        allowed: Vec::new(),
        reason: None,
        mapping: plan.mapping.clone(),
        tenants: plan.tenants.clone(),
        first_agreement: plan.first_agreement.clone(),
    }
}

trait Sample {
    fn sample() -> Self;
}

impl Sample for RunEnded {
    fn sample() -> Self {
        RunEnded {
            complete: true,
            certified: true,
            summary: RunSummary::default(),
            population: Default::default(),
            carried: Default::default(),
        }
    }
}

fn decided_conflict() -> Event {
    Event::Decided {
        decision: Decision::Conflict {
            link: tier_update().link,
            field: "tier".into(),
            held: Sides { upguard: number(1), highlevel: number(3) },
            take: Take::Side(Side::Upguard),
        },
        by: "mara".into(),
        reason: Some("as agreed in the March review".into()),
    }
}

fn decided_match() -> Event {
    Event::Decided {
        decision: Decision::Match {
            mapping: "contacts".into(),
            record: key(Resource::VendorContact, "8820"),
            choice: Choice::Link(key(Resource::Contact, "fG5hI")),
        },
        by: "mara".into(),
        reason: None,
    }
}

/// Three nights: one with a permission and everything else, one that was killed, one that found what
/// that one had sent.
pub fn nights() -> Vec<Entry> {
    let plan = rich();
    let mut entries = entries();
    for entry in &mut entries {
        match &mut entry.event {
            Event::RunBegan(began) => {
                let creates = Allowance { class: Class::Creates, up_to: Some(40) };
                began.allowed = vec![creates];
                began.reason = Some("the EMEA suppliers were added on Monday".into());
            }
            Event::RunEnded(ended) => {
                ended.summary = RunSummary {
                    planned: plan.summary(),
                    applied: 3,
                    satisfied: 1,
                    superseded: 1,
                    failed: 1,
                    in_doubt: 0,
                };
            }
            _ => {}
        }
    }
    let killed = RunId::new("R-000043");
    let after = RunId::new("R-000044");
    let wonka = Step { name: "Wonka".into(), id: "s-wonka".into(), ..creation() };
    let intended = |step: &Step| Event::Intended {
        intent: IntentId::of(&killed, step),
        step: Box::new(step.clone()),
    };
    let found = Event::Closed {
        intent: IntentId::of(&killed, &tier_update()),
        outcome: Outcome::Verified(Receipt { adopted: true, ..initech() }),
    };
    let events = [
        (&killed, Event::RunBegan(began(&plan))),
        (&killed, intended(&tier_update())),
        (&killed, intended(&wonka)),
        (&after, found),
        (&after, Event::RunBegan(began(&plan))),
        (&after, Event::RunEnded(RunEnded { complete: false, ..RunEnded::sample() })),
    ];
    for (run, event) in events {
        let seq = entries.len() as u64;
        let day = if *run == killed { 15 } else { 16 };
        entries.push(Entry {
            seq,
            epoch: 2,
            at: time(&format!("2026-03-{day}T02:00:{:02}Z", 10 + seq)),
            pair: plan.pair.clone(),
            run: Some(run.clone()),
            event,
        });
    }
    entries
}
