//! The same questions to every transport.
//!
//! Each function asks one thing through an interface and fails the test that called it if the answer is wrong.
#![cfg(feature = "std")]
#![expect(unsafe_code, reason = "executes system calls")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

pub mod count;
pub mod programs;
pub mod remote;
pub mod server;
mod sleeper;
pub mod ssh;

mod one_by_one;
pub use one_by_one::OneByOne;

pub use sleeper::Sleeper;

use rsyscall_core::{
    abi::Abi,
    batch::{Batch, OnError, ValidBytes},
    identifier::{Address, FileDescriptor, Process},
    interface::{NotSent, SyscallError, SyscallInterface},
    memory::{Access, Arena, ArenaError, MemoryInterface},
    near::{
        fs::{Mode, OFlags, openat},
        io::{close, read, write},
        process::{getpid, getppid},
    },
    syscall::{Errno, Syscall},
};
use std::ffi::CString;

/// What a transport to a task must be.
pub trait Interface: SyscallInterface + MemoryInterface {}

impl<I: SyscallInterface + MemoryInterface> Interface for I {}

/// All questions, to a task with this pid.
pub async fn ask_everything(interface: &impl Interface, process: Process) {
    its_pid_is_that_of_the_task(interface, process).await;
    a_refusal_is_an_errno(interface).await;
    a_call_that_the_abi_lacks_is_enosys(interface).await;
    a_file_written_is_read_back(interface, process).await;
    bytes_of_any_length_come_back(interface).await;
    a_bad_address_is_an_error_that_counts(interface).await;
    the_arena_keeps_its_bounds(interface).await;
    a_batch_takes_results(interface).await;
    a_batch_stops(interface).await;
}

/// `getpid` runs in the task.
pub async fn its_pid_is_that_of_the_task(interface: &impl Interface, process: Process) {
    // SAFETY: getpid takes nothing and changes nothing.
    assert_eq!(unsafe { interface.call(getpid()) }.await, Ok(process));
}

/// What the kernel refuses comes back as its errno.
pub async fn a_refusal_is_an_errno(interface: &impl Interface) {
    // SAFETY: no task here has so many descriptors.
    let closed = unsafe { interface.call(close(FileDescriptor::from_raw(99_999))) }.await;
    assert_eq!(closed, Err(SyscallError::Errno(Errno::EBADF)));
}

/// The number that stands for "no such call" is answered without asking a kernel.
pub async fn a_call_that_the_abi_lacks_is_enosys<I: Interface>(interface: &I) {
    // SAFETY: nothing is executed.
    let answer = unsafe { interface.syscall(Syscall::<I::Abi>::new(-1, [0; 6])) }.await;
    assert_eq!(answer, Err(SyscallError::Errno(Errno::ENOSYS)));
    assert!(I::Abi::name(-1).is_none());
}

/// Opens, writes, reads and closes a file in the task, and looks at it from here.
pub async fn a_file_written_is_read_back(interface: &impl Interface, process: Process) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let arena = Arena::map(interface, 65536, page_size()).await.unwrap();
    let name = CString::new(path.to_str().unwrap()).unwrap();
    let pathname = arena.c_string(&name).await.unwrap();
    let text = arena.bytes(b"near", 1).await.unwrap();
    let buffer = arena.reserve(16, 8).unwrap();

    let flags = OFlags::CREATE | OFlags::RDWR | OFlags::CLOEXEC;
    let open = openat(FileDescriptor::AT_FDCWD, pathname, flags, Mode::from_raw(0o600));
    // SAFETY: the path lies in the arena, and the descriptor is new.
    let fd = unsafe { interface.call(open) }.await.unwrap();
    let link = format!("/proc/{}/fd/{}", process.into_raw(), fd.into_raw());
    assert_eq!(std::fs::read_link(link).unwrap(), path);

    // SAFETY: the descriptor is this function's own, the text lies in the arena.
    assert_eq!(unsafe { interface.call(write(fd, text, 4)) }.await, Ok(4));
    assert_eq!(std::fs::read(&path).unwrap(), b"near");
    // SAFETY: the descriptor is this function's own.
    unsafe { interface.call(close(fd)) }.await.unwrap();

    let open = openat(FileDescriptor::AT_FDCWD, pathname, OFlags::RDONLY, Mode::empty());
    // SAFETY: the path lies in the arena, and the descriptor is new.
    let fd = unsafe { interface.call(open) }.await.unwrap();
    // SAFETY: the buffer is 16 bytes of the arena.
    assert_eq!(unsafe { interface.call(read(fd, buffer, 16)) }.await, Ok(4));
    let mut bytes = [0; 4];
    arena.read_bytes(buffer, &mut bytes).await.unwrap();
    assert_eq!(&bytes, b"near");
    // SAFETY: the descriptor is this function's own.
    unsafe { interface.call(close(fd)) }.await.unwrap();
    // SAFETY: no call uses the arena any more.
    unsafe { arena.unmap() }.await.unwrap();
}

