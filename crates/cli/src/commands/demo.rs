//! `demo`: the whole product on two simulated systems, over real HTTP. First agreement, edits on both
//! sides by people, agreement again, and proof that nothing is left to do.

mod noted;
mod shared;
mod story;
mod talk;

use std::path::PathBuf;

use concordat_engine::Look;
use concordat_model::{Allowance, Class, Event, Plan, Scope, guard};
use concordat_remote::Clock;
use concordat_report::{
    Format, Mask, PlanDocument, Report, RunDocument, jsonl, plan_text, run_text, write_json,
};
use concordat_sandbox::{Options, Running, Sandbox};
use serde_json::{Map, Value, json};

use crate::args::{DemoArgs, Permissions};
use crate::clock::{self, OsClock};
use crate::code::Code;
use crate::commands::{doctor, history, sandbox};
use crate::desk::Desk;
use crate::documents::{DemoDocument, DemoEnd, DemoRun, SCHEMA_VERSION};
use crate::failure::{Exit, Failure};
use crate::outcome::{self, Frame};
use crate::session::Session;
use crate::shell::{Shell, write_file};
use crate::{plan_file, sandbox_config};

/// How many threats UpGuard has found in the demo: one of each kind, each with a title of its own.
const THREATS: usize = 5;

/// HighLevel's search index lags this far behind in the demo.
const INDEX_LAG_SECONDS: u64 = 3;

/// Plays the demo. Fails if the last run still finds something to do.
pub async fn run(args: &DemoArgs, shell: &Shell) -> Result<Exit, Failure> {
    let out = folder(args)?;
    let running = start(args).await?;
    let seed = args.population.seed;
    let config = out.join("concordat.toml");
    sandbox_config::write(&config, &running)?;
    let session = Session::at(&config, &out.join("state"))?;
    let (runs, looked_up) = (Vec::new(), Vec::new());
    let mut demo = Demo { out, running, session, shell, runs, looked_up, seed };

    demo.heading("What HighLevel lacks: doctor --fix")?;
    demo.define().await?;
    demo.heading("Two systems that never met")?;
    demo.first_agreement().await?;
    demo.heading("A day later: people edit on both sides")?;
    let noted = noted::edits(&demo)?;
    story::edits(&mut demo).await?;
    let shared = shared::edits(&demo)?;
    let talk = talk::edits(&demo)?;
    demo.minutes_pass(30);
    demo.heading("The nightly job")?;
    demo.reconcile("edits on both sides").await?;
    if let Some(shared) = shared {
        demo.heading("What a vendor shares with its contacts, looked up in both systems")?;
        let told = shared::look_up(&demo, &shared)?;
        demo.looked_up(told)?;
    }
    if let Some(talk) = talk {
        demo.heading("What was done and said about threats, looked up in both systems")?;
        let told = talk::look_up(&demo, &talk)?;
        demo.looked_up(told)?;
    }
    if let Some(noted) = noted {
        demo.heading("What UpGuard told and noted, looked up in the CRM")?;
        let told = noted::look_up(&demo, &noted)?;
        demo.looked_up(told)?;
    }
    demo.hours_pass(1);
    demo.heading("The next night")?;
    let operations = demo.reconcile("nothing changed").await?;
    demo.heading("And with the mirror deleted, from the ledger and a fresh pull")?;
    let rebuilt = demo.without_store().await?;
    demo.close(operations, rebuilt)
}

fn folder(args: &DemoArgs) -> Result<PathBuf, Failure> {
    let failed = |error| Failure::new(Code::System, format!("no folder for the demo: {error}"));
    match &args.out {
        Some(out) => {
            std::fs::create_dir_all(out).map_err(failed)?;
            if out.join("state").exists() {
                return Err(Failure::new(
                    Code::Exists,
                    format!("{} holds an earlier demo", out.display()),
                )
                .hint("choose another folder, or remove that one"));
            }
            Ok(out.clone())
        }
        None => {
            let dir = tempfile::Builder::new().prefix("concordat-demo-").tempdir();
            Ok(dir.map_err(failed)?.keep())
        }
    }
}

