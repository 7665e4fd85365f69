//! What a kernel wrote, decoded, against what the standard library says of the same things.

#![expect(unsafe_code, reason = "instructions are executed")]

use rsyscall_core::abi::Native;
use rsyscall_core::block_on;
use rsyscall_core::identifier::{Address, FileDescriptor};
use rsyscall_core::interface::SyscallInterface;
use rsyscall_core::near::event::{self, InotifyFlags, InotifyMask};
use rsyscall_core::near::fs::{self, AtFlags, StatxFlags, StatxMask};
use rsyscall_core::near::layout::{DirectoryEntries, InotifyEvents, Layout, Stat, Statx};
use rsyscall_core::near::{io, layout};
use rsyscall_core::syscall::{Instruction, Outcome};
use rsyscall_transport_local::Local;
use std::collections::BTreeSet;
use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

#[expect(clippy::unwrap_used, reason = "a call that is refused is a failure")]
fn call<R: Outcome>(instruction: Instruction<R>) -> R {
    // SAFETY: the addresses in the instructions here are those of live buffers of the sizes that they say, and the
    // descriptors are this test's.
    block_on(unsafe { Local.call(instruction) }, || ()).unwrap()
}

fn of<T: ?Sized>(buffer: &mut T) -> Address {
    Address::from_pointer(std::ptr::from_mut(buffer).cast_const())
}

#[test]
fn a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"seven b").unwrap();
    // Some file systems count its blocks only when it is written.
    file.as_file().sync_all().unwrap();
    let metadata = std::fs::metadata(file.path()).unwrap();
    let fd = FileDescriptor::from_raw(file.as_file().as_raw_fd());

    let mut bytes = <Stat as Layout<Native>>::zeroed();
    call(fs::fstat(fd, of(&mut bytes)));
    let stat = <Stat as Layout<Native>>::from_bytes(&bytes);
    assert_eq!((stat.st_ino, stat.st_dev, stat.st_size), (metadata.ino(), metadata.dev(), 7));
    assert_eq!((stat.st_mode, stat.st_nlink, stat.st_uid), (metadata.mode(), 1, metadata.uid()));
    assert_eq!((stat.st_mtime, stat.st_mtime_nsec), (metadata.mtime(), metadata.mtime_nsec()));
    assert_eq!(
        (stat.st_blksize, stat.st_blocks),
        (metadata.blksize().cast_signed(), metadata.blocks().cast_signed())
    );

    let mut bytes = <Statx as Layout<Native>>::zeroed();
    let flags = StatxFlags::from_bits_retain(AtFlags::EMPTY_PATH.bits());
    let path = Address::from_pointer(c"".as_ptr());
    call(fs::statx(
        fd,
        path,
        flags,
        StatxMask::SIZE | StatxMask::MTIME | StatxMask::MODE | StatxMask::INO,
        of(&mut bytes),
    ));
    let statx = <Statx as Layout<Native>>::from_bytes(&bytes);
    assert_eq!((statx.stx_ino, statx.stx_size, statx.stx_nlink), (metadata.ino(), 7, 1));
    assert_eq!(u32::from(statx.stx_mode), metadata.mode());
    assert_eq!((statx.stx_mtime_sec, i64::from(statx.stx_mtime_nsec)), (stat.st_mtime, stat.st_mtime_nsec));
}

#[test]
fn a_folder_and_what_happens_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = CString::new(folder.path().as_os_str().as_bytes()).unwrap();
    let inotify = call(event::inotify_init1(InotifyFlags::CLOEXEC));
    let watch =
        call(event::inotify_add_watch(inotify, Address::from_pointer(path.as_ptr()), InotifyMask::CREATE));

    let mut names = BTreeSet::from([b".".to_vec(), b"..".to_vec()]);
    for number in 0..100 {
        let name = "n".repeat(1 + number % 30) + &number.to_string();
        std::fs::write(folder.path().join(&name), b"").unwrap();
        names.insert(name.into_bytes());
    }

    let opened = std::fs::File::open(folder.path()).unwrap();
    let fd = FileDescriptor::from_raw(opened.as_raw_fd());
    let mut found = BTreeSet::new();
    let mut buffer = [0_u64; 64];
    loop {
        let written = call(fs::getdents64(fd, of(&mut buffer), size_of_val(&buffer)));
        let bytes: Vec<_> = buffer.iter().flat_map(|word| word.to_le_bytes()).collect();
        for entry in DirectoryEntries::new(&bytes[..written]) {
            assert!(found.insert(entry.unwrap().d_name.to_vec()));
        }
        if written == 0 {
            break;
        }
    }
    assert_eq!(found, names);

    let mut buffer = vec![0_u8; 16384];
    let written = call(io::read(inotify, of(buffer.as_mut_slice()), buffer.len()));
    let events: Vec<_> = InotifyEvents::new(&buffer[..written]).map(|event| event.unwrap()).collect();
    assert_eq!(events.len(), 100);
    assert!(events.iter().all(|event| event.wd == watch && names.contains(event.name)));
    call(io::close(inotify));
}

#[test]
fn the_machine() {
    let mut bytes = <layout::Utsname as Layout<Native>>::zeroed();
    call(rsyscall_core::near::process::uname(of(&mut bytes)));
    let name = <layout::Utsname as Layout<Native>>::from_bytes(&bytes);
    let release = std::fs::read("/proc/sys/kernel/osrelease").unwrap();
    assert_eq!(name.release(), release.trim_ascii());
}
