//! The `concordat` binary: hands the command line to the library and turns its answer into an exit
//! code. It knows nothing else.

fn main() {}