/// Writes and reads back, at odd addresses and over page boundaries.
pub async fn bytes_of_any_length_come_back(interface: &impl Interface) {
    let arena = Arena::map(interface, 1 << 18, page_size()).await.unwrap();
    for length in [1, 7, 8, 255, 256, 257, 4095, 4096, 4097, 65537] {
        arena.reserve(1, 1).unwrap();
        let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
        let address = arena.bytes(&bytes, 1).await.unwrap();
        let mut back = vec![0; length];
        arena.read_bytes(address, &mut back).await.unwrap();
        assert!(back == bytes, "{length} bytes came back changed");
    }
    // SAFETY: no call uses the arena any more.
    unsafe { arena.unmap() }.await.unwrap();
}

/// A transfer that runs into an unmapped page says how far it got.
pub async fn a_bad_address_is_an_error_that_counts(interface: &impl Interface) {
    let page = page_size();
    let arena = Arena::map(interface, 2 * page, page).await.unwrap();
    let (first, second) = arena.mapping().split_at(page).unwrap();
    let unmap = rsyscall_core::near::mm::munmap(second.address(), second.length());
    // SAFETY: the second page is the arena's, and the arena is not used beyond its first from here on.
    unsafe { interface.call(unmap) }.await.unwrap();
    let from = first.end().checked_sub(10).unwrap();

    let mut buffer = [7; 20];
    // SAFETY: the bytes are the arena's, or unmapped.
    let error = unsafe { interface.read(from, &mut buffer) }.await.unwrap_err();
    assert_eq!((error.access, error.done, error.cause), (Access::Read, 10, Errno::EFAULT.into()));
    assert_eq!(&buffer[..10], [0; 10]);
    // SAFETY: the bytes are the arena's, or unmapped.
    let error = unsafe { interface.write(from, &[1; 20]) }.await.unwrap_err();
    assert_eq!((error.access, error.done, error.cause), (Access::Write, 10, Errno::EFAULT.into()));
    // SAFETY: nothing is mapped there.
    let error = unsafe { interface.read(second.address(), &mut buffer) }.await.unwrap_err();
    assert_eq!((error.done, error.length), (0, 20));
    // SAFETY: the first page is all that is left of the arena, and nothing uses it.
    unsafe { arena.unmap() }.await.unwrap();
}

/// The arena gives no byte twice and none that it has not.
pub async fn the_arena_keeps_its_bounds(interface: &impl Interface) {
    let page = page_size();
    assert!(matches!(Arena::map(interface, 0, page).await, Err(ArenaError::Mapping(_))));
    assert!(matches!(Arena::map(interface, page + 1, page).await, Err(ArenaError::Mapping(_))));
    let arena = Arena::map(interface, page, page).await.unwrap();
    let start = arena.mapping().address();
    assert_eq!(arena.reserve(3, 1), Ok(start));
    assert_eq!(arena.reserve(8, 8), Ok(start.checked_add(8).unwrap()));
    assert_eq!(arena.reserve(page, 1), Err(ArenaError::Full { wanted: page, left: page - 16 }));
    assert!(arena.reserve(usize::MAX, 1).is_err());
    assert!(arena.reserve(1, 3).is_err());
    assert!(arena.reserve(1, 0).is_err());
    assert!(arena.reserve(0, 2 * page).is_err());
    assert_eq!(arena.reserve(page - 16, 1), Ok(start.checked_add(16).unwrap()));
    assert!(arena.reserve(1, 1).is_err());
    let mut byte = [0];
    assert!(arena.read_bytes(arena.mapping().end(), &mut byte).await.is_err());
    assert!(arena.read_bytes(Address::from_raw(u64::MAX), &mut byte).await.is_err());
    // SAFETY: no call uses the arena any more.
    unsafe { arena.unmap() }.await.unwrap();
}

/// A later entry takes the result of an earlier one.
pub async fn a_batch_takes_results(interface: &impl Interface) {
    let arena = Arena::map(interface, 65536, page_size()).await.unwrap();
    let pathname = arena.c_string(c"/proc/self/stat").await.unwrap();
    let buffer = arena.reserve(16, 1).unwrap();
    let mut batch = Batch::<4>::new();
    let parent = batch.push(getppid()).unwrap();
    let fd = batch.openat(FileDescriptor::AT_FDCWD, pathname, OFlags::RDONLY, Mode::empty()).unwrap();
    let count = batch.read(fd, buffer, 16_usize).unwrap();
    let closed = batch.close(fd).unwrap();
    assert!(batch.is_linked());
    // SAFETY: path and buffer lie in the arena; what is closed is what was opened.
    let answers = unsafe { interface.batch(&batch, OnError::Stop) }.await.unwrap();
    assert!(answers.get(parent).is_ok());
    assert!(answers.get(fd).unwrap().into_raw() >= 0);
    assert_eq!(answers.get(count), Ok(16));
    assert_eq!(answers.get(closed), Ok(()));
    let mut bytes = [0; 16];
    arena.read_bytes(buffer, &mut bytes).await.unwrap();
    // SAFETY: getpid takes nothing and changes nothing.
    let process = unsafe { interface.call(getpid()) }.await.unwrap();
    assert!(bytes.starts_with(format!("{} ", process.into_raw()).as_bytes()), "{bytes:?}");
    // SAFETY: no call uses the arena any more.
    unsafe { arena.unmap() }.await.unwrap();
}

