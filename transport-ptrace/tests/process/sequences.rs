//! A thread within a restartable sequence, which the kernel aborts when it is interrupted.
#![expect(unsafe_code, reason = "registers a restartable sequence")]
#![expect(clippy::unwrap_used, reason = "a victim that cannot be one ends")]

use crate::{
    arch::{count_in_sequence, spin_in_sequence},
    behaviours::lives,
    remote::{peek, poke},
    victim::{ROUND, VARIABLE, Victim, WATCHDOG, tell},
};
use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getpid};
use rsyscall_transport_ptrace::Session;
use std::{
    os::unix::process::CommandExt,
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

/// Defines a function that runs restartable sequences, in an architecture's instructions: they note in the descriptor where the sequence
/// is, and then in `note` which one it is, for each time that it is begun.
macro_rules! instructions {
    ($(#[$documentation:meta])* $name:ident($($operand:ident: $type:ty),*): $($line:literal,)*) => {
        $(#[$documentation])*
        ///
        /// # Safety
        ///
        /// `note` is the field `rseq_cs` of this thread's registered `struct rseq`, and the pointers are to what stays alive.
        #[expect(unsafe_code, reason = "a restartable sequence is defined by its instructions")]
        pub(crate) unsafe fn $name(
            note: *mut u64,
            descriptor: *mut crate::sequences::Descriptor,
            $($operand: $type,)*
        ) {
            // SAFETY: it writes the note, the descriptor, and the counter, and touches nothing else but two registers.
            unsafe {
                core::arch::asm!(
                    $($line,)*
                    a = out(reg) _,
                    b = out(reg) _,
                    note = in(reg) note,
                    descriptor = in(reg) descriptor,
                    $($operand = in(reg) $operand,)*
                    signature = const crate::sequences::SIGNATURE,
                    options(nostack),
                );
            }
        }
    };
}
pub(crate) use instructions;

/// Does something with the note of a registered area, and with a descriptor. Nobody else may have registered one for this thread.
fn with_sequence(run: impl FnOnce(*mut u64, *mut Descriptor)) {
    const UNREGISTER: i32 = 1;
    let mut area = Area([0; 4]);
    let mut descriptor = Descriptor([0; 4]);
    let place = &raw mut area;
    let register = |flags: i32| {
        // SAFETY: the area lives until it is unregistered.
        let result = unsafe { libc::syscall(libc::SYS_rseq, place, 32, flags, SIGNATURE) };
        assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    };
    register(0);
    // rseq_cs is the second word.
    run(place.cast::<u64>().wrapping_add(1), &raw mut descriptor);
    register(UNREGISTER);
}

/// Spins until the parent sets a flag in its memory.
pub(crate) fn spin() {
    let (end, aborts) = (AtomicU32::new(0), AtomicU64::new(0));
    with_sequence(|note, descriptor| {
        tell("ready");
        tell(&format!("{} {}", end.as_ptr().addr(), aborts.as_ptr().addr()));
        // SAFETY: the area is registered, and the descriptor outlives the sequence.
        unsafe { spin_in_sequence(note, descriptor, end.as_ptr(), aborts.as_ptr()) };
    });
    tell("done");
    std::process::exit(0);
}

behaviours! {
    a_counter_of_one_cpu => count_on_one_cpu;
}

/// Threads of one CPU count by restartable sequences, with nothing else that would keep them apart: whoever is stopped in one while
/// another counts, and is not aborted, undoes what that has counted.
fn count_on_one_cpu() {
    const THREADS: u64 = 3;
    const ROUNDS: u64 = 30_000;
    const TURNS: u64 = 2000;
    if lives::round() == 0 {
        // The C library, which is told so when a program begins, would register areas of its own.
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(ROUND, "1").env(WITHOUT_THE_LIBRARY_S.0, WITHOUT_THE_LIBRARY_S.1);
        return tell(&command.exec().to_string());
    }
    // SAFETY: all zeros are a set.
    let mut allowed: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    let length = size_of_val(&allowed);
    // SAFETY: the set is alive.
    assert_eq!(unsafe { libc::sched_getaffinity(0, length, &raw mut allowed) }, 0);
    // SAFETY: the number is one of a set's.
    let first = (0..length * 8).find(|&cpu| unsafe { libc::CPU_ISSET(cpu, &allowed) }).unwrap();
    // SAFETY: all zeros are a set.
    let mut only: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: as above.
    unsafe { libc::CPU_SET(first, &mut only) };
    // SAFETY: the set is alive; threads that start now are of this CPU, too.
    assert_eq!(unsafe { libc::sched_setaffinity(0, length, &raw const only) }, 0);
    let counter = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                with_sequence(|note, descriptor| {
                    for _ in 0..ROUNDS {
                        // SAFETY: the area is registered, and the descriptor and the counter outlive the sequence.
                        unsafe { count_in_sequence(note, descriptor, counter.as_ptr(), TURNS) };
                    }
                });
            });
        }
    });
    tell(&format!("{} of {}", counter.into_inner(), THREADS * ROUNDS));
}

/// The C library is told to register no area.
const WITHOUT_THE_LIBRARY_S: (&str, &str) = ("GLIBC_TUNABLES", "glibc.pthread.rseq=0");

/// The kernel forgets that a thread is in a sequence when it is resumed elsewhere; then nothing aborts it any more.
#[test]
fn a_restartable_sequence_is_still_aborted() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(VARIABLE, "sequence").env(WITHOUT_THE_LIBRARY_S.0, WITHOUT_THE_LIBRARY_S.1);
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
