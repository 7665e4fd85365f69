//! A time limit for a command and everything that it starts.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus};
use std::time::Duration;

/// What `timeout` exits with when the time is up.
const TIME_IS_UP: i32 = 124;

/// How a command ended.
pub(crate) enum Ended {
    InTime(ExitStatus),
    TimeIsUp,
}

/// What belongs to a command that is under a time limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// It and its children; the terminal's Ctrl-C does not reach them.
    Tree,
    /// One process, which a Ctrl-C ends as well.
    Process,
}

/// The command under coreutils' `timeout`, which ends it when the time is up, also if this process is gone by then.
pub(crate) fn limited(command: &Command, limit: Duration, extent: Extent) -> Command {
    let mut limited = Command::new("timeout");
    if extent == Extent::Process {
        limited.arg("--foreground");
    }
    limited
        .arg("--kill-after=5")
        .arg(limit.as_secs().to_string())
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        limited.current_dir(directory);
    }
    limited
}

/// Runs a command under a time limit and hands over each line of its output, both streams in their order.
pub(crate) fn lines(
    command: &Command,
    limit: Duration,
    mut line: impl FnMut(&[u8]) -> Result<()>,
) -> Result<Ended> {
    let mut limited = limited(command, limit, Extent::Tree);
    let (reader, writer) = std::io::pipe()?;
    limited.stdin(std::process::Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = limited.spawn().context("cannot start `timeout` of the coreutils")?;
    // The command holds the writing ends, and the pipe would not end before them.
    drop(limited);
    let mut reader = BufReader::new(reader);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        line(&bytes)?;
        bytes.clear();
    }
    let status = child.wait()?;
    Ok(if status.code() == Some(TIME_IS_UP) { Ended::TimeIsUp } else { Ended::InTime(status) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_come_in_order() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo one; echo $TWO >&2; echo three; exit 3"]).env("TWO", "two");
        let mut text = Vec::new();
        let ended = lines(&shell, Duration::from_secs(300), |line| {
            text.extend_from_slice(line);
            Ok(())
        });
        assert_eq!(text, b"one\ntwo\nthree\n");
        assert!(matches!(ended.unwrap(), Ended::InTime(status) if status.code() == Some(3)));
    }

    #[test]
    fn what_hangs_is_ended_with_its_children() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 1000 & wait"]);
        let ended = lines(&shell, Duration::from_secs(1), |_| Ok(())).unwrap();
        assert!(matches!(ended, Ended::TimeIsUp));
    }
}
