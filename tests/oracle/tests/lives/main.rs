//! Does each judge complain about what is wrong, and about nothing else? For every promise lives that keep it,
//! and lives that break it in one place.

mod deeds;
mod doubt;
mod ends;
mod random;
mod told;
