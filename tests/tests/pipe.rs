//! The questions, to a helper behind two pipes.

use rsyscall_core::block_on;
use rsyscall_transport_pipe::start::{Child, Ended};
use std::ffi::CString;

#[expect(unsafe_code, reason = "the streams of a child")]
#[test]
fn a_helper_answers() {
    let server = std::env::var("RSYSCALL_SERVER").expect("RSYSCALL_SERVER names the server; xtask sets it");
    let child = Child::start(&CString::new(server).unwrap()).unwrap();
    // SAFETY: the streams are the child's and nobody else uses them.
    let client = unsafe { child.client::<8>() };
    block_on(rsyscall_tests::ask_everything(&client, child.process), || ());
    // SAFETY: nobody uses the streams any more.
    assert_eq!(unsafe { child.finish() }, Ok(Ended::Exited(0)));
}
