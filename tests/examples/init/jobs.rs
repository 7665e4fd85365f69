//! The table of programs: lists of strings, each string ended by a zero byte and each list by an empty string.
//!
//! The first list is the environment, every further one the arguments of a program.

use crate::sys::{self, Errno};
use core::ffi::CStr;

/// Strings of one list, and a 0 behind the last.
pub(crate) type Addresses = [usize; 64];

pub(crate) struct Jobs {
    rest: &'static [u8],
}

/// What the table has next.
#[expect(
    clippy::large_enum_variant,
    reason = "there is no heap to put a list on, and one is looked at at a time"
)]
pub(crate) enum Next {
    List(Addresses),
    TooLong,
    End,
}

impl Jobs {
    /// Maps the file, for ever.
    pub(crate) fn read(path: &CStr) -> Result<Self, Errno> {
        let file = sys::open(path)?;
        let length = sys::length(file)?;
        let start = sys::map(file, length)?;
        sys::close(file);
        // SAFETY: the mapping is of this length, is never unmapped, and is nobody's but this function's.
        Ok(Self { rest: unsafe { core::slice::from_raw_parts(start, length) } })
    }

    pub(crate) fn next(&mut self) -> Next {
        let mut addresses = [0; 64];
        let mut count = 0;
        if self.rest.is_empty() {
            return Next::End;
        }
        while let Some((string, rest)) = CStr::from_bytes_until_nul(self.rest)
            .ok()
            .and_then(|string| Some((string, self.rest.get(string.count_bytes() + 1..)?)))
        {
            self.rest = rest;
            if string.is_empty() {
                // The last slot stays 0.
                return if count < addresses.len() { Next::List(addresses) } else { Next::TooLong };
            }
            if let Some(slot) = addresses.get_mut(count) {
                *slot = string.as_ptr() as usize;
                count += 1;
            }
        }
        // The table ends inside a list.
        self.rest = &[];
        Next::TooLong
    }
}
