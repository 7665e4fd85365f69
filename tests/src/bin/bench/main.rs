//! Measures against floors: ratios inside one process, cases in random order each round, medians.
#![expect(unsafe_code, reason = "executes system calls")]

mod cases;
mod measure;

use clap::Parser;
use measure::{Measured, measure};
use std::process::ExitCode;

/// Measure calls against their floors. `cargo xtask bench` runs this on one core.
#[derive(Parser)]
struct Options {
    /// Only the cases whose name contains this.
    filter: Option<String>,
    /// Fail if a bar does not hold.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let filter = options.filter.unwrap_or_default();
    let cases: Vec<_> = cases::all().into_iter().filter(|case| case.name.contains(&filter)).collect();
    // What does not hold is measured again before it is said to fail: noise passes, a fault stays.
    let mut measured = measure(&cases);
    for _ in 0..2 {
        let again: Vec<_> =
            cases.iter().zip(&measured).filter(|(_, m)| !m.holds()).map(|(case, _)| case.clone()).collect();
        for new in measure(&again) {
            if let Some(old) = measured.iter_mut().find(|old| old.name == new.name) {
                *old = new;
            }
        }
    }
    println!("{:<34}{:>10}{:>10}{:>8}{:>8}  holds", "case", "median ns", "spread", "ratio", "bar");
    for row in &measured {
        println!("{row}");
    }
    if options.check && !measured.iter().all(Measured::holds) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
