//! The questions, to this process.

use rsyscall_core::{block_on, identifier::Process};
use rsyscall_transport_local::Local;

#[test]
fn this_process_answers() {
    let process = Process::from_raw(std::process::id().cast_signed());
    block_on(rsyscall_tests::ask_everything(&Local, process), || ());
    block_on(rsyscall_tests::a_batch_brings_memory(&Local), || ());
}
