//! That a call through `Local` is what one would write by hand: their machine code is disassembled and compared.

use crate::exec::{exec, output};
use crate::install::{self, Need};
use crate::target::{Arch, Target};
use crate::workspace;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The instruction that enters the kernel.
fn instruction(arch: Arch) -> &'static str {
    match arch {
        Arch::X86_64 => "syscall",
        Arch::Aarch64 => "svc",
        Arch::Riscv64 => "ecall",
    }
}

/// The architectures that the promise is made for.
pub(crate) const ARCHITECTURES: [Arch; 2] = [Arch::X86_64, Arch::Aarch64];
/// The optimisation levels that the promise is made for.
pub(crate) const LEVELS: [&str; 2] = ["3", "z"];

/// The pairs of functions in the example.
const CALLS: [&str; 3] = ["getpid", "openat", "mmap"];

/// Compares each `ours_` function of the example with its `hand_` function.
pub(crate) fn check(arch: Arch, level: &str) -> Result<()> {
    let (enter, objdump) = (instruction(arch), arch.objdump()?);
    let target = arch.target();
    install::ensure(&[Need::RustTarget(target.triple), Need::Program(objdump)])?;
    let object = build(target, level)?;
    let functions = disassemble(objdump, &object)?;
    for call in CALLS {
        let find = |name: String| functions.get(&name).with_context(|| format!("no function {name}"));
        let ours = find(format!("ours_{call}"))?;
        let hand = find(format!("hand_{call}"))?;
        compare(call, enter, ours, hand)?;
    }
    Ok(())
}

/// The same instructions up to where the kernel is entered, and no more after it than the other has.
fn compare(call: &str, enter: &str, ours: &[String], hand: &[String]) -> Result<()> {
    let entered =
        |code: &[String]| code.iter().position(|line| line.split_whitespace().next() == Some(enter));
    let shown = || format!("\n  ours:\n    {}\n  by hand:\n    {}", ours.join("\n    "), hand.join("\n    "));
    let (at, by_hand) = (entered(ours), entered(hand));
    ensure!(at.is_some(), "{call}: it does not enter the kernel{}", shown());
    // The compiler may load them in another order.
    let loads = |code: &[String], count: Option<usize>| {
        let mut loads: Vec<_> = code.iter().take(count.unwrap_or(0)).map(|line| nameless(line)).collect();
        loads.sort();
        loads
    };
    ensure!(
        loads(ours, at) == loads(hand, by_hand),
        "{call}: the registers are loaded in another way{}",
        shown()
    );
    ensure!(ours.len() <= hand.len(), "{call}: it has more instructions{}", shown());
    Ok(())
}

/// An instruction without the name of the function that it is in, which stands in the targets of branches.
fn nameless(line: &str) -> String {
    line.replace("<ours_", "<").replace("<hand_", "<")
}

/// Builds the example: its machine code.
pub(crate) fn build(target: &Target, level: &str) -> Result<PathBuf> {
    let directory = workspace::target_directory()?.join(format!("hot-path-{level}"));
    let emitted = directory.join(format!("{}.o", target.name));
    exec(
        workspace::cargo()?
            .args(["rustc", "--quiet", "--release", "--package", "rsyscall-tests", "--example", "hot-path"])
            .arg("--no-default-features")
            .args(["--target", target.triple, "--target-dir"])
            .arg(&directory)
            .arg("--")
            .arg(format!("--emit=obj={}", emitted.display()))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level)
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
            .env("CARGO_PROFILE_RELEASE_PANIC", "abort"),
    )?;
    Ok(emitted)
}

/// The instructions of every function, as the disassembler prints them.
pub(crate) fn disassemble(objdump: &str, object: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    // Code may stand among constants, too.
    let text = output(Command::new(objdump).args(["--disassemble-all", "--no-show-raw-insn"]).arg(object))?;
    Ok(functions(&text))
}

fn functions(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut functions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        if let Some(name) = line.strip_suffix(">:").and_then(|line| line.split_once('<')) {
            current = Some(functions.entry(name.1.to_owned()).or_default());
        } else if let (Some(function), Some((_, code))) = (&mut current, line.split_once(":\t")) {
            function.push(code.trim().to_owned());
        }
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(code: &[&str]) -> Vec<String> {
        code.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn functions_are_told_apart() {
        let text = "0000 <a>:\n   0:\tmov    %rdi,%rsi\n   3:\tret\n\n0000 <b>:\n   0:\tsyscall\n";
        let functions = functions(text);
        assert_eq!(functions["a"], ["mov    %rdi,%rsi", "ret"]);
        assert_eq!(functions["b"], ["syscall"]);
    }

    #[test]
    fn one_instruction_more_is_found() {
        let hand = lines(&["mov a", "syscall", "ret"]);
        assert!(compare("x", "syscall", &hand, &hand).is_ok());
        assert!(compare("x", "syscall", &lines(&["nop", "mov a", "syscall", "ret"]), &hand).is_err());
        assert!(compare("x", "syscall", &lines(&["mov a", "syscall", "nop", "ret"]), &hand).is_err());
        assert!(compare("x", "syscall", &lines(&["mov a", "call f", "ret"]), &hand).is_err());
    }
}
