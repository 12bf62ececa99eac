//! What can be asked of the two pretended systems, and of the demonstration on them?

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// How large the simulated systems are.
#[derive(Clone, Copy, Debug, Args)]
pub struct PopulationArgs {
    /// The same seed gives the same people and companies.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// UpGuard vendors.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub vendors: usize,
    /// UpGuard vendor contacts.
    #[arg(long, value_name = "N", default_value_t = 24)]
    pub contacts: usize,
}

/// `sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// Where to serve UpGuard [default: any free port on loopback].
    #[arg(long, value_name = "ADDRESS")]
    pub upguard_addr: Option<SocketAddr>,
    /// Where to serve HighLevel [default: any free port on loopback].
    #[arg(long, value_name = "ADDRESS")]
    pub highlevel_addr: Option<SocketAddr>,
    /// How large.
    #[command(flatten)]
    pub population: PopulationArgs,
    /// UpGuard threats.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub threats: usize,
    /// HighLevel locations, each with people, businesses and a token of its own.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub locations: u16,
    /// Faults to begin with: `none`, or a JSON object as `POST faults` takes it.
    #[arg(long, value_name = "PROFILE", default_value = "none")]
    pub faults: String,
    /// Write a configuration that points at this sandbox.
    #[arg(long, value_name = "FILE")]
    pub write_config: Option<PathBuf>,
    /// Announce and enforce practically no request limits.
    #[arg(long)]
    pub no_limits: bool,
}

/// `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Keep the state, the plans and the history here [default: a temporary directory].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How large.
    #[command(flatten)]
    pub population: PopulationArgs,
}
