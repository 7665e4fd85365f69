//! Runs one program to its end.

use crate::console::{Console, FRAME_DATA};
use crate::jobs::Addresses;
use crate::sys::{self, Ended, Errno, FileDescriptor, Polled};

/// Runs a program, reports its output and how it ended, and ends everything that it left behind.
pub(crate) fn run(console: &mut Console, arguments: &Addresses, environment: &Addresses) {
    console.frame(b"begin", &[]);
    match start(arguments, environment) {
        Ok(started) => watch(console, &started),
        Err(errno) => console.number(b"not-started", errno),
    }
    sys::kill_everything();
    while sys::reap(true).is_some() {}
}

struct Started {
    process: u32,
    output: FileDescriptor,
    errors: FileDescriptor,
    /// Readable when a child ends.
    children: FileDescriptor,
}

fn start(arguments: &Addresses, environment: &Addresses) -> Result<Started, Errno> {
    let children = sys::child_signals()?;
    let (output, output_end) = sys::pipe()?;
    let (errors, errors_end) = sys::pipe()?;
    let process = sys::fork()?;
    if process == 0 {
        become_program(arguments, environment, output_end, errors_end);
    }
    sys::close(output_end);
    sys::close(errors_end);
    Ok(Started { process, output, errors, children })
}

fn become_program(
    arguments: &Addresses,
    environment: &Addresses,
    output: FileDescriptor,
    errors: FileDescriptor,
) -> ! {
    sys::unblock_child_signals();
    sys::new_session();
    if let Ok(null) = sys::open(c"/dev/null") {
        sys::duplicate(null, 0);
    }
    sys::duplicate(output, 1);
    sys::duplicate(errors, 2);
    sys::change_directory(c"/tmp");
    sys::execute(arguments, environment);
    sys::write_all(sys::STANDARD_ERROR, b"init: this program cannot be executed\n");
    // What a shell says then.
    sys::exit(127)
}

fn watch(console: &mut Console, started: &Started) {
    let mut polled = [started.children, started.output, started.errors].map(Polled::readable);
    let ended = loop {
        sys::poll(&mut polled);
        let [children, output, errors] = &mut polled;
        if output.is_ready() && !forward(console, started.output, b"out") {
            output.ignore();
        }
        if errors.is_ready() && !forward(console, started.errors, b"err") {
            errors.ignore();
        }
        if children.is_ready()
            && let Some(ended) = reap(started)
        {
            break ended;
        }
    };
    while forward(console, started.output, b"out") {}
    while forward(console, started.errors, b"err") {}
    for file in [started.output, started.errors, started.children] {
        sys::close(file);
    }
    match ended {
        Ended::Exit(status) => console.number(b"exit", status),
        Ended::Signal(signal) => console.number(b"signal", signal),
    }
}

/// Takes every child that has ended; how the program ended, if it is among them.
fn reap(started: &Started) -> Option<Ended> {
    // What is read tells nothing that waiting does not: one signal may stand for many children.
    while sys::read(started.children, &mut [0; 128]).is_ok() {}
    let mut ended = None;
    while let Some((process, how)) = sys::reap(false) {
        if process == started.process {
            ended = Some(how);
        }
    }
    ended
}

/// Reports what can be read now; false when there is nothing, or nothing any more.
fn forward(console: &mut Console, from: FileDescriptor, kind: &[u8]) -> bool {
    let mut data = [0; FRAME_DATA];
    match sys::read(from, &mut data) {
        Ok(length) if length > 0 => {
            console.frame(kind, data.get(..length).unwrap_or_default());
            true
        }
        _ => false,
    }
}
