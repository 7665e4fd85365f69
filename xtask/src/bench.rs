//! `cargo xtask bench`: the bars of performance, measured as ratios in one pinned process.

use crate::exec::exec;
use crate::figures;
use crate::freestanding;
use crate::measured::{Machine, Measured};
use crate::target::{Arch, Target};
use crate::{chart, counts, install, savings, size, workspace};
use anyhow::{Result, bail, ensure};
use std::path::PathBuf;
use std::process::Command;

/// Measure calls, batches, memory transfers and starts against their floors.
///
/// Everything runs in one process on one core, interleaved, and is shown as ratios; absolute times mean little on a
/// machine that is shared. What does not hold is measured again, up to four times, before it is said to fail. Beside each bar
/// stands what the same thing reaches that is written by hand, in the same rounds.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measure only what has this in its name.
    #[arg(default_value = "")]
    filter: String,
    /// Fail if a bar does not hold.
    #[arg(long)]
    check: bool,
    /// Measure how costs grow with batch size, callers, servers, threads and bytes, too.
    #[arg(long)]
    scaling: bool,
    /// Few rounds and few sizes, to try it.
    #[arg(long)]
    quick: bool,
    /// How often each operation is measured.
    #[arg(long, default_value_t = 201)]
    rounds: u32,
    /// Measure everything, sizes and counts too, put it into the repository, and write the documents' figures anew.
    #[arg(long, conflicts_with_all = ["filter", "quick"])]
    record: bool,
}

impl Options {
    /// That everything runs, whatever it takes.
    pub(crate) fn smoke() -> Self {
        Self { filter: String::new(), check: false, scaling: true, quick: true, rounds: 3, record: false }
    }
}

/// With `--quick`.
const FEW_ROUNDS: u32 = 11;
/// What a median needs that is recorded.
const ENOUGH_ROUNDS: u32 = 51;

/// Builds the program that measures, for this machine as it is, or for a target.
pub(crate) fn build(target: Option<&Target>) -> Result<PathBuf> {
    let mut command = workspace::cargo()?;
    command.args(["build", "--release", "--package", "rsyscall-tests"]);
    command.args(["--bin", "bench", "--features", "bench"]);
    let mut directory = workspace::target_directory()?;
    if let Some(target) = target {
        install::ensure(&target.needs())?;
        command.args(["--target", target.triple]);
        target.with_std(&mut command);
        directory.push(target.triple);
    }
    exec(&mut command)?;
    Ok(directory.join("release/bench"))
}

pub(crate) fn run(options: &Options) -> Result<()> {
    ensure!(
        !options.record || options.rounds >= ENOUGH_ROUNDS,
        "a record takes {ENOUGH_ROUNDS} rounds or more"
    );
    let programs = freestanding::build_all(Arch::host()?)?;
    let program = build(None)?;
    let directory = workspace::target_directory()?.join("bench");
    std::fs::create_dir_all(&directory)?;
    let output = directory.join("measured.json");
    let mut command = Command::new(program);
    command.arg(&options.filter).arg("--output").arg(&output);
    let rounds = if options.quick { options.rounds.min(FEW_ROUNDS) } else { options.rounds };
    command.args(["--rounds", &rounds.to_string()]);
    if options.scaling || options.record {
        command.arg("--scaling");
    }
    if options.quick {
        command.arg("--quick");
    }
    command.env("RSYSCALL_SERVER", programs.join("rsyscall-server")).env("RSYSCALL_PROGRAMS", programs);
    exec(&mut command)?;

    let mut measured = Measured::load(&output)?;
    ensure!(
        !measured.bars.is_empty() || !measured.figures.is_empty(),
        "nothing has \"{}\" in its name",
        options.filter
    );
    measured.machine = Machine::this()?;
    measured.save(&output)?;
    print!("{}", measured.table());
    let picture = directory.join("bars.svg");
    chart::bars(&measured, &picture)?;
    println!("\n{}\n{}", output.display(), picture.display());
    for picture in chart::figures(&measured, &directory)? {
        println!("{}", picture.display());
    }
    if !measured.figures.is_empty() {
        print!("\n{}", measured.courses_in_text());
    }
    if options.record {
        measured.counts = counts::counts(Arch::host()?, "")?;
        measured.sizes = size::sizes()?;
        measured.savings = savings::all()?;
        figures::record(&measured)?;
    }
    if options.check && !measured.all_hold() {
        bail!("not all bars hold");
    }
    Ok(())
}
