#![doc = include_str!("../README.md")]
#![no_std]

mod error;
mod proc_file;
mod tracee;

mod clock;
mod mapping;
mod request;

mod arch;
mod registers;
mod signals;
mod site;
mod status;
mod stop;
mod succession;

mod attach;
mod denied;
mod detach;
mod dispatch;
mod end;
mod explain;
mod memory;
mod seized;
mod session;
mod start;
mod threads;

mod batch;
mod cpu;
mod inject;
mod interrupted;
mod limit;
mod mechanism;
mod page;
mod quick;
mod step;

mod server;

pub use detach::{DetachError, Part};
pub use error::{AttachError, CommandName, PageError, Reason, ServerError};
pub use limit::Interrupter;
pub use mechanism::Mechanism;
pub use page::PageData;
pub use seized::Seized;
pub use server::{InjectedServer, ServingThread};
pub use session::Session;
pub use start::{Program, StartError};
pub use threads::Threads;
pub use tracee::Counts;
