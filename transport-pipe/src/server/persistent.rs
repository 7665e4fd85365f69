//! A server that outlives its connection: the next one comes through a listening socket.
#![expect(unsafe_code, reason = "system calls on this task's descriptors")]
#![expect(
    clippy::cast_possible_truncation,
    reason = "lengths of what was received, which are no more than there was room for; ints of the kernel's"
)]

use super::{address, serve};
use crate::sys;
use core::mem::MaybeUninit;
use linux_raw_sys::{
    general::{O_CLOEXEC, POLLIN, SIGPIPE},
    net::{MSG_CMSG_CLOEXEC, MSG_DONTWAIT, MSG_NOSIGNAL, SCM_RIGHTS, SO_PEERCRED, SOL_SOCKET},
};
use rsyscall_core::syscall::Errno;
use syscalls::Sysno;

/// How long a peer may take for all that it has to say, in seconds.
const LIMIT: u64 = 10;

/// The greatest number of descriptors that one message carries (`SCM_MAX_FD`).
const MAXIMUM: u32 = 253;

/// Words of control messages: the header, the descriptors, and room for credentials that the socket may deliver before
/// them.
const CONTROL: usize = 2 + 127 + 8;

/// Serves as [`serve`], and when the connection has ended, waits for the next one on `listensock`, a listening UNIX socket.
///
/// At the end of a connection both descriptors are shut down, and not closed: their numbers belong to the client. Whoever
/// connects then sends an `int` n from 1 to 253, and n descriptors with one byte of data; they are received with
/// close-on-exec, their numbers are answered as n `int`s, and what comes on the first of them is served, and answered
/// there. Whoever sends something else, or not all of it in 10 seconds, is dropped. SIGPIPE is ignored from here on.
///
/// It returns only when nobody can connect any more: with the negative errno of `accept`.
///
/// # Safety
///
/// As [`serve`], for whoever can connect. A UNIX socket is guarded by its file's mode.
pub unsafe extern "C" fn serve_persistently(infd: i32, outfd: i32, listensock: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { serve(infd, outfd) };
    shut_down(infd);
    shut_down(outfd);
    let connection = |fd| {
        // SAFETY: the same promise.
        unsafe { serve(fd, fd) };
    };
    // SAFETY: the same promise.
    unsafe { serve_connections(listensock, None, connection) }
}

/// Serves one connection after the other, of those who connect to a listening UNIX socket as [`serve_persistently`] says.
///
/// With a `uid`, peers of other users are dropped (`SO_PEERCRED`). Each connection is `connection`'s to serve. Returns the
/// negative errno of `accept`.
///
/// # Safety
///
/// The descriptor is the caller's, and so are those that peers send: they are closed or shut down. SIGPIPE is ignored by the
/// whole process from here on.
pub unsafe fn serve_connections(listensock: i32, uid: Option<u32>, mut connection: impl FnMut(i32)) -> i32 {
    ignore_sigpipe();
    loop {
        match accept(listensock) {
            Ok(peer) => {
                let fd = greet(peer, uid);
                // SAFETY: `accept` made it, and nobody else knows it.
                unsafe { sys::close(peer) };
                if let Some(fd) = fd {
                    connection(fd);
                    shut_down(fd);
                }
            }
            Err(error) => return error,
        }
    }
}

/// Accepts a connection; whatever is wrong with one peer, or for a while with this machine, is waited out.
fn accept(listensock: i32) -> Result<i32, i32> {
    loop {
        let words = [sys::word(listensock), 0, 0, O_CLOEXEC.into(), 0, 0];
        // SAFETY: a new descriptor changes none that exists.
        let returned = unsafe { sys::call(Sysno::accept4, words) };
        if returned >= 0 {
            return Ok(returned as i32);
        }
        let is = |errno| returned == sys::error(errno);
        if is(Errno::EAGAIN) {
            sys::poll(listensock, POLLIN, true);
        } else if is(Errno::EBADF) || is(Errno::ENOTSOCK) || is(Errno::EINVAL) || is(Errno::EOPNOTSUPP) {
            return Err(returned as i32);
        } else if !is(Errno::EINTR) && !is(Errno::ECONNABORTED) {
            // No descriptor or no memory is left: there is nothing to wait for but time.
            let mut moment = [0_u64, 100_000_000];
            wait(-1, &mut moment);
        }
    }
}

/// Waits for something to read, as long as there is time left; the kernel counts that down.
fn wait(fd: i32, left: &mut [u64; 2]) -> bool {
    let mut entry = sys::entry(fd, POLLIN);
    loop {
        let words = [address(&raw mut entry), 1, address(&raw mut *left), 0, 0, 0];
        // SAFETY: it writes to the entry and to the time, which both live.
        match unsafe { sys::call(Sysno::ppoll, words) } {
            0 => return false,
            error if error == sys::error(Errno::EINTR) => {}
            returned => return returned > 0,
        }
    }
}

