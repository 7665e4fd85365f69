//! The system calls that this program makes, one function each, with only what it needs of them.

use crate::arch::{number, syscall};
use core::ffi::CStr;
use core::mem::size_of;

/// An error number of the kernel's.
pub(crate) type Errno = u32;

/// A file descriptor of this process.
#[derive(Clone, Copy)]
pub(crate) struct FileDescriptor(u32);

pub(crate) const STANDARD_OUTPUT: FileDescriptor = FileDescriptor(1);
pub(crate) const STANDARD_ERROR: FileDescriptor = FileDescriptor(2);

const AT_FDCWD: usize = -100_isize as usize;
const O_NONBLOCK: usize = 0o4_000;
const O_CLOEXEC: usize = 0o2_000_000;
const SIGCHLD: usize = 17;
const SIGKILL: usize = 9;

impl FileDescriptor {
    fn word(self) -> usize {
        self.0 as usize
    }
}

/// Executes a call and tells its error from its result.
///
/// # Safety
///
/// As [`syscall`].
unsafe fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Errno> {
    // SAFETY: the caller's promise.
    let result = unsafe { syscall(number, arguments) };
    match result.wrapping_neg() {
        errno @ 1..=4095 => Err(errno as Errno),
        _ => Ok(result),
    }
}

/// Executes a call whose arguments are numbers, or addresses of memory that it only reads and that is alive.
fn plain(number: usize, arguments: [usize; 6]) -> Result<usize, Errno> {
    // SAFETY: the calls that this module makes this way write no memory of this process.
    unsafe { call(number, arguments) }
}

fn file(word: usize) -> FileDescriptor {
    FileDescriptor(word as u32)
}

pub(crate) fn exit(status: usize) -> ! {
    loop {
        let _ = plain(number::EXIT_GROUP, [status, 0, 0, 0, 0, 0]);
    }
}

pub(crate) fn process_id() -> u32 {
    plain(number::GETPID, [0; 6]).unwrap_or(0) as u32
}

/// Writes everything, if it can be written at all.
pub(crate) fn write_all(to: FileDescriptor, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match plain(number::WRITE, [to.word(), bytes.as_ptr() as usize, bytes.len(), 0, 0, 0]) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(_) => return,
        }
    }
}

pub(crate) fn read(from: FileDescriptor, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: it writes into the buffer, and not past its end.
    unsafe { call(number::READ, [from.word(), buffer.as_mut_ptr() as usize, buffer.len(), 0, 0, 0]) }
}

pub(crate) fn open(path: &CStr) -> Result<FileDescriptor, Errno> {
    const O_RDWR: usize = 2;
    plain(number::OPENAT, [AT_FDCWD, path.as_ptr() as usize, O_RDWR | O_CLOEXEC, 0, 0, 0]).map(file)
}

pub(crate) fn close(closed: FileDescriptor) {
    let _ = plain(number::CLOSE, [closed.word(), 0, 0, 0, 0, 0]);
}

pub(crate) fn length(of: FileDescriptor) -> Result<usize, Errno> {
    const SEEK_END: usize = 2;
    plain(number::LSEEK, [of.word(), 0, SEEK_END, 0, 0, 0])
}

/// Maps a file at an address that the kernel chooses, for reading and writing; writes do not reach the file.
pub(crate) fn map(mapped: FileDescriptor, length: usize) -> Result<*mut u8, Errno> {
    const PROT_READ_WRITE: usize = 3;
    const MAP_PRIVATE: usize = 2;
    // Nothing is replaced: without MAP_FIXED the kernel chooses addresses that are free.
    plain(number::MMAP, [0, length, PROT_READ_WRITE, MAP_PRIVATE, mapped.word(), 0])
        .map(|address| address as *mut u8)
}

/// A pipe, whose reading end does not block.
pub(crate) fn pipe() -> Result<(FileDescriptor, FileDescriptor), Errno> {
    const F_SETFL: usize = 4;
    let mut ends = [0_u32; 2];
    // SAFETY: it writes two descriptors into the array.
    unsafe { call(number::PIPE2, [ends.as_mut_ptr() as usize, O_CLOEXEC, 0, 0, 0, 0]) }?;
    let [reading, writing] = ends.map(FileDescriptor);
    plain(number::FCNTL, [reading.word(), F_SETFL, O_NONBLOCK, 0, 0, 0])?;
    Ok((reading, writing))
}

/// Makes one descriptor number stand for what another does; both may be the same.
pub(crate) fn duplicate(from: FileDescriptor, to: u32) {
    let _ = plain(number::DUP3, [from.word(), to as usize, 0, 0, 0, 0]);
}

/// A copy of this process; 0 in the copy.
pub(crate) fn fork() -> Result<u32, Errno> {
    // Memory is copied, so that the two do not share a stack.
    plain(number::CLONE, [SIGCHLD, 0, 0, 0, 0, 0]).map(|process| process as u32)
}

/// Replaces this process; comes back only if that failed. Both arrays are of addresses of strings, with a 0 at the end.
pub(crate) fn execute(arguments: &[usize; 64], environment: &[usize; 64]) -> Errno {
    let words = [arguments[0], arguments.as_ptr() as usize, environment.as_ptr() as usize, 0, 0, 0];
    plain(number::EXECVE, words).err().unwrap_or(0)
}

pub(crate) fn new_session() {
    let _ = plain(number::SETSID, [0; 6]);
}

