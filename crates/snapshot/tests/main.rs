//! All tests of the mirror, as one program: it is linked once, and no file waits for another.

mod absence;
mod certificates;
mod clocks;
mod dirty;
mod intervals;
mod keeping;
mod script;
mod sweeps;
mod windows;
