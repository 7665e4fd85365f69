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
//! | `ssh` runs a line of shell that reads `rsyscall-server` from the connection and executes it | 1 |
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
//! Nothing is left on the host, whenever the connection ends: the server and the files have no names there, and the program is
//! killed with the server.

mod connection;
mod output;
mod round_trips;
mod setup;

use anyhow::{Context, Result};
use clap::Parser;
use connection::Connection;
use round_trips::RoundTrips;
use rsyscall_transport_pipe::start::Ended;
use setup::Word;
use std::{ffi::OsString, path::PathBuf, process::ExitCode};

/// Run a program on another host.
#[derive(Parser)]
struct Options {
    /// The server to send, a static program for the host's architecture; without this option what RSYSCALL_SERVER names.
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// ssh's configuration.
    #[arg(short = 'F', value_name = "FILE")]
    configuration: Option<PathBuf>,
    /// Do not ask the server for extensions.
    #[arg(long)]
    base_protocol: bool,
    /// The host, as ssh understands it.
    host: String,
    /// The program and its arguments; @FILE is a file of this machine.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
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
    let server = options.server.clone().or_else(|| std::env::var_os("RSYSCALL_SERVER").map(PathBuf::from));
    let server = server.context("neither --server nor RSYSCALL_SERVER names the server to send")?;
    let server = std::fs::read(&server).with_context(|| server.display().to_string())?;
    let words: Vec<_> = options.program.iter().map(|word| Word::new(word)).collect::<Result<_>>()?;

    let trips = RoundTrips::default();
    let (connection, client) =
        Connection::open(&options.host, options.configuration.as_deref(), &server, &trips)?;
    let client = connection::ask(client, options.base_protocol)?;
    let room = setup::make_room(&client, &words)?;
    let process = setup::start(&client, connection.table, &room, &words)?;
    let until_it_ran = trips.so_far();
    output::hand_on(&client, &room)?;
    let ended = output::wait(&client, &room, process)?;
    connection.close(client)?;
    eprintln!("remote: {until_it_ran} round trips until the program ran, {} in all", trips.so_far());
    Ok(ended)
}
