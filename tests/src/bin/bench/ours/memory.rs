//! The memory of a task on this machine.

use super::pipe::Helper;
use crate::{
    floor::{
        ROOM, SIZES,
        child::{Child, map},
    },
    operation::{Operation, Run, whole},
};
use anyhow::{Result, ensure};
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::{Address, FileDescriptor, Process},
    interface::SyscallInterface,
    memory::{Arena, MemoryInterface},
    near::process::getpid,
};
use rsyscall_transport_pipe::Client;
use rsyscall_transport_ptrace::Session;
use std::{fs::File, os::fd::AsRawFd};

pub(super) fn operations() -> Vec<Operation> {
    let ways = [Way::Pipe, Way::PipeInBand, Way::Ptrace];
    let each = ways.into_iter().flat_map(|way| [(way, true), (way, false)]);
    each.flat_map(|(way, reads)| SIZES.map(|bytes| transfer(way, bytes, reads))).collect()
}

/// How bytes are moved.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    Pipe,
    PipeInBand,
    Ptrace,
}

/// Reading or writing so many bytes.
pub(crate) fn transfer(way: Way, bytes: usize, reads: bool) -> Operation {
    let name = match way {
        Way::Pipe => "pipe",
        Way::PipeInBand => "pipe in band",
        Way::Ptrace => "ptrace",
    };
    let what = if reads { "read" } else { "write" };
    Operation::new(format!("{name}, {what} {bytes} B"), 1, move || match way {
        Way::Pipe => by_pipe(bytes, reads),
        Way::PipeInBand => in_band(bytes, reads),
        Way::Ptrace => by_ptrace(bytes, reads),
    })
}

fn by_pipe(bytes: usize, reads: bool) -> Result<Run> {
    let helper = Helper::start()?;
    // SAFETY: the streams are the helper's and nobody else uses them.
    let client = unsafe { helper.client::<4>() };
    // SAFETY: it takes nothing and changes nothing.
    block_on(unsafe { client.call(getpid()) }, || ())?;
    let path = format!("/proc/{}/mem", helper.process.into_raw());
    let file = File::options().read(true).write(true).open(path)?;
    // SAFETY: it is the helper's, and is closed after the client was used.
    let client = unsafe { client.with_memory_file(FileDescriptor::from_raw(file.as_raw_fd())) };
    move_in_helper(client, bytes, reads, (helper, file))
}

/// As at a task on another machine: the bytes go over the streams.
fn in_band(bytes: usize, reads: bool) -> Result<Run> {
    let helper = Helper::start()?;
    // SAFETY: the streams are the helper's and nobody else uses them.
    let client = unsafe { Client::<_, _, Native, 4>::blocking(helper.responses, helper.requests) };
    let client = client.with_memory::<ROOM>();
    let extensions = block_on(client.hello(), || ())?;
    ensure!(extensions.memory, "the server moves no memory");
    move_in_helper(client, bytes, reads, helper)
}

fn move_in_helper(
    client: impl SyscallInterface + MemoryInterface + 'static,
    bytes: usize,
    reads: bool,
    keep: impl Sized + 'static,
) -> Result<Run> {
    let page = rustix::param::page_size();
    let arena = block_on(Arena::map(&client, bytes.next_multiple_of(page), page), || ())?;
    let address = arena.mapping().address();
    Ok(move_bytes(client, address, bytes, reads, keep))
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
