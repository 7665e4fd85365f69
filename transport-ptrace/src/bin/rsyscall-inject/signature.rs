//! What is known of a call: its number on this architecture, and what its arguments are.

use crate::{nearest::suggestion, number};
use anyhow::{Result, bail};
use rsyscall_core::{
    abi::{ABSENT, Abi, Native},
    near::names,
};
use std::fmt;

/// A call that can be made here.
#[derive(Clone)]
pub(crate) struct Signature {
    pub(crate) name: String,
    /// Its number.
    pub(crate) number: i64,
    /// What its arguments are; of a call that is given by a number nobody may know.
    call: Option<names::Call>,
}

/// Numbers of calls that have a name are below this.
const NUMBERS: i64 = 1024;
/// Calls whose C functions are variadic, or are described as if they were: what is not given is 0.
const VARIADIC: [&str; 9] =
    ["fcntl", "futex", "ioctl", "keyctl", "mremap", "prctl", "ptrace", "semctl", "seccomp"];
/// A call with a number that nobody knows takes as many as a call can.
const MOST: usize = 6;

/// Calls whose result is how many bytes they wrote to which argument.
const COUNTED: [(&str, usize); 18] = [
    ("fgetxattr", 2),
    ("flistxattr", 1),
    ("getcwd", 0),
    ("getdents", 1),
    ("getdents64", 1),
    ("getrandom", 0),
    ("getxattr", 2),
    ("lgetxattr", 2),
    ("listxattr", 1),
    ("llistxattr", 1),
    ("mq_timedreceive", 1),
    ("pread64", 1),
    ("read", 1),
    ("readlink", 1),
    ("readlinkat", 2),
    ("recvfrom", 1),
    ("sched_getaffinity", 2),
    ("syslog", 1),
];

impl Signature {
    /// Finds a call by its name or its number.
    ///
    /// # Errors
    ///
    /// There is none, on this architecture or at all; what it may have been meant to be.
    pub(crate) fn find(name: &str) -> Result<Self> {
        if let Some(number) = number::word(name) {
            let number = number.cast_signed();
            let known = Native::name(number);
            return Ok(Self {
                name: known.map_or_else(|| format!("syscall_{number:#x}"), str::to_owned),
                number,
                call: known.and_then(names::call),
            });
        }
        let call = names::call(name);
        let number = match call {
            Some(call) => Some(i64::from(Native::number(call.operation()))),
            None => (0..NUMBERS).find(|&number| Native::name(number) == Some(name)),
        };
        match number {
            Some(number) if number == i64::from(ABSENT) => {
                let successor = successor::<Native>(name).map(|name| format!("; `{name}` does the same"));
                bail!("{} has no system call `{name}`{}", Native::NAME, successor.unwrap_or_default())
            }
            Some(number) => Ok(Self { name: name.to_owned(), number, call }),
            None => bail!("there is no system call `{name}`{}", suggestion(name, call_names())),
        }
    }

    /// How it is written: `read(fd, buf, count)`.
    fn prototype(&self) -> String {
        let names =
            self.call.map(|call| (0..call.arity()).filter_map(move |index| call.argument(index, &[])));
        let names: Vec<_> = names.into_iter().flatten().map(|argument| argument.name().to_owned()).collect();
        self.with_arguments(&names)
    }

    /// How many arguments it takes at most.
    pub(crate) fn most(&self) -> usize {
        self.call.map_or(MOST, names::Call::arity)
    }

    /// How many it must have.
    pub(crate) fn least(&self) -> usize {
        match self.call {
            Some(call) if !VARIADIC.contains(&self.name.as_str()) => {
                let arguments = (0..self.most()).filter_map(|index| call.argument(index, &[]));
                arguments.filter(|argument| !argument.is_optional()).count()
            }
            _ => 0,
        }
    }

