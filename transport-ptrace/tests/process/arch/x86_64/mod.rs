//! x86_64.

mod bases;
mod compat;
mod dispatch;
mod patterns;
mod sequence;
mod steps;

pub(crate) use compat::{COMPAT_MACHINE, compat_program};
pub(crate) use dispatch::dispatched;
pub(crate) use patterns::{GENERAL, VECTORS, spin_with_patterns};
pub(crate) use sequence::{count_in_sequence, spin_in_sequence};

/// What victims do on this architecture only.
pub(crate) const BEHAVIOURS: [&[crate::behaviours::Behaviour]; 2] = [steps::ALL, dispatch::ALL];

/// Memory has no tags here.
pub(crate) fn tags() {}

/// Vectors are of one length here.
pub(crate) fn scalable(_streaming: bool) {}
