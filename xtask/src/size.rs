//! `cargo xtask size`: what the smallest programs weigh, against the bars that they are to meet and the ceilings that they
//! must not exceed.

use crate::freestanding::{self, Built};
use crate::injected;
use crate::measured::Size;
use crate::report::{NotRun, Outcome, Report};
use crate::savings;
use crate::stack::{self, Depth};
use crate::target::{Arch, TARGETS, Target};
use crate::workspace;
use anyhow::{Context, Result, ensure};
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};
use rustc_demangle::demangle;

/// Build the minimal programs and show what they weigh.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Fail if a program is above its ceiling. One that misses its bar only is marked in the table.
    #[arg(long)]
    check: bool,
    /// Build for this architecture only.
    #[arg(long, value_enum)]
    arch: Option<Arch>,
    /// How many of each program's largest symbols to show.
    #[arg(long, default_value_t = 5)]
    symbols: usize,
    /// Show, instead, what each flag and profile key saves of the server program: it is built without each.
    #[arg(long, conflicts_with_all = ["check", "arch"])]
    savings: bool,
}

/// Something that is weighed.
struct Row {
    program: &'static str,
    what: &'static str,
    /// The bytes that it is to have on x86_64, and a quarter more on others.
    bar: Bytes,
    /// What it may have at most on each architecture, in the order of [`TARGETS`], so that it does not grow unseen: the
    /// small ones what they have, the others a little more. Whoever makes one smaller lowers it.
    ceilings: [Bytes; TARGETS.len()],
}

/// A file's length, and how much of it is code and constants; no number where nothing is asked.
#[derive(Clone, Copy)]
struct Bytes {
    file: Option<u64>,
    text: Option<u64>,
}

const fn file(file: u64) -> Bytes {
    Bytes { file: Some(file), text: None }
}

const fn text(text: u64) -> Bytes {
    Bytes { file: None, text: Some(text) }
}

const fn both(file: u64, text: u64) -> Bytes {
    Bytes { file: Some(file), text: Some(text) }
}

const ROWS: [Row; 6] = [
    Row {
        program: "rsyscall-server",
        what: "the server with its command line",
        bar: file(12 * 1024),
        ceilings: [file(6720), file(7168), file(6656)],
    },
    Row {
        program: "base-server",
        what: "the base loop alone",
        bar: both(512, 300),
        ceilings: [both(474, 298), both(524, 348), both(456, 280)],
    },
    Row {
        program: "extended-server",
        what: "the loop with all extensions",
        bar: both(1536, 1280),
        ceilings: [both(1436, 1260), both(1430, 1254), both(1304, 1126)],
    },
    Row {
        program: injected::NAME,
        what: "the server that is put into a traced process",
        bar: text(300),
        ceilings: [text(144), text(164), text(0)],
    },
    Row {
        program: "init",
        what: "the first process of a machine",
        bar: file(12 * 1024),
        ceilings: [file(11 * 1024), file(12 * 1024), file(12 * 1024)],
    },
    Row {
        program: "local-call",
        what: "a program that makes one local call",
        bar: Bytes { file: None, text: None },
        ceilings: [both(242, 66), both(256, 80), both(258, 82)],
    },
];

/// The bytes of one program.
struct Weight {
    file: u64,
    text: u64,
    data: u64,
    /// Nothing where nobody reads the architecture's frames.
    stack: Option<Depth>,
    symbols: Vec<(String, u64)>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.savings {
        print!("{}", savings::text(&savings::all()?));
        return Ok(());
    }
    let mut report = Report::default();
    let mut are_weighed = true;
    for target in TARGETS.iter().filter(|target| options.arch.is_none_or(|arch| target.arch == arch)) {
        are_weighed &= add_to(&mut report, target, options.symbols);
    }
    if options.check {
        return report.finish(NotRun::Failure);
    }
    ensure!(are_weighed, "not everything could be weighed");
    Ok(())
}

/// Weighs the programs of the supported architectures and adds them to a report.
pub(crate) fn add_all_to(report: &mut Report) {
    for target in TARGETS.iter().filter(|target| target.machine.is_some()) {
        add_to(report, target, 0);
    }
}

/// What everything weighs on the supported architectures.
pub(crate) fn sizes() -> Result<Vec<Size>> {
    let mut sizes = Vec::new();
    for target in TARGETS.iter().filter(|target| target.machine.is_some()) {
        for row in &ROWS {
            let Some(Weight { file, text, data, stack, .. }) = weigh(target, row)? else { continue };
            let (architecture, program) = (target.name.to_owned(), row.program.to_owned());
            let stack = shown(stack);
            sizes.push(Size { architecture, program, what: row.what.to_owned(), file, text, data, stack });
        }
    }
    Ok(sizes)
}

