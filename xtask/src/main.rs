//! The project's own commands, run as `cargo xtask …`: one file a subcommand, and below them the parts that they share.

mod bench;
mod c_library;
mod check;
mod ci;
mod counts;
mod demo;
mod figures;
mod fuzz;
mod size;
mod test;
mod vm;

mod ahead;
mod built_tests;
mod chart;
mod console;
mod emulated;
mod exec;
mod foreign;
mod freestanding;
mod hot_path;
mod initramfs;
mod injected;
mod injections;
mod install;
mod kernel;
mod knees;
mod limit;
mod linked;
mod machine;
mod machine_checks;
mod machine_tests;
mod measured;
mod named_tests;
mod no_heap;
mod progress;
mod report;
mod savings;
mod stack;
mod tables;
mod target;
mod test_output;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Build, test, measure and show rsyscall.
///
/// Whatever has to be installed for a step (a Rust target, a Debian package) is installed first when that is
/// possible, and otherwise named with the one command that installs it.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct CommandLine {
    #[command(subcommand)]
    subcommand: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Options),
    Test(test::Options),
    Check(check::Options),
    Ci(ci::Options),
    Bench(bench::Options),
    Counts(counts::Options),
    CLibrary(c_library::Options),
    Size(size::Options),
    Figures(figures::Options),
    Fuzz(fuzz::Options),
    Vm(vm::Options),
}

fn main() -> ExitCode {
    let result = match CommandLine::parse().subcommand {
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Ci(options) => ci::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Counts(options) => counts::run(&options),
        Command::CLibrary(options) => c_library::run(&options),
        Command::Size(options) => size::run(&options),
        Command::Figures(options) => figures::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Vm(options) => {
            return vm::run(&options).unwrap_or_else(|error| fail(&error, vm::MACHINE_FAILED));
        }
    };
    result.map_or_else(|error| fail(&error, 1), |()| ExitCode::SUCCESS)
}

fn fail(error: &anyhow::Error, status: u8) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(status)
}
