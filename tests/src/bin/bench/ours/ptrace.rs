//! A stopped process.

use super::batches;
use crate::{
    floor::child::Child,
    operation::{Operation, Run, part, whole},
};
use anyhow::{Result, ensure};
use rsyscall_core::{block_on, identifier::Process, interface::SyscallInterface, near::process::getppid};
use rsyscall_transport_ptrace::Session;
use std::time::Instant;

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = vec![
        Operation::new("ptrace call", 1, || {
            let victim = Child::idle()?;
            let session = Session::attach(Process::from_raw(victim.pid))?;
            Ok(whole(move || {
                let _victim = &victim;
                call(&session);
            }))
        }),
        Operation::new("ptrace, attach, call and detach", 1, || {
            let victim = Child::idle()?;
            Ok(part(move || {
                let victim = &victim;
                let start = Instant::now();
                let session = Session::attach(Process::from_raw(victim.pid)).expect("it can be attached to");
                call(&session);
                session.detach().expect("all can be put back");
                start.elapsed()
            }))
        }),
    ];
    operations.extend([64, 512].map(ptrace_batch));
    operations
}

fn call(session: &Session) {
    // SAFETY: getppid takes nothing and changes nothing.
    let answer = block_on(unsafe { session.call(getppid()) }, || ());
    assert!(answer.is_ok_and(|parent| parent.into_raw() > 0));
}

/// So many calls through [`SyscallInterface::batch`].
pub(crate) fn ptrace_batch(calls: u32) -> Operation {
    Operation::new(format!("ptrace, batch of {calls}"), calls, move || {
        let victim = Child::idle()?;
        let session = Session::attach(Process::from_raw(victim.pid))?;
        batches(session, calls, victim)
    })
}

/// A call in one of the threads of a process that has so many.
pub(crate) fn threads(count: u32) -> Operation {
    Operation::new(format!("ptrace, {count} threads"), 1, move || -> Result<Run> {
        let victim = Child::with_threads(count)?;
        let session = Session::attach(Process::from_raw(victim.pid))?;
        let alive = std::fs::read_dir(format!("/proc/{}/task", victim.pid))?.count();
        ensure!(alive == count as usize, "it has {alive} threads instead of {count}");
        Ok(whole(move || {
            let _victim = &victim;
            call(&session);
        }))
    })
}
