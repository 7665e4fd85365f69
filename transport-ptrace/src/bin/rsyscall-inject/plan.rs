//! The calls of a command line, before anything is done.

use crate::{
    argument::{Memory, Reference, Written, c_string},
    signature::Signature,
};
use anyhow::{Context, Result, ensure};
use std::ffi::{OsStr, OsString};

/// Calls in order.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) calls: Vec<Call>,
}

/// One call, and what it is given.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) signature: Signature,
    pub(crate) arguments: Vec<Argument>,
}

/// An argument, whose word may not be known before the call is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Argument {
    /// The word, as the kernel takes it.
    Word(u64),
    /// The result of an earlier call.
    Result(Reference),
    /// The address of what is placed in the target's memory.
    Memory(Memory),
}

/// Between one call and the next.
pub(crate) const SEPARATOR: &str = "--";

impl Plan {
    /// Reads calls with their arguments, `--` between one and the next.
    ///
    /// # Errors
    ///
    /// What is wrong with which argument of which call, and what could be written instead.
    pub(crate) fn parse(words: &[OsString]) -> Result<Self> {
        if words.is_empty() {
            return Ok(Self { calls: Vec::new() });
        }
        let calls = words.split(|word| word == SEPARATOR).enumerate();
        let calls: Result<_> = calls.map(|(before, words)| Call::parse(before, words)).collect();
        Ok(Self { calls: calls? })
    }

    /// What is placed in memory for each argument of all calls, in order; `None` for those that need nothing there.
    pub(crate) fn memory(&self) -> impl Iterator<Item = Option<&Memory>> {
        self.calls.iter().flat_map(|call| &call.arguments).map(|argument| match argument {
            Argument::Memory(memory) => Some(memory),
            Argument::Word(_) | Argument::Result(_) => None,
        })
    }
}

impl Call {
    fn parse(before: usize, texts: &[OsString]) -> Result<Self> {
        let (name, texts) = texts.split_first().context("a call is missing beside a `--`")?;
        let signature = Signature::find(&name.to_string_lossy())?;
        signature.check_count(texts.len())?;
        let mut call = Self { signature, arguments: Vec::new() };
        for (index, text) in texts.iter().enumerate() {
            let number = index.saturating_add(1);
            let argument = call
                .argument(index, before, text)
                .with_context(|| format!("argument {number} of {}", call.signature.name))?;
            call.arguments.push(argument);
        }
        Ok(call)
    }

    /// As much of a call as is written yet; what means nothing is a number that nobody knows.
    pub(crate) fn unfinished(texts: &[OsString]) -> Option<Self> {
        let (name, texts) = texts.split_first()?;
        let signature = Signature::find(&name.to_string_lossy()).ok()?;
        let mut call = Self { signature, arguments: Vec::new() };
        for (index, text) in texts.iter().enumerate() {
            let argument = call.argument(index, usize::MAX, text).unwrap_or(Argument::Word(0));
            call.arguments.push(argument);
        }
        Some(call)
    }

    fn argument(&self, index: usize, before: usize, text: &OsStr) -> Result<Argument> {
        let earlier = self.known_words();
        Ok(match Written::parse(text)? {
            Written::Word(word) => Argument::Word(word),
            Written::Result(reference) => {
                ensure!(
                    reference.call <= before,
                    "`{reference}` is the result of call {}, and this is call {}: only earlier ones have one",
                    reference.call,
                    before.saturating_add(1)
                );
                Argument::Result(reference)
            }
            Written::Memory(memory) => {
                ensure!(
                    self.signature.may_be_address(index, &earlier),
                    "`{}` stands for an address, which this argument is not",
                    text.display()
                );
                Argument::Memory(memory)
            }
            Written::Other(text) => match self.signature.named(index, &earlier, &text)? {
                Some(word) => Argument::Word(word),
                None => Argument::Memory(Memory::String(c_string(text.as_bytes())?)),
            },
        })
    }

    /// Its words as far as they are known before it is made; the others are 0.
    pub(crate) fn known_words(&self) -> Vec<u64> {
        let words = self.arguments.iter().map(|argument| match argument {
            Argument::Word(word) => *word,
            Argument::Result(_) | Argument::Memory(_) => 0,
        });
        words.collect()
    }

