//! One task: makes calls through its interface and prints them.

use anyhow::{Context, Result, ensure};
use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor, Process},
    interface::SyscallError,
    memory::Arena,
    near::{
        fs::{Mode, OFlags, openat},
        io::{close, read, write},
        process::getpid,
    },
    syscall::{Instruction, Outcome},
};
use rsyscall_tests::{Interface, page_size};
use std::{ffi::CString, path::Path};

/// A task, and what lies in its memory for the calls.
pub(crate) struct Task<'i, I> {
    interface: &'i I,
    process: Process,
    arena: Arena<'i, I>,
    buffer: Address,
    texts: Vec<(Address, String)>,
}

const BUFFER: usize = 64;

impl<'i, I: Interface> Task<'i, I> {
    /// Places a buffer in the task's memory, and asks the task for its pid.
    pub(crate) fn new(interface: &'i I, process: Process) -> Result<Self> {
        let arena = block_on(Arena::map(interface, page_size(), page_size()), || ())?;
        let buffer = arena.reserve(BUFFER, 1)?;
        let task = Self { interface, process, arena, buffer, texts: vec![(buffer, "buffer".to_owned())] };
        let answered = task.call(getpid())?;
        ensure!(answered == process, "it says that it is {answered}, and it is {process}");
        Ok(task)
    }

    /// Executes an instruction in the task and prints it, strings in place of their addresses.
    pub(crate) fn call<R: Outcome>(&self, instruction: Instruction<R>) -> Result<R> {
        // SAFETY: the demo's instructions point into the arena, and close what they opened.
        let result = block_on(unsafe { self.interface.call(instruction) }, || ());
        let text = self.show(instruction, result);
        result.with_context(|| text)
    }

    /// Prints an instruction with its result.
    pub(crate) fn show<R: Outcome>(
        &self,
        instruction: Instruction<R>,
        result: Result<R, SyscallError>,
    ) -> String {
        let mut text = instruction.with_result(result).to_string();
        for (address, string) in &self.texts {
            text = text.replace(&address.to_string(), string);
        }
        println!("   [{}] {text}", self.process.into_raw());
        text
    }

    /// Places a path in the task's memory.
    pub(crate) fn path(&mut self, path: &Path) -> Result<Address> {
        let path = path.to_str().context("the path is no text")?;
        let address = block_on(self.arena.c_string(&CString::new(path)?), || ())?;
        self.texts.push((address, format!("{path:?}")));
        Ok(address)
    }

    /// Opens a file in the task, and looks from outside that the descriptor is the task's.
    pub(crate) fn open(&mut self, path: &Path, flags: OFlags) -> Result<FileDescriptor> {
        let pathname = self.path(path)?;
        let mode = if flags.contains(OFlags::CREATE) { Mode::from_raw(0o600) } else { Mode::empty() };
        let fd = self.call(openat(FileDescriptor::AT_FDCWD, pathname, flags, mode))?;
        let link = self.link(fd);
        let target = std::fs::read_link(&link).with_context(|| link.clone())?;
        ensure!(target == path, "{link} is {}", target.display());
        evidence(&format!("{link} -> {}", target.display()));
        if self.process.into_raw().cast_unsigned() != std::process::id() {
            let ours = std::fs::read_link(format!("/proc/self/fd/{}", fd.into_raw()));
            ensure!(!ours.is_ok_and(|ours| ours == path), "the descriptor is this process's");
            evidence("the descriptor of that number in this process, if any, is another");
        }
        Ok(fd)
    }

    /// Where the kernel shows a descriptor of the task.
    pub(crate) fn link(&self, fd: FileDescriptor) -> String {
        format!("/proc/{}/fd/{}", self.process.into_raw(), fd.into_raw())
    }

    /// Closes a descriptor of the task, and looks from outside that it is gone.
    pub(crate) fn close(&self, fd: FileDescriptor) -> Result<()> {
        self.call(close(fd))?;
        let link = self.link(fd);
        ensure!(std::fs::read_link(&link).is_err(), "{link} is still there");
        evidence(&format!("{link} is gone"));
        Ok(())
    }

    /// Writes a file in the task and reads it back there.
    pub(crate) fn write_and_read(&mut self) -> Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("near");
        let text = b"written through an interface";
        let source = block_on(self.arena.bytes(text, 1), || ())?;
        self.texts.push((source, format!("{:?}", str::from_utf8(text)?)));

        let fd = self.open(&path, OFlags::CREATE | OFlags::WRONLY)?;
        ensure!(self.call(write(fd, source, text.len()))? == text.len(), "not all was written");
        ensure!(std::fs::read(&path)? == text, "the file holds something else");
        evidence(&format!("{} holds the text", path.display()));
        self.close(fd)?;

        let fd = self.open(&path, OFlags::RDONLY)?;
        let count = self.call(read(fd, self.buffer, BUFFER))?;
        let mut bytes = vec![0; count];
        block_on(self.arena.read_bytes(self.buffer, &mut bytes), || ())?;
        ensure!(bytes == text, "something else was read");
        evidence("the task's buffer holds the text");
        self.close(fd)
    }

    /// The descriptor in the first int at an address of the arena.
    pub(crate) fn descriptor_at(&self, address: Address) -> Result<FileDescriptor> {
        let mut bytes = [0; 4];
        block_on(self.arena.read_bytes(address, &mut bytes), || ())?;
        Ok(FileDescriptor::from_raw(i32::from_le_bytes(bytes)))
    }

    /// The buffer in the task's memory.
    pub(crate) fn buffer(&self) -> Address {
        self.buffer
    }

    /// Gives the task its memory back.
    pub(crate) fn finish(self) -> Result<()> {
        // SAFETY: nothing in the task uses the arena any more.
        Ok(block_on(unsafe { self.arena.unmap() }, || ())?)
    }
}

/// Prints what was found from outside.
pub(crate) fn evidence(text: &str) {
    println!("       evidence: {text}");
}
