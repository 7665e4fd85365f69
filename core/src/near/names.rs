//! Calls, flags and values by their C names, for command lines.
//!
//! What is written is read again: everything that an instruction is printed as, and what C would take in its place.
//!
//! ```
//! use rsyscall_core::{abi::Aarch64, identifier::FileDescriptor, near::{fs::OFlags, names}};
//!
//! let openat = names::call("openat").ok_or("no such call")?;
//! let instruction = openat.parse(["AT_FDCWD", "0x7f00", "O_RDONLY|O_CLOEXEC"])?;
//! assert_eq!(instruction.to_string(), "openat(AT_FDCWD, Address(0x7f00), O_RDONLY|O_CLOEXEC)");
//!
//! assert_eq!(names::from_name::<OFlags>("O_RDWR|O_CREAT"), Ok(OFlags::RDWR | OFlags::CREATE));
//! assert_eq!(names::from_name::<FileDescriptor>("-1"), Ok(FileDescriptor::NONE));
//! assert_eq!(names::constant::<Aarch64>("O_DIRECTORY"), Some(0o40_000));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::dependent;
use super::table::Description;
use super::{
    TABLES, aio, event, fs, io, ipc, keyctl, mm, mount, net, process, ptrace, riscv64, sched, security,
};
use super::{signal, system, time, x86_64, xattr};
use crate::abi::{Abi, Operation};
use crate::syscall::{Instruction, Integer, Names, Operand, Outcome, Text};
use core::fmt;

/// The types of all modules.
const CONSTANTS: &[&[Text]] = &[
    aio::CONSTANTS,
    event::CONSTANTS,
    fs::CONSTANTS,
    io::CONSTANTS,
    ipc::CONSTANTS,
    keyctl::CONSTANTS,
    mm::CONSTANTS,
    mount::CONSTANTS,
    net::CONSTANTS,
    process::CONSTANTS,
    ptrace::CONSTANTS,
    riscv64::CONSTANTS,
    sched::CONSTANTS,
    security::CONSTANTS,
    signal::CONSTANTS,
    system::CONSTANTS,
    time::CONSTANTS,
    x86_64::CONSTANTS,
    xattr::CONSTANTS,
];

/// Second names of what has another name above.
const ALIASES: &[(&str, &str)] = &[
    ("AF_FILE", "AF_UNIX"),
    ("AF_LOCAL", "AF_UNIX"),
    ("AF_ROUTE", "AF_NETLINK"),
    ("MAP_ANON", "MAP_ANONYMOUS"),
    ("O_NDELAY", "O_NONBLOCK"),
    ("O_FSYNC", "O_SYNC"),
    ("O_RSYNC", "O_SYNC"),
    ("PTRACE_PEEKUSER", "PTRACE_PEEKUSR"),
    ("PTRACE_POKEUSER", "PTRACE_POKEUSR"),
    ("RLIMIT_OFILE", "RLIMIT_NOFILE"),
    ("SCHED_OTHER", "SCHED_NORMAL"),
    ("SIGCLD", "SIGCHLD"),
    ("SIGIOT", "SIGABRT"),
    ("SIGPOLL", "SIGIO"),
    ("SO_RCVTIMEO", "SO_RCVTIMEO_OLD"),
    ("SO_SNDTIMEO", "SO_SNDTIMEO_OLD"),
    ("WUNTRACED", "WSTOPPED"),
];

/// Text that means nothing where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameError<'t> {
    /// The call, if it is the argument of one.
    pub call: Option<&'static str>,
    /// The argument's name in the prototype.
    pub argument: Option<&'static str>,
    /// What was written.
    pub text: &'t str,
    /// What is wrong with it.
    pub kind: NameErrorKind,
}

/// Why text means nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameErrorKind {
    /// It is neither a number nor a name that is known there.
    Unknown,
    /// The number does not fit into the argument.
    Range,
    /// It has two values that exclude each other.
    TwoValues,
    /// The call has fewer arguments.
    TooMany,
    /// The call has more arguments; `text` is empty.
    Missing,
}

impl fmt::Display for NameError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = self.call {
            write!(f, "{call}: ")?;
        }
        if let Some(argument) = self.argument {
            write!(f, "{argument}: ")?;
        }
        match self.kind {
            NameErrorKind::Unknown => write!(f, "`{}` is neither a number nor a name known here", self.text),
            NameErrorKind::Range => write!(f, "{} does not fit", self.text),
            NameErrorKind::TwoValues => write!(f, "`{}` has two values that exclude each other", self.text),
            NameErrorKind::TooMany => write!(f, "`{}` is one argument too many", self.text),
            NameErrorKind::Missing => f.write_str("missing"),
        }
    }
}

