//! The typed, ABI-neutral form.

use super::{Outcome, Syscall};
use crate::{
    abi::{Abi, Operation},
    interface::SyscallError,
    near,
};
use core::{fmt, hash::Hash, marker::PhantomData};

/// A system call on near pointers, neutral of the ABI, whose result is an `R`.
///
/// The functions of [`near`] make them. It is only data: nothing happens before an interface
/// executes it, and then the interface's ABI gives it its number and its flag bits.
///
/// ```
/// use rsyscall_core::{abi::{Aarch64, X86_64}, identifier::{Address, FileDescriptor}, near};
/// use near::fs::{Mode, OFlags};
///
/// const OPEN: rsyscall_core::syscall::Instruction<FileDescriptor> = near::fs::openat(
///     FileDescriptor::AT_FDCWD, Address::from_raw(0x7f00), OFlags::DIRECTORY.union(OFlags::CLOEXEC), Mode::empty(),
/// );
/// assert_eq!(OPEN.to_string(), "openat(AT_FDCWD, Address(0x7f00), O_RDONLY|O_DIRECTORY|O_CLOEXEC)");
/// assert_eq!(OPEN.encode::<X86_64>().number, 257);
/// assert_eq!(OPEN.encode::<Aarch64>().number, 56);
/// assert_eq!(OPEN.encode::<Aarch64>().arguments[2], 0o2040000);
/// ```
#[must_use = "it does nothing until an interface executes it"]
pub struct Instruction<R> {
    pub(crate) operation: Operation,
    pub(crate) arguments: [u64; 6],
    marker: PhantomData<fn() -> R>,
}

impl<R> Instruction<R> {
    /// The instruction of an operation with these words, in the neutral encoding.
    #[inline(always)]
    pub(crate) const fn new(operation: Operation, arguments: [u64; 6]) -> Self {
        Self { operation, arguments, marker: PhantomData }
    }

    /// Which call it is.
    #[inline(always)]
    pub const fn operation(self) -> Operation {
        self.operation
    }

    /// Its six words, in the neutral encoding.
    #[inline(always)]
    pub const fn arguments(self) -> [u64; 6] {
        self.arguments
    }

    /// The same instruction, its result a bare word.
    #[inline(always)]
    pub const fn untyped(self) -> Instruction<usize> {
        Instruction::new(self.operation, self.arguments)
    }

    /// The call in one ABI: its number there (-1 if it has none) and its arguments in that ABI's bits.
    #[inline(always)]
    pub fn encode<A: Abi>(self) -> Syscall<A, R> {
        // Unrolled, and by a function: at opt-level z a loop stays a loop, a closure a call, and the constants are lost.
        #[inline(always)]
        fn argument<A: Abi>(operation: Operation, index: u8, word: u64) -> u64 {
            if (operation.open_flags >> index) & 1 == 1 { A::open_flags(word) } else { word }
        }
        let operation = self.operation;
        let [a, b, c, d, e, f] = self.arguments;
        let (d, e) = if operation.clone_backwards && A::CLONE_BACKWARDS { (e, d) } else { (d, e) };
        Syscall::new(
            i64::from(A::number(operation)),
            [
                argument::<A>(operation, 0, a),
                argument::<A>(operation, 1, b),
                argument::<A>(operation, 2, c),
                argument::<A>(operation, 3, d),
                argument::<A>(operation, 4, e),
                argument::<A>(operation, 5, f),
            ],
        )
    }

    /// The instruction with what came of it, for printing: `close(FD(9)) = -1 EBADF (Bad file descriptor)`.
    pub const fn with_result(self, result: Result<R, SyscallError>) -> WithResult<R> {
        WithResult { instruction: self, result }
    }
}

/// An instruction and its result, as strace prints them; made by [`Instruction::with_result`].
#[derive(Clone, Copy, Debug)]
pub struct WithResult<R> {
    instruction: Instruction<R>,
    result: Result<R, SyscallError>,
}

impl<R: Outcome> fmt::Display for WithResult<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = ", self.instruction)?;
        match &self.result {
            Ok(result) => result.format(f),
            Err(SyscallError::Errno(errno)) => write!(f, "-1 {errno}"),
            Err(error) => write!(f, "? {error}"),
        }
    }
}

// Derives would ask the same of `R`, which is only a name here.
impl<R> Clone for Instruction<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Instruction<R> {}

impl<R> PartialEq for Instruction<R> {
    fn eq(&self, other: &Self) -> bool {
        (self.operation, self.arguments) == (other.operation, other.arguments)
    }
}

impl<R> Eq for Instruction<R> {}

impl<R> Hash for Instruction<R> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        (self.operation, self.arguments).hash(state);
    }
}

impl<R> fmt::Display for Instruction<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        near::format(self.operation, self.arguments, f)
    }
}

impl<R> fmt::Debug for Instruction<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
