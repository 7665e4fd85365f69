#![doc = include_str!("../README.md")]
#![no_std]

mod error;
mod proc_file;
mod tracee;

mod request;

mod registers;
mod site;
mod stop;

mod attach;
mod explain;
mod inject;
mod memory;
mod session;

pub use error::{AttachError, CommandName, DetachError, Reason};
pub use session::Session;
pub use tracee::Counts;
