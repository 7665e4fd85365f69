//! A server that comes to the host over the connection that it is asked through.

use crate::{
    round_trips::{Counted, RoundTrips},
    server::Server,
};
use anyhow::{Context, Result, bail, ensure};
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::Abi,
    batch::{Answers, Batch, OnError, one_by_one},
    block_on,
    identifier::{Address, FileDescriptor},
    interface::{NotSent, SyscallError, SyscallInterface},
    near::net::{SocketLevel, SocketOption, getsockopt},
    syscall::Errno,
};
use rsyscall_transport_pipe::{Client, Original, server::SymbolTable};
use std::{
    os::fd::AsRawFd,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};

/// How many entries a batch may have, and how many bytes of memory it may carry each way.
pub(crate) const ENTRIES: usize = 64;
pub(crate) const BYTES: usize = 1 << 16;

/// The client of a server that one waits for as for a file.
pub(crate) type Remote<'t, A> = Client<Counted<'t>, Counted<'t>, A, ENTRIES, BYTES>;

/// `ssh` with a server at its other end.
pub(crate) struct Connection<'t> {
    ssh: Ssh,
    /// Where the server's functions are in its memory.
    pub(crate) table: SymbolTable,
    trips: &'t RoundTrips,
}

/// How a connection came out.
pub(crate) enum Opened<'t> {
    /// A server is there.
    Served(Connection<'t>),
    /// The host is another kind of machine, of this name, and nothing was done there.
    Another(String),
}

/// How to get to the host, and where to put something there.
pub(crate) struct Way<'o> {
    pub(crate) host: &'o str,
    /// ssh's configuration.
    pub(crate) configuration: Option<&'o Path>,
    /// The folder on the host that the server is in for a moment; empty for the host's own.
    pub(crate) folder: &'o str,
}

/// What the receiver says instead of a server's table if it is on another machine: as long as that, and no address.
const MACHINE: &[u8] = b"machine ";

/// Why the receiver ended, by its exit status.
const REASONS: [(i32, &str); 3] = [
    (
        73,
        "there is no making a temporary file for the server in its folder for those: name another with --folder",
    ),
    (74, "the server did not get there whole: there is no room, or no dd(1)"),
    (
        126,
        "the server cannot be executed: most likely the file system of its folder for temporary files is mounted noexec: name \
         another folder with --folder",
    ),
];

/// What the host runs: it takes the server from the connection, and becomes it.
///
/// * A host that is another machine says so, and that is all.
/// * `dd` with blocks of one byte is what takes so many bytes from a stream and not one more, everywhere: what follows them is
///   for the server.
/// * The file has no name any more when the first byte is written: whatever happens, nothing is left.
/// * It is opened for reading before, because a file that is open for writing is not executed.
/// * The server writes where its functions are to descriptor 1, asks on 0, answers on 1, and hands 3 to nobody.
/// * `sh` is named because the user's shell may be any.
fn receiver(server: &Server, folder: &str) -> String {
    let (machine, length) = (server.machine.name(), server.program.len());
    format!(
        "exec sh -c 'm=$(uname -m); [ \"$m\" = {machine} ] || {{ printf \"machine %-24.24s\" \"$m\"; exit; }}; \
         [ -z \"$1\" ] || {{ TMPDIR=$1; export TMPDIR; }}; \
         f=$(mktemp) && exec 3<\"$f\" 4>\"$f\" && rm \"$f\" && chmod 700 /proc/self/fd/4 || exit 73; \
         dd bs=1 count={length} >&4 2>/dev/null && exec 4>&- || exit 74; \
         exec /proc/self/fd/3 1 0 1 3' sh '{folder}'"
    )
}

/// `ssh`, and its two streams.
struct Ssh(Child);

