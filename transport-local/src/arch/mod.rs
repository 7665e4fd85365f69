//! One function an architecture: load six words and a number, enter the kernel.
#![expect(unsafe_code, reason = "the system call instruction is inline assembly")]

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        pub use x86_64::raw_syscall;
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
        pub use aarch64::raw_syscall;
    } else if #[cfg(target_arch = "riscv64")] {
        mod riscv64;
        pub use riscv64::raw_syscall;
    } else {
        compile_error!(
            "rsyscall-transport-local knows no system call instruction for this architecture: add it in transport-local/src/arch"
        );
    }
}
