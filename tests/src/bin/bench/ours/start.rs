//! From nothing to the first response.

use super::pipe::server;
use crate::operation::{Operation, part};
use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getppid};
use rsyscall_transport_pipe::start::Child;
use std::time::Instant;

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation::new("server program, to the first response", 1, || {
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
    })]
}
