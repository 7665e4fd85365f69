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
    /// From now on a file is no shorter than the data.
    pub(crate) fn seal(file: FileDescriptor) -> Result<(), Errno> {
        // SAFETY: the descriptor is this crate's, and its file is there for this alone.
        unsafe { call(fcntl_add_seals(file, SealFlags::SHRINK)) }?;
        // SAFETY: it moves this descriptor's own offset, and nothing else.
        let length = unsafe { call(lseek(file, 0, Whence::END)) }?;
        if usize::try_from(length).is_ok_and(|length| length >= LENGTH) { Ok(()) } else { Err(Errno::EPERM) }
    }

    /// Maps a file that the tracee has mapped, or will, and that was sealed.
    pub(crate) fn shared(file: FileDescriptor) -> Result<Self, Errno> {
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
