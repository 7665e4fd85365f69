//! How deep a program's stack gets, read from its machine code: what each function takes, along the deepest chain of calls.

use crate::hot_path::disassemble;
use crate::install::{self, Need};
use crate::target::Arch;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// The most that a program takes of its stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Depth {
    pub(crate) bytes: u64,
    /// Whether it calls through pointers, behind which nobody looked.
    pub(crate) through_pointers: bool,
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}{}", self.bytes, if self.through_pointers { "+" } else { "" }))
    }
}

/// The deepest that a program with these symbols gets from one of its functions; nothing for riscv64, whose frames nobody
/// reads.
pub(crate) fn depth(arch: Arch, program: &Path, from: &str) -> Result<Option<Depth>> {
    if arch == Arch::Riscv64 {
        return Ok(None);
    }
    let objdump = arch.objdump()?;
    install::ensure(&[Need::Program(objdump)])?;
    let functions = disassemble(objdump, program)?;
    let frames = functions.iter().map(|(name, code)| (name.as_str(), frame(arch, name, code))).collect();
    let deepest = deepest(&frames, from, &mut Vec::new());
    deepest.map(Some).with_context(|| format!("cannot tell how much stack {} takes", program.display()))
}

/// What a function takes of the stack itself, and what it calls.
#[derive(Default)]
struct Frame<'c> {
    bytes: u64,
    through_pointers: bool,
    callees: Vec<&'c str>,
}

fn deepest<'c>(
    frames: &BTreeMap<&'c str, Frame<'c>>,
    name: &'c str,
    callers: &mut Vec<&'c str>,
) -> Result<Depth> {
    if callers.contains(&name) {
        bail!("{name} calls itself, so that nobody can tell how deep the stack gets");
    }
    let Some(frame) = frames.get(name) else { bail!("there is no function {name}") };
    callers.push(name);
    let mut below = Depth { bytes: 0, through_pointers: frame.through_pointers };
    for callee in &frame.callees {
        let callee = deepest(frames, callee, callers)?;
        below.bytes = below.bytes.max(callee.bytes);
        below.through_pointers |= callee.through_pointers;
    }
    callers.pop();
    Ok(Depth { bytes: below.bytes + frame.bytes, ..below })
}

/// Reads a function's code. Everything that it ever pushes is added up, which is the most that can be there at once.
fn frame<'c>(arch: Arch, name: &str, code: &'c [String]) -> Frame<'c> {
    let mut frame = Frame::default();
    let mut calls = false;
    let mut before = ("", "");
    for line in code {
        let (operation, operands) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let operands = operands.trim();
        frame.bytes += taken(arch, operation, operands) + probed(arch, before, (operation, operands));
        // To the address that the caller has pushed.
        let is_return =
            operation == "jmp" && before.0 == "pop" && operands.strip_prefix('*') == Some(before.1);
        before = (operation, operands);
        let is_call = matches!(operation, "call" | "callq" | "bl");
        let is_jump = operation.starts_with('j') || operation == "b" || operation.starts_with("b.");
        if is_return {
            continue;
        }
        if matches!(operation, "blr" | "br") || (is_call || is_jump) && operands.starts_with('*') {
            frame.through_pointers = true;
        } else if is_call || is_jump {
            let target = operands.split_once('<').map_or("", |(_, target)| target.trim_end_matches('>'));
            let (function, is_inside) = target.split_once('+').map_or((target, false), |(at, _)| (at, true));
            // A call into the middle of itself is one of a part of it, which is read here, too.
            let is_own = function == name && (is_jump || is_inside);
            frame.callees.extend((!function.is_empty() && !is_own).then_some(function));
        }
        calls |= is_call;
    }
    // The return address; on aarch64 the function that calls saves it itself, where it is seen.
    if calls && arch == Arch::X86_64 {
        frame.bytes += 8;
    }
    frame
}

/// What one instruction takes.
fn taken(arch: Arch, operation: &str, operands: &str) -> u64 {
    match arch {
        Arch::X86_64 if operation.starts_with("push") => 8,
        Arch::X86_64 if operation.starts_with("sub") => operands.strip_suffix(",%rsp").map_or(0, number),
        Arch::Aarch64 if operation == "sub" => operands.strip_prefix("sp, sp, ").map_or(0, shifted),
        Arch::Aarch64 if operands.ends_with("]!") => {
            operands.rsplit_once("[sp, #-").map_or(0, |(_, amount)| number(amount))
        }
        _ => 0,
    }
}

