//! What instructions are printed as, and how they are encoded, against what strace shows of the same ones, executed.
//!
//! In the emulation of another architecture there is no strace, but the emulator shows what it was asked for.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test cannot go on after is a failure"
)]

use std::process::{Command, Output};

/// A program that executes instructions, and prints each with its result and its words.
const SAMPLE: &str = env!("CARGO_BIN_EXE_sample");
/// What it does before and after them, in decimal and raw.
const MARK: [&str; 2] = ["close(32493)", "close(0x7eed)"];

/// One instruction of the sample, as this project has it.
struct Ours {
    text: String,
    words: Vec<u64>,
}

/// Runs the sample by a tracer that writes to its standard error: ours, and the tracer's lines.
fn run(command: &mut Command) -> (Vec<Ours>, Vec<String>) {
    let Output { status, stdout, stderr } =
        command.arg(SAMPLE).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {status}, {stderr}");
    let ours = stdout.lines().map(|line| {
        let (text, words) = line.split_once('\t').unwrap();
        Ours { text: text.to_owned(), words: words.split(' ').map(number).collect() }
    });
    let ours: Vec<_> = ours.collect();
    let is_mark = |line: &String| MARK.iter().any(|mark| line.contains(mark));
    let theirs = stderr.lines().map(str::to_owned).skip_while(|line| !is_mark(line)).skip(1);
    let theirs: Vec<_> = theirs.take_while(|line| !is_mark(line)).collect();
    assert!(ours.len() > 50);
    assert_eq!(ours.len(), theirs.len(), "{theirs:#?}");
    (ours, theirs)
}

/// A number as C has it.
fn number(text: &str) -> u64 {
    let parsed = if let Some(digits) = text.strip_prefix("0x") {
        u64::from_str_radix(digits, 16)
    } else if let Some(digits) = text.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        u64::from_str_radix(digits, 8)
    } else if text == "NULL" {
        Ok(0)
    } else {
        text.parse::<i64>().map(i64::cast_unsigned)
    };
    parsed.unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Our text in strace's way with identifiers, which has only their numbers.
fn without_types(text: &str) -> String {
    let mut text = text.to_owned();
    for name in ["Address(", "FD(", "ProcessGroup(", "Process(", "WD("] {
        while let Some(begin) = text.find(name) {
            let end = begin + text[begin..].find(')').unwrap();
            text = format!("{}{}{}", &text[..begin], &text[begin + name.len()..end], &text[end + 1..]);
        }
    }
    text
}

/// A line without what differs by habit only: strace has flags in an order of its own, aligns results, leaves off arguments that
/// the call does not look at, and explains numbers that it cannot name.
fn plain(line: &str) -> String {
    let mut line = line.to_owned();
    while let Some((before, rest)) = line.split_once(" /* ") {
        let (name, after) = rest.split_once(" */").unwrap();
        // `-X verbose`: `0x80000 /* O_CLOEXEC */`.
        let begin = before.rfind(['(', ' ', '|']).map_or(0, |index| index + 1);
        let kept =
            if name.contains("???") { before.to_owned() } else { format!("{}{name}", &before[..begin]) };
        line = format!("{kept}{after}");
    }
    let (call, result) = line.rsplit_once(" = ").unwrap();
    let mut call = call.trim_end().trim_end_matches(')').to_owned();
    while let Some(shorter) = call.strip_suffix(", 0").or_else(|| call.strip_suffix(", NULL")) {
        call.truncate(shorter.len());
    }
    let (name, arguments) = call.split_once('(').unwrap();
    let arguments = arguments.split(", ").map(|argument| {
        let mut flags: Vec<_> = argument.split('|').collect();
        flags.sort_unstable();
        flags.join("|")
    });
    format!("{name}({}) = {result}", arguments.collect::<Vec<_>>().join(", "))
}

