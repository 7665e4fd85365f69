//! A tracer that is killed before each of its requests, and what that does to whom it traces.
#![expect(unsafe_code, reason = "traces the tracer")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    mechanisms::{WAYS, call, session_by_process},
    victim::{Victim, WATCHDOG, hear_line, tell},
};
use core::ptr::null_mut;
use rsyscall_core::{
    batch::{Batch, OnError},
    block_on,
    identifier::{FileDescriptor, Process},
    interface::SyscallInterface,
    near::{io::dup, ptrace::PtraceRequest},
};
use rsyscall_transport_ptrace::Mechanism;
use std::{
    fmt,
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Instant,
};

/// How many calls are made.
const CALLS: usize = 2;

/// A victim that traces: its input says whom, and in which way it makes calls.
pub(crate) fn trace() {
    tell("ready");
    let line = hear_line();
    let (process, way) = line.split_once(' ').unwrap();
    let way: usize = way.parse().unwrap();
    let ways = WAYS.get(way).or(WAYS.last()).unwrap();
    let session = session_by_process(Process::from_raw(process.parse().unwrap()), *ways);
    // A call without an effect that returns what no call of the other's returns.
    let nothing = || dup(FileDescriptor::from_raw(1000));
    if way < WAYS.len() {
        for _ in 0..CALLS {
            call(&session, nothing()).unwrap_err();
        }
    } else {
        let mut batch = Batch::<CALLS>::new();
        for _ in 0..CALLS {
            batch.push(nothing()).unwrap();
        }
        // SAFETY: the calls do nothing.
        block_on(unsafe { session.batch(&batch, OnError::Continue) }, || ()).unwrap();
    }
    session.detach().unwrap();
    std::process::exit(0);
}

/// It says what its only call returned.
pub(crate) fn read_a_letter() {
    tell("ready");
    let mut byte = 0_u8;
    // SAFETY: there is room for a byte.
    let count = unsafe { libc::read(0, (&raw mut byte).cast(), 1) };
    tell(if (count, byte) == (1, b'x') { "done" } else { "returned early" });
}

/// What becomes of it.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Fate {
    Unharmed,
    /// It goes on, and its signals are blocked.
    Deaf,
    /// Its call has returned what it did not.
    Confused,
    Dead(i32),
    /// It does not go on.
    Hangs,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dead(status) => write!(f, "ends with {status}"),
            other => write!(f, "{other:?}"),
        }
    }
}

fn request(request: PtraceRequest, tracee: i32, address: usize, data: *mut u8) -> i64 {
    // C libraries differ about the sign.
    let number = request.into_raw().try_into().unwrap();
    // SAFETY: the requests of this test fill what they are given, and nothing else.
    unsafe { libc::ptrace(number, tracee, core::ptr::without_provenance_mut::<u8>(address), data) }
}

/// Runs a tracer until it is about to make its n-th request, and kills it; the request, or all that it makes if they are fewer.
fn kill_before(tracer: &mut Victim, order: &str, n: usize) -> Result<PtraceRequest, Vec<PtraceRequest>> {
    let process = tracer.process().into_raw();
    let options = core::ptr::without_provenance_mut(libc::PTRACE_O_TRACESYSGOOD.cast_unsigned() as usize);
    assert_eq!(request(PtraceRequest::SEIZE, process, 0, options), 0);
    assert_eq!(request(PtraceRequest::INTERRUPT, process, 0, null_mut()), 0);
    tracer.say(order);
    let mut requests = Vec::new();
    loop {
        let mut status = 0;
        // SAFETY: it is our child.
        assert_eq!(unsafe { libc::waitpid(process, &raw mut status, libc::__WALL) }, process);
        if !libc::WIFSTOPPED(status) {
            assert_eq!(status, 0, "the tracer has failed");
            return Err(requests);
        }
        // struct ptrace_syscall_info: 1 of an entry, ..., ..., the number, and the arguments.
        let mut words = [0_u64; 11];
        if libc::WSTOPSIG(status) == libc::SIGTRAP | 0x80 {
            let size = size_of_val(&words);
            assert!(request(PtraceRequest::GET_SYSCALL_INFO, process, size, (&raw mut words).cast()) > 0);
        }
        let [operation, _, _, number, made, ..] = words;
        if operation & 0xff == 1 && number == libc::SYS_ptrace.cast_unsigned() {
            requests.push(PtraceRequest::from_raw(made.try_into().unwrap()));
        }
        if let Some(&last) = requests.get(n - 1) {
            tracer.signal(libc::SIGKILL);
            return Ok(last);
        }
        assert_eq!(request(PtraceRequest::SYSCALL, process, 0, null_mut()), 0);
    }
}

