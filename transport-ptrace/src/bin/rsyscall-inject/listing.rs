//! What a process has: `--fds` and `--maps`.

use anyhow::{Context, Result, bail};
use rsyscall_core::{
    abi::{Abi, Native},
    near::fs::OFlags,
};
use serde::Serialize;
use std::{
    fmt, fs,
    io::{self, ErrorKind},
    path::Path,
};

/// An open descriptor.
#[derive(Serialize, PartialEq, Eq, Debug)]
pub(crate) struct Descriptor {
    fd: u32,
    /// `O_*`
    flags: String,
    offset: u64,
    file: String,
}

/// A memory mapping.
#[derive(Serialize, PartialEq, Eq, Debug)]
pub(crate) struct Mapping {
    start: String,
    end: String,
    length: u64,
    permissions: String,
    offset: u64,
    file: String,
}

/// The descriptors of a process.
///
/// # Errors
///
/// There is no such process, or it belongs to somebody else.
pub(crate) fn descriptors(process: u32) -> Result<Vec<Descriptor>> {
    let folder = format!("/proc/{process}/fd");
    let entries = explained(process, "descriptors", fs::read_dir(&folder))?;
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    // One that was closed meanwhile is none.
    let mut descriptors: Vec<_> = numbers.filter_map(|fd| descriptor(process, fd)).collect();
    descriptors.sort_unstable_by_key(|descriptor| descriptor.fd);
    Ok(descriptors)
}

fn descriptor(process: u32, fd: u32) -> Option<Descriptor> {
    let file = fs::read_link(format!("/proc/{process}/fd/{fd}")).ok()?;
    let information = fs::read_to_string(format!("/proc/{process}/fdinfo/{fd}")).ok()?;
    let field = |name| information.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let flags = u64::from_str_radix(field("flags:")?, 8).ok()?;
    Some(Descriptor {
        fd,
        flags: open_flags(flags),
        offset: field("pos:")?.parse().ok()?,
        file: lossy(&file),
    })
}

/// The names of the flags in the bits of this architecture. 64-bit kernels set `O_LARGEFILE` always.
fn open_flags(flags: u64) -> String {
    let neutral = u32::try_from(Native::neutral_open_flags(flags)).unwrap_or(u32::MAX);
    OFlags::from_bits_retain(neutral).difference(OFlags::LARGEFILE).to_string()
}

/// The memory mappings of a process.
///
/// # Errors
///
/// As [`descriptors`].
pub(crate) fn mappings(process: u32) -> Result<Vec<Mapping>> {
    let text = explained(process, "memory mappings", fs::read(format!("/proc/{process}/maps")))?;
    let text = String::from_utf8_lossy(&text);
    text.lines().map(|line| mapping(line).with_context(|| format!("not understood: {line}"))).collect()
}

/// `start-end permissions offset device inode      file`
fn mapping(line: &str) -> Option<Mapping> {
    let mut fields = line.splitn(6, ' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let (first, last) = (u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?);
    let permissions = fields.next()?.to_owned();
    let offset = u64::from_str_radix(fields.next()?, 16).ok()?;
    let file = fields.nth(2).unwrap_or_default().trim_start().to_owned();
    let length = last.checked_sub(first)?;
    Some(Mapping {
        start: format!("{first:#x}"),
        end: format!("{last:#x}"),
        length,
        permissions,
        offset,
        file,
    })
}

fn explained<T>(process: u32, what: &str, result: io::Result<T>) -> Result<T> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("there is no process {process}"),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => bail!(
            "the {what} of {process} are not to be seen: it belongs to another user, or is not dumpable; run as root"
        ),
        result => result.with_context(|| format!("cannot read the {what} of {process}")),
    }
}

fn lossy(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A file's name as a terminal gets it, which obeys control characters.
fn shown(file: &str) -> String {
    file.chars().map(|character| if character.is_control() { '?' } else { character }).collect()
}

impl Descriptor {
    pub(crate) const HEADING: &str = " FD      OFFSET  FLAGS                FILE";
}

impl fmt::Display for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>3}  {:>10}  {:<19}  {}", self.fd, self.offset, self.flags, shown(&self.file))
    }
}

impl Mapping {
    pub(crate) const HEADING: &str = "START           END                  LENGTH  PERM      OFFSET  FILE";
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, end, length, permissions, offset, file } = self;
        let file = shown(file);
        let line = format!("{start:<14}  {end:<14}  {length:>11}  {permissions}  {offset:>10}  {file}");
        f.write_str(line.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_maps_is_read() {
        let read =
            mapping("7f00-9f00 r-xp 00001000 fd:00 1234                       /usr/lib/a b.so (deleted)")
                .unwrap();
        let expected = Mapping {
            start: "0x7f00".to_owned(),
            end: "0x9f00".to_owned(),
            length: 0x2000,
            permissions: "r-xp".to_owned(),
            offset: 0x1000,
            file: "/usr/lib/a b.so (deleted)".to_owned(),
        };
        assert_eq!(read, expected);
        assert_eq!(mapping("7f00-9f00 rw-p 00000000 00:00 0 ").unwrap().file, "");
        assert_eq!(mapping("nonsense"), None);
    }

    #[test]
    fn flags_are_named() {
        assert_eq!(open_flags(2), "O_RDWR");
        assert_eq!(open_flags(Native::open_flags(0o2_100_001)), "O_WRONLY|O_CLOEXEC");
    }

    #[test]
    fn this_process_has_what_it_has() {
        let own = descriptors(std::process::id()).unwrap();
        assert!(own.iter().any(|descriptor| descriptor.fd == 1), "{own:?}");
        assert!(mappings(std::process::id()).unwrap().iter().any(|mapping| mapping.file == "[stack]"));
        assert_eq!(descriptors(u32::MAX).unwrap_err().to_string(), "there is no process 4294967295");
    }
}
