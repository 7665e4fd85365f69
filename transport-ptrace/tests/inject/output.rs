//! Buffers as text and hex, and everything as JSON.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{program::inject, victim::Victim};
use serde_json::{Value, json};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_is_no_text_is_shown_in_hex() {
    let victim = Victim::cat();
    let pid = victim.pid();
    let output =
        inject(&format!("{pid} prlimit64 0 RLIMIT_CORE long:0,1 NULL -- getrlimit RLIMIT_CORE buf:16"));
    let Some((first, dump)) = output.stdout.split_once("getrlimit(RLIMIT_CORE, buf:16) = 0\n") else {
        panic!("{output:?}")
    };
    assert!(first.ends_with(" = 0\n"), "{first}");
    assert_eq!(dump, "    00000000  00 00 00 00 00 00 00 00  01 00 00 00 00 00 00 00  |................|\n");
    victim.survives();
}

#[test]
fn the_form_of_buffers_can_be_chosen() {
    let victim = Victim::cat();
    let pid = victim.pid();
    let line = "openat AT_FDCWD /proc/self/comm O_RDONLY -- read @1 buf:16 16 -- close @1";
    let [fd, _] = victim.free_descriptors();
    let hex = inject(&format!("--buffers hex {pid} {line}")).success();
    assert!(hex.contains(&format!("read({fd}, buf:16, 16) = 4\n    00000000  63 61 74 0a  ")), "{hex}");
    let line = "prctl PR_GET_NAME buf:16";
    let text = inject(&format!("--buffers text {pid} {line}")).success();
    assert_eq!(text, "prctl(PR_GET_NAME, \"cat\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\") = 0\n");
    victim.survives();
}

#[test]
fn what_a_call_wrote_over_is_shown_before_and_after() {
    let victim = Victim::cat();
    let [read, write] = victim.free_descriptors();
    let line = format!("pipe2 int:-1,-1 O_CLOEXEC -- close {read} -- close {write}");
    let output = inject(&format!("{} {line}", victim.pid())).success();
    let [read, write] = [read, write].map(|fd| format!("{:08x}", fd.swap_bytes()));
    assert!(
        output.starts_with(&format!("pipe2([hex:ffffffffffffffff => hex:{read}{write}], O_CLOEXEC) = 0\n")),
        "{output}"
    );
    victim.survives();
}

#[test]
fn json_has_one_object_a_call() {
    let victim = Victim::cat();
    let pid = victim.pid();
    let line = "openat AT_FDCWD /proc/self/comm O_RDONLY -- read @1 buf:16 16 -- close 99 -- getpid";
    let [fd, _] = victim.free_descriptors();
    let ended = inject(&format!("--json {pid} {line}"));
    let lines = lines(&ended.stdout);
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["call"], "openat");
    assert_eq!(lines[0]["thread"], pid);
    assert_eq!(lines[0]["arguments"], json!(["AT_FDCWD", "\"/proc/self/comm\"", "O_RDONLY"]));
    assert_eq!((&lines[0]["result"], &lines[0]["success"]), (&json!(fd), &json!(true)));
    assert_eq!(lines[1]["buffers"], json!([{"argument": 2, "text": "cat\n"}]));
    let error = json!({"errno": 9, "name": "EBADF", "description": "Bad file descriptor"});
    assert_eq!((&lines[2]["error"], &lines[2]["success"]), (&error, &json!(false)));
    assert_eq!(
        (&lines[3]["reason"], &lines[3]["success"]),
        (&json!("not made: call 3 failed"), &json!(false))
    );
    assert_eq!(ended.status, 1);
    victim.survives();
}

#[test]
fn json_has_buffers_that_are_no_text_in_hex() {
    let victim = Victim::cat();
    let output = inject(&format!("--json {} getrandom buf:64 64 0", victim.pid())).success();
    let line: Value = serde_json::from_str(&output).unwrap();
    // 64 random bytes that are text are not worth a thought.
    assert_eq!(line["buffers"][0]["hex"].as_str().unwrap().len(), 128);
    victim.survives();
}
