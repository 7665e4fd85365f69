//! The table's syntax: one entry, one system call, two forms and one description.

use super::dependent;
use crate::abi::Operation;
use crate::syscall::{Instruction, Operand, Text};

/// How an instruction is printed.
pub(crate) struct Description {
    pub(crate) operation: Operation,
    pub(crate) name: &'static str,
    pub(crate) operands: &'static [OperandDescription],
    /// Whether `O_*` flags are without an access mode.
    pub(crate) without_access_mode: bool,
}

/// How one operand is printed.
#[derive(Clone, Copy)]
pub(crate) struct OperandDescription {
    #[cfg(feature = "from_name")]
    pub(crate) name: &'static str,
    pub(crate) text: Text,
    /// Whether a zero at the end is left out.
    pub(crate) omit_zero: bool,
}

impl OperandDescription {
    #[cfg_attr(not(feature = "from_name"), expect(unused_variables, reason = "nothing printed has the name"))]
    pub(crate) const fn of<T: Operand>(name: &'static str) -> Self {
        Self {
            #[cfg(feature = "from_name")]
            name,
            text: T::TEXT,
            omit_zero: T::OMIT_ZERO,
        }
    }
}

impl Description {
    /// How an operand is printed, given which arguments have `O_*` flags, and the words before it.
    pub(crate) fn operand(
        &self,
        index: usize,
        open_flags: u8,
        earlier: &[u64],
    ) -> Option<OperandDescription> {
        let operand = *self.operands.get(index)?;
        let has_open_flags = open_flags >> index & 1 == 1;
        if let Some(dependent) = dependent::find(self.name, index, earlier) {
            return Some(match dependent.text {
                // Where the flags were given in the ABI's own bits, nobody knows here which those are.
                Some(_) if dependent.open_flags && !has_open_flags => operand,
                Some(text) => OperandDescription { text, ..operand },
                None => OperandDescription { omit_zero: true, ..operand },
            });
        }
        if has_open_flags && self.without_access_mode {
            return Some(OperandDescription { text: operand.text.only_flags(), ..operand });
        }
        Some(operand)
    }
}

