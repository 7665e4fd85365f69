//! Crates that do the same thing.

use crate::{
    arch,
    floor::child::Child,
    operation::{Operation, Run, whole},
};
use anyhow::{Result, anyhow};
use nix::{
    sys::{ptrace, wait::waitpid},
    unistd::Pid,
};
use ptrace_do::{RawProcess, TracedProcess};
use syscalls::{Sysno, raw_syscall};

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("rustix call", 1, || Ok(whole(|| assert!(rustix::process::getppid().is_some())))),
        Operation::new("syscalls call", 1, || {
            Ok(whole(|| {
                // SAFETY: getppid takes nothing and changes nothing.
                assert!(unsafe { raw_syscall!(Sysno::getppid) }.cast_signed() > 0);
            }))
        }),
        Operation::new("nix call", 1, || Ok(whole(|| assert!(nix::unistd::getppid().as_raw() > 0)))),
        Operation::new("ptrace-do call", 1, ptrace_do),
        Operation::new("nix ptrace, one step", 1, nix_step),
    ]
}

/// It calls functions: here, one that makes the call and returns.
fn ptrace_do() -> Result<Run> {
    extern "C" fn function() -> i64 {
        arch::getppid()
    }
    let victim = Child::idle()?;
    let mut frame = Some(
        TracedProcess::attach(RawProcess::new(victim.pid))
            .and_then(TracedProcess::next_frame)
            .map_err(|error| anyhow!("ptrace-do: {error}"))?,
    );
    let function = (function as extern "C" fn() -> i64 as *const ()).expose_provenance();
    let parent = std::process::id();
    Ok(whole(move || {
        let _victim = &victim;
        let now = frame.take().expect("it is there after each call");
        let (registers, then) = now.invoke_remote(function, 0, &[]).expect("it can be called");
        assert_eq!(registers.return_value(), parent as usize);
        frame = Some(then);
    }))
}

/// setregs, step, waitpid, getregs.
fn nix_step() -> Result<Run> {
    let victim = Child::idle()?;
    let pid = Pid::from_raw(victim.pid);
    ptrace::seize(pid, ptrace::Options::empty())?;
    ptrace::interrupt(pid)?;
    waitpid(pid, None)?;
    let mut registers = ptrace::getregs(pid)?;
    arch::for_call(&mut registers, arch::address(&raw const arch::bench_site), Sysno::getppid);
    let parent = u64::from(std::process::id());
    Ok(whole(move || {
        let _victim = &victim;
        ptrace::setregs(pid, registers).expect("its registers are set");
        ptrace::step(pid, None).expect("it steps");
        waitpid(pid, None).expect("it stops");
        let registers = ptrace::getregs(pid).expect("its registers are read");
        assert_eq!(arch::returned(&registers), parent);
    }))
}
