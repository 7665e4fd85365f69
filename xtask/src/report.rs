//! What ran, what failed and what did not run. "Not run" is never taken for "passed".

use anyhow::{Result, bail};

/// What became of one check or test case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// With what was wrong.
    Failed(String),
    /// With the reason.
    NotRun(String),
    /// With the reason, where there is no other place of the architecture that could run it.
    CannotRun(String),
}

/// The results of a command, collected while it runs.
#[derive(Default)]
pub(crate) struct Report {
    cases: Vec<Case>,
    /// What cases said for the record, and where.
    notes: Vec<(String, String)>,
}

struct Case {
    /// Where it ran: `x86_64`, `aarch64, emulated`.
    place: String,
    name: String,
    outcome: Outcome,
}

/// What a case that did not run means for the command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotRun {
    /// It is told, and the command may still succeed.
    Tolerated,
    /// The command fails, unless the same case passed at another place.
    Failure,
}

impl Report {
    pub(crate) fn add(&mut self, place: &str, name: &str, outcome: Outcome) {
        self.cases.push(Case { place: place.to_owned(), name: name.to_owned(), outcome });
    }

    /// Keeps what a case said for the record.
    pub(crate) fn note(&mut self, place: &str, note: &str) {
        self.notes.push((place.to_owned(), note.to_owned()));
    }

    /// What cases said for the record, and where.
    pub(crate) fn notes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.notes.iter().map(|(place, note)| (place.as_str(), note.as_str()))
    }

    /// Runs a check, which passes when it returns no error, and goes on in either case.
    pub(crate) fn check(&mut self, name: &str, check: impl FnOnce() -> Result<()>) {
        self.check_at("check", name, check);
    }

    /// The same, at a place.
    pub(crate) fn check_at(&mut self, place: &str, name: &str, check: impl FnOnce() -> Result<()>) {
        eprintln!("== {name}");
        let outcome = match check() {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                eprintln!("error: {name}: {error:#}");
                Outcome::Failed(format!("{error:#}"))
            }
        };
        self.add(place, name, outcome);
    }

    /// Adds what a step adds at a place. Where that ends with an error, what it was about has failed there, and the rest
    /// goes on. Says whether it got through.
    pub(crate) fn attempt(
        &mut self,
        place: &str,
        name: &str,
        step: impl FnOnce(&mut Self) -> Result<()>,
    ) -> bool {
        let done = step(self);
        if let Err(error) = &done {
            eprintln!("error: {name} ({place}): {error:#}");
            self.add(place, name, Outcome::Failed(format!("{error:#}")));
        }
        done.is_ok()
    }

    /// Prints the summary, whose last line is `N passed, N failed`, and fails if something failed.
    pub(crate) fn finish(&self, not_run: NotRun) -> Result<()> {
        print!("{}", self.summary());
        let (passed, failed, _) = self.counts();
        let not_run_anywhere = self.nowhere().count();
        if failed > 0 {
            bail!("{failed} failed");
        }
        if passed == 0 {
            bail!("nothing ran");
        }
        if not_run_anywhere > 0 && not_run == NotRun::Failure {
            bail!("{not_run_anywhere} did not run anywhere");
        }
        Ok(())
    }

    /// The cases that passed, that failed, and that ran nowhere, whether they could or not.
    fn counts(&self) -> (usize, usize, usize) {
        let count = |of: fn(&Outcome) -> bool| self.cases.iter().filter(|case| of(&case.outcome)).count();
        (
            count(|outcome| matches!(outcome, Outcome::Passed)),
            count(|outcome| matches!(outcome, Outcome::Failed(_))),
            self.nowhere().count() + self.of_no_place().count(),
        )
    }

    /// The cases that some place could have run.
    fn nowhere(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| {
            matches!(case.outcome, Outcome::NotRun(_))
                && !self
                    .elsewhere(case)
                    .any(|outcome| matches!(outcome, Outcome::Passed | Outcome::CannotRun(_)))
        })
    }

    /// The cases that no place of the architecture can run.
    fn of_no_place(&self) -> impl Iterator<Item = &Case> {
        self.cases
            .iter()
            .filter(|case| matches!(case.outcome, Outcome::CannotRun(_)) && !self.passed_elsewhere(case))
    }

    /// What became of the same case at all places of its architecture.
    fn elsewhere(&self, case: &Case) -> impl Iterator<Item = &Outcome> {
        self.cases
            .iter()
            .filter(|other| {
                other.name == case.name && architecture(&other.place) == architecture(&case.place)
            })
            .map(|other| &other.outcome)
    }

    fn passed_elsewhere(&self, case: &Case) -> bool {
        self.elsewhere(case).any(|outcome| *outcome == Outcome::Passed)
    }

    fn summary(&self) -> String {
        let mut lines = Vec::new();
        let (passed, failed, skipped) = self.counts();
        lines.push(String::new());
        for case in &self.cases {
            match &case.outcome {
                Outcome::Passed => {}
                Outcome::Failed(what) => {
                    lines.push(format!("failed: {} ({}): {what}", case.name, case.place))
                }
                Outcome::NotRun(reason) | Outcome::CannotRun(reason) => {
                    let cannot = matches!(case.outcome, Outcome::CannotRun(_));
                    let elsewhere = match self.passed_elsewhere(case) {
                        true => "; it ran elsewhere",
                        false if cannot => ", and nothing else runs it",
                        false => "",
                    };
                    lines.push(format!("not run: {} ({}): {reason}{elsewhere}", case.name, case.place));
                }
            }
        }
        lines.push(format!("ran {}, not run {skipped}", passed + failed));
        lines.push(match skipped {
            0 => format!("{passed} passed, {failed} failed"),
            _ => format!("{passed} passed, {failed} failed, {skipped} skipped"),
        });
        lines.join("\n") + "\n"
    }
}

