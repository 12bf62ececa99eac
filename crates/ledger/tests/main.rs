//! All tests of the ledger, as one program: it is linked once, and no file waits for another.

mod answers;
mod backup;
mod chain;
mod crash;
mod directory;
mod golden;
mod projection;
mod projection_law;
mod replay;
mod samples;
