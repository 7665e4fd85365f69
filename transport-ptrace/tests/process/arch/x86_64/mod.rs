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
pub(crate) use sequence::spin_in_sequence;
pub(crate) use steps::ALL as BEHAVIOURS;

/// Memory has no tags here.
pub(crate) fn tags() {}

/// Vectors are of one length here.
pub(crate) fn scalable(_streaming: bool) {}
