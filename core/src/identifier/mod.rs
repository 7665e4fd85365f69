//! The near pointers: identifiers that mean something only inside one namespace.
//!
//! Each is a plain number with a type. None knows which namespace it belongs to, none owns anything, and making one
//! is always safe: it is what a raw pointer is. Using one in a system call is what needs care, and that care is the
//! contract of [`SyscallInterface`](crate::interface::SyscallInterface).

mod address;
mod file_descriptor;
mod memory_mapping;
mod process;
mod process_group;
mod watch_descriptor;

pub use address::Address;
pub use file_descriptor::FileDescriptor;
pub use memory_mapping::{MappingError, MemoryMapping};
pub use process::Process;
pub use process_group::ProcessGroup;
pub use watch_descriptor::WatchDescriptor;
