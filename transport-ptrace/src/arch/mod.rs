//! The loop of the code page: it makes the calls that lie in the data behind it, and ends each run with a signal to
//! itself, at which the tracer finds it.
//!
//! It is position independent, uses neither stack nor vector registers, and has no call, no return and no indirect branch, so
//! that neither a shadow stack nor branch protection minds it. It is entered with the address of its data as first argument
//! (see `page::layout`), and run again by letting it go on.
//!
//! Each architecture's file has its instructions, which define two symbols: its call instruction, and what follows that, where
//! the result is in its register.
#![expect(unsafe_code, reason = "the loop is assembly")]

/// Puts an architecture's instructions between two symbols into read-only data: they are copied and never executed here.
macro_rules! instructions {
    ($($line:literal,)*) => {
        core::arch::global_asm!(
            ".pushsection .rodata.rsyscall_ptrace_loop, \"a\"",
            ".balign 16",
            ".hidden rsyscall_ptrace_loop",
            ".globl rsyscall_ptrace_loop",
            ".hidden rsyscall_ptrace_loop_call",
            ".globl rsyscall_ptrace_loop_call",
            ".hidden rsyscall_ptrace_loop_called",
            ".globl rsyscall_ptrace_loop_called",
            ".hidden rsyscall_ptrace_loop_end",
            ".globl rsyscall_ptrace_loop_end",
            "rsyscall_ptrace_loop:",
            $($line,)*
            "rsyscall_ptrace_loop_end:",
            ".popsection",
            header = const crate::page::layout::HEADER,
            end = const crate::page::layout::END,
            stop = const crate::page::layout::STOP,
            group = const crate::page::layout::GROUP,
            thread = const crate::page::layout::THREAD,
            signal = const crate::page::layout::SIGNAL,
            entry = const crate::page::layout::ENTRY,
            done = const crate::page::layout::DONE,
            next = const crate::page::layout::NEXT,
            results = const crate::page::layout::RESULTS,
            skipped = const crate::page::layout::SKIPPED,
            tgkill = const linux_raw_sys::general::__NR_tgkill,
        );
    };
}

// An architecture without a file here is refused by `registers`.
cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
    }
}

// SAFETY: `instructions` and each architecture's file define these, in this order, within one piece of read-only data.
unsafe extern "C" {
    #[link_name = "rsyscall_ptrace_loop"]
    static START: u8;
    #[link_name = "rsyscall_ptrace_loop_call"]
    static CALL: u8;
    #[link_name = "rsyscall_ptrace_loop_called"]
    static CALLED: u8;
    #[link_name = "rsyscall_ptrace_loop_end"]
    static END: u8;
}

fn offset(label: *const u8) -> usize {
    label.addr().wrapping_sub((&raw const START).addr())
}

/// The loop's instructions.
pub(crate) fn instructions() -> &'static [u8] {
    // SAFETY: from the start to the end lie the loop's bytes, which are read-only data.
    unsafe { core::slice::from_raw_parts(&raw const START, offset(&raw const END)) }
}

/// How far behind the loop's start its call instruction is.
pub(crate) fn call_offset() -> u64 {
    offset(&raw const CALL) as u64
}

/// How far behind the loop's start it has a call's result.
pub(crate) fn called_offset() -> u64 {
    offset(&raw const CALLED) as u64
}
