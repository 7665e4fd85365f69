//! The data behind the loop, as this process reaches it: the same memory, or a copy, parts of which are transferred.
#![expect(unsafe_code, reason = "reads and writes memory that another process has mapped, too")]

use super::layout::{DONE, END, ENTRIES, ENTRY, HEADER, LENGTH, NEXT, REFUSED, RESULTS};
use crate::{
    memory::LARGE,
    request::{call, process_read, process_write},
    session::Session,
};
use core::{ptr::NonNull, slice};
use rsyscall_core::{
    identifier::{Address, FileDescriptor},
    near::{
        fs::{SealFlags, Whence, fcntl_add_seals},
        io::lseek,
        mm::{MapFlags, ProtFlags, mmap, munmap},
    },
    syscall::Errno,
};

/// How this process reaches the data.
#[derive(Clone, Copy)]
pub(crate) struct Data {
    /// What is mapped here.
    here: NonNull<u64>,
    /// Where in the tracee the original is, if that is a copy.
    original: Option<u64>,
}

impl Data {
    /// Maps a file that the tracee has mapped, or will.
    ///
    /// Other threads of the tracee may have it open. Where it ended before the mapping does this process would be killed, by
    /// SIGBUS: it is sealed against that, and no file of another kind can be.
    pub(crate) fn shared(file: FileDescriptor) -> Result<Self, Errno> {
        // SAFETY: it changes what can be done to the file, which is for this.
        unsafe { call(fcntl_add_seals(file, SealFlags::SHRINK.union(SealFlags::SEAL))) }?;
        // SAFETY: nobody else has this descriptor, or asks where it is.
        let end = unsafe { call(lseek(file, 0, Whence::END)) }?;
        if usize::try_from(end).is_ok_and(|end| end < LENGTH) {
            return Err(Errno::EFAULT);
        }
        Self::map(MapFlags::SHARED, file, None)
    }

    /// Makes room for a copy of what the tracee has at an address.
    pub(crate) fn copy_of(original: u64) -> Result<Self, Errno> {
        Self::map(MapFlags::PRIVATE.union(MapFlags::ANONYMOUS), FileDescriptor::NONE, Some(original))
    }

    fn map(flags: MapFlags, file: FileDescriptor, original: Option<u64>) -> Result<Self, Errno> {
        let protection = ProtFlags::READ.union(ProtFlags::WRITE);
        // SAFETY: a new mapping, where the kernel finds room.
        let address = unsafe { call(mmap(Address::NULL, LENGTH, protection, flags, file, 0)) }?;
        let here = core::ptr::with_exposed_provenance_mut(usize::try_from(address.into_raw()).unwrap_or(0));
        NonNull::new(here).map(|here| Self { here, original }).ok_or(Errno::ENOMEM)
    }

    /// Takes the mapping here away. No copy of this is used afterwards.
    pub(crate) fn unmap(self) {
        let address = Address::from_pointer(self.here.as_ptr());
        // SAFETY: `map` made it, this long, and only this module has used it.
        let _ = unsafe { call(munmap(address, LENGTH)) };
    }

    /// Whether it is the same memory.
    #[inline(always)]
    pub(crate) fn is_shared(self) -> bool {
        self.original.is_none()
    }

    /// Writes words at an offset, if they lie within the data.
    #[inline(always)]
    fn put<const N: usize>(self, offset: usize, words: [u64; N]) {
        if offset <= LENGTH.saturating_sub(size_of::<[u64; N]>()) {
            let place = self.here.as_ptr().wrapping_byte_add(offset).cast::<[u64; N]>();
            // SAFETY: within the mapping. The tracee, which may have it mapped, too, is stopped; volatile, because it is not
            // this program that reads.
            unsafe { place.write_volatile(words) };
        }
    }

    /// The word at an offset; 0 if that is not within the data.
    #[inline(always)]
    fn get(self, offset: usize) -> u64 {
        if offset > LENGTH.saturating_sub(size_of::<u64>()) {
            return 0;
        }
        // SAFETY: within the mapping; see `put`.
        unsafe { self.here.as_ptr().wrapping_byte_add(offset).read_volatile() }
    }

    /// Writes an entry of the next run.
    #[inline(always)]
    pub(crate) fn put_entry(self, index: usize, words: [u64; 7]) {
        self.put(HEADER.saturating_add(index.saturating_mul(ENTRY)), words);
    }

    /// The first word of an entry.
    #[inline(always)]
    pub(crate) fn entry(self, index: usize) -> u64 {
        self.get(HEADER.saturating_add(index.saturating_mul(ENTRY)))
    }

    /// Notes here that a filter did not let an entry's call be made.
    pub(crate) fn refuse(self, index: usize) {
        self.put(HEADER.saturating_add(index.saturating_mul(ENTRY)), [REFUSED]);
    }

