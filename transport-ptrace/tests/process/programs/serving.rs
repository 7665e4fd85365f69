//! A server under load, and calls made in whatever threads it and its children have.
#![expect(unsafe_code, reason = "asks for ids, and ends a child")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use super::{TEXT, status::Snapshot};
use crate::{
    transparency::{Injected, any_thread, inject, long, note},
    victim::WATCHDOG,
};
use rand::seq::IndexedRandom;
use rsyscall_core::identifier::Process;
use std::{
    fs::File,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A server: how it is started at a port, in a directory that is its own, and one exchange with it.
pub(super) struct Server {
    pub(super) name: &'static str,
    pub(super) command: fn(port: u16, directory: &Path) -> Command,
    pub(super) request: &'static [u8],
    /// What the answer ends with.
    pub(super) answer: &'static [u8],
    /// What is in each line that it logs of a request, if it does.
    pub(super) logged: Option<&'static str>,
}

/// How often calls are made in each server while it serves nobody.
const IDLE_INJECTIONS: u32 = 1000;
/// So many threads make them, and each as long from one time to the next, if the machine is fast enough: a thousand a second. While one
/// waits until the kernel runs whom it stops, another goes on.
const TRACERS: u32 = 3;
const PERIOD: Duration = Duration::from_millis(3);
/// How many ask at once, and how often without us.
const CLIENTS: u32 = 2;
const REQUESTS: u32 = 1000;
/// In so many attempts what a server does by itself stays away from what is compared.
const ATTEMPTS: u32 = 5;

pub(super) fn is_root() -> bool {
    // SAFETY: it asks for a number.
    unsafe { libc::geteuid() == 0 }
}

/// Has the program run as somebody who is not root, and owns the directory.
pub(super) fn as_ordinary_user(command: &mut Command, directory: &Path) {
    const NOBODY: u32 = 65534;
    if is_root() {
        std::os::unix::fs::chown(directory, Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
}

/// A port that nobody listens at.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A process and all that its main thread has started, and so on.
pub(super) fn family(process: Process) -> Vec<Process> {
    let mut family = vec![process];
    let mut next = 0;
    while let Some(process) = family.get(next).map(|process| process.into_raw()) {
        let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
        let children = children.unwrap_or_default();
        let numbers = children.split_whitespace().filter_map(|number| number.parse().ok());
        family.extend(numbers.map(Process::from_raw));
        next += 1;
    }
    family
}

/// A server that runs, and ends also when the test fails.
struct Running<'a> {
    server: &'a Server,
    child: Child,
    port: u16,
    directory: tempfile::TempDir,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        for process in family(self.process()).into_iter().skip(1) {
            // SAFETY: its parent has not waited for it, or is ended here.
            unsafe { libc::kill(process.into_raw(), libc::SIGKILL) };
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl<'a> Running<'a> {
    fn start(server: &'a Server) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("text"), TEXT).unwrap();
        let port = free_port();
        let mut command = (server.command)(port, directory.path());
        let log = File::create(log_of(&directory)).unwrap();
        command.current_dir(&directory).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {}: {error}", server.name));
        let running = Running { server, child, port, directory };
        let start = Instant::now();
        while !running.serves() {
            assert!(start.elapsed() < WATCHDOG, "it does not serve: {}", running.log());
            thread::sleep(Duration::from_millis(20));
        }
        running
    }

    fn process(&self) -> Process {
        Process::from_raw(self.child.id().cast_signed())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(log_of(&self.directory)).unwrap()
    }

    fn exchange(&self) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(WATCHDOG))?;
        stream.write_all(self.server.request)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    }

    fn serves(&self) -> bool {
        self.exchange().is_ok_and(|answer| answer.ends_with(self.server.answer))
    }

    /// Has it serve while calls are made in it so often, or alone; returns how many requests it served. None fails.
    fn serve(&self, injections: u32) -> u32 {
        let (done, served) = (AtomicBool::new(false), AtomicU32::new(0));
        thread::scope(|scope| {
            let done = Done(&done);
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    let _failed = Done(done.0);
                    while !done.0.load(Ordering::Relaxed) {
                        let answer = self.exchange();
                        let good = answer.as_ref().is_ok_and(|answer| answer.ends_with(self.server.answer));
                        let text = answer.map(|answer| String::from_utf8_lossy(&answer).into_owned());
                        assert!(good, "{text:?}; {}", self.log());
                        served.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            self.disturb(injections, done.0);
            while served.load(Ordering::Relaxed) < REQUESTS && !done.0.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
        });
        served.into_inner()
    }

    /// Makes calls at least so often in threads that are chosen at random, unless something has failed.
    fn disturb(&self, injections: u32, failed: &AtomicBool) {
        let left = AtomicU32::new(injections);
        let traced = Mutex::new(Vec::new());
        let trace = || {
            let mut random = rand::rng();
            let mut next = Instant::now();
            while left.load(Ordering::Relaxed) > 0 && !failed.load(Ordering::Relaxed) {
                let process = family(self.process()).choose(&mut random).copied().unwrap();
                let thread = any_thread(process, &mut random);
                // A thread has one tracer.
                let is_free = {
                    let mut traced = traced.lock().unwrap();
                    let is_free = !traced.contains(&thread);
                    traced.extend(is_free.then_some(thread));
                    is_free
                };
                if !is_free {
                    thread::yield_now();
                    continue;
                }
                let injected = inject(thread, process, &mut random);
                traced.lock().unwrap().retain(|other| *other != thread);
                if injected != Injected::Nobody {
                    let _ =
                        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                }
                next += PERIOD;
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        };
        thread::scope(|scope| {
            for _ in 0..TRACERS {
                scope.spawn(trace);
            }
        });
    }

    /// Ends it in order.
    fn end(mut self) {
        assert_eq!(self.child.try_wait().unwrap(), None);
        // SAFETY: it is our child, and not yet waited for.
        assert_eq!(unsafe { libc::kill(self.process().into_raw(), libc::SIGTERM) }, 0);
        let start = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < WATCHDOG, "it does not end: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Whoever leaves, in a panic too, ends it for all.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn log_of(directory: &tempfile::TempDir) -> PathBuf {
    directory.path().join("log")
}

pub(super) fn serves_on(server: &Server) {
    let injections = long().unwrap_or(1000);
    let running = Running::start(server);
    running.serve(0);
    let before = Snapshot::of(running.process());
    running.serve(0);
    let alone = Snapshot::of(running.process());
    let by_itself = before.changes(&alone);
    let said_before = running.log().len();

    let start = Instant::now();
    let served = running.serve(injections);
    let time = start.elapsed().as_secs_f64();
    let with_us = Snapshot::of(running.process());
    let changes = alone.changes(&with_us);
    let unexpected: Vec<_> = changes
        .into_iter()
        .filter(|change| !change.is_of_load() && !by_itself.iter().any(|own| own.field == change.field))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");

    // When nobody asks for anything, nothing else changes either.
    let failed = AtomicBool::new(false);
    let mut changes = Vec::new();
    for _ in 0..ATTEMPTS {
        let before = Snapshot::of(running.process());
        running.disturb(IDLE_INJECTIONS, &failed);
        changes = before.changes(&Snapshot::of(running.process()));
        if changes.is_empty() {
            break;
        }
    }
    assert!(changes.is_empty(), "{changes:#?}");

    let log = running.log();
    for line in log.get(said_before..).unwrap_or_default().lines() {
        assert!(server.logged.is_some_and(|logged| line.contains(logged)), "{line}");
    }
    running.end();
    note(server.name, &format!("{injections} in {time:.1} s, {served} requests served"));
}
