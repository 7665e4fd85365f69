//! What was measured, as tables for a terminal and for documents.

use crate::knees::courses;
use crate::measured::{Bar, Count, Floor, Machine, Measured, Saving, Size};
use std::fmt::Write;

/// The bars that the front page shows.
const HEADLINES: [&str; 6] = [
    "local call",
    "pipe call",
    "pipe, batch of 64",
    "ptrace call",
    "ptrace, batch of 64",
    "server program, to the first response",
];

impl Measured {
    /// The bars, for a terminal.
    pub(crate) fn table(&self) -> String {
        let mut table = format!(
            "{:<45}{:<46}{:>10}{:>7}{:>12}{:>6}{:>9}{:>7}{:>5}  holds\n",
            "case", "against", "ns", "ratio", "spread", "bar", "by hand", "x hand", "runs"
        );
        for bar in &self.bars {
            let spread = bar.spread.map(|ratio| format!("{ratio:.2}")).join("-");
            let against = shortened(&bar.against, 44);
            let _ = writeln!(
                table,
                "{:<45}{against:<46}{:>10.1}{:>7.2}{spread:>12}{:>6}{:>9}{:>7}{:>5}  {}",
                bar.ours,
                bar.nanoseconds,
                bar.ratio,
                ratio(bar.limit),
                ratio(bar.by_hand()),
                ratio(bar.floor.as_ref().map(|floor| floor.ours)),
                bar.runs,
                bar.verdict()
            );
        }
        table
    }

    /// The bars, for a document.
    pub(crate) fn bars_in_markdown(&self) -> String {
        let mut table = "![Each cost as a share of its bar](bars.svg)\n\n".to_owned();
        table += "| what | compared with | ratio | half of the rounds | bar | by hand | of that |\n";
        table += "|---|---|---|---|---|---|---|\n";
        for bar in &self.bars {
            let [low, high] = bar.spread;
            let _ = writeln!(
                table,
                "| {} | {} | {:.2} | {low:.2} to {high:.2} | {} | {} | {} |",
                bar.ours,
                bar.against,
                bar.ratio,
                ratio(bar.limit),
                ratio(bar.by_hand()),
                ratio(bar.floor.as_ref().map(|floor| floor.ours)),
            );
        }
        table
    }

    /// The bars that do not hold, in a sentence each for a document.
    pub(crate) fn misses_in_markdown(&self) -> String {
        let missed: Vec<_> = self.bars.iter().filter(|bar| !bar.holds).collect();
        if missed.is_empty() {
            return "All bars hold.\n".to_owned();
        }
        missed.into_iter().map(|bar| format!("* {}\n", bar.miss())).collect()
    }

    /// What a call costs through each transport, for the front page.
    pub(crate) fn headlines_in_markdown(&self) -> String {
        let mut table = "| what | compared with | ratio | the same by hand |\n|---|---|---|---|\n".to_owned();
        for bar in self.bars.iter().filter(|bar| HEADLINES.contains(&bar.ours.as_str())) {
            let by_hand = ratio(bar.by_hand());
            let _ = writeln!(table, "| {} | {} | {:.2} | {by_hand} |", bar.ours, bar.against, bar.ratio);
        }
        table
    }

    /// How curves run beside their floors, for a terminal.
    pub(crate) fn courses_in_text(&self) -> String {
        let mut table =
            format!("{:<40}{:>8}{:>8}{:>8}  knee\n", "ratio to the floor", "first", "last", "most");
        for (figure, curve, course) in courses(&self.figures) {
            let what = format!("{}, {}", curve.name, figure.quantity);
            let knee = course.knee.map_or_else(|| "none".to_owned(), |at| format!("at {at}"));
            let (at, most) = course.most;
            let (first, last) = (course.first, course.last);
            let _ = writeln!(table, "{what:<40}{first:>8.2}{last:>8.2}{most:>8.2} at {at}  {knee}");
        }
        table
    }

    /// The same, for a document.
    pub(crate) fn courses_in_markdown(&self) -> String {
        let mut table =
            "| curve | first | last | most | at | a knee of its own |\n|---|---|---|---|---|---|\n"
                .to_owned();
        for (figure, curve, course) in courses(&self.figures) {
            let knee = course.knee.map_or_else(|| "none".to_owned(), |at| format!("at {at}"));
            let (at, most) = course.most;
            let (first, last) = (course.first, course.last);
            let _ = writeln!(
                table,
                "| {}, {} | {first:.2} | {last:.2} | {most:.2} | {at} | {knee} |",
                curve.name, figure.quantity
            );
        }
        table
    }

    /// The counts, for a terminal.
    pub(crate) fn counts_in_text(&self) -> String {
        let mut table = format!("{:>12}{:>8}\n", "instructions", "stack");
        for Count { what, instructions, stack } in &self.counts {
            let _ = writeln!(table, "{instructions:>12}{:>8}  {what}", bytes(*stack));
        }
        table
    }

