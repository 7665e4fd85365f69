//! Room in a task's memory for what calls point to.
#![expect(unsafe_code, reason = "executes mmap and munmap of its own pages and writes only there")]

use super::{MemoryError, MemoryInterface};
use crate::{
    identifier::{Address, FileDescriptor, MappingError, MemoryMapping},
    interface::{SyscallError, SyscallInterface},
    near::{
        layout::Layout,
        mm::{MapFlags, ProtFlags, mmap, munmap},
    },
};
use core::{cell::Cell, ffi::CStr, fmt};

/// A mapping of its own in a task's memory, filled from the start: strings, bytes and structs that calls point to.
///
/// Its capacity is fixed, and it uses no heap on either side. Addresses that it gave out are good until
/// [`clear`](Self::clear) or [`unmap`](Self::unmap). Dropping it leaves the pages mapped in the task: only `unmap` can wait
/// for the call that frees them.
///
/// ```no_run
/// # async fn example(
/// #     interface: &(impl rsyscall_core::interface::SyscallInterface + rsyscall_core::memory::MemoryInterface),
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use rsyscall_core::{memory::Arena, near::{layout::Utsname, process::uname}};
///
/// let arena = Arena::map(interface, 65536, 4096).await?;
/// let buf = arena.reserve_value::<Utsname>()?;
/// // SAFETY: the room is the struct's.
/// unsafe { interface.call(uname(buf)) }.await?;
/// let name: Utsname = arena.read_value(buf).await?;
/// println!("{}", name.release().escape_ascii());
/// // SAFETY: no call uses the arena any more.
/// unsafe { arena.unmap() }.await?;
/// # Ok(())
/// # }
/// ```
pub struct Arena<'i, I> {
    interface: &'i I,
    mapping: MemoryMapping,
    used: Cell<usize>,
}

/// Why an [`Arena`] could not be made or taken away, or something not be placed in it or read from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ArenaError {
    /// It does not fit: the rest is too small, or the alignment is not a power of two up to the page size.
    Full {
        /// Bytes asked for.
        wanted: usize,
        /// Bytes left, before alignment.
        left: usize,
    },
    /// What was to be read does not lie in it.
    Outside {
        /// Where that begins.
        address: Address,
        /// How many bytes it is.
        length: usize,
    },
    /// `mmap` gave no pages.
    Map(SyscallError),
    /// `mmap` gave something that is no mapping, or the length is none.
    Mapping(MappingError),
    /// `munmap` did not take the pages back.
    Unmap(SyscallError),
    /// The bytes could not be written, or not be read.
    Memory(MemoryError),
}

impl fmt::Display for ArenaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { wanted, left } => write!(f, "arena: {wanted} bytes do not fit, {left} are left"),
            Self::Outside { address, length } => {
                write!(f, "arena: the {length} bytes at {address} do not lie in it")
            }
            Self::Map(error) => write!(f, "arena: mmap: {error}"),
            Self::Mapping(error) => write!(f, "arena: {error}"),
            Self::Unmap(error) => write!(f, "arena: munmap: {error}"),
            Self::Memory(error) => write!(f, "arena: {error}"),
        }
    }
}

impl core::error::Error for ArenaError {}

impl<I> fmt::Debug for Arena<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mapping, used, .. } = self;
        f.debug_struct("Arena").field("mapping", mapping).field("used", used).finish_non_exhaustive()
    }
}

impl<'i, I: SyscallInterface + MemoryInterface> Arena<'i, I> {
    /// Maps `length` bytes in the task, in pages of `page_size` bytes.
    ///
    /// # Cancellation
    ///
    /// If the future is dropped after its first poll, the pages may stay mapped; the orphan of `mmap` then tells where.
    ///
    /// # Errors
    ///
    /// [`ArenaError::Mapping`] if the length is 0 or not whole pages, or if the task's pages are smaller than that;
    /// [`ArenaError::Map`] if the task got none. Nothing stays mapped.
    pub async fn map(interface: &'i I, length: usize, page_size: usize) -> Result<Self, ArenaError> {
        MemoryMapping::new(Address::NULL, length, page_size).map_err(ArenaError::Mapping)?;
        let protection = ProtFlags::READ.union(ProtFlags::WRITE);
        let flags = MapFlags::PRIVATE.union(MapFlags::ANONYMOUS);
        let map = mmap(Address::NULL, length, protection, flags, FileDescriptor::NONE, 0);
        // SAFETY: the kernel chooses unused pages; nothing that exists in the task changes.
        let address = unsafe { interface.call(map) }.await.map_err(ArenaError::Map)?;
        match MemoryMapping::new(address, length, page_size) {
            Ok(mapping) => Ok(Self { interface, mapping, used: Cell::new(0) }),
            Err(error) => {
                // SAFETY: nobody else knows of these pages.
                let _ = unsafe { interface.call(munmap(address, length)) }.await;
                Err(ArenaError::Mapping(error))
            }
        }
    }

    /// The pages in the task: where the arena is, how long it is, and in what page size that was checked.
    ///
    /// Anything in them that the arena did not hand out is still its own to give.
    pub const fn mapping(&self) -> MemoryMapping {
        self.mapping
    }

