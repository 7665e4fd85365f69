//! Runs a program on another host, on which nothing is installed.
//!
//! ```text
//! $ remote host wc -l @notes.txt
//! 3 /proc/self/fd/9
//! remote: 4 round trips until the program ran, 6 in all
//! $ remote host @./tool --input @data.json
//! ```
//!
//! `@FILE` stands for a file of this machine, the program itself too, if it runs there. Its content goes to the host, and the program
//! finds it at the path that stands in its place. What the program writes comes back, its exit status is this program's, and its
//! input is empty.
//!
//! # How it goes
//!
//! | | round trips |
//! |---|---|
//! | `ssh` runs a line of shell that reads `rsyscall-server` from the connection and executes it; once more if the host is not such a machine as this | 1 |
//! | the server says what it can do | 1 |
//! | memory, pipes, a file for each that is brought, with 48 KiB of their content: one linked batch | 1 |
//! | each further 48 KiB | 1 |
//! | arguments, the process, the program: one linked batch | 1 |
//! | output, each time that there is some | 1 |
//! | how it ended | 1 |
//!
//! In a batch a later call takes the result of an earlier one on the host, where it is known: the descriptor of a file that was
//! just made, an address in memory that was just mapped. Call by call the same takes a round trip each, some 30 of them; and
//! with `--base-protocol`, as a server without extensions needs it, two for each 256 bytes of memory, and if the daemon gives the
//! server pipes and no sockets, two for each byte.
//!
//! The host may be another kind of machine: calls, flags and structs are encoded as its kernel has them.
//!
//! Nothing is left on the host, whenever the connection ends: the server and the files have no names there, and the program is
//! killed with the server.

mod connection;
mod output;
mod round_trips;
mod server;
mod setup;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use connection::{Connection, Opened, Way};
use round_trips::RoundTrips;
use rsyscall_core::abi::{Aarch64, Abi, Riscv64, X86_64};
use rsyscall_transport_pipe::start::Ended;
use server::{Machine, Server};
use setup::Word;
use std::{ffi::OsString, path::PathBuf, process::ExitCode};

/// Run a program on another host.
#[derive(Parser)]
struct Options {
    /// A server to send, a static program; one for each kind of machine that a host may be. Without this option those that
    /// RSYSCALL_SERVER names, with a colon between one and the next.
    #[arg(long, value_name = "FILE")]
    server: Vec<PathBuf>,
    /// ssh's configuration.
    #[arg(short = 'F', value_name = "FILE")]
    configuration: Option<PathBuf>,
    /// The folder on the host where the server is put for a moment; it must be one that programs can be executed in. Without
    /// this option the host's own for temporary files.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<String>,
    /// Do not ask the server for extensions.
    #[arg(long)]
    base_protocol: bool,
    /// The host, as ssh understands it.
    host: String,
    /// The program and its arguments; @FILE is a file of this machine.
    #[arg(required = true, trailing_var_arg = true)]
    program: Vec<OsString>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(Ended::Exited(status)) => ExitCode::from(u8::try_from(status).unwrap_or(u8::MAX)),
        Ok(Ended::Signalled(signal)) => ExitCode::from(128 | u8::try_from(signal).unwrap_or(0)),
        Err(error) => {
            eprintln!("remote: {error:#}");
            // What ssh says of a failure of its own.
            ExitCode::from(255)
        }
    }
}

fn run(options: &Options) -> Result<Ended> {
    let mut paths = options.server.clone();
    if paths.is_empty() {
        let named = std::env::var_os("RSYSCALL_SERVER");
        let named = named.context(
            "neither --server nor RSYSCALL_SERVER names a server to send: `cargo xtask size` builds \
             target/programs/ARCHITECTURE/rsyscall-server",
        )?;
        paths.extend(std::env::split_paths(&named));
    }
    let servers: Vec<_> = paths.iter().map(|path| Server::read(path)).collect::<Result<_>>()?;
    let words: Vec<_> = options.program.iter().map(|word| Word::new(word)).collect::<Result<_>>()?;

    let trips = RoundTrips::default();
    let (machine, connection) = connect(options, &servers, &trips)?;
    match machine {
        Machine::X86_64 => run_there::<X86_64>(options, connection, &words, &trips),
        Machine::Aarch64 => run_there::<Aarch64>(options, connection, &words, &trips),
        Machine::Riscv64 => run_there::<Riscv64>(options, connection, &words, &trips),
    }
}

/// Connects with the server for this machine, and if the host turns out to be another one, again with that for the host.
fn connect<'t>(
    options: &Options,
    servers: &[Server],
    trips: &'t RoundTrips,
) -> Result<(Machine, Connection<'t>)> {
    let Options { host, configuration, folder, .. } = options;
    let folder = folder.as_deref().unwrap_or_default();
    let way = Way { host, configuration: configuration.as_deref(), folder };
    let first = Server::first(servers).context("no server is named that could be sent")?;
    let name = match Connection::open(&way, first, trips)? {
        Opened::Served(connection) => return Ok((first.machine, connection)),
        Opened::Another(name) => name,
    };
    ensure!(
        Machine::ALL.iter().any(|known| known.name() == name),
        "{host} is a machine of the kind {name}, for which there is no server"
    );
    let server = Server::for_machine(servers, &name).with_context(|| {
        format!(
            "{host} is a machine of the kind {name}, and no server for that was named: with --server \
             target/programs/{name}/rsyscall-server, which `cargo xtask size` builds"
        )
    })?;
    match Connection::open(&way, server, trips)? {
        Opened::Served(connection) => Ok((server.machine, connection)),
        Opened::Another(other) => {
            bail!("{host} is a machine of the kind {name} once, and then of the kind {other}")
        }
    }
}

fn run_there<A: Abi>(
    options: &Options,
    connection: Connection<'_>,
    words: &[Word],
    trips: &RoundTrips,
) -> Result<Ended> {
    let client = connection::ask(connection.client::<A>()?, options.base_protocol)?;
    let room = setup::make_room(&client, words)?;
    let process = setup::start(&client, connection.table, &room, words)?;
    let until_it_ran = trips.so_far();
    output::hand_on(&client, &room)?;
    let ended = output::wait(&client, &room, process)?;
    connection.close(client)?;
    eprintln!("remote: {until_it_ran} round trips until the program ran, {} in all", trips.so_far());
    Ok(ended)
}
