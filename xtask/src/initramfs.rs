//! The file system that a virtual machine begins with: an archive in the format of cpio.

use anyhow::{Context, Result};
use cpio::newc::{Builder, trailer};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;
const SYMLINK: u32 = 0o120_000;

/// What the archive will hold, by absolute path in the machine.
#[derive(Default)]
pub(crate) struct Initramfs {
    entries: BTreeMap<PathBuf, Entry>,
}

enum Entry {
    Directory,
    /// A copy of a file here, with its permissions.
    File(PathBuf),
    Text(Vec<u8>),
    Symlink(String),
}

impl Initramfs {
    pub(crate) fn file(&mut self, here: &Path, there: &Path) {
        self.add(there, Entry::File(here.to_owned()));
    }

    pub(crate) fn text(&mut self, text: Vec<u8>, there: &Path) {
        self.add(there, Entry::Text(text));
    }

    pub(crate) fn symlink(&mut self, to: &str, there: &Path) {
        self.add(there, Entry::Symlink(to.to_owned()));
    }

    pub(crate) fn directory(&mut self, there: &Path) {
        self.add(there, Entry::Directory);
    }

    fn add(&mut self, there: &Path, entry: Entry) {
        for parent in there.ancestors().skip(1) {
            self.entries.entry(parent.to_owned()).or_insert(Entry::Directory);
        }
        self.entries.insert(there.to_owned(), entry);
    }

    pub(crate) fn write(&self, archive: &Path) -> Result<()> {
        let mut writer = BufWriter::new(File::create(archive)?);
        for (number, (path, entry)) in (1..).zip(&self.entries) {
            let name = path.strip_prefix("/").unwrap_or(path).to_str().context("a path is not UTF-8")?;
            if name.is_empty() {
                continue;
            }
            let builder = Builder::new(name).ino(number).nlink(1).uid(0).gid(0);
            match entry {
                Entry::Directory => {
                    let permissions = if path == Path::new("/tmp") { 0o1777 } else { 0o755 };
                    write_entry(builder.mode(DIRECTORY | permissions), &[], &mut writer)?;
                }
                Entry::Text(text) => write_entry(builder.mode(REGULAR | 0o644), text, &mut writer)?,
                Entry::Symlink(to) => write_entry(builder.mode(SYMLINK | 0o777), to.as_bytes(), &mut writer)?,
                Entry::File(here) => {
                    let contents =
                        std::fs::read(here).with_context(|| format!("cannot read {}", here.display()))?;
                    let permissions = std::fs::metadata(here)?.permissions().mode() & 0o7777;
                    write_entry(builder.mode(REGULAR | permissions), &contents, &mut writer)?;
                }
            }
        }
        trailer(&mut writer)?;
        writer.flush()?;
        Ok(())
    }
}

fn write_entry(builder: Builder, contents: &[u8], writer: &mut impl Write) -> Result<()> {
    let length = u32::try_from(contents.len()).context("a file is larger than 4 GiB")?;
    let mut entry = builder.write(writer, length);
    entry.write_all(contents)?;
    entry.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_before_what_is_in_them() {
        let mut initramfs = Initramfs::default();
        initramfs.text(b"127.0.0.1 localhost\n".to_vec(), Path::new("/etc/hosts"));
        initramfs.symlink("busybox", Path::new("/bin/sh"));
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("archive");
        initramfs.write(&archive).unwrap();

        let mut names = Vec::new();
        let mut file = File::open(&archive).unwrap();
        loop {
            let reader = cpio::NewcReader::new(file).unwrap();
            if reader.entry().is_trailer() {
                break;
            }
            names.push(format!("{} {:o}", reader.entry().name(), reader.entry().mode()));
            file = reader.finish().unwrap();
        }
        assert_eq!(names, ["bin 40755", "bin/sh 120777", "etc 40755", "etc/hosts 100644"]);
    }
}