/// After a failure nothing more is performed, or only what does not depend on it.
pub async fn a_batch_stops(interface: &impl Interface) {
    let mut batch = Batch::<3>::new();
    let fd =
        batch.openat(FileDescriptor::AT_FDCWD, Address::from_raw(8), OFlags::RDONLY, Mode::empty()).unwrap();
    let closed = batch.close(fd).unwrap();
    let process = batch.getpid().unwrap();
    let stopped = SyscallError::NotSent(NotSent::BatchStopped);
    // SAFETY: nothing is mapped at that address, so that nothing is opened and nothing closed.
    let answers = unsafe { interface.batch(&batch, OnError::Stop) }.await.unwrap();
    assert_eq!(answers.get(fd), Err(Errno::EFAULT.into()));
    assert_eq!(answers.get(closed), Err(stopped));
    assert_eq!(answers.get(process), Err(stopped));
    // SAFETY: as above.
    let answers = unsafe { interface.batch(&batch, OnError::Continue) }.await.unwrap();
    assert_eq!(answers.get(closed), Err(stopped));
    assert!(answers.get(process).is_ok());
}

/// Where a batch cannot go as one, nothing of it is performed, and its caller is told.
pub async fn a_batch_that_cannot_be_one_is_refused(interface: &impl Interface) {
    let mut batch = Batch::<2>::new();
    let process = batch.getpid().unwrap();
    batch.getpgid(process).unwrap();
    // SAFETY: neither call changes anything.
    let refused = unsafe { interface.batch(&batch, OnError::Continue) }.await;
    assert_eq!(refused, Err(SyscallError::NotSent(NotSent::BatchUnsupported)));
}

/// Memory goes along in a batch: path in, open, read, data out, close.
pub async fn a_batch_brings_memory(interface: &impl Interface) {
    let page = page_size();
    let arena = Arena::map(interface, 2 * page, page).await.unwrap();
    let base = arena.mapping().address();
    let last = arena.mapping().end().checked_sub(4).unwrap();
    let (mut content, mut tail, mut nothing) = ([7; 600], [7; 8], [7; 8]);
    let mut batch = Batch::<7>::new();
    batch.write_memory(base, b"/proc/self/stat\0").unwrap();
    let fd = batch.openat(FileDescriptor::AT_FDCWD, base, OFlags::RDONLY, Mode::empty()).unwrap();
    let count = batch.read(fd, base, 16_usize).unwrap();
    let all = batch.read_memory(base, &mut content).unwrap();
    let short = batch.read_memory(last, &mut tail).unwrap();
    let bad = batch.read_memory(Address::from_raw(8), &mut nothing).unwrap();
    let closed = batch.close(fd).unwrap();
    // SAFETY: path and buffer lie in the arena; what is closed is what was opened.
    let answers = unsafe { interface.batch(&batch, OnError::Continue) }.await.unwrap();
    assert_eq!(answers.get(count), Ok(16));
    assert_eq!(answers.get(all), Ok(ValidBytes(600)));
    // Whatever is mapped behind the arena may be read, too.
    assert!(matches!(answers.get(short), Ok(ValidBytes(4 | 8))), "{:?}", answers.get(short));
    assert_eq!(answers.get(bad), Err(Errno::EFAULT.into()));
    assert_eq!(answers.get(closed), Ok(()));
    // SAFETY: getpid takes nothing and changes nothing.
    let process = unsafe { interface.call(getpid()) }.await.unwrap();
    assert!(content.starts_with(format!("{} ", process.into_raw()).as_bytes()), "{content:?}");
    assert_eq!(content[16..], [0; 600 - 16]);
    assert_eq!(tail[..4], [0; 4]);
    assert_eq!(nothing, [7; 8]);
    // SAFETY: no call uses the arena any more.
    unsafe { arena.unmap() }.await.unwrap();
}

/// The size of a page here, and so in every task on this machine.
pub fn page_size() -> usize {
    rustix::param::page_size()
}

/// The front page's example, compiled and run.
#[doc = include_str!("../../README.md")]
#[cfg(doctest)]
struct FrontPage;
