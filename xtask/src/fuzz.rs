//! `cargo xtask fuzz`: libFuzzer on the client's decoder and the server's loop.

use crate::exec::{announce, exec, output, quote};
use crate::install::{self, Need};
use crate::limit::{Ended, lines};
use crate::workspace;
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Run the fuzz targets: the client at a server that answers anything at all, and the server's loop on any input.
///
/// What is interesting is kept below target/fuzz, so that the next run goes on from there; an input that fails is
/// named, and kept as well. A C++ compiler is needed for libFuzzer.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many inputs each target is run with.
    #[arg(long, default_value_t = 1_000_000)]
    runs: u64,
    /// Run this target only.
    target: Option<String>,
}

const TARGETS: [&str; 2] = ["client_decoder", "server_loop"];

/// Instruments the code so that libFuzzer sees which inputs reach something new. What is compared with what is not shown
/// to it: it would learn the addresses of the server's own memory, which no client knows.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table --cfg fuzzing";

/// In the gate: enough to see that the targets work, in little time.
const BRIEFLY: u64 = 100_000;
/// In the long form of the tests.
const LONG: u64 = 5_000_000;

pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(target) = &options.target
        && !TARGETS.contains(&target.as_str())
    {
        bail!("there is no target {target}: there are {}", TARGETS.join(" and "));
    }
    let chosen = |target: &&str| options.target.as_ref().is_none_or(|chosen| chosen == target);
    TARGETS.into_iter().filter(chosen).try_for_each(|target| fuzz(target, options.runs, None))
}

/// Runs the targets from the same beginning every time.
pub(crate) fn check(long: bool) -> Result<()> {
    let runs = if long { LONG } else { BRIEFLY };
    TARGETS.into_iter().try_for_each(|target| fuzz(target, runs, Some(1)))
}

/// Builds a target; the folders of everything here, and of its program.
fn build(target: &str) -> Result<(PathBuf, PathBuf)> {
    install::ensure(&[Need::Program("c++")])?;
    let directory = workspace::target_directory()?.join("fuzz");
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc has no host")?;
    let mut build = workspace::cargo()?;
    build
        .args(["build", "--quiet", "--release", "--manifest-path", "transport-pipe/fuzz/Cargo.toml"])
        .args(["--bin", target, "--target", host, "--target-dir"])
        .arg(&directory)
        .env("RUSTFLAGS", FLAGS);
    exec(&mut build)?;
    let programs = directory.join(host).join("release");
    Ok((directory, programs))
}

/// Builds all targets.
pub(crate) fn build_all() -> Result<()> {
    TARGETS.into_iter().try_for_each(|target| build(target).map(|_| ()))
}

/// Builds a target and runs it; with a seed, from nothing, and otherwise from what was found before.
fn fuzz(target: &str, runs: u64, seed: Option<u32>) -> Result<()> {
    let (directory, programs) = build(target)?;
    let failures = directory.join("failures");
    let corpus = directory.join("corpus").join(target);
    for place in [&failures, &corpus] {
        std::fs::create_dir_all(place).with_context(|| format!("cannot make {}", place.display()))?;
    }
    let mut command = Command::new(programs.join(target));
    command
        .arg(format!("-runs={runs}"))
        .arg(format!("-artifact_prefix={}/{target}-", failures.display()))
        .args(["-timeout=60", "-print_final_stats=1", "-verbosity=0"]);
    let words = workspace::root()?.join("transport-pipe/fuzz/fuzz_targets").join(format!("{target}.dict"));
    if words.exists() {
        command.arg(format!("-dict={}", words.display()));
    }
    match seed {
        Some(seed) => command.arg(format!("-seed={seed}")),
        None => command.arg(&corpus),
    };
    announce(&command);
    let limit = Duration::from_secs(60 + runs / 1000);
    let ended = lines(&command, limit, |line| Ok(std::io::stdout().write_all(line)?))?;
    match ended {
        Ended::InTime(status) if status.success() => Ok(()),
        Ended::InTime(status) => bail!("`{}` ended with {status}", quote(&command)),
        Ended::TimeIsUp => bail!("`{}` was ended after {} s", quote(&command), limit.as_secs()),
    }
}
