//! The example `remote`, run as a process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::{host, host::Host, server};
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// The example that cargo built beside this test.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples/remote")
}

fn command(host: &Host, options: &[&str], program: &[&str]) -> Command {
    let mut command = Command::new(example());
    command.env("RSYSCALL_SERVER", server()).arg("-F").arg(host.configuration());
    command.args(options).arg(host::NAME).args(program);
    command
}

fn remote(host: &Host, options: &[&str], program: &[&str]) -> Output {
    command(host, options, program).output().unwrap()
}

/// Status, output, and the lines of errors, of which the last counts round trips.
fn said(output: &Output) -> (Option<i32>, String, Vec<String>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let errors = text(&output.stderr).lines().map(str::to_owned).collect();
    (output.status.code(), text(&output.stdout), errors)
}

/// Until the program ran, and in all.
fn round_trips(line: &str) -> [usize; 2] {
    let numbers: Vec<_> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert!(line.starts_with("remote: "), "{line}");
    numbers.try_into().unwrap()
}

#[test]
fn a_program_runs_in_four_round_trips_with_ssh() {
    let host = Host::new();
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    fs::write(&input, "one\ntwo\nthree\n").unwrap();
    let effect = folder.path().join("effect");
    let line = format!("cat \"$0\"; cat \"$0\" >{}; echo oops >&2; exit 42", effect.display());
    let program = ["sh", "-c", &line, &format!("@{}", input.display())];
    let (status, out, errors) = said(&remote(&host, &[], &program));
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
    let host = Host::new();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    // Five pieces of which three go in the first batch.
    let long = "#".repeat(70_000);
    fs::write(&script, format!("#!/bin/sh\necho $# \"$1\" $PATH; [ -t 0 ] || cat; exit 3\n{long}\n"))
        .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o600)).unwrap();
    let program = [&format!("@{}", script.display()), "a word"];
    let (status, out, errors) = said(&remote(&host, &[], &program));
    assert_eq!((status, out.as_str()), (Some(3), "1 a word /usr/local/bin:/usr/bin:/bin\n"), "{errors:?}");
    assert_eq!(round_trips(&errors[0])[0], 5);
}

#[test]
fn a_server_without_extensions_will_do_with_ssh() {
    let host = Host::new();
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    let text = "0123456789abcdef".repeat(20);
    fs::write(&input, &text).unwrap();
    let program = ["cat", &format!("@{}", input.display())];
    let (status, out, errors) = said(&remote(&host, &["--base-protocol"], &program));
    assert_eq!((status, out.as_str()), (Some(0), text.as_str()), "{errors:?}");
    let [until_it_ran, all] = round_trips(&errors[0]);
    assert!(until_it_ran > 30 && all > until_it_ran, "{errors:?}");
}

#[test]
fn a_signal_ends_the_program_with_ssh() {
    let host = Host::new();
    let (status, out, errors) = said(&remote(&host, &[], &["sh", "-c", "kill -TERM $$"]));
    assert_eq!((status, out.as_str()), (Some(128 + 15), ""), "{errors:?}");
}

#[test]
fn what_cannot_be_executed_is_named_with_ssh() {
    let host = Host::new();
    for (program, cause) in
        [("no-such-program", "ENOENT"), ("/no/such/program", "ENOENT"), ("/etc", "EACCES")]
    {
        let (status, out, errors) = said(&remote(&host, &[], &[program]));
        assert_eq!((status, out.as_str(), errors.len()), (Some(255), "", 1), "{errors:?}");
        assert!(errors[0].starts_with(&format!("remote: {program}: cannot execute it")), "{errors:?}");
        assert!(errors[0].contains(cause), "{errors:?}");
    }
    let (status, _, errors) = said(&remote(&host, &[], &["cat", "@/no/such/file"]));
    assert_eq!(status, Some(255));
    assert!(errors[0].starts_with("remote: /no/such/file: No such file"), "{errors:?}");
}