async fn start(args: &DemoArgs) -> Result<Running, Failure> {
    let options = Options {
        seed: args.population.seed,
        vendors: args.population.vendors,
        contacts: args.population.contacts,
        threats: THREATS,
        ..Options::default()
    };
    let running = Sandbox::start(options, clock::now).await.map_err(|error| {
        Failure::new(Code::System, format!("the sandbox cannot listen: {error}"))
    })?;
    let mut switches = sandbox::unlimited();
    switches.insert("index_lag_seconds".into(), json!(INDEX_LAG_SECONDS));
    running.with_world(|world| world.turn(&switches)).map_err(Failure::usage)?;
    Ok(running)
}

/// The demo while it plays.
struct Demo<'a> {
    out: PathBuf,
    running: Running,
    session: Session,
    shell: &'a Shell,
    runs: Vec<DemoRun>,
    /// What was looked up in both systems.
    looked_up: Vec<String>,
    seed: u64,
}

impl Demo<'_> {
    fn heading(&self, text: &str) -> Result<(), Failure> {
        self.shell.say(&format!("\n━━ {text} ━━\n"))
    }

    /// Everything that both systems hold.
    fn state(&self) -> Value {
        self.running.with_world(|world| world.state())
    }

    /// Defines the custom fields that the mapping uses.
    async fn define(&self) -> Result<(), Failure> {
        let made = doctor::define(&self.session, self.shell).await?;
        self.shell.say(&format!("Custom fields of contacts, defined now: {}", made.join(", ")))
    }

    fn looked_up(&mut self, told: Vec<String>) -> Result<(), Failure> {
        told.iter().try_for_each(|says| self.shell.say(&format!("  ✓ {says}")))?;
        self.looked_up.extend(told);
        Ok(())
    }

    fn hours_pass(&self, hours: i64) {
        self.running.with_world(|world| world.advance(chrono::TimeDelta::hours(hours)));
    }

    /// A plan that a person reads, saves and allows.
    async fn first_agreement(&mut self) -> Result<(), Failure> {
        let shell = self.shell;
        let mut desk = Desk::open(&self.session, "apply", shell)?;
        let sight = desk.look(Look::Moved, shell).await?;
        let plan = desk.plan(&sight, &Scope::default(), Look::Moved)?;
        let refusals = guard::findings(&plan, &self.session.limits);
        let forecast = desk.forecast(&plan);
        let document = PlanDocument::of(&plan, forecast, refusals);
        let path = self.out.join("first-agreement.plan.json");
        plan_file::write(&path, &document)?;
        desk.record(Event::Planned { plan: document.plan_hash().clone() })?;
        shell.say(&plan_text(&document, shell.paint()))?;
        self.heading("A person has read it and allows it: apply --allow first-agreement")?;
        let permissions = Permissions {
            allow: vec![Allowance { class: Class::FirstAgreement, up_to: None }],
            reason: Some("the demo's first agreement".into()),
        };
        let run = self.carry_out(&mut desk, plan, ("apply", &document), &permissions).await?;
        drop(desk);
        self.keep("first agreement", &document, run)
    }

    /// Settles, pulls, plans, asks the guards and applies; answers the number of operations.
    async fn reconcile(&mut self, title: &str) -> Result<usize, Failure> {
        let shell = self.shell;
        let mut desk = Desk::open(&self.session, "reconcile", shell)?;
        let sight = desk.look(Look::Moved, shell).await?;
        let plan = desk.plan(&sight, &Scope::default(), Look::Moved)?;
        let forecast = desk.forecast(&plan);
        let document = PlanDocument::of(&plan, forecast, Vec::new());
        shell.say(&plan_text(&document, shell.paint()))?;
        let operations = plan.steps.len();
        let nothing = Permissions::default();
        let run = self.carry_out(&mut desk, plan, ("reconcile", &document), &nothing).await?;
        drop(desk);
        self.keep(title, &document, run)?;
        Ok(operations)
    }

    async fn carry_out(
        &self,
        desk: &mut Desk<'_>,
        plan: Plan,
        (command, document): (&'static str, &PlanDocument),
        permissions: &Permissions,
    ) -> Result<RunDocument, Failure> {
        let frame = Frame {
            run: desk.run().clone(),
            command,
            began: OsClock.now(),
            plan_hash: document.plan_hash().clone(),
            waiting_counts: true,
            forecast: document.forecast().clone(),
            incomplete: Vec::new(),
        };
        let place = (desk, &self.session);
        let told = outcome::carry_out(plan, &frame, permissions, place, self.shell).await?;
        if told.exit == Exit::Refused {
            let says: Vec<String> = told.report.refusals.into_iter().map(|it| it.says).collect();
            return Err(Failure::new(Code::Guard, says.join("; ")));
        }
        self.shell.say(&run_text(&told.report, self.shell.paint()))?;
        Ok(RunDocument::of(told.report))
    }

    /// Deletes the mirror and plans again from the ledger and a fresh pull.
    async fn without_store(&mut self) -> Result<usize, Failure> {
        std::fs::remove_dir_all(self.session.store_dir()).map_err(|error| {
            Failure::new(Code::System, format!("the mirror cannot be deleted: {error}"))
        })?;
        let mut desk = Desk::open(&self.session, "plan", self.shell)?;
        let sight = desk.look(Look::Moved, self.shell).await?;
        let plan = desk.plan(&sight, &Scope::default(), Look::Moved)?;
        let document = PlanDocument::of(&plan, desk.forecast(&plan), Vec::new());
        self.shell.say(&plan_text(&document, self.shell.paint()))?;
        Ok(plan.steps.len())
    }

    /// Keeps a run for the document, and its plan as a page. The people are invented: nothing is
    /// masked.
    fn keep(
        &mut self,
        title: &str,
        document: &PlanDocument,
        run: RunDocument,
    ) -> Result<(), Failure> {
        let page = self.out.join(format!("{}.html", title.replace(' ', "-")));
        write_file(&page, true, |to| Report::Plan(document).write(Format::Html, Mask::Reveal, to))?;
        self.runs.push(DemoRun {
            title: title.to_owned(),
            plan: parsed(|out| document.write(out)),
            run: parsed(|out| run.write(out)),
        });
        Ok(())
    }

    fn close(self, operations: usize, rebuilt: usize) -> Result<Exit, Failure> {
        self.heading("The history")?;
        let verified = concordat_ledger::verify(&self.session.ledger_dir())?;
        self.shell.say(&format!("{} entries, every one in its place", verified.entries))?;
        let export = self.out.join("history.jsonl");
        let rows = history::all(&self.session.entries()?);
        write_file(&export, true, |to| jsonl(&rows, Mask::Reveal, to))?;
        let out = self.out.display();
        self.shell.say(&format!(
            "\nThe last run found {operations} operations, and {rebuilt} after the mirror was deleted.\n\
             Everything is in {out}: the configuration, the plans (also as pages for a browser), the state,\n\
             the history."
        ))?;
        let document = DemoDocument {
            schema_version: SCHEMA_VERSION,
            seed: self.seed,
            out: out.to_string(),
            runs: self.runs,
            looked_up: self.looked_up,
            last: DemoEnd { operations, operations_without_store: rebuilt },
            history: history::verification(&verified),
        };
        self.shell.document(|to| write_json(&document, to))?;
        if operations + rebuilt > 0 {
            return Err(Failure::new(Code::Unforeseen, "the last run still found something to do"));
        }
        Ok(Exit::Ok)
    }
}

/// A document as a value, to be part of a larger one.
fn parsed(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Value {
    let mut bytes = Vec::new();
    let written = write(&mut bytes);
    let value = written.ok().and_then(|()| serde_json::from_slice(&bytes).ok());
    value.unwrap_or_else(|| Value::Object(Map::new()))
}
