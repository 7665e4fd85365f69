//! What was measured, as it is recorded and shown.

use crate::exec::output;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;

/// A run of the measurements: where, when, and what came out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Measured {
    #[serde(default)]
    pub(crate) machine: Machine,
    /// How often each operation was measured for the bars.
    pub(crate) rounds: u32,
    pub(crate) bars: Vec<Bar>,
    pub(crate) figures: Vec<Figure>,
    /// Of the architecture that the times are of.
    #[serde(default)]
    pub(crate) counts: Vec<Count>,
    #[serde(default)]
    pub(crate) sizes: Vec<Size>,
    #[serde(default)]
    pub(crate) savings: Vec<Saving>,
}

/// Where and when.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) compiler: String,
}

/// How one thing compares with another.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    #[serde(default)]
    pub(crate) floor: Option<Floor>,
    /// How often all rounds were run until it held, or until that was given up.
    #[serde(default)]
    pub(crate) runs: u32,
    pub(crate) holds: bool,
}

/// The same thing, written by hand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Floor {
    pub(crate) what: String,
    /// What it reaches by the same measure.
    pub(crate) ratio: f64,
    /// How much ours takes of it.
    pub(crate) ours: f64,
}

/// What an operation takes that a number says exactly.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) what: String,
    /// Outside of the kernel, of the process that makes the call.
    pub(crate) instructions: u64,
    /// The most bytes of it.
    pub(crate) stack: Option<u64>,
}

/// How the cost of something changes with how much of it there is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) quantity: String,
    pub(crate) curves: Vec<Curve>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Curve {
    pub(crate) name: String,
    /// How much, and the nanoseconds of one.
    pub(crate) points: Vec<(f64, f64)>,
    /// Of ours: how much, and the ratio to the floor.
    #[serde(default)]
    pub(crate) ratios: Vec<(f64, f64)>,
}

/// What a program weighs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Size {
    pub(crate) architecture: String,
    pub(crate) program: String,
    pub(crate) what: String,
    pub(crate) file: u64,
    pub(crate) text: u64,
    pub(crate) data: u64,
    pub(crate) stack: String,
}

/// How much larger a program is when it is built in another way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Saving {
    pub(crate) difference: String,
    pub(crate) program: String,
    /// Nothing where it cannot be built that way.
    pub(crate) bytes: Option<i64>,
}

impl Measured {
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no record", path.display()))
    }

    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    pub(crate) fn all_hold(&self) -> bool {
        self.bars.iter().all(|bar| bar.holds)
    }
}

impl Machine {
    /// This one, now.
    pub(crate) fn this() -> Result<Self> {
        let information = std::fs::read_to_string("/proc/cpuinfo")?;
        let field =
            |name: &str| information.lines().find_map(|line| line.strip_prefix(name)?.split_once(": "));
        let processor = field("model name").map_or(std::env::consts::ARCH, |(_, name)| name);
        let word = |mut command: Command| Ok::<_, anyhow::Error>(output(&mut command)?.trim().to_owned());
        let mut date = Command::new("date");
        date.args(["--utc", "+%Y-%m-%d"]);
        let mut compiler = Command::new("rustc");
        compiler.arg("--version");
        Ok(Self {
            date: word(date)?,
            processor: processor.to_owned(),
            cores: std::thread::available_parallelism()?.get(),
            kernel: std::fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            compiler: word(compiler)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("record");
        let count = Count { what: "a call".to_owned(), instructions: 7, stack: None };
        let measured = Measured { counts: vec![count], rounds: 3, ..Measured::default() };
        measured.save(&path).unwrap();
        let back = Measured::load(&path).unwrap();
        assert_eq!((back.rounds, back.counts[0].instructions), (3, 7));
        std::fs::write(&path, "{}").unwrap();
        assert!(Measured::load(&path).is_err());
    }
}
