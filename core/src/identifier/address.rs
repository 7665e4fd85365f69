//! `void *addr`

use core::fmt;

/// An address: a position in one address space.
///
/// From this value alone nobody knows which address space that is, nor whether anything is mapped there. It cannot
/// be dereferenced; [`MemoryInterface`](crate::memory::MemoryInterface) reads and writes through it. Arithmetic is
/// checked: none of it can wrap.
///
/// ```
/// use rsyscall_core::identifier::Address;
/// let address = Address::from_raw(0x7f00);
/// assert_eq!(address.to_string(), "Address(0x7f00)");
/// assert_eq!(address.checked_add(0x10), Some(Address::from_raw(0x7f10)));
/// assert_eq!(address.checked_add(usize::MAX), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Address(u64);

impl Address {
    /// Address 0: no address, wherever a call takes an optional pointer.
    pub const NULL: Self = Self(0);

    /// The address with this value, which need not be one that the kernel would accept: whether something is there, only the task
    /// knows.
    #[inline(always)]
    pub const fn from_raw(address: u64) -> Self {
        Self(address)
    }

    /// The address of something in *this* process, for use through an interface to this process.
    ///
    /// The pointer's provenance is exposed, so that the kernel's access through the address is one that the
    /// compiler reckons with.
    #[inline(always)]
    pub fn from_pointer<T: ?Sized>(pointer: *const T) -> Self {
        Self(pointer.cast::<u8>().expose_provenance() as u64)
    }

    /// The value, as it stands in a register.
    #[inline(always)]
    pub const fn into_raw(self) -> u64 {
        self.0
    }

    /// Whether this is [`NULL`](Self::NULL).
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// The address `length` bytes further up, or `None` past the end of the address space.
    #[inline]
    pub const fn checked_add(self, length: usize) -> Option<Self> {
        match self.0.checked_add(length as u64) {
            Some(address) => Some(Self(address)),
            None => None,
        }
    }

    /// The address `length` bytes further down, or `None` below 0.
    #[inline]
    pub const fn checked_sub(self, length: usize) -> Option<Self> {
        match self.0.checked_sub(length as u64) {
            Some(address) => Some(Self(address)),
            None => None,
        }
    }

    /// How many bytes this address lies above `lower`, or `None` if it lies below.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "every ABI here is 64-bit")]
    pub const fn checked_offset_from(self, lower: Self) -> Option<usize> {
        match self.0.checked_sub(lower.0) {
            Some(offset) => Some(offset as usize),
            None => None,
        }
    }

    /// Whether the address is a multiple of `alignment`. Nothing is a multiple of 0.
    #[inline]
    pub const fn is_aligned_to(self, alignment: usize) -> bool {
        alignment != 0 && self.0.is_multiple_of(alignment as u64)
    }

    /// The nearest multiple of `alignment` that is not below this address, or `None` if `alignment` is not a power
    /// of two or the result lies past the end of the address space.
    #[inline]
    pub const fn checked_align_up(self, alignment: usize) -> Option<Self> {
        if !alignment.is_power_of_two() {
            return None;
        }
        match self.0.checked_next_multiple_of(alignment as u64) {
            Some(address) => Some(Self(address)),
            None => None,
        }
    }

    /// The nearest multiple of `alignment` that is not above this address, or `None` if `alignment` is not a power
    /// of two.
    #[inline]
    pub const fn checked_align_down(self, alignment: usize) -> Option<Self> {
        if !alignment.is_power_of_two() {
            return None;
        }
        Some(Self(self.0 & !(alignment as u64).wrapping_sub(1)))
    }
}

// An address in decimal is recognised by nobody.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({:#x})", self.0)
    }
}
