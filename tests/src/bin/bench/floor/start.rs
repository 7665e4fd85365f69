//! From nothing to the first response.

use super::child::{Pipes, map, owned};
use crate::{
    arch,
    operation::{Operation, Run, part},
};
use anyhow::{Context, Result};
use std::{
    io::{Read, Write},
    os::{
        fd::{AsRawFd, OwnedFd},
        raw::{c_int, c_void},
    },
    time::{Duration, Instant},
};
use syscalls::Sysno;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("raw clone in this memory, to the first response", 1, clone_vm),
        Operation::new("raw vfork and exec, to the first response", 1, vfork_and_exec),
    ]
}

const STACK: usize = 16384;

/// What the child is to do with its descriptors.
#[derive(Clone, Copy)]
struct Plan {
    infd: i32,
    outfd: i32,
    program: i32,
}

/// Makes the pipes, starts the child, and asks it once; then puts all of it away, which is not timed.
fn start(flags: c_int, run: extern "C" fn(*mut c_void) -> c_int, program: Option<&OwnedFd>) -> Duration {
    let begin = Instant::now();
    let pipes = Pipes::new().expect("pipes");
    let (infd, outfd) = pipes.theirs();
    let mut plan = Plan { infd, outfd, program: program.map_or(-1, AsRawFd::as_raw_fd) };
    let stack = map(STACK, libc::MAP_PRIVATE).expect("a stack");
    let argument = (&raw mut plan).cast();
    // SAFETY: the stack is the child's own; the child makes system calls only, and reads a plan that outlives it.
    let pid = unsafe { libc::clone(run, stack.wrapping_add(STACK).cast(), flags | libc::SIGCHLD, argument) };
    assert!(pid > 0);
    let Pipes { mut requests, mut responses, their_requests, their_responses } = pipes;
    drop((their_requests, their_responses));
    let mut response = [0; 8];
    assert!(requests.write(&[0; 56]).is_ok_and(|count| count == 56));
    assert!(responses.read(&mut response).is_ok_and(|count| count == 8));
    let taken = begin.elapsed();
    // In this memory the child holds a copy of our own end, too.
    // SAFETY: it was not waited for yet.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    // SAFETY: nothing is written.
    assert_eq!(unsafe { libc::waitpid(pid, std::ptr::null_mut(), libc::__WALL) }, pid);
    // SAFETY: nobody is on it any more.
    unsafe { libc::munmap(stack.cast(), STACK) };
    taken
}

fn clone_vm() -> Result<Run> {
    extern "C" fn run(plan: *mut c_void) -> c_int {
        // SAFETY: it is the plan of `start`.
        let Plan { infd, outfd, .. } = unsafe { *plan.cast::<Plan>() };
        // SAFETY: the label is a function of two descriptors that does not return.
        let answer: extern "C" fn(i32, i32) -> c_int =
            unsafe { std::mem::transmute(&raw const arch::bench_answer) };
        answer(infd, outfd)
    }
    Ok(part(move || start(libc::CLONE_VM, run, None)))
}

fn vfork_and_exec() -> Result<Run> {
    extern "C" fn run(plan: *mut c_void) -> c_int {
        // SAFETY: it is the plan of `start`.
        let Plan { infd, outfd, program } = unsafe { *plan.cast::<Plan>() };
        for (from, to) in [(infd, 0), (outfd, 1)] {
            // SAFETY: it changes the child's own table.
            unsafe { arch::call(Sysno::dup3, [from as u64, to, 0, 0, 0, 0]) };
        }
        let (path, nothing) = (c"", [0_u64]);
        let nothing = nothing.as_ptr().expose_provenance() as u64;
        let path = path.as_ptr().expose_provenance() as u64;
        // SAFETY: an empty path, no arguments and no environment: the descriptor is the program.
        unsafe {
            arch::call(
                Sysno::execveat,
                [program as u64, path, nothing, nothing, libc::AT_EMPTY_PATH as u64, 0],
            );
        }
        1
    }
    let program = program()?;
    Ok(part(move || start(libc::CLONE_VM | libc::CLONE_VFORK, run, Some(&program))))
}

/// The smallest program with the loop: two headers and the code.
fn program() -> Result<OwnedFd> {
    const ADDRESS: u64 = 0x40_0000;
    const HEADERS: u64 = 64 + 56;
    let (start, end) = (&raw const arch::bench_start, &raw const arch::bench_answer_end);
    let length = end.addr() - start.addr();
    // SAFETY: the labels stand at the two ends of the code.
    let code = unsafe { std::slice::from_raw_parts(start, length) };
    let mut bytes =
        vec![0x7f, b'E', b'L', b'F', libc::ELFCLASS64, libc::ELFDATA2LSB, libc::EV_CURRENT as u8, 0];
    bytes.resize(16, 0);
    let size = HEADERS + length as u64;
    for half in [libc::ET_EXEC, arch::MACHINE] {
        bytes.extend(half.to_le_bytes());
    }
    bytes.extend(1_u32.to_le_bytes());
    for word in [ADDRESS + HEADERS, 64, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 1, 0, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    for half in [libc::PT_LOAD, libc::PF_R | libc::PF_X] {
        bytes.extend(half.to_le_bytes());
    }
    for word in [0, ADDRESS, ADDRESS, size, size, 4096] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(code);
    let directory = tempfile::tempdir().context("cannot make a folder")?;
    let path = directory.path().join("floor");
    std::fs::write(&path, bytes)?;
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    let path = std::ffi::CString::new(path.into_os_string().into_encoded_bytes())?;
    // SAFETY: the path ends with a zero. The folder may go: the descriptor is what is executed.
    owned(unsafe { libc::open(path.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) }, "the program")
}
