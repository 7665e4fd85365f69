//! A server at the other end of an OpenSSH connection: a client of OpenSSH, a daemon of OpenSSH, and what they need, in a folder.

#![expect(unsafe_code, reason = "executes system calls in the server")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::FileDescriptor,
    interface::{Hangup, SyscallError, SyscallInterface},
    near::process::{exit_group, getpid, getppid},
};
use rsyscall_transport_pipe::Client;
use std::{
    fs,
    os::fd::AsRawFd,
    path::Path,
    process::{Child, Command, Stdio},
};

fn key(path: &Path) {
    let status = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status();
    assert!(status.unwrap().success());
}

/// `ssh host rsyscall-server`, where the host is this machine: the daemon serves the one connection over a pipe.
fn connect(folder: &Path) -> Child {
    key(&folder.join("host"));
    key(&folder.join("user"));
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let daemon = format!(
        "HostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\n",
        path("host"),
        path("user.pub")
    );
    fs::write(path("daemon"), daemon).unwrap();
    if rustix::process::geteuid().is_root() {
        // The daemon insists on it when it is root.
        fs::create_dir_all("/run/sshd").unwrap();
    }
    let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|path| Path::new(path).exists()).unwrap();
    let server = std::env::var("RSYSCALL_SERVER").expect("RSYSCALL_SERVER names the server; xtask sets it");
    Command::new("ssh")
        .args(["-F", "none", "-i", &path("user"), "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"])
        .args([
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
        ])
        .args(["-o", &format!("ProxyCommand={sshd} -i -f {}", path("daemon"))])
        .args(["this-machine", &server])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_server_answers_with_ssh() {
    let folder = tempfile::tempdir().unwrap();
    let mut ssh = connect(folder.path());
    let [responses, requests] =
        [ssh.stdout.as_ref().unwrap().as_raw_fd(), ssh.stdin.as_ref().unwrap().as_raw_fd()]
            .map(FileDescriptor::from_raw);
    // SAFETY: the streams are the connection's, and nobody else uses them.
    let client = unsafe { Client::<_, _, Native, 8>::blocking(responses, requests) };
    // SAFETY: neither call takes or changes anything.
    let [server, parent] = [unsafe { client.call(getpid()) }, unsafe { client.call(getppid()) }]
        .map(|call| block_on(call, || ()).unwrap().into_raw().cast_unsigned());
    assert!(![std::process::id(), ssh.id()].contains(&server), "the server is not here");
    let command = fs::read_to_string(format!("/proc/{server}/comm")).unwrap();
    assert_eq!(command, "rsyscall-server\n");
    assert_ne!(parent, std::process::id());
    // SAFETY: the server is ours.
    let ended = block_on(unsafe { client.call(exit_group(7)) }, || ());
    assert_eq!(ended, Err(SyscallError::Hangup(Hangup::EndOfStream)));
    drop(client);
    assert_eq!(ssh.wait().unwrap().code(), Some(7), "ssh hands on the status");
}
