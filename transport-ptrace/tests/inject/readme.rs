//! The examples of the README, as they stand there.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use crate::{
    program::{command, run},
    victim::Victim,
};

const README: &str = include_str!("../../README.md");
const PROMPT: &str = "$ rsyscall-inject ";

/// The commands of the README, each with the lines that it prints.
fn examples() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut examples: Vec<(_, Vec<_>)> = Vec::new();
    let blocks = README.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    for line in blocks.flat_map(str::lines) {
        match (line.strip_prefix(PROMPT), examples.last_mut()) {
            (Some(example), _) => examples.push((example, Vec::new())),
            (None, Some((_, output))) => output.push(line),
            (None, None) => panic!("output without a command: {line}"),
        }
    }
    examples
}

#[test]
fn the_examples_print_what_the_readme_says() {
    let victim = Victim::cat();
    let pid = victim.pid().to_string();
    // The README's has its standard streams and nothing else open.
    assert_eq!(run(&mut command(&format!("{pid} close_range 3 -1 0"))).status, 0);
    let examples = examples();
    assert!(examples.len() > 8, "{examples:?}");
    for (example, expected) in examples {
        let (example, _) = example.split_once(" > ").unwrap_or((example, ""));
        let mut command = command("");
        command.args(shlex::split(example).unwrap().iter().map(|word| word.replace("1234", &pid)));
        let ended = run(&mut command);
        let said: Vec<_> = ended.stdout.lines().chain(ended.stderr.lines()).collect();
        if example.starts_with("--generate") {
            assert!(ended.status == 0 && !said.is_empty(), "{example}");
        } else {
            let expected: Vec<_> = expected.iter().map(|line| this_process(line, &pid)).collect();
            assert_eq!(said, expected, "{example}");
        }
    }
    victim.survives();
}

/// The README's line as it is with this process on this architecture.
fn this_process(line: &str, pid: &str) -> String {
    let number = |name| {
        use rsyscall_core::{
            abi::{Abi, Native},
            near::names,
        };
        Native::number(names::call(name).unwrap().operation())
    };
    line.replace("[pid  1234]", &format!("[pid {pid:>5}]"))
        .replace("1234", pid)
        .replace("\"number\":39", &format!("\"number\":{}", number("getpid")))
        .replace("\"number\":3,", &format!("\"number\":{},", number("close")))
}
