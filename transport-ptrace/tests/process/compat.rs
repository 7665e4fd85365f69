//! A 32-bit program, laid out by hand: nothing that could compile one is needed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    arch::{COMPAT_MACHINE, compat_program},
    victim::Victim,
};
use std::{io::Write, os::unix::fs::PermissionsExt, process::Command};
use tempfile::TempPath;

/// The headers of an ELF file whose only segment is all of it, and the code behind them.
fn file() -> Vec<u8> {
    const BASE: u32 = 0x20_0000;
    const HEADERS: u32 = 84;
    let (machine, flags) = COMPAT_MACHINE;
    let code = compat_program(BASE + HEADERS);
    let length = HEADERS + u32::try_from(code.len()).unwrap();
    let halves = |halves: &[u16]| halves.iter().flat_map(|half| half.to_le_bytes()).collect::<Vec<u8>>();
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    [
        // 32-bit, little-endian, version 1.
        [b"\x7fELF\x01\x01\x01".as_slice(), &[0; 9]].concat(),
        // Executable; then version, entry, program headers, section headers, flags.
        halves(&[2, machine]),
        words(&[1, BASE + HEADERS, 52, 0, flags]),
        // Sizes and numbers of headers.
        halves(&[52, 32, 1, 0, 0, 0]),
        // PT_LOAD: offset, virtual and physical address, size in file and memory, read write execute, alignment.
        words(&[1, 0, BASE, BASE, length, length, 7, 0x1_0000]),
        code,
    ]
    .concat()
}

/// A started 32-bit program, and its file.
pub(crate) fn start() -> (Victim, TempPath) {
    let mut program = tempfile::NamedTempFile::new().unwrap();
    program.write_all(&file()).unwrap();
    program.as_file().set_permissions(PermissionsExt::from_mode(0o700)).unwrap();
    let path = program.into_temp_path();
    (Victim::start_program(&mut Command::new(&path)), path)
}
