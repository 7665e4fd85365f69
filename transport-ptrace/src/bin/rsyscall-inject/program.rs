//! From the command line to the exit status.

use crate::{
    advice, help, json, listing,
    options::Options,
    plan::Plan,
    run::{self, Done},
    signals::Signals,
    status::{Failure, Status},
    target::{Target, near},
    text,
};
use anyhow::{Context, anyhow};
use rsyscall_transport_ptrace::{Reason, Session};
use std::{
    collections::BTreeSet,
    fmt::Display,
    io::{self, Write},
};

/// Does what the command line says; what went wrong is on standard error then.
pub(crate) fn run(options: &Options) -> Status {
    match program(options) {
        Ok(status) => status,
        Err(Failure { status: Status::Signal(signal), .. }) => Status::Signal(signal),
        Err(Failure { status, error, advice }) => {
            complain("", &format!("{error:#}"));
            if let Some(advice) = advice {
                complain("hint: ", advice);
            }
            status
        }
    }
}

/// To standard error; if that is closed, too, nobody wants to know.
fn complain(kind: &str, what: &str) {
    let _ = writeln!(io::stderr(), "rsyscall-inject: {kind}{what}");
}

fn program(options: &Options) -> Result<Status, Failure> {
    if let Some(what) = options.generate {
        let mut page = Vec::new();
        help::generate(what, &mut page).map_err(|error| Status::Call.failure(error))?;
        io::stdout().write_all(&page)?;
        return Ok(Status::Success);
    }
    let plan = Plan::parse(&options.calls).map_err(|error| Status::Usage.failure(error))?;
    if plan.calls.is_empty() && !options.fds && !options.maps {
        return Err(Status::Usage.failure(anyhow!(
            "a call is missing: rsyscall-inject PID CALL [ARGUMENT]..., or --fds, or --maps; see --help"
        )));
    }
    if options.dry_run {
        for call in &plan.calls {
            let line = match options.json {
                true => json::planned(call).map_err(|error| Status::Call.failure(error))?,
                false => call.signature.with_arguments(&call.texts()),
            };
            writeln!(io::stdout(), "{line}")?;
        }
        return Ok(Status::Success);
    }
    let target = Target::of(options).map_err(|error| Status::Attach.failure(error))?;
    let status = match plan.calls.is_empty() {
        true => Status::Success,
        false => in_threads(options, &plan, &target)?,
    };
    list(options, &target)?;
    Ok(status)
}

fn in_threads(options: &Options, plan: &Plan, target: &Target) -> Result<Status, Failure> {
    let signals = Signals::handle().map_err(|error| Status::Attach.failure(error))?;
    let mut status = Status::Success;
    let mut visited = BTreeSet::new();
    loop {
        // A thread may have made others meanwhile.
        let threads = match options.thread {
            _ if options.all_threads => target.threads(),
            Some(thread) => target.thread(thread).map(|thread| vec![thread]),
            None => Ok(vec![target.process]),
        };
        let threads = match threads {
            // The last of them has ended.
            Err(_) if !visited.is_empty() => return Ok(status),
            threads => threads.map_err(|error| Status::Attach.failure(error))?,
        };
        let Some(&thread) = threads.iter().find(|thread| !visited.contains(*thread)) else {
            return Ok(status);
        };
        visited.insert(thread);
        if let Some(signal) = signals.noted() {
            return Ok(Status::Signal(signal));
        }
        status = status.max(in_thread(options, plan, target, thread, &signals)?);
        if let Some(signal) = signals.noted() {
            return Ok(Status::Signal(signal));
        }
        if status != Status::Success && !options.keep_going {
            return Ok(status);
        }
    }
}

/// Attaches, makes the calls, detaches, and then prints what came of them.
fn in_thread(
    options: &Options,
    plan: &Plan,
    target: &Target,
    thread: u32,
    signals: &Signals,
) -> Result<Status, Failure> {
    let attached = signals.watch(give_up_after_a_while(thread), || Session::attach(near(thread)));
    let session = match attached.map_err(|error| Status::Attach.failure(error))? {
        // One of many that has ended before its turn.
        Err(error)
            if options.all_threads && matches!(error.reason, Reason::NoSuchProcess | Reason::Ended) =>
        {
            return Ok(Status::Success);
        }
        Err(error) => {
            let advice = advice::on_attach(&error);
            return Err(Failure { advice, ..Status::Attach.failure(error) });
        }
        Ok(session) => session,
    };
    target.confirm().map_err(|error| Status::Attach.failure(error))?;
    session.set_timeout(options.timeout);
    let interrupter = session.interrupter();
    let made = signals.watch(
        || {
            interrupter.interrupt();
        },
        || run::run(plan, &session, options.keep_going, &|| signals.noted().is_some()),
    );
    drop(interrupter);
    let detached = session.detach();

    let (done, unmapped) = made.flatten().map_err(|error| Status::Call.failure(error))?;
    let mut status = print(options, plan, thread, &done)?;
    if let Err(error) = unmapped {
        complain("", &format!("{error:#}"));
        status = status.max(Status::PutBack);
    }
    if let Err(error) = detached {
        complain("", &error.to_string());
        status = status.max(Status::PutBack);
    }
    Ok(status)
}

/// A thread that sleeps uninterruptibly does not stop before it wakes, and cannot be told that nobody wants it to any more. It
/// has done nothing for this program yet, so that this may end: the kernel lets the thread go then.
fn give_up_after_a_while(thread: u32) -> impl FnMut() {
    let mut times = 0;
    move || {
        times += 1;
        if times == 500 {
            complain("", &format!("{thread} does not stop: it sleeps uninterruptibly; it is let go"));
            std::process::exit(i32::from(u8::from(Status::Attach)));
        }
    }
}

fn print(options: &Options, plan: &Plan, thread: u32, done: &[Done]) -> Result<Status, Failure> {
    let mut output = io::stdout().lock();
    let mut status = Status::Success;
    for (call, done) in plan.calls.iter().zip(done) {
        if options.json {
            let line = json::line(near(thread).into_raw(), call, done, options.buffers);
            writeln!(output, "{}", line.map_err(|error| Status::Call.failure(error))?)?;
        } else {
            if options.all_threads {
                write!(output, "[pid {thread:>5}] ")?;
            }
            write!(output, "{}", text::lines(call, done, options.buffers))?;
        }
        if !call.is_success(done.outcome) {
            status = Status::Call;
        }
        if let Some(advice) = advice::on_call(call, done) {
            output.flush()?;
            complain("hint: ", &advice);
        }
    }
    output.flush()?;
    Ok(status)
}

/// Lists what the process has.
fn list(options: &Options, target: &Target) -> Result<(), Failure> {
    let failed = |error| Status::Attach.failure(error);
    if options.fds {
        let descriptors = listing::descriptors(target.process).map_err(failed)?;
        table(options, listing::Descriptor::HEADING, &descriptors)?;
    }
    if options.maps {
        let mappings = listing::mappings(target.process).map_err(failed)?;
        table(options, listing::Mapping::HEADING, &mappings)?;
    }
    Ok(())
}

fn table(options: &Options, heading: &str, rows: &[impl Display + serde::Serialize]) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    if !options.json {
        writeln!(output, "{heading}")?;
    }
    for row in rows {
        let line = match options.json {
            true => {
                serde_json::to_string(row).context("JSON").map_err(|error| Status::Call.failure(error))?
            }
            false => row.to_string(),
        };
        writeln!(output, "{line}")?;
    }
    Ok(output.flush()?)
}
