#![doc = include_str!("../README.md")]
#![no_std]

mod arch;
mod local;
mod memory;

pub use arch::raw_syscall;
pub use local::{Local, LocalCall};
pub use memory::ProcessMemory;
