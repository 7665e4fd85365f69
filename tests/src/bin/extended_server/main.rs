//! The smallest server with all extensions, on standard input and output, which block.
//!
//! Its exit status is 0 when the input ended between two requests.
#![no_std]
#![no_main]
#![expect(unsafe_code, reason = "it does what it is asked")]

#[path = "../../../examples/start/mod.rs"]
mod start;

use core::mem::MaybeUninit;
use rsyscall_transport_pipe::server;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

unsafe extern "C" {
    /// Ends this program: its only thread.
    safe fn exit_thread(status: i32) -> !;
}

extern "C" fn main() -> ! {
    // SAFETY: to do what it is asked is what this program was started for.
    let mut kernel = unsafe { server::Blocking::new(0, 1) };
    // SAFETY: the same. A batch that is longer gets pages of its own.
    let status = unsafe { server::serve_extended_on(&mut kernel, &mut [MaybeUninit::uninit(); 256]) };
    exit_thread(status)
}
