//! What a shell completes: options, names of calls, and what their arguments may be.
//!
//! The shell asks this program itself, because what may stand at a place depends on the call before it.

use crate::{
    argument::FORMS,
    options::Options,
    plan::{Call, SEPARATOR},
    signature,
};
use anyhow::{Context, Result};
use clap::{Arg, Command, CommandFactory};
use clap_complete::{
    CompleteEnv,
    engine::{ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter},
    env::Shells,
};
use std::{
    ffi::{OsStr, OsString},
    io::Write,
};

const NAME: &str = "rsyscall-inject";
/// The environment variable by which a shell asks.
const VARIABLE: &str = "COMPLETE";
/// The argument that has all calls.
const CALLS: &str = "calls";

/// Answers a shell and ends, if this program was started by one that wants to complete something.
pub(crate) fn answer() {
    CompleteEnv::with_factory(|| command(&asked())).var(VARIABLE).complete();
}

/// Writes what has a shell ask.
///
/// # Errors
///
/// Those of the writer.
pub(crate) fn register(shell: &str, to: &mut impl Write) -> Result<()> {
    let shells = Shells::builtins();
    let shell = shells.completer(shell).context("a shell is missing")?;
    Ok(shell.write_registration(VARIABLE, NAME, NAME, NAME, to)?)
}

/// The words before the one that is to be completed; the first is the name of this program.
///
/// The shells hand them on behind a `--`; which of them is meant is in the environment, but for fish, where it is the last.
fn asked() -> Vec<OsString> {
    let mut words: Vec<_> = std::env::args_os().skip_while(|word| word != SEPARATOR).skip(1).collect();
    let index = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse().ok());
    words.truncate(index.unwrap_or(words.len().saturating_sub(1)));
    whole(&words)
}

/// Words without quotes, and as they were before bash has taken `buf:8`, `@1` and `--timeout=2` apart.
fn whole(pieces: &[OsString]) -> Vec<OsString> {
    let mut words: Vec<OsString> = Vec::new();
    let mut goes_on = false;
    for piece in pieces {
        let text = piece.to_string_lossy();
        let is_break = !text.is_empty() && text.chars().all(|c| matches!(c, ':' | '=' | '@'));
        let begins = !goes_on && (!is_break || text.starts_with('@'));
        match words.last_mut().filter(|_| !begins) {
            Some(word) => word.push(piece),
            None => {
                let unquoted = shlex::split(&text).and_then(|words| words.into_iter().next());
                words.push(unquoted.map_or_else(|| piece.clone(), OsString::from));
            }
        }
        goes_on = is_break;
    }
    words
}

/// What is completed behind these words.
fn command(words: &[OsString]) -> Command {
    let matches = Options::command().ignore_errors(true).try_get_matches_from(words);
    let calls = matches.ok().and_then(|matches| Some(matches.get_many(CALLS)?.cloned().collect()));
    let calls: Vec<OsString> = calls.unwrap_or_default();
    let is_begun = !calls.is_empty();
    let completer = ArgValueCompleter::new(move |current: &OsStr| candidates(&calls, current));
    if is_begun {
        // Nothing behind it is an option of this program.
        let calls =
            Arg::new(CALLS).num_args(0..).trailing_var_arg(true).allow_hyphen_values(true).add(completer);
        return Command::new(NAME).disable_help_flag(true).arg(calls);
    }
    Options::command().mut_arg(CALLS, |calls| calls.add(completer))
}

