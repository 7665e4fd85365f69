//! Running the program.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

/// What hangs is ended after this; nothing takes so long, however busy the machine is.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(300);

/// How it ended and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program with these arguments, split at spaces.
pub(crate) fn command(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rsyscall-inject"));
    command.args(arguments.split(' ').filter(|argument| !argument.is_empty())).stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn inject(arguments: &str) -> Ended {
    run(&mut command(arguments))
}

pub(crate) fn run(command: &mut Command) -> Ended {
    end(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

/// Waits for its end.
pub(crate) fn end(child: Child) -> Ended {
    let pid = child.id();
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || send.send(child.wait_with_output().unwrap()));
    let output = receive.recv_timeout(WATCHDOG).unwrap_or_else(|_| panic!("{pid} does not end"));
    Ended {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ended {
    /// What it printed, if it succeeded and had nothing to complain of.
    pub(crate) fn success(self) -> String {
        assert_eq!((self.status, self.stderr.as_str()), (0, ""), "{self:?}");
        self.stdout
    }

    /// What it complained of, if it ended with this status.
    pub(crate) fn failure(self, status: i32) -> String {
        assert_eq!(self.status, status, "{self:?}");
        self.stderr
    }
}
