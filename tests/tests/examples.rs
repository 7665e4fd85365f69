//! The examples with std, run as processes.

use rsyscall_tests::programs::example;
use std::process::Command;

#[test]
fn many_helpers_sleep_at_the_same_time() {
    let output = Command::new(example("many-helpers")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "100 helpers, each in a directory of its own, slept 10s altogether, at the same time\n"
    );
}