    /// The C names that an argument takes, given the words before it.
    pub(crate) fn names(&self, index: usize, earlier: &[u64]) -> Vec<&'static str> {
        let argument = self.argument(index, earlier);
        argument.iter().flat_map(names::Argument::names).map(|(name, _)| name).collect()
    }

    /// Checks how many arguments there are.
    ///
    /// # Errors
    ///
    /// There are too many, or too few.
    pub(crate) fn check_count(&self, given: usize) -> Result<()> {
        let (least, most) = (self.least(), self.most());
        if (least..=most).contains(&given) {
            return Ok(());
        }
        let takes = match (least, most) {
            (0, 0) => "takes no arguments".to_owned(),
            (1, 1) => "takes one argument".to_owned(),
            (least, most) if least == most => format!("takes {most} arguments"),
            (0, most) => format!("takes up to {most} arguments"),
            (least, most) => format!("takes {least} to {most} arguments"),
        };
        bail!("{} {takes}, not {given}: {}", self.name, self.prototype())
    }

    /// Whether an argument is an address and nothing else.
    pub(crate) fn is_address(&self, index: usize) -> bool {
        self.argument(index, &[]).is_some_and(|argument| argument.is_address())
    }

    /// Whether an argument may be an address.
    pub(crate) fn may_be_address(&self, index: usize, earlier: &[u64]) -> bool {
        self.argument(index, earlier).is_none_or(|argument| argument.is_address() || !is_named(&argument))
    }

    /// The word of a name, as the kernel of this architecture takes it; `None` where text is meant.
    ///
    /// # Errors
    ///
    /// It means nothing here; what it may have been meant to be.
    pub(crate) fn named(&self, index: usize, earlier: &[u64], text: &str) -> Result<Option<u64>> {
        let Some(argument) = self.argument(index, earlier) else {
            let Some(word) = constant(text) else {
                bail!("`{text}` is neither a number nor a name; write string:{text} for the text itself")
            };
            return Ok(Some(word));
        };
        if let Ok(word) = argument.parse(text) {
            let has_open_flags = self.has_open_flags(index, earlier);
            return Ok(Some(if has_open_flags { Native::open_flags(word) } else { word }));
        }
        if argument.is_address() {
            return Ok(None);
        }
        // What a plain number means depends on the others.
        if !is_named(&argument)
            && let Some(word) = constant(text)
        {
            return Ok(Some(word));
        }
        let unknown = |part: &&str| argument.parse(part).is_err();
        let part = text.split('|').map(str::trim).find(unknown).unwrap_or(text);
        let name = argument.name();
        match argument.parse(text) {
            Err(error) if error.kind == names::NameErrorKind::TwoValues => {
                bail!("`{text}` has two values of {name} that exclude each other")
            }
            _ if constant(part).is_some() => bail!("`{part}` is no value of {name}{}", expected(&argument)),
            _ if is_named(&argument) => {
                let nearest = suggestion(part, argument.names().map(|(name, _)| name));
                bail!("`{part}` is neither a number nor a value of {name}{nearest}")
            }
            _ => {
                let nearest = suggestion(part, names::constants().map(|(name, _)| name));
                bail!("`{part}` is neither a number nor a name, as {name} has to be{nearest}")
            }
        }
    }

    /// An argument as strace prints it.
    pub(crate) fn format(&self, index: usize, words: &[u64]) -> String {
        let word = words.get(index).copied().unwrap_or(0);
        let Some(argument) = self.argument(index, words) else { return plain(word) };
        let has_open_flags = self.has_open_flags(index, words);
        let neutral = if has_open_flags { Native::neutral_open_flags(word) } else { word };
        let text = argument.written(neutral).to_string();
        // strace does not say that a descriptor is one.
        match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            Some((_, number)) => number.to_owned(),
            None => text,
        }
    }

    /// The call with these arguments.
    pub(crate) fn with_arguments(&self, arguments: &[String]) -> String {
        format!("{}({})", self.name, arguments.join(", "))
    }

    /// Whether success means that the program goes on no more.
    pub(crate) fn ends_the_program(&self) -> bool {
        matches!(self.name.as_str(), "exit" | "exit_group" | "execve" | "execveat")
    }

    /// The argument that points to as many bytes as the result says.
    pub(crate) fn counted_argument(&self) -> Option<usize> {
        COUNTED.iter().find(|&&(name, _)| name == self.name).map(|&(_, index)| index)
    }

    /// What an argument is called in the manual.
    pub(crate) fn argument_name(&self, index: usize) -> Option<&'static str> {
        Some(self.argument(index, &[])?.name())
    }

    /// Which argument is called so there.
    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        (0..MOST).find(|&index| self.argument_name(index) == Some(name))
    }

    fn argument(&self, index: usize, earlier: &[u64]) -> Option<names::Argument> {
        self.call?.argument(index, earlier)
    }

    /// Whether an argument's bits are not the same on all architectures, given the words before it.
    fn has_open_flags(&self, index: usize, earlier: &[u64]) -> bool {
        let mut words = [0; 6];
        for (word, earlier) in words.iter_mut().zip(earlier) {
            *word = *earlier;
        }
        let open_flags = self.call.map_or(0, |call| call.instruction(words).operation().open_flags);
        open_flags >> index & 1 == 1
    }
}

