//! The structs that calls read and write, as bytes in the layout of a given ABI.
//!
//! The task behind an interface need not share our architecture, so that a struct is a plain value here and becomes
//! bytes for an ABI. Those of one size are [`Layout`]s; what the kernel packs one after the other is walked by an
//! iterator that believes no length: [`DirectoryEntries`], [`InotifyEvents`], [`ControlMessages`], [`Structs`].
//!
//! ```
//! use rsyscall_core::{abi::{Aarch64, X86_64}, near::layout::{EpollEvent, Layout, Truncated}};
//!
//! let event = EpollEvent { events: 1, data: 7 };
//! assert_eq!(Layout::<X86_64>::to_bytes(&event).len(), 12);
//! assert_eq!(Layout::<Aarch64>::to_bytes(&event).len(), 16);
//!
//! let truncated = <EpollEvent as Layout<X86_64>>::decode(&[0; 11]);
//! assert_eq!(truncated, Err(Truncated { needed: 12, found: 11 }));
//! ```

#[macro_use]
mod table;

mod aio;
mod control_message;
mod directory_entry;
mod event;
mod fs;
mod inotify_event;
mod ipc;
mod mount;
mod net;
mod packed;
mod process;
mod sched;
mod security;
mod siginfo;
mod signal;
mod socket_address;
mod terminal;
mod time;

pub use aio::*;
pub use control_message::*;
pub use directory_entry::*;
pub use event::*;
pub use fs::*;
pub use inotify_event::*;
pub use ipc::*;
pub use mount::*;
pub use net::*;
pub use packed::Malformed;
pub use process::*;
pub use sched::*;
pub use security::*;
pub use siginfo::*;
pub use signal::*;
pub use socket_address::*;
pub use terminal::*;
pub use time::*;

use crate::abi::Abi;
use core::{fmt, marker::PhantomData};

/// A struct that has a layout in this ABI.
pub trait Layout<A: Abi>: Sized {
    /// Its bytes: an array of [`SIZE`](Self::SIZE).
    type Bytes: AsRef<[u8]> + AsMut<[u8]>;
    /// Its size in bytes.
    const SIZE: usize;
    /// Its alignment in bytes.
    const ALIGNMENT: usize;
    /// Its fields: name, offset and size in bytes.
    const FIELDS: &'static [(&'static str, usize, usize)];

    /// Zeros, to be read into.
    fn zeroed() -> Self::Bytes;
    /// The struct as bytes; padding is zero.
    fn to_bytes(&self) -> Self::Bytes;
    /// The struct in these bytes; padding is ignored.
    fn from_bytes(bytes: &Self::Bytes) -> Self;

    /// The struct at the beginning of a buffer, behind which there may be more.
    ///
    /// # Errors
    ///
    /// The buffer is too short.
    fn decode(buffer: &[u8]) -> Result<Self, Truncated> {
        let truncated = Truncated { needed: Self::SIZE, found: buffer.len() };
        let mut bytes = Self::zeroed();
        bytes.as_mut().copy_from_slice(buffer.get(..Self::SIZE).ok_or(truncated)?);
        Ok(Self::from_bytes(&bytes))
    }
}

/// A buffer is too short for the struct.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Truncated {
    /// How many bytes the struct has.
    pub needed: usize,
    /// How many there are.
    pub found: usize,
}

impl fmt::Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cut off: {} bytes of {}", self.found, self.needed)
    }
}

impl core::error::Error for Truncated {}

/// Structs of one size, one after the other: what `epoll_wait` writes, or a read from a signalfd.
///
/// A piece at the end that is too short for one more is an error, once.
///
/// ```
/// use rsyscall_core::{abi::X86_64, near::layout::{Pollfd, Structs}};
/// let found: Vec<_> = Structs::<X86_64, Pollfd>::new(&[0; 16]).collect();
/// assert_eq!(found, [Ok(Pollfd::default()); 2]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Structs<'b, A, T> {
    buffer: &'b [u8],
    marker: PhantomData<fn() -> (A, T)>,
}

impl<'b, A: Abi, T: Layout<A>> Structs<'b, A, T> {
    /// The structs in a buffer, of which only what the kernel has written is given.
    pub const fn new(buffer: &'b [u8]) -> Self {
        Self { buffer, marker: PhantomData }
    }
}

impl<A: Abi, T: Layout<A>> Iterator for Structs<'_, A, T> {
    type Item = Result<T, Truncated>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.buffer.is_empty() {
            return None;
        }
        let decoded = T::decode(self.buffer);
        self.buffer = self.buffer.get(T::SIZE..).unwrap_or_default();
        Some(decoded)
    }
}

/// The bytes before the first null, or all of them.
fn until_null(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}
