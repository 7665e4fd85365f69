//! Measures against floors: ratios inside one process, cases in another order each round, medians.
#![expect(unsafe_code, reason = "executes system calls")]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a wrong result ends the measurement, and the floors are as bare as they can be"
)]

mod arch;
mod bars;
mod floor;
mod measure;
mod operation;
mod ours;
mod peer;
mod record;
mod scaling;

use anyhow::{Context, Result};
use clap::Parser;
use measure::{Samples, measure};
use operation::Operation;
use record::Record;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::path::PathBuf;

/// Measure calls, batches, transfers and starts beside their floors, on one core, and write what came out as JSON.
///
/// `cargo xtask bench` builds and runs this, and shows it.
#[derive(Parser)]
struct Options {
    /// Only what has this in its name.
    #[arg(default_value = "")]
    filter: String,
    /// How often each operation is measured.
    #[arg(long, default_value_t = 101)]
    rounds: u32,
    /// Measure how costs grow, too.
    #[arg(long)]
    scaling: bool,
    /// Do not measure the bars.
    #[arg(long)]
    no_bars: bool,
    /// A few sizes only of what grows.
    #[arg(long)]
    quick: bool,
    /// The file to write.
    #[arg(long)]
    output: PathBuf,
}

fn main() -> Result<()> {
    let options = Options::parse();
    pin_to_one_core()?;
    let bars = if options.no_bars { Vec::new() } else { judge(&options.filter, options.rounds)? };
    let figures = if options.scaling {
        scaling::all(&options.filter, options.rounds.div_ceil(4), options.quick)?
    } else {
        Vec::new()
    };
    let record = Record { rounds: options.rounds, bars, figures };
    let json = serde_json::to_string_pretty(&record)?;
    std::fs::write(&options.output, json)
        .with_context(|| format!("cannot write {}", options.output.display()))
}

/// Measures all bars. What does not hold is measured again before it is said to fail: noise passes, a fault stays.
fn judge(filter: &str, rounds: u32) -> Result<Vec<record::Bar>> {
    let operations: Vec<Operation> = [floor::operations(), ours::operations(), peer::operations()].concat();
    let bars: Vec<_> = bars::all().into_iter().filter(|bar| bar.contains(filter)).collect();
    let run = |what: &str, bars: &[&bars::Bar]| -> Result<Samples> {
        measure(what, &bars::pick(&operations, bars.iter().flat_map(|bar| bar.operations()))?, rounds)
    };
    let samples = run("bars", &bars.iter().collect::<Vec<_>>())?;
    let mut judged = bars.iter().map(|bar| bar.judge(&samples)).collect::<Result<Vec<_>>>()?;
    for _ in 0..2 {
        let doubtful: Vec<_> = (0..bars.len()).filter(|&index| !judged[index].holds).collect();
        if doubtful.is_empty() {
            break;
        }
        let samples = run("again", &doubtful.iter().map(|&index| &bars[index]).collect::<Vec<_>>())?;
        for index in doubtful {
            judged[index] = bars[index].judge(&samples)?;
        }
    }
    Ok(judged)
}

/// Pins this process, and so those that it starts, to the last core that it may run on: the first takes most interrupts.
fn pin_to_one_core() -> Result<()> {
    let allowed = sched_getaffinity(None).context("cannot learn which cores are allowed")?;
    let last = (0..CpuSet::MAX_CPU).rev().find(|core| allowed.is_set(*core)).context("no core is allowed")?;
    let mut one = CpuSet::new();
    one.set(last);
    sched_setaffinity(None, &one).with_context(|| format!("cannot stay on core {last}"))
}
