//! The `concordat` binary as the tests of whole nights run it. It differs from the real one in its name.

use std::process::ExitCode;

fn main() -> ExitCode {
    concordat_cli::run::main()
}
