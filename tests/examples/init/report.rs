//! Runs one program to its end and tells of it on the console: what machines that run tests are for.

use crate::call;
use crate::console::{Console, FRAME_DATA};
use crate::end;
use crate::events::{self, Child, Ended, Events};
use crate::start::{Environment, Surroundings, start};
use crate::table::Words;
use rsyscall_core::{
    identifier::{Address, FileDescriptor, Process},
    interface::SyscallError,
    near::{
        fs::{OFlags, fcntl_setfl},
        io::pipe2,
    },
};

/// Runs a program, reports its output and how it ended, and ends everything that it left behind.
pub(crate) fn run(console: &mut Console, events: &mut Events, program: Words, environment: &Environment) {
    console.frame(b"begin", &[]);
    match begin(program, environment) {
        Ok(started) => watch(console, events, &started),
        Err(error) => console.number(b"not-started", call::number(error)),
    }
    end::kill_everything(events);
}

struct Started {
    process: Process,
    output: FileDescriptor,
    errors: FileDescriptor,
}

fn begin(program: Words, environment: &Environment) -> Result<Started, SyscallError> {
    let input = call::open(c"/dev/null", OFlags::RDWR)?;
    let [output, output_end] = pipe()?;
    let [errors, errors_end] = pipe()?;
    let surroundings = Surroundings { files: [input, output_end, errors_end], directory: c"/tmp" };
    let process = start(program, environment, &surroundings);
    surroundings.files.into_iter().for_each(call::close);
    Ok(Started { process: process?, output, errors })
}

/// A pipe, whose reading end does not block.
fn pipe() -> Result<[FileDescriptor; 2], SyscallError> {
    let mut ends = [0; 2];
    // SAFETY: it writes two descriptors into the array.
    unsafe { call::execute(pipe2(Address::from_pointer(&raw mut ends), OFlags::CLOEXEC)) }?;
    let [reading, writing] = ends.map(FileDescriptor::from_raw);
    // SAFETY: the pipe is this function's own.
    unsafe { call::execute(fcntl_setfl(reading, OFlags::NONBLOCK)) }?;
    Ok([reading, writing])
}

fn watch(console: &mut Console, events: &mut Events, started: &Started) {
    let mut files = [started.output, started.errors];
    let ended = loop {
        let ready = events.wait(files, None);
        for ((file, ready), kind) in files.iter_mut().zip(ready).zip([&b"out"[..], b"err"]) {
            if ready && !forward(console, *file, kind) {
                *file = FileDescriptor::NONE;
            }
        }
        if let Some(ended) = reap(started) {
            break ended;
        }
    };
    while forward(console, started.output, b"out") {}
    while forward(console, started.errors, b"err") {}
    [started.output, started.errors].into_iter().for_each(call::close);
    match ended {
        Ended::Exit(status) => console.number(b"exit", status),
        Ended::Signal(signal) => console.number(b"signal", signal),
    }
}

/// Takes every child that has ended; how the program ended, if it is among them.
fn reap(started: &Started) -> Option<Ended> {
    let mut ended = None;
    while let Child::Ended(process, how) = events::reap() {
        if process == started.process {
            ended = Some(how);
        }
    }
    ended
}

/// Reports what can be read now; false when there is nothing, or nothing any more.
fn forward(console: &mut Console, from: FileDescriptor, kind: &[u8]) -> bool {
    let mut data = [0; FRAME_DATA];
    match call::read(from, &mut data) {
        Ok(length) if length > 0 => {
            console.frame(kind, data.get(..length).unwrap_or_default());
            true
        }
        _ => false,
    }
}