/// What may stand behind these words of calls.
fn candidates(calls: &[OsString], current: &OsStr) -> Vec<CompletionCandidate> {
    let mut separated = calls.split(|word| word == SEPARATOR);
    let (last, before) = (separated.next_back().unwrap_or_default(), separated.count());
    let Some(current_text) = current.to_str() else { return Vec::new() };
    // zsh and fish hand on the quote that is open.
    let current_text = current_text.trim_start_matches(['\'', '"']);
    let Some(call) = Call::unfinished(last) else {
        let names = if last.is_empty() { signature::call_names().collect() } else { Vec::new() };
        return beginning("", current_text, names.into_iter().map(str::to_owned));
    };
    // Bash asks for what is behind the colon of `buf:` as for another word.
    if last.last().and_then(|word| word.to_str()).is_some_and(|word| FORMS.contains(&&*format!("{word}:"))) {
        return Vec::new();
    }
    let index = call.arguments.len();
    let (flags, part) = match current_text.rsplit_once('|') {
        Some((flags, part)) => (format!("{flags}|"), part),
        None => (String::new(), current_text),
    };
    let is_new = |name: &&str| flags.split('|').all(|flag| flag.trim_end_matches('\\') != *name);
    let names = call.signature.names(index, &call.known_words()).into_iter().filter(is_new);
    let mut found = beginning(&flags, part, names.map(str::to_owned));
    if index < call.signature.most() {
        found.extend(beginning("", current_text, (1..=before).map(|number| format!("@{number}"))));
    }
    if call.signature.is_address(index) {
        found.extend(beginning("", current_text, FORMS.map(str::to_owned).into_iter()));
        found.extend(PathCompleter::any().complete(current));
    }
    if index >= call.signature.least() {
        found.extend(beginning("", current_text, [SEPARATOR.to_owned()].into_iter()));
    }
    found
}

/// Those that go on as it was begun, behind what stands already.
fn beginning(before: &str, part: &str, names: impl Iterator<Item = String>) -> Vec<CompletionCandidate> {
    let names = names.filter(|name| name.starts_with(part));
    names.map(|name| CompletionCandidate::new(format!("{before}{name}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect()
    }

    /// What the last word of a line may become.
    fn completed(line: &str) -> Vec<String> {
        let (before, current) = line.rsplit_once(' ').unwrap_or(("", line));
        let found = candidates(&words(before), OsStr::new(current));
        found.iter().map(|candidate| candidate.get_value().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn names_of_calls() {
        assert_eq!(completed("openat"), ["openat", "openat2"]);
        assert_eq!(completed("getpid -- getpp"), ["getppid"]);
        assert!(completed("").len() > 300);
        assert!(completed("nonsense ").is_empty());
    }

    #[test]
    fn arguments() {
        assert_eq!(completed("openat AT_"), ["AT_FDCWD"]);
        assert_eq!(completed("openat AT_FDCWD /etc/hostname O_RD"), ["O_RDONLY", "O_RDWR"]);
        assert_eq!(completed("openat AT_FDCWD /etc/hostname O_RDWR|O_CLO"), ["O_RDWR|O_CLOEXEC"]);
        assert_eq!(completed("openat AT_FDCWD / 'O_RDWR|O_CLO"), ["O_RDWR|O_CLOEXEC"]);
        assert!(completed("openat AT_FDCWD / O_RDWR|O_RDW").is_empty());
        assert_eq!(completed("kill 1 SIGTER"), ["SIGTERM"]);
        assert_eq!(completed("prctl PR_SET_PDEATHSIG SIGHU"), ["SIGHUP"]);
        assert_eq!(completed("read 3 bu"), ["buf:"]);
        assert!(completed("read 3 /et").contains(&"/etc/".to_owned()));
        assert!(completed("close /et").is_empty());
    }

    #[test]
    fn results_of_earlier_calls_and_the_next_call() {
        assert_eq!(completed("openat AT_FDCWD / 0 -- dup 1 -- close @"), ["@1", "@2"]);
        assert_eq!(completed("close 1 "), ["--"]);
        assert!(completed("read 1 ").iter().all(|text| text != "--"));
        assert_eq!(completed("openat AT_FDCWD / 0 -"), ["--"]);
    }

    #[test]
    fn words_are_whole_again() {
        for (pieces, expected) in [
            ("x 12 read @ 1 buf : 40", "x 12 read @1 buf:40"),
            ("x --timeout = 2 12", "x --timeout=2 12"),
            ("x 12 a 'O_A|O_B' \"O_C\"", "x 12 a O_A|O_B O_C"),
            ("x 12 y string : a = b @ 2+8", "x 12 y string:a=b @2+8"),
        ] {
            assert_eq!(whole(&words(pieces)), words(expected), "{pieces}");
        }
    }
}
