//! What the target has.

use crate::{program::inject, victim::Victim};
use serde_json::{Value, json};

#[test]
fn descriptors_are_listed() {
    let victim = Victim::cat();
    let pid = victim.pid();
    let call = "openat AT_FDCWD /proc/self/comm O_RDONLY|O_CLOEXEC";
    let [fd, _] = victim.free_descriptors();
    let output = inject(&format!("--fds {pid} {call}")).success();
    let (made, list) = output.split_once('\n').unwrap();
    assert_eq!(made, format!("openat(AT_FDCWD, \"/proc/self/comm\", O_RDONLY|O_CLOEXEC) = {fd}"));
    let rows: Vec<Vec<_>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["FD", "OFFSET", "FLAGS", "FILE"]);
    let file = format!("/proc/{pid}/comm");
    assert!(rows.contains(&vec![&fd.to_string(), "0", "O_RDONLY|O_CLOEXEC", &file]), "{output}");

    let output = inject(&format!("{pid} --fds --json")).success();
    let lines: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let row = json!({"fd": fd, "flags": "O_RDONLY|O_CLOEXEC", "offset": 0, "file": file});
    assert!(lines.contains(&row), "{output}");
    assert_eq!(lines[0]["fd"], 0);
    victim.survives();
}

#[test]
fn mappings_are_listed() {
    let victim = Victim::cat();
    let output = inject(&format!("{} --maps", victim.pid())).success();
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", victim.pid())).unwrap();
    assert_eq!(output.lines().count(), 1 + maps.lines().count());
    let stack = output.lines().find(|line| line.ends_with("[stack]")).unwrap();
    assert!(stack.contains("  rw-p  "), "{stack}");
    victim.survives();
}

#[test]
fn who_is_not_there_has_nothing() {
    for option in ["--fds", "--maps"] {
        let said = inject(&format!("4194305 {option}")).failure(3);
        assert_eq!(said, "rsyscall-inject: there is no process 4194305\n");
    }
}
