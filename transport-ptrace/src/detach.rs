//! What could not be put back.

use core::fmt;
use rsyscall_core::{identifier::Process, syscall::Errno};

/// Something that is put back when a thread is let go.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Part {
    /// Its memory: the code page is mapped still.
    CodePage,
    /// What a server needed, its memory or its descriptors, which are there still.
    Server,
    /// Its registers, and with them the call that it was in.
    Registers,
    /// The call that it was in, which returns EINTR. This is only of aarch64, of calls that no kernel restarts (those of R24), and of
    /// a thread that went into one just when it was stopped; or a handler has just ended that call, and nothing is amiss.
    Call,
    /// Its scalable vector registers (aarch64): what is beyond 128 bits is lost, and so is streaming mode.
    Vectors,
    /// Its note of the restartable sequence that it is in: it goes on without having been aborted.
    RestartableSequence,
    /// Its Syscall User Dispatch, which is off now.
    SyscallUserDispatch,
    /// Its signal mask: most signals are blocked now.
    SignalMask,
    /// Signals that were sent to it meanwhile, faults and SIGTRAP, and are lost.
    HeldSignals,
    /// Its being untraced: it is stopped until this thread of this process ends.
    Tracer,
}

impl Part {
    const ALL: [Self; 10] = [
        Self::CodePage,
        Self::Server,
        Self::Registers,
        Self::Call,
        Self::Vectors,
        Self::RestartableSequence,
        Self::SyscallUserDispatch,
        Self::SignalMask,
        Self::HeldSignals,
        Self::Tracer,
    ];
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CodePage => "code page",
            Self::Server => "server",
            Self::Registers => "registers",
            Self::Call => "interrupted call",
            Self::Vectors => "vector registers",
            Self::RestartableSequence => "restartable sequence",
            Self::SyscallUserDispatch => "syscall user dispatch",
            Self::SignalMask => "signal mask",
            Self::HeldSignals => "held signals",
            Self::Tracer => "tracer",
        })
    }
}

/// Not everything could be put back in a thread. All the rest was, and the thread was let go and runs, with two exceptions:
///
/// * with [`Part::Tracer`] it was not let go, and stays stopped until this thread of this process ends;
/// * where it serves and could not be stopped, as somebody else traces it now or this process may not trace it any more, nothing was put
///   back, and it serves on; [`Part::Server`] and [`Part::Registers`] are listed then.
///
/// Nothing can be tried again: the session is over. What each [`Part`] means for it is said there; with
/// [`Part::Registers`] or [`Part::CodePage`] it is best killed before it goes wrong in its own time. A thread that has ended is no
/// error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DetachError {
    /// The thread's number, in the pid namespace of this process.
    pub process: Process,
    errors: [Option<Errno>; Part::ALL.len()],
}

impl DetachError {
    pub(crate) const fn new(process: Process) -> Self {
        Self { process, errors: [None; Part::ALL.len()] }
    }

    /// Everything that could not be put back, in the order of [`Part`], each with what the kernel answered. At least one.
    pub fn parts(&self) -> impl Iterator<Item = (Part, Errno)> {
        Part::ALL.into_iter().zip(self.errors).filter_map(|(part, errno)| Some((part, errno?)))
    }

    pub(crate) fn add(&mut self, part: Part, result: Result<(), Errno>) {
        let errors = Part::ALL.into_iter().zip(&mut self.errors);
        for (_, error) in errors.filter(|(other, _)| *other == part) {
            *error = result.err();
        }
    }

    /// Whether anything failed for this reason.
    pub(crate) fn is_of(&self, errno: Errno) -> bool {
        self.errors.contains(&Some(errno))
    }

    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.parts().next().is_some() { Err(self) } else { Ok(()) }
    }
}

impl fmt::Display for DetachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot put everything back in {}", self.process.into_raw())?;
        for (part, errno) in self.parts() {
            write!(f, "; {part}: {errno}")?;
        }
        Ok(())
    }
}

impl core::error::Error for DetachError {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn all_that_failed_is_listed() {
        let mut error = DetachError::new(Process::from_raw(7));
        assert_eq!(error.into_result(), Ok(()));
        error.add(Part::SignalMask, Err(Errno::EIO));
        error.add(Part::Registers, Err(Errno::EFAULT));
        error.add(Part::Tracer, Ok(()));
        let parts: std::vec::Vec<_> = error.parts().collect();
        assert_eq!(parts, [(Part::Registers, Errno::EFAULT), (Part::SignalMask, Errno::EIO)]);
        let text = "cannot put everything back in 7; registers: EFAULT (Bad address); signal mask: EIO (Input/output error)";
        assert_eq!(error.to_string(), text);
        assert_eq!(error.into_result(), Err(error));
    }
}
