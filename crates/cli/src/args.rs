//! What can be asked on the command line? Names here are a contract: scripts depend on them.

mod asking;
mod pretend;
mod read;
mod state;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use concordat_engine::Look;
use concordat_model::{Allowance, Scope};

use crate::reports::Reports;

pub use self::asking::{
    AuthCommand, CompareArgs, CompletionsArgs, ExplainArgs, ExportFormat, HistoryCommand,
    HistoryFilter, LoginArgs, QuarantineCommand, RequestsWish, RunsCommand,
};
pub use self::pretend::{DemoArgs, PopulationArgs, SandboxArgs};
pub use self::read::{read, wants_json};
pub use self::state::StateCommand;

/// The heading of options that every command takes.
const EVERYWHERE: &str = "Options of every command";

/// Keeps UpGuard and HighLevel in agreement: shows what differs and why, applies the fewest safe
/// writes to each side, and keeps a history an auditor can check.
#[derive(Debug, Parser)]
#[command(
    name = "concordat",
    bin_name = "concordat",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    before_help = "Examples:\n  concordat demo                      see the whole product work on two simulated systems\n  concordat init                      write a configuration\n  concordat plan --out plan.json      see what would be done, and save it\n  concordat apply plan.json           do exactly that\n  concordat reconcile                 the nightly job: pull, plan, check, apply"
)]
pub struct Cli {
    /// Configuration file [default: ./concordat.toml, then the XDG configuration directory].
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Directory of the mirror and the ledger.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// The pair to work on [default: `pull`, `plan` and `reconcile` run all of them].
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "ID")]
    pub pair: Option<String>,
    /// Print one JSON document on stdout; everything else goes to stderr.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,
    /// Say nothing where all went well: for cron.
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    pub quiet: bool,
    /// Log more; twice for everything.
    #[arg(long, short, global = true, help_heading = EVERYWHERE, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// When to colour what is printed.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
    /// Never ask anything; fail instead.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub no_input: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask for keys and location, check them, and write an annotated configuration.
    Init(InitArgs),
    /// Check configuration, keys, both accounts and their clocks, attributes, state and ledger.
    Doctor(DoctorArgs),
    /// Sign in to HighLevel.
    #[command(subcommand)]
    Auth(AuthCommand),
    /// Mirror both systems into the local store.
    Pull(PullArgs),
    /// Show what would be done, and why. Writes to neither system.
    Plan(PlanArgs),
    /// Show a saved plan.
    Show(ShowArgs),
    /// Apply a saved plan, exactly.
    Apply(ApplyArgs),
    /// The nightly job: settle, pull, plan, check, apply.
    Reconcile(ReconcileArgs),
    /// Why a record is as it is, and what would happen to it now. Needs no network.
    Explain(ExplainArgs),
    /// Fields on which both systems differ and a person has to decide.
    #[command(subcommand)]
    Conflicts(ConflictsCommand),
    /// Records that could be several things.
    #[command(subcommand)]
    Matches(MatchesCommand),
    /// Archives and deletions that wait, in case what is gone comes back.
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// Which runs there were, and what each did.
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Who changed what, when, from what to what, and why.
    #[command(subcommand)]
    History(HistoryCommand),
    /// What differs between two exports, row by row and field by field.
    Compare(CompareArgs),
    /// Mend what concordat knows: after damage, or with a backup.
    #[command(subcommand)]
    State(StateCommand),
    /// Serve both systems on loopback, for trying things out.
    Sandbox(SandboxArgs),
    /// The whole product on two simulated systems: first agreement, edits on both sides, agreement.
    Demo(DemoArgs),
    /// Check, show or describe the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print what a shell needs to complete commands and options.
    Completions(CompletionsArgs),
    /// Print the manual page.
    Man,
}

/// `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where to write it. Never overwrites.
    #[arg(long, value_name = "FILE", default_value = "concordat.toml")]
    pub out: PathBuf,
    /// UpGuard's base address.
    #[arg(long, value_name = "URL")]
    pub upguard_url: Option<String>,
    /// Environment variable that holds the UpGuard key.
    #[arg(long, value_name = "NAME")]
    pub upguard_key_env: Option<String>,
    /// HighLevel's base address.
    #[arg(long, value_name = "URL")]
    pub highlevel_url: Option<String>,
    /// Environment variable that holds the HighLevel token.
    #[arg(long, value_name = "NAME")]
    pub highlevel_token_env: Option<String>,
    /// The HighLevel location.
    #[arg(long, value_name = "ID")]
    pub location: Option<String>,
    /// Write it without trying the keys.
    #[arg(long)]
    pub no_check: bool,
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// List every API operation in use, and the scope or permission it needs; no configuration is
    /// needed.
    #[arg(long)]
    pub operations: bool,
    /// Define the custom fields of HighLevel contacts that the mapping uses and that are missing.
    #[arg(long, conflicts_with = "operations")]
    pub fix: bool,
}

