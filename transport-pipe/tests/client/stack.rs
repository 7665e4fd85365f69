//! How much stack a call takes.

use crate::{Polled, Server, this_process};
use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getpid};
use std::ffi::c_void;

const STACK: usize = 1 << 18;
const PAINT: u8 = 0xa5;

extern "C" fn call(client: *mut c_void) -> *mut c_void {
    let client = unsafe { &*client.cast::<Polled<8>>() };
    let process = block_on(unsafe { client.call(getpid()) }, || client.park());
    assert_eq!(process.map(|process| process.into_raw()), Ok(this_process()));
    core::ptr::null_mut()
}

extern "C" fn nothing(_: *mut c_void) -> *mut c_void {
    core::hint::black_box(this_process());
    core::ptr::null_mut()
}

/// How many bytes of its stack a thread touched that ran this.
fn depth(run: extern "C" fn(*mut c_void) -> *mut c_void, client: &Polled<8>) -> usize {
    let mut stack = vec![PAINT; STACK].into_boxed_slice();
    unsafe {
        let mut attributes: libc::pthread_attr_t = core::mem::zeroed();
        assert_eq!(libc::pthread_attr_init(&raw mut attributes), 0);
        assert_eq!(libc::pthread_attr_setstack(&raw mut attributes, stack.as_mut_ptr().cast(), STACK), 0);
        let mut thread: libc::pthread_t = core::mem::zeroed();
        let client = (&raw const *client).cast_mut().cast();
        assert_eq!(libc::pthread_create(&raw mut thread, &raw const attributes, run, client), 0);
        assert_eq!(libc::pthread_join(thread, core::ptr::null_mut()), 0);
    }
    let untouched = stack.iter().take_while(|&&byte| byte == PAINT).count();
    STACK - untouched
}

#[test]
fn a_call_takes_the_stack_that_the_documentation_says() {
    let server = Server::on_pipes(true);
    {
        let client = server.polled::<8>();
        let taken = depth(call, &client) - depth(nothing, &client);
        println!("{taken} bytes");
        // Without optimisation nothing is folded.
        assert!(taken <= if cfg!(debug_assertions) { 24 << 10 } else { 4 << 10 }, "{taken} bytes");
    }
    server.finish();
}
