//! A helper behind two pipes.

use super::{LARGEST, batches};
use crate::{
    cores,
    operation::{Operation, Run, whole},
};
use anyhow::{Context, Result, ensure};
use core::{
    future::{Future, poll_fn},
    task::Poll,
};
use futures_util::future::maybe_done;
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::Address,
    interface::SyscallInterface,
    near::{
        process::{CloneFlags, getppid},
        signal::{PidfdSignalFlags, Signal, pidfd_send_signal},
    },
};
use rsyscall_transport_pipe::{
    Client,
    server::symbol_table,
    start::{Child, Server, Stack, ThisProcess, finish, start_server},
};
use std::{ffi::CString, ops::Deref};

/// The most calls that a client here has at once.
pub(super) const CAPACITY: usize = 256;

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = vec![
        Operation::new("pipe call", 1, || Ok(call(Helper::start()?))),
        Operation::new(format!("pipe call, {}", cores::OTHER_CORE), 1, || Ok(call(Helper::elsewhere()?))),
        Operation::new(format!("pipe, batch of 64, {}", cores::OTHER_CORE), 64, || {
            batch(64, Helper::elsewhere()?)
        }),
    ];
    operations.push(Operation::new("pipe call, server in this memory", 1, || {
        let helper = InThisMemory::start(CloneFlags::VM)?;
        // SAFETY: the streams are the server's and nobody else uses them.
        let client =
            unsafe { Client::<_, _, Native, 4>::blocking(helper.server.responses, helper.server.requests) };
        Ok(whole(move || {
            let _helper = &helper;
            // SAFETY: getppid takes nothing and changes nothing.
            let answer = block_on(unsafe { client.call(getppid()) }, || ());
            assert!(answer.is_ok_and(|parent| parent.into_raw() > 0));
        }))
    }));
    operations.push(Operation::new("pipe call, descriptors shared", 1, || {
        let helper = InThisMemory::start(CloneFlags::VM.union(CloneFlags::FILES))?;
        // SAFETY: the streams are the server's and nobody else uses them.
        let client =
            unsafe { Client::<_, _, Native, 4>::blocking(helper.server.responses, helper.server.requests) };
        Ok(whole(move || {
            let _helper = &helper;
            // SAFETY: getppid takes nothing and changes nothing.
            let answer = block_on(unsafe { client.call(getppid()) }, || ());
            assert!(answer.is_ok_and(|parent| parent.into_raw() > 0));
        }))
    }));
    operations.extend([1, 8, 64].map(in_flight));
    operations.extend([8, 64, 512].map(pipe_batch));
    operations
}

fn call(helper: Helper) -> Run {
    // SAFETY: the streams are the helper's and nobody else uses them.
    let client = unsafe { helper.client::<CAPACITY>() };
    whole(move || {
        let _helper = &helper;
        // SAFETY: getppid takes nothing and changes nothing.
        let answer = block_on(unsafe { client.call(getppid()) }, || ());
        assert!(answer.is_ok_and(|parent| parent.into_raw() > 0));
    })
}

/// A server that is ended when this goes away.
pub(super) struct Helper(Child);

impl Helper {
    pub(super) fn start() -> Result<Self> {
        Ok(Self(Child::start(&server()?)?))
    }

    /// The same on another core.
    fn elsewhere() -> Result<Self> {
        let helper = Self::start()?;
        cores::move_away(helper.process.into_raw())?;
        Ok(helper)
    }
}

impl Deref for Helper {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        // SAFETY: the client goes away with this one.
        let _ = unsafe { self.0.finish() };
    }
}

/// A server in this process's memory, which is ended when this goes away.
pub(super) struct InThisMemory {
    pub(super) server: Server,
    _room: Box<Room>,
}

#[repr(C, align(16))]
struct Room([u64; Stack::MINIMUM / 8]);