    /// The counts, for a document.
    pub(crate) fn counts_in_markdown(&self) -> String {
        let mut table = "| what | instructions | bytes of stack |\n|---|---|---|\n".to_owned();
        for Count { what, instructions, stack } in &self.counts {
            let _ = writeln!(table, "| {what} | {instructions} | {} |", bytes(*stack));
        }
        table
    }

    /// The sizes, for a document.
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

    /// What is saved, for a document: a line for each way to build, a column for each program.
    pub(crate) fn savings_in_markdown(&self) -> String {
        let mut programs: Vec<&str> = Vec::new();
        let mut lines: Vec<(&str, String)> = Vec::new();
        for Saving { difference, program, bytes } in &self.savings {
            if !programs.contains(&program.as_str()) {
                programs.push(program);
            }
            let bytes = bytes.map_or_else(|| "cannot be built".to_owned(), |bytes| format!("{bytes:+}"));
            match lines.iter_mut().find(|(line, _)| line == difference) {
                Some((_, cells)) => *cells += &format!(" {bytes} |"),
                None => lines.push((difference, format!(" {bytes} |"))),
            }
        }
        let heads: String = programs.iter().map(|program| format!(" `{program}` |")).collect();
        let mut table =
            format!("| built with, and the bytes more |{heads}\n|---|{}\n", "---|".repeat(programs.len()));
        for (difference, cells) in lines {
            let _ = writeln!(table, "| {difference} |{cells}");
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
}

impl Bar {
    /// What the same by hand reaches.
    fn by_hand(&self) -> Option<f64> {
        self.floor.as_ref().map(|floor| floor.ratio)
    }

    /// Whether nothing could meet the bar on this machine.
    fn is_out_of_reach(&self) -> bool {
        self.limit.zip(self.by_hand()).is_some_and(|(limit, by_hand)| by_hand > limit)
    }

    fn verdict(&self) -> &'static str {
        match (self.limit, self.holds) {
            (None, _) => "",
            (_, true) => "yes",
            (Some(limit), false) if self.ratio <= limit => "noise",
            (_, false) if self.is_out_of_reach() => "NO, nor by hand",
            (_, false) => "NO",
        }
    }

    /// What is to be said of one that does not hold.
    fn miss(&self) -> String {
        let Self { ours, against, ratio: took, runs, .. } = self;
        let limit = ratio(self.limit);
        if self.verdict() == "noise" {
            let [low, high] = self.spread;
            return format!(
                "{ours}: {took:.2} of {against}, but {low:.2} to {high:.2} in {runs} runs: noise."
            );
        }
        let mut text = format!("{ours}: {took:.2} of {against}, and may take {limit}, in {runs} runs");
        if let Some(Floor { what, ratio, ours }) = &self.floor {
            let beyond = if self.is_out_of_reach() { ", which is above the bar, too" } else { "" };
            let _ = write!(text, ". By hand ({what}) it is {ratio:.2}{beyond}; ours takes {ours:.2} of that");
        }
        text + "."
    }
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
}

fn bytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string())
}

fn shortened(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    text.chars().take(length.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(limit: Option<f64>, holds: bool, by_hand: f64) -> Bar {
        Bar {
            ours: "a".to_owned(),
            against: "b".to_owned(),
            nanoseconds: 12.34,
            ratio: 1.234,
            spread: [1.1, 1.3],
            limit,
            floor: Some(Floor { what: "c".to_owned(), ratio: by_hand, ours: 1.05 }),
            runs: 2,
            holds,
        }
    }

    #[test]
    fn a_bar_that_does_not_hold_is_seen() {
        let bars = vec![bar(None, true, 1.0), bar(Some(1.3), true, 1.0)];
        let mut measured = Measured { bars, ..Measured::default() };
        assert!(measured.all_hold());
        let line = "12.3   1.23   1.10-1.30  1.30     1.00   1.05    2  yes\n";
        assert!(measured.table().contains(line), "{}", measured.table());
        assert_eq!(measured.misses_in_markdown(), "All bars hold.\n");
        measured.bars.push(bar(Some(1.2), false, 1.1));
        assert!(!measured.all_hold());
        assert!(measured.table().ends_with("  NO\n"));
        let said = "* a: 1.23 of b, and may take 1.20, in 2 runs. By hand (c) it is 1.10; ours takes 1.05 of that.\n";
        assert_eq!(measured.misses_in_markdown(), said);
    }

    #[test]
    fn noise_is_neither_kept_nor_missed() {
        let measured = Measured { bars: vec![bar(Some(1.3), false, 1.0)], ..Measured::default() };
        assert!(!measured.all_hold() && measured.table().ends_with("  noise\n"));
        assert_eq!(measured.misses_in_markdown(), "* a: 1.23 of b, but 1.10 to 1.30 in 2 runs: noise.\n");
    }

    #[test]
    fn a_bar_that_is_missed_by_hand_too_is_told_apart() {
        let measured = Measured { bars: vec![bar(Some(1.2), false, 1.21)], ..Measured::default() };
        assert!(measured.table().ends_with("  NO, nor by hand\n"));
        assert!(measured.misses_in_markdown().contains("it is 1.21, which is above the bar, too;"));
    }
}
