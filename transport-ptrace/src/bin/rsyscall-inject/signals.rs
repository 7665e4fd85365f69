//! Signals and closed pipes: this program ends, and the target goes on as if nothing had happened.
//!
//! In the middle of a call the target would be lost behind the borrowed instruction, so that no signal ends this program as it
//! would by itself. A thread waits for them instead, and has the call interrupted.

use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io::{self, Write},
    ops::RangeInclusive,
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Signals that are left alone: those that cannot be handled, those of this program's own errors, those that do nothing by
/// themselves, and those of a terminal that it is not to use now, which would come again and again. All others end or stop a
/// program that does not handle them.
const LEFT_ALONE: [i32; 15] = {
    use signal_hook::consts::signal;
    [
        signal::SIGKILL,
        signal::SIGSTOP,
        signal::SIGILL,
        signal::SIGTRAP,
        signal::SIGABRT,
        signal::SIGBUS,
        signal::SIGFPE,
        signal::SIGSEGV,
        signal::SIGSYS,
        signal::SIGCHLD,
        signal::SIGCONT,
        signal::SIGURG,
        signal::SIGWINCH,
        signal::SIGTTIN,
        signal::SIGTTOU,
    ]
};
/// Real-time signals that the C libraries keep to themselves.
const OF_THE_LIBRARY: RangeInclusive<i32> = 32..=34;
const LAST: i32 = 64;

/// A call that had not begun was not interrupted, so that there is always another time.
const AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 2_000_000 };
/// How often that is in a second.
pub(crate) const AGAIN_A_SECOND: u32 = 500;

/// The number of the signal for output that nobody reads.
const SIGPIPE: i32 = signal_hook::consts::SIGPIPE;

/// So soon a signal is seen.
const SOON: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// Which signal came.
#[derive(Debug)]
pub(crate) struct Signals {
    noted: Arc<AtomicUsize>,
}

impl Signals {
    /// From now on these signals are noted.
    ///
    /// # Errors
    ///
    /// The kernel refuses a handler.
    pub(crate) fn handle() -> Result<Self> {
        let noted = Arc::new(AtomicUsize::new(0));
        let ignored = ignored().context("cannot read /proc/self/status")?;
        let all =
            (1..=LAST).filter(|signal| !OF_THE_LIBRARY.contains(signal) && !LEFT_ALONE.contains(signal));
        for signal in all {
            // Rust ignores SIGPIPE; what else is ignored was to be, as by nohup(1).
            if signal != SIGPIPE && ignored.wrapping_shr(signal.unsigned_abs().wrapping_sub(1)) & 1 == 1 {
                continue;
            }
            let number = usize::try_from(signal).context("a signal is no number")?;
            signal_hook::flag::register_usize(signal, Arc::clone(&noted), number)
                .with_context(|| format!("cannot handle signal {signal}"))?;
        }
        Ok(Self { noted })
    }

    /// The signal that came, if one did.
    pub(crate) fn noted(&self) -> Option<u8> {
        u8::try_from(self.noted.load(Ordering::SeqCst)).ok().filter(|&signal| signal > 0)
    }

    /// Does some work. From when a signal comes, nobody reads the output any more, or `is_late`, until it is done, another thread
    /// calls `stop` again and again.
    ///
    /// # Errors
    ///
    /// There is no thread or no socket to be had, and the work was not begun.
    pub(crate) fn watch<T>(
        &self,
        is_late: impl Fn() -> bool + Sync,
        mut stop: impl FnMut() + Send,
        work: impl FnOnce() -> T,
    ) -> Result<T> {
        let (done, mut finish) = UnixStream::pair().context("cannot make a pair of sockets")?;
        thread::scope(|scope| {
            let thread = thread::Builder::new().name("signals".to_owned());
            thread
                .spawn_scoped(scope, || {
                    while self.is_to_stop_before(&done, &is_late) {
                        stop();
                    }
                })
                .context("cannot start a thread")?;
            let result = work();
            // The other end is there as long as the thread is, which reads nothing of it.
            let _ = finish.write_all(&[0]);
            Ok(result)
        })
    }

    /// Waits until the work is done, or until it is to stop. It is asked for that again after a while.
    fn is_to_stop_before(&self, done: &UnixStream, is_late: impl Fn() -> bool) -> bool {
        let output = io::stdout();
        loop {
            // Once it is known that this is the end, only that of the work is waited for.
            let is_over = self.noted().is_some() || is_late();
            let (count, timeout) = if is_over { (1, AGAIN) } else { (2, SOON) };
            // Of the output only that its reader is gone, which is always told.
            let mut fds = [PollFd::new(done, PollFlags::IN), PollFd::new(&output, PollFlags::empty())];
            let polled = poll(fds.get_mut(..count).unwrap_or_default(), Some(&timeout));
            let [is_done, is_unread] = fds.each_ref().map(PollFd::revents);
            match polled {
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => return false,
                Ok(_) if !is_done.is_empty() => return false,
                Ok(_) => {}
            }
            if is_unread.intersects(PollFlags::ERR | PollFlags::HUP) {
                let signal = usize::try_from(SIGPIPE).unwrap_or(0);
                let _ = self.noted.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
            }
            if self.noted().is_some() || is_late() {
                return true;
            }
        }
    }
}

/// The signals that this process ignores; bit 0 is signal 1.
fn ignored() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(ignored.trim(), 16).ok()
}
