//! How much of everything an operation takes, where that is a number and not a time: system calls, bytes, stops.
#![expect(
    unsafe_code,
    reason = "every call here is made in a child of the test, on what the test made there"
)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod pipe;

use rsyscall_core::{
    abi::{Abi, Native},
    batch::{Batch, OnError},
    block_on,
    identifier::Address,
    interface::SyscallInterface,
    memory::MemoryInterface,
    near::process::getppid,
};
use rsyscall_tests::{
    Sleeper,
    count::{Made, calls, mark},
};
use rsyscall_transport_local::Local;
use rsyscall_transport_ptrace::Session;
use syscalls::Sysno;

fn names(made: &[Made]) -> Vec<Sysno> {
    made.iter().map(|made| made.call).collect()
}

fn ask(interface: &impl SyscallInterface) {
    // SAFETY: getppid takes nothing and changes nothing.
    let parent = block_on(unsafe { interface.call(getppid()) }, || ()).unwrap();
    assert!(parent.into_raw() > 0);
}

fn ask_batch<const N: usize>(interface: &impl SyscallInterface) {
    let mut batch = Batch::<N>::new();
    for _ in 0..N {
        batch.push(getppid()).unwrap();
    }
    // SAFETY: getppid takes nothing and changes nothing.
    let answers = block_on(unsafe { interface.batch(&batch, OnError::Stop) }, || ()).unwrap();
    assert!(answers.words().iter().all(Result::is_ok) && answers.words().len() == N);
}

/// Between marks.
fn marked(run: impl FnOnce()) {
    mark();
    run();
    mark();
}

fn attach(sleeper: &Sleeper) -> Session {
    Session::attach(sleeper.process()).unwrap()
}

#[test]
fn a_local_call_is_one_call() {
    let sections = calls(|| {
        marked(|| ask(&Local));
        marked(|| ask_batch::<5>(&Local));
    });
    assert_eq!(names(&sections[0]), [Sysno::getppid]);
    assert_eq!(names(&sections[1]), [Sysno::getppid; 5]);
}

#[test]
fn memory_of_a_sleeper_is_one_call() {
    let sections = calls(|| {
        let mut bytes = [1; 4096];
        let there = Address::from_pointer(bytes.as_mut_ptr());
        let mut here = [0; 4096];
        let sleeper = Sleeper::new();
        let session = attach(&sleeper);
        // SAFETY: the sleeper has a copy of the bytes at the same address.
        marked(|| block_on(unsafe { session.write(there, &[2; 4096]) }, || ()).unwrap());
        // SAFETY: as above.
        marked(|| block_on(unsafe { session.read(there, &mut here) }, || ()).unwrap());
        assert_eq!(here, [2; 4096]);
        session.detach().unwrap();
    });
    assert_eq!(sections.len(), 2);
    for made in sections {
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!(made[0].returned, 4096);
    }
}

#[test]
fn attaching_calling_and_detaching_takes_few_requests() {
    let sections = calls(|| {
        let sleeper = Sleeper::new();
        mark();
        let session = attach(&sleeper);
        ask(&session);
        session.detach().unwrap();
        mark();
    });
    let [made] = &sections[..] else { panic!("{sections:?}") };
    let requests = names(made).iter().filter(|name| **name == Sysno::ptrace).count();
    // A register takes more requests elsewhere.
    let bar = if Native::NAME == "x86_64" { 20 } else { 32 };
    assert!(requests <= bar, "{requests} requests: {:?}", names(made));
}

#[test]
fn an_injected_call_takes_two_stops() {
    let sections = calls(|| {
        let sleeper = Sleeper::new();
        let session = attach(&sleeper);
        // The first also saves what calls change.
        ask(&session);
        marked(|| ask(&session));
        session.detach().unwrap();
    });
    let [made] = &sections[..] else { panic!("{sections:?}") };
    let waits = names(made).iter().filter(|name| [Sysno::wait4, Sysno::waitid].contains(name)).count();
    assert!(waits <= 2, "{waits} stops: {:?}", names(made));
    let requests = names(made).iter().filter(|name| **name == Sysno::ptrace).count();
    // The number is a register set of its own elsewhere.
    let most = if Native::NAME == "x86_64" { 5 } else { 6 };
    assert!(requests <= most, "{requests} requests: {:?}", names(made));
}
