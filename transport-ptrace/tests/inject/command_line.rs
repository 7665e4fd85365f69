//! What the command line may be, and what is said when it is something else.

use crate::{
    program::{command, inject, run},
    victim::Victim,
};
use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

#[test]
fn a_dry_run_prints_the_calls_and_does_nothing() {
    let victim = Victim::cat();
    let line =
        "openat AT_FDCWD /etc/hostname O_RDONLY -- read @1 buf:4096 4096 -- kill 0 SIGKILL -- exit_group 1";
    let output = inject(&format!("--dry-run {} {line}", victim.pid())).success();
    assert_eq!(
        output,
        "openat(AT_FDCWD, \"/etc/hostname\", O_RDONLY)\nread(@1, buf:4096, 4096)\nkill(0, SIGKILL)\nexit_group(1)\n"
    );
    victim.survives();
    // Nor does it need a process.
    assert_eq!(inject("-n 4194305 getpid").success(), "getpid()\n");
}

#[test]
fn what_means_nothing_is_refused_before_anything_is_done() {
    let victim = Victim::cat();
    let pid = victim.pid();
    for (line, said) in [
        ("exit_grup 1", "there is no system call `exit_grup`; did you mean `exit_group`?"),
        ("exit_group 1 -- opnat", "there is no system call `opnat`; did you mean `openat`?"),
        (
            "openat AT_FDCWD / O_RDONLY|O_DIRECTRY",
            "argument 3 of openat: `O_DIRECTRY` is neither a number nor a value of flags; did you mean `O_DIRECTORY`?",
        ),
        (
            "openat AT_FCWD / 0",
            "argument 1 of openat: `AT_FCWD` is neither a number nor a value of dirfd; did you mean `AT_FDCWD`?",
        ),
        (
            "kill 0 SIGTREM",
            "argument 2 of kill: `SIGTREM` is neither a number nor a value of sig; did you mean `SIGTERM`?",
        ),
        ("read 0", "read takes 3 arguments, not 1: read(fd, buf, count)"),
        ("openat AT_FDCWD", "openat takes 3 to 4 arguments, not 1: openat(dirfd, pathname, flags, mode)"),
        (
            "close @1",
            "argument 1 of close: `@1` is the result of call 1, and this is call 1: only earlier ones have one",
        ),
        ("exit_group 1 --", "a call is missing beside a `--`"),
        ("", "a call is missing: rsyscall-inject PID CALL [ARGUMENT]..., or --fds, or --maps; see --help"),
    ] {
        assert_eq!(
            inject(&format!("{pid} {line}")).failure(2),
            format!("rsyscall-inject: {said}\n"),
            "{line}"
        );
    }
    victim.survives();
}

#[test]
fn options_that_mean_nothing_are_refused() {
    for line in ["", "--thread 1 --all-threads 1 getpid", "--nonsense 1 getpid", "--generate man 1"] {
        assert!(inject(line).failure(2).contains("Usage: rsyscall-inject"), "{line}");
    }
    let said = inject("cat getpid").failure(2);
    assert!(said.contains("`cat` is no process id: `pidof cat` may know it"), "{said}");
}

#[test]
fn an_empty_string_is_one() {
    let mut command = command("-n 1 openat AT_FDCWD");
    command.args(["", "O_RDONLY"]);
    assert_eq!(run(&mut command).success(), "openat(AT_FDCWD, \"\", O_RDONLY)\n");
}

#[test]
fn a_path_need_not_be_utf_8() {
    let mut command = command("-n 1 openat AT_FDCWD");
    command.args([OsStr::from_bytes(b"a\xffb"), OsStr::new("O_RDONLY")]);
    assert_eq!(run(&mut command).success(), "openat(AT_FDCWD, \"a\\377b\", O_RDONLY)\n");
}

#[test]
fn help_and_the_manual_page_say_how_arguments_are_written() {
    let short = inject("-h").success();
    assert!(
        short.contains("Example: rsyscall-inject 1234 openat AT_FDCWD /etc/hostname O_RDONLY"),
        "{short}"
    );
    let long = inject("--help").success();
    let page = inject("--generate man").success();
    for heading in ["Calls", "Arguments", "Exit status", "Examples"] {
        assert!(long.contains(&format!("\n{heading}:\n")), "{heading} in {long}");
        assert!(
            page.lines().any(|line| line.starts_with(".SH ") && line.contains(&heading.to_uppercase())),
            "{heading} in {page}"
        );
    }
    assert!(page.contains(".TH rsyscall-inject 1"), "{page}");
    assert!(page.contains("buf:4096"), "{page}");
}

#[test]
fn completions_are_generated() {
    for (shell, part) in [
        ("bash", "-F _clap_complete_rsyscall_inject rsyscall-inject"),
        ("zsh", "#compdef rsyscall-inject"),
        ("fish", "--command rsyscall-inject"),
        ("elvish", "set edit:completion:arg-completer[rsyscall-inject]"),
    ] {
        let script = inject(&format!("--generate {shell}")).success();
        assert!(script.contains(part), "{script}");
    }
}
