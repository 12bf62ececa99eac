//! Which input breaks a law? libFuzzer looks for one, guided by what of the code an input reaches. The law is the
//! one that `CONCORDAT_LAW` names; it and all others are in `tests/src/fuzz`.

#![no_main]

use std::sync::LazyLock;

use concordat_tests::fuzz::{Target, target};
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("CONCORDAT_LAW").expect("CONCORDAT_LAW names a target");
    target(&name).unwrap_or_else(|| panic!("there is no target {name}"))
});

fuzz_target!(|input: &[u8]| (TARGET.law)(input));
