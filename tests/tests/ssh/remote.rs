//! The example `remote`, run as a process.

use rsyscall_tests::{
    remote::{command, round_trips, run},
    ssh::Host,
};
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    process::Stdio,
    time::{Duration, Instant},
};

#[test]
fn a_program_runs_in_four_round_trips_with_ssh() {
    let host = Host::here();
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    fs::write(&input, "one\ntwo\nthree\n").unwrap();
    let effect = folder.path().join("effect");
    let line = format!("cat \"$0\"; cat \"$0\" >{}; echo oops >&2; exit 42", effect.display());
    let program = ["sh", "-c", &line, &format!("@{}", input.display())];
    let (status, out, errors) = run(&host, &[], &program);
    assert_eq!((status, out.as_str()), (Some(42), "one\ntwo\nthree\n"), "{errors:?}");
    let [oops, count] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!(oops, "oops");
    assert_eq!(fs::read_to_string(effect).unwrap(), "one\ntwo\nthree\n");
    // Output comes in up to three pieces, its two ends at once or not; then the status is asked for.
    let [until_it_ran, all] = round_trips(count);
    assert_eq!(until_it_ran, 4);
    assert!((6..=10).contains(&all), "{all}");
}

#[test]
fn the_program_itself_is_brought_with_ssh() {
    let host = Host::here();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    // Five pieces of which three go in the first batch.
    let long = "#".repeat(70_000);
    fs::write(&script, format!("#!/bin/sh\necho $# \"$1\" $PATH; [ -t 0 ] || cat; exit 3\n{long}\n"))
        .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o600)).unwrap();
    let program = [&format!("@{}", script.display()), "a word"];
    let (status, out, errors) = run(&host, &[], &program);
    assert_eq!((status, out.as_str()), (Some(3), "1 a word /usr/local/bin:/usr/bin:/bin\n"), "{errors:?}");
    assert_eq!(round_trips(&errors[0])[0], 5);
}

#[test]
fn a_server_without_extensions_will_do_with_ssh() {
    let host = Host::here();
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    let text = "0123456789abcdef".repeat(20);
    fs::write(&input, &text).unwrap();
    let program = ["cat", &format!("@{}", input.display())];
    let (status, out, errors) = run(&host, &["--base-protocol"], &program);
    assert_eq!((status, out.as_str()), (Some(0), text.as_str()), "{errors:?}");
    let [until_it_ran, all] = round_trips(&errors[0]);
    assert!(until_it_ran > 30 && all > until_it_ran, "{errors:?}");
}

#[test]
fn a_signal_ends_the_program_with_ssh() {
    let host = Host::here();
    let (status, out, errors) = run(&host, &[], &["sh", "-c", "kill -TERM $$"]);
    assert_eq!((status, out.as_str()), (Some(128 + 15), ""), "{errors:?}");
}

#[test]
fn what_cannot_be_executed_is_named_with_ssh() {
    let host = Host::here();
    for (program, cause) in
        [("no-such-program", "ENOENT"), ("/no/such/program", "ENOENT"), ("/etc", "EACCES")]
    {
        let (status, out, errors) = run(&host, &[], &[program]);
        assert_eq!((status, out.as_str(), errors.len()), (Some(255), "", 1), "{errors:?}");
        assert!(errors[0].starts_with(&format!("remote: {program}: cannot execute it")), "{errors:?}");
        assert!(errors[0].contains(cause), "{errors:?}");
    }
    let (status, _, errors) = run(&host, &[], &["cat", "@/no/such/file"]);
    assert_eq!(status, Some(255));
    assert!(errors[0].starts_with("remote: /no/such/file: No such file"), "{errors:?}");
}

