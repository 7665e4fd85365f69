//! A host that OpenSSH reaches: a daemon that serves one connection over a pipe, and what it and the client need, in a folder.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// The name of the host, which is this machine.
pub(crate) const NAME: &str = "this-machine";

/// A host to connect to as often as one likes, as long as this exists.
pub(crate) struct Host(TempDir);

fn key(path: &Path) {
    let status = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status();
    assert!(status.unwrap().success());
}

impl Host {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        key(path("host").as_ref());
        key(path("user").as_ref());
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
        let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|path| Path::new(path).exists());
        let client = format!(
            "Host {NAME}\nIdentityFile {}\nIdentitiesOnly yes\nBatchMode yes\nStrictHostKeyChecking no\n\
             UserKnownHostsFile /dev/null\nLogLevel ERROR\nProxyCommand {} -i -f {}\n",
            path("user"),
            sshd.unwrap(),
            path("daemon")
        );
        fs::write(path("client"), client).unwrap();
        Self(folder)
    }

    /// A host that runs this line of shell in place of each command, which is in `SSH_ORIGINAL_COMMAND` then.
    pub(crate) fn that_runs(line: &str) -> Self {
        let host = Self::new();
        let path = host.0.path().join("daemon");
        let daemon = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{daemon}ForceCommand {line}\n")).unwrap();
        host
    }

    /// The client's configuration: `ssh -F`.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.0.path().join("client")
    }

    /// `ssh host COMMAND`, with pipes.
    pub(crate) fn run(&self, command: &str) -> Child {
        let mut ssh = Command::new("ssh");
        ssh.arg("-F").arg(self.configuration()).args([NAME, command]);
        ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
    }
}
