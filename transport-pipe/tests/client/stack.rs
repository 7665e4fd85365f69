//! How much stack a call takes.

use crate::{Polled, STARTING, Server, program, this_process};
use rsyscall_core::{abi::Native, block_on, interface::SyscallInterface, near::process::getpid};
use rsyscall_transport_pipe::{
    BlockingFd, Client,
    start::{Child, Ended},
};
use std::ffi::{CString, c_void};

const STACK: usize = 1 << 18;
const PAINT: u8 = 0xa5;

type Blocking = Client<BlockingFd, BlockingFd, Native, 8>;

extern "C" fn polled(client: *const c_void) {
    let client = unsafe { &*client.cast::<Polled<8>>() };
    let process = block_on(unsafe { client.call(getpid()) }, || client.park());
    assert_eq!(process.map(|process| process.into_raw()), Ok(this_process()));
}

extern "C" fn blocking(client: *const c_void) {
    let client = unsafe { &*client.cast::<Blocking>() };
    let process = block_on(unsafe { client.call(getpid()) }, || ());
    assert_eq!(process.map(|process| process.into_raw()), Ok(this_process()));
}

extern "C" fn started(path: *const c_void) {
    let path = unsafe { &*path.cast::<CString>() };
    let child = Child::start(path).unwrap();
    assert_eq!(unsafe { child.finish() }, Ok(Ended::Exited(0)));
}

extern "C" fn nothing(_: *const c_void) {
    core::hint::black_box(this_process());
}

type Run = extern "C" fn(*const c_void);

/// What a thread runs, and on what.
struct Task(Run, *const c_void);

extern "C" fn run(task: *mut c_void) -> *mut c_void {
    let Task(run, client) = unsafe { &*task.cast::<Task>() };
    run(*client);
    core::ptr::null_mut()
}

/// How many bytes of its stack a thread touched that ran this.
fn depth<C>(task: Run, client: &C) -> usize {
    let mut task = Task(task, (&raw const *client).cast());
    let mut stack = vec![PAINT; STACK].into_boxed_slice();
    unsafe {
        // The thread inherits the mask: no handler of another test's runs on its stack.
        let [mut all, mut mask]: [libc::sigset_t; 2] = core::mem::zeroed();
        libc::sigfillset(&raw mut all);
        assert_eq!(libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut mask), 0);
        let mut attributes: libc::pthread_attr_t = core::mem::zeroed();
        assert_eq!(libc::pthread_attr_init(&raw mut attributes), 0);
        assert_eq!(libc::pthread_attr_setstack(&raw mut attributes, stack.as_mut_ptr().cast(), STACK), 0);
        let mut thread: libc::pthread_t = core::mem::zeroed();
        let task = (&raw mut task).cast();
        assert_eq!(libc::pthread_create(&raw mut thread, &raw const attributes, run, task), 0);
        assert_eq!(libc::pthread_join(thread, core::ptr::null_mut()), 0);
        assert_eq!(libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, core::ptr::null_mut()), 0);
    }
    let untouched = stack.iter().take_while(|&&byte| byte == PAINT).count();
    STACK - untouched
}

#[test]
fn a_call_takes_the_stack_that_the_documentation_says() {
    let server = Server::on_pipes(true);
    {
        let client = server.polled::<8>();
        let (responses, requests) = server.fds();
        let other: Blocking = unsafe { Client::blocking(responses, requests) };
        let without = depth(nothing, &client);
        for taken in [depth(polled, &client) - without, depth(blocking, &other) - without] {
            println!("{taken} bytes");
            // Without optimisation nothing is folded.
            assert!(taken <= if cfg!(debug_assertions) { 20 << 10 } else { 2304 }, "{taken} bytes");
        }
    }
    server.finish();
}

#[test]
fn a_start_takes_the_stack_that_the_documentation_says() {
    let path = program();
    let _starting = STARTING.lock();
    let taken = depth(started, &path) - depth(nothing, &path);
    println!("{taken} bytes");
    assert!(taken <= if cfg!(debug_assertions) { 160 << 10 } else { 32 << 10 }, "{taken} bytes");
}