/// strace traces programs of its own architecture only, and there is none in the emulation of another.
fn emulated() -> bool {
    let machine = Command::new("uname").arg("-m").output().unwrap().stdout;
    String::from_utf8_lossy(&machine).trim() != std::env::consts::ARCH
}

#[test]
fn printed_and_encoded_as_strace_shows() {
    if emulated() {
        printed_and_encoded_as_the_emulator_shows();
    } else {
        printed_as_strace_prints();
        encoded_as_strace_shows();
    }
}

fn printed_as_strace_prints() {
    for style in ["abbrev", "verbose"] {
        let (ours, theirs) = run(Command::new("strace").args(["-X", style]));
        for (Ours { text, .. }, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(plain(&without_types(text)), plain(theirs), "{style}");
        }
    }
}

fn encoded_as_strace_shows() {
    let (ours, theirs) = run(Command::new("strace").args(["-e", "raw=all"]));
    for (Ours { text, words }, theirs) in ours.iter().zip(&theirs) {
        let (_, arguments) = theirs.split_once('(').unwrap();
        let (arguments, _) = arguments.rsplit_once(") ").unwrap();
        let found: Vec<_> = arguments.split(", ").filter(|word| !word.is_empty()).map(number).collect();
        assert_eq!(words[..found.len()], found, "{text}: {theirs}");
    }
}

/// Where the emulator's names are not those of this architecture's headers: it has the `O_*` bits of another one.
const NAMES_OF_ITS_OWN: [&str; 2] = ["PF_", "O_LARGEFILE"];

/// The emulator prints numbers more often than names, the words of this architecture; both are compared.
fn printed_and_encoded_as_the_emulator_shows() {
    let emulator = format!("qemu-{}-static", std::env::consts::ARCH);
    let (ours, theirs) = run(Command::new(emulator).arg("-strace"));
    let mut compared = 0;
    for (Ours { text, words }, theirs) in ours.iter().zip(&theirs) {
        let (_, theirs) = theirs.split_once(' ').unwrap();
        // Newer calls than the emulator knows.
        if theirs.starts_with("Unknown syscall") {
            continue;
        }
        let (name, rest) = theirs.split_once('(').unwrap();
        assert!(text.starts_with(&format!("{name}(")), "{text}: {theirs}");
        let (arguments, result) = rest.rsplit_once(") = ").unwrap();
        match result.split_once(" (") {
            Some((_, description)) => assert!(text.ends_with(description), "{text}: {theirs}"),
            None => assert!(text.ends_with(&format!(" = {result}")), "{text}: {theirs}"),
        }
        let plain = without_types(text);
        let named = plain.split_once('(').unwrap().1.rsplit_once(") = ").unwrap().0.split(", ");
        let named = named.map(str::to_owned).chain(std::iter::repeat(String::new()));
        for ((argument, word), named) in arguments.split(',').zip(words).zip(named) {
            match argument.replace("(nil)", "NULL").as_str() {
                argument if argument.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
                    let found = number(argument);
                    assert!(found == *word || found << 32 == *word << 32, "{text}: {theirs}");
                }
                argument if NAMES_OF_ITS_OWN.iter().any(|own| argument.contains(own)) => continue,
                argument => assert!(*word == 0 || same_names(argument, &named), "{text}: {theirs}"),
            }
            compared += 1;
        }
    }
    assert!(compared > 150, "{compared}");
}

/// Whether these are the same flags. The emulator writes `FUTEX_WAKE_PRIVATE` and `MS_REC` as what they are made of.
fn same_names(theirs: &str, ours: &str) -> bool {
    let theirs =
        theirs.replace("FUTEX_PRIVATE_FLAG|FUTEX_WAKE", "FUTEX_WAKE_PRIVATE").replace("0x4000", "MS_REC");
    let sorted = |text: &str| {
        let mut parts: Vec<_> = text.split('|').map(str::to_owned).collect();
        parts.sort_unstable();
        parts
    };
    sorted(&theirs) == sorted(ours)
}
