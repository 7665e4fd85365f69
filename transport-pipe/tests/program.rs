//! The program `rsyscall-server` as its users see it: arguments, streams, exit status.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use rsyscall_transport_pipe::wire;
use std::{
    ffi::OsString,
    io::{Read, Write},
    os::unix::process::ExitStatusExt,
    process::Stdio,
    sync::Mutex,
};

fn server() -> OsString {
    std::env::var_os("RSYSCALL_SERVER")
        .expect("RSYSCALL_SERVER must name the rsyscall-server program: run `cargo xtask test`")
}

/// Held while a program starts: until its `execve` it has all descriptors that are open here.
static STARTING: Mutex<()> = Mutex::new(());

/// The program with its streams in our hands.
fn program(arguments: &[&str]) -> std::process::Child {
    let _starting = STARTING.lock();
    std::process::Command::new(server())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn wrong_arguments_are_refused() {
    for arguments in [&["1"][..], &["1", "2"], &["1", "2", "x"], &["1", "2", "99999999999"], &["", "0", "1"]]
    {
        let output = program(arguments).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
    }
}

#[test]
fn a_client_that_closes_inside_a_request_is_told_apart_by_the_exit_status() {
    for (sent, status) in [(0, 0), (1, 1), (wire::REQUEST - 1, 1), (wire::REQUEST, 0)] {
        let mut program = program(&[]);
        let request = wire::encode_request(syscalls::Sysno::getpid as i64, [0; 6]);
        program.stdin.take().unwrap().write_all(&request[..sent]).unwrap();
        assert_eq!(program.wait().unwrap().code(), Some(status), "{sent} bytes");
    }
}

#[test]
fn a_client_that_reads_no_answer_ends_the_server_without_a_signal_where_the_kernel_can() {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
    let version = (numbers.next().unwrap(), numbers.next().unwrap());
    let mut program = program(&[]);
    // Nobody has another descriptor of the pipe then.
    let starting = STARTING.lock();
    drop(program.stdout.take());
    drop(starting);
    let request = wire::encode_request(syscalls::Sysno::getpid as i64, [0; 6]);
    program.stdin.as_mut().unwrap().write_all(&request).unwrap();
    let status = program.wait().unwrap();
    if version >= (6, 18) {
        assert_eq!(status.code(), Some(1));
    } else {
        assert_eq!(status.signal(), Some(13));
    }
}

#[test]
fn it_describes_itself() {
    let mut program = program(&["2", "0", "1"]);
    let mut table = [0; 32];
    program.stderr.as_mut().unwrap().read_exact(&mut table).unwrap();
    let (words, _) = table.as_chunks::<8>();
    let [server, _persistent_server, futex_helper, trampoline] =
        [0, 1, 2, 3].map(|i| u64::from_le_bytes(words[i]));
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", program.id())).unwrap();
    let text = maps.lines().find(|line| line.contains(" r-xp ")).unwrap();
    let (start, end) = text.split_once(' ').unwrap().0.split_once('-').unwrap();
    let text = u64::from_str_radix(start, 16).unwrap()..u64::from_str_radix(end, 16).unwrap();
    for address in [server, futex_helper, trampoline] {
        assert!(text.contains(&address), "{address:#x}");
    }
    drop(program.stdin.take());
    assert_eq!(program.wait().unwrap().code(), Some(0));
}
