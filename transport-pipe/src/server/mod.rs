//! The server: performs what it is asked in the task that it runs in.
//!
//! It keeps no state but its stack, and uses no thread-local storage, libc or heap, so that it runs in a `CLONE_VM` child on a
//! small stack as well as in a program of its own.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]

mod base;

mod hint;

mod exchange;

mod batch;

mod extended;
pub use extended::{BATCH_UNKNOWN, WRITE_TOO_LONG};

mod kernel;
pub use kernel::{Blocking, Descriptors, Direction, Kernel};

mod persistent;
pub use persistent::{serve_connections, serve_persistently};

use crate::{arch, sys};
use core::{mem::MaybeUninit, ptr::NonNull};
use rsyscall_core::syscall::Errno;
use syscalls::Sysno;

/// A request's words: the number, then the arguments.
pub type Words = [u64; crate::wire::REQUEST / 8];

/// The word of a pointer.
#[inline(always)]
fn address<T>(pointer: *const T) -> u64 {
    pointer.expose_provenance() as u64
}

/// Serves requests from `infd` and answers on `outfd` until one of them ends.
///
/// Requests are performed strictly in order: not one byte beyond the request in hand is read, and each is answered before
/// the next is performed. EINTR is retried, EAGAIN waits with `ppoll`, short transfers are continued.
///
/// A `recvfrom` with `MSG_WAITALL` on `infd` itself that fails or is short has the missing bytes read and thrown away; a
/// `sendto` on `outfd` itself that fails or is short is filled up with zeros: a bad address costs the call, not the
/// connection.
///
/// Returns
///
/// * 0 when the input ended where a request would have begun;
/// * `-EPROTO` when it ended inside a request, or inside the bytes that were to follow one;
/// * the negative errno of a read or write that failed, `-EPIPE` when nobody reads the answers. That last one kills the
///   process by SIGPIPE instead if the disposition says so and `outfd` is a pipe on a kernel before 6.18.
///
/// # Safety
///
/// Whoever writes to `infd` can do whatever this task can: that is the caller's promise for every call to come.
pub unsafe extern "C" fn serve(infd: i32, outfd: i32) -> i32 {
    // SAFETY: the caller's promise.
    let mut kernel = unsafe { Descriptors::new(infd, outfd) };
    // SAFETY: the same promise.
    unsafe { serve_on(&mut kernel) }
}

/// [`serve`] on something else than these descriptors.
///
/// # Safety
///
/// As [`Kernel::call`], for every request to come; and [`Kernel::transfer`] has moved the bytes that it says.
#[inline(always)]
pub unsafe fn serve_on(kernel: &mut impl Kernel) -> i32 {
    // SAFETY: the caller's promise.
    let end = unsafe { base::serve(kernel) };
    status(end, end > 0)
}

/// Serves requests and the [extensions](crate::wire::HELLO), once they were asked for.
///
/// As [`serve`], with two more ends: [`WRITE_TOO_LONG`] and [`BATCH_UNKNOWN`]. The frames of a batch are read into
/// the buffer, where each takes eight words, or nine if it may have links: 64 KiB are 1,024 frames. For the first batch that
/// has no room there 4.5 MiB are mapped, of which only what is used takes memory, and unmapped when the loop ends; if they
/// cannot be had, the errno of `mmap` is its end. The answers to a batch are written together, before each READ's bytes and at the end: what
/// a `sendto` on `outfd` within a batch writes is ahead of the answers that wait meanwhile.
///
/// # Safety
///
/// As [`serve`].
pub unsafe fn serve_extended(infd: i32, outfd: i32, buffer: &mut [MaybeUninit<u64>]) -> i32 {
    // SAFETY: the caller's promise.
    let mut kernel = unsafe { Descriptors::new(infd, outfd) };
    // SAFETY: the same promise.
    unsafe { serve_extended_on(&mut kernel, buffer) }
}