/// Whether the peer is one of this user's.
fn is_of(peer: i32, uid: u32) -> bool {
    // `struct ucred`: pid, uid, gid.
    let mut credentials = [0_u32; 3];
    let mut length = size_of_val(&credentials) as u32;
    let words = [
        sys::word(peer),
        SOL_SOCKET.into(),
        SO_PEERCRED.into(),
        address(&raw mut credentials),
        address(&raw mut length),
        0,
    ];
    // SAFETY: it writes a ucred and its length.
    let returned = unsafe { sys::call(Sysno::getsockopt, words) };
    let [_, user, _] = credentials;
    returned == 0 && user == uid
}

/// Reads how many descriptors come, and the descriptors, and answers their numbers: the first of them, or `None` if the
/// peer is to be dropped.
#[inline(never)]
fn greet(peer: i32, uid: Option<u32>) -> Option<i32> {
    if uid.is_some_and(|uid| !is_of(peer, uid)) {
        return None;
    }
    let mut left = [LIMIT, 0];
    let count = read_count(peer, &mut left)?;
    let mut control = MaybeUninit::<[u64; CONTROL]>::uninit();
    let mut byte = 0_u8;
    if !wait(peer, &mut left) {
        return None;
    }
    let vector = [address(&raw mut byte), 1];
    let room = size_of_val(&control) as u64;
    let mut header = [0, 0, address(&raw const vector), 1, address(control.as_mut_ptr()), room, 0];
    let flags = (MSG_DONTWAIT | MSG_CMSG_CLOEXEC).into();
    // SAFETY: `header` is a msghdr, of which everything that it points to lives.
    let received =
        unsafe { sys::call(Sysno::recvmsg, [sys::word(peer), address(&raw mut header), flags, 0, 0, 0]) };
    let [.., length, _] = header;
    let mut place = control.as_ptr().cast::<u8>();
    let mut length = if received < 0 { 0 } else { length as usize };
    let mut accepted = None;
    // `struct cmsghdr`: the length with the header, the level, the type; then the data, in whole words.
    while length >= 16 {
        // SAFETY: the kernel wrote a header there.
        let size = unsafe { place.cast::<u64>().read() } as usize;
        // SAFETY: the same.
        let kind = unsafe { place.cast::<u64>().wrapping_add(1).read() };
        if size < 16 || size > length {
            break;
        }
        if kind == u64::from(SOL_SOCKET) | u64::from(SCM_RIGHTS) << 32 {
            let fds = place.wrapping_add(16).cast::<i32>();
            let sent = (size.wrapping_sub(16) / 4) as u32;
            let kept = if received == 1 && sent >= count && accepted.is_none() { count } else { 0 };
            close_all(fds, kept, sent);
            if kept > 0 {
                accepted = Some(fds);
            }
        }
        let whole = size.wrapping_add(7) & !7;
        place = place.wrapping_add(whole);
        length = length.saturating_sub(whole);
    }
    let fds = accepted?;
    let bytes = u64::from(count).wrapping_mul(4);
    let words = [sys::word(peer), address(fds), bytes, (MSG_DONTWAIT | MSG_NOSIGNAL).into(), 0, 0];
    // SAFETY: the numbers are there to be read.
    if unsafe { sys::call(Sysno::sendto, words) }.cast_unsigned() != bytes {
        close_all(fds, 0, count);
        return None;
    }
    // SAFETY: there is at least one.
    Some(unsafe { fds.read() })
}

/// Reads the `int`, which may come in pieces, and not one byte more: with the next come the descriptors.
fn read_count(peer: i32, left: &mut [u64; 2]) -> Option<u32> {
    let mut count = 0_u32;
    let mut done = 0_u64;
    while done < 4 {
        if !wait(peer, left) {
            return None;
        }
        let to = address(&raw mut count).wrapping_add(done);
        let words = [sys::word(peer), to, 4_u64.wrapping_sub(done), MSG_DONTWAIT.into(), 0, 0];
        // SAFETY: the bytes are the count's.
        let returned = unsafe { sys::call(Sysno::recvfrom, words) };
        if returned == 0 || (returned < 0 && returned != sys::error(Errno::EAGAIN)) {
            return None;
        }
        done = done.wrapping_add(returned.max(0).cast_unsigned());
    }
    (1..=MAXIMUM).contains(&count).then_some(count)
}

/// Closes descriptors that were received.
fn close_all(fds: *const i32, from: u32, to: u32) {
    let mut index = from;
    while index < to {
        // SAFETY: so many were received.
        let fd = unsafe { fds.wrapping_add(index as usize).read() };
        // SAFETY: they were just received, and nobody knows them.
        unsafe { sys::close(fd) };
        index = index.wrapping_add(1);
    }
}

/// Ends both directions of a socket, for everybody who has it.
fn shut_down(fd: i32) {
    const SHUT_RDWR: u64 = 2;
    // SAFETY: it is the connection's, which has ended.
    unsafe { sys::call(Sysno::shutdown, [sys::word(fd), SHUT_RDWR, 0, 0, 0, 0]) };
}

fn ignore_sigpipe() {
    const SIG_IGN: u64 = 1;
    let action = [SIG_IGN, 0, 0, 0];
    // SAFETY: it reads a sigaction, which is not longer than the array. That the disposition changes is documented.
    unsafe { sys::call(Sysno::rt_sigaction, [SIGPIPE.into(), address(&raw const action), 0, 8, 0, 0]) };
}
