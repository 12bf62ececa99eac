//! Asks and shows: the command line, configuration files, exit codes. Business rules live elsewhere.

pub mod args;
mod causes;
pub mod clock;
pub mod code;
pub mod commands;
pub mod config;
pub mod desk;
pub mod documents;
pub mod examples;
pub mod failure;
pub mod forecast;
mod grant;
pub mod outcome;
pub mod pairs;
pub mod paper;
pub mod plan_file;
pub mod reports;
pub mod request_log;
pub mod run;
pub mod sandbox_config;
pub mod session;
pub mod shell;
mod tokens;
