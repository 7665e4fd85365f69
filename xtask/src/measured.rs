//! What was measured, as it is recorded and shown.

use crate::exec::output;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// The bars that the front page shows.
const HEADLINES: [&str; 6] = [
    "local call",
    "pipe call",
    "pipe, batch of 64",
    "ptrace call",
    "ptrace, batch of 64",
    "server program, to the first response",
];

/// A run of the measurements: where, when, and what came out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Measured {
    #[serde(default)]
    pub(crate) machine: Machine,
    /// How often each operation was measured for the bars.
    pub(crate) rounds: u32,
    pub(crate) bars: Vec<Bar>,
    pub(crate) figures: Vec<Figure>,
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
    pub(crate) holds: bool,
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

/// How much larger the server program is when it is built in another way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Saving {
    pub(crate) difference: String,
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

    /// The bars as a table for a terminal.
    pub(crate) fn table(&self) -> String {
        let mut table = format!(
            "{:<43}{:<50}{:>10}{:>8}{:>14}{:>6}  holds\n",
            "case", "against", "ns", "ratio", "spread", "bar"
        );
        for bar in &self.bars {
            let spread = bar.spread.map(|ratio| format!("{ratio:.2}")).join("-");
            let against = shortened(&bar.against, 48);
            let _ = writeln!(
                table,
                "{:<43}{against:<50}{:>10.1}{:>8.2}{spread:>14}{:>6}  {}",
                bar.ours,
                bar.nanoseconds,
                bar.ratio,
                bar.limit_text(),
                bar.verdict()
            );
        }
        table
    }

    /// The bars as a table for a document.
    pub(crate) fn bars_in_markdown(&self) -> String {
        let mut table = "![Each cost as a share of its bar](bars.svg)\n\n".to_owned();
        table += "| what | compared with | ratio | bar |\n|---|---|---|---|\n";
        for bar in &self.bars {
            let limit = bar.limit_text();
            let _ = writeln!(table, "| {} | {} | {:.2} | {limit} |", bar.ours, bar.against, bar.ratio);
        }
        table
    }

    /// What a call costs through each transport, as a table for the front page.
    pub(crate) fn headlines_in_markdown(&self) -> String {
        let mut table = "| what | ratio | compared with |\n|---|---|---|\n".to_owned();
        for bar in self.bars.iter().filter(|bar| HEADLINES.contains(&bar.ours.as_str())) {
            let _ = writeln!(table, "| {} | {:.2} | {} |", bar.ours, bar.ratio, bar.against);
        }
        table
    }

    /// The sizes as a table for a document.
    pub(crate) fn sizes_in_markdown(&self) -> String {
        let mut table =
            "| program | architecture | file | text | data | stack |\n|---|---|---|---|---|---|\n".to_owned();
        for Size { architecture, program, what, file, text, data, stack } in &self.sizes {
            let _ = writeln!(
                table,
                "| `{program}`: {what} | {architecture} | {file} | {text} | {data} | {stack} |"
            );
        }
        table
    }

    /// What is saved, as a table for a document.
    pub(crate) fn savings_in_markdown(&self) -> String {
        let mut table = "| built with | bytes more |\n|---|---|\n".to_owned();
        for Saving { difference, bytes } in &self.savings {
            let bytes = bytes.map_or_else(|| "cannot be built".to_owned(), |bytes| format!("{bytes:+}"));
            let _ = writeln!(table, "| {difference} | {bytes} |");
        }
        table
    }

    /// Where, when and how.
    pub(crate) fn method(&self) -> String {
        let Machine { date, processor, cores, kernel, compiler } = &self.machine;
        let rounds = self.rounds;
        if self.bars.is_empty() {
            return format!("Sizes of {date}, by {compiler}. Times are not recorded yet.\n");
        }
        format!(
            "Measured on {date}: {processor}, {cores} cores, Linux {kernel}, {compiler}. One process on one core; every\n\
             operation once a round in random order, {rounds} rounds; the ratio is the median of the rounds' ratios. The call\n\
             is `getppid`, the worst case for any overhead.\n"
        )
    }

    pub(crate) fn all_hold(&self) -> bool {
        self.bars.iter().all(|bar| bar.holds)
    }
}

impl Bar {
    fn limit_text(&self) -> String {
        self.limit.map_or_else(|| "-".to_owned(), |limit| format!("{limit:.2}"))
    }

    fn verdict(&self) -> &'static str {
        match (self.limit, self.holds) {
            (None, _) => "",
            (_, true) => "yes",
            (_, false) => "NO",
        }
    }
}

fn shortened(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    text.chars().take(length.saturating_sub(1)).chain(['…']).collect()
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

    fn bar(limit: Option<f64>, holds: bool) -> Bar {
        Bar {
            ours: "a".to_owned(),
            against: "b".to_owned(),
            nanoseconds: 12.34,
            ratio: 1.234,
            spread: [1.1, 1.3],
            limit,
            holds,
        }
    }

    #[test]
    fn a_bar_that_does_not_hold_is_seen() {
        let mut measured =
            Measured { bars: vec![bar(None, true), bar(Some(1.3), true)], ..Measured::default() };
        assert!(measured.all_hold());
        assert!(measured.table().contains("12.3    1.23     1.10-1.30  1.30  yes\n"), "{}", measured.table());
        measured.bars.push(bar(Some(1.2), false));
        assert!(!measured.all_hold());
        assert!(measured.table().ends_with("1.20  NO\n"));
    }

    #[test]
    fn a_record_is_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("record");
        let measured = Measured { bars: vec![bar(Some(2.0), true)], rounds: 3, ..Measured::default() };
        measured.save(&path).unwrap();
        let back = Measured::load(&path).unwrap();
        assert_eq!((back.rounds, back.bars[0].ratio), (3, 1.234));
        std::fs::write(&path, "{}").unwrap();
        assert!(Measured::load(&path).is_err());
    }
}