#[test]
fn a_server_that_does_not_run_there_is_told_with_ssh() {
    let host = Host::here();
    let folder = tempfile::tempdir().unwrap();
    let server = folder.path().join("server");
    let path = server.to_str().unwrap();
    fs::write(&server, "\x7fELF of no architecture").unwrap();
    let (status, out, errors) = run(&host, &["--server", path], &["true"]);
    assert_eq!((status, out.as_str()), (Some(255), ""), "{errors:?}");
    let expected = format!("remote: {path} is no 64-bit program for x86_64, aarch64 or riscv64");
    assert_eq!(errors, [expected]);
    // Its beginning, and no more: the kernel takes it for nothing.
    fs::write(&server, &fs::read(super::server()).unwrap()[..20]).unwrap();
    let (status, out, errors) = run(&host, &["--server", path], &["true"]);
    assert_eq!((status, out.as_str()), (Some(255), ""), "{errors:?}");
    let last = errors.last().unwrap();
    assert!(last.starts_with("remote: no server runs on this-machine: "), "{errors:?}");
}

#[test]
fn a_folder_in_which_nothing_is_executed_is_told_with_ssh() {
    let folder = tempfile::tempdir().unwrap();
    let [noexec, other] = ["noexec", "other"].map(|name| folder.path().join(name));
    fs::create_dir(&noexec).unwrap();
    fs::create_dir(&other).unwrap();
    let script = folder.path().join("script");
    let text = format!(
        "mount -t tmpfs -o noexec tmpfs {folder} && TMPDIR={folder} exec sh -c \"$SSH_ORIGINAL_COMMAND\"",
        folder = noexec.display()
    );
    fs::write(&script, text).unwrap();
    // A mount namespace of its own, for an ordinary user in a user namespace of his own.
    let host = Host::that_runs(&format!("exec unshare --map-root-user --mount sh {}", script.display()));
    let (status, out, errors) = run(&host, &[], &["true"]);
    assert_eq!((status, out.as_str()), (Some(255), ""), "{errors:?}");
    let last = errors.last().unwrap();
    assert!(
        last.starts_with("remote: no server runs on this-machine: the server cannot be executed: ")
            && last.contains("mounted noexec: name another folder with --folder"),
        "{errors:?}"
    );
    let elsewhere = ["--folder", other.to_str().unwrap()];
    let (status, _, errors) = run(&host, &elsewhere, &["sh", "-c", "exit 5"]);
    assert_eq!(status, Some(5), "{errors:?}");
    let left: Vec<_> = fs::read_dir(&other).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    let nowhere = ["--folder", "/no/such/folder"];
    let (status, _, errors) = run(&host, &nowhere, &["true"]);
    assert_eq!(status, Some(255));
    assert!(errors.last().unwrap().contains("there is no making a temporary file"), "{errors:?}");
}

#[test]
fn a_host_of_another_kind_is_refused_before_anything_is_done_there_with_ssh() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::emulated(folder.path(), "sparc64");
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    let before = fs::metadata(&temporary).unwrap().modified().unwrap();
    let options = ["--folder", temporary.to_str().unwrap()];
    let (status, out, errors) = run(&host, &options, &["true"]);
    assert_eq!((status, out.as_str()), (Some(255), ""), "{errors:?}");
    assert_eq!(
        errors,
        ["remote: this-machine is a machine of the kind sparc64, for which there is no server"]
    );

    let host = Host::emulated(folder.path(), "riscv64");
    let (status, out, errors) = run(&host, &options, &["true"]);
    assert_eq!((status, out.as_str()), (Some(255), ""), "{errors:?}");
    let expected = "remote: this-machine is a machine of the kind riscv64, and no server for that was named: with --server \
                    target/programs/riscv64/rsyscall-server, which `cargo xtask size` builds";
    assert_eq!(errors, [expected]);
    // Not even for a moment was there a file.
    assert_eq!(fs::metadata(&temporary).unwrap().modified().unwrap(), before);
}

#[test]
fn the_program_does_not_outlive_the_connection_with_ssh() {
    let host = Host::here();
    let mut command = command(&host, &[], &["sh", "-c", "echo $$; exec sleep 1000"]);
    let mut remote = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(remote.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let status = format!("/proc/{}/stat", line.trim_end());
    assert!(fs::exists(&status).unwrap());
    remote.kill().unwrap();
    remote.wait().unwrap();
    // Whoever inherits it may not wait for it at once.
    let ended = || fs::read_to_string(&status).map_or(true, |status| status.contains(") Z "));
    let begin = Instant::now();
    while !ended() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{line} is still there");
        std::thread::yield_now();
    }
}
