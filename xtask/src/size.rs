//! `cargo xtask size`: what the smallest programs weigh, against their budgets.

use crate::freestanding::{self, Built};
use crate::measured::Size;
use crate::report::{NotRun, Outcome, Report};
use crate::savings;
use crate::stack;
use crate::target::{Arch, TARGETS};
use crate::workspace;
use anyhow::{Context, Result};
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};
use rustc_demangle::demangle;

/// Build the minimal programs and show what they weigh.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Fail if a program is above its budget.
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

/// A program and the bytes that it may have on x86_64.
struct Row {
    program: &'static str,
    what: &'static str,
    file: Option<u64>,
    text: Option<u64>,
}

const ROWS: [Row; 5] = [
    Row {
        program: "rsyscall-server",
        what: "the server with its command line",
        file: Some(12 * 1024),
        text: None,
    },
    Row { program: "base-server", what: "the base loop alone", file: Some(512), text: Some(300) },
    Row {
        program: "extended-server",
        what: "the loop with all extensions",
        file: Some(1536),
        text: Some(1280),
    },
    Row { program: "init", what: "the first process of a machine", file: Some(12 * 1024), text: None },
    Row { program: "local-call", what: "a program that makes one local call", file: None, text: None },
];

/// The bytes of one program.
struct Weight {
    file: u64,
    text: u64,
    data: u64,
    stack: String,
    symbols: Vec<(String, u64)>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.savings {
        print!("{}", savings::text(&savings::all()?));
        return Ok(());
    }
    let mut report = Report::default();
    for target in TARGETS.iter().filter(|target| options.arch.is_none_or(|arch| target.arch == arch)) {
        add_to(&mut report, target.arch, options.symbols)?;
    }
    if options.check { report.finish(NotRun::Failure) } else { Ok(()) }
}

/// Weighs the programs of the supported architectures and adds them to a report.
pub(crate) fn add_all_to(report: &mut Report) -> Result<()> {
    TARGETS
        .iter()
        .filter(|target| target.machine.is_some())
        .try_for_each(|target| add_to(report, target.arch, 0))
}

/// What all programs of the supported architectures weigh.
pub(crate) fn sizes() -> Result<Vec<Size>> {
    let mut sizes = Vec::new();
    for target in TARGETS.iter().filter(|target| target.machine.is_some()) {
        for row in &ROWS {
            let Some(program) = workspace::program(row.program)? else { continue };
            let Weight { file, text, data, stack, .. } =
                weigh(target.arch, &freestanding::build(&program, target.arch)?)?;
            let (architecture, program) = (target.name.to_owned(), row.program.to_owned());
            sizes.push(Size { architecture, program, what: row.what.to_owned(), file, text, data, stack });
        }
    }
    Ok(sizes)
}

/// Weighs the programs of an architecture, prints the table, and adds each program to a report.
fn add_to(report: &mut Report, arch: Arch, symbols: usize) -> Result<()> {
    let name = arch.target().name;
    println!(
        "\n{name:<18}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}",
        "file", "budget", "text", "budget", "data", "stack"
    );
    for row in &ROWS {
        let Some(program) = workspace::program(row.program)? else {
            report.add(name, row.program, Outcome::NotRun("the workspace has no such program".to_owned()));
            continue;
        };
        let weight = weigh(arch, &freestanding::build(&program, arch)?)?;
        let budget = |bytes: Option<u64>| bytes.map(|bytes| bytes * arch.target().size_budget_percent / 100);
        let (file, text) = (budget(row.file), budget(row.text));
        let show = |budget: Option<u64>| budget.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
        println!(
            "{:<18}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}  {}",
            row.program,
            weight.file,
            show(file),
            weight.text,
            show(text),
            weight.data,
            weight.stack,
            row.what
        );
        for (symbol, bytes) in weight.symbols.iter().take(symbols) {
            println!("{bytes:>26}  {symbol}");
        }
        let above = |weight: u64, budget: Option<u64>| budget.is_some_and(|budget| weight > budget);
        let outcome = if above(weight.file, file) || above(weight.text, text) {
            Outcome::Failed("above its budget".to_owned())
        } else {
            Outcome::Passed
        };
        report.add(name, row.program, outcome);
    }
    Ok(())
}

fn weigh(arch: Arch, built: &Built) -> Result<Weight> {
    let bytes = std::fs::read(&built.with_symbols)?;
    let file = object::File::parse(&*bytes).with_context(|| format!("{}", built.with_symbols.display()))?;
    let size_of = |kinds: &[SectionKind]| {
        file.sections().filter(|section| kinds.contains(&section.kind())).map(|section| section.size()).sum()
    };
    let mut symbols: Vec<_> = file
        .symbols()
        .filter(|symbol| matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data) && symbol.size() > 0)
        .map(|symbol| (format!("{:#}", demangle(symbol.name().unwrap_or("?"))), symbol.size()))
        .collect();
    symbols.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    Ok(Weight {
        file: std::fs::metadata(&built.program)?.len(),
        text: size_of(&[SectionKind::Text]),
        data: size_of(&[SectionKind::Data, SectionKind::UninitializedData]),
        stack: stack::depth(arch, &built.with_symbols)
            .map_or_else(|_| "?".to_owned(), |depth| depth.to_string()),
        symbols,
    })
}