/// What becomes of a victim whose tracer is gone.
fn fate(mut victim: Victim, mask: &str) -> Fate {
    let start = Instant::now();
    let path = format!("/proc/{}/status", victim.process().into_raw());
    let field = |name: &str| {
        let status = std::fs::read_to_string(&path).unwrap();
        status.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned())
    };
    while field("TracerPid:").is_some_and(|tracer| tracer != "0") {
        assert!(start.elapsed() < WATCHDOG, "it is still traced");
        thread::yield_now();
    }
    // Whatever it does at first, it comes to rest.
    while field("State:").is_some_and(|state| state.starts_with(['R', 't'])) {
        assert!(start.elapsed() < WATCHDOG, "it does not come to rest");
        thread::yield_now();
    }
    let is_deaf = field("SigBlk:").is_some_and(|now| now != mask);
    victim.say_if_alive("x");
    let process = victim.process().into_raw();
    let (ended, has_ended) = channel::<()>();
    let (text, hangs) = thread::scope(|scope| {
        let hangs = scope.spawn(move || {
            let hangs = has_ended.recv_timeout(WATCHDOG / 6) == Err(RecvTimeoutError::Timeout);
            if hangs {
                // SAFETY: it is our child, and not yet waited for.
                unsafe { libc::kill(process, libc::SIGKILL) };
            }
            hangs
        });
        let text = victim.until_end();
        drop(ended);
        (text, hangs.join().unwrap())
    });
    match (victim.end(), text.trim()) {
        _ if hangs => Fate::Hangs,
        (0, "done") if is_deaf => Fate::Deaf,
        (0, "done") => Fate::Unharmed,
        (0, _) => Fate::Confused,
        (status, _) => Fate::Dead(status),
    }
}

/// What becomes of a victim whose tracer is killed before its n-th request, in one way to make calls.
fn fate_at(way: usize, n: usize) -> Result<(PtraceRequest, Fate), Vec<PtraceRequest>> {
    let victim = Victim::start("reads a letter");
    victim.wait_for('S');
    let mask = victim.status("SigBlk");
    let mut tracer = Victim::start("tracer that is traced");
    let order = format!("{} {way}\n", victim.process().into_raw());
    let killed = kill_before(&mut tracer, &order, n);
    drop(tracer);
    let fate = fate(victim, &mask);
    if killed.is_err() {
        assert_eq!(fate, Fate::Unharmed);
    }
    killed.map(|request| (request, fate))
}

/// The same before each of its requests, but for most of those by which a code page is mapped and unmapped, one like the other. A stop
/// that comes in between may make them a few more.
fn fates(way: usize) -> Vec<(PtraceRequest, Fate)> {
    const FIRST: usize = 16;
    const LAST: usize = 12;
    let requests = fate_at(way, usize::MAX).unwrap_err();
    let is_run = |n: usize| requests.get(n - 1) == Some(&PtraceRequest::CONT);
    let is_wanted = |&n: &usize| n <= FIRST || is_run(n) || n + LAST > requests.len();
    (1..).filter(is_wanted).map_while(|n| fate_at(way, n).ok()).collect()
}

/// Until something is to be changed it is unharmed, and it is never left stopped.
#[test]
fn a_tracer_may_be_killed_before_each_of_its_requests() {
    for way in 0..=WAYS.len() {
        let fates = fates(way);
        for (request, fate) in &fates {
            println!("{way}: {request:?}: {fate}");
        }
        let unharmed = fates.iter().take_while(|(_, fate)| *fate == Fate::Unharmed).count();
        let first_change =
            fates.iter().position(|(request, _)| *request == PtraceRequest::SETSIGMASK).unwrap();
        assert!(unharmed > first_change, "{way}: {unharmed} of {first_change}");
        let is_stepped =
            WAYS.get(way).is_some_and(|(mechanism, ..)| *mechanism == Some(Mechanism::SingleStep));
        for (request, fate) in &fates {
            match fate {
                // Where it has been stepped, only letting it go ends this; and a page is unmapped, or ends with a trap.
                Fate::Dead(status) if *status == -libc::SIGTRAP && way > 0 => {}
                // There the instruction is not one of the thread's own, and what follows it is nothing to it.
                Fate::Dead(status) if *status == -libc::SIGSEGV && std::env::consts::ARCH == "aarch64" => {}
                Fate::Dead(_) | Fate::Hangs => panic!("{way}: {request:?}: {fate}"),
                Fate::Unharmed | Fate::Deaf | Fate::Confused => {}
            }
            // All is back by then.
            if *request == PtraceRequest::DETACH && !is_stepped {
                assert_eq!(*fate, Fate::Unharmed, "{way}");
            }
        }
    }
}

/// It came with Linux 6.16.
#[test]
fn no_call_is_set_at_its_entry() {
    for way in 0..=WAYS.len() {
        let requests = fate_at(way, usize::MAX).unwrap_err();
        assert!(requests.contains(&PtraceRequest::SYSCALL) || requests.contains(&PtraceRequest::SINGLESTEP));
        assert!(!requests.contains(&PtraceRequest::SET_SYSCALL_INFO), "{requests:?}");
    }
}
