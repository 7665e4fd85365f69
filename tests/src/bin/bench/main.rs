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
mod cores;
mod counts;
mod floor;
mod judge;
mod measure;
mod operation;
mod ours;
mod peer;
mod record;
mod scaling;
mod step;

use anyhow::{Context, Result};
use clap::Parser;
use measure::{Samples, measure};
use operation::Operation;
use record::Record;
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
    #[arg(long, default_value_t = 201)]
    rounds: u32,
    /// Measure how costs grow, too.
    #[arg(long)]
    scaling: bool,
    /// Count instructions, instead, and bytes of stack.
    #[arg(long, conflicts_with_all = ["scaling", "quick"])]
    counts: bool,
    /// A few sizes only of what grows, and what does not hold is not measured again.
    #[arg(long)]
    quick: bool,
    /// The file to write; without it, the standard output.
    #[arg(long)]
    output: Option<PathBuf>,
}

/// How often what grows is measured at each size: as often as a median needs, for there are many sizes.
const ROUNDS_OF_A_SIZE: u32 = 51;

/// How often the rounds are run for a bar until it holds or is said to fail.
const RUNS: u32 = 5;

fn main() -> Result<()> {
    let options = Options::parse();
    cores::pin_to_one()?;
    let record = if options.counts { count(&options)? } else { measure_all(&options)? };
    let json = serde_json::to_string_pretty(&record)?;
    let Some(output) = &options.output else {
        println!("{json}");
        return Ok(());
    };
    std::fs::write(output, json).with_context(|| format!("cannot write {}", output.display()))
}

fn operations() -> Vec<Operation> {
    [floor::operations(), ours::operations(), peer::operations()].concat()
}

fn count(options: &Options) -> Result<Record> {
    Ok(Record { counts: counts::all(&operations(), &options.filter)?, ..Record::default() })
}

fn measure_all(options: &Options) -> Result<Record> {
    let bars = judge(options)?;
    let figures = if options.scaling {
        scaling::all(&options.filter, options.rounds.min(ROUNDS_OF_A_SIZE), options.quick)?
    } else {
        Vec::new()
    };
    Ok(Record { rounds: options.rounds, bars, figures, ..Record::default() })
}

/// Measures all bars. What does not hold is measured again before it is said to fail: noise passes, a fault stays.
fn judge(options: &Options) -> Result<Vec<record::Bar>> {
    let operations = operations();
    let bars: Vec<_> = bars::all().into_iter().filter(|bar| bar.contains(&options.filter)).collect();
    let run = |what: &str, bars: &[&bars::Bar]| -> Result<Samples> {
        measure(what, &bars::pick(&operations, bars.iter().flat_map(|bar| bar.operations()))?, options.rounds)
    };
    let samples = run("bars", &bars.iter().collect::<Vec<_>>())?;
    let mut judged = bars.iter().map(|bar| bar.judge(&samples, 1)).collect::<Result<Vec<_>>>()?;
    for runs in 2..=if options.quick { 1 } else { RUNS } {
        let doubtful: Vec<_> = (0..bars.len()).filter(|&index| !judged[index].holds).collect();
        if doubtful.is_empty() {
            break;
        }
        let samples = run("again", &doubtful.iter().map(|&index| &bars[index]).collect::<Vec<_>>())?;
        for index in doubtful {
            judged[index] = bars[index].judge(&samples, runs)?;
        }
    }
    Ok(judged)
}
