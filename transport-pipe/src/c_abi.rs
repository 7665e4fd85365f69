//! The symbols of `librsyscall`, for programs in other languages: `c/rsyscall.h` declares and explains them.
//!
//! `rsyscall_raw_syscall`, `rsyscall_trampoline` and `rsyscall_futex_helper` are in [`arch`](crate::arch), under these names.
//! Nothing here is called by Rust code, and only the library for C is built with it.
#![expect(unsafe_code, reason = "symbols that are linked to by name")]

use crate::server::{self, SymbolTable};

/// # Safety
///
/// As [`server::serve`].
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rsyscall_server(infd: i32, outfd: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { server::serve(infd, outfd) }
}

/// # Safety
///
/// As [`server::serve_persistently`].
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rsyscall_persistent_server(infd: i32, outfd: i32, listensock: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { server::serve_persistently(infd, outfd, listensock) }
}

/// The addresses in this program.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rsyscall_symbol_table() -> SymbolTable {
    SymbolTable {
        // Callers from C pass two arguments.
        server: (rsyscall_server as *const ()).expose_provenance() as u64,
        ..server::symbol_table()
    }
}

/// Nothing here panics; the compiler asks for it all the same.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
