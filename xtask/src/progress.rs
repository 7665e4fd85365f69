//! What a long step is doing: a line that changes on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::time::Duration;

pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    what: String,
}

impl Progress {
    /// A step of so many parts.
    pub(crate) fn new(what: &str, parts: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(parts as u64);
            if let Ok(style) =
                ProgressStyle::with_template("{prefix} {bar:20} {pos}/{len} {elapsed} {wide_msg}")
            {
                bar.set_style(style);
            }
            bar.set_prefix(what.to_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, what: what.to_owned() }
    }

    /// The part that begins now, counted from 0.
    pub(crate) fn part(&self, number: usize, parts: usize, name: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_position(number as u64);
                bar.set_message(name.to_owned());
            }
            None => eprintln!("== {}, {} of {parts}: {name}", self.what, number + 1),
        }
    }

    /// What the part is at: shown only where it can be overwritten.
    pub(crate) fn at(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
        }
    }

    /// Shows output of what is running.
    pub(crate) fn print(&self, text: &[u8]) -> std::io::Result<()> {
        let print = || std::io::stdout().write_all(text);
        self.bar.as_ref().map_or_else(print, |bar| bar.suspend(print))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
