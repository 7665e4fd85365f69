//! From the command line to the exit status.

use crate::{
    advice,
    held::Held,
    help, json, listing,
    options::Options,
    plan::Plan,
    run::{self, Done, Made},
    signals::{AGAIN_A_SECOND, Signals},
    status::{Failure, Status},
    target::Target,
    text,
};
use anyhow::{Context, anyhow};
use rsyscall_transport_ptrace::Session;
use std::{
    fmt::Display,
    io::{self, Write},
    time::Instant,
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
        false => make_calls(options, &plan, &target)?,
    };
    if !matches!(status, Status::Signal(_)) {
        list(options, &target)?;
    }
    Ok(status)
}

/// Stops the process, makes the calls, lets it go, and then prints what came of them.
fn make_calls(options: &Options, plan: &Plan, target: &Target) -> Result<Status, Failure> {
    let signals = Signals::handle().map_err(|error| Status::Attach.failure(error))?;
    let thread = match options.thread {
        Some(thread) => Some(target.thread(thread).map_err(|error| Status::Attach.failure(error))?),
        None => (!options.all_threads).then_some(target.process),
    };
    let until = Instant::now().checked_add(options.attach_timeout);
    let is_late = || until.is_some_and(|until| Instant::now() >= until);
    let attached = signals.watch(is_late, give_up_after_a_while(&signals, target.process), || {
        Held::attach(target, thread, || signals.noted().is_some() || is_late())
    });
    let held = attached.map_err(|error| Status::Attach.failure(error))?.map_err(|error| {
        if let Some(signal) = signals.noted() {
            complain("", &error.to_string());
            return Status::Signal(signal).failure(error);
        }
        Failure { advice: advice::on_attach(&error), ..Status::Attach.failure(error) }
    })?;
    target.confirm().map_err(|error| Status::Attach.failure(error))?;
    let made = in_threads(options, plan, held.sessions(), &signals);
    let detached = held.detach();

    let mut status = Status::Success;
    for error in detached {
        complain("", &error.to_string());
        status = Status::PutBack;
    }
    for (thread, made) in made.map_err(|error| status.max(Status::Call).failure(error))? {
        let whose = if options.all_threads { format!("{thread}: ") } else { String::new() };
        let Made { done, memory } = match made {
            Ok(made) => made,
            Err(error) => {
                complain(&whose, &format!("{error:#}"));
                status = status.max(Status::Call);
                continue;
            }
        };
        let printed = print(options, plan, thread, &done);
        status = status.max(printed.map_err(|failure| failure.or_worse(status))?);
        if let Err(error) = memory {
            complain(&whose, &format!("{error:#}"));
            status = status.max(Status::PutBack);
        }
    }
    Ok(signals.noted().map_or(status, Status::Signal))
}

/// Makes the calls in each of the threads, up to the first in which one fails.
fn in_threads(
    options: &Options,
    plan: &Plan,
    sessions: &[Session],
    signals: &Signals,
) -> anyhow::Result<Vec<(i32, anyhow::Result<Made>)>> {
    let interrupters: Vec<_> = sessions.iter().map(Session::interrupter).collect();
    let interrupt = || {
        for interrupter in &interrupters {
            interrupter.interrupt();
        }
    };
    let is_to_stop = || signals.noted().is_some();
    signals.watch(
        || false,
        interrupt,
        || {
            let mut all = Vec::new();
            for session in sessions {
                session.set_timeout(options.timeout);
                let made = run::run(plan, session, options.keep_going, &is_to_stop);
                let is_last =
                    !options.keep_going && !made.as_ref().is_ok_and(|made| made.has_succeeded(plan));
                all.push((session.process().into_raw(), made));
                if is_last {
                    break;
                }
            }
            all
        },
    )
}

/// While a thread of the process is in `execve` the kernel keeps who would attach to it, and forever if that waits for threads that are
/// traced already. Nothing was changed yet, so that this program may end: the kernel lets all of them go then.
fn give_up_after_a_while(signals: &Signals, process: u32) -> impl FnMut() {
    let mut times = 0;
    move || {
        times += 1;
        if times == AGAIN_A_SECOND {
            complain("", &format!("cannot attach to {process}: a thread of it is in execve"));
            let status = signals.noted().map_or(Status::Attach, Status::Signal);
            std::process::exit(i32::from(u8::from(status)));
        }
    }
}

fn print(options: &Options, plan: &Plan, thread: i32, done: &[Done]) -> Result<Status, Failure> {
    let mut output = io::stdout().lock();
    let mut status = Status::Success;
    for (call, done) in plan.calls.iter().zip(done) {
        if options.json {
            let line = json::line(thread, call, done, options.buffers);
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
