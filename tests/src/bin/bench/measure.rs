//! How operations are timed: each once a round, in another order every round, so that what disturbs the machine meets
//! all of them alike.

use crate::operation::{Operation, Run};
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use rand::seq::SliceRandom;
use std::{
    collections::BTreeMap,
    io::IsTerminal,
    time::{Duration, Instant},
};

/// How long one sample is to take at least.
const SAMPLE: Duration = Duration::from_micros(500);

/// The nanoseconds of one call, round by round, of each operation.
pub(crate) type Samples = BTreeMap<String, Vec<f64>>;

struct Prepared<'o> {
    operation: &'o Operation,
    run: Run,
    times: u32,
}

/// Measures the operations.
pub(crate) fn measure(what: &str, operations: &[&Operation], rounds: u32) -> Result<Samples> {
    let mut prepared = Vec::new();
    for operation in operations {
        let mut run = operation.make().with_context(|| format!("cannot prepare \"{}\"", operation.name))?;
        let times = calibrate(&mut run);
        prepared.push(Prepared { operation, run, times });
    }
    let mut samples: Samples =
        operations.iter().map(|operation| (operation.name.clone(), Vec::new())).collect();
    let progress = Progress::new(what, rounds);
    let mut random = rand::rng();
    for round in 0..rounds {
        progress.at(round);
        prepared.shuffle(&mut random);
        for Prepared { operation, run, times } in &mut prepared {
            let elapsed = run.timed(*times).as_secs_f64() * 1e9;
            let sample = elapsed / f64::from(*times) / f64::from(operation.calls);
            samples.entry(operation.name.clone()).or_default().push(sample);
        }
    }
    Ok(samples)
}

/// How often it has to run for one sample. What it finds cold is warm afterwards.
fn calibrate(run: &mut Run) -> u32 {
    run.timed(1);
    let mut times = 1;
    while times < 1 << 20 {
        let start = Instant::now();
        run.timed(times);
        if start.elapsed() >= SAMPLE {
            break;
        }
        times *= 2;
    }
    times
}

/// A bar on a terminal; elsewhere a line now and then.
struct Progress {
    bar: Option<ProgressBar>,
    what: String,
    rounds: u32,
}

impl Progress {
    fn new(what: &str, rounds: u32) -> Self {
        // It is drawn between the rounds only: nothing ticks while something is measured.
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(rounds.into());
            if let Ok(style) =
                ProgressStyle::with_template("{prefix} {bar:30} round {pos} of {len}, {eta} left")
            {
                bar.set_style(style);
            }
            bar.set_prefix(what.to_owned());
            bar
        });
        Self { bar, what: what.to_owned(), rounds }
    }

    fn at(&self, round: u32) {
        match &self.bar {
            Some(bar) => bar.set_position(round.into()),
            None if round.is_multiple_of(25) => {
                eprintln!("== {}: round {} of {}", self.what, round + 1, self.rounds);
            }
            None => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
