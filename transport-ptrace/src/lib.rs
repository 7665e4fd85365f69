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
mod detach;
mod dispatch;
mod explain;
mod inject;
mod memory;
mod session;
mod start;
mod threads;

mod server;

pub use detach::{DetachError, Part};
pub use error::{AttachError, CommandName, Reason, ServerError};
pub use server::{InjectedServer, ServingThread};
pub use session::Session;
pub use start::{Program, StartError};
pub use threads::Threads;
pub use tracee::Counts;