/// The names of all calls here.
pub(crate) fn call_names() -> impl Iterator<Item = &'static str> {
    (0..NUMBERS).filter_map(Native::name)
}

/// What an architecture has for a call that younger ones lack.
fn successor<A: Abi>(name: &str) -> Option<&'static str> {
    [format!("{name}at"), format!("f{name}at"), format!("p{name}"), format!("{name}1"), format!("{name}2")]
        .iter()
        .filter_map(|name| names::call(name))
        .find(|call| A::number(call.operation()) != ABSENT)
        .map(names::Call::name)
}

/// Names that are known anywhere, joined by `|`, in the bits of this architecture.
fn constant(text: &str) -> Option<u64> {
    text.split('|')
        .map(|part| number::word(part).or_else(|| names::constant::<Native>(part.trim())))
        .try_fold(0, |word, part| Some(word | part?))
}

/// Whether the argument has names of its own.
fn is_named(argument: &names::Argument) -> bool {
    argument.names().next().is_some()
}

fn expected(argument: &names::Argument) -> String {
    const SHOWN: usize = 4;
    let names: Vec<_> = argument.names().map(|(name, _)| name).take(SHOWN).collect();
    let more = if argument.names().nth(SHOWN).is_some() { ", …" } else { "" };
    format!(", which is {}{more} or a number", names.join(", "))
}

/// A word of which nothing is known.
pub(crate) fn plain(word: u64) -> String {
    match word.cast_signed() {
        number @ -4096..4096 => number.to_string(),
        _ => format!("{word:#x}"),
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsyscall_core::abi::Aarch64;

    #[test]
    fn a_call_that_an_architecture_lacks_has_a_successor() {
        for (name, expected) in [
            ("open", "openat"),
            ("mkdir", "mkdirat"),
            ("access", "faccessat"),
            ("poll", "ppoll"),
            ("pipe", "pipe2"),
            ("epoll_create", "epoll_create1"),
        ] {
            assert_eq!(successor::<Aarch64>(name), Some(expected));
        }
        assert_eq!(successor::<Aarch64>("arch_prctl"), None);
    }

    #[test]
    fn a_number_is_a_name_where_it_has_one() {
        let number = Native::number(names::call("getpid").unwrap().operation());
        assert_eq!(Signature::find(&number.to_string()).unwrap().name, "getpid");
        assert_eq!(Signature::find("0x2000").unwrap().name, "syscall_0x2000");
    }

    #[test]
    fn what_the_table_lacks_is_found_by_the_name_of_its_number() {
        let known: Vec<_> = (0..NUMBERS).filter_map(Native::name).collect();
        assert!(known.len() > 300);
        for name in known {
            let found = Signature::find(name).unwrap();
            assert_eq!(Native::name(found.number), Some(name));
        }
    }
}
