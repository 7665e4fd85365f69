//! The untyped form.

use super::{Errno, Outcome};
use crate::{abi::Abi, interface::SyscallError};
use core::{fmt, hash::Hash, marker::PhantomData};

/// A system call encoded for one ABI: any number, six words.
///
/// `R` is what its result is decoded as. Making one is safe and does nothing.
///
/// ```
/// use rsyscall_core::{abi::X86_64, syscall::Syscall};
/// let call = Syscall::<X86_64>::new(3, [7, 0, 0, 0, 0, 0]);
/// assert_eq!(call.to_string(), "close(7)");
/// ```
#[must_use = "it does nothing until an interface executes it"]
pub struct Syscall<A, R = usize> {
    /// The number. -1 is "a call that this ABI lacks" and is answered ENOSYS without reaching a kernel.
    pub number: i64,
    /// The arguments, in order; unused ones are 0.
    pub arguments: [u64; 6],
    marker: PhantomData<fn() -> (A, R)>,
}

impl<A, R> Syscall<A, R> {
    /// The call with this number and these arguments.
    #[inline(always)]
    pub const fn new(number: i64, arguments: [u64; 6]) -> Self {
        Self { number, arguments, marker: PhantomData }
    }

    /// The same call, its result a bare word.
    #[inline(always)]
    pub const fn untyped(self) -> Syscall<A> {
        Syscall::new(self.number, self.arguments)
    }
}

/// What the kernel returned, decoded: -4095 to -1, both ends included, are errors; everything else is a result.
///
/// ```
/// use rsyscall_core::{interface::SyscallError, syscall::{decode, Errno}};
/// assert_eq!(decode::<usize>(-4095), Err(SyscallError::Errno(Errno::from_raw(4095))));
/// assert_eq!(decode::<usize>(-4096), Ok(-4096_isize as usize));
/// ```
///
/// # Errors
///
/// [`SyscallError::Errno`], and no other.
#[inline(always)]
pub fn decode<R: Outcome>(returned: i64) -> Result<R, SyscallError> {
    let word = returned.cast_unsigned();
    if word > (-4096_i64).cast_unsigned() {
        #[expect(clippy::cast_possible_truncation, reason = "1 to 4095, as just checked")]
        let number = word.wrapping_neg() as u16;
        Err(SyscallError::Errno(Errno::from_raw(number)))
    } else {
        Ok(R::from_word(word))
    }
}

// Derives would ask the same of `A` and `R`, which are only names here.
impl<A, R> Clone for Syscall<A, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, R> Copy for Syscall<A, R> {}

impl<A, R> PartialEq for Syscall<A, R> {
    fn eq(&self, other: &Self) -> bool {
        (self.number, self.arguments) == (other.number, other.arguments)
    }
}

impl<A, R> Eq for Syscall<A, R> {}

impl<A, R> Hash for Syscall<A, R> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        (self.number, self.arguments).hash(state);
    }
}

impl<A: Abi, R> fmt::Display for Syscall<A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match A::name(self.number) {
            Some(name) => write!(f, "{name}(")?,
            None => write!(f, "syscall_{:#x}(", self.number)?,
        }
        let used =
            self.arguments.iter().rposition(|&word| word != 0).map_or(0, |last| last.saturating_add(1));
        for (index, &word) in self.arguments.iter().take(used).enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            if word < 4096 { write!(f, "{word}")? } else { write!(f, "{word:#x}")? }
        }
        f.write_str(")")
    }
}

impl<A: Abi, R> fmt::Debug for Syscall<A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Syscall<{}> {self}", A::NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Aarch64, X86_64};
    use std::string::ToString;

    #[test]
    fn only_the_4095_values_below_zero_are_errors() {
        for (returned, errno) in [(-1, 1), (-2, 2), (-4094, 4094), (-4095, 4095)] {
            assert_eq!(decode::<usize>(returned), Err(SyscallError::Errno(Errno::from_raw(errno))));
        }
        for returned in [0, 1, -4096, -4097, i64::MIN, i64::MAX] {
            assert_eq!(decode::<u64>(returned), Ok(returned.cast_unsigned()));
        }
    }

    #[test]
    fn text_has_the_name_in_that_abi_and_no_trailing_zeros() {
        assert_eq!(Syscall::<X86_64>::new(39, [0; 6]).to_string(), "getpid()");
        assert_eq!(Syscall::<Aarch64>::new(172, [0; 6]).to_string(), "getpid()");
        assert_eq!(Syscall::<X86_64>::new(0, [0, 4096, 4095, 0, 0, 0]).to_string(), "read(0, 0x1000, 4095)");
        assert_eq!(
            Syscall::<X86_64>::new(60_000, [1, 0, 0, 0, 0, 2]).to_string(),
            "syscall_0xea60(1, 0, 0, 0, 0, 2)"
        );
        assert_eq!(Syscall::<X86_64>::new(-1, [0; 6]).to_string(), "syscall_0xffffffffffffffff()");
    }
}
