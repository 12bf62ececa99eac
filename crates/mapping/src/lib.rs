//! (mapping)
