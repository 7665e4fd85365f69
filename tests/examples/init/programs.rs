//! The programs that run beside each other, and are started again when they end.

use crate::call;
use crate::events::{self, Child, Ended, Events};
use crate::start::{Environment, Surroundings, start};
use crate::table::Words;
use rsyscall_core::{identifier::Process, near::process::RebootCommand};

/// How many programs there can be.
const MOST: usize = 32;
/// How many milliseconds are between two starts of the same program, so that one that fails at once does not keep the
/// machine busy.
const PACE: u64 = 1000;

#[derive(Clone, Copy)]
struct Program {
    words: Words,
    respawn: bool,
    state: State,
    started: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Runs(Process),
    /// It is to be started at this time.
    Due(u64),
    Over,
}

pub(crate) struct Programs {
    programs: [Option<Program>; MOST],
    environment: Environment,
}

impl Programs {
    pub(crate) fn new() -> Self {
        Self { programs: [None; _], environment: Environment::new() }
    }

    /// Adds a variable to the environment of what is started from now on.
    pub(crate) fn set(&mut self, variable: Words) {
        self.environment.add(variable);
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Starts a program; with `respawn`, whenever it ends.
    pub(crate) fn add(&mut self, words: Words, respawn: bool) -> Option<Process> {
        let slot = self.programs.iter_mut().find(|slot| slot.is_none_or(|old| old.state == State::Over));
        let Some(slot) = slot else {
            call::say(&[b"too many programs: ", words.first()]);
            return None;
        };
        let mut program = Program { words, respawn, state: State::Over, started: 0 };
        program.start(&self.environment);
        *slot = Some(program);
        match program.state {
            State::Runs(process) => Some(process),
            _ => None,
        }
    }

    /// Lives until this process has ended, or every process has and none is to be started again, or somebody asks for the
    /// end.
    pub(crate) fn live_until(
        &mut self,
        events: &mut Events,
        awaited: Option<Process>,
    ) -> Option<RebootCommand> {
        loop {
            let mut over = false;
            let any_child = loop {
                match events::reap() {
                    Child::Ended(process, how) => {
                        over |= Some(process) == awaited;
                        self.end(process, how);
                    }
                    Child::AllRun => break true,
                    Child::None => break false,
                }
            };
            let due = self.start_due();
            if over || events.asked.is_some() || !any_child && due.is_none() {
                return events.asked;
            }
            let [] = events.wait([], due);
        }
    }

    /// Starts again what is due, and tells in how many milliseconds there is something to be looked at.
    fn start_due(&mut self) -> Option<u32> {
        let now = events::now();
        let mut next: Option<u64> = None;
        for program in self.programs.iter_mut().flatten() {
            if let State::Due(time) = program.state {
                let mut rest = time.saturating_sub(now);
                if rest == 0 {
                    program.start(&self.environment);
                    rest = PACE;
                }
                next = Some(next.map_or(rest, |next| next.min(rest)));
            }
        }
        next.map(|rest| u32::try_from(rest).unwrap_or(u32::MAX))
    }

    fn end(&mut self, process: Process, how: Ended) {
        let program =
            self.programs.iter_mut().flatten().find(|program| program.state == State::Runs(process));
        let Some(program) = program else { return };
        if let Ended::Signal(_) | Ended::Exit(1..) = how {
            call::say(&[program.words.first(), b" has failed"]);
        }
        program.state = if program.respawn { State::Due(program.started + PACE) } else { State::Over };
    }
}

impl Program {
    fn start(&mut self, environment: &Environment) {
        self.started = events::now();
        self.state = match start(self.words, environment, &Surroundings::OWN) {
            Ok(process) => State::Runs(process),
            Err(_) => {
                call::say(&[b"cannot start ", self.words.first()]);
                if self.respawn { State::Due(self.started + PACE) } else { State::Over }
            }
        };
    }
}
