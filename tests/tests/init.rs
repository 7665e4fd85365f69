//! The example `init`, as the first process of a pid namespace. As that of a machine, it runs all tests in virtual machines.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rsyscall_tests::programs::freestanding;
use std::{
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Command, ExitStatus},
};

const SIGHUP: i32 = 1;
const SIGINT: i32 = 2;

fn init() -> PathBuf {
    freestanding("init")
}

/// Runs it with this table in namespaces of its own, with the fifo `/etc/fifo`, and returns its output and its end.
///
/// Ten minutes are for a machine that is busy: nothing here takes ten seconds.
fn run(table: &str) -> (String, ExitStatus) {
    let prepare =
        r#"mount -t tmpfs none /etc && mkfifo /etc/fifo && printf %s "$TABLE" >/etc/inittab && exec "$INIT""#;
    let output = Command::new("timeout")
        .args(["-s", "KILL", "600", "unshare", "-U", "-r", "-m", "-p", "-f", "-n", "-u", "sh", "-c", prepare])
        .env("TABLE", table)
        .env("INIT", init())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status)
}

/// `unshare` ends as its child did, by the signal or with a shell's status for it.
fn was_ended_by(status: ExitStatus, signal: i32) -> bool {
    status.signal() == Some(signal) || status.code() == Some(128 + signal)
}

#[test]
fn it_sets_up_and_goes_through_the_table() {
    let (output, status) = run("\
# a remark
hostname oak
env PATH=/bin:/usr/bin
env GREETING=hello%20there
wait /bin/sh -c cat%20/proc/sys/kernel/hostname
wait /bin/sh -c echo%20$GREETING%2C%20$#%3a%20[$1]  name  %- # and a remark
wait /bin/sh -c read%20name%20</proc/1/comm%20&&%20echo%20$name
wait /bin/sh -c read%20name%20</proc/net/fib_trie%20&&%20echo%20$name%20network
wait /no/such/program
what ever
wait /bin/false
");
    assert_eq!(
        output,
        "oak\nhello there, 1: []\ninit\nMain: network\n\
         init: cannot execute /no/such/program\ninit: /no/such/program has failed\n\
         init: what is `what ever`?\ninit: /bin/false has failed\n"
    );
    assert!(was_ended_by(status, SIGINT), "a power-off: {status}");
}

#[test]
fn what_is_too_much_is_said() {
    let words = |count: usize| format!("/bin/sh -c echo%20$# {}", "x ".repeat(count - 3));
    let variables: Vec<_> = (0..63).map(|number| format!("env V{number}=x\n")).collect();
    let variables = variables.concat();
    let table = format!("env\nenv A=b c\n{variables}wait {}\nwait {}\n", words(63), words(64));
    let (output, _) = run(&table);
    assert_eq!(
        output,
        "59\ninit: not a variable, or one too many: \ninit: not a variable, or one too many: A=b\n\
         init: too many words for /bin/sh\ninit: /bin/sh has failed\n"
    );
}

#[test]
fn loopback_is_up() {
    // The table of local addresses is empty while it is down.
    let (output, _) = run("wait /bin/cat /proc/net/fib_trie\n");
    assert!(output.contains("127.0.0.1"), "{output}");
}

#[test]
fn what_ends_is_started_again_until_the_machine_ends() {
    // Whoever writes finds somebody who reads, until all end.
    let reads = "exec 3<>/etc/fifo; read a <&3; read b <&3; echo $a; echo $b; kill -TERM 1; exec sleep 1000";
    let table = format!(
        "env PATH=/bin:/usr/bin\nrespawn /bin/sh -c {}\nwait /bin/sh -c {}\nwait /bin/echo never\n",
        word("echo again >/etc/fifo"),
        word(reads)
    );
    let (output, status) = run(&table);
    assert_eq!(output, "again\nagain\n");
    assert!(was_ended_by(status, SIGINT), "a power-off: {status}");
}

#[test]
fn programs_run_side_by_side_and_are_asked_to_end() {
    // The second speaks only when the first listens, and the first ends only when it is asked.
    let first = "trap 'echo asked; exit' TERM; echo listens >/etc/fifo; while :; do sleep 1000 & wait; done";
    let second = "cat /etc/fifo; kill -PWR 1";
    let table = format!(
        "env PATH=/bin:/usr/bin\nonce /bin/sh -c {}\nonce /bin/sh -c {}\n",
        word(first),
        word(second)
    );
    let (output, status) = run(&table);
    assert_eq!(output, "listens\nasked\n");
    assert!(was_ended_by(status, SIGINT), "a power-off: {status}");
}

#[test]
fn what_does_not_end_is_killed() {
    let deaf = "trap '' TERM; echo deaf >/etc/fifo; while :; do sleep 1000; done";
    let table = format!(
        "env PATH=/bin:/usr/bin\nonce /bin/sh -c {}\nwait /bin/sh -c {}\n",
        word(deaf),
        word("cat /etc/fifo; kill -INT 1")
    );
    let (output, status) = run(&table);
    assert_eq!(output, "deaf\n");
    assert!(was_ended_by(status, SIGHUP), "Ctrl-Alt-Del restarts: {status}");
}

#[test]
fn children_that_others_left_behind_are_reaped() {
    // The orphan ends when its parent is long gone; afterwards nothing of it is left, not even a zombie.
    let parent = "(read line </etc/fifo; exit 3) &";
    let check = "echo go >/etc/fifo; while set -- /proc/[0-9]*; [ $# -gt 2 ]; do :; done; echo $#";
    let table = format!(
        "env PATH=/bin:/usr/bin\nwait /bin/sh -c {}\nwait /bin/sh -c {}\nend reboot\n",
        word(parent),
        word(check)
    );
    let (output, status) = run(&table);
    assert_eq!(output, "2\n", "the first process and the one that asks");
    assert!(was_ended_by(status, SIGHUP), "a restart: {status}");
}

#[test]
fn it_refuses_to_be_anything_but_the_first_process() {
    let output = Command::new(init()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, "init: this is for the first process of a machine or of a pid namespace\n");
}

/// A word of the table.
fn word(text: &str) -> String {
    text.replace('%', "%25").replace(' ', "%20")
}
