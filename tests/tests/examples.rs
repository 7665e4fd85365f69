//! The examples with std, run as processes.

use std::{path::PathBuf, process::Command};

#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
/// An example that cargo built beside this test.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let mut path: PathBuf = test.ancestors().nth(2).unwrap().to_owned();
    path.extend(["examples", name]);
    Command::new(path)
}

#[test]
fn many_helpers_sleep_at_the_same_time() {
    let output = example("many-helpers").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "100 helpers, each in a directory of its own, slept 10s altogether, at the same time\n"
    );
}
