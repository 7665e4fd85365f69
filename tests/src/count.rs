//! Counting what something does: the system calls of a child that this process traces.

use std::{
    any::Any,
    io::Error,
    panic::{AssertUnwindSafe, catch_unwind},
};
use syscalls::Sysno;

/// A system call that was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Made {
    /// Which.
    pub call: Sysno,
    /// Its arguments.
    pub arguments: [u64; 6],
    /// What it returned.
    pub returned: i64,
}

/// What a mark is: `prctl` with an option that there is not.
const MARK: i32 = 0x6d61_726b;

/// Begins or ends what is counted; outside a counted function it does nothing.
pub fn mark() {
    // SAFETY: the option does not exist, so that nothing happens.
    unsafe { libc::prctl(MARK) };
}

/// Runs a function in a child and returns the calls that it made between each two marks, its first and second, its third and
/// fourth and so on.
///
/// Only the calls of the thread that runs it are counted, and not those of its children. It is ended after ten minutes.
pub fn calls(run: impl FnOnce()) -> Vec<Vec<Made>> {
    // SAFETY: the child runs the function and ends; the allocator is sound after a fork.
    let forked = unsafe { libc::fork() };
    assert_ne!(forked, -1, "{}", Error::last_os_error());
    if forked == 0 { child(run) } else { trace(forked) }
}

fn child(run: impl FnOnce()) -> ! {
    // SAFETY: it takes numbers.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    // SAFETY: its signal ends this child, which is what it is for.
    unsafe { libc::alarm(600) };
    // SAFETY: the request moves nothing.
    unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) };
    // SAFETY: the parent waits for that, and lets this child go on.
    unsafe { libc::raise(libc::SIGSTOP) };
    let outcome = catch_unwind(AssertUnwindSafe(run));
    if let Err(payload) = &outcome {
        let text = format!("in the child: {}\n", message(&**payload));
        // The standard streams of a test are not those of the process.
        // SAFETY: the text is there to be read.
        unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
    }
    // SAFETY: nothing of the parent's is torn down.
    unsafe { libc::_exit(i32::from(outcome.is_err())) }
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let string = payload.downcast_ref::<String>().map(String::as_str);
    string.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("it panicked")
}

/// Follows the child from call to call until it ends.
fn trace(pid: i32) -> Vec<Vec<Made>> {
    assert!(libc::WIFSTOPPED(wait(pid)), "the child does not stop");
    // SAFETY: the request moves nothing.
    unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, pid, 0, libc::PTRACE_O_TRACESYSGOOD) };
    let mut sections: Vec<Vec<Made>> = Vec::new();
    let mut counting = false;
    let mut entered: Option<(Sysno, [u64; 6])> = None;
    let mut signal = 0;
    loop {
        // SAFETY: the request moves nothing.
        unsafe { libc::ptrace(libc::PTRACE_SYSCALL, pid, 0, signal) };
        let status = wait(pid);
        signal = 0;
        if !libc::WIFSTOPPED(status) {
            assert_eq!(status, 0, "the child failed");
            return sections;
        }
        if libc::WSTOPSIG(status) != libc::SIGTRAP | 0x80 {
            signal = libc::WSTOPSIG(status);
            continue;
        }
        match (information(pid), entered.take()) {
            (Information::Entry(call, arguments), _) => entered = Some((call, arguments)),
            (Information::Exit(_), Some((call, [option, ..]))) if is_mark(call, option) => {
                counting = !counting;
                if counting {
                    sections.push(Vec::new());
                }
            }
            (Information::Exit(returned), Some((call, arguments))) if counting => {
                if let Some(section) = sections.last_mut() {
                    section.push(Made { call, arguments, returned });
                }
            }
            _ => {}
        }
    }
}

fn is_mark(call: Sysno, option: u64) -> bool {
    call == Sysno::prctl && option == u64::from(MARK.unsigned_abs())
}

fn wait(pid: i32) -> i32 {
    let mut status = 0;
    // SAFETY: the kernel writes an int.
    let waited = unsafe { libc::waitpid(pid, &raw mut status, libc::__WALL) };
    assert_eq!(waited, pid, "{}", Error::last_os_error());
    status
}

enum Information {
    Entry(Sysno, [u64; 6]),
    Exit(i64),
    Other,
}

/// `PTRACE_GET_SYSCALL_INFO`
fn information(pid: i32) -> Information {
    const GET_SYSCALL_INFO: libc::c_int = 0x420e;
    // Kind and architecture, instruction pointer, stack pointer; then number and arguments, or result.
    let mut words = [0_u64; 11];
    // SAFETY: the kernel fills no more than the words.
    let length = unsafe {
        libc::ptrace(GET_SYSCALL_INFO as _, pid, size_of_val(&words), (&raw mut words).cast::<libc::c_void>())
    };
    assert!(length > 0, "{}", Error::last_os_error());
    let [kind, _, _, first, arguments @ .., _] = words;
    match kind & 0xff {
        1 => Information::Entry(usize::try_from(first).ok().and_then(Sysno::new).unwrap(), arguments),
        2 => Information::Exit(first.cast_signed()),
        _ => Information::Other,
    }
}
