//! What operations take that is a number and not a time: instructions outside of the kernel, and bytes of stack.

use crate::{
    floor,
    operation::Operation,
    ours,
    record::Count,
    step::{self, Steps, mark, sections},
};
use anyhow::{Context, Result, ensure};
use rsyscall_transport_pipe::wire;
use std::path::{Path, PathBuf};
use syscalls::Sysno;

/// The operations that are counted, by their names. What others do to make the call is not counted: a server, the kernel.
const OPERATIONS: [&str; 21] = [
    "local call",
    "raw call",
    "rustix call",
    "syscalls call",
    "nix call",
    "local call, six arguments",
    "raw call, six arguments",
    "pipe call",
    "raw pipe round trip",
    "pipe call, descriptors shared",
    "raw pipe round trip, watched",
    "pipe, 1 in flight",
    "pipe, 8 in flight",
    "pipe, read 8 B",
    "pipe in band, read 8 B",
    "ptrace call",
    "raw ptrace, one step",
    "ptrace call, two stops",
    "ptrace call, shared code page",
    "ptrace, read 8 B",
    "server put into a process, call",
];

/// Makes the operation of so many calls.
type OfCalls = fn(u32) -> Operation;

/// The bytes that ask a server so many times.
type Input = fn(u64) -> Vec<u8>;

/// Operations of a number of calls: what one call more takes.
const GROWING: [(&str, OfCalls); 4] = [
    ("pipe, one call more in a batch", ours::pipe_batch),
    ("raw pipe, one call more in one write", floor::bulk),
    ("ptrace, one call more in a batch", ours::ptrace_batch),
    ("raw ptrace, one call more in one stop", floor::blocks),
];

/// Servers that are programs, and what they are asked so many times.
const SERVERS: [(&str, &str, Input); 5] = [
    ("base server, one request", "base-server", requests),
    ("server with extensions, one request", "extended-server", requests),
    ("server with extensions, one call more in a batch", "extended-server", batch),
    ("server program, one request", "rsyscall-server", requests),
    ("server program, one call more in a batch", "rsyscall-server", batch),
];

/// Counts what has the filter in its name.
pub(crate) fn all(operations: &[Operation], filter: &str) -> Result<Vec<Count>> {
    let mut counts = Vec::new();
    for name in OPERATIONS.into_iter().filter(|name| name.contains(filter)) {
        let operation = operations.iter().find(|operation| operation.name == name);
        let operation = operation.with_context(|| format!("there is no operation \"{name}\""))?;
        let Steps { instructions, stack } = each_time(operation).with_context(|| name.to_owned())?;
        let instructions = instructions / u64::from(operation.calls);
        counts.push(Count { what: name.to_owned(), instructions, stack: Some(stack) });
    }
    for (name, operation) in GROWING.into_iter().filter(|(name, _)| name.contains(filter)) {
        let few = each_time(&operation(FEW)).with_context(|| name.to_owned())?.instructions;
        let many = each_time(&operation(MANY)).with_context(|| name.to_owned())?.instructions;
        let instructions = many.saturating_sub(few) / u64::from(MANY - FEW);
        counts.push(Count { what: name.to_owned(), instructions, stack: None });
    }
    for (name, program, input) in SERVERS.into_iter().filter(|(name, ..)| name.contains(filter)) {
        let path = programs()?.join(program);
        let few = step::program(&path, &input(FEW.into())).with_context(|| name.to_owned())?;
        let many = step::program(&path, &input(MANY.into())).with_context(|| name.to_owned())?;
        let instructions = many.instructions.saturating_sub(few.instructions) / u64::from(MANY - FEW);
        counts.push(Count { what: name.to_owned(), instructions, stack: Some(many.stack) });
    }
    Ok(counts)
}

/// How many there are, so that only what grows with them is counted.
const FEW: u32 = 16;
const MANY: u32 = 32;

/// What an operation takes each time.
fn each_time(operation: &Operation) -> Result<Steps> {
    let sections = sections(|| {
        let mut run = operation.make()?;
        // What is found out once is found out before.
        run.untimed(2);
        for times in [1, 2] {
            mark();
            run.untimed(times);
            mark();
        }
        Ok(())
    })?;
    let [once, twice] = sections[..] else { anyhow::bail!("{} sections were counted", sections.len()) };
    Ok(Steps { instructions: twice.instructions.saturating_sub(once.instructions), stack: once.stack })
}

fn programs() -> Result<PathBuf> {
    let folder = std::env::var_os("RSYSCALL_PROGRAMS")
        .context("RSYSCALL_PROGRAMS names the folder of the servers; `cargo xtask counts` sets it")?;
    ensure!(Path::new(&folder).is_dir(), "there is no folder {}", folder.display());
    Ok(folder.into())
}

fn requests(count: u64) -> Vec<u8> {
    (0..count).flat_map(|_| request()).collect()
}

fn request() -> [u8; wire::REQUEST] {
    wire::encode_request(Sysno::getppid as i64, [0; 6])
}

/// All of them in one batch, after HELLO.
fn batch(count: u64) -> Vec<u8> {
    let hello = [wire::VERSION.into(), wire::FEATURES.into(), 0, 0, 0, 0];
    let mut bytes = wire::encode_request(wire::HELLO, hello).to_vec();
    bytes.extend(wire::encode_request(wire::BATCH, [count, 0, 0, 0, 0, 0]));
    bytes.extend(requests(count));
    bytes
}