impl core::error::Error for NameError<'_> {}

/// A call of the table.
#[derive(Clone, Copy)]
pub struct Call {
    description: &'static Description,
}

/// An argument of a call.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    call: &'static str,
    name: &'static str,
    text: Text,
    optional: bool,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.name()).finish()
    }
}

/// The call with this name.
pub fn call(name: &str) -> Option<Call> {
    calls().find(|call| call.name() == name)
}

/// Every call.
pub fn calls() -> impl Iterator<Item = Call> {
    TABLES.iter().copied().flatten().map(|description| Call { description })
}

/// The value of a C constant in the bits of an ABI: a flag, a named value, or an errno.
///
/// ```
/// use rsyscall_core::{abi::X86_64, near::names};
/// assert_eq!(names::constant::<X86_64>("SIGTERM"), Some(15));
/// assert_eq!(names::constant::<X86_64>("ENOENT"), Some(2));
/// assert_eq!(names::constant::<X86_64>("AT_FDCWD"), Some(-100_i64 as u64));
/// ```
pub fn constant<A: Abi>(name: &str) -> Option<u64> {
    let name = canonical(name);
    if let Some(flag) = find(fs::OFlags::TEXT.flags, name) {
        return Some(A::open_flags(flag));
    }
    let errno = || crate::syscall::Errno::from_name(name).map(|errno| u64::from(errno.into_raw()));
    constants().find(|&(known, _)| known == name).map(|(_, value)| value).or_else(errno)
}

/// Every flag and named value but errnos, in the neutral encoding, which is that of x86_64. Some come more than once.
pub fn constants() -> impl Iterator<Item = (&'static str, u64)> {
    const IDENTIFIERS: &[Text] = &[crate::identifier::FileDescriptor::TEXT, crate::identifier::Address::TEXT];
    CONSTANTS.iter().copied().chain([IDENTIFIERS]).flatten().flat_map(names_of)
}

/// An operand from its text: a number, names of C constants joined with `|`, or what it is printed as.
///
/// # Errors
///
/// The text means nothing for this type.
pub fn from_name<T: Operand + Outcome>(text: &str) -> Result<T, NameError<'_>> {
    let word = parse(&T::TEXT, text).map_err(|kind| NameError { call: None, argument: None, text, kind })?;
    Ok(T::from_word(word))
}

impl Call {
    /// Its name.
    pub const fn name(self) -> &'static str {
        self.description.name
    }

    /// Which call it is in every ABI.
    pub const fn operation(self) -> Operation {
        self.description.operation
    }

    /// How many arguments it has.
    pub const fn arity(self) -> usize {
        self.description.operands.len()
    }

    /// One of its arguments, from 0 on, given the words of those before it: what they are may decide what it is.
    pub fn argument(self, index: usize, earlier: &[u64]) -> Option<Argument> {
        let operand = self.description.operand(index, self.open_flags(earlier), earlier)?;
        Some(Argument {
            call: self.name(),
            name: operand.name,
            text: operand.text,
            optional: operand.omit_zero && index.checked_add(1) == Some(self.arity()),
        })
    }

    /// The instruction with these arguments. The last may be missing where it is printed only if it is not 0: the mode
    /// of `openat`.
    ///
    /// # Errors
    ///
    /// The first argument that means nothing, or that there are too few or too many.
    pub fn parse<'t>(
        self,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Result<Instruction<usize>, NameError<'t>> {
        let mut texts = texts.into_iter();
        let mut words = [0; 6];
        for index in 0..self.arity() {
            let (earlier, rest) = words.split_at_mut_checked(index).unwrap_or_default();
            let (Some(argument), Some(word)) = (self.argument(index, earlier), rest.first_mut()) else {
                break;
            };
            *word = match texts.next() {
                Some(text) => argument.parse(text)?,
                None if argument.optional => 0,
                None => return Err(argument.error("", NameErrorKind::Missing)),
            };
        }
        match texts.next() {
            Some(text) => {
                Err(NameError { call: Some(self.name()), argument: None, text, kind: NameErrorKind::TooMany })
            }
            None => Ok(self.instruction(words)),
        }
    }

    /// The instruction with these words, in the neutral encoding.
    pub fn instruction(self, words: [u64; 6]) -> Instruction<usize> {
        let open_flags = self.open_flags(&words);
        Instruction::new(Operation { open_flags, ..self.description.operation }, words)
    }

    /// Which arguments have `O_*` flags, also where an earlier one says so.
    fn open_flags(self, words: &[u64]) -> u8 {
        let dependent =
            |index| dependent::find(self.name(), index, words).is_some_and(|found| found.open_flags);
        (0..self.arity())
            .filter(|&index| dependent(index))
            .fold(self.operation().open_flags, |flags, index| flags | 1 << index)
    }
}

