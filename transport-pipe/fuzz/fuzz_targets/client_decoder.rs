//! The client at a server that answers anything at all.
#![no_main]

#[path = "../../tests/scripted/decoder.rs"]
mod decoder;

libfuzzer_sys::fuzz_target!(|data: &[u8]| decoder::run(data));
