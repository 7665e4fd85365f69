//! Builds that later steps need, made while the steps before them leave a processor idle.
//!
//! Nothing is printed, installed, or reported here: the step that needs a build asks for it as always, finds it made, or waits for it;
//! and whatever went wrong happens to that step again, which tells it.

use anyhow::Result;
use std::cell::Cell;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

thread_local! {
    static AHEAD: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread works ahead.
pub(crate) fn is_ahead() -> bool {
    AHEAD.get()
}

/// Has a command that works ahead say nothing.
pub(crate) fn silence(command: &mut Command) {
    if is_ahead() {
        command.stdout(Stdio::null());
        command.stderr(Stdio::null());
    }
}

/// Something to be built.
pub(crate) type Build = Box<dyn FnOnce() -> Result<()> + Send>;

/// Builds that are being made, and waited for when this is dropped.
pub(crate) struct Ahead(Option<JoinHandle<()>>);

impl Ahead {
    /// Begins to build, one after the other.
    pub(crate) fn start(builds: Vec<Build>) -> Self {
        Self(Some(std::thread::spawn(move || {
            AHEAD.set(true);
            for build in builds {
                // The step that needs it will say so.
                let _ = build();
            }
        })))
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // A panic in there has been printed.
        let _ = self.0.take().map(JoinHandle::join);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::exec;
    use std::sync::mpsc::channel;

    #[test]
    fn all_are_built_whatever_happens_to_one() {
        let (sender, built) = channel();
        let second = sender.clone();
        drop(Ahead::start(vec![
            Box::new(move || {
                sender.send(is_ahead())?;
                exec(&mut Command::new("false"))
            }),
            Box::new(move || Ok(second.send(is_ahead())?)),
        ]));
        assert_eq!(built.iter().collect::<Vec<_>>(), [true, true]);
        assert!(!is_ahead());
    }
}
