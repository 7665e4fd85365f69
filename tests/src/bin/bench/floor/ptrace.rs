//! A stopped child that makes a call: the shortest sequences of requests.

use super::child::{Child, map};
use crate::{
    arch, cores,
    operation::{Operation, Run, whole},
};
use anyhow::{Result, ensure};
use syscalls::Sysno;

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = vec![
        Operation::new("raw ptrace, one step", 1, || step(Child::idle()?)),
        Operation::new(format!("raw ptrace, one step, {}", cores::OTHER_CORE), 1, || {
            let child = Child::idle()?;
            cores::move_away(child.pid)?;
            step(child)
        }),
        Operation::new("raw ptrace, two stops", 1, || two_stops(Child::idle()?)),
        Operation::new("raw ptrace, shared page", 1, shared_page),
    ];
    operations.extend([64, 512].map(blocks));
    operations
}

/// A child that is stopped, and its registers.
struct Tracee {
    child: Child,
    registers: libc::user_regs_struct,
}

impl Tracee {
    fn stop(child: Child) -> Result<Self> {
        // SAFETY: all bit patterns are registers.
        let registers = unsafe { std::mem::zeroed() };
        let mut tracee = Self { child, registers };
        let seized = tracee.request(libc::PTRACE_SEIZE as u64, libc::PTRACE_O_TRACESYSGOOD as u64);
        ensure!(seized == 0, "PTRACE_SEIZE: {seized}");
        ensure!(tracee.request(libc::PTRACE_INTERRUPT as u64, 0) == 0, "PTRACE_INTERRUPT");
        ensure!(tracee.wait() & 0xff == 0x7f, "it did not stop");
        ensure!(arch::registers(tracee.child.pid, &mut tracee.registers) >= 0, "its registers");
        Ok(tracee)
    }

    /// A request with a number.
    fn request(&self, request: u64, data: u64) -> i64 {
        let words = [request, self.pid(), 0, data, 0, 0];
        // SAFETY: the requests that are made this way move nothing in this memory.
        unsafe { arch::call(Sysno::ptrace, words) }
    }

    fn wait(&self) -> i32 {
        let mut status = 0_i32;
        let address = (&raw mut status).expose_provenance() as u64;
        // SAFETY: the kernel writes an int.
        let waited = unsafe { arch::call(Sysno::wait4, [self.pid(), address, libc::__WALL as u64, 0, 0, 0]) };
        assert_eq!(waited, i64::from(self.child.pid));
        status
    }

    fn set_registers(&self) {
        assert!(arch::set_registers(self.child.pid, &self.registers) >= 0);
    }

    fn pid(&self) -> u64 {
        self.child.pid as u64
    }
}

/// SETREGS, SINGLESTEP, wait4, PEEKUSER.
fn step(child: Child) -> Result<Run> {
    let mut tracee = Tracee::stop(child)?;
    arch::for_call(&mut tracee.registers, arch::address(&raw const arch::bench_site), Sysno::getppid);
    let parent = i64::from(std::process::id());
    Ok(whole(move || {
        tracee.set_registers();
        assert_eq!(tracee.request(libc::PTRACE_SINGLESTEP as u64, 0), 0);
        tracee.wait();
        assert_eq!(arch::result(tracee.child.pid), parent);
    }))
}

/// SETREGS, SYSCALL, wait4, SYSCALL, wait4, PEEKUSER.
fn two_stops(child: Child) -> Result<Run> {
    let mut tracee = Tracee::stop(child)?;
    arch::for_call(&mut tracee.registers, arch::address(&raw const arch::bench_site), Sysno::getppid);
    let parent = i64::from(std::process::id());
    Ok(whole(move || {
        tracee.set_registers();
        for _ in 0..2 {
            assert_eq!(tracee.request(libc::PTRACE_SYSCALL as u64, 0), 0);
            tracee.wait();
        }
        assert_eq!(arch::result(tracee.child.pid), parent);
    }))
}

/// The same in a thread of a process that has so many.
pub(crate) fn stops(threads: u32) -> Operation {
    let name = format!("raw ptrace, two stops, {threads} threads");
    Operation::new(name, 1, move || two_stops(Child::with_threads(threads)?))
}

/// Words in a page that both have, CONT, wait4.
fn shared_page() -> Result<Run> {
    const PAGE: usize = 4096;
    let page: *mut [u64; 8] = map(PAGE, libc::MAP_SHARED)?.cast();
    let mut tracee = Tracee::stop(Child::idle()?)?;
    let label = arch::address(&raw const arch::bench_block);
    arch::for_blocks(&mut tracee.registers, label, page.expose_provenance() as u64, 0, 0);
    tracee.set_registers();
    let parent = u64::from(std::process::id());
    Ok(whole(move || {
        // SAFETY: the page is ours to write while the child is stopped.
        unsafe { page.write_volatile([Sysno::getppid as u64, 0, 0, 0, 0, 0, 0, 0]) };
        if !arch::GOES_ON_BEHIND_A_TRAP {
            tracee.set_registers();
        }
        assert_eq!(tracee.request(libc::PTRACE_CONT as u64, 0), 0);
        tracee.wait();
        // SAFETY: as above.
        let [.., result] = unsafe { page.read_volatile() };
        assert_eq!(result, parent);
    }))
}

/// So many calls: process_vm_writev, SETREGS, CONT, wait4, process_vm_readv.
pub(crate) fn blocks(calls: u32) -> Operation {
    Operation::new(format!("raw ptrace, {calls} calls in one stop"), calls, move || {
        let count = calls as usize;
        // The child has a copy at the same address.
        let theirs = map(count * 64, libc::MAP_PRIVATE)?.expose_provenance() as u64;
        let results_at = theirs + (count * 56) as u64;
        let mut tracee = Tracee::stop(Child::idle()?)?;
        let label = arch::address(&raw const arch::bench_blocks);
        arch::for_blocks(&mut tracee.registers, label, theirs, count as u64, results_at);
        let blocks = [Sysno::getppid as u64, 0, 0, 0, 0, 0, 0].repeat(count);
        let mut results = vec![0_u64; count];
        let parent = u64::from(std::process::id());
        let transfer = move |call, pid, ours: u64, theirs, bytes: usize| {
            let (local, remote) = ([ours, bytes as u64], [theirs, bytes as u64]);
            let (local, remote) = (&raw const local, &raw const remote);
            let words = [pid, local.expose_provenance() as u64, 1, remote.expose_provenance() as u64, 1, 0];
            // SAFETY: both vectors name bytes that are there, here and in the child.
            assert_eq!(usize::try_from(unsafe { arch::call(call, words) }), Ok(bytes));
        };
        Ok(whole(move || {
            let address = blocks.as_ptr().expose_provenance() as u64;
            transfer(Sysno::process_vm_writev, tracee.pid(), address, theirs, count * 56);
            tracee.set_registers();
            assert_eq!(tracee.request(libc::PTRACE_CONT as u64, 0), 0);
            tracee.wait();
            let address = results.as_mut_ptr().expose_provenance() as u64;
            transfer(Sysno::process_vm_readv, tracee.pid(), address, results_at, count * 8);
            assert!(results.iter().all(|word| *word == parent));
        }))
    })
}
