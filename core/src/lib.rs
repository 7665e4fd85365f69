#![doc = include_str!("../README.md")]
#![no_std]

#[cfg(test)]
extern crate std;

pub mod identifier;

pub mod abi;
pub mod syscall;

pub mod near;

pub mod batch;
pub mod interface;

pub mod memory;

mod block_on;
pub use block_on::block_on;
