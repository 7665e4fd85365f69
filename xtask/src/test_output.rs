//! Reading what `cargo test` writes: which binary is running, and what became of each of its cases.

use crate::exec::quote;
use crate::injections;
use crate::limit::{Ended, lines};
use crate::report::{Outcome, Report};
use anyhow::Result;
use std::process::Command;
use std::time::Duration;

/// Reads the output line by line and adds each case to a report.
pub(crate) struct TestOutput<'a> {
    report: &'a mut Report,
    place: String,
    binary: String,
    /// Cases of the running binary whose line was seen: passed, failed.
    seen: (usize, usize),
    /// The binary has announced its cases and not yet its result.
    running: bool,
    failed: bool,
}

impl<'a> TestOutput<'a> {
    pub(crate) fn new(report: &'a mut Report, place: &str) -> Self {
        let (binary, seen) = (String::new(), (0, 0));
        Self { report, place: place.to_owned(), binary, seen, running: false, failed: false }
    }

    /// Runs a command under a time limit, and takes and shows each line of its output.
    pub(crate) fn run(
        &mut self,
        command: &Command,
        limit: Duration,
        mut show: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let ended = lines(command, limit, |line| {
            self.line(&String::from_utf8_lossy(line));
            show(line)
        })?;
        let command = quote(command);
        match ended {
            Ended::InTime(status) => self.end(status.success(), &format!("`{command}` ended with {status}")),
            Ended::TimeIsUp => self.end(false, &format!("`{command}` was ended after {} s", limit.as_secs())),
        }
        Ok(())
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: &str) {
        let line = line.trim_end();
        if let Some(binary) = binary_name(line) {
            self.begin(&binary);
        } else if line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test")) {
            self.running = true;
            self.seen = (0, 0);
        } else if let Some(result) = line.strip_prefix("test result: ") {
            self.result(result);
        } else if let Some(note) = line.strip_prefix(injections::START) {
            self.report.note(&self.place, note);
        } else if let Some((name, outcome)) = case(line) {
            match outcome {
                Outcome::Passed => self.seen.0 += 1,
                Outcome::Failed(_) => self.seen.1 += 1,
                Outcome::NotRun(_) | Outcome::CannotRun(_) => {}
            }
            self.add(name, outcome);
        }
    }

    /// The next test binary begins.
    pub(crate) fn begin(&mut self, binary: &str) {
        self.end_binary("another test binary began before its result");
        binary.clone_into(&mut self.binary);
    }

    /// The command that was running ended, successfully or not, and how. That it failed is a failure of its own, unless a
    /// failed case explains it.
    pub(crate) fn end(&mut self, success: bool, how: &str) {
        self.end_binary(&format!("it ended without a result: {how}"));
        if !success && !self.failed {
            self.add("(the command)", Outcome::Failed(how.to_owned()));
        }
        self.failed = false;
    }

    fn end_binary(&mut self, what: &str) {
        if std::mem::take(&mut self.running) {
            self.add("(the test binary)", Outcome::Failed(what.to_owned()));
        }
    }

    /// The binary's own count decides: a case whose line was torn by output of a child process is counted here.
    fn result(&mut self, result: &str) {
        self.running = false;
        let (passed, failed) = (count(result, " passed"), count(result, " failed"));
        for _ in self.seen.0..passed {
            self.add("(a case with a torn line)", Outcome::Passed);
        }
        for _ in self.seen.1..failed {
            self.add("(a case with a torn line)", Outcome::Failed("see above".to_owned()));
        }
    }

    fn add(&mut self, name: &str, outcome: Outcome) {
        self.failed |= matches!(outcome, Outcome::Failed(_));
        self.report.add(&self.place, &format!("{}::{name}", self.binary), outcome);
    }
}

/// The binary in `Running unittests src/lib.rs (target/debug/deps/name-0123456789abcdef)` or `Doc-tests name`.
fn binary_name(line: &str) -> Option<String> {
    let line = line.trim_start();
    if let Some(name) = line.strip_prefix("Doc-tests ") {
        return Some(format!("{name} (documentation)"));
    }
    let path = line.strip_prefix("Running ")?.strip_suffix(')')?.rsplit('(').next()?;
    let file = path.rsplit('/').next()?;
    Some(file.rsplit_once('-').map_or(file, |(name, _)| name).to_owned())
}

/// The case in `test NAME ... ok`, `… FAILED` or `… ignored, REASON`.
fn case(line: &str) -> Option<(&str, Outcome)> {
    let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let name = name.strip_suffix(" - should panic").unwrap_or(name);
    let outcome = if result == "ok" {
        Outcome::Passed
    } else if result == "FAILED" {
        Outcome::Failed("see above".to_owned())
    } else {
        let reason = result.strip_prefix("ignored")?.trim_start_matches([',', ' ']);
        Outcome::NotRun(if reason.is_empty() { "it is marked `ignore`" } else { reason }.to_owned())
    };
    Some((name, outcome))
}

/// The number before `what` in `ok. 3 passed; 0 failed; …`.
fn count(result: &str, what: &str) -> usize {
    let before = result.split(';').find_map(|part| part.strip_suffix(what));
    before.and_then(|before| before.rsplit(' ').next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::NotRun;

    fn read(text: &str) -> (Report, bool) {
        let mut report = Report::default();
        let mut output = TestOutput::new(&mut report, "x86_64");
        text.lines().for_each(|line| output.line(line));
        let failed = output.failed || output.running;
        output.end(!failed, "exit status: 101");
        (report, failed)
    }

    #[test]
    fn cases_are_named_by_their_binary() {
        assert_eq!(
            binary_name("     Running unittests src/lib.rs (target/debug/deps/rsyscall_core-0f1e2d)")
                .unwrap(),
            "rsyscall_core"
        );
        assert_eq!(binary_name("   Doc-tests rsyscall_core").unwrap(), "rsyscall_core (documentation)");
        assert_eq!(binary_name("running 3 tests"), None);
        assert_eq!(case("test a::b ... ok").unwrap(), ("a::b", Outcome::Passed));
        assert_eq!(case("test a::b - should panic ... ok").unwrap(), ("a::b", Outcome::Passed));
        assert_eq!(case("test a ... ignored, no net").unwrap().1, Outcome::NotRun("no net".to_owned()));
        assert_eq!(case("test result: ok. 1 passed; 0 failed"), None);
    }

    #[test]
    fn a_torn_line_is_counted_by_the_result() {
        let (report, failed) = read(
            "running 2 tests\ntest a ... hello\nok\ntest b ... ok\ntest result: ok. 2 passed; 0 failed; 0 ignored",
        );
        assert!(!failed);
        report.finish(NotRun::Failure).unwrap();
    }

    #[test]
    fn a_binary_that_dies_has_failed() {
        let (report, failed) = read("running 2 tests\ntest a ... ok\n");
        assert!(failed);
        report.finish(NotRun::Tolerated).unwrap_err();
    }
}
