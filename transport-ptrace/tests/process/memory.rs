//! The process's memory and its descriptors are its own.
#![expect(unsafe_code, reason = "makes system calls, and reads and writes a process's memory")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{remote::peek, restricted, victim::Victim};
use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor},
    interface::{Hangup, SyscallError, SyscallInterface},
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

/// The cheapest way for much memory ends at protected pages, and another goes on there.
#[test]
fn large_transfers_go_through_pages_of_every_protection() {
    const PAGES: usize = 6;
    let victim = Victim::start("idle");
    let session = Session::attach(victim.process()).unwrap();
    let (read_write, private) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE | MapFlags::ANONYMOUS);
    let length = (PAGES + 1) * PAGE;
    let start = call(&session, mmap(Address::NULL, length, read_write, private, FileDescriptor::NONE, 0));
    let page = |index: usize| start.checked_add(index * PAGE).unwrap();
    call(&session, munmap(page(PAGES), PAGE));
    call(&session, mprotect(page(1), PAGE, ProtFlags::READ));
    // The kernel makes it so that not even reading is allowed, where the processor can.
    call(&session, mprotect(page(3), PAGE, ProtFlags::EXEC));
    call(&session, mprotect(page(4), PAGE, ProtFlags::NONE));
    let bytes: Vec<u8> = (0..PAGES * PAGE).map(|index| (index % 251).to_le_bytes()[0]).collect();
    for (from, to) in
        [(0, PAGES * PAGE), (7, PAGES * PAGE - 9), (PAGE - 1, 2 * PAGE + 1), (3 * PAGE + 5, 4 * PAGE)]
    {
        let zeros = vec![0; bytes.len()];
        assert_eq!(write(&session, start, &zeros), Ok(()));
        let at = start.checked_add(from).unwrap();
        assert_eq!(write(&session, at, &bytes[from..to]), Ok(()));
        let mut got = vec![1; bytes.len()];
        // SAFETY: it is not this process's memory.
        block_on(unsafe { session.read(start, &mut got) }, || ()).unwrap();
        assert!(got[..from].iter().chain(&got[to..]).all(|&byte| byte == 0));
        assert!(got[from..to] == bytes[from..to]);
    }
    // One byte is missing.
    let from = start.checked_add(1).unwrap();
    let short = |access| MemoryError {
        access,
        address: from,
        length: bytes.len(),
        done: bytes.len() - 1,
        cause: SyscallError::Errno(Errno::EFAULT),
    };
    assert_eq!(write(&session, from, &bytes), Err(short(Access::Write)));
    let mut got = vec![0; bytes.len()];
    // SAFETY: it is not this process's memory.
    let read = block_on(unsafe { session.read(from, &mut got) }, || ());
    assert_eq!(read, Err(short(Access::Read)));
    assert!(got[..bytes.len() - 1] == bytes[..bytes.len() - 1]);
    call(&session, munmap(start, length));
    session.detach().unwrap();
    assert_eq!(victim.end(), 0);
}

/// Another program has other memory, at the same addresses.
#[test]
fn memory_of_a_replaced_program_is_not_touched() {
    let mut victim = Victim::start("exec in a sibling");
    let session = Session::attach(victim.process()).unwrap();
    victim.say("x");
    while session.is_alive() {
        std::thread::yield_now();
    }
    while victim.line() != "ready" {}
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", victim.process().into_raw())).unwrap();
    let stack = maps.lines().find(|line| line.ends_with("[stack]")).unwrap();
    let start = u64::from_str_radix(stack.split('-').next().unwrap(), 16).unwrap();
    for length in [8, 8192] {
        let mut bytes = vec![0; length];
        // SAFETY: it is not this process's memory.
        let error =
            block_on(unsafe { session.read(Address::from_raw(start), &mut bytes) }, || ()).unwrap_err();
        assert_eq!((error.done, error.cause), (0, SyscallError::Hangup(Hangup::TaskEnded)), "{length}");
    }
    session.detach().unwrap();
    assert_eq!(victim.end(), 0);
}

/// A kernel may keep the file from protected pages (`proc_mem.force_override`); a filter keeps it from all, of this thread only.
#[test]
fn what_the_file_is_kept_from_is_reached_by_words() {
    let victim = Victim::start("idle");
    let reach = || {
        let session = Session::attach(victim.process()).unwrap();
        let start = lonely_page(&session);
        call(&session, mprotect(start, PAGE, ProtFlags::READ));
        let refused = libc::SECCOMP_RET_ERRNO | libc::EIO.cast_unsigned();
        for number in [libc::SYS_pread64, libc::SYS_pwrite64] {
            restricted::filter(number, refused);
        }
        let odd = start.checked_add(5).unwrap();
        assert_eq!(write(&session, odd, b"more than two words"), Ok(()));
        assert_eq!(read(&session, odd), Ok(*b"more than two words"));
        let before_it = start.checked_add(1).unwrap();
        assert_eq!(read(&session, before_it), Ok(*b"\0\0\0\0more than two words\0\0\0"));
        let near_the_end = start.checked_add(PAGE - 3).unwrap();
        let error = |access| MemoryError {
            access,
            address: near_the_end,
            length: 5,
            done: 3,
            cause: SyscallError::Errno(Errno::EFAULT),
        };
        assert_eq!(write(&session, near_the_end, b"ABCDE"), Err(error(Access::Write)));
        assert_eq!(read::<5>(&session, near_the_end), Err(error(Access::Read)));
        session.detach().unwrap();
        start
    };
    // The filter ends with its thread.
    let start = std::thread::scope(|scope| scope.spawn(reach).join().unwrap());
    assert_eq!(peek(victim.process(), start.into_raw() + 5).to_le_bytes(), *b"more tha");
    assert_eq!(victim.end(), 0);
}
