//! The commands, one file each. A command asks the session for what it needs, hands it to the engine,
//! and shows the answer; it decides nothing about records.

pub mod apply;
pub mod auth;
pub mod compare;
pub mod completions;
pub mod config;
pub mod conflicts;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod history;
pub mod init;
pub mod matches;
pub mod plan;
pub mod pull;
pub mod quarantine;
pub mod reconcile;
pub mod runs;
pub mod sandbox;
pub mod show;
pub mod state;
