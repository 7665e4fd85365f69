//! The completions for bash, in a bash that somebody types into.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
    process::{Child, Command},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

/// What hangs is ended after this; nothing takes so long, however busy the machine is.
const WATCHDOG: Duration = Duration::from_secs(300);

/// What is run in place of the program when it is not asked to complete: its arguments are printed.
const PREPARATION: &str = r#"
source <(rsyscall-inject --generate bash)
rsyscall-inject() {
    if [ -n "$COMPLETE" ]; then command rsyscall-inject "$@"; else printf '<%s>' "$@"; echo; fi
}
PS1='' PS2=''
bind 'set enable-bracketed-paste off'
"#;

/// A bash at a terminal.
struct Bash {
    child: Child,
    terminal: File,
    said: Receiver<u8>,
}

impl Bash {
    fn start(folder: &Path) -> Self {
        let preparation = folder.join("preparation");
        std::fs::write(&preparation, PREPARATION).unwrap();
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
        let other = File::options().read(true).write(true).open(name).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_rsyscall-inject")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.arg("--noprofile").arg("--rcfile").arg(&preparation).arg("-i");
        command.env("PATH", path).env("TERM", "dumb").current_dir(folder);
        let streams =
            command.stdin(other.try_clone().unwrap()).stdout(other.try_clone().unwrap()).stderr(other);
        let child = streams.spawn().unwrap();
        let terminal = File::from(terminal);
        let (send, said) = channel();
        let mut from = terminal.try_clone().unwrap();
        std::thread::spawn(move || {
            let mut byte = [0];
            // It fails when nobody has the other end any more.
            while let Ok(1) = from.read(&mut byte) {
                if send.send(byte[0]).is_err() {
                    break;
                }
            }
        });
        Self { child, terminal, said }
    }

    /// Types this and a new line; the arguments that come of it.
    fn arguments(&mut self, typed: &str) -> Vec<String> {
        writeln!(self.terminal, "rsyscall-inject {typed}").unwrap();
        let begin = Instant::now();
        let mut line = Vec::new();
        loop {
            let left = WATCHDOG.saturating_sub(begin.elapsed());
            let Ok(byte) = self.said.recv_timeout(left) else {
                panic!("{typed:?}: {:?}", String::from_utf8_lossy(&line))
            };
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            let text = String::from_utf8_lossy(&line).trim().to_owned();
            if let Some(arguments) = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')) {
                return arguments.split("><").map(str::to_owned).collect();
            }
            line.clear();
        }
    }
}

impl Drop for Bash {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn bash_completes_options_calls_and_their_arguments() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("input-of-mine"), "").unwrap();
    let mut bash = Bash::start(folder.path());
    for (typed, expected) in [
        ("--all-th\t 1 getpid", "--all-threads 1 getpid"),
        ("--buffers te\t 1 getpid", "--buffers text 1 getpid"),
        ("1 getpp\t", "1 getppid"),
        ("--timeout=3 1 close 3 -- getpp\t", "--timeout=3 1 close 3 -- getppid"),
        ("1 close 3 \tgetpp\t", "1 close 3 -- getppid"),
        ("1 openat AT_F\t input-o\t O_RDO\t", "1 openat AT_FDCWD input-of-mine O_RDONLY"),
        ("1 openat AT_FDCWD / 'O_RDWR|O_CLOE\t", "1 openat AT_FDCWD / O_RDWR|O_CLOEXEC"),
        // Words that bash takes apart by itself.
        ("1 dup 1 -- read @\t bu\t4 4 -- kill 5 SIGTE\t", "1 dup 1 -- read @1 buf:4 4 -- kill 5 SIGTERM"),
        ("1 prctl PR_SET_PDEATHS\t SIGHU\t", "1 prctl PR_SET_PDEATHSIG SIGHUP"),
    ] {
        let expected: Vec<_> = expected.split(' ').collect();
        assert_eq!(bash.arguments(typed), expected, "{typed:?}");
    }
}