/// What a loop takes that touches a large frame page by page, beyond the first page, which stands in it: its end is computed
/// from the stack pointer before.
fn probed(arch: Arch, before: (&str, &str), (operation, operands): (&str, &str)) -> u64 {
    let whole = match arch {
        Arch::X86_64 if operation == "sub" && before == ("mov", "%rsp,%r11") => {
            operands.strip_suffix(",%r11").map_or(0, number)
        }
        Arch::Aarch64 if operation == "sub" => operands.strip_prefix("x9, sp, ").map_or(0, shifted),
        _ => 0,
    };
    whole.saturating_sub(0x1000)
}

/// An amount, perhaps one of pages.
fn shifted(amount: &str) -> u64 {
    amount.split_once(", lsl #12").map_or_else(|| number(amount), |(pages, _)| number(pages) << 12)
}

/// A number as an assembler has it; 0 if it is none.
fn number(text: &str) -> u64 {
    let text = text.trim_start_matches(['$', '#']).trim_end_matches(['!', ']']);
    text.strip_prefix("0x")
        .map_or_else(|| text.parse(), |hexadecimal| u64::from_str_radix(hexadecimal, 16))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth_of(arch: Arch, functions: &[(&'static str, &[&str])]) -> Result<Depth> {
        let functions: BTreeMap<_, Vec<String>> = functions
            .iter()
            .map(|(name, code)| (*name, code.iter().map(ToString::to_string).collect()))
            .collect();
        let frames = functions.iter().map(|(name, code)| (*name, frame(arch, name, code))).collect();
        deepest(&frames, "_start", &mut Vec::new())
    }

    #[test]
    fn the_deepest_chain_counts() {
        let functions: [(_, &[_]); 3] = [
            ("_start", &["push   %rbx", "call   401000 <a>", "jmp    402000 <b>"]),
            ("a", &["sub    $0x20,%rsp", "je     401010 <a+0x10>", "ret"]),
            ("b", &["sub    $0x10,%rsp", "call   *%rax"]),
        ];
        let depth = depth_of(Arch::X86_64, &functions).unwrap();
        assert_eq!(depth, Depth { bytes: 16 + 32, through_pointers: true });
        assert_eq!(depth.to_string(), "48+");
    }

    #[test]
    fn a_frame_that_is_touched_page_by_page_counts_whole() {
        let functions: [(_, &[_]); 1] = [(
            "_start",
            &[
                "mov    %rsp,%r11",
                "sub    $0x10000,%r11",
                "sub    $0x1000,%rsp",
                "movq   $0x0,(%rsp)",
                "cmp    %r11,%rsp",
                "jne    401008 <_start+0x8>",
                "sub    $0xb8,%rsp",
                "sub    $0x40,%r11",
            ],
        )];
        assert_eq!(depth_of(Arch::X86_64, &functions).unwrap().bytes, 0x1_00b8);
        let functions: [(_, &[_]); 1] = [(
            "_start",
            &[
                "sub\tx9, sp, #0x10, lsl #12",
                "sub\tsp, sp, #0x1, lsl #12",
                "cmp\tsp, x9",
                "str\txzr, [sp]",
                "b.ne\t400540 <_start+0x4>  // b.any",
                "sub\tsp, sp, #0xc0",
            ],
        )];
        assert_eq!(depth_of(Arch::Aarch64, &functions).unwrap().bytes, 0x1_00c0);
    }

    #[test]
    fn the_forms_of_aarch64() {
        let functions: [(_, &[_]); 2] = [
            ("_start", &["stp\tx29, x30, [sp, #-48]!", "sub\tsp, sp, #0x1, lsl #12", "bl\t400100 <a>"]),
            ("a", &["sub\tsp, sp, #0x40", "stp\tx29, x30, [sp, #16]", "str\tx30, [sp, #-16]!"]),
        ];
        let depth = depth_of(Arch::Aarch64, &functions).unwrap();
        assert_eq!(depth, Depth { bytes: 48 + 4096 + 64 + 16, through_pointers: false });
    }

    #[test]
    fn recursion_has_no_depth() {
        assert!(depth_of(Arch::X86_64, &[("_start", &["call   401000 <_start>"])]).is_err());
    }
}