    /// Sets `length` bytes aside at a multiple of `alignment` bytes, for what calls write to.
    ///
    /// No call is made. What lies there is what was there before: zeros, as long as nothing was [cleared](Self::clear). The room is
    /// not given back one by one, so that bytes lost to alignment stay lost until then.
    ///
    /// # Errors
    ///
    /// [`ArenaError::Full`], and nothing was set aside: what is left is too small, or `alignment` is no power of two, or more than a
    /// page.
    pub fn reserve(&self, length: usize, alignment: usize) -> Result<Address, ArenaError> {
        let used = self.used.get();
        let place = || {
            let start = self.mapping.address().checked_add(used)?.checked_align_up(alignment)?;
            let end = start.checked_add(length)?.checked_offset_from(self.mapping.address())?;
            (alignment <= self.mapping.page_size() && end <= self.mapping.length()).then_some((start, end))
        };
        let full = ArenaError::Full { wanted: length, left: self.mapping.length().saturating_sub(used) };
        let (start, end) = place().ok_or(full)?;
        self.used.set(end);
        Ok(start)
    }

    /// Places bytes at a multiple of `alignment`: a struct as its bytes, with its own alignment.
    ///
    /// # Cancellation
    ///
    /// The room is taken at the first poll, and stays taken if the future is dropped; whether the bytes are there is not known then.
    ///
    /// # Errors
    ///
    /// [`ArenaError::Full`] as of [`reserve`](Self::reserve), and nothing was written; [`ArenaError::Memory`] if the task's memory
    /// could not be written, which says how far it got, and the room stays taken.
    pub async fn bytes(&self, bytes: &[u8], alignment: usize) -> Result<Address, ArenaError> {
        let address = self.reserve(bytes.len(), alignment)?;
        // SAFETY: these bytes lie in the arena's own pages, as calls and memory are of one task, and were given to nobody before.
        unsafe { self.interface.write(address, bytes) }.await.map_err(ArenaError::Memory)?;
        Ok(address)
    }

    /// Places a C string, with its terminating zero.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub async fn c_string(&self, string: &CStr) -> Result<Address, ArenaError> {
        self.bytes(string.to_bytes_with_nul(), 1).await
    }

    /// Places a struct in the layout that it has in the task's ABI.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub async fn value<T: Layout<I::Abi>>(&self, value: &T) -> Result<Address, ArenaError> {
        self.bytes(value.to_bytes().as_ref(), T::ALIGNMENT).await
    }

    /// Sets room aside for a struct that a call fills in, in the size and the alignment that it has in the task's ABI.
    ///
    /// # Errors
    ///
    /// [`ArenaError::Full`], as of [`reserve`](Self::reserve).
    pub fn reserve_value<T: Layout<I::Abi>>(&self) -> Result<Address, ArenaError> {
        self.reserve(T::SIZE, T::ALIGNMENT)
    }

    /// Reads back a struct that a call filled in, from the layout that it has in the task's ABI.
    ///
    /// Every bit pattern is a struct: what the task has there is believed, and nothing else depends on it. Dropping the future
    /// leaves nothing behind.
    ///
    /// # Errors
    ///
    /// [`ArenaError::Outside`] if not all of it lies in this arena, and then nothing was read; [`ArenaError::Memory`] if the
    /// task's memory could not be read, because somebody unmapped it, or the task is gone.
    pub async fn read_value<T: Layout<I::Abi>>(&self, from: Address) -> Result<T, ArenaError> {
        let mut bytes = T::zeroed();
        self.read_bytes(from, bytes.as_mut()).await?;
        Ok(T::from_bytes(&bytes))
    }

    /// Reads back as many bytes as `to` has room for.
    ///
    /// # Errors
    ///
    /// As [`read_value`](Self::read_value); how much of `to` was filled is in the error, and the rest of it means nothing.
    pub async fn read_bytes(&self, from: Address, to: &mut [u8]) -> Result<(), ArenaError> {
        let end = from.checked_add(to.len());
        if from < self.mapping.address() || end.is_none_or(|end| end > self.mapping.end()) {
            return Err(ArenaError::Outside { address: from, length: to.len() });
        }
        // SAFETY: these bytes lie in the arena's own pages, which no reference of this program covers. That no call in
        // flight writes there is what whoever made that call promised.
        unsafe { self.interface.read(from, to) }.await.map_err(ArenaError::Memory)
    }

    /// Forgets all that was placed; the addresses given out are the arena's again.
    ///
    /// # Safety
    ///
    /// No call that was given one of them is still in flight.
    pub unsafe fn clear(&self) {
        self.used.set(0);
    }

    /// Gives the pages back to the task: the only way to do so, as dropping the arena leaves them mapped.
    ///
    /// # Cancellation
    ///
    /// The arena is gone with the future. Dropped before its first poll, that leaves the pages mapped for good; dropped later, the
    /// pages are unmapped when the interface is driven on, and the orphan of `munmap` says so.
    ///
    /// # Errors
    ///
    /// [`ArenaError::Unmap`]: with *not sent* and *errno* the pages are mapped still, with *hangup* nobody knows.
    ///
    /// # Safety
    ///
    /// Nothing in the task uses the addresses any more.
    pub async unsafe fn unmap(self) -> Result<(), ArenaError> {
        let unmap = munmap(self.mapping.address(), self.mapping.length());
        // SAFETY: the pages are the arena's own, and the caller promises that nobody uses them.
        unsafe { self.interface.call(unmap) }.await.map_err(ArenaError::Unmap)
    }
}
