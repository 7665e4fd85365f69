//! The files of `/proc/PID`.

use crate::request::{close_own, open, read_some};
use core::{ffi::CStr, fmt::Write};
use heapless::{String, Vec};
use rsyscall_core::{
    identifier::{FileDescriptor, Process},
    near::fs::OFlags,
    syscall::Errno,
};

/// Opens `/proc/PID/name`.
pub(crate) fn open_of(process: Process, name: &str, flags: OFlags) -> Result<FileDescriptor, Errno> {
    let mut path = String::<64>::new();
    write!(path, "/proc/{}/{name}\0", process.into_raw()).map_err(|_| Errno::ENAMETOOLONG)?;
    let path = CStr::from_bytes_with_nul(path.as_bytes()).map_err(|_| Errno::EINVAL)?;
    open(path, flags)
}

/// The start of `/proc/PID/name`, as much as the buffer takes.
pub(crate) fn read_of<'b>(process: Process, name: &str, buffer: &'b mut [u8]) -> Result<&'b [u8], Errno> {
    read_whole(open_of(process, name, OFlags::RDONLY)?, buffer)
}

/// The start of a file, which is closed.
pub(crate) fn read_whole(fd: FileDescriptor, buffer: &mut [u8]) -> Result<&[u8], Errno> {
    let mut length = 0;
    let result = loop {
        let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) else { break Ok(()) };
        match read_some(fd, rest) {
            Ok(0) => break Ok(()),
            Ok(count) => length = length.saturating_add(count),
            Err(Errno::EINTR) => {}
            Err(errno) => break Err(errno),
        }
    };
    close_own(fd);
    result.map(|()| buffer.get(..length).unwrap_or_default())
}

/// Goes through the lines of a file, which is closed, until one gives something. Of a line longer than 128 bytes, as a list
/// of groups or a path may be, only the start is seen.
pub(crate) fn find_line<T>(
    fd: FileDescriptor,
    mut find: impl FnMut(&[u8]) -> Option<T>,
) -> Result<Option<T>, Errno> {
    let mut line = Vec::<u8, 128>::new();
    let mut chunk = [0; 512];
    let result = 'file: loop {
        let count = match read_some(fd, &mut chunk) {
            Ok(0) => break Ok(None),
            Ok(count) => count,
            Err(Errno::EINTR) => continue,
            Err(errno) => break Err(errno),
        };
        for &byte in chunk.get(..count).unwrap_or_default() {
            if byte != b'\n' {
                let _ = line.push(byte);
                continue;
            }
            if let Some(found) = find(&line) {
                break 'file Ok(Some(found));
            }
            line.clear();
        }
    };
    close_own(fd);
    result
}

/// The number at the start of a text.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    str::from_utf8(text.get(..end)?).ok()?.parse().ok()
}

/// The hexadecimal number at the start of a text, `0x` before it or not, and what follows it.
pub(crate) fn hexadecimal(text: &[u8]) -> Option<(u64, &[u8])> {
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let end = text.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    Some((u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?, rest))
}