impl Argument {
    /// Its name in the prototype.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it is an address in the task's memory.
    pub fn is_address(&self) -> bool {
        self.text.wrapper == <crate::identifier::Address as Operand>::TEXT.wrapper
    }

    /// Whether it may be missing: the last one, where it is printed only if it is not 0.
    pub const fn is_optional(&self) -> bool {
        self.optional
    }

    /// A word of it as text, as an instruction is printed.
    ///
    /// ```
    /// # use rsyscall_core::near::names;
    /// let whence = names::call("lseek").and_then(|lseek| lseek.argument(2, &[])).ok_or("no such argument")?;
    /// assert_eq!(whence.written(1).to_string(), "SEEK_CUR");
    /// # Ok::<(), &str>(())
    /// ```
    pub fn written(&self, word: u64) -> impl fmt::Display + use<> {
        let text = self.text;
        fmt::from_fn(move |f| text.format(word, f))
    }

    /// The C names that it takes, with their words.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, u64)> {
        names_of(&self.text)
    }

    /// The word of a text.
    ///
    /// # Errors
    ///
    /// The text means nothing for this argument.
    pub fn parse<'t>(&self, text: &'t str) -> Result<u64, NameError<'t>> {
        parse(&self.text, text).map_err(|kind| self.error(text, kind))
    }

    fn error<'t>(&self, text: &'t str, kind: NameErrorKind) -> NameError<'t> {
        NameError { call: Some(self.call), argument: Some(self.name), text, kind }
    }
}

fn names_of(text: &Text) -> impl Iterator<Item = (&'static str, u64)> + use<> {
    text.values.iter().chain(text.flags).copied()
}

fn canonical(name: &str) -> &str {
    ALIASES.iter().find(|&&(alias, _)| alias == name).map_or(name, |&(_, name)| name)
}

fn find(names: Names, name: &str) -> Option<u64> {
    names.iter().find(|&&(known, _)| known == name).map(|&(_, word)| word)
}

/// The word that a text is.
fn parse(syntax: &Text, text: &str) -> Result<u64, NameErrorKind> {
    if syntax.mask == !0 {
        let inner =
            text.strip_prefix(syntax.wrapper).and_then(|rest| rest.strip_prefix('(')?.strip_suffix(')'));
        return match find(syntax.values, canonical(text)) {
            Some(word) => Ok(word),
            None => number(syntax.integer, inner.unwrap_or(text)),
        };
    }
    let mut word = 0;
    let mut value = None;
    for part in text.split('|').map(str::trim) {
        let name = canonical(part);
        if let Some(flag) = find(syntax.flags, name) {
            word |= flag;
        } else if let Some(number) = find(syntax.values, name) {
            if value.replace(number).is_some_and(|before| before != number) {
                return Err(NameErrorKind::TwoValues);
            }
            word |= number;
        } else {
            word |= number(syntax.integer, part)?;
        }
    }
    Ok(word)
}

/// A number as C has it, decimal, `0x7f` or `017`, and `0o17`, which fits into the type or is the same in it: -1 is all
/// bits of an unsigned one, and 0xffffffff is -1 of an `int`.
fn number(integer: Integer, text: &str) -> Result<u64, NameErrorKind> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (radix, digits) =
        if let Some(digits) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
            (16, digits)
        } else if let Some(digits) = digits.strip_prefix("0o") {
            (8, digits)
        } else if let Some(digits) = digits.strip_prefix('0').filter(|digits| !digits.is_empty()) {
            (8, digits)
        } else {
            (10, digits)
        };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(NameErrorKind::Unknown);
    }
    let magnitude = u64::from_str_radix(digits, radix).map_err(|_| NameErrorKind::Range)?;
    let (bits, signed) = match integer {
        Integer::I32 => (32, true),
        Integer::U32 => (32, false),
        Integer::I64 => (64, true),
        Integer::U64 => (64, false),
    };
    let fits = if negative { magnitude <= 1 << (bits - 1) } else { bits == 64 || magnitude >> bits == 0 };
    if !fits {
        return Err(NameErrorKind::Range);
    }
    let word = if negative { magnitude.wrapping_neg() } else { magnitude };
    Ok(match (bits, signed) {
        (32, true) => ((word << 32).cast_signed() >> 32).cast_unsigned(),
        (32, false) => word << 32 >> 32,
        _ => word,
    })
}
