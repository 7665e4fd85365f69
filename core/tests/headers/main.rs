//! Constants and layouts against the C headers of Linux and of the C library, for each ABI with that ABI's compiler.
//!
//! The compiler only checks assertions; nothing is run, so that headers of another architecture need no emulation.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what a test cannot go on after is a failure"
)]

mod constants;
mod layouts;

use std::process::Command;

/// The headers of Linux itself.
const LINUX: &str = include_str!("linux.h");
/// Those of the C library, which cannot be included together with them.
const LIBRARY: &str = include_str!("library.h");

/// A C compiler for an ABI. The packages that have it and its headers are those that xtask installs.
#[derive(Clone, Copy)]
struct Compiler(&'static str);

const X86_64: Compiler = Compiler("x86_64-linux-gnu-gcc");
const AARCH64: Compiler = Compiler("aarch64-linux-gnu-gcc");

/// What a compiler says of an assertion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Right,
    Wrong,
    /// Something in it is not in the headers.
    Unknown,
}

impl Compiler {
    /// Which of these assertions are right, each an expression of C.
    fn judge(self, headers: &str, assertions: &[String]) -> Vec<Verdict> {
        let directory = tempfile::tempdir().expect("a folder for the program");
        let program = directory.path().join("assertions.c");
        let mut text = headers.to_owned();
        let before = text.lines().count();
        for assertion in assertions {
            text.push_str(&format!("_Static_assert({assertion}, \"wrong\");\n"));
        }
        std::fs::write(&program, text).expect("the program can be written");
        let output = Command::new(self.0)
            .args(["-fsyntax-only", "-fmax-errors=0", "-std=gnu11", "-w"])
            .arg(&program)
            .env("LC_ALL", "C")
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test` installs it", self.0));
        let messages = String::from_utf8(output.stderr).expect("text");
        let mut verdicts = vec![Verdict::Right; assertions.len()];
        for message in messages.lines().filter(|message| message.contains("error:")) {
            let line = message.split(':').nth(1).and_then(|line| line.parse::<usize>().ok());
            let index = line.and_then(|line| line.checked_sub(before + 1));
            let verdict = index.and_then(|index| verdicts.get_mut(index));
            let Some(verdict) = verdict else { panic!("the headers themselves: {message}") };
            *verdict =
                if message.contains("static assertion failed") { Verdict::Wrong } else { Verdict::Unknown };
        }
        verdicts
    }
}
