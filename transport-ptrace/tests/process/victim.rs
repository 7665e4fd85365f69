//! Victims: this very test program, started again to do one thing on its main thread, before the test harness begins.
#![expect(unsafe_code, reason = "signals a child")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use rsyscall_core::{
    identifier::Process,
    interface::{Hangup, NotSent, SyscallError},
};

pub(crate) const VARIABLE: &str = "RSYSCALL_VICTIM";
/// How often the victim's program was replaced by itself.
pub(crate) const ROUND: &str = "RSYSCALL_ROUND";
/// What a victim says of what its processor lacks: its test is left out there, and does not pass.
pub(crate) const NONE: &str = "this processor has none: leave the test out with `--skip`";
/// What hangs is ended after this; nothing takes so long, however busy the machine is.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(300);

/// A victim, and both ends of its standard streams.
pub(crate) struct Victim {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Victim {
    /// Starts this program as the named victim, and waits for its word that it is ready.
    pub(crate) fn start(name: &str) -> Self {
        Self::start_program(Command::new(std::env::current_exe().unwrap()).env(VARIABLE, name))
    }

    /// Starts any program that says when it is ready.
    pub(crate) fn start_program(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = loop {
            match command.spawn() {
                // Another thread has just forked, with the file still open for writing.
                Err(error) if error.raw_os_error() == Some(libc::ETXTBSY) => {}
                child => break child.unwrap(),
            }
        };
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut victim = Self { child, stdin, stdout };
        while victim.line() != "ready" {}
        victim
    }

    pub(crate) fn process(&self) -> Process {
        Process::from_raw(self.child.id().cast_signed())
    }

    /// The next line that it says.
    pub(crate) fn line(&mut self) -> String {
        let line = self.line_if_alive();
        assert_ne!(line, None, "the victim is gone");
        line.unwrap()
    }

    /// The same of one that may have ended.
    pub(crate) fn line_if_alive(&mut self) -> Option<String> {
        let mut line = String::new();
        let length = self.stdout.read_line(&mut line).unwrap();
        (length != 0).then(|| line.trim_end().to_owned())
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// The same to one that may have ended.
    pub(crate) fn say_if_alive(&mut self, text: &str) {
        let _ = self.stdin.as_mut().unwrap().write_all(text.as_bytes());
    }

    /// A field of `/proc/PID/status`.
    pub(crate) fn status(&self, name: &str) -> String {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t")).unwrap().to_owned()
    }

    /// Waits until it is in a state of `/proc/PID/stat`: S asleep, T stopped.
    pub(crate) fn wait_for(&self, state: char) {
        assert!(self.comes_to(state), "it has ended, and is not {state}");
    }

    /// Waits until it is in a state, or has ended; whether it is in that state.
    pub(crate) fn comes_to(&self, state: char) -> bool {
        let start = Instant::now();
        loop {
            let found = self.status("State");
            if found.starts_with([state, 'Z', 'X']) {
                return found.starts_with(state);
            }
            assert!(start.elapsed() < WATCHDOG, "it is {found}, and not {state}");
            std::thread::yield_now();
        }
    }

    pub(crate) fn signal(&self, signal: i32) {
        // SAFETY: it is our child, and not yet waited for.
        assert_eq!(unsafe { libc::kill(self.child.id().cast_signed(), signal) }, 0);
    }

    /// A realtime signal with a value, to the process.
    pub(crate) fn queue(&self, signal: i32, value: usize) {
        let value = libc::sigval { sival_ptr: core::ptr::without_provenance_mut(value) };
        // SAFETY: it is our child, and not yet waited for.
        assert_eq!(unsafe { libc::sigqueue(self.child.id().cast_signed(), signal, value) }, 0);
    }

    /// All that it says until it ends.
    pub(crate) fn until_end(&mut self) -> String {
        let mut text = String::new();
        self.stdout.read_to_string(&mut text).unwrap();
        text
    }

    /// Tells it to end, which it does in order.
    pub(crate) fn ends_well(mut self) {
        self.say("x");
        self.ends_well_by_itself();
    }

    /// It ends in order without being told to.
    pub(crate) fn ends_well_by_itself(mut self) {
        while self.line() != "done" {}
        assert_eq!(self.end(), 0);
    }

    /// The exit status, of which a signal's number is negative.
    pub(crate) fn end(mut self) -> i32 {
        use std::os::unix::process::ExitStatusExt;
        self.stdin = None;
        let start = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(start.elapsed() < WATCHDOG, "it does not end"),
            }
            std::thread::yield_now();
        };
        status.code().unwrap_or_else(|| -status.signal().unwrap())
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The victim that this program is to be, if it is one.
pub(crate) fn victim_name() -> Option<String> {
    std::env::var(VARIABLE).ok()
}

/// The victim's word.
pub(crate) fn tell(text: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{text}").unwrap();
    stdout.flush().unwrap();
}

/// Waits for the parent's word.
pub(crate) fn hear() {
    let _ = std::io::stdin().read(&mut [0]).unwrap();
}

/// The parent's next line.
pub(crate) fn hear_line() -> String {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// Whether a call says that there is no thread to make it: one that was single-stepped may have been sent.
pub(crate) fn is_gone<R>(result: Result<R, SyscallError>) -> bool {
    matches!(result, Err(SyscallError::NotSent(NotSent::Dead) | SyscallError::Hangup(Hangup::TaskEnded)))
}

/// Whether `/proc` has something of a process or thread; one that goes meanwhile is gone.
pub(crate) fn is_there(path: &str) -> bool {
    match std::fs::metadata(path) {
        Ok(_) => true,
        Err(error) => {
            assert!(is_of_one_who_goes(&error), "{path}: {error}");
            false
        }
    }
}

/// What `/proc` answers about a process or thread that is gone, or goes while it is asked about.
pub(crate) fn is_of_one_who_goes(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ESRCH))
}
