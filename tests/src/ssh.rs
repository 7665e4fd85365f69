//! A host that OpenSSH reaches: a daemon that serves one connection over a pipe, and what it and the client need, in a folder.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// The name of the host, which is this machine.
pub const NAME: &str = "this-machine";

/// A host to connect to as often as one likes, as long as this exists.
pub struct Host(TempDir);

fn key(path: &Path) {
    let status = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status();
    assert!(status.unwrap().success());
}

impl Host {
    /// This machine, as a host that runs what it is told.
    pub fn here() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        key(path("host").as_ref());
        key(path("user").as_ref());
        // A home of its own: what the user's shell does when it begins is none of ours.
        let daemon = format!(
            "HostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\nSetEnv HOME={}\n",
            path("host"),
            path("user.pub"),
            folder.path().display()
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
    pub fn that_runs(line: &str) -> Self {
        let host = Self::here();
        let path = host.0.path().join("daemon");
        let daemon = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{daemon}ForceCommand {line}\n")).unwrap();
        host
    }

    /// A host that says to be a machine of this kind, and runs servers for it in the emulation; what it needs goes into a folder.
    pub fn emulated(folder: &Path, machine: &str) -> Self {
        let [uname, script] = ["uname", "script"].map(|name| folder.join(name));
        fs::write(&uname, format!("#!/bin/sh\necho {machine}\n")).unwrap();
        fs::set_permissions(&uname, Permissions::from_mode(0o755)).unwrap();
        let text = format!(
            "PATH={}:$PATH; line=$(printf %s \"$SSH_ORIGINAL_COMMAND\" | sed 's,exec /proc,exec qemu-{machine}-static /proc,'); \
             exec sh -c \"$line\"\n",
            folder.display()
        );
        fs::write(&script, text).unwrap();
        Self::that_runs(&format!("exec sh {}", script.display()))
    }

    /// The client's configuration: `ssh -F`.
    pub fn configuration(&self) -> PathBuf {
        self.0.path().join("client")
    }

    /// `ssh host COMMAND`, with pipes.
    pub fn run(&self, command: &str) -> Child {
        let mut ssh = Command::new("ssh");
        ssh.arg("-F").arg(self.configuration()).args([NAME, command]);
        ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
    }
}