/// [`serve_extended`] on something else than these descriptors.
///
/// # Safety
///
/// As [`serve_on`]; and what [`Kernel::map`] gives is new pages of that length.
#[inline(always)]
pub unsafe fn serve_extended_on(kernel: &mut impl Kernel, buffer: &mut [MaybeUninit<u64>]) -> i32 {
    let mut batch = batch::Batch::new(buffer);
    // SAFETY: the caller's promise.
    let Err(end) = unsafe { extended::serve(kernel, &mut batch) };
    if batch.start != buffer.as_mut_ptr().cast() {
        // SAFETY: nobody else knows these pages.
        unsafe { kernel.unmap(address(batch.start), 8 * extended::LARGEST) };
    }
    status(end, end < exchange::FAILED)
}

/// [`serve_extended`] for a task that is started, which has its arguments in registers.
///
/// The buffer is so many words at an address, which does not matter if there are none. The creator is the process that made
/// the task, by its number, or 0: if it is gone already, nothing is served, and the return value is `-ESRCH`. Together with
/// `PR_SET_PDEATHSIG`, which is asked for before, no server is left without its creator.
///
/// # Safety
///
/// As [`serve`]; the buffer is nobody else's until this returns.
pub unsafe extern "C" fn serve_extended_at(
    infd: i32,
    outfd: i32,
    buffer: *mut u64,
    words: usize,
    creator: i32,
) -> i32 {
    if is_without(creator) {
        return ABANDONED;
    }
    let buffer = NonNull::new(buffer.cast()).unwrap_or(NonNull::dangling());
    // SAFETY: the caller's promise; nothing is read of what was not written.
    let buffer = unsafe { NonNull::slice_from_raw_parts(buffer, words).as_mut() };
    // SAFETY: the caller's promise.
    unsafe { serve_extended(infd, outfd, buffer) }
}

/// [`serve`] in the place of [`serve_extended_at`].
unsafe extern "C" fn serve_at(infd: i32, outfd: i32, _buffer: *mut u64, _words: usize, creator: i32) -> i32 {
    if is_without(creator) {
        return ABANDONED;
    }
    // SAFETY: the caller's promise.
    unsafe { serve(infd, outfd) }
}

const ABANDONED: i32 = -(Errno::ESRCH.into_raw() as i32);

/// Whether the process that made this task, if it says who that is, is its parent no more.
#[inline(always)]
fn is_without(creator: i32) -> bool {
    if creator == 0 {
        return false;
    }
    // SAFETY: it takes nothing.
    let parent = unsafe { sys::call(Sysno::getppid, [0; 6]) };
    // One in another pid namespace has no number here.
    parent != 0 && parent != creator.into()
}

/// The return value of a loop that ended, perhaps because something was missing.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "an errno, or one of the few values beyond them")]
const fn status(end: base::End, missing: bool) -> i32 {
    (if missing { sys::error(Errno::EPROTO) } else { end }) as i32
}

/// Where the server's code lies: what the program writes to its describefd.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct SymbolTable {
    /// [`serve_extended_at`], or with its arguments [`serve`], which needs no buffer.
    pub server: u64,
    /// [`serve_persistently`]; 0 where there is none.
    pub persistent_server: u64,
    /// Stops its thread, and when continued waits on a futex once and exits.
    pub futex_helper: u64,
    /// The address for a new stack, with six arguments and a function above it.
    pub trampoline: u64,
}

/// The addresses in this program, for servers of the base protocol.
pub fn symbol_table() -> SymbolTable {
    SymbolTable {
        server: (serve_at as *const ()).expose_provenance() as u64,
        persistent_server: (serve_persistently as *const ()).expose_provenance() as u64,
        futex_helper: (arch::futex_helper as *const ()).expose_provenance() as u64,
        trampoline: (arch::trampoline as *const ()).expose_provenance() as u64,
    }
}

/// The addresses in this program, for servers with all extensions: [`serve_extended_at`] is the server.
pub fn extended_symbol_table() -> SymbolTable {
    SymbolTable { server: (serve_extended_at as *const ()).expose_provenance() as u64, ..symbol_table() }
}