/// Defines instructions, each with its docs:
///
/// ```text
/// /// `int close(int fd)`
/// close(fd: FileDescriptor) -> ();
/// ```
///
/// An entry becomes a `const fn`, a method of the batch builder, and a row of the module's `TABLE` for printing. Its
/// number in every ABI is looked up by its name. After the result may follow
///
/// * `[only x86_64]`: the ABIs that have the call, if not all have it; it is answered ENOSYS on the others;
/// * `[else epoll_pwait]`: the call that takes the same arguments on the ABIs with the generic table, where further
///   arguments of 0 mean the same;
/// * `[on aarch64 fstatat]`: the name in that one table, if it is another;
/// * `[order clone_backwards]`: the last two arguments are exchanged on the ABIs that do so;
/// * `[without access_mode]`: the `O_*` flags are for a descriptor that has its access mode already;
/// * `[page quotactl]`: the manual page that describes it, if it is of another name, or `none`.
///
/// An argument of type `OFlags` is encoded for the ABI; a type is one identifier.
macro_rules! instructions {
    ($(
        $(#[$doc:meta])*
        $name:ident($($argument:ident: $type:ident),* $(,)?) -> $result:ty
            $([only $($abi:ident)+])? $([else $other:ident])? $([on $on:ident $called:ident])?
            $([order $backwards:ident])? $([without $without:ident])? $([page $page:ident])?;
    )*) => {
        $(
            $(#[$doc])*
            #[doc = ""]
            #[doc = man_page!($name $($page)?)]
            #[inline(always)]
            pub const fn $name($($argument: $type),*) -> $crate::syscall::Instruction<$result> {
                $crate::syscall::Instruction::new(
                    const { operations::$name() },
                    six!(0; $($crate::syscall::operand_word!($type $argument)),*),
                )
            }
        )*

        /// Which operation each call is.
        mod operations {
            $(
                pub(super) const fn $name() -> $crate::abi::Operation {
                    operation!($name ($($type)*) [$($($abi)+)?] [$($other)?] [$($on $called)?] [$($backwards)?])
                }
            )*
        }

        impl<const N: usize> $crate::batch::Batch<'_, N> {
            $(batch_method! { $name($($argument: $type),*) -> $result = $name($($argument),*) })*
        }

        pub(crate) const TABLE: &[$crate::near::table::Description] = &[$(
            $crate::near::table::Description {
                operation: operations::$name(),
                name: stringify!($name),
                operands: &[$($crate::near::table::OperandDescription::of::<$type>(stringify!($argument))),*],
                without_access_mode: is_given!([$($without)?]),
            }
        ),*];
    };
}

/// Defines forms of a call for one of its commands, each with its docs: an argument list of its own, and what it
/// becomes.
///
/// ```text
/// /// `F_GETFD`
/// fcntl_getfd(fd: FileDescriptor) -> FdFlags = fcntl(fd, [FcntlCommand::GETFD]);
/// ```
///
/// What the call takes is an argument's word, or a constant in brackets, or `(argument | FLAGS)`; what is not given is 0.
/// A form becomes a `const fn` and a method of the batch builder.
macro_rules! forms {
    ($(
        $(#[$doc:meta])*
        $name:ident($($argument:ident: $type:ident),* $(,)?) -> $result:ty = $call:ident($($value:tt),* $(,)?);
    )*) => {
        $(
            $(#[$doc])*
            #[doc = ""]
            #[doc = concat!("A form of [`", stringify!($call), "()`].")]
            #[inline(always)]
            pub const fn $name($($argument: $type),*) -> $crate::syscall::Instruction<$result> {
                $(
                    let $argument = $crate::near::table::Slot {
                        word: $crate::syscall::operand_word!($type $argument),
                        link: 0,
                        open_flags: is_open_flags!($type),
                    };
                )*
                let slots = six!($crate::near::table::Slot::ZERO; $(slot!($value)),*);
                $crate::near::table::form(const { operations::$call() }, slots)
            }
        )*

        impl<const N: usize> $crate::batch::Batch<'_, N> {
            $(batch_method! { $name($($argument: $type),*) -> $result = $call($(slot!($value)),*) })*
        }
    };
}

/// The method of the batch builder for a call or a form, given the slots of the call's arguments.
macro_rules! batch_method {
    ($name:ident($($argument:ident: $type:ident),*) -> $result:ty = $call:ident($($slot:expr),*)) => {
        #[doc = concat!("Adds [`", stringify!($name), "`](fn@", stringify!($name), ") to the batch.")]
        #[doc = ""]
        #[doc = "# Errors"]
        #[doc = ""]
        #[doc = "[`NotSent::Full`](crate::interface::NotSent::Full), as [`push`](Self::push)."]
        pub fn $name(
            &mut self,
            $($argument: impl Into<$crate::batch::Arg<$type>>),*
        ) -> Result<$crate::batch::Ref<$result>, $crate::interface::NotSent> {
            $(
                let $argument: $crate::batch::Arg<$type> = $argument.into();
                let $argument = $crate::near::table::Slot {
                    word: $argument.word,
                    link: $argument.link,
                    open_flags: is_open_flags!($type),
                };
            )*
            let slots = six!($crate::near::table::Slot::ZERO; $($slot),*);
            let instruction = $crate::near::table::form(const { operations::$call() }, slots);
            self.push_linked(instruction, slots.map(|slot| slot.link))
        }
    };
}

/// What a form puts in one place of its call.
macro_rules! slot {
    ($argument:ident) => {
        $argument
    };
    ([$number:literal]) => {
        $crate::near::table::Slot { word: $number, ..$crate::near::table::Slot::ZERO }
    };
    ([$constant:expr]) => {
        $crate::near::table::Slot { word: $constant.word(), ..$crate::near::table::Slot::ZERO }
    };
    (($argument:ident | $flags:expr)) => {
        $crate::near::table::Slot { word: $argument.word | $flags.word(), ..$argument }
    };
}

/// A word of a form: which entry's result is added to it in a batch, and whether it has `O_*` flags.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) word: u64,
    pub(crate) link: usize,
    pub(crate) open_flags: bool,
}

impl Slot {
    pub(crate) const ZERO: Self = Self { word: 0, link: 0, open_flags: false };
}

/// The instruction of a form.
#[inline(always)]
pub(crate) const fn form<R>(mut operation: Operation, [a, b, c, d, e, f]: [Slot; 6]) -> Instruction<R> {
    operation.open_flags |=
        bits([a.open_flags, b.open_flags, c.open_flags, d.open_flags, e.open_flags, f.open_flags]);
    Instruction::new(operation, [a.word, b.word, c.word, d.word, e.word, f.word])
}

/// The operation of an entry: its numbers, and which arguments are encoded for the ABI.
macro_rules! operation {
    ($name:ident ($($type:ident)*) $only:tt $other:tt $called:tt $backwards:tt) => {
        $crate::abi::Operation {
            x86_64: number!(x86_64 $name $only $other $called),
            aarch64: number!(aarch64 $name $only $other $called),
            riscv64: number!(riscv64 $name $only $other $called),
            open_flags: $crate::near::table::bits(six!(false; $(is_open_flags!($type)),*)),
            clone_backwards: is_given!($backwards),
        }
    };
}

/// The number of a call in one ABI's table.
macro_rules! number {
    (aarch64 $name:ident [] [] [aarch64 $called:ident]) => { syscalls::aarch64::Sysno::$called as i16 };
    (riscv64 $name:ident [] [] [riscv64 $called:ident]) => { syscalls::riscv64::Sysno::$called as i16 };
    ($abi:ident $name:ident [] [] [$on:ident $called:ident]) => { syscalls::$abi::Sysno::$name as i16 };
    (x86_64 $name:ident [] [$other:ident] []) => { syscalls::x86_64::Sysno::$name as i16 };
    ($abi:ident $name:ident [] [$other:ident] []) => { syscalls::$abi::Sysno::$other as i16 };
    ($abi:ident $name:ident [] [] []) => { syscalls::$abi::Sysno::$name as i16 };
    (x86_64 $name:ident [x86_64 $($rest:ident)*] [] []) => { syscalls::x86_64::Sysno::$name as i16 };
    (aarch64 $name:ident [aarch64 $($rest:ident)*] [] []) => { syscalls::aarch64::Sysno::$name as i16 };
    (riscv64 $name:ident [riscv64 $($rest:ident)*] [] []) => { syscalls::riscv64::Sysno::$name as i16 };
    ($abi:ident $name:ident [$last:ident] [] []) => { $crate::abi::ABSENT };
    ($abi:ident $name:ident [$first:ident $($rest:ident)+] [] []) => { number!($abi $name [$($rest)+] [] []) };
}

/// The last line of a call's docs.
macro_rules! man_page {
    ($name:ident none) => {
        "There is no manual page for it."
    };
    ($name:ident $page:ident) => {
        man_page!($page)
    };
    ($name:ident) => {
        concat!("[Manual page](https://man7.org/linux/man-pages/man2/", stringify!($name), ".2.html).")
    };
}

macro_rules! is_open_flags {
    (OFlags) => {
        true
    };
    ($type:ident) => {
        false
    };
}

macro_rules! is_given {
    ([]) => {
        false
    };
    ($option:tt) => {
        true
    };
}

/// An array of six: what is given, and the filler.
macro_rules! six {
    ($z:expr;) => {
        [$z, $z, $z, $z, $z, $z]
    };
    ($z:expr; $a:expr) => {
        [$a, $z, $z, $z, $z, $z]
    };
    ($z:expr; $a:expr, $b:expr) => {
        [$a, $b, $z, $z, $z, $z]
    };
    ($z:expr; $a:expr, $b:expr, $c:expr) => {
        [$a, $b, $c, $z, $z, $z]
    };
    ($z:expr; $a:expr, $b:expr, $c:expr, $d:expr) => {
        [$a, $b, $c, $d, $z, $z]
    };
    ($z:expr; $a:expr, $b:expr, $c:expr, $d:expr, $e:expr) => {
        [$a, $b, $c, $d, $e, $z]
    };
    ($z:expr; $a:expr, $b:expr, $c:expr, $d:expr, $e:expr, $f:expr) => {
        [$a, $b, $c, $d, $e, $f]
    };
}

/// Bit i of the result is element i.
pub(crate) const fn bits([a, b, c, d, e, f]: [bool; 6]) -> u8 {
    a as u8 | (b as u8) << 1 | (c as u8) << 2 | (d as u8) << 3 | (e as u8) << 4 | (f as u8) << 5
}
