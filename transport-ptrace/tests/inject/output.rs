//! Buffers as text and hex, and everything as JSON.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{program::inject, victim::Victim};
use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_is_no_text_is_shown_in_hex() {
    let victim = Victim::cat();
    let line = "memfd_create string:x 0 -- write @1 hex:00ff0d0a 4 -- pread64 @1 buf:8 8 0 -- close @1";
    let output = inject(&format!("{} {line}", victim.pid())).success();
    let [fd, _] = victim.free_descriptors();
    let dump = "    00000000  00 ff 0d 0a                                       |....|\n";
    assert!(output.contains(&format!("pread64({fd}, buf:8, 8, 0) = 4\n{dump}close(")), "{output}");
    victim.survives();
}

#[test]
fn structs_are_shown_as_what_they_are() {
    let victim = Victim::cat();
    let pid = victim.pid();
    let line = "prlimit64 0 RLIMIT_CORE long:0,1 NULL -- getrlimit RLIMIT_CORE buf:16 -- uname buf:390 \
                -- sigaltstack NULL buf:24 -- rt_sigprocmask SIG_SETMASK NULL buf:8 8 -- sched_getaffinity 0 128 buf:128";
    let output = inject(&format!("{pid} {line}")).success();
    let lines: Vec<_> = output.lines().collect();
    assert_eq!(lines[0], "prlimit64(0, RLIMIT_CORE, long:0,1, NULL) = 0");
    assert_eq!(lines[1], "getrlimit(RLIMIT_CORE, {rlim_cur=0, rlim_max=1}) = 0");
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let expected = format!("uname({{sysname=\"Linux\", nodename=\"{}\", release=\"", host.trim_end());
    assert!(lines[2].starts_with(&expected), "{}", lines[2]);
    assert_eq!(lines[3], "sigaltstack(NULL, {ss_sp=NULL, ss_flags=SS_DISABLE, ss_size=0}) = 0");
    // The mask is the thread's own, not that under which the call is made.
    assert!(lines[4].starts_with("rt_sigprocmask(SIG_SETMASK, NULL, ["), "{}", lines[4]);
    let allowed: Vec<_> = rustix::thread::sched_getaffinity(None)
        .map(|set| (0..1024).filter(|&cpu| set.is_set(cpu)).map(|cpu| cpu.to_string()).collect())
        .unwrap();
    let expected = format!("sched_getaffinity(0, 128, [{}]) = ", allowed.join(", "));
    assert!(lines[5].starts_with(&expected), "{} and not {expected}", lines[5]);
    victim.survives();
}

#[test]
fn a_file_is_described() {
    let victim = Victim::cat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, "seven b").unwrap();
    let metadata = std::fs::metadata(&path).unwrap();
    let pid = victim.pid();
    let line = format!("newfstatat AT_FDCWD {} buf:144 0", path.display());
    let output = inject(&format!("{pid} {line}")).success();
    let (mode, inode) = (metadata.mode() & 0o7777, metadata.ino());
    assert!(
        output.contains(&format!(", st_ino={inode}, st_mode=S_IFREG|0{mode:o}, st_nlink=1, ")),
        "{output}"
    );
    assert!(output.contains(", st_size=7, "), "{output}");
    let output = inject(&format!("--json {pid} {line}")).success();
    let line: Value = serde_json::from_str(&output).unwrap();
    let stat = &line["buffers"][0]["value"];
    assert_eq!((&stat["st_size"], &stat["st_ino"]), (&json!(7), &json!(inode)), "{output}");
    victim.survives();
}

#[test]
fn a_socket_s_address_is_told() {
    let victim = Victim::cat();
    let line =
        "socketpair AF_UNIX SOCK_STREAM 0 buf:8 -- getsockname 3 buf:110 int:110 -- close 3 -- close 4";
    let [first, second] = victim.free_descriptors();
    let line = line.replace(" 3", &format!(" {first}")).replace(" 4", &format!(" {second}"));
    let output = inject(&format!("{} {line}", victim.pid())).success();
    assert!(
        output.starts_with(&format!("socketpair(AF_UNIX, SOCK_STREAM, 0, [{first}, {second}]) = 0\n")),
        "{output}"
    );
    assert!(
        output.contains(&format!("getsockname({first}, {{sa_family=AF_UNIX}}, [110 => 2]) = 0\n")),
        "{output}"
    );
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
    let line = "openat AT_FDCWD /proc/self/comm O_RDONLY -- read @1 hex:00000000 4 -- close @1";
    let [fd, _] = victim.free_descriptors();
    let output = inject(&format!("{} {line}", victim.pid())).success();
    assert!(output.contains(&format!("read({fd}, [hex:00000000 => hex:6361740a], 4) = 4\n")), "{output}");
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
