//! The kernel's headers, as `linux-raw-sys` has them, under one roof for the `constant!` macro.

pub(crate) use linux_raw_sys::general::*;
pub(crate) use linux_raw_sys::ioctl::*;
pub(crate) use linux_raw_sys::landlock::*;
pub(crate) use linux_raw_sys::mempolicy::*;
pub(crate) use linux_raw_sys::net::*;
pub(crate) use linux_raw_sys::prctl::*;
pub(crate) use linux_raw_sys::ptrace::*;
