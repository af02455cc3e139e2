//! See `fuzzed::scim`.
#![no_main]
#![expect(dead_code, reason = "each target runs a part")]

#[path = "../../tests/suite/fuzzed.rs"]
mod fuzzed;
#[path = "../../tests/suite/plain.rs"]
mod plain;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::scim(data));
