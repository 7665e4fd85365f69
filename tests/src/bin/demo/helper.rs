//! The task is a helper: a server of ours behind two pipes.

use crate::task::{Task, evidence};
use anyhow::{Context, Result, ensure};
use rsyscall_core::{
    abi::Native,
    block_on,
    interface::{Hangup, SyscallError, SyscallInterface},
    near::{
        fs::OFlags,
        io::{pipe2, read},
        process::getpid,
    },
};
use rsyscall_transport_pipe::start::{Child, Ended};
use std::ffi::CString;

pub(crate) fn run() -> Result<()> {
    let server = std::env::var("RSYSCALL_SERVER")
        .context("RSYSCALL_SERVER names the server to start; `cargo xtask demo` builds one and sets it")?;
    let child = Child::start(&CString::new(server)?)?;
    let outcome = with(child);
    // Whatever went wrong, nothing of the helper stays behind.
    let _ = child.kill();
    // SAFETY: nobody uses the streams any more.
    let ended = unsafe { child.finish() }?;
    outcome?;
    ensure!(matches!(ended, Ended::Signalled(9)), "it ended with {ended:?}");
    evidence("the helper was reaped, ended by SIGKILL");
    Ok(())
}

fn with(child: Child) -> Result<()> {
    // SAFETY: the streams are the child's and nobody else uses them.
    let client = unsafe { child.client::<8>() };
    ensure!(child.process.into_raw().cast_unsigned() != std::process::id(), "the helper is this process");
    let mut task = Task::new(&client, child.process)?;
    task.write_and_read()?;

    let pipe = task.buffer();
    task.call(pipe2(pipe, OFlags::CLOEXEC))?;
    let reader = task.descriptor_at(pipe)?;
    let killer = std::thread::spawn(move || {
        // `/proc/PID/syscall` begins with the number of the call that the process is blocked in.
        let path = format!("/proc/{}/syscall", child.process.into_raw());
        let number = read(reader, pipe, 1).encode::<Native>().number;
        let blocked = |text: String| text.starts_with(&format!("{number} {:#x} ", reader.into_raw()));
        while !std::fs::read_to_string(&path).is_ok_and(blocked) {
            std::thread::yield_now();
        }
        child.kill()
    });
    // SAFETY: the descriptor is the helper's end of its own pipe, and the buffer lies in the arena.
    let result = block_on(unsafe { client.call(read(reader, pipe, 1)) }, || ());
    task.show(read(reader, pipe, 1), result);
    ensure!(result == Err(SyscallError::Hangup(Hangup::EndOfStream)), "killed in a blocked call: {result:?}");
    killer.join().map_err(|_| anyhow::anyhow!("the thread that kills panicked"))??;
    evidence("killed in the middle of a blocked call, and the caller was told at once");
    // SAFETY: getpid takes nothing and changes nothing.
    let after = block_on(unsafe { client.call(getpid()) }, || ());
    ensure!(matches!(after, Err(SyscallError::NotSent(_))), "after the hangup: {after:?}");
    Ok(())
}
