//! The task is a program that nobody prepared: the system's own `sleep`, already sleeping.

use crate::task::{Task, evidence};
use anyhow::{Result, bail, ensure};
use rsyscall_core::{
    abi::Native,
    identifier::{Address, Process},
    near::{
        fs::OFlags,
        time::{ClockId, TimerFlags, clock_nanosleep, nanosleep},
    },
};
use rsyscall_transport_ptrace::Session;
use std::{
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

const SECONDS: u64 = 3;
/// The sleeper is well before its end when it is stopped; far behind it, something is wrong.
const WATCHDOG: Duration = Duration::from_secs(300);

pub(crate) fn run() -> Result<()> {
    let start = Instant::now();
    let mut sleeper = Command::new("sleep").arg(SECONDS.to_string()).spawn()?;
    let outcome = with(&mut sleeper, start);
    if outcome.is_err() {
        let _ = sleeper.kill();
        let _ = sleeper.wait();
    }
    outcome
}

fn with(sleeper: &mut Child, start: Instant) -> Result<()> {
    let process = Process::from_raw(sleeper.id().cast_signed());
    wait_until_asleep(process, start)?;

    let session = Session::attach(process)?;
    let mut task = Task::new(&session, process)?;
    let fd = task.open(Path::new("/etc/passwd"), OFlags::RDONLY)?;
    task.close(fd)?;
    task.finish()?;
    session.detach()?;
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.into_raw()))?;
    ensure!(status.contains("TracerPid:\t0\n"), "it is still traced");
    evidence("it is let go, and nobody traces it");

    let status = loop {
        match sleeper.try_wait()? {
            Some(status) => break status,
            None if start.elapsed() > WATCHDOG => {
                bail!("it has not ended {} s after its start", WATCHDOG.as_secs())
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    ensure!(status.success(), "it ended with {status}");
    ensure!(start.elapsed() >= Duration::from_secs(SECONDS), "it ended early");
    evidence("it finished its sleep on time, with exit status 0");
    Ok(())
}

/// Looks at the call that the process is blocked in: the file begins with its number.
fn wait_until_asleep(process: Process, start: Instant) -> Result<()> {
    let path = format!("/proc/{}/syscall", process.into_raw());
    let null = Address::NULL;
    let sleeps = [
        nanosleep(null, null).encode::<Native>().number,
        clock_nanosleep(ClockId::REALTIME, TimerFlags::empty(), null, null).encode::<Native>().number,
    ];
    loop {
        let call = std::fs::read_to_string(&path)?;
        if call
            .split(' ')
            .next()
            .and_then(|number| number.parse().ok())
            .is_some_and(|call| sleeps.contains(&call))
        {
            return Ok(());
        }
        ensure!(start.elapsed() < WATCHDOG, "it does not sleep");
        std::thread::yield_now();
    }
}
