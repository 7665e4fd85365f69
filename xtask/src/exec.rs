//! Running other programs: every command is printed before it runs and quoted when it fails.

use crate::ahead;
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs the command with this terminal, and fails unless it succeeds.
pub(crate) fn exec(command: &mut Command) -> Result<()> {
    announce(command);
    ahead::silence(command);
    let status = command.status().with_context(|| format!("cannot start `{}`", quote(command)))?;
    if !status.success() {
        bail!("`{}` failed: {status}", quote(command));
    }
    Ok(())
}

/// Runs the command unannounced and returns what it wrote to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{}`", quote(command)))?;
    if !output.status.success() {
        bail!("`{}` failed: {}", quote(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` wrote no UTF-8", quote(command)))
}

/// Whether commands are printed before they run.
static ANNOUNCE: AtomicBool = AtomicBool::new(true);

/// From now on commands are printed only if they fail.
pub(crate) fn announce_nothing() {
    ANNOUNCE.store(false, Ordering::Relaxed);
}

/// Prints the command as it could be typed.
pub(crate) fn announce(command: &Command) {
    say(&format!("$ {}", quote(command)));
}

/// Prints something that is of interest where commands are.
pub(crate) fn say(text: &str) {
    if ANNOUNCE.load(Ordering::Relaxed) && !ahead::is_ahead() {
        eprintln!("{text}");
    }
}

/// The command as it could be typed, its own environment variables included.
pub(crate) fn quote(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", name.to_string_lossy(), quote_word(value)));
        }
    }
    words.push(quote_word(command.get_program()));
    words.extend(command.get_args().map(quote_word));
    words.join(" ")
}

fn quote_word(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    match shlex::try_quote(&word) {
        Ok(quoted) => quoted.into_owned(),
        Err(_) => format!("{word:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_quoted_as_it_could_be_typed() {
        let mut command = Command::new("printf");
        command.env("A", "b c").args(["%s\n", "it's", "plain"]);
        assert_eq!(quote(&command), "A='b c' printf '%s\n' \"it's\" plain");
    }

    #[test]
    fn a_failing_command_is_named() {
        let error = exec(Command::new("false").arg("one two")).unwrap_err().to_string();
        assert!(error.starts_with("`false 'one two'` failed: exit status: 1"), "{error}");
    }
}