pub(crate) fn change_directory(path: &CStr) {
    let _ = plain(number::CHDIR, [path.as_ptr() as usize, 0, 0, 0, 0, 0]);
}

const CHILD_SIGNAL: u64 = 1 << (SIGCHLD - 1);

fn change_blocked(how: usize) {
    let set = CHILD_SIGNAL;
    let _ = plain(number::RT_SIGPROCMASK, [how, &raw const set as usize, 0, size_of::<u64>(), 0, 0]);
}

/// Undoes the blocking of [`child_signals`].
pub(crate) fn unblock_child_signals() {
    const SIG_UNBLOCK: usize = 1;
    change_blocked(SIG_UNBLOCK);
}

/// A descriptor that becomes readable when a child ends.
pub(crate) fn child_signals() -> Result<FileDescriptor, Errno> {
    const SIG_BLOCK: usize = 0;
    const NEW: usize = usize::MAX;
    change_blocked(SIG_BLOCK);
    let set = CHILD_SIGNAL;
    let words = [NEW, &raw const set as usize, size_of::<u64>(), O_CLOEXEC | O_NONBLOCK, 0, 0];
    plain(number::SIGNALFD4, words).map(file)
}

/// One of the descriptors that [`poll`] waits for.
#[repr(C)]
pub(crate) struct Polled {
    /// Negative: none.
    file: i32,
    events: i16,
    happened: i16,
}

impl Polled {
    pub(crate) fn readable(waited_for: FileDescriptor) -> Self {
        const POLLIN: i16 = 1;
        Self { file: waited_for.0 as i32, events: POLLIN, happened: 0 }
    }

    /// Whether it can be read, or is at its end.
    pub(crate) fn is_ready(&self) -> bool {
        self.happened != 0
    }

    /// Waits for it no more.
    pub(crate) fn ignore(&mut self) {
        self.file = -1;
        self.happened = 0;
    }
}

/// Waits until one of them is ready.
pub(crate) fn poll(polled: &mut [Polled]) {
    // SAFETY: it writes into the slice, and not past its end.
    let _ = unsafe {
        call(number::PPOLL, [polled.as_mut_ptr() as usize, polled.len(), 0, 0, size_of::<u64>(), 0])
    };
}

/// How a process ended.
#[derive(Clone, Copy)]
pub(crate) enum Ended {
    Exit(u32),
    Signal(u32),
}

/// Takes one child that has ended, and its number; with `wait`, waits for one while there are children.
pub(crate) fn reap(wait: bool) -> Option<(u32, Ended)> {
    const P_ALL: usize = 0;
    const WEXITED: usize = 4;
    const WNOHANG: usize = 1;
    const CLD_EXITED: u32 = 1;
    let mut info = [0_u32; 32];
    let options = if wait { WEXITED } else { WEXITED | WNOHANG };
    // SAFETY: it writes a siginfo of 128 bytes, which is what the array has.
    unsafe { call(number::WAITID, [P_ALL, 0, info.as_mut_ptr() as usize, options, 0, 0]) }.ok()?;
    // si_code, si_pid and si_status; no process has the number 0.
    let [_, _, code, _, process, _, status, ..] = info;
    if process == 0 {
        return None;
    }
    Some((process, if code == CLD_EXITED { Ended::Exit(status) } else { Ended::Signal(status) }))
}

/// Kills every process but this one, which must be the first.
pub(crate) fn kill_everything() {
    const ALL: usize = usize::MAX;
    let _ = plain(number::KILL, [ALL, SIGKILL, 0, 0, 0, 0]);
}

pub(crate) fn make_directory(path: &CStr) {
    let _ = plain(number::MKDIRAT, [AT_FDCWD, path.as_ptr() as usize, 0o755, 0, 0, 0]);
}

pub(crate) fn mount(kind: &CStr, place: &CStr) {
    let kind = kind.as_ptr() as usize;
    let _ = plain(number::MOUNT, [kind, place.as_ptr() as usize, kind, 0, 0, 0]);
}

pub(crate) fn name_host(name: &[u8]) {
    let _ = plain(number::SETHOSTNAME, [name.as_ptr() as usize, name.len(), 0, 0, 0, 0]);
}

/// Brings the loopback interface up, so that 127.0.0.1 can be reached.
pub(crate) fn bring_loopback_up() {
    const AF_INET: usize = 2;
    const SOCK_DGRAM: usize = 2;
    const SIOCSIFFLAGS: usize = 0x8914;
    const IFF_UP: u16 = 1;

    #[repr(C)]
    struct InterfaceRequest {
        name: [u8; 16],
        flags: u16,
        rest: [u8; 22],
    }
    let request = InterfaceRequest { name: *b"lo\0\0\0\0\0\0\0\0\0\0\0\0\0\0", flags: IFF_UP, rest: [0; 22] };
    if let Ok(socket) = plain(number::SOCKET, [AF_INET, SOCK_DGRAM, 0, 0, 0, 0]).map(file) {
        let _ = plain(number::IOCTL, [socket.word(), SIOCSIFFLAGS, &raw const request as usize, 0, 0, 0]);
        close(socket);
    }
}

/// Switches the machine off; does nothing where that is not allowed.
pub(crate) fn power_off() {
    const MAGIC: usize = 0xfee1_dead;
    const MAGIC2: usize = 672_274_793;
    const POWER_OFF: usize = 0x4321_fedc;
    let _ = plain(number::REBOOT, [MAGIC, MAGIC2, POWER_OFF, 0, 0, 0]);
}
