#![doc = include_str!("../README.md")]
#![no_std]

pub mod wire;

mod client;
pub use client::{Client, Extensions, HelloError, InterruptError, Original};

mod fd;
pub use fd::{BlockingFd, FdError, PolledFd};

pub mod server;

pub mod start;

mod arch;
mod sys;

#[cfg(feature = "c-abi")]
mod c_abi;
