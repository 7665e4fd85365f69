//! What must be exactly these instructions: a child made by `clone` with a new stack continues behind the system call
//! instruction with nothing of its creator's frame.
//!
//! The instructions are in a file for each architecture; what they do, and the numbers in them, are here.
#![expect(unsafe_code, reason = "naked functions")]

/// Makes the four functions of an architecture's instructions.
macro_rules! stubs {
    (
        call_stub: $($call_stub:literal),+;
        call_words: $($call_words:literal),+;
        trampoline: $($trampoline:literal),+;
        futex_helper: $($futex_helper:literal),+;
    ) => {
        /// Loads the registers, makes the call, and returns to the address *on the stack*, which for a child with a stack of its
        /// own is the one that its creator put there.
        ///
        /// # Safety
        ///
        /// As a system call, and a child with a stack of its own finds on it where to go.
        #[unsafe(naked)]
        #[cfg_attr(feature = "c-abi", unsafe(export_name = "rsyscall_raw_syscall"))]
        pub(crate) unsafe extern "C" fn call_stub(
            a: u64,
            b: u64,
            c: u64,
            d: u64,
            e: u64,
            f: u64,
            number: i64,
        ) -> i64 {
            core::arch::naked_asm!($($call_stub),+)
        }

        /// Makes the call whose number and arguments are these seven words, and returns: as [`call_stub`].
        ///
        /// # Safety
        ///
        /// As [`call_stub`].
        #[unsafe(naked)]
        pub(crate) unsafe extern "C" fn call_words(words: *const [u64; 7]) -> i64 {
            core::arch::naked_asm!($($call_words),+)
        }

        /// What a creator puts on a child's stack as that address, with six words and a function above it, and aligned to 16
        /// bytes: asks to be killed when its creator ends, calls the function with the words, and exits the thread.
        #[unsafe(naked)]
        #[cfg_attr(feature = "c-abi", unsafe(export_name = "rsyscall_trampoline"))]
        pub(crate) extern "C" fn trampoline() {
            core::arch::naked_asm!(
                $($trampoline,)+
                getppid = const syscalls::Sysno::getppid as u32,
                set_pdeathsig = const linux_raw_sys::prctl::PR_SET_PDEATHSIG,
                sigkill = const linux_raw_sys::general::SIGKILL,
                prctl = const syscalls::Sysno::prctl as u32,
                exit = const syscalls::Sysno::exit as u32,
            )
        }

        /// Stops its thread, and when continued waits until the futex has the value no more, once, and exits the thread.
        #[unsafe(naked)]
        #[cfg_attr(feature = "c-abi", unsafe(export_name = "rsyscall_futex_helper"))]
        pub(crate) extern "C" fn futex_helper(futex: *mut u32, value: u32) {
            core::arch::naked_asm!(
                $($futex_helper,)+
                sigstop = const linux_raw_sys::general::SIGSTOP,
                gettid = const syscalls::Sysno::gettid as u32,
                tkill = const syscalls::Sysno::tkill as u32,
                futex = const syscalls::Sysno::futex as u32,
                exit = const syscalls::Sysno::exit as u32,
            )
        }
    };
}

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        pub(crate) use x86_64::{call_stub, call_words, futex_helper, trampoline};
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
        pub(crate) use aarch64::{call_stub, call_words, futex_helper, trampoline};
    } else if #[cfg(target_arch = "riscv64")] {
        mod riscv64;
        pub(crate) use riscv64::{call_stub, call_words, futex_helper, trampoline};
    } else {
        compile_error!("rsyscall-transport-pipe has no stubs for this architecture: add them in transport-pipe/src/arch");
    }
}
