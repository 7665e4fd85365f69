//! One call that moves bytes between this process and a child.

use super::child::{Child, map, owned};
use crate::{
    arch,
    operation::{Operation, whole},
};
use std::{ffi::CString, os::fd::AsRawFd};
use syscalls::Sysno;

/// The sizes that have bars.
pub(crate) const SIZES: [usize; 3] = [8, 4096, 1 << 20];

/// How many bytes go in band in one round trip.
pub(crate) const ROOM: usize = 16384;

pub(super) fn operations() -> Vec<Operation> {
    let calls = [Sysno::pread64, Sysno::pwrite64, Sysno::process_vm_readv, Sysno::process_vm_writev];
    SIZES.into_iter().flat_map(|bytes| calls.map(|call| single(call, bytes))).collect()
}

/// What reads or writes so many bytes: on a descriptor that is kept open, or by address.
pub(crate) fn single(call: Sysno, bytes: usize) -> Operation {
    let name = match call {
        Sysno::pread64 => format!("raw pread of /proc/PID/mem, {bytes} B"),
        Sysno::pwrite64 => format!("raw pwrite of /proc/PID/mem, {bytes} B"),
        _ => format!("raw {call}, {bytes} B"),
    };
    Operation::new(name, 1, move || {
        let theirs = map(bytes, libc::MAP_PRIVATE)?.expose_provenance() as u64;
        let child = Child::idle()?;
        let path = CString::new(format!("/proc/{}/mem", child.pid))?;
        // SAFETY: the path ends with a zero.
        let memory = owned(unsafe { libc::open(path.as_ptr(), libc::O_RDWR) }, "/proc/PID/mem")?;
        let mut ours = vec![7_u8; bytes];
        Ok(whole(move || {
            let child = &child;
            let address = ours.as_mut_ptr().expose_provenance() as u64;
            let (local, remote) = ([address, bytes as u64], [theirs, bytes as u64]);
            let (local, remote) = (&raw const local, &raw const remote);
            let words = match call {
                Sysno::pread64 | Sysno::pwrite64 => {
                    [memory.as_raw_fd() as u64, address, bytes as u64, theirs, 0, 0]
                }
                _ => [
                    child.pid as u64,
                    local.expose_provenance() as u64,
                    1,
                    remote.expose_provenance() as u64,
                    1,
                    0,
                ],
            };
            // SAFETY: the bytes are ours, here and in the child.
            assert_eq!(usize::try_from(unsafe { arch::call(call, words) }), Ok(bytes));
        }))
    })
}
