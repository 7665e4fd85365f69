//! Connecting to a persistent server.

use std::{
    io::{Read, Write},
    os::{fd::AsRawFd, unix::net::UnixStream},
};
use syscalls::Sysno;

/// Connects as one should: a stream to the server, and the numbers in its task of what it was sent.
///
/// It is an error if the server drops the peer.
pub(crate) fn connect(mut peer: UnixStream, surplus: usize) -> std::io::Result<(UnixStream, Vec<i32>)> {
    let (ours, theirs) = UnixStream::pair()?;
    peer.write_all(&2_i32.to_ne_bytes())?;
    send(&peer, b"x", &vec![theirs.as_raw_fd(); 2 + surplus])?;
    let mut numbers = [0; 8];
    peer.read_exact(&mut numbers)?;
    let (numbers, _) = numbers.as_chunks();
    Ok((ours, numbers.iter().map(|&number| i32::from_ne_bytes(number)).collect()))
}

/// Sends bytes with descriptors.
pub(crate) fn send(peer: &UnixStream, bytes: &[u8], fds: &[i32]) -> std::io::Result<()> {
    let mut control = vec![(16 + 4 * fds.len()) as u64, 1 | 1 << 32];
    control.extend(fds.chunks(2).map(|two| {
        let [low, high] = [two[0], *two.get(1).unwrap_or(&0)].map(|fd| u64::from(fd.unsigned_abs()));
        low | high << 32
    }));
    let vector = [bytes.as_ptr().expose_provenance() as u64, bytes.len() as u64];
    let length = if fds.is_empty() { 0 } else { 16 + 4 * fds.len() as u64 };
    let control = control.as_ptr().expose_provenance() as u64;
    let header = [0, 0, (&raw const vector).expose_provenance() as u64, 1, control, length, 0];
    const MSG_NOSIGNAL: u64 = 0x4000;
    let header = (&raw const header).expose_provenance() as u64;
    let words = [u64::from(peer.as_raw_fd().unsigned_abs()), header, MSG_NOSIGNAL, 0, 0, 0];
    let sent = unsafe { rsyscall_transport_local::raw_syscall(Sysno::sendmsg as i64, words) };
    if sent == i64::try_from(bytes.len()).unwrap() {
        Ok(())
    } else {
        Err(std::io::Error::from_raw_os_error(i32::try_from(-sent).unwrap()))
    }
}
