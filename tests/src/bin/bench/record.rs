//! What is written, as JSON.

use serde::Serialize;

/// Everything that was measured.
#[derive(Serialize)]
pub(crate) struct Record {
    /// How often each operation was measured.
    pub(crate) rounds: u32,
    pub(crate) bars: Vec<Bar>,
    pub(crate) figures: Vec<Figure>,
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
    pub(crate) holds: bool,
}

/// How the cost of something changes with how much of it there is.
#[derive(Serialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    /// What grows.
    pub(crate) quantity: String,
    pub(crate) curves: Vec<Curve>,
}

#[derive(Serialize)]
pub(crate) struct Curve {
    pub(crate) name: String,
    /// How much, and the nanoseconds of one call, or of moving so many bytes once.
    pub(crate) points: Vec<(f64, f64)>,
}