#[test]
fn a_server_that_does_not_run_there_is_told_with_ssh() {
    let host = Host::new();
    let folder = tempfile::tempdir().unwrap();
    let server = folder.path().join("server");
    let path = server.to_str().unwrap();
    fs::write(&server, "\x7fELF of no architecture").unwrap();
    let (status, out, errors) = said(&remote(&host, &["--server", path], &["true"]));
    assert_eq!((status, out.as_str()), (Some(255), ""), "{errors:?}");
    let expected = format!("remote: {path} is no 64-bit program for x86_64, aarch64 or riscv64");
    assert_eq!(errors, [expected]);
    // Its beginning, and no more: the kernel takes it for nothing.
    fs::write(&server, &fs::read(crate::server()).unwrap()[..20]).unwrap();
    let (status, out, errors) = said(&remote(&host, &["--server", path], &["true"]));
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
    let (status, out, errors) = said(&remote(&host, &[], &["true"]));
    assert_eq!((status, out.as_str()), (Some(255), ""), "{errors:?}");
    let last = errors.last().unwrap();
    assert!(
        last.starts_with("remote: no server runs on this-machine: the server cannot be executed: ")
            && last.contains("mounted noexec: name another folder with --folder"),
        "{errors:?}"
    );
    let elsewhere = ["--folder", other.to_str().unwrap()];
    let (status, _, errors) = said(&remote(&host, &elsewhere, &["sh", "-c", "exit 5"]));
    assert_eq!(status, Some(5), "{errors:?}");
    let left: Vec<_> = fs::read_dir(&other).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    let nowhere = ["--folder", "/no/such/folder"];
    let (status, _, errors) = said(&remote(&host, &nowhere, &["true"]));
    assert_eq!(status, Some(255));
    assert!(errors.last().unwrap().contains("there is no making a temporary file"), "{errors:?}");
}

/// A host that says to be a machine of this kind, and runs programs for it in the emulation.
fn emulated_host(folder: &Path, machine: &str) -> Host {
    let [uname, script] = ["uname", "script"].map(|name| folder.join(name));
    fs::write(&uname, format!("#!/bin/sh\necho {machine}\n")).unwrap();
    fs::set_permissions(&uname, fs::Permissions::from_mode(0o755)).unwrap();
    let text = format!(
        "PATH={}:$PATH; line=$(printf %s \"$SSH_ORIGINAL_COMMAND\" | sed 's,exec /proc,exec qemu-{machine}-static /proc,'); \
         exec sh -c \"$line\"\n",
        folder.display()
    );
    fs::write(&script, text).unwrap();
    Host::that_runs(&format!("exec sh {}", script.display()))
}

#[test]
fn a_host_of_another_kind_is_refused_before_anything_is_done_there_with_ssh() {
    let folder = tempfile::tempdir().unwrap();
    let host = emulated_host(folder.path(), "sparc64");
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    let before = fs::metadata(&temporary).unwrap().modified().unwrap();
    let options = ["--folder", temporary.to_str().unwrap()];
    let (status, out, errors) = said(&remote(&host, &options, &["true"]));
    assert_eq!((status, out.as_str()), (Some(255), ""), "{errors:?}");
    assert_eq!(
        errors,
        ["remote: this-machine is a machine of the kind sparc64, for which there is no server"]
    );

    let host = emulated_host(folder.path(), "riscv64");
    let (status, out, errors) = said(&remote(&host, &options, &["true"]));
    assert_eq!((status, out.as_str()), (Some(255), ""), "{errors:?}");
    let expected = "remote: this-machine is a machine of the kind riscv64, and no server for that was named: with --server \
                    target/programs/riscv64/rsyscall-server, which `cargo xtask size` builds";
    assert_eq!(errors, [expected]);
    // Not even for a moment was there a file.
    assert_eq!(fs::metadata(&temporary).unwrap().modified().unwrap(), before);
}

/// A server of another architecture, which takes the place of this one's when the host turns out to need it.
#[test]
#[ignore = "it needs a server of another architecture: `cargo xtask test --all`"]
fn a_host_of_another_kind_gets_its_own_server_with_ssh() {
    const WHY: &str = "xtask sets it for these tests";
    let machine = std::env::var("RSYSCALL_FOREIGN_ARCH").expect(WHY);
    let foreign = std::env::var("RSYSCALL_FOREIGN_SERVER").expect(WHY);
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    fs::write(&input, "one\ntwo\n").unwrap();
    let host = emulated_host(folder.path(), &machine);
    let options = ["--server", &server(), "--server", &foreign];
    let program = ["sh", "-c", "cat \"$0\"; exit 42", &format!("@{}", input.display())];
    let (status, out, errors) = said(&remote(&host, &options, &program));
    assert_eq!((status, out.as_str()), (Some(42), "one\ntwo\n"), "{errors:?}");
    // Once for the server that was not wanted.
    assert_eq!(round_trips(errors.last().unwrap())[0], 5);
}

#[test]
fn the_program_does_not_outlive_the_connection_with_ssh() {
    let host = Host::new();
    let mut command = command(&host, &[], &["sh", "-c", "echo $$; exec sleep 1000"]);
    let mut remote = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(remote.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let status = format!("/proc/{}/stat", line.trim_end());
    remote.kill().unwrap();
    remote.wait().unwrap();
    // Whoever inherits it may not wait for it at once.
    let ended = || fs::read_to_string(&status).map_or(true, |status| status.contains(") Z "));
    let begin = Instant::now();
    while !ended() {
        assert!(begin.elapsed() < Duration::from_secs(300), "{line} is still there");
        std::thread::yield_now();
    }
}