impl InThisMemory {
    pub(super) fn start(share: CloneFlags) -> Result<Self> {
        let mut room = Box::new(Room([0; Stack::MINIMUM / 8]));
        let stack = Stack { start: Address::from_pointer(&raw mut *room), length: size_of::<Room>() };
        let flags = share.with(Signal::CHLD);
        // SAFETY: the room is kept until the server has ended, and the addresses are this process's.
        let server = unsafe { start_server(&ThisProcess, symbol_table(), stack, flags) };
        Ok(Self { server: block_on(server, || ())?, _room: room })
    }
}

impl Drop for InThisMemory {
    fn drop(&mut self) {
        let kill =
            pidfd_send_signal(self.server.pidfd, Signal::KILL, Address::NULL, PidfdSignalFlags::empty());
        // SAFETY: it is ours; idle children of other cases hold copies of its streams, so that no end of file would reach it.
        let _ = block_on(unsafe { ThisProcess.call(kill) }, || ());
        // SAFETY: the client goes away with this one.
        let _ = block_on(unsafe { finish(&ThisProcess, self.server) }, || ());
    }
}

pub(super) fn server() -> Result<CString> {
    let path = std::env::var("RSYSCALL_SERVER")
        .context("RSYSCALL_SERVER names the server to start; `cargo xtask bench` builds one and sets it")?;
    Ok(CString::new(path)?)
}

/// So many callers that each make one call, through one client.
pub(crate) fn in_flight(callers: u32) -> Operation {
    Operation::new(format!("pipe, {callers} in flight"), callers, move || {
        let helper = Helper::start()?;
        // SAFETY: the streams are the helper's and nobody else uses them.
        let client = unsafe { helper.polled_client::<CAPACITY>() };
        Ok(whole(move || {
            let _helper = &helper;
            // SAFETY: getppid takes nothing and changes nothing.
            let call = || unsafe { client.call(getppid()) };
            let park = || client.park();
            if callers == 1 {
                assert!(block_on(call(), park).is_ok_and(|parent| parent.into_raw() > 0));
            } else {
                let mut calls: Vec<_> = (0..callers).map(|_| Box::pin(maybe_done(call()))).collect();
                // All of them are polled: plain descriptors wake nobody, so that an executor would find none to poll.
                let all = poll_fn(|context| {
                    let pending = calls
                        .iter_mut()
                        .filter_map(|call| call.as_mut().poll(context).is_pending().then_some(()));
                    if pending.count() == 0 { Poll::Ready(()) } else { Poll::Pending }
                });
                block_on(all, park);
                for mut call in calls {
                    let answer = call.as_mut().take_output();
                    assert!(answer.is_some_and(|answer| answer.is_ok_and(|parent| parent.into_raw() > 0)));
                }
            }
        }))
    })
}

/// So many calls through [`SyscallInterface::batch`], with what the server grants.
pub(crate) fn pipe_batch(calls: u32) -> Operation {
    Operation::new(format!("pipe, batch of {calls}"), calls, move || batch(calls, Helper::start()?))
}

fn batch(calls: u32, helper: Helper) -> Result<Run> {
    // SAFETY: the streams are the helper's and nobody else uses them.
    let client = unsafe { helper.client::<LARGEST>() };
    let extensions = block_on(client.hello(), || ())?;
    ensure!(extensions.batch, "the server knows no batches");
    batches(client, calls, helper)
}

/// A call to one of so many servers, each in its turn.
pub(crate) fn servers(count: u32) -> Operation {
    Operation::new(format!("pipe, {count} servers"), count, move || -> Result<Run> {
        let helpers = (0..count).map(|_| Helper::start()).collect::<Result<Vec<_>>>()?;
        // SAFETY: the streams are the helper's and nobody else uses them.
        let clients: Vec<_> = helpers.iter().map(|helper| unsafe { helper.client::<4>() }).collect();
        Ok(whole(move || {
            let _helpers = &helpers;
            for client in &clients {
                // SAFETY: getppid takes nothing and changes nothing.
                let answer = block_on(unsafe { client.call(getppid()) }, || ());
                assert!(answer.is_ok_and(|parent| parent.into_raw() > 0));
            }
        }))
    })
}
