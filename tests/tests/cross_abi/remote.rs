//! The example `remote`, to a host of another architecture: its server takes the place of this one's when the host turns out to
//! need it.

use super::told;
use rsyscall_tests::{
    programs,
    remote::{round_trips, run},
    ssh::Host,
};
use std::fs;

#[test]
fn a_host_of_another_kind_gets_its_own_server_with_ssh() {
    let foreign = told("RSYSCALL_FOREIGN_SERVER");
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    fs::write(&input, "one\ntwo\n").unwrap();
    let host = Host::emulated(folder.path(), &told("RSYSCALL_FOREIGN_ARCH"));
    let here = programs::server().into_string().unwrap();
    let options = ["--server", &here, "--server", &foreign];
    let program = ["sh", "-c", "cat \"$0\"; exit 42", &format!("@{}", input.display())];
    let (status, out, errors) = run(&host, &options, &program);
    assert_eq!((status, out.as_str()), (Some(42), "one\ntwo\n"), "{errors:?}");
    // Once for the server that was not wanted.
    assert_eq!(round_trips(errors.last().unwrap())[0], 5);
}
