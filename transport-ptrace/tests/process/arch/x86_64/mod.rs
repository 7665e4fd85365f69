//! x86_64.

mod bases;
mod compat;
mod dispatch;
mod sequence;

pub(crate) use compat::{COMPAT_MACHINE, compat_program};
pub(crate) use dispatch::dispatched;
pub(crate) use sequence::spin_in_sequence;