    /// What an entry's call returned, if it was made.
    #[inline(always)]
    pub(crate) fn result(self, index: usize) -> i64 {
        self.get(DONE.saturating_add(RESULTS).saturating_add(index.saturating_mul(8))).cast_signed()
    }

    /// The number of the run that the loop has made.
    #[inline(always)]
    pub(crate) fn done(self) -> u64 {
        self.get(DONE)
    }

    /// The address of the first entry that the loop has not made.
    #[inline(always)]
    pub(crate) fn next(self) -> u64 {
        self.get(DONE.saturating_add(NEXT))
    }

    /// Begins a run of so many entries, which were put before.
    #[inline(always)]
    pub(crate) fn send(self, session: &Session, header: [u64; 8], entries: usize) -> Result<(), Errno> {
        self.put(0, header);
        // Until the loop has noted something.
        self.put(DONE.saturating_add(NEXT), [0]);
        let length = HEADER.saturating_add(entries.min(ENTRIES).saturating_mul(ENTRY));
        self.transfer(session, 0, length, Direction::There)
    }

    /// Learns how far the loop is in a run of so many entries, and the results.
    #[inline(always)]
    pub(crate) fn receive(self, session: &Session, entries: usize) -> Result<(), Errno> {
        let length = RESULTS.saturating_add(entries.min(ENTRIES).saturating_mul(8));
        self.transfer(session, DONE, length, Direction::Here)
    }

    /// No entry that the loop has not begun is to be made.
    pub(crate) fn end_run(self, session: &Session, end: u64) -> Result<(), Errno> {
        self.put(END, [end, 1]);
        self.transfer(session, END, 16, Direction::There)
    }

    /// Copies a part of the data, if it is not the same memory.
    #[inline(always)]
    fn transfer(self, session: &Session, offset: usize, length: usize, to: Direction) -> Result<(), Errno> {
        let Some(original) = self.original else { return Ok(()) };
        if offset.saturating_add(length) > LENGTH {
            return Err(Errno::EFAULT);
        }
        let original = original.wrapping_add(offset as u64);
        let start = self.here.as_ptr().wrapping_byte_add(offset).cast::<u8>();
        // SAFETY: within the mapping, which is a copy: nobody else has it, and nothing else refers to it meanwhile.
        let here = unsafe { slice::from_raw_parts_mut(start, length) };
        match to {
            Direction::There if length < LARGE => {
                session.write_memory(original, here).map_err(|_| Errno::EFAULT)
            }
            Direction::Here if length < LARGE => {
                session.read_memory(original, here).map_err(|_| Errno::EFAULT)
            }
            Direction::There => whole(length, process_write(session.process(), original, here)),
            Direction::Here => whole(length, process_read(session.process(), original, here)),
        }
    }
}

/// Which way a part of the data is copied.
#[derive(Clone, Copy)]
enum Direction {
    Here,
    There,
}

/// A transfer that got to its end.
fn whole(length: usize, result: Result<usize, Errno>) -> Result<(), Errno> {
    if result? == length { Ok(()) } else { Err(Errno::EFAULT) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{close_own, open};
    use rsyscall_core::near::{
        fs::{OFlags, ftruncate},
        mm::{MemfdFlags, memfd_create},
    };

    fn cut(file: FileDescriptor, length: usize) -> Result<(), Errno> {
        // SAFETY: the file is the test's own.
        unsafe { call(ftruncate(file, i64::try_from(length).unwrap())) }
    }

    fn file(length: usize) -> FileDescriptor {
        let name = Address::from_pointer(c"".as_ptr());
        let flags = MemfdFlags::CLOEXEC.union(MemfdFlags::ALLOW_SEALING);
        // SAFETY: the name is a string.
        let file = unsafe { call(memfd_create(name, flags)) }.unwrap();
        cut(file, length).unwrap();
        file
    }

    #[test]
    fn what_is_shared_never_becomes_shorter() {
        let file = file(LENGTH);
        let data = Data::shared(file).ok().unwrap();
        assert_eq!(cut(file, 0), Err(Errno::EPERM));
        data.put(LENGTH - 8, [7]);
        assert_eq!(data.get(LENGTH - 8), 7);
        data.unmap();
        close_own(file);
    }

    #[test]
    fn what_ends_before_its_mapping_or_could_is_refused() {
        let short = file(LENGTH - 1);
        assert_eq!(Data::shared(short).err(), Some(Errno::EFAULT));
        let device = open(c"/dev/zero", OFlags::RDWR).unwrap();
        assert_eq!(Data::shared(device).err(), Some(Errno::EINVAL));
        close_own(short);
        close_own(device);
    }
}
