//! The table of what to do: a line of words for each thing, and remarks behind a word that begins with `#`.
//!
//! Words are separated by spaces. `%` and two hexadecimal digits stand for any byte (`%20` is a space within a word), and
//! `%-` for nothing, which makes an empty word.

use crate::call;
use core::ffi::CStr;
use rsyscall_core::{
    identifier::{Address, FileDescriptor},
    interface::SyscallError,
    near::{
        fs::{OFlags, Whence},
        io::lseek,
        mm::{MapFlags, ProtFlags, mmap},
    },
};

/// The most words of a program, and the most variables of its environment.
pub(crate) const MOST: usize = 63;

/// The lines that are left.
pub(crate) struct Table {
    rest: &'static mut [u8],
}

/// The words of a line without the first, each with a zero behind it.
#[derive(Clone, Copy)]
pub(crate) struct Words(&'static [u8]);

impl Table {
    /// Reads a file into memory that is never given back.
    pub(crate) fn read(path: &CStr) -> Result<Self, SyscallError> {
        let file = call::open(path, OFlags::RDONLY)?;
        // SAFETY: the descriptor is this function's own.
        let length = unsafe { call::execute(lseek(file, 0, Whence::END)) }?;
        // SAFETY: as above.
        unsafe { call::execute(lseek(file, 0, Whence::SET)) }?;
        // One more, for the end of the last line.
        let length = usize::try_from(length).unwrap_or(0).saturating_add(1);
        let (protection, flags) =
            (ProtFlags::READ.union(ProtFlags::WRITE), MapFlags::PRIVATE.union(MapFlags::ANONYMOUS));
        // SAFETY: the kernel chooses pages that are free.
        let start = unsafe {
            call::execute(mmap(Address::NULL, length, protection, flags, FileDescriptor::NONE, 0))
        }?;
        let start =
            core::ptr::with_exposed_provenance_mut::<u8>(usize::try_from(start.into_raw()).unwrap_or(0));
        // SAFETY: the pages have at least this length, are zeros, are never unmapped, and are known to nobody else.
        let bytes = unsafe { core::slice::from_raw_parts_mut(start, length) };
        let mut filled = 0;
        while let Some(rest @ [_, ..]) = bytes.get_mut(filled..length - 1) {
            match call::read(file, rest)? {
                0 => break,
                count => filled = filled.saturating_add(count),
            }
        }
        if let Some(end) = bytes.get_mut(filled) {
            *end = b'\n';
        }
        call::close(file);
        Ok(Self { rest: bytes })
    }

    /// The next line: its first word, and the others.
    pub(crate) fn next(&mut self) -> Option<(&'static [u8], Words)> {
        loop {
            let rest = core::mem::take(&mut self.rest);
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let (line, rest) = rest.split_at_mut_checked(end + 1)?;
            self.rest = rest;
            let length = decode(line);
            let words: &'static [u8] = line.get(..length)?;
            let Some(first) = words.iter().position(|byte| *byte == 0) else { continue };
            return Some((words.get(..first)?, Words(words.get(first + 1..)?)));
        }
    }
}

/// Decodes a line in its place, with a zero behind each word, and returns how long that is: never longer than it was.
fn decode(line: &mut [u8]) -> usize {
    let (mut from, mut to) = (0, 0);
    let mut in_word = false;
    while let Some(&byte) = line.get(from) {
        from += 1;
        let decoded = match byte {
            b' ' | b'\n' if !in_word => continue,
            b'#' if !in_word => break,
            b' ' | b'\n' => {
                in_word = false;
                0
            }
            b'%' => {
                in_word = true;
                let digits = (line.get(from).and_then(digit), line.get(from + 1).and_then(digit));
                match digits {
                    (Some(high), Some(low)) => {
                        from += 2;
                        high << 4 | low
                    }
                    _ => {
                        from += 1;
                        continue;
                    }
                }
            }
            byte => {
                in_word = true;
                byte
            }
        };
        if let Some(slot) = line.get_mut(to) {
            *slot = decoded;
        }
        to += 1;
    }
    to
}

fn digit(byte: &u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

impl Words {
    /// The first word, without its zero.
    pub(crate) fn first(self) -> &'static [u8] {
        self.0.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// The addresses of the words, and a null behind the last; nothing if there are too many of them.
    pub(crate) fn addresses(self) -> Option<[u64; MOST + 1]> {
        let mut addresses = [0; MOST + 1];
        let mut rest = self.0;
        for slot in addresses.iter_mut().take(MOST) {
            let Ok(word) = CStr::from_bytes_until_nul(rest) else { break };
            *slot = Address::from_pointer(word.as_ptr()).into_raw();
            rest = rest.get(word.count_bytes() + 1..).unwrap_or_default();
        }
        rest.is_empty().then_some(addresses)
    }
}
