//! A server that comes to the host over the connection that it is asked through.

use crate::round_trips::{Counted, RoundTrips};
use anyhow::{Context, Result};
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::{Address, FileDescriptor},
    interface::{SyscallError, SyscallInterface},
    near::net::{SocketLevel, SocketOption, getsockopt},
    syscall::Errno,
};
use rsyscall_transport_pipe::{Client, Original, server::SymbolTable};
use std::{
    os::fd::AsRawFd,
    path::Path,
    process::{Child, Command, Stdio},
};

/// How many entries a batch may have, and how many bytes of memory it may carry each way.
pub(crate) const ENTRIES: usize = 64;
pub(crate) const BYTES: usize = 1 << 16;

/// The client of a server that one waits for as for a file.
pub(crate) type Remote<'t> = Client<Counted<'t>, Counted<'t>, Native, ENTRIES, BYTES>;

/// `ssh` with a server at its other end.
pub(crate) struct Connection {
    ssh: Child,
    /// Where the server's functions are in its memory.
    pub(crate) table: SymbolTable,
}

/// What the host runs: it takes the server from the connection, and becomes it.
///
/// * `dd` with blocks of one byte is what takes so many bytes from a stream and not one more, everywhere: what follows them is
///   for the server.
/// * The file has no name any more when the first byte is written: whatever happens, nothing is left.
/// * It is opened for reading before, because a file that is open for writing is not executed.
/// * The server writes where its functions are to descriptor 1, asks on 0, answers on 1, and hands 3 to nobody.
/// * `sh` is named because the user's shell may be any.
fn receiver(length: usize) -> String {
    format!(
        "exec sh -c 'f=$(mktemp) && exec 3<\"$f\" 4>\"$f\" && rm \"$f\" && chmod 700 /proc/self/fd/4 && \
         dd bs=1 count={length} >&4 2>/dev/null && exec 4>&- && exec /proc/self/fd/3 1 0 1 3'"
    )
}

impl Connection {
    /// Connects and sends the server: one round trip.
    pub(crate) fn open<'t>(
        host: &str,
        configuration: Option<&Path>,
        server: &[u8],
        trips: &'t RoundTrips,
    ) -> Result<(Self, Remote<'t>)> {
        let mut command = Command::new("ssh");
        if let Some(path) = configuration {
            command.arg("-F").arg(path);
        }
        command.args(["-T", "--", host]).arg(receiver(server.len()));
        let mut ssh =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start ssh")?;
        let requests = ssh.stdin.as_ref().context("its input is a pipe")?.as_raw_fd();
        let responses = ssh.stdout.as_ref().context("its output is a pipe")?.as_raw_fd();
        let [mut responses, mut requests] = [responses, requests].map(|fd| trips.count(fd));
        let mut words = [0; size_of::<SymbolTable>()];
        let received = block_on(
            async {
                requests.write_all(server).await.ok()?;
                responses.read_exact(&mut words).await.ok()
            },
            || (),
        );
        if received.is_none() {
            drop(ssh.stdin.take());
            anyhow::bail!("no server runs on {host}: ssh ended with {}", ssh.wait()?);
        }
        let (words, _) = words.as_chunks();
        let word = |index| words.get(index).map_or(0, |&word: &[u8; 8]| u64::from_le_bytes(word));
        let table = SymbolTable {
            server: word(0),
            persistent_server: word(1),
            futex_helper: word(2),
            trampoline: word(3),
        };
        // Both streams only move bytes, and are ready when they are first polled.
        let client = Client::new(responses, requests).with_lasting_wakers().with_memory();
        Ok((Self { ssh, table }, client))
    }

    /// Ends the server, and with it the connection.
    pub(crate) fn close(mut self, client: Remote<'_>) -> Result<()> {
        drop(client);
        drop(self.ssh.stdin.take());
        let status = self.ssh.wait()?;
        anyhow::ensure!(status.success(), "the connection ended with {status}");
        Ok(())
    }
}

/// Finds out what the server can do: one round trip, and another one if it is the base protocol.
pub(crate) fn ask(client: Remote<'_>, base_protocol: bool) -> Result<Remote<'_>> {
    if !base_protocol && block_on(client.hello(), || ())?.memory {
        return Ok(client);
    }
    let (infd, outfd) = (FileDescriptor::STDIN, FileDescriptor::STDOUT);
    let null = Address::NULL;
    let option = getsockopt(infd, SocketLevel::SOCKET, SocketOption::TYPE, null, null);
    #[expect(unsafe_code, reason = "asks what a descriptor is")]
    // SAFETY: there is nowhere to write to, which is found out after it is known whether there is a socket.
    let answer = block_on(unsafe { client.call(option) }, || ());
    let sockets = match answer {
        Err(SyscallError::Errno(Errno::EFAULT)) => true,
        Err(SyscallError::Errno(Errno::ENOTSOCK)) => false,
        other => anyhow::bail!("it cannot be told whether the server reads from a socket: {other:?}"),
    };
    Ok(client.with_original_memory(Original { infd, outfd, sockets, relayed: true }))
}
