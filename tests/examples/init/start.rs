//! Starting a program.

use crate::call::{self, execute, exit};
use crate::events;
use crate::table::{MOST, Words};
use core::ffi::CStr;
use rsyscall_core::{
    identifier::{Address, FileDescriptor, Process},
    interface::SyscallError,
    near::{
        fs::{OFlags, chdir},
        io::dup3,
        process::{CloneFlags, clone, execve, setsid},
        signal::Signal,
    },
};

/// The environment of the programs: addresses of strings that live as long as this program, and a null behind the last.
pub(crate) struct Environment {
    addresses: [u64; MOST + 1],
    count: usize,
}

impl Environment {
    pub(crate) fn new() -> Self {
        Self { addresses: [0; _], count: 0 }
    }

    /// Adds a variable.
    pub(crate) fn add(&mut self, variable: Words) {
        match (variable.addresses(), self.addresses.iter_mut().take(MOST).nth(self.count)) {
            (Some([address, 0, ..]), Some(slot)) if address != 0 => {
                *slot = address;
                self.count += 1;
            }
            _ => call::say(&[b"not a variable, or one too many: ", variable.first()]),
        }
    }
}

/// What a program gets as its standard input, output and errors, and where it begins.
pub(crate) struct Surroundings {
    pub(crate) files: [FileDescriptor; 3],
    pub(crate) directory: &'static CStr,
}

impl Surroundings {
    /// Those of this program.
    pub(crate) const OWN: Self = Self {
        files: [FileDescriptor::STDIN, FileDescriptor::STDOUT, FileDescriptor::STDERR],
        directory: c"/",
    };
}

/// Starts a program in a session of its own.
///
/// The child is a copy of this process: it has a stack of its own, and nothing that it does before it executes the program
/// is seen here. What fails in it is told by its exit status, 127, as a shell does.
pub(crate) fn start(
    program: Words,
    environment: &Environment,
    surroundings: &Surroundings,
) -> Result<Process, SyscallError> {
    let flags = CloneFlags::empty().with(Signal::CHLD);
    let same_stack = Address::NULL;
    // SAFETY: without CLONE_VM the memory is a copy, so that two processes may go on from here.
    match unsafe { execute(clone(flags, same_stack, Address::NULL, Address::NULL, Address::NULL)) }? {
        Process::CALLER => become_program(program, environment, surroundings),
        process => Ok(process),
    }
}

fn become_program(program: Words, environment: &Environment, surroundings: &Surroundings) -> ! {
    events::unblock_signals();
    // SAFETY: the child is this function's own.
    let _ = unsafe { execute(setsid()) };
    for (from, to) in surroundings.files.into_iter().zip(Surroundings::OWN.files) {
        // SAFETY: the child's descriptors are a copy; one that is where it belongs is refused, and stays.
        let _ = unsafe { execute(dup3(from, to, OFlags::empty())) };
    }
    // SAFETY: the path is a constant.
    let _ = unsafe { execute(chdir(Address::from_pointer(surroundings.directory.as_ptr()))) };
    let Some(arguments) = program.addresses() else {
        call::say(&[b"too many words for ", program.first()]);
        exit(127)
    };
    let [path, ..] = arguments.map(Address::from_raw);
    let [arguments, environment] =
        [&arguments, &environment.addresses].map(|list| Address::from_pointer(list.as_ptr()));
    // SAFETY: the path is a C string, and both lists are addresses of C strings and end with a null.
    let _ = unsafe { execute(execve(path, arguments, environment)) };
    call::say(&[b"cannot execute ", program.first()]);
    exit(127)
}
