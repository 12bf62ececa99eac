//! `sandbox`: both systems on loopback, for trying things out. Its first line on stdout is a contract:
//! one JSON object with the addresses, the credentials and the control address.

use std::io::Write;

use concordat_sandbox::{Options, Sandbox, fault_profile};
use serde_json::{Map, Value, json};

use crate::args::SandboxArgs;
use crate::clock;
use crate::code::Code;
use crate::failure::{Exit, Failure};
use crate::sandbox_config;
use crate::shell::Shell;

/// How far HighLevel's search index lags unless a profile says otherwise: the vendor's "a few
/// seconds" (`highlevel.md` §6.3).
const INDEX_LAG_SECONDS: u64 = 3;

/// Serves until interrupted.
pub async fn run(args: &SandboxArgs, shell: &Shell) -> Result<Exit, Failure> {
    let options = Options {
        seed: args.population.seed,
        vendors: args.population.vendors,
        contacts: args.population.contacts,
        threats: args.threats,
        locations: usize::from(args.locations),
        upguard_addr: args.upguard_addr,
        highlevel_addr: args.highlevel_addr,
        ..Options::default()
    };
    let faults = faults(&args.faults)?;
    let running = Sandbox::start(options, clock::now).await.map_err(|error| {
        Failure::new(Code::System, format!("the sandbox cannot listen: {error}"))
            .hint("choose other addresses, or none for free ports")
    })?;
    let mut switches = Map::from_iter([("index_lag_seconds".to_owned(), json!(INDEX_LAG_SECONDS))]);
    if args.no_limits {
        switches.extend(unlimited());
    }
    switches.extend(faults);
    running.with_world(|world| world.turn(&switches)).map_err(Failure::usage)?;
    if let Some(path) = &args.write_config {
        sandbox_config::write(path, &running)?;
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", running.contract_line()).and_then(|()| out.flush()).map_err(|error| {
        Failure::new(Code::System, format!("stdout cannot be written: {error}"))
    })?;
    drop(out);
    shell.note("serving; press Ctrl-C to stop");
    stopped().await;
    Ok(Exit::Ok)
}

/// Switches that lift HighLevel's request limits in practice.
pub fn unlimited() -> Map<String, Value> {
    Map::from_iter([
        ("highlevel_burst_limit".to_owned(), json!(1_000_000_000_u64)),
        ("highlevel_daily_limit".to_owned(), json!(1_000_000_000_u64)),
    ])
}

fn faults(text: &str) -> Result<Map<String, Value>, Failure> {
    let profile = match fault_profile(text) {
        Some(profile) => profile,
        None => serde_json::from_str(text).map_err(|error| {
            Failure::usage(format!("{text:?} is no fault profile: {error}"))
                .hint("use none, lag, flaky or strict, or a JSON object as `POST faults` takes it")
        })?,
    };
    match profile {
        Value::Object(switches) => Ok(switches),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Failure::usage("faults are a JSON object"))
        }
    }
}

async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
