//! What can a person ask of concordat, and how is the answer shown? The command line as a library.
//!
//! It asks and shows; the rules are in the rooms below it. [`config`] reads what a person wrote,
//! [`failure`] says how a command ends.

pub mod config;
pub mod failure;