/// Weighs everything on an architecture, prints the table, and adds each row to a report. Says whether all could be weighed.
fn add_to(report: &mut Report, target: &Target, symbols: usize) -> bool {
    println!(
        "\n{:<18}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}",
        target.name, "file", "bar", "ceiling", "text", "bar", "ceiling", "data", "stack"
    );
    let mut are_weighed = true;
    for row in &ROWS {
        are_weighed &= report.attempt(target.name, row.program, |report| {
            let outcome = match weigh(target, row)? {
                Some(weight) => judge(target, row, &weight, symbols),
                None => Outcome::CannotRun("it is not built for this architecture".to_owned()),
            };
            report.add(target.name, row.program, outcome);
            Ok(())
        });
    }
    are_weighed
}

/// Prints what something weighs, with its largest symbols, and says whether that is too much.
fn judge(target: &Target, row: &Row, weight: &Weight, symbols: usize) -> Outcome {
    let ceiling = row.ceiling(target.arch);
    let bar = row.bar.scaled(target.size_budget_percent);
    println!(
        "{:<18}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}  {}{}",
        row.program,
        weight.file,
        shown(bar.file),
        shown(ceiling.file),
        weight.text,
        shown(bar.text),
        shown(ceiling.text),
        weight.data,
        shown(weight.stack),
        row.what,
        if bar.is_below(weight) { ": MISSES THE BAR" } else { "" },
    );
    for (symbol, bytes) in weight.symbols.iter().take(symbols) {
        println!("{bytes:>26}  {symbol}");
    }
    if ceiling.is_below(weight) { Outcome::Failed("above its ceiling".to_owned()) } else { Outcome::Passed }
}

fn shown(number: Option<impl ToString>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

impl Row {
    fn ceiling(&self, arch: Arch) -> Bytes {
        let mut ceilings = self.ceilings.iter().zip(&TARGETS);
        ceilings.find(|(_, target)| target.arch == arch).map_or(self.bar, |(ceiling, _)| *ceiling)
    }
}

impl Bytes {
    fn scaled(self, percent: u64) -> Self {
        let scale = |bytes: Option<u64>| bytes.map(|bytes| bytes * percent / 100);
        Self { file: scale(self.file), text: scale(self.text) }
    }

    fn is_below(&self, weight: &Weight) -> bool {
        self.file.is_some_and(|bytes| weight.file > bytes)
            || self.text.is_some_and(|bytes| weight.text > bytes)
    }
}

/// Builds what a row names and weighs it; nothing where there is none.
fn weigh(target: &Target, row: &Row) -> Result<Option<Weight>> {
    if row.program == injected::NAME {
        return Ok(injected::weigh(target)?.map(|(bytes, stack)| Weight {
            file: bytes,
            text: bytes,
            data: 0,
            stack,
            symbols: Vec::new(),
        }));
    }
    let Some(program) = workspace::program(row.program)? else { return Ok(None) };
    Ok(Some(weigh_program(target.arch, &freestanding::build(&program, target.arch)?)?))
}

fn weigh_program(arch: Arch, built: &Built) -> Result<Weight> {
    let bytes = std::fs::read(&built.with_symbols)?;
    let file = object::File::parse(&*bytes).with_context(|| format!("{}", built.with_symbols.display()))?;
    let size_of = |kinds: &[SectionKind]| {
        file.sections().filter(|section| kinds.contains(&section.kind())).map(|section| section.size()).sum()
    };
    let mut symbols: Vec<_> = file
        .symbols()
        .filter(|symbol| matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data) && symbol.size() > 0)
        .map(|symbol| Ok((format!("{:#}", demangle(symbol.name()?)), symbol.size())))
        .collect::<Result<_>>()?;
    symbols.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    Ok(Weight {
        file: std::fs::metadata(&built.program)?.len(),
        text: size_of(&[SectionKind::Text]),
        data: size_of(&[SectionKind::Data, SectionKind::UninitializedData]),
        stack: stack::depth(arch, &built.with_symbols, "_start")?,
        symbols,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_too_many_is_above() {
        let weight = |file, text| Weight { file, text, data: 0, stack: None, symbols: Vec::new() };
        assert!(!both(100, 50).is_below(&weight(100, 50)));
        assert!(both(100, 50).is_below(&weight(101, 50)));
        assert!(both(100, 50).is_below(&weight(100, 51)));
        assert!(!file(100).is_below(&weight(100, 9999)));
        assert!(both(100, 50).scaled(125).is_below(&weight(100, 63)));
    }

    #[test]
    fn no_ceiling_is_above_its_bar() {
        for row in ROWS {
            for (target, ceiling) in TARGETS.iter().zip(row.ceilings) {
                let bar = row.bar.scaled(target.size_budget_percent);
                for (bar, ceiling) in [(bar.file, ceiling.file), (bar.text, ceiling.text)] {
                    assert!(
                        bar.is_none_or(|bar| ceiling.is_some_and(|ceiling| ceiling <= bar)),
                        "{}",
                        row.program
                    );
                }
            }
        }
    }
}