fn architecture(place: &str) -> &str {
    place.split(',').next().unwrap_or(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_line(report: &Report) -> String {
        report.summary().lines().last().unwrap().to_owned()
    }

    #[test]
    fn what_did_not_run_is_not_green() {
        let mut report = Report::default();
        report.add("x86_64", "a", Outcome::Passed);
        report.add("aarch64, emulated", "a", Outcome::NotRun("no ptrace there".to_owned()));
        assert_eq!(last_line(&report), "1 passed, 0 failed, 1 skipped");
        assert!(report.summary().contains("\nnot run: a (aarch64, emulated): no ptrace there\n"));
        report.finish(NotRun::Tolerated).unwrap();
        report.finish(NotRun::Failure).unwrap_err();
    }

    #[test]
    fn what_ran_elsewhere_on_the_same_architecture_ran() {
        let mut report = Report::default();
        report.add("aarch64, emulated", "a", Outcome::NotRun("no ptrace there".to_owned()));
        report.add("aarch64, in a virtual machine", "a", Outcome::Passed);
        assert_eq!(last_line(&report), "1 passed, 0 failed");
        report.finish(NotRun::Failure).unwrap();
    }

    #[test]
    fn what_cannot_run_is_told_and_tolerated() {
        let mut report = Report::default();
        report.add("riscv64, emulated", "a", Outcome::CannotRun("no ptrace there".to_owned()));
        report.finish(NotRun::Failure).unwrap_err();
        report.add("riscv64, emulated", "b", Outcome::Passed);
        assert_eq!(last_line(&report), "1 passed, 0 failed, 1 skipped");
        report.finish(NotRun::Failure).unwrap();
    }

    #[test]
    fn what_no_place_can_run_was_not_forgotten_at_the_others() {
        let mut report = Report::default();
        report.add("aarch64, emulated", "a", Outcome::NotRun("no ptrace there".to_owned()));
        report.add("aarch64, in a virtual machine", "a", Outcome::CannotRun("no SME there".to_owned()));
        report.add("aarch64, emulated", "b", Outcome::Passed);
        assert_eq!(last_line(&report), "1 passed, 0 failed, 1 skipped");
        report.finish(NotRun::Failure).unwrap();
        report.add("aarch64, on another kernel", "a", Outcome::Passed);
        assert_eq!(last_line(&report), "2 passed, 0 failed");
    }

    #[test]
    fn failures_and_emptiness_are_errors() {
        let mut report = Report::default();
        report.finish(NotRun::Tolerated).unwrap_err();
        report.check("sound", || Ok(()));
        report.finish(NotRun::Failure).unwrap();
        report.check("unsound", || bail!("it is not"));
        assert_eq!(last_line(&report), "1 passed, 1 failed");
        assert!(report.finish(NotRun::Tolerated).is_err());
    }

    #[test]
    fn a_step_that_ends_early_has_failed_and_what_it_added_stays() {
        let mut report = Report::default();
        report.attempt("here", "whole", |_| Ok(()));
        report.attempt("here", "broken", |report| {
            report.check("first", || Ok(()));
            bail!("no more")
        });
        assert_eq!(last_line(&report), "1 passed, 1 failed");
        assert!(report.summary().contains("\nfailed: broken (here): no more\n"));
    }
}
