//! The request log: which requests did the latest runs of a pair send, and how did each end?
//!
//! One file after the other in a directory of the pair, each of lines of JSON: a head, then an exchange per
//! line. [`Recorder`] writes, [`logged`] and [`Logged::each`] read, also while a run is at work. What is lost
//! when a process dies is what was not written yet; a line that was cut off is left out and counted.
//!
//! It does not know who sends requests, nor what they are about. It is kept for people, and no decision rests
//! on it: what fails here stops no run.

mod error;
mod files;
mod head;
mod reader;
mod recorder;

pub use error::LogError;
pub use files::Bounds;
pub use head::Head;
pub use reader::{Logged, Unread, logged};
pub use recorder::Recorder;
