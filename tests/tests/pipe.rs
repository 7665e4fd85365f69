//! The questions, to a helper behind two pipes.

use rsyscall_core::{abi::Native, block_on};
use rsyscall_tests::OneByOne;
use rsyscall_transport_pipe::{
    Client,
    start::{Child, Ended},
};

#[expect(unsafe_code, reason = "the streams of a child")]
#[test]
fn a_helper_answers() {
    let child = Child::start(&rsyscall_tests::programs::server()).unwrap();
    // SAFETY: the streams are the child's and nobody else uses them.
    let client = unsafe { child.client::<8>() };
    block_on(rsyscall_tests::a_batch_that_cannot_be_one_is_refused(&client), || ());
    let one_by_one = OneByOne(&client);
    block_on(rsyscall_tests::ask_everything(&one_by_one, child.process), || ());
    block_on(rsyscall_tests::a_batch_brings_memory(&one_by_one), || ());
    // The same with batches in one round trip.
    assert!(block_on(client.hello(), || ()).unwrap().batch);
    block_on(rsyscall_tests::ask_everything(&client, child.process), || ());
    block_on(rsyscall_tests::a_batch_brings_memory(&client), || ());
    // SAFETY: nobody uses the streams any more.
    assert_eq!(unsafe { child.finish() }, Ok(Ended::Exited(0)));
}

#[expect(unsafe_code, reason = "the streams of a child")]
#[test]
fn a_helper_whose_memory_goes_in_band_answers() {
    let child = Child::start(&rsyscall_tests::programs::server()).unwrap();
    // SAFETY: the streams are the child's and nobody else uses them.
    let client = unsafe { Client::<_, _, Native, 8>::polled(child.responses, child.requests) };
    block_on(client.hello(), || client.park()).unwrap();
    block_on(rsyscall_tests::ask_everything(&client, child.process), || client.park());
    block_on(rsyscall_tests::a_batch_brings_memory(&client), || client.park());
    // SAFETY: nobody uses the streams any more.
    assert_eq!(unsafe { child.finish() }, Ok(Ended::Exited(0)));
}
