//! What did we agree, intend and do? An append-only log of events in plain files, durable before
//! [`Ledger::append`] returns, chained so that no entry can be changed, removed or reordered unseen,
//! and replayed into everything a new plan builds on.
//!
//! Every entry has two parts. The **leaf** holds no values: pseudonyms, field names and salted
//! commitments, chained by SHA-256. The **opening** holds the values and the salt; it can be erased
//! for a person's sake, and the chain still verifies.
//!
//! - [`Ledger`] writes, under a lock; [`History`] reads, without; [`verify`] checks everything.
//! - [`Standing`] is the replay: pure, one exhaustive `match` over the events. What it adds up to lies
//!   in the store as of a checkpoint, so that neither memory nor time grows with all that was agreed;
//!   the store can be lost at any time, and is made anew from the ledger.
//! - [`Disk`] is the port to the files: the operating system's, or a simulated one that crashes.
//!
//! It does not know why anything was decided, and nothing of HTTP, configuration or clocks.

mod audit;
mod disk;
mod erasure;
mod error;
mod frame;
mod hash;
mod history;
mod leaf;
mod ledger;
mod mark;
mod memory_disk;
mod parts;
mod projection;
mod replay;
mod shelf;
mod tail;
mod taken;
mod touched;
mod walk;
mod witness;

pub use audit::audit;
pub use disk::{Disk, OsDisk};
pub use error::LedgerError;
pub use hash::Hash;
pub use history::{History, Recorded, Verification, verify, verify_on};
pub use leaf::{FieldLeaf, Kind, Leaf, Opening};
pub use ledger::{Ledger, SaltSource};
pub use memory_disk::MemoryDisk;
pub use projection::Dirty;
pub use replay::{OpenIntent, Standing};
pub use taken::Taken;
pub use touched::Touched;
pub use walk::Torn;
