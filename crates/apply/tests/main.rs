//! All tests of apply, as one program: it is linked once, and no file waits for another.

mod anew;
mod asks;
mod creates;
mod deletions;
mod halves;
mod paper;
mod rounds;
mod settling;
mod shares;
mod unfed;
mod verdicts;
