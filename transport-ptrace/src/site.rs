//! Where in the tracee's memory there is an instruction that enters the kernel. Existing ones are used; text is never
//! changed.

use crate::{
    memory::Memory,
    proc_file::{find_line, hexadecimal, open_of, read_of},
    registers::{INSTRUCTION, Registers},
};
use rsyscall_core::{identifier::Process, near::fs::OFlags};

/// Looks where the thread has just made a call, then in the vDSO, then in all that may be executed.
pub(crate) fn find(tracee: Process, memory: &Memory, registers: &Registers) -> Option<u64> {
    used(memory, registers).or_else(|| in_vdso(tracee, memory)).or_else(|| anywhere(tracee, memory))
}

fn used(memory: &Memory, registers: &Registers) -> Option<u64> {
    let site = registers.used_instruction()?;
    let mut bytes = [0; INSTRUCTION.len()];
    memory.read(site, &mut bytes).ok()?;
    (bytes == INSTRUCTION).then_some(site)
}

/// Looks in the vDSO, then in all that may be executed, for one that is not where it must not be.
pub(crate) fn outside(tracee: Process, memory: &Memory, excluded: impl Fn(u64) -> bool) -> Option<u64> {
    in_vdso(tracee, memory).or_else(|| anywhere(tracee, memory)).filter(|site| !excluded(*site))
}

/// `AT_SYSINFO_EHDR`: where the vDSO begins.
const AT_SYSINFO_EHDR: u64 = 33;
/// No vDSO is longer.
const VDSO_LENGTH: u64 = 16384;

fn in_vdso(tracee: Process, memory: &Memory) -> Option<u64> {
    let mut buffer = [0; 1024];
    let auxv = read_of(tracee, "auxv", &mut buffer).ok()?;
    let (words, _) = auxv.as_chunks::<8>();
    let (pairs, _) = words.as_chunks::<2>();
    let start = pairs
        .iter()
        .map(|pair| pair.map(u64::from_le_bytes))
        .find_map(|[kind, value]| (kind == AT_SYSINFO_EHDR && value != 0).then_some(value))?;
    scan(memory, start, start.checked_add(VDSO_LENGTH)?)
}

/// So much of a mapping, and of all together, is looked through: a process may have mapped terabytes.
const MOST_OF_ONE: u64 = 64 << 20;
const MOST: u64 = 1 << 30;

/// Reads `/proc/PID/maps` line by line.
fn anywhere(tracee: Process, memory: &Memory) -> Option<u64> {
    let fd = open_of(tracee, "maps", OFlags::RDONLY).ok()?;
    let mut rest = MOST;
    find_line(fd, |line| {
        let (start, end) = executable(line)?;
        let length = end.checked_sub(start)?.min(MOST_OF_ONE).min(rest);
        rest = rest.saturating_sub(length);
        scan(memory, start, start.checked_add(length)?)
    })
    .ok()?
}

/// The range of a line of `/proc/PID/maps`, if it may be executed. The vsyscall page may, and cannot be used.
fn executable(line: &[u8]) -> Option<(u64, u64)> {
    let (start, rest) = hexadecimal(line)?;
    let (end, rest) = hexadecimal(rest.strip_prefix(b"-")?)?;
    (rest.get(3) == Some(&b'x') && !rest.ends_with(b"[vsyscall]")).then_some((start, end))
}

/// Looks for the instruction at its alignment; a jump to it is all that will be done.
fn scan(memory: &Memory, start: u64, end: u64) -> Option<u64> {
    const STEP: usize = 1024;
    let alignment = if INSTRUCTION.len() == 4 { 4 } else { 1 };
    // Windows overlap, so that an instruction across their border is seen.
    let mut buffer = [0; STEP + INSTRUCTION.len()];
    let mut at = start;
    while at < end {
        let wanted = usize::try_from(end.saturating_sub(at)).ok()?.min(buffer.len());
        let window = buffer.get_mut(..wanted)?;
        let valid = match memory.read(at, window) {
            Ok(()) => wanted,
            Err((done, _)) => done,
        };
        let found = window
            .get(..valid)?
            .windows(INSTRUCTION.len())
            .enumerate()
            .find(|(offset, bytes)| offset.is_multiple_of(alignment) && *bytes == INSTRUCTION);
        if let Some((offset, _)) = found {
            return at.checked_add(offset as u64);
        }
        if valid < wanted {
            return None;
        }
        at = at.checked_add(STEP as u64)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_executable_ranges_are_scanned() {
        assert_eq!(
            executable(b"00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/a"),
            Some((0x40_0000, 0x45_2000))
        );
        assert_eq!(executable(b"00651000-00652000 r--p 00051000 08:02 173521 /usr/bin/a"), None);
        assert_eq!(executable(b"ffffffffff600000-ffffffffff601000 --xp 0 00:00 0 [vsyscall]"), None);
        assert_eq!(executable(b"nonsense"), None);
    }
}
