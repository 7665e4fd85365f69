//! `cargo xtask check`: everything that can be found without running the tests.

use crate::ahead::{Ahead, Build};
use crate::exec::{announce, exec, output, quote};
use crate::install::{self, Need};
use crate::report::{NotRun, Report};
use crate::target::{Arch, CORE_ONLY_TRIPLES, LIBRARY_TRIPLES, TARGETS, UNKNOWN_TRIPLE};
use crate::workspace::{self, Program};
use crate::{
    bench, c_library, counts, foreign, freestanding, fuzz, hot_path, injected, linked, no_heap, size,
};
use anyhow::{Result, bail, ensure};
use std::collections::BTreeSet;

/// Check formatting, lints, documentation, dependencies, and that the libraries need no std.
#[derive(clap::Args)]
pub(crate) struct Options {}

/// What the library crates may depend on.
const DEPENDENCIES: [&str; 6] =
    ["bitflags", "cfg-if", "embedded-io-async", "heapless", "linux-raw-sys", "syscalls"];
/// What these bring with them.
const DEPENDENCIES_OF_DEPENDENCIES: [&str; 4] = ["byteorder", "embedded-io", "hash32", "stable_deref_trait"];

pub(crate) fn run(_: &Options) -> Result<()> {
    let mut report = Report::default();
    report.attempt("check", "(all checks)", add_to);
    report.finish(NotRun::Failure)
}

/// What the later checks build, in their order, each in a folder of its own.
fn built_ahead() -> Vec<Build> {
    let with_machine = || TARGETS.iter().filter(|target| target.machine.is_some());
    let mut builds: Vec<Build> = Vec::new();
    for arch in hot_path::ARCHITECTURES {
        builds.extend(
            hot_path::LEVELS.map(|level| -> Build {
                Box::new(move || hot_path::build(arch.target(), level).map(|_| ()))
            }),
        );
    }
    for target in with_machine() {
        builds.extend(
            c_library::PROFILES
                .map(|profile| -> Build { Box::new(move || c_library::build(target, profile).map(|_| ())) }),
        );
    }
    for target in with_machine() {
        builds.push(Box::new(|| freestanding::build_all(target.arch).map(|_| ())));
        builds.push(Box::new(|| injected::weigh(target).map(|_| ())));
    }
    builds.push(Box::new(fuzz::build_all));
    builds.push(Box::new(|| bench::build(None).map(|_| ())));
    builds
}

