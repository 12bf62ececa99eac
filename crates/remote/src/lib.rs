//! (remote)
