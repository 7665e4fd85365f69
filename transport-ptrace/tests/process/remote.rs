//! Words in a victim's memory.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rsyscall_core::identifier::Process;
use std::{fs::File, os::unix::fs::FileExt};

fn memory(process: Process) -> File {
    File::options().read(true).write(true).open(format!("/proc/{}/mem", process.into_raw())).unwrap()
}

pub(crate) fn peek(process: Process, address: u64) -> u64 {
    let mut word = [0; 8];
    memory(process).read_exact_at(&mut word, address).unwrap();
    u64::from_le_bytes(word)
}

/// Writes 32 bits.
pub(crate) fn poke(process: Process, address: u64, word: u32) {
    memory(process).write_all_at(&word.to_le_bytes(), address).unwrap();
}
