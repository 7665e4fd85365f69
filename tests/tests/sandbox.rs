//! The example `sandbox`, run as a process, as the superuser and as an ordinary user.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rsyscall_tests::programs::example;
use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::PathBuf,
    process::{Command, Output},
};
use tempfile::TempDir;

const ORDINARY: u32 = 12_345;

/// A folder that everybody may enter, with a copy of the example: the folders above the original may be closed.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    // Copied by another process: a child that is being started in another thread would hold the file open for writing.
    let copied = Command::new("cp").arg(example("sandbox")).arg(folder.path().join("sandbox")).status();
    assert!(copied.unwrap().success());
    folder
}

/// Runs it in a mount namespace whose root can be changed: a machine's first root cannot, and is moved away there.
fn sandbox(folder: &TempDir, user: Option<u32>, arguments: &[&str]) -> Output {
    let example = folder.path().join("sandbox");
    let first_root = fs::read_to_string("/proc/self/mountinfo")
        .unwrap()
        .lines()
        .any(|line| line.split(' ').nth(4) == Some("/") && line.contains(" - rootfs "));
    let mut command = if first_root {
        let move_root = "mkdir -p /mnt/r && mount -t tmpfs r /mnt/r && cd /mnt/r && mkdir bin dev etc proc tmp \
                         && echo ordinary::$USER_ID:$USER_ID::/:/bin/sh >etc/passwd && cp -a /bin/* bin \
                         && mount -o rbind /dev dev && mount -o rbind /proc proc && mount -o rbind /tmp tmp \
                         && mount -o move . / && exec chroot . \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", move_root, "sh"]).env("USER_ID", ORDINARY.to_string());
        if user.is_some() {
            command.args(["su", "-c", "exec \"$@\"", "--", "ordinary", "sh"]);
        }
        command.arg(example);
        command
    } else {
        let mut command = Command::new(example);
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        command
    };
    command.current_dir("/").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asks the same as the superuser, if the test is, and as an ordinary user.
fn both(mut ask: impl FnMut(Option<u32>)) {
    ask(None);
    if rustix::process::geteuid().is_root() {
        ask(Some(ORDINARY));
    }
}

/// What a line of shell says in the sandbox, which must end well and say nothing else.
fn say(folder: &TempDir, user: Option<u32>, options: &[&str], line: &str) -> String {
    let output = sandbox(folder, user, &[options, &["/bin/sh", "-c", line]].concat());
    let (out, errors) = (text(&output.stdout), text(&output.stderr));
    assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""), "{user:?}: {out}");
    out
}

#[test]
fn the_program_is_alone_and_has_no_rights() {
    let folder = folder();
    let look = "echo pid $$ on $(cat /proc/sys/kernel/hostname) with $(ulimit -n); echo /*; \
                cat /proc/self/status /proc/net/dev";
    both(|user| {
        let out = say(&folder, user, &["--hostname", "oak"], look);
        assert!(out.starts_with("pid 1 on oak with 256\n/bin /dev "), "{out}");
        let root = out.lines().nth(1).unwrap();
        assert!(!root.contains("/etc") && !root.contains("/root") && root.contains("/tmp"), "{root}");
        for line in ["CapPrm:\t0", "CapEff:\t0", "CapBnd:\t0"] {
            assert!(out.contains(&format!("\n{line}000000000000000\n")), "{line} in {out}");
        }
        assert!(out.contains("\nNoNewPrivs:\t1\n") && out.contains("\nSeccomp:\t2\n"), "{out}");
        let interfaces = out.lines().filter(|line| line.contains(": ") && !line.contains(":\t"));
        assert_eq!(interfaces.map(|line| line.split(':').next().unwrap().trim()).collect::<Vec<_>>(), ["lo"]);
    });
}

#[test]
fn it_writes_where_it_may_and_nowhere_else() {
    let folder = folder();
    both(|user| {
        let data = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(data.path(), user, user).unwrap();
        let path = data.path().to_str().unwrap();
        let write = format!(
            "echo kept >{path}/kept && echo lost >/tmp/lost && cat /tmp/lost; \
             for path in / /bin /proc /proc/sys/kernel; do (echo x >$path/x) 2>/dev/null && echo $path; done; true"
        );
        assert_eq!(say(&folder, user, &["--writable", path], &write), "lost\n");
        assert_eq!(fs::read_to_string(data.path().join("kept")).unwrap(), "kept\n");
        assert!(!PathBuf::from("/tmp/lost").exists(), "it has a /tmp of its own");
        let read = format!("cat {path}/kept; (echo x >{path}/kept) 2>/dev/null || echo refused");
        let seen = ["/bin", "/lib", "/lib64", "/usr", path];
        let seen = seen.into_iter().filter(|path| PathBuf::from(path).exists());
        let options: Vec<_> = seen.flat_map(|path| ["--readable", path]).collect();
        assert_eq!(say(&folder, user, &options, &read), "kept\nrefused\n");
    });
}

#[test]
fn calls_are_filtered_and_descriptors_closed() {
    let folder = folder();
    let file = fs::File::open("/dev/null").unwrap();
    let open = rustix::io::dup(&file).unwrap();
    let number = std::os::fd::AsRawFd::as_raw_fd(&open);
    let line =
        format!("[ -e /proc/self/fd/{number} ] || echo closed; unshare -U true 2>/dev/null || echo refused");
    both(|user| assert_eq!(say(&folder, user, &[], &line), "closed\nrefused\n"));
}

#[test]
fn its_status_is_the_program_s() {
    let folder = folder();
    both(|user| {
        let output = sandbox(&folder, user, &["/bin/sh", "-c", "echo out; echo err >&2; exit 42"]);
        assert_eq!((text(&output.stdout).as_str(), text(&output.stderr).as_str()), ("out\n", "err\n"));
        assert_eq!(output.status.code(), Some(42));
    });
}

#[test]
fn a_step_that_fails_is_named_and_leaves_nothing() {
    let folder = folder();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    both(|user| {
        for (arguments, what) in [
            (
                &["--readable", "/no/such", "/bin/true"][..],
                "cannot find what it shall see: open_tree: ENOENT",
            ),
            (
                &["/no/such/program"],
                "/no/such/program, which is to be in what --readable or --writable names: cannot execute the program: execve: ENOENT",
            ),
            (&["--hostname", LONG_NAME, "/bin/true"], "cannot name its machine: sethostname: EINVAL"),
        ] {
            let output = sandbox(&folder, user, arguments);
            let errors = text(&output.stderr);
            assert_eq!(output.status.code(), Some(125), "{errors}");
            assert!(errors.starts_with("sandbox: ") && errors.contains(what), "{errors}");
            assert_eq!(errors.lines().count(), 1, "{errors}");
        }
    });
    assert_eq!(fs::read_to_string("/proc/self/mountinfo").unwrap(), mounts);
    // The children that were to become the programs have the command line of the one that started them.
    let name = folder.path().to_str().unwrap();
    for process in fs::read_dir("/proc").unwrap() {
        let command = fs::read_to_string(process.unwrap().path().join("cmdline")).unwrap_or_default();
        assert!(!command.contains(name), "{command} is left");
    }
}

/// Longer than the 64 bytes that a name may have.
const LONG_NAME: &str =
    "an-oak-with-a-very-long-name-an-oak-with-a-very-long-name-an-oak-with-a-very-long-name";
