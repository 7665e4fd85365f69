//! A thread within a restartable sequence, which the kernel aborts when it is interrupted.
#![expect(unsafe_code, reason = "registers a restartable sequence")]

use crate::{
    arch::spin_in_sequence,
    remote::{peek, poke},
    victim::{VARIABLE, Victim, WATCHDOG, tell},
};
use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getpid};
use rsyscall_transport_ptrace::Session;
use std::{
    process::Command,
    sync::atomic::{AtomicU32, AtomicU64},
    time::Instant,
};

/// Stands before the code that follows an abort.
pub(crate) const SIGNATURE: u32 = 0x5305_3053;

/// `struct rseq`, in words.
#[repr(C, align(32))]
struct Area([u64; 4]);

/// `struct rseq_cs`: version and flags, start, length, and where an abort goes on.
#[repr(C, align(32))]
pub(crate) struct Descriptor([u64; 4]);

/// Defines what spins, in an architecture's instructions: they note in the descriptor where the sequence is, and then in `note` which one
/// it is, for each time that it is begun.
macro_rules! instructions {
    ($($line:literal,)*) => {
        /// Stays within a restartable sequence until `end` is set. Every abort is counted, and the sequence begun again.
        ///
        /// # Safety
        ///
        /// `note` is the field `rseq_cs` of this thread's registered `struct rseq`, and the descriptor stays alive.
        #[expect(unsafe_code, reason = "a restartable sequence is defined by its instructions")]
        pub(crate) unsafe fn spin_in_sequence(
            note: *mut u64,
            descriptor: *mut crate::sequences::Descriptor,
            end: &core::sync::atomic::AtomicU32,
            aborts: &core::sync::atomic::AtomicU64,
        ) {
            // SAFETY: it writes the note, the descriptor, and the counter, and touches nothing else but two registers.
            unsafe {
                core::arch::asm!(
                    $($line,)*
                    a = out(reg) _,
                    b = out(reg) _,
                    note = in(reg) note,
                    descriptor = in(reg) descriptor,
                    end = in(reg) end.as_ptr(),
                    aborts = in(reg) aborts.as_ptr(),
                    signature = const crate::sequences::SIGNATURE,
                    options(nostack),
                );
            }
        }
    };
}
pub(crate) use instructions;

/// Spins until the parent sets a flag in its memory.
pub(crate) fn spin() {
    let mut area = Area([0; 4]);
    let mut descriptor = Descriptor([0; 4]);
    let (end, aborts) = (AtomicU32::new(0), AtomicU64::new(0));
    let Area([_, note, ..]) = &mut area;
    let note = &raw mut *note;
    // SAFETY: the area lives until the process ends, with this function.
    let result = unsafe { libc::syscall(libc::SYS_rseq, &raw mut area, 32, 0, SIGNATURE) };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    tell("ready");
    tell(&format!("{} {}", end.as_ptr().addr(), aborts.as_ptr().addr()));
    // SAFETY: the area is registered, the note is its second word, and the descriptor outlives the sequence.
    unsafe { spin_in_sequence(note, &raw mut descriptor, &end, &aborts) };
    tell("done");
    std::process::exit(0);
}

/// The kernel forgets that a thread is in a sequence when it is resumed elsewhere; then nothing aborts it any more.
#[test]
fn a_restartable_sequence_is_still_aborted() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    // The C library would register an area of its own.
    command.env(VARIABLE, "sequence").env("GLIBC_TUNABLES", "glibc.pthread.rseq=0");
    let mut victim = Victim::start_program(&mut command);
    let line = victim.line();
    let (end, aborts) = line.split_once(' ').unwrap();
    let [end, aborts] = [end, aborts].map(|address| address.parse().unwrap());
    let inject = || {
        let session = Session::attach(victim.process()).unwrap();
        // SAFETY: getpid takes nothing and changes nothing.
        assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
        session.detach().unwrap();
    };
    inject();
    let start = Instant::now();
    let before = peek(victim.process(), aborts);
    // The kernel aborts it for other reasons, too, but not once it has forgotten it.
    while peek(victim.process(), aborts) < before + 20 {
        assert!(start.elapsed() < WATCHDOG, "it is aborted no more");
        inject();
    }
    poke(victim.process(), end, 1);
    victim.ends_well_by_itself();
}
