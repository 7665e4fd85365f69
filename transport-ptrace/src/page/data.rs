//! The data behind the loop, as this process reaches it: the same memory, or by transfers.
#![expect(unsafe_code, reason = "reads and writes memory that another process has mapped, too")]

use super::layout::{DONE, HEADER, LENGTH, Words};
use crate::request::{call, process_read, process_write};
use core::ptr::NonNull;
use rsyscall_core::{
    identifier::{Address, FileDescriptor, Process},
    near::mm::{MapFlags, ProtFlags, mmap, munmap},
    syscall::Errno,
};

/// How this process reaches the data.
#[derive(Clone, Copy)]
pub(crate) enum Data {
    /// Mapped here, too.
    Shared(NonNull<u64>),
    /// By `process_vm_readv` and `process_vm_writev`, in this process at this address.
    Remote(Process, u64),
}

impl Data {
    /// Maps a file here that the tracee has mapped, or will.
    pub(crate) fn map(file: FileDescriptor) -> Result<Self, Errno> {
        let (protection, flags) = (ProtFlags::READ.union(ProtFlags::WRITE), MapFlags::SHARED);
        // SAFETY: a new mapping, where the kernel finds room.
        let address = unsafe { call(mmap(Address::NULL, LENGTH, protection, flags, file, 0)) }?;
        let pointer =
            core::ptr::with_exposed_provenance_mut(usize::try_from(address.into_raw()).unwrap_or(0));
        NonNull::new(pointer).map(Self::Shared).ok_or(Errno::ENOMEM)
    }

    /// Takes the mapping here away. No copy of this is used afterwards.
    pub(crate) fn unmap(self) {
        if let Self::Shared(words) = self {
            let address = Address::from_pointer(words.as_ptr());
            // SAFETY: `map` made it, this long, and only this module has used it.
            let _ = unsafe { call(munmap(address, LENGTH)) };
        }
    }

    /// Writes the header and the entries.
    pub(crate) fn put(self, header: &Words, entries: &[Words]) -> Result<(), Errno> {
        match self {
            Self::Shared(words) => {
                let values = header.iter().chain(entries.as_flattened());
                for (index, value) in (0..LENGTH / 8).zip(values) {
                    // SAFETY: the index is within the mapping. The tracee, which has it mapped, too, is stopped; volatile,
                    // because it is not this program that reads.
                    unsafe { word_at(words, index).write_volatile(*value) };
                }
                Ok(())
            }
            Self::Remote(process, address) => {
                let length = size_of_val(header).saturating_add(size_of_val(entries));
                whole(length, process_write(process, address, header, entries))
            }
        }
    }

    /// Reads the number of the run that the loop has made, and with it, if there is one transfer for all, the entries.
    pub(crate) fn done(self, header: &mut Words, entries: &mut [Words]) -> Result<u64, Errno> {
        match self {
            // SAFETY: within the mapping; see `put`.
            Self::Shared(words) => Ok(unsafe { word_at(words, DONE / 8).read_volatile() }),
            Self::Remote(process, address) => {
                let length = size_of_val(header).saturating_add(size_of_val(entries));
                whole(length, process_read(process, address, header, entries))?;
                let [_, done, ..] = *header;
                Ok(done)
            }
        }
    }

    /// Reads the entries, if `done` has not.
    pub(crate) fn get(self, entries: &mut [Words]) {
        let Self::Shared(words) = self else { return };
        for (index, value) in (HEADER / 8..LENGTH / 8).zip(entries.as_flattened_mut()) {
            // SAFETY: within the mapping; see `put`.
            *value = unsafe { word_at(words, index).read_volatile() };
        }
    }

    /// Writes some words, the first of which is at this offset.
    pub(crate) fn put_words<const N: usize>(self, offset: usize, values: [u64; N]) -> Result<(), Errno> {
        match self {
            Self::Shared(words) => {
                let places = (offset / 8..LENGTH / 8).zip(values);
                for (index, value) in places {
                    // SAFETY: within the mapping; see `put`.
                    unsafe { word_at(words, index).write_volatile(value) };
                }
                Ok(())
            }
            Self::Remote(process, address) => {
                let to = address.wrapping_add(offset as u64);
                whole(size_of_val(&values), process_write(process, to, &values, &[] as &[u64]))
            }
        }
    }
}

/// A word of the mapping.
fn word_at(words: NonNull<u64>, index: usize) -> *mut u64 {
    words.as_ptr().wrapping_add(index)
}

/// A transfer that got to its end.
fn whole(length: usize, result: Result<usize, Errno>) -> Result<(), Errno> {
    if result? == length { Ok(()) } else { Err(Errno::EFAULT) }
}
