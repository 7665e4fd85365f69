//! From nothing to the first response.

use super::pipe::{InThisMemory, server};
use crate::operation::{Operation, part};
use rsyscall_core::{
    abi::Native,
    block_on,
    interface::SyscallInterface,
    near::process::{CloneFlags, getppid},
};
use rsyscall_transport_pipe::{Client, start::Child};
use std::time::Instant;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("server in this memory, to the first response", 1, || {
            Ok(part(|| {
                let start = Instant::now();
                let helper = InThisMemory::start(CloneFlags::VM).expect("the server starts");
                // SAFETY: the streams are the server's and nobody else uses them.
                let client = unsafe {
                    Client::<_, _, Native, 4>::blocking(helper.server.responses, helper.server.requests)
                };
                // SAFETY: getppid takes nothing and changes nothing.
                let answer = block_on(unsafe { client.call(getppid()) }, || ());
                assert!(answer.is_ok_and(|parent| parent.into_raw() > 0));
                start.elapsed()
            }))
        }),
        Operation::new("server program, to the first response", 1, || {
            let server = server()?;
            Ok(part(move || {
                let start = Instant::now();
                let child = Child::start(&server).expect("the server starts");
                // SAFETY: the streams are the child's and nobody else uses them.
                let client = unsafe { child.client::<4>() };
                // SAFETY: getppid takes nothing and changes nothing.
                let answer = block_on(unsafe { client.call(getppid()) }, || ());
                assert!(answer.is_ok_and(|parent| parent.into_raw() > 0));
                let taken = start.elapsed();
                // Idle children of other cases hold copies of its streams, so that no end of file would reach it.
                child.kill().expect("it is there");
                // SAFETY: the client is not used any more.
                unsafe { child.finish() }.expect("it ends");
                taken
            }))
        }),
    ]
}
