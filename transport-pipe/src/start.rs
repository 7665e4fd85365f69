//! Starting servers: through any interface, without a heap.
//!
//! | what | how |
//! |---|---|
//! | a server in a task's own memory, or with a copy of it, in any namespaces | [`start_server`] |
//! | a program that serves | [`start_program`], [`Child::start`] for one that is a child of this process |
//! | this process itself | [`serve`](crate::server::serve) on descriptors that it has |
//!
//! What a new task has to do before anybody can ask it lies in its stream as requests before it is made, so that nothing but
//! the server's loop runs in it.
#![expect(unsafe_code, reason = "a child in this process's memory")]

mod here;
use here::OwnMemory;
pub use here::ThisProcess;

mod task;
pub use task::{Ended, Stack};

mod preparation;
pub use preparation::frame;

mod results;

mod watch;
pub use watch::Watch;

mod server;
pub use server::{Server, finish, start_server};

mod program;
pub use program::start_program;

mod stream;
pub use stream::TaskFd;

mod child;
pub use child::Child;

use crate::server::symbol_table;
use core::{ffi::CStr, fmt, mem::MaybeUninit};
use rsyscall_core::{block_on, identifier::Address, interface::SyscallError, syscall::Errno};

/// A server could not be started, killed or waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StartError {
    /// The call that failed, by its name; "reading memory", "writing memory" and "preparing the child" are none.
    pub call: &'static str,
    /// Why.
    pub cause: SyscallError,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, cause } = self;
        let what = match *call {
            "pidfd_send_signal" => "kill",
            "waitid" => "wait for",
            _ => "start",
        };
        write!(f, "cannot {what} the server: {call}: {cause}")
    }
}

impl core::error::Error for StartError {}

/// What the kernel returned, or the error of that call.
fn check(call: &'static str, returned: i64) -> Result<u64, StartError> {
    match u64::try_from(returned) {
        Ok(word) => Ok(word),
        Err(_) => {
            let errno = u16::try_from(returned.wrapping_neg()).unwrap_or(u16::MAX);
            Err(StartError { call, cause: Errno::from_raw(errno).into() })
        }
    }
}

impl Child {
    /// Starts the server program at `path`, which gets its requests and answers on its standard input and output:
    /// [`start_program`] in this process.
    ///
    /// It takes some 30 KiB of the caller's stack, 16 of which are the child's, and up to 160 KiB in a build without optimisation.
    ///
    /// # Errors
    ///
    /// [`StartError`] with the call that failed, `execve` where the program cannot be executed. Nothing is left
    /// behind.
    pub fn start(path: &CStr) -> Result<Self, StartError> {
        let mut room = Room(MaybeUninit::uninit());
        let stack = Stack { start: Address::from_pointer(&raw mut room), length: size_of::<Room>() };
        // SAFETY: the room is this function's own, and no memory but the room is read or written; it is not used any more when
        // the program has been executed, which is waited for; the addresses are this process's.
        let started = unsafe { start_program(&OwnMemory, symbol_table(), stack, path) };
        let Server { process, pidfd, requests, responses, .. } = block_on(started, || ())?;
        Ok(Self { process, pidfd, requests, responses })
    }
}

/// The child's stack: it makes a few calls and no more.
#[repr(C, align(16))]
struct Room(MaybeUninit<[u8; Stack::PROGRAM]>);