/// Runs the checks and adds their results to a report.
pub(crate) fn add_to(report: &mut Report) -> Result<()> {
    let _ahead = Ahead::start(built_ahead());
    report.check("formatting", || {
        install::ensure(&[Need::RustComponent("rustfmt")])?;
        exec(workspace::cargo()?.args(["fmt", "--all", "--check"]))
    });
    report.check("lints", || {
        install::ensure(&[Need::RustComponent("clippy")])?;
        let mut command = workspace::cargo()?;
        command.args(["clippy", "--workspace", "--all-targets"]).args(workspace::features_with_std(&[])?);
        exec(command.args(["--", "-D", "warnings"]))
    });
    // A test that is not among all targets, because only xtask runs it.
    report.check("lints of the bench and of the tests across architectures", || {
        let mut command = workspace::cargo()?;
        command.args(["clippy", "--package", "rsyscall-tests", "--bin", "bench", "--features", "bench"]);
        exec(command.args(["--test", foreign::TEST, "--", "-D", "warnings"]))
    });
    for program in workspace::freestanding_programs()?.into_iter().chain(workspace::static_libraries()?) {
        report.check(&format!("lints of {}", program.name), || lints_of_freestanding(&program));
    }
    report.check("lints of the library for C", || {
        exec(workspace::cargo()?.args(["clippy", "--package", "rsyscall-transport-pipe", "--lib"]).args([
            "--features",
            "c-abi",
            "--",
            "-D",
            "warnings",
        ]))
    });
    report.check("documentation", || {
        exec(workspace::cargo()?.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    });
    let libraries = workspace::library_crates()?;
    report.check("packages", || {
        let mut command = workspace::cargo()?;
        // Cargo keeps what it has unpacked from a folder, by the folder's path, whatever is in it later.
        let directory = tempfile::tempdir_in(workspace::target_directory()?)?;
        command.arg("package").arg("--target-dir").arg(directory.path());
        // The tree may have changes that are not committed yet while one works on it.
        command.arg("--allow-dirty");
        for library in &libraries {
            command.args(["--package", library]);
        }
        exec(&mut command)
    });
    for library in &libraries {
        report.check(&format!("dependencies of {library}"), || dependencies(library));
    }
    for triple in CORE_ONLY_TRIPLES {
        report.check(&format!("rsyscall-core for {triple}"), || {
            build_library(&[triple], &["rsyscall-core".to_owned()])
        });
    }
    let complete = TARGETS.iter().filter(|target| target.packages_not_built.is_empty());
    let triples: Vec<_> = LIBRARY_TRIPLES.into_iter().chain(complete.map(|target| target.triple)).collect();
    report.check(&format!("libraries for {}", triples.join(", ")), || build_library(&triples, &libraries));
    for target in &TARGETS {
        let (not_built, built): (Vec<_>, Vec<_>) =
            libraries.iter().cloned().partition(|name| target.packages_not_built.contains(&name.as_str()));
        let triple = target.triple;
        if !not_built.is_empty() {
            report.check(&format!("libraries for {triple}"), || build_library(&[triple], &built));
        }
        report.check(&format!("libraries without a heap for {triple}"), || no_heap::check(target, &built));
        for library in not_built {
            report.check(&format!("{library} says what it lacks for {triple}"), || {
                says_what_it_lacks(triple, &library)
            });
        }
    }
    report.check(&format!("rsyscall-core says what it lacks for {UNKNOWN_TRIPLE}"), || {
        says_what_it_lacks(UNKNOWN_TRIPLE, "rsyscall-core")
    });
    for arch in hot_path::ARCHITECTURES {
        for level in hot_path::LEVELS {
            report.check_at(arch.target().name, &format!("hot path of Local at opt-level {level}"), || {
                hot_path::check(arch, level)
            });
        }
    }
    for target in TARGETS.iter().filter(|target| target.machine.is_some()) {
        c_library::add_to(report, target);
        linked::add_to(report, target);
    }
    size::add_all_to(report);
    report.check("fuzz targets, briefly", || fuzz::check(false));
    // Whatever it takes: times are judged where nothing else runs, by `cargo xtask bench --check`.
    report.check("the bench runs", || bench::run(&bench::Options::smoke()));
    report.attempt("check", "counts", counts::add_to);
    Ok(())
}

/// A program without std is hidden from the build of the workspace, and so from its lints.
fn lints_of_freestanding(program: &Program) -> Result<()> {
    let target = Arch::host()?.target();
    install::ensure(&[Need::RustComponent("clippy"), Need::RustTarget(target.triple)])?;
    let mut command = workspace::cargo()?;
    command
        .args(["clippy", "--package", &program.package, program.kind.option(), &program.name])
        .args([
            "--profile",
            "freestanding",
            "--no-default-features",
            "--features",
            &program.features.join(","),
        ])
        .args(["--target", target.triple, "--", "-D", "warnings"]);
    exec(&mut command)
}

fn dependencies(library: &str) -> Result<()> {
    let mut command = workspace::cargo()?;
    command.args(["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--package", library]);
    let tree = output(&mut command)?;
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let unexpected: Vec<_> = names
        .into_iter()
        .filter(|name| !name.is_empty() && !name.starts_with("rsyscall-"))
        .filter(|name| !DEPENDENCIES.contains(name) && !DEPENDENCIES_OF_DEPENDENCIES.contains(name))
        .collect();
    if !unexpected.is_empty() {
        bail!("{library} depends on {}", unexpected.join(", "));
    }
    Ok(())
}

/// On an architecture that nobody has added, the build stops with one sentence that says where to add it.
fn says_what_it_lacks(triple: &'static str, library: &str) -> Result<()> {
    install::ensure(&[Need::RustTarget(triple)])?;
    let mut command = workspace::cargo()?;
    // What it depends on is built already, and not checked.
    command.args(["build", "--quiet", "--target", triple, "--package", library]);
    announce(&command);
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let sentence = |line: &str| line.contains("for this architecture: add ");
    ensure!(!output.status.success(), "`{}` succeeded", quote(&command));
    ensure!(text.lines().any(sentence), "no sentence says what is missing and where to add it:\n{text}");
    let errors = text.lines().filter(|line| line.starts_with("error")).count();
    // The sentence, and cargo's own that it could not compile this.
    ensure!(errors <= 2, "the sentence is not the only error:\n{text}");
    Ok(())
}

fn build_library(triples: &[&'static str], libraries: &[String]) -> Result<()> {
    let mut command = workspace::cargo()?;
    command.args(["build", "--lib"]);
    for triple in triples {
        install::ensure(&[Need::RustTarget(triple)])?;
        command.args(["--target", triple]);
    }
    for library in libraries {
        command.args(["--package", library]);
    }
    exec(&mut command)
}
