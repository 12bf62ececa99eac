//! What did a person configure? Finds, reads and explains `concordat.toml`; writes a new one.
//!
//! [`mod@file`] is what may be said, `shape` and `sense` check it (`document` helps to say where), [`load()`] puts that together. [`secret`] follows a source to a key,
//! [`state`] finds the state directory, [`show()`] and [`check`] answer `config show`, `config
//! schema` and `config check`, [`template`] is what `init` writes. Nothing here opens a connection.

pub mod check;
mod document;
pub mod file;
pub mod limits;
pub mod load;
#[cfg(test)]
mod own_tests;
pub mod secret;
mod sense;
mod shape;
pub mod show;
pub mod sign_in;
pub mod state;
pub mod surroundings;
pub mod template;
pub mod values;

pub use check::Checked;
pub use file::{Canary, Config, Pair};
pub use load::{FILE_NAME, Loaded, find, load, read};
pub use secret::{Secret, SecretError, SecretSource};
pub use show::{Origin, Setting, schema_text, show};
pub use sign_in::{OAuth, SignIn};
pub use state::{StateDir, StateOrigin};
pub use surroundings::Surroundings;
pub use template::Answers;
pub use values::{Address, Span};
