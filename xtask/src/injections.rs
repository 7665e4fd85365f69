//! The record of how often calls were made in what: a table, of which a run replaces the rows that it ran.

use crate::exec::output;
use crate::report::Report;
use crate::workspace;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// What a test says of its injections begins with that, and is WHAT, HOW OFTEN, and the KERNEL's release, with bars between.
pub(crate) const START: &str = "injections: ";

const RECORD: &str = "xtask/record/injections.md";

/// The text above the table.
const HEAD: &str = "\
# Calls made in what does something else

`cargo xtask test --long --record` writes this, or replaces the rows of what it ran. A behaviour
(`transport-ptrace/tests/process/behaviours`) is run alone, and then again and again while calls are made in it at random moments, so often
in all: it said the same and ended the same every time, unless its row says otherwise. A server is asked without a pause while calls are
made in its threads and those of its children, up to a thousand times a second, as its row says: no request failed,
nothing was logged of it, and no field of `/proc/PID/status` was another one afterwards but the counts of context switches and the
most memory ever used (under load also how much of it is used, and how many threads there are). An injection is to attach, make up to
six calls by one of the mechanisms, and detach. A row may say for how long threads were stopped by them in all, and how much
longer the runs took than as many runs as the one alone would have. The long form's processor of aarch64 has no pointer authentication, which takes an
emulator a quarter of the time; the short form's has.

| where | what | injections | kernel | date |
|---|---|---|---|---|
";

/// Where, and what.
type Key = (String, String);

/// Writes what the run says into the record.
pub(crate) fn record(report: &Report) -> Result<()> {
    let path = workspace::root()?.join(RECORD);
    let mut rows = if path.exists() { load(&path)? } else { BTreeMap::new() };
    let date = output(Command::new("date").args(["--utc", "+%Y-%m-%d"]))?;
    for (place, note) in report.notes() {
        let (key, rest) = row(place, note, date.trim_end()).with_context(|| format!("`{note}`"))?;
        rows.insert(key, rest);
    }
    std::fs::write(&path, table(&rows)).with_context(|| format!("cannot write {}", path.display()))
}

fn row(place: &str, note: &str, date: &str) -> Result<(Key, String)> {
    let mut parts = note.split(" | ");
    let mut part = || parts.next().context("it has no three parts");
    let (what, injections, kernel) = (part()?, part()?, part()?);
    let what = what.strip_prefix("process::").unwrap_or(what);
    Ok(((place.to_owned(), what.to_owned()), format!("{injections} | {kernel} | {date}")))
}

fn table(rows: &BTreeMap<Key, String>) -> String {
    let mut text = HEAD.to_owned();
    for ((place, what), rest) in rows {
        text += &format!("| {place} | {what} | {rest} |\n");
    }
    text
}

fn load(path: &Path) -> Result<BTreeMap<Key, String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(rows(&text))
}

fn rows(text: &str) -> BTreeMap<Key, String> {
    let lines = text.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let row = |line: &str| {
        let (place, rest) = line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")?;
        let (what, rest) = rest.split_once(" | ")?;
        Some(((place.to_owned(), what.to_owned()), rest.to_owned()))
    };
    lines.filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_replaces_its_rows() {
        let note =
            |times: u32| format!("process::behaviours::patterns::registers | {times} in 7 runs | 6.1.0");
        let mut all = BTreeMap::new();
        for (place, times, date) in
            [("x86_64", 1, "2001-02-03"), ("aarch64", 2, "2001-02-03"), ("x86_64", 3, "2001-02-04")]
        {
            let (key, rest) = row(place, &note(times), date).unwrap();
            all = rows(&table(&all));
            all.insert(key, rest);
        }
        let text = table(&all);
        assert!(text.ends_with(
            "| aarch64 | behaviours::patterns::registers | 2 in 7 runs | 6.1.0 | 2001-02-03 |\n\
             | x86_64 | behaviours::patterns::registers | 3 in 7 runs | 6.1.0 | 2001-02-04 |\n"
        ));
    }

    #[test]
    fn what_nobody_understands_is_an_error() {
        row("x86_64", "registers | 5", "2001-02-03").unwrap_err();
    }
}
