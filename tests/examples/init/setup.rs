//! What programs expect of a machine.

use crate::call::execute;
use rsyscall_core::{
    identifier::{Address, FileDescriptor},
    near::{
        fs::{Mode, mkdirat},
        io::{IoctlRequest, ioctl},
        mount::{MountFlags, mount},
        net::{AddressFamily, Protocol, SocketFlags, SocketType, socket},
        process::sethostname,
    },
};

/// Mounts the kernel's file systems. One that is there already, or that the kernel lacks or forbids, is left alone.
pub(crate) fn mount_file_systems() {
    for (kind, place) in [
        (c"proc", c"/proc"),
        (c"sysfs", c"/sys"),
        (c"devtmpfs", c"/dev"),
        (c"devpts", c"/dev/pts"),
        (c"tmpfs", c"/dev/shm"),
        (c"cgroup2", c"/sys/fs/cgroup"),
    ] {
        let [kind, place] = [kind, place].map(|string| Address::from_pointer(string.as_ptr()));
        // SAFETY: the path is a constant; a new folder is in nobody's way.
        let _ = unsafe { execute(mkdirat(FileDescriptor::AT_FDCWD, place, Mode::from_raw(0o755))) };
        // SAFETY: the strings are constants, and the first process decides what the machine looks like.
        let _ = unsafe { execute(mount(kind, place, kind, MountFlags::empty(), Address::NULL)) };
    }
}

/// Names the machine.
pub(crate) fn name_host(name: &[u8]) {
    // SAFETY: the name is only read.
    let _ = unsafe { execute(sethostname(Address::from_pointer(name), name.len())) };
}

/// `struct ifreq`, with the flags of an interface.
#[repr(C)]
struct InterfaceRequest {
    name: [u8; 16],
    flags: u16,
    rest: [u8; 22],
}

/// Brings the loopback interface up, so that 127.0.0.1 and ::1 can be reached.
pub(crate) fn bring_loopback_up() {
    const SIOCSIFFLAGS: IoctlRequest = IoctlRequest::from_raw(0x8914);
    const IFF_UP: u16 = 1;
    let request = InterfaceRequest { name: *b"lo\0\0\0\0\0\0\0\0\0\0\0\0\0\0", flags: IFF_UP, rest: [0; 22] };
    let kind = SocketType::DGRAM.with(SocketFlags::CLOEXEC);
    // SAFETY: a new descriptor changes nobody's.
    if let Ok(socket) = unsafe { execute(socket(AddressFamily::INET, kind, Protocol::from_raw(0))) } {
        // SAFETY: it reads the request, which lives.
        let _ = unsafe { execute(ioctl(socket, SIOCSIFFLAGS, Address::from_pointer(&raw const request))) };
        crate::call::close(socket);
    }
}