    /// Its arguments before it is made.
    pub(crate) fn texts(&self) -> Vec<String> {
        let words = self.known_words();
        let texts = self.arguments.iter().enumerate().map(|(index, argument)| match argument {
            Argument::Word(_) => self.signature.format(index, &words),
            Argument::Result(reference) => reference.to_string(),
            Argument::Memory(memory) => memory.placeholder(),
        });
        texts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsyscall_core::abi::{Aarch64, Abi, Native};

    fn plan(line: &str) -> Result<Plan> {
        let words: Vec<_> = line.split(' ').map(OsString::from).collect();
        Plan::parse(&words)
    }

    fn texts(line: &str) -> Vec<String> {
        let plan = plan(line).unwrap_or_else(|error| panic!("{line}: {error:#}"));
        plan.calls.iter().map(|call| call.signature.with_arguments(&call.texts())).collect()
    }

    fn error(line: &str) -> String {
        format!("{:#}", plan(line).map(|_| ()).unwrap_err())
    }

    #[test]
    fn a_call_reads_as_strace_prints_it() {
        for (line, expected) in [
            ("getpid", "getpid()"),
            ("openat AT_FDCWD /etc/hostname O_RDONLY", "openat(AT_FDCWD, \"/etc/hostname\", O_RDONLY)"),
            ("openat -100 string:3 O_WRONLY|O_CREAT 0644", "openat(AT_FDCWD, \"3\", O_WRONLY|O_CREAT, 0644)"),
            ("read 0x3 buf:4096 4096", "read(3, buf:4096, 4096)"),
            ("write 1 hex:0a 1", "write(1, hex:0a, 1)"),
            ("kill 7 SIGTERM", "kill(7, SIGTERM)"),
            ("munmap 0x7f0000 4096", "munmap(0x7f0000, 4096)"),
            ("munmap NULL 4096", "munmap(NULL, 4096)"),
            ("fcntl 3 F_GETFD", "fcntl(3, F_GETFD)"),
        ] {
            assert_eq!(texts(line), [expected], "{line}");
        }
        assert_eq!(texts("9999 -5 0x1000 string:x"), ["syscall_0x270f(-5, 0x1000, \"x\")"]);
    }

    #[test]
    fn a_plain_number_may_be_any_constant() {
        assert_eq!(texts("read 0 NULL O_WRONLY|SIGINT"), ["read(0, NULL, 3)"]);
        assert_eq!(texts("9999 ENOENT SIGTERM|0x100"), ["syscall_0x270f(2, 271)"]);
    }

    #[test]
    fn a_result_is_one_of_an_earlier_call() {
        assert_eq!(
            texts("openat AT_FDCWD / O_PATH -- read @1 buf:4 4 -- close @1 -- munmap @1+0x10 @2-1"),
            [
                "openat(AT_FDCWD, \"/\", O_RDONLY|O_PATH)",
                "read(@1, buf:4, 4)",
                "close(@1)",
                "munmap(@1+16, @2-1)"
            ]
        );
        assert_eq!(
            error("close @1"),
            "argument 1 of close: `@1` is the result of call 1, and this is call 1: only earlier ones have one"
        );
        assert!(plan("getpid -- close @3").is_err());
    }

    #[test]
    fn flags_are_in_the_bits_of_this_architecture() {
        let named = plan("openat 3 x O_DIRECTORY").unwrap();
        assert_eq!(named.calls[0].arguments[2], Argument::Word(Native::open_flags(0o200_000)));
        assert_eq!(Aarch64::open_flags(0o200_000), 0o40_000);
        let by_command = plan("fcntl 3 F_SETFL O_DIRECT").unwrap();
        assert_eq!(by_command.calls[0].arguments[2], Argument::Word(Native::open_flags(0o40_000)));
        // A number is what the kernel gets.
        let number = plan("openat 3 x 0x10000").unwrap();
        assert_eq!(number.calls[0].arguments[2], Argument::Word(0x10000));
    }

    #[test]
    fn errors_say_what_to_write() {
        for (line, expected) in [
            ("opnat 1", "there is no system call `opnat`; did you mean `openat`?"),
            ("read 1", "read takes 3 arguments, not 1: read(fd, buf, count)"),
            ("close 1 2", "close takes one argument, not 2: close(fd)"),
            (
                "openat AT_FDCWD x O_RDNLY",
                "argument 3 of openat: `O_RDNLY` is neither a number nor a value of flags; did you mean `O_RDONLY`?",
            ),
            (
                "openat AT_FDCWD x O_RDONLY|O_CLOEXE",
                "argument 3 of openat: `O_CLOEXE` is neither a number nor a value of flags; did you mean `O_CLOEXEC`?",
            ),
            (
                "openat AT_FDCWD x SIGTERM",
                "argument 3 of openat: `SIGTERM` is no value of flags, which is O_RDONLY, O_WRONLY, O_RDWR, O_ACCMODE, … \
                 or a number",
            ),
            ("close buf:4", "argument 1 of close: `buf:4` stands for an address, which this argument is not"),
            (
                "read 0 buf:4 4O",
                "argument 3 of read: `4O` is neither a number nor a name, as count has to be",
            ),
            ("getpid --", "a call is missing beside a `--`"),
            ("-- getpid", "a call is missing beside a `--`"),
            (
                "read 0 @x 1",
                "argument 2 of read: `@x` is no result of a call: write @1, @2, …, or @1+8; or string:@x for the text \
                 itself",
            ),
        ] {
            assert_eq!(error(line), expected, "{line}");
        }
    }
}
