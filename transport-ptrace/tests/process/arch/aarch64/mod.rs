//! aarch64.

mod compat;
mod patterns;
mod scalable;
mod sequence;
mod tags;

pub(crate) use compat::{COMPAT_MACHINE, compat_program};
pub(crate) use patterns::{GENERAL, VECTORS, spin_with_patterns};
pub(crate) use scalable::scalable;
pub(crate) use sequence::spin_in_sequence;
pub(crate) use tags::{ALL as BEHAVIOURS, tags};

/// The kernel has no Syscall User Dispatch here.
pub(crate) fn dispatched() {}

/// How many of a victim's calls may return EINTR that nobody's handler has caused: the kernel does not tell which call a stop
/// has ended, so that one is not made again into which the thread went between the last look at it and the interrupt.
pub(crate) const LEAKS: u32 = 2;
