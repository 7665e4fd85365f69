//! `rsyscall-server --listen` as its users see it: a file, who may connect, what stays between two connections.
#![expect(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic, and its servers do what it asks"
)]

#[path = "serve/connect.rs"]
mod connect;

use connect::connect;
use rsyscall_core::abi::{Abi, Native};
use rsyscall_transport_pipe::wire;
use std::{
    ffi::OsString,
    fs::Permissions,
    io::{Read, Write},
    os::unix::{
        fs::{FileTypeExt, PermissionsExt},
        net::UnixStream,
        process::CommandExt,
    },
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};
use syscalls::Sysno;

fn server() -> OsString {
    std::env::var_os("RSYSCALL_SERVER")
        .expect("RSYSCALL_SERVER must name the rsyscall-server program: run `cargo xtask test`")
}

/// A server that listens, until this goes away.
struct Listening {
    path: PathBuf,
    program: Child,
    _folder: tempfile::TempDir,
}

impl Listening {
    fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Whoever may connect to the socket can get there.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o711)).unwrap();
        let path = folder.path().join("socket");
        let program = Command::new(server()).arg("--listen").arg(&path).args(options).spawn().unwrap();
        let mut listening = Self { path, program, _folder: folder };
        // It exists before it listens.
        while UnixStream::connect(&listening.path).is_err() {
            assert_eq!(listening.program.try_wait().unwrap(), None, "it ended");
            std::thread::yield_now();
        }
        listening
    }

    fn connect(&self) -> std::io::Result<UnixStream> {
        connect(UnixStream::connect(&self.path)?, 0).map(|(stream, _)| stream)
    }

    fn mode(&self) -> u32 {
        let metadata = std::fs::metadata(&self.path).unwrap();
        assert!(metadata.file_type().is_socket());
        metadata.permissions().mode() & 0o777
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn ask(stream: &mut UnixStream, number: i64, arguments: &[u64]) -> i64 {
    let mut six = [0; 6];
    six[..arguments.len()].copy_from_slice(arguments);
    stream.write_all(&wire::encode_request(number, six)).unwrap();
    let mut answer = [0; wire::RESPONSE];
    stream.read_exact(&mut answer).unwrap();
    wire::decode_response(answer)
}

fn number_of(call: Sysno) -> i64 {
    call as i64
}

/// A call of this thread alone.
fn here(call: Sysno, arguments: [u64; 6]) -> i64 {
    unsafe { rsyscall_transport_local::raw_syscall(call as i64, arguments) }
}

fn this_user() -> u32 {
    u32::try_from(here(Sysno::geteuid, [0; 6])).unwrap()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(server()).args(arguments).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn the_task_stays_when_the_connection_goes() {
    let listening = Listening::start(&[]);
    assert_eq!(listening.mode(), 0o600);
    let process = i64::from(listening.program.id());
    let mut stream = listening.connect().unwrap();
    assert_eq!(ask(&mut stream, number_of(Sysno::getpid), &[]), process);
    let hello = wire::Hello { version: wire::VERSION, abi: Native::WIRE_ID, features: wire::FEATURES };
    let wanted = [wire::VERSION.into(), wire::FEATURES.into()];
    assert_eq!(ask(&mut stream, wire::HELLO, &wanted), hello.encode());
    ask(&mut stream, number_of(Sysno::umask), &[0o123]);
    let kept = ask(&mut stream, number_of(Sysno::dup), &[2]);
    assert!(kept > 2);
    // In the middle of a request, the second time.
    drop(stream);
    let mut stream = listening.connect().unwrap();
    stream.write_all(&[1; 9]).unwrap();
    drop(stream);
    let mut stream = listening.connect().unwrap();
    assert_eq!(ask(&mut stream, number_of(Sysno::getpid), &[]), process);
    // The task is as it was; of the connection nothing is left, and the extensions are asked for again.
    assert_eq!(ask(&mut stream, number_of(Sysno::umask), &[0o22]), 0o123);
    assert_eq!(ask(&mut stream, number_of(Sysno::close), &[kept.unsigned_abs()]), 0);
    assert_eq!(ask(&mut stream, wire::READ, &[8, 0]), -38);
    assert_eq!(ask(&mut stream, wire::HELLO, &wanted), hello.encode());
}

#[test]
fn its_end_is_the_hangup_of_who_is_served() {
    let mut listening = Listening::start(&[]);
    let mut stream = listening.connect().unwrap();
    let request = wire::encode_request(number_of(Sysno::exit_group), [7, 0, 0, 0, 0, 0]);
    stream.write_all(&request).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert_eq!(listening.program.wait().unwrap().code(), Some(7));
}

#[test]
fn without_a_descriptor_to_accept_with_it_waits_until_there_is_one() {
    let listening = Listening::start(&[]);
    let process = listening.program.id();
    let limit = |soft| {
        let limits = [soft, 4096_u64];
        let words = [process.into(), 7, limits.as_ptr().expose_provenance() as u64, 0, 0, 0];
        assert_eq!(here(Sysno::prlimit64, words), 0);
    };
    let waits_in = |call: Sysno| {
        let performs = format!("{} ", call as i64);
        let start = Instant::now();
        while !std::fs::read_to_string(format!("/proc/{process}/syscall")).unwrap().starts_with(&performs) {
            assert!(start.elapsed() < Duration::from_secs(300), "it does not come to {call}");
            std::thread::yield_now();
        }
    };
    waits_in(Sysno::accept4);
    // It has 0, 1, 2, the socket, and a number for the next connection.
    limit(4);
    // There is none for what is passed, and then none for the next connection.
    listening.connect().unwrap_err();
    std::thread::scope(|scope| {
        let served = scope.spawn(|| {
            let mut stream = listening.connect().unwrap();
            ask(&mut stream, number_of(Sysno::getpid), &[])
        });
        waits_in(Sysno::ppoll);
        limit(4096);
        assert_eq!(served.join().unwrap(), i64::from(process));
    });
}

#[test]
fn with_a_user_everybody_reaches_it_and_only_that_one_is_served() {
    let user = this_user();
    let listening = Listening::start(&["--uid", &user.to_string()]);
    assert_eq!(listening.mode(), 0o666);
    if user == 0 {
        let stranger = || {
            // Of this thread, which then is somebody else; libc would do it to all.
            assert_eq!(here(Sysno::setresuid, [65534, 65534, 65534, 0, 0, 0]), 0);
            listening.connect().unwrap_err()
        };
        for _ in 0..3 {
            std::thread::scope(|scope| scope.spawn(stranger).join().unwrap());
        }
    }
    let mut stream = listening.connect().unwrap();
    assert_eq!(ask(&mut stream, number_of(Sysno::getpid), &[]), i64::from(listening.program.id()));
}

#[test]
fn another_user_is_dropped_and_the_server_goes_on() {
    // The highest numbers are users, too.
    for user in [this_user() + 1, u32::MAX - 1] {
        let mut listening = Listening::start(&["--uid", &user.to_string()]);
        for _ in 0..3 {
            listening.connect().unwrap_err();
        }
        assert_eq!(listening.program.try_wait().unwrap(), None);
    }
}

#[test]
fn nothing_is_removed_to_make_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
    std::fs::write(at("file"), "mine").unwrap();
    // Nobody listens there any more.
    drop(std::os::unix::net::UnixListener::bind(at("stale")).unwrap());
    for (path, why) in [
        (at("file"), "bind: errno 98\n"),
        (at("stale"), "bind: errno 98\n"),
        (at("none/socket"), "bind: errno 2\n"),
        (at(&"x".repeat(108)), "the path exceeds 107 bytes\n"),
    ] {
        let output = run(&["--listen", &path]);
        assert_eq!(output.status.code(), Some(1), "{path}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("rsyscall-server: {why}"));
    }
    assert_eq!(std::fs::read(at("file")).unwrap(), b"mine");
    assert!(std::fs::metadata(at("stale")).unwrap().file_type().is_socket());
}

#[test]
fn where_no_socket_can_be_had_that_is_the_call_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
    let mut program = Command::new(server());
    program.args(["--listen", &at("socket")]).stdin(Stdio::null());
    let limit = libc::rlimit { rlim_cur: 3, rlim_max: 3 };
    let refuse = move || match unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    };
    let output = unsafe { program.pre_exec(refuse) }.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, "rsyscall-server: socket: errno 24\n");
}

#[test]
fn wrong_options_are_refused() {
    let wrong: [&[&str]; 9] = [
        &["--listen"],
        // This would be a socket without a file, and so without a mode.
        &["--listen", ""],
        &["--listen", "x", "--uid"],
        &["--listen", "x", "--uid", ""],
        &["--listen", "x", "--uid", "-1"],
        &["--listen", "x", "--uid", "root"],
        &["--listen", "x", "--uid", "4294967296"],
        &["--listen", "x", "--gid", "0"],
        &["--uid", "0"],
    ];
    let folder = tempfile::tempdir().unwrap();
    for arguments in wrong {
        let program = Command::new(server())
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(program.status.code(), Some(2), "{arguments:?}");
        assert_eq!(String::from_utf8(program.stderr).unwrap().lines().count(), 1);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn it_says_how_it_is_used() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("usage: rsyscall-server "));
    for word in ["--listen PATH", "--uid N", "DESCRIBEFD INFD OUTFD"] {
        assert!(text.contains(word), "{word}");
    }
}
