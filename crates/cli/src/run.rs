//! From the command line to the exit code.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::{self, AuthCommand, Cli, Colour, Command, DoctorArgs};
use crate::code::Code;
use crate::commands;
use crate::desk::INTERRUPTED;
use crate::failure::{Exit, Failure};
use crate::pairs::Pairs;
use crate::shell::{Shell, say};

/// Runs one command.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let exit = args::read(&words).and_then(|cli| carry_out(&cli)).unwrap_or_else(|failure| {
        tell(&failure, args::wants_json(&words));
        failure.exit()
    });
    ExitCode::from(exit)
}

fn carry_out(cli: &Cli) -> Result<Exit, Failure> {
    log(cli);
    let shell = Shell::new(cli);
    let ended = runtime().and_then(|runtime| runtime.block_on(command(cli, &shell)));
    if ended.is_err() {
        shell.progress_ended();
    }
    ended
}

/// A command is one task, on this thread; another thread carries its connections. More of them would only
/// keep memory to themselves: what one thread freed is not used again by the next.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Code::System, format!("no runtime: {error}")))
}

async fn command(cli: &Cli, shell: &Shell) -> Result<Exit, Failure> {
    let pairs = || Pairs::load(cli);
    match &cli.command {
        Command::Show(args) => commands::show::run(args, shell),
        Command::Sandbox(args) => commands::sandbox::run(args, shell).await,
        Command::Demo(args) => commands::demo::run(args, shell).await,
        Command::Init(args) => commands::init::run(args, shell).await,
        Command::Doctor(DoctorArgs { operations: true, .. }) => commands::doctor::operations(shell),
        Command::Doctor(DoctorArgs { operations: false, fix }) => {
            commands::doctor::run(&pairs()?, *fix, shell).await
        }
        Command::Auth(AuthCommand::Login(args)) => {
            commands::auth::login(args, pairs()?.signing_in()?, cli.no_input, shell).await
        }
        Command::Pull(args) => finishing(commands::pull::run(args, &pairs()?, shell)).await,
        Command::Plan(args) => finishing(commands::plan::run(args, &pairs()?, shell)).await,
        Command::Apply(args) => finishing(commands::apply::run(args, &pairs()?, shell)).await,
        Command::Reconcile(args) => {
            finishing(commands::reconcile::run(args, &pairs()?, shell)).await
        }
        Command::Conflicts(command) => commands::conflicts::run(command, pairs()?.only()?, shell),
        Command::Matches(command) => commands::matches::run(command, pairs()?.only()?, shell),
        Command::Quarantine(command) => commands::quarantine::run(command, pairs()?.only()?, shell),
        Command::State(command) => finishing(commands::state::run(command, &pairs()?, shell)).await,
        Command::History(command) => commands::history::run(command, &pairs()?, shell),
        Command::Compare(args) => commands::compare::run(args, shell),
        Command::Config(command) => commands::config::run(command, cli, shell),
        Command::Explain(args) => commands::explain::run(args, pairs()?.only()?, shell).await,
        Command::Runs(command) => commands::runs::run(command, &pairs()?, shell),
        Command::Completions(args) => commands::completions::run(args, shell),
        Command::Man => commands::completions::man(shell),
    }
}

/// Runs something that writes, and lets it finish the step at hand when interrupted.
async fn finishing<T>(work: impl Future<Output = T>) -> T {
    tokio::spawn(watch_for_interrupts());
    work.await
}

/// The first Ctrl-C (or SIGTERM) lets the step at hand finish; the second stops at once. Either way
/// nothing that was sent is forgotten: its intent is in the ledger.
async fn watch_for_interrupts() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    loop {
        let interrupted = tokio::select! {
            interrupt = tokio::signal::ctrl_c() => interrupt.is_ok(),
            terminate = terminate.recv() => terminate.is_some(),
        };
        if !interrupted {
            return;
        }
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
        say("finishing the step at hand; press Ctrl-C again to stop at once");
    }
}

/// Logs go to stderr. They carry ids, counts and times, never what a record holds.
fn log(cli: &Cli) {
    let level = match cli.verbose {
        2.. => "trace",
        1 => "info",
        0 => "warn",
    };
    let filter = EnvFilter::try_from_env("CONCORDAT_LOG").unwrap_or_else(|_| {
        let rooms = ["apply", "connectors", "engine", "ledger", "snapshot", "store", "cli"];
        EnvFilter::new(rooms.map(|room| format!("concordat_{room}={level}")).join(","))
    });
    // Libraries do log what they are given, phone numbers for instance: only our own rooms speak.
    let ours = filter_fn(|it| it.target().starts_with("concordat_"));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(io::stderr().is_terminal() && cli.color != Colour::Never)
        .with_writer(io::stderr)
        .log_internal_errors(false)
        .with_filter(filter.and(ours));
    tracing_subscriber::registry().with(lines).init();
}

fn tell(failure: &Failure, json: bool) {
    let mut to = io::stderr().lock();
    let written = if json { failure.write_json(&mut to) } else { failure.write_text(&mut to) };
    drop(written.and_then(|()| to.flush()));
}
