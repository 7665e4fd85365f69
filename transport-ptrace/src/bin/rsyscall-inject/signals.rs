//! Signals and a closed pipe: this program ends, and the target goes on.

use anyhow::{Context, Result};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Every signal that would end or stop this program and that it can handle. In the middle of a call the target would be left
/// behind the borrowed instruction.
const SIGNALS: [i32; 17] = {
    use signal_hook::consts as signal;
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
        signal::SIGTTIN,
        signal::SIGTTOU,
        signal::SIGXCPU,
        signal::SIGXFSZ,
        signal::SIGVTALRM,
        signal::SIGPROF,
        signal::SIGIO,
        signal::SIGABRT,
    ]
};

/// The first of the signals that came.
#[derive(Clone, Debug)]
pub(crate) struct Signals(Arc<AtomicUsize>);

impl Signals {
    /// From now on these signals are noted.
    ///
    /// # Errors
    ///
    /// The kernel refuses a handler.
    pub(crate) fn handle() -> Result<Self> {
        let noted = Arc::new(AtomicUsize::new(0));
        for signal in SIGNALS {
            let number = usize::try_from(signal).context("a signal is no number")?;
            signal_hook::flag::register_usize(signal, Arc::clone(&noted), number)
                .with_context(|| format!("cannot handle signal {signal}"))?;
        }
        Ok(Self(noted))
    }

    /// The signal that came, if one did.
    pub(crate) fn noted(&self) -> Option<u8> {
        u8::try_from(self.0.load(Ordering::SeqCst)).ok().filter(|&signal| signal > 0)
    }
}
