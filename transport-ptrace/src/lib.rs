#![doc = include_str!("../README.md")]
#![no_std]

mod error;
mod proc_file;
mod request;

mod registers;
mod site;
mod stop;

mod attach;
mod explain;
mod inject;
mod memory;
mod session;

mod arch;
mod server;

pub use error::{AttachError, CommandName, DetachError, Reason, ServerError};
pub use server::{InjectedServer, ServingThread};
pub use session::Session;
