//! The commands, one file each. A command asks the session for what it needs, hands it to the engine,
//! and shows the answer; it decides nothing about records.

pub mod apply;
pub mod config;
pub mod conflicts;
pub mod demo;
pub mod doctor;
pub mod history;
pub mod init;
pub mod matches;
pub mod plan;
pub mod pull;
pub mod reconcile;
pub mod sandbox;
pub mod show;