/// The part of everything that is planned.
#[derive(Debug, Args)]
pub struct ScopeArgs {
    /// Only this mapping or record (name or id).
    #[arg(long, value_name = "MAPPING|RECORD")]
    pub only: Option<String>,
    /// At most so many steps.
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Ask for what was asked lately, and compare what did not move, too; done once a week anyway.
    #[arg(long)]
    pub full: bool,
}

impl ScopeArgs {
    /// The same, as a plan says it.
    pub fn scope(&self) -> Scope {
        Scope { only: self.only.clone(), limit: self.limit }
    }

    /// How much is looked at for it.
    pub fn look(&self) -> Look {
        looked_at(self.full)
    }
}

/// `pull`.
#[derive(Debug, Args)]
pub struct PullArgs {
    /// Ask for what was asked lately, too: see [pull] in the configuration.
    #[arg(long)]
    pub full: bool,
}

impl PullArgs {
    /// How much is asked for.
    pub fn look(&self) -> Look {
        looked_at(self.full)
    }
}

fn looked_at(full: bool) -> Look {
    if full { Look::Everything } else { Look::Moved }
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Save the plan, to be applied with `apply`.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Plan from the mirror as it is.
    #[arg(long)]
    pub no_pull: bool,
    /// Exit with 10 if there is something to do.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// The part.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Reports.
    #[command(flatten)]
    pub reports: Reports,
}

/// `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The plan file.
    pub file: PathBuf,
}

/// Permissions for one run.
#[derive(Debug, Default, Args)]
pub struct Permissions {
    /// Allow one class of what the guards refuse, optionally up to a number; may be repeated.
    #[arg(long, value_name = "CLASS[:N]")]
    pub allow: Vec<Allowance>,
    /// Why; recorded in the history.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// `apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The plan file.
    pub file: PathBuf,
    /// Permissions.
    #[command(flatten)]
    pub permissions: Permissions,
    /// Reports.
    #[command(flatten)]
    pub reports: Reports,
}

/// `reconcile`.
#[derive(Debug, Args)]
pub struct ReconcileArgs {
    /// Permissions.
    #[command(flatten)]
    pub permissions: Permissions,
    /// The part.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Reports.
    #[command(flatten)]
    pub reports: Reports,
}

/// `conflicts`.
#[derive(Debug, Subcommand)]
pub enum ConflictsCommand {
    /// List them.
    List,
    /// Show one, with what both systems held when they last agreed.
    Show {
        /// Its id.
        id: String,
    },
    /// Decide one; carried out by the next run.
    Resolve {
        /// Its id.
        id: String,
        /// Whose value to take, or `leave` to leave both as they are.
        #[arg(long, value_enum)]
        take: TakeArg,
        /// Why; recorded in the history.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

/// `--take`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TakeArg {
    /// UpGuard's value.
    Upguard,
    /// HighLevel's value.
    Highlevel,
    /// Neither.
    Leave,
}

/// `matches`.
#[derive(Debug, Subcommand)]
pub enum MatchesCommand {
    /// List records that could be several things.
    List,
    /// Say what one is, or that one that was deleted is to be made again; carried out by the next run.
    Decide {
        /// Its id.
        id: String,
        /// What it is.
        #[command(flatten)]
        choice: ChoiceArgs,
        /// Why; recorded in the history.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

/// What an ambiguous record is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct ChoiceArgs {
    /// The same thing as this record of the other system.
    #[arg(long, value_name = "RECORD")]
    pub link: Option<String>,
    /// None of them: create one. Of a record that was deleted: make it again.
    #[arg(long)]
    pub create: bool,
    /// Leave it unlinked.
    #[arg(long)]
    pub never: bool,
    /// Forget what was decided about it, and ask again.
    #[arg(long)]
    pub ask_again: bool,
}

/// `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check it, and say what it maps.
    Check,
    /// Show it with all defaults.
    Show {
        /// Say where each value comes from.
        #[arg(long)]
        origin: bool,
    },
    /// Print its JSON Schema.
    Schema,
}
