//! What is written, as JSON.

use serde::Serialize;

/// Everything that was measured.
#[derive(Default, Serialize)]
pub(crate) struct Record {
    /// How often each operation was measured.
    pub(crate) rounds: u32,
    pub(crate) bars: Vec<Bar>,
    pub(crate) figures: Vec<Figure>,
    pub(crate) counts: Vec<Count>,
}

/// How one thing compares with another.
#[derive(Serialize)]
pub(crate) struct Bar {
    pub(crate) ours: String,
    pub(crate) against: String,
    /// The median of one call of ours.
    pub(crate) nanoseconds: f64,
    /// The median of the rounds' ratios.
    pub(crate) ratio: f64,
    /// Their quartiles.
    pub(crate) spread: [f64; 2],
    /// What the ratio may be.
    pub(crate) limit: Option<f64>,
    /// The same by hand, in the same rounds.
    pub(crate) floor: Option<Floor>,
    /// How often all rounds were run until it held, or until that was given up.
    pub(crate) runs: u32,
    pub(crate) holds: bool,
}

/// The same thing, written by hand.
#[derive(Serialize)]
pub(crate) struct Floor {
    pub(crate) what: String,
    /// What it reaches by the same measure: what no bar below it could ask for on this machine.
    pub(crate) ratio: f64,
    /// How much ours takes of it.
    pub(crate) ours: f64,
}

/// How the cost of something changes with how much of it there is.
#[derive(Serialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    /// What grows.
    pub(crate) quantity: String,
    pub(crate) curves: Vec<Curve>,
}

#[derive(Default, Serialize)]
pub(crate) struct Curve {
    pub(crate) name: String,
    /// How much, and the nanoseconds of one call, or of moving so many bytes once.
    pub(crate) points: Vec<(f64, f64)>,
    /// Of ours: how much, and the median of the rounds' ratios to the floor.
    pub(crate) ratios: Vec<(f64, f64)>,
}

impl Curve {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

/// What an operation takes that a number says exactly, and no clock.
#[derive(Serialize)]
pub(crate) struct Count {
    pub(crate) what: String,
    /// Instructions outside of the kernel, of the process that makes the call.
    pub(crate) instructions: u64,
    /// The most bytes of stack.
    pub(crate) stack: Option<u64>,
}
