//! The memory of a task on this machine.

use super::pipe::Helper;
use crate::{
    floor::{
        SIZES,
        child::{Child, map},
    },
    operation::{Operation, Run, whole},
};
use anyhow::Result;
use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor, Process},
    memory::{Arena, MemoryInterface},
};
use rsyscall_transport_ptrace::Session;
use std::{fs::File, os::fd::AsRawFd};

pub(super) fn operations() -> Vec<Operation> {
    SIZES.into_iter().flat_map(transfers).collect()
}

/// Reading and writing so many bytes, through each transport.
pub(crate) fn transfers(bytes: usize) -> [Operation; 4] {
    [("pipe", true), ("pipe", false), ("ptrace", true), ("ptrace", false)].map(|(transport, reads)| {
        let what = if reads { "read" } else { "write" };
        Operation::new(format!("{transport}, {what} {bytes} B"), 1, move || match transport {
            "pipe" => by_pipe(bytes, reads),
            _ => by_ptrace(bytes, reads),
        })
    })
}

fn by_pipe(bytes: usize, reads: bool) -> Result<Run> {
    let helper = Helper::start()?;
    let path = format!("/proc/{}/mem", helper.process.into_raw());
    let file = File::options().read(true).write(true).open(path)?;
    // SAFETY: the streams are the helper's and nobody else uses them.
    let client = unsafe { helper.client::<4>() }.with_memory_file(FileDescriptor::from_raw(file.as_raw_fd()));
    let page = rustix::param::page_size();
    let arena = block_on(Arena::map(&client, bytes.next_multiple_of(page), page), || ())?;
    let address = arena.mapping().address();
    Ok(move_bytes(client, address, bytes, reads, (helper, file)))
}

fn by_ptrace(bytes: usize, reads: bool) -> Result<Run> {
    let address = Address::from_pointer(map(bytes, libc::MAP_PRIVATE)?);
    let victim = Child::idle()?;
    let session = Session::attach(Process::from_raw(victim.pid))?;
    Ok(move_bytes(session, address, bytes, reads, victim))
}

fn move_bytes(
    memory: impl MemoryInterface + 'static,
    address: Address,
    bytes: usize,
    reads: bool,
    owner: impl Sized + 'static,
) -> Run {
    let mut buffer = vec![7_u8; bytes];
    whole(move || {
        let _owner = &owner;
        let moved = if reads {
            // SAFETY: the bytes in the task are a mapping of its own that nobody else uses.
            block_on(unsafe { memory.read(address, &mut buffer) }, || ())
        } else {
            // SAFETY: as above.
            block_on(unsafe { memory.write(address, &buffer) }, || ())
        };
        assert_eq!(moved, Ok(()));
    })
}
