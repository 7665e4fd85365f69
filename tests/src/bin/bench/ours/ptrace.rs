//! A stopped process.

use super::batches;
use crate::{
    cores,
    floor::child::Child,
    operation::{Operation, Run, part, whole},
};
use anyhow::{Result, ensure};
use rsyscall_core::{block_on, identifier::Process, interface::SyscallInterface, near::process::getppid};
use rsyscall_transport_ptrace::{Mechanism, PageData, Session};
use std::time::Instant;

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = vec![
        Operation::new("ptrace call", 1, || one_call(Child::idle()?, |_| Ok(()))),
        Operation::new(format!("ptrace call, {}", cores::OTHER_CORE), 1, || {
            let victim = Child::idle()?;
            cores::move_away(victim.pid)?;
            one_call(victim, |_| Ok(()))
        }),
        Operation::new("ptrace call, two stops", 1, || {
            one_call(Child::idle()?, |session| {
                session.prefer(Some(Mechanism::SyscallStops));
                Ok(())
            })
        }),
        Operation::new("ptrace call, shared code page", 1, || {
            one_call(Child::idle()?, |session| Ok(session.map_code_page(PageData::Shared)?))
        }),
        Operation::new("server put into a process, call", 1, || {
            let victim = Child::idle()?;
            let session = Session::attach(Process::from_raw(victim.pid))?;
            let server = session.start_server()?;
            session.detach()?;
            // SAFETY: the client goes away before the server, and there is no other.
            let client = unsafe { server.client::<4>() };
            Ok(whole(move || {
                let _kept = (&victim, &server);
                // SAFETY: getppid takes nothing and changes nothing.
                let answer = block_on(unsafe { client.call(getppid()) }, || ());
                assert!(answer.is_ok_and(|parent| parent.into_raw() > 0));
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
    operations.extend([64, 512].map(|calls| {
        Operation::new(format!("ptrace, batch of {calls}, shared code page"), calls, move || {
            batch_by(calls, PageData::Shared)
        })
    }));
    operations
}

/// A part of its caller, as the calls by hand are.
#[inline(always)]
fn call(session: &Session) {
    // SAFETY: getppid takes nothing and changes nothing.
    let answer = block_on(unsafe { session.call(getppid()) }, || ());
    assert!(answer.is_ok_and(|parent| parent.into_raw() > 0));
}

/// One call at a time, in a session that is kept open.
fn one_call(victim: Child, prepare: fn(&Session) -> Result<()>) -> Result<Run> {
    let session = Session::attach(Process::from_raw(victim.pid))?;
    prepare(&session)?;
    Ok(whole(move || {
        let _victim = &victim;
        call(&session);
    }))
}

/// So many calls through [`SyscallInterface::batch`], by a page of code.
pub(crate) fn ptrace_batch(calls: u32) -> Operation {
    Operation::new(format!("ptrace, batch of {calls}"), calls, move || batch_by(calls, PageData::Copied))
}

fn batch_by(calls: u32, data: PageData) -> Result<Run> {
    let victim = Child::idle()?;
    let session = Session::attach(Process::from_raw(victim.pid))?;
    session.map_code_page(data)?;
    batches(session, calls, victim)
}

/// A call in one of the threads of a process that has so many, by two stops however many there are: only where there is one
/// is a step as good, as no other thread can meet its trap.
pub(crate) fn threads(count: u32) -> Operation {
    Operation::new(format!("ptrace, two stops, {count} threads"), 1, move || -> Result<Run> {
        let victim = Child::with_threads(count)?;
        let session = Session::attach(Process::from_raw(victim.pid))?;
        session.prefer(Some(Mechanism::SyscallStops));
        let alive = std::fs::read_dir(format!("/proc/{}/task", victim.pid))?.count();
        ensure!(alive == count as usize, "it has {alive} threads instead of {count}");
        Ok(whole(move || {
            let _victim = &victim;
            call(&session);
        }))
    })
}
