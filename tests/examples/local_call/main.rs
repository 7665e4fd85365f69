//! The smallest program: one system call through an interface, on itself, without std.
//!
//! It ends with the low bits of its pid as its exit status, so that somebody can see that the call was made.
#![no_std]
#![no_main]
#![expect(unsafe_code, reason = "executes system calls")]

#[path = "../start/mod.rs"]
mod start;

use rsyscall_core::{
    block_on,
    interface::SyscallInterface,
    near::process::{exit, getpid},
};
use rsyscall_transport_local::Local;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    end(127)
}

extern "C" fn main() -> ! {
    // SAFETY: getpid takes nothing and changes nothing.
    let process = block_on(unsafe { Local.call(getpid()) }, || ());
    end(process.map_or(127, |process| process.into_raw() & 0x7f))
}

fn end(status: i32) -> ! {
    loop {
        // SAFETY: this program's only thread ends; there is nothing else that it could break.
        let _ = block_on(unsafe { Local.call(exit(status)) }, || ());
    }
}
