//! Would a test turn red? Being filled in.
