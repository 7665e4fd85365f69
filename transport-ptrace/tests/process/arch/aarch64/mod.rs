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
