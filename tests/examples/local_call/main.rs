//! The smallest program: one system call through an interface, on itself, without std.
//!
//! It ends with the low bits of its pid as its exit status, so that somebody can see that the call was made.
#![no_std]
#![no_main]
#![expect(unsafe_code, reason = "executes system calls")]

#[path = "../start/mod.rs"]
mod start;

use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getpid};
use rsyscall_transport_local::Local;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit_thread(127)
}

unsafe extern "C" {
    /// Ends this program: its only thread.
    safe fn exit_thread(status: i32) -> !;
}

extern "C" fn main() -> ! {
    // SAFETY: getpid takes nothing and changes nothing.
    let process = block_on(unsafe { Local.call(getpid()) }, || ());
    exit_thread(process.map_or(127, |process| process.into_raw() & 0x7f))
}
