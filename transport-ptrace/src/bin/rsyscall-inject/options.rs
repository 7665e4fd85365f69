//! The command line.

use crate::help;
use clap::{Parser, ValueEnum};
use std::{ffi::OsString, time::Duration};

/// Run any system call in a running process.
///
/// The process is stopped, makes the calls as if it had made them itself, and goes on as if nothing had happened. Each call and
/// its result are printed as strace prints them, after the process was let go.
#[derive(Parser, Debug)]
#[command(
    name = "rsyscall-inject",
    version,
    override_usage = help::USAGE,
    after_help = help::SHORT,
    after_long_help = help::long()
)]
pub(crate) struct Options {
    /// The process that makes the calls.
    #[arg(value_name = "PID", required_unless_present = "generate", value_parser = process)]
    pub(crate) process: Option<u32>,

    /// System calls with their arguments, `--` between one and the next.
    #[arg(value_name = "CALL", trailing_var_arg = true)]
    pub(crate) calls: Vec<OsString>,

    /// PID is the number of a pidfd that was inherited, and not a process id.
    #[arg(long)]
    pub(crate) pid_fd: bool,

    /// The thread of the process that makes the calls; its main thread by default.
    #[arg(long, value_name = "TID", conflicts_with = "all_threads")]
    pub(crate) thread: Option<u32>,

    /// Stop all threads of the process, and make the calls in each.
    #[arg(long)]
    pub(crate) all_threads: bool,

    /// Make the later calls although one has failed, but for those that take its result.
    #[arg(long, short)]
    pub(crate) keep_going: bool,

    /// Interrupt a call that blocks for longer; without this it may block for ever.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    /// Give up if the process does not stop in this time: it may sleep where nothing wakes it.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    pub(crate) attach_timeout: Duration,

    /// Print the calls, and do nothing.
    #[arg(long, short = 'n')]
    pub(crate) dry_run: bool,

    /// List the process's descriptors, after the calls if there are any.
    #[arg(long)]
    pub(crate) fds: bool,

    /// List the process's memory mappings, after the calls if there are any.
    #[arg(long)]
    pub(crate) maps: bool,

    /// How the content of buffers is printed.
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub(crate) buffers: Buffers,

    /// Print JSON: one object a line.
    #[arg(long)]
    pub(crate) json: bool,

    /// Print a manual page, or a shell's completions, and do nothing else.
    #[arg(long, value_enum, value_name = "WHAT", exclusive = true)]
    pub(crate) generate: Option<Generate>,
}

/// How the content of buffers is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Buffers {
    /// As what the call writes there where that is known, a struct for instance; else as text where it is text, or as hex.
    #[default]
    Auto,
    /// As text, with escapes for what is none.
    Text,
    /// As a hex dump.
    Hex,
}

/// What can be printed for packagers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Generate {
    /// The manual page, as roff.
    Man,
    /// Completions for bash.
    Bash,
    /// Completions for elvish.
    Elvish,
    /// Completions for fish.
    Fish,
    /// Completions for zsh.
    Zsh,
}

/// The number of a process, or with `--pid-fd` of a descriptor.
fn process(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|&number| i32::try_from(number).is_ok());
    let is_number = !text.is_empty() && text.chars().all(|digit| digit.is_ascii_digit());
    number.ok_or_else(|| match is_number {
        true => "it is larger than any process id".to_owned(),
        false if text.is_empty() => "a process id is wanted".to_owned(),
        false => format!("`{text}` is no process id: `pidof {text}` may know it"),
    })
}

/// A time, with or without a fraction.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|&seconds| seconds > 0.0);
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.ok_or_else(|| "a number of seconds above 0 is wanted, such as 2 or 0.5".to_owned())
}
