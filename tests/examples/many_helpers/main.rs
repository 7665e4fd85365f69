//! A hundred processes driven by one thread, under tokio.
//!
//! Each helper is a process with a working directory of its own, and sleeps: the sleeps are system calls that block the helpers
//! and nobody else. The thread that drives them has all of the calls in flight at once, and waits for their ends as well: it is
//! the only one.
//!
//! ```console
//! $ RSYSCALL_SERVER=target/programs/x86_64/rsyscall-server cargo run --package rsyscall-tests --example many-helpers
//! ```
#![expect(unsafe_code, reason = "executes system calls in the helpers")]

use anyhow::{Context, Result, ensure};
use clap::Parser;
use embedded_io_adapters::tokio_1::FromTokio;
use rsyscall_core::{
    abi::Native,
    interface::SyscallInterface,
    memory::{Arena, MemoryInterface},
    near::{
        fs::{chdir, getcwd},
        layout::Timespec,
        process::getpid,
        time::nanosleep,
    },
};
use rsyscall_transport_pipe::{
    Client,
    start::{Child, Ended},
};
use std::{
    ffi::CString,
    os::{
        fd::{FromRawFd, OwnedFd},
        unix::ffi::OsStringExt,
    },
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    net::unix::pipe::{Receiver, Sender},
    task::JoinSet,
};

const HELPERS: usize = 100;
const SLEEP: Duration = Duration::from_millis(100);

/// Drive a hundred processes from one thread.
#[derive(Parser)]
struct Options {
    /// The server that each of them runs; without this option what RSYSCALL_SERVER names.
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("many-helpers: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<()> {
    let server = options.server.or_else(|| std::env::var_os("RSYSCALL_SERVER").map(PathBuf::from));
    let server = server.context(
        "neither --server nor RSYSCALL_SERVER names the server to start: `cargo xtask size` builds \
         target/programs/ARCHITECTURE/rsyscall-server",
    )?;
    let server = CString::new(server.into_os_string().into_vec())?;
    let directories = tempfile::tempdir()?;
    let begin = Instant::now();
    let tasks = tokio::task::LocalSet::new();
    tasks
        .run_until(async {
            let mut helpers = JoinSet::new();
            for number in 0..HELPERS {
                let directory = directories.path().join(number.to_string());
                std::fs::create_dir(&directory)?;
                let server = server.clone();
                helpers.spawn_local(async move { helper(&server, &directory).await });
            }
            while let Some(helper) = helpers.join_next().await {
                helper??;
            }
            Ok::<_, anyhow::Error>(())
        })
        .await?;
    let elapsed = begin.elapsed();
    ensure!(std::fs::read_dir("/proc/self/task")?.count() == 1, "this program has several threads");
    let slept = SLEEP * u32::try_from(HELPERS)?;
    ensure!(elapsed < slept, "the helpers slept one after the other: {elapsed:?}");
    println!(
        "{HELPERS} helpers, each in a directory of its own, slept {slept:?} altogether, at the same time"
    );
    Ok(())
}

/// Starts one helper, uses it, and leaves nothing of it behind.
async fn helper(server: &CString, directory: &Path) -> Result<()> {
    let child = Child::start(server).with_context(|| server.to_string_lossy().into_owned())?;
    // SAFETY: the descriptors are new, and nobody else was told of them.
    let [responses, requests, pidfd] = [child.responses, child.requests, child.pidfd]
        .map(|fd| unsafe { OwnedFd::from_raw_fd(fd.into_raw()) });
    let responses = FromTokio::new(Receiver::from_owned_fd(responses)?);
    let requests = FromTokio::new(Sender::from_owned_fd(requests)?);
    let client = Client::<_, _, Native, 4>::new(responses, requests);
    // SAFETY: the child is waited for after the client was used.
    let client = unsafe { client.with_local_memory(child.process) };
    let outcome = use_helper(&client, directory).await;
    if outcome.is_err() {
        child.kill()?;
    }
    // At the end of its input the helper ends by itself.
    drop(client);
    // The pidfd is readable when it has ended.
    // SAFETY: the descriptor is owned, and so stays what it is.
    let pidfd = unsafe { AsyncFd::register_with_interest(pidfd, Interest::READABLE) }?;
    let _ = pidfd.readable().await?;
    let ended = child.wait()?;
    outcome?;
    ensure!(ended == Ended::Exited(0), "the helper ended with {ended:?}");
    Ok(())
}

async fn use_helper(interface: &(impl SyscallInterface + MemoryInterface), directory: &Path) -> Result<()> {
    let page = rsyscall_tests::page_size();
    let arena = Arena::map(interface, page, page).await?;
    let path = CString::new(directory.as_os_str().as_encoded_bytes())?;
    let path = arena.c_string(&path).await?;
    // SAFETY: the path lies in the arena; the directory is the helper's own.
    unsafe { interface.call(chdir(path)) }.await?;

    let sleep = Timespec { tv_sec: 0, tv_nsec: i64::from(SLEEP.subsec_nanos()) };
    let sleep = arena.value(&sleep).await?;
    // SAFETY: the duration lies in the arena, and the rest is not asked for.
    unsafe { interface.call(nanosleep(sleep, rsyscall_core::identifier::Address::NULL)) }.await?;

    let buffer = arena.reserve(1024, 1)?;
    // SAFETY: the buffer lies in the arena and is 1,024 bytes long.
    let length = unsafe { interface.call(getcwd(buffer, 1024)) }.await?;
    let mut bytes = vec![0; length];
    arena.read_bytes(buffer, &mut bytes).await?;
    ensure!(bytes.strip_suffix(b"\0") == Some(directory.as_os_str().as_encoded_bytes()), "it is elsewhere");

    // SAFETY: getpid takes nothing and changes nothing.
    let process = unsafe { interface.call(getpid()) }.await?;
    ensure!(process.into_raw().cast_unsigned() != std::process::id(), "the helper is this process");
    Ok(())
}
