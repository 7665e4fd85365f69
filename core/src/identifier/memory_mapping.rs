//! `void *addr, size_t length`, in whole pages

use super::Address;
use core::fmt;

/// A memory mapping: a run of whole pages in one address space.
///
/// From this value alone nobody knows which address space that is, nor whether the pages are still mapped. It
/// carries the size of its pages, because that is a property of the mapping (huge pages) and of the kernel (4, 16 or
/// 64 KiB on aarch64), and every address and length in it is a multiple of that size. Mappings are never empty, and
/// behind each there is an address.
///
/// ```
/// use rsyscall_core::identifier::{Address, MemoryMapping};
/// let mapping = MemoryMapping::new(Address::from_raw(0x7000), 8192, 4096)?;
/// let (first, second) = mapping.split_at(4096)?;
/// assert_eq!(first.to_string(), "MMap(0x7000, 4096)");
/// assert_eq!(second.address(), Address::from_raw(0x8000));
/// # Ok::<(), rsyscall_core::identifier::MappingError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MemoryMapping {
    address: Address,
    length: usize,
    page_size: usize,
}

/// Why something is not a [`MemoryMapping`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum MappingError {
    /// The page size is 0 or not a power of two.
    PageSize {
        /// The page size that was given.
        page_size: usize,
    },
    /// The address is not a multiple of the page size.
    Address {
        /// The address that was given.
        address: Address,
        /// The page size that it should be a multiple of.
        page_size: usize,
    },
    /// The length, or the offset of a split, is not a multiple of the page size.
    Length {
        /// The length or offset that was given.
        length: usize,
        /// The page size that it should be a multiple of.
        page_size: usize,
    },
    /// The mapping, or a part of it after a split, would have no page.
    Empty,
    /// The part asked for does not lie inside the mapping.
    Outside {
        /// The offset from the mapping's start.
        offset: usize,
        /// The length of the part.
        length: usize,
    },
    /// The mapping would reach the end of the address space: the address behind it would be none.
    PastEnd {
        /// The address that was given.
        address: Address,
        /// The length that does not fit above it.
        length: usize,
    },
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::PageSize { page_size } => {
                write!(f, "not a memory mapping: page size {page_size} is not a power of two")
            }
            Self::Address { address, page_size } => {
                write!(f, "not a memory mapping: {address} is not a multiple of the page size {page_size}")
            }
            Self::Length { length, page_size } => {
                write!(
                    f,
                    "not a memory mapping: length {length} is not a multiple of the page size {page_size}"
                )
            }
            Self::Empty => f.write_str("not a memory mapping: it would have no page"),
            Self::Outside { offset, length } => {
                write!(f, "not a part of the memory mapping: {length} bytes at offset {offset}")
            }
            Self::PastEnd { address, length } => {
                write!(
                    f,
                    "not a memory mapping: {length} bytes at {address} reach the end of the address space"
                )
            }
        }
    }
}

impl core::error::Error for MappingError {}

impl MemoryMapping {
    /// The mapping of `length` bytes from `address` on, in pages of `page_size` bytes.
    ///
    /// # Errors
    ///
    /// [`MappingError`] says what does not fit. Whether the pages are mapped nobody knows here.
    pub const fn new(address: Address, length: usize, page_size: usize) -> Result<Self, MappingError> {
        if !page_size.is_power_of_two() {
            return Err(MappingError::PageSize { page_size });
        }
        if !address.is_aligned_to(page_size) {
            return Err(MappingError::Address { address, page_size });
        }
        if !length.is_multiple_of(page_size) {
            return Err(MappingError::Length { length, page_size });
        }
        if length == 0 {
            return Err(MappingError::Empty);
        }
        if address.checked_add(length).is_none() {
            return Err(MappingError::PastEnd { address, length });
        }
        Ok(Self { address, length, page_size })
    }

    /// The first address.
    #[inline]
    pub const fn address(self) -> Address {
        self.address
    }

    /// The length in bytes.
    #[inline]
    pub const fn length(self) -> usize {
        self.length
    }

    /// The size of its pages in bytes.
    #[inline]
    pub const fn page_size(self) -> usize {
        self.page_size
    }

    /// The first address past the mapping.
    #[inline]
    pub const fn end(self) -> Address {
        // The constructor has seen that the sum does not wrap.
        Address::from_raw(self.address.into_raw().wrapping_add(self.length as u64))
    }

    /// Whether the address lies in the mapping.
    #[inline]
    pub const fn contains(self, address: Address) -> bool {
        match address.checked_offset_from(self.address) {
            Some(offset) => offset < self.length,
            None => false,
        }
    }

    /// The part of `length` bytes that starts `offset` bytes in.
    ///
    /// # Errors
    ///
    /// [`MappingError::Length`] unless both are multiples of the page size, [`MappingError::Outside`] if the part
    /// reaches past the end, [`MappingError::Empty`] if it has no page.
    pub const fn sub_mapping(self, offset: usize, length: usize) -> Result<Self, MappingError> {
        if !offset.is_multiple_of(self.page_size) {
            return Err(MappingError::Length { length: offset, page_size: self.page_size });
        }
        match offset.checked_add(length) {
            Some(end) if end <= self.length => {}
            _ => return Err(MappingError::Outside { offset, length }),
        }
        match self.address.checked_add(offset) {
            Some(address) => Self::new(address, length, self.page_size),
            None => Err(MappingError::Outside { offset, length }),
        }
    }

    /// The two parts before and from `offset` on.
    ///
    /// # Errors
    ///
    /// As [`sub_mapping`](Self::sub_mapping); neither part may be empty.
    pub const fn split_at(self, offset: usize) -> Result<(Self, Self), MappingError> {
        let first = match self.sub_mapping(0, offset) {
            Ok(first) => first,
            Err(error) => return Err(error),
        };
        match self.advance(offset) {
            Ok(second) => Ok((first, second)),
            Err(error) => Err(error),
        }
    }

    /// What remains after the first `offset` bytes.
    ///
    /// # Errors
    ///
    /// As [`sub_mapping`](Self::sub_mapping).
    pub const fn advance(self, offset: usize) -> Result<Self, MappingError> {
        match self.length.checked_sub(offset) {
            Some(length) => self.sub_mapping(offset, length),
            None => Err(MappingError::Outside { offset, length: 0 }),
        }
    }
}

impl fmt::Display for MemoryMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address.into_raw();
        match self.page_size {
            4096 => write!(f, "MMap({address:#x}, {})", self.length),
            page_size => write!(f, "MMap(pgsz={page_size}, {address:#x}, {})", self.length),
        }
    }
}
