//! The process's memory and its descriptors are its own.
#![expect(unsafe_code, reason = "makes system calls, and reads and writes a process's memory")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::victim::Victim;
use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor},
    interface::{SyscallError, SyscallInterface},
    memory::{Access, Arena, MemoryError, MemoryInterface},
    near::{
        fs::{Mode, OFlags, openat},
        io::close,
        mm::{MapFlags, ProtFlags, mmap, mprotect, munmap},
    },
    syscall::{Errno, Instruction, Outcome},
};
use rsyscall_transport_ptrace::Session;

/// A multiple of every page size.
const PAGE: usize = 1 << 16;

fn call<R: Outcome>(session: &Session, instruction: Instruction<R>) -> R {
    // SAFETY: the victim is this test's, and the calls are about memory and descriptors that it does not know.
    block_on(unsafe { session.call(instruction) }, || ()).unwrap()
}

fn write(session: &Session, to: Address, bytes: &[u8]) -> Result<(), MemoryError> {
    // SAFETY: the victim does not use what is mapped there, if anything is.
    block_on(unsafe { session.write(to, bytes) }, || ())
}

fn read<const N: usize>(session: &Session, from: Address) -> Result<[u8; N], MemoryError> {
    let mut bytes = [0; N];
    // SAFETY: it is not this process's memory.
    block_on(unsafe { session.read(from, &mut bytes) }, || ()).map(|()| bytes)
}

/// Memory of the session's process behind whose `PAGE` bytes nothing is mapped.
fn lonely_page(session: &Session) -> Address {
    let (read_write, private) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE | MapFlags::ANONYMOUS);
    let instruction = mmap(Address::NULL, 2 * PAGE, read_write, private, FileDescriptor::NONE, 0);
    let start = call(session, instruction);
    call(session, munmap(start.checked_add(PAGE).unwrap(), PAGE));
    start
}

#[test]
fn what_is_written_is_read_and_a_fault_says_how_far_it_got() {
    let victim = Victim::start("idle");
    let session = Session::attach(victim.process()).unwrap();
    let start = lonely_page(&session);
    let near_the_end = start.checked_add(PAGE - 3).unwrap();
    assert_eq!(write(&session, near_the_end, b"abc"), Ok(()));
    assert_eq!(read(&session, near_the_end), Ok(*b"abc"));
    let error = |access| MemoryError {
        access,
        address: near_the_end,
        length: 5,
        done: 3,
        cause: SyscallError::Errno(Errno::EFAULT),
    };
    assert_eq!(write(&session, near_the_end, b"ABCDE"), Err(error(Access::Write)));
    assert_eq!(read::<5>(&session, near_the_end), Err(error(Access::Read)));
    assert_eq!(read(&session, near_the_end), Ok(*b"ABC"));
    call(&session, munmap(start, PAGE));
    session.detach().unwrap();
    assert_eq!(victim.end(), 0);
}

#[test]
fn addresses_that_cannot_be_are_faults() {
    let victim = Victim::start("idle");
    let session = Session::attach(victim.process()).unwrap();
    for address in [0, 1 << 62, 1 << 63, u64::MAX - 1, u64::MAX] {
        let address = Address::from_raw(address);
        let (read, written) = (read::<8>(&session, address), write(&session, address, &[0; 8]));
        for error in [read.unwrap_err(), written.unwrap_err()] {
            assert_eq!((error.done, error.cause), (0, SyscallError::Errno(Errno::EFAULT)), "{error}");
        }
    }
    session.detach().unwrap();
    assert_eq!(victim.end(), 0);
}

#[test]
fn a_page_that_the_process_may_not_write_is_written() {
    let victim = Victim::start("idle");
    let session = Session::attach(victim.process()).unwrap();
    let start = lonely_page(&session);
    call(&session, mprotect(start, PAGE, ProtFlags::READ));
    assert_eq!(write(&session, start, b"written"), Ok(()));
    assert_eq!(read(&session, start), Ok(*b"written"));
    call(&session, munmap(start, PAGE));
    session.detach().unwrap();
    assert_eq!(victim.end(), 0);
}

#[test]
fn a_file_is_opened_in_the_process_and_not_here() {
    let victim = Victim::start("idle");
    let session = Session::attach(victim.process()).unwrap();
    let arena = block_on(Arena::map(&session, PAGE, 1 << 12), || ()).unwrap();
    let path = block_on(arena.c_string(c"/proc/self/status"), || ()).unwrap();
    let fd = call(&session, openat(FileDescriptor::AT_FDCWD, path, OFlags::RDONLY, Mode::empty()));
    let pid = victim.process().into_raw();
    let link = std::fs::read_link(format!("/proc/{pid}/fd/{}", fd.into_raw())).unwrap();
    assert_eq!(link.to_str().unwrap(), format!("/proc/{pid}/status"));
    call(&session, close(fd));
    assert!(!std::fs::exists(format!("/proc/{pid}/fd/{}", fd.into_raw())).unwrap());
    session.detach().unwrap();
    assert_eq!(victim.end(), 0);
}
