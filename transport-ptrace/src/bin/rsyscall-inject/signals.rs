//! Signals and closed pipes: this program ends, and the target goes on as if nothing had happened.
//!
//! In the middle of a call the target would be lost behind the borrowed instruction, so that no signal ends this program as it
//! would by itself. A thread waits for them instead, and has the call interrupted.

use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io::{self, Write},
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Every signal that ends or stops a program that does not handle it, but for those of its own errors, and those of a terminal that
/// it is not to use now: handled, they would come again and again.
const SIGNALS: [i32; 14] = {
    use signal_hook::consts::signal;
    [
        signal::SIGHUP,
        signal::SIGINT,
        signal::SIGQUIT,
        signal::SIGPIPE,
        signal::SIGALRM,
        signal::SIGTERM,
        signal::SIGUSR1,
        signal::SIGUSR2,
        signal::SIGTSTP,
        signal::SIGXCPU,
        signal::SIGXFSZ,
        signal::SIGVTALRM,
        signal::SIGPROF,
        signal::SIGIO,
    ]
};

/// A call that had not begun was not interrupted, so that there is always another time.
const AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 2_000_000 };
/// How often that is in a second.
pub(crate) const AGAIN_A_SECOND: u32 = 500;

/// The number of the signal for output that nobody reads.
const SIGPIPE: i32 = signal_hook::consts::SIGPIPE;

/// Which signal came.
#[derive(Debug)]
pub(crate) struct Signals {
    noted: Arc<AtomicUsize>,
    /// Readable when one came.
    wake: UnixStream,
}

impl Signals {
    /// From now on these signals are noted.
    ///
    /// # Errors
    ///
    /// The kernel refuses a handler, or a pair of sockets.
    pub(crate) fn handle() -> Result<Self> {
        let noted = Arc::new(AtomicUsize::new(0));
        let (wake, waker) = UnixStream::pair().context("cannot make a pair of sockets")?;
        let ignored = ignored().context("cannot read /proc/self/status")?;
        for signal in SIGNALS {
            // Rust ignores SIGPIPE; what else is ignored was to be, as by nohup(1).
            if signal != SIGPIPE && ignored.wrapping_shr(signal.unsigned_abs().wrapping_sub(1)) & 1 == 1 {
                continue;
            }
            let number = usize::try_from(signal).context("a signal is no number")?;
            signal_hook::flag::register_usize(signal, Arc::clone(&noted), number)
                .and_then(|_| signal_hook::low_level::pipe::register(signal, waker.try_clone()?))
                .with_context(|| format!("cannot handle signal {signal}"))?;
        }
        Ok(Self { noted, wake })
    }

    /// The signal that came, if one did.
    pub(crate) fn noted(&self) -> Option<u8> {
        u8::try_from(self.noted.load(Ordering::SeqCst)).ok().filter(|&signal| signal > 0)
    }

    /// Does some work. From when a signal comes, or nobody reads the output any more, until it is done, another thread calls
    /// `stop` again and again.
    ///
    /// # Errors
    ///
    /// There is no thread or no socket to be had, and the work was not begun.
    pub(crate) fn watch<T>(&self, mut stop: impl FnMut() + Send, work: impl FnOnce() -> T) -> Result<T> {
        let (done, mut finish) = UnixStream::pair().context("cannot make a pair of sockets")?;
        thread::scope(|scope| {
            let thread = thread::Builder::new().name("signals".to_owned());
            thread
                .spawn_scoped(scope, || {
                    while self.is_to_stop_before(&done) {
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
    fn is_to_stop_before(&self, done: &UnixStream) -> bool {
        let output = io::stdout();
        loop {
            let timeout = self.noted().map(|_| AGAIN);
            let mut fds = [
                PollFd::new(done, PollFlags::IN),
                PollFd::new(&self.wake, PollFlags::IN),
                // Only that its reader is gone, which is always told.
                PollFd::new(&output, PollFlags::empty()),
            ];
            // Once it is known that this is the end, only that of the work is waited for.
            let count = if timeout.is_some() { 1 } else { fds.len() };
            let polled = poll(fds.get_mut(..count).unwrap_or_default(), timeout.as_ref());
            let [is_done, _, is_unread] = fds.each_ref().map(PollFd::revents);
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
            if self.noted().is_some() {
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
