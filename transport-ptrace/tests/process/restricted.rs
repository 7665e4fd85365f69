//! Victims with a filter, with a second thread, with a handler that says what it got.
#![expect(unsafe_code, reason = "asks the kernel for what the standard library does not offer")]
#![expect(clippy::unwrap_used, reason = "a victim that cannot be one ends")]

use crate::victim::tell;
use std::ptr::null_mut;

/// From now on the kernel answers getppid with SIGSYS, whose default is death.
pub(crate) fn trap_getppid() {
    filter(libc::SYS_getppid, libc::SECCOMP_RET_TRAP);
}

/// So many signals wait for this very thread, which blocks them.
pub(crate) fn queue_blocked_signals(count: usize) {
    // SAFETY: an empty set is all zeros, as sigemptyset makes it.
    let mut set: libc::sigset_t = unsafe { core::mem::zeroed() };
    // SAFETY: the set is this function's own.
    unsafe { libc::sigaddset(&raw mut set, libc::SIGRTMIN()) };
    // SAFETY: it reads a set.
    assert_eq!(unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, null_mut()) }, 0);
    // siginfo_t: signal, errno, code.
    let mut information = [0_i32; 32];
    information[0] = libc::SIGRTMIN();
    information[2] = libc::SI_QUEUE;
    // SAFETY: it takes nothing and changes nothing.
    let (process, thread) = (std::process::id(), unsafe { libc::gettid() });
    let (number, signal) = (libc::SYS_rt_tgsigqueueinfo, libc::SIGRTMIN());
    for _ in 0..count {
        // SAFETY: the thread is this one, which blocks the signal; a siginfo_t is read.
        let result = unsafe { libc::syscall(number, process, thread, signal, information.as_ptr()) };
        assert_eq!(result, 0);
    }
}

/// From now on the kernel answers a thread that signals itself, or another one, with EPERM or SIGSYS.
pub(crate) fn filter_tgkill(trap: bool) {
    if trap {
        filter(libc::SYS_tgkill, libc::SECCOMP_RET_TRAP);
    } else {
        forbid(libc::SYS_tgkill);
    }
}

/// From now on the kernel answers a call with EPERM.
pub(crate) fn forbid(number: libc::c_long) {
    filter(number, libc::SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned());
}

/// From now on the kernel answers a call of this thread in this way.
pub(crate) fn filter(number: libc::c_long, answer: u32) {
    let instruction = |code: u32, jt, jf, k| {
        let code = u16::try_from(code).unwrap();
        libc::sock_filter { code, jt, jf, k }
    };
    let (load, jump, result) = (
        libc::BPF_LD | libc::BPF_W | libc::BPF_ABS,
        libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
        libc::BPF_RET | libc::BPF_K,
    );
    // What the kernel compares with are 32 bits.
    let number = u32::try_from(number & 0xffff_ffff).unwrap();
    let mut filter = [
        // The number is the first word of struct seccomp_data.
        instruction(load, 0, 0, 0),
        instruction(jump, 0, 1, number),
        instruction(result, 0, 0, answer),
        instruction(result, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: 4, filter: filter.as_mut_ptr() };
    // SAFETY: it takes numbers only.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }, 0);
    // SAFETY: the program is alive until the kernel has read it.
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    assert_eq!(result, 0);
}

/// Only read, write and exit are left, so that not even memory can be allocated. Echoes lines of one letter until the letter is x. Before,
/// it waits for such a line if it is told to.
pub(crate) fn strict(waits: bool) {
    tell("ready");
    if waits {
        let mut line = [0_u8; 2];
        // SAFETY: there is room for so many bytes.
        unsafe { libc::read(0, line.as_mut_ptr().cast(), line.len()) };
    }
    // SAFETY: it takes numbers only.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_STRICT, 0, 0, 0) }, 0);
    let mut line = *b"x\n";
    loop {
        // SAFETY: there is room for a byte.
        unsafe { libc::read(0, line.as_mut_ptr().cast(), 1) };
        if line == *b"x\n" {
            break;
        }
        for _ in 0..20_000 {
            core::hint::spin_loop();
        }
        // SAFETY: the line is this function's own.
        unsafe { libc::write(1, line.as_ptr().cast(), line.len()) };
    }
    // SAFETY: the text is static.
    unsafe { libc::write(1, c"done\n".as_ptr().cast(), 5) };
    // SAFETY: exit_group, which the standard library would use, is forbidden.
    unsafe { libc::syscall(libc::SYS_exit, 0) };
}

/// A second thread ends the process when its parent says so, or is gone.
pub(crate) fn end_with_second_thread() {
    std::thread::spawn(|| {
        // The main thread has the standard library's lock on the input, and takes it to its end.
        let mut byte = 0_u8;
        // SAFETY: the kernel writes one byte, and there is one.
        unsafe { libc::read(0, (&raw mut byte).cast(), 1) };
        std::process::exit(3);
    });
}

/// Each SIGRTMIN tells the value that came with it.
pub(crate) fn tell_queued_values() {
    extern "C" fn handler(_: i32, information: *mut libc::siginfo_t, _: *mut core::ffi::c_void) {
        // SAFETY: the kernel gave it, for as long as the handler runs.
        let information = unsafe { &*information };
        // SAFETY: it came from sigqueue, which sets the value.
        let value = unsafe { information.si_value() }.sival_ptr.addr();
        let line = [b'0'.wrapping_add(u8::try_from(value).unwrap_or(0)), b'\n'];
        // SAFETY: write is async-signal-safe.
        unsafe { libc::write(1, line.as_ptr().cast(), line.len()) };
    }
    // SAFETY: all zeros are an action.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    action.sa_sigaction = handler as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
    // SAFETY: the action is alive, and its handler does nothing that it may not.
    unsafe { libc::sigaction(libc::SIGRTMIN(), &raw const action, null_mut()) };
}
