//! Serving who connects to a UNIX socket.

use super::{exit, serve as serve_connection, write, wrong_arguments};
use core::mem::MaybeUninit;
use linux_raw_sys::{general::O_CLOEXEC, net::AF_UNIX};
use rsyscall_transport_local::raw_syscall;
use rsyscall_transport_pipe::server::serve_connections;
use syscalls::Sysno;

const SOCK_STREAM: u64 = 1;

/// `struct sockaddr_un`
#[repr(C)]
struct Address {
    family: [u8; 2],
    path: [u8; 108],
}

/// How many may wait to be served.
const BACKLOG: u64 = 128;

/// Makes the socket and serves, for ever. The path is a C string, and the room is for batches.
pub(crate) fn serve(path: &[u8], uid: Option<u32>, room: &mut [MaybeUninit<u64>]) -> i32 {
    // The kernel would make a socket without a file of it, to which everybody can connect.
    if path.len() < 2 {
        wrong_arguments();
    }
    let [low, high, ..] = AF_UNIX.to_ne_bytes();
    let mut address = Address { family: [low, high], path: [0; 108] };
    if path.len() > address.path.len() {
        fail(b"the path exceeds 107 bytes", 0);
    }
    for (to, &from) in address.path.iter_mut().zip(path) {
        *to = from;
    }
    // Whoever may write to its file can connect.
    let mask = if uid.is_some() { 0o111 } else { 0o177 };
    // SAFETY: this process makes one file, and does not let others do more than it would otherwise.
    let former = unsafe { raw_syscall(Sysno::umask as i64, [mask, 0, 0, 0, 0, 0]) };
    let kind = SOCK_STREAM | u64::from(O_CLOEXEC);
    // SAFETY: a new descriptor changes none that exists.
    let socket = unsafe { raw_syscall(Sysno::socket as i64, [AF_UNIX.into(), kind, 0, 0, 0, 0]) };
    if socket < 0 {
        fail(b"socket: errno ", socket);
    }
    let fd = socket.cast_unsigned();
    let length = size_of_val(&address) as u64;
    let at = (&raw const address).expose_provenance() as u64;
    // SAFETY: it reads the address, which lives.
    let bound = unsafe { raw_syscall(Sysno::bind as i64, [fd, at, length, 0, 0, 0]) };
    if bound < 0 {
        fail(b"bind: errno ", bound);
    }
    // SAFETY: the socket is this function's own.
    let listens = unsafe { raw_syscall(Sysno::listen as i64, [fd, BACKLOG, 0, 0, 0, 0]) };
    if listens < 0 {
        fail(b"listen: errno ", listens);
    }
    // SAFETY: the mask that was there before.
    unsafe { raw_syscall(Sysno::umask as i64, [former.cast_unsigned(), 0, 0, 0, 0, 0]) };
    let connection = |fd| {
        serve_connection((fd, fd), room);
    };
    #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
    // SAFETY: the socket is this function's own, and this process does nothing else.
    unsafe {
        serve_connections(socket as i32, uid, connection)
    }
}

/// Says why there is no socket: a text, and the errno of a call.
#[cold]
#[inline(never)]
fn fail(text: &[u8], returned: i64) -> ! {
    let program = b"rsyscall-server: ";
    write(2, program.as_ptr(), program.len());
    write(2, text.as_ptr(), text.len());
    let [low, high, ..] = returned.wrapping_neg().to_le_bytes();
    let mut errno = u32::from(u16::from_le_bytes([low, high]));
    // In the order in which they are written, as every architecture here is little-endian.
    let mut digits = u64::from(b'\n');
    let mut length = 1_usize;
    while errno > 0 {
        digits = (digits << 8) | u64::from(u32::from(b'0') | (errno % 10));
        errno /= 10;
        length = length.wrapping_add(1);
    }
    write(2, (&raw const digits).cast(), length);
    exit(1)
}