impl Ssh {
    fn start(way: &Way<'_>, server: &Server) -> Result<Self> {
        let mut command = Command::new("ssh");
        if let Some(path) = way.configuration {
            command.arg("-F").arg(path);
        }
        command.args(["-T", "--", way.host]).arg(receiver(server, way.folder));
        Ok(Self(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start ssh")?))
    }

    /// Responses, and requests.
    fn streams<'t>(&self, trips: &'t RoundTrips) -> Result<[Counted<'t>; 2]> {
        let responses = self.0.stdout.as_ref().context("its output is a pipe")?.as_raw_fd();
        let requests = self.0.stdin.as_ref().context("its input is a pipe")?.as_raw_fd();
        Ok([responses, requests].map(|fd| trips.count(fd)))
    }

    /// Waits for its end, which the end of its input is.
    fn end(mut self) -> Result<ExitStatus> {
        drop(self.0.stdin.take());
        Ok(self.0.wait()?)
    }
}

impl<'t> Connection<'t> {
    /// Connects and sends the server: one round trip.
    pub(crate) fn open(way: &Way<'_>, server: &Server, trips: &'t RoundTrips) -> Result<Opened<'t>> {
        ensure!(
            !way.folder.contains(['\'', '\n']),
            "{} is no folder that a shell can be told of",
            way.folder
        );
        let ssh = Ssh::start(way, server)?;
        let [mut responses, mut requests] = ssh.streams(trips)?;
        let mut words = [0; size_of::<SymbolTable>()];
        let received = block_on(
            async {
                // Who does not want it says why.
                let _ = requests.write_all(&server.program).await;
                responses.read_exact(&mut words).await
            },
            || (),
        );
        if received.is_err() {
            let status = ssh.end()?;
            let reason = REASONS.iter().find(|&&(code, _)| status.code() == Some(code));
            let reason =
                reason.map_or_else(|| format!("ssh ended with {status}"), |(_, reason)| (*reason).to_owned());
            bail!("no server runs on {}: {reason}", way.host);
        }
        if let Some(name) = words.strip_prefix(MACHINE) {
            ssh.end()?;
            return Ok(Opened::Another(String::from_utf8_lossy(name).trim_end().to_owned()));
        }
        let (words, _) = words.as_chunks();
        let word = |index| words.get(index).map_or(0, |&word: &[u8; 8]| u64::from_le_bytes(word));
        let table = SymbolTable {
            server: word(0),
            persistent_server: word(1),
            futex_helper: word(2),
            trampoline: word(3),
        };
        Ok(Opened::Served(Self { ssh, table, trips }))
    }

    /// The server's client, for the machine that it is on.
    pub(crate) fn client<A: Abi>(&self) -> Result<Remote<'t, A>> {
        let [responses, requests] = self.ssh.streams(self.trips)?;
        // Both streams only move bytes, and are ready when they are first polled.
        Ok(Client::new(responses, requests).with_lasting_wakers().with_memory())
    }

    /// Ends the server, and with it the connection.
    pub(crate) fn close<A: Abi>(self, client: Remote<'_, A>) -> Result<()> {
        drop(client);
        let status = self.ssh.end()?;
        ensure!(status.success(), "the connection ended with {status}");
        Ok(())
    }
}

/// Executes a batch: in one round trip, or entry by entry where the server knows no batches.
///
/// # Safety
///
/// As [`SyscallInterface::batch`].
#[expect(unsafe_code, reason = "executes what the caller promises for")]
pub(crate) unsafe fn execute<A: Abi, const N: usize>(
    client: &Remote<'_, A>,
    batch: &Batch<'_, N>,
    on_error: OnError,
) -> Result<Answers<N>> {
    // SAFETY: the caller's promise.
    match block_on(unsafe { client.batch(batch, on_error) }, || ()) {
        Err(SyscallError::NotSent(NotSent::BatchUnsupported)) => {
            let mut answers = Answers::new();
            // SAFETY: the caller's promise.
            block_on(unsafe { one_by_one(client, client, batch, on_error, &mut answers) }, || ());
            Ok(answers)
        }
        answers => Ok(answers?),
    }
}

/// Finds out what the server can do: one round trip, and another one if it is the base protocol.
pub(crate) fn ask<A: Abi>(client: Remote<'_, A>, base_protocol: bool) -> Result<Remote<'_, A>> {
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
        other => bail!("it cannot be told whether the server reads from a socket: {other:?}"),
    };
    let original = Original { infd, outfd, sockets, relayed: true };
    #[expect(unsafe_code, reason = "says what the server serves on")]
    // SAFETY: it serves on standard input and output, and nothing is unmapped but by this program when it is done with it.
    let client = unsafe { client.with_original_memory(original) };
    Ok(client)
}
