//! Memory of this process that is mapped while it is needed: what is large, and needed by few sessions.
#![expect(unsafe_code, reason = "maps memory, and refers to it")]

use crate::request::call;
use core::ptr::NonNull;
use rsyscall_core::{
    identifier::{Address, FileDescriptor},
    near::mm::{MapFlags, ProtFlags, mmap, munmap},
    syscall::Errno,
};

/// Whole pages, for this long at least.
pub(crate) struct Mapping {
    start: NonNull<u64>,
    length: usize,
}

impl Mapping {
    /// Zeros, of this process alone.
    pub(crate) fn new(length: usize) -> Result<Self, Errno> {
        let protection = ProtFlags::READ.union(ProtFlags::WRITE);
        let flags = MapFlags::PRIVATE.union(MapFlags::ANONYMOUS);
        // SAFETY: a new mapping, where the kernel finds room.
        let address =
            unsafe { call(mmap(Address::NULL, length, protection, flags, FileDescriptor::NONE, 0)) }?;
        let start = core::ptr::with_exposed_provenance_mut(usize::try_from(address.into_raw()).unwrap_or(0));
        NonNull::new(start).map(|start| Self { start, length }).ok_or(Errno::ENOMEM)
    }

    /// Where it begins.
    pub(crate) fn start(&self) -> NonNull<u64> {
        self.start
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        let address = Address::from_pointer(self.start.as_ptr());
        // SAFETY: `new` made the mapping, this long, and nothing refers to it any more.
        let _ = unsafe { call(munmap(address, self.length)) };
    }
}
