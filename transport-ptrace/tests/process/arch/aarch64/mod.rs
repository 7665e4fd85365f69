//! aarch64.

mod branches;
mod compat;
mod patterns;
mod scalable;
mod sequence;
mod tags;

pub(crate) use compat::{COMPAT_MACHINE, compat_program};
pub(crate) use patterns::{GENERAL, VECTORS, spin_with_patterns};
pub(crate) use scalable::scalable;
pub(crate) use sequence::{count_in_sequence, spin_in_sequence};
pub(crate) use tags::tags;

/// What victims do on this architecture only.
pub(crate) const BEHAVIOURS: [&[crate::behaviours::Behaviour]; 2] = [branches::ALL, tags::ALL];

/// The kernel has no Syscall User Dispatch here.
pub(crate) fn dispatched() {}
