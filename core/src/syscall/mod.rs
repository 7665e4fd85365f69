//! A system call as data: a number and six words.
//!
//! [`Instruction`] is neutral and typed, [`Syscall`] is encoded for one ABI. Both can be logged, compared, batched
//! and tested with no kernel; neither does anything until an interface executes it.

mod errno;
mod instruction;
mod operand;
mod outcome;
mod raw;
mod text;

pub use errno::Errno;
pub use instruction::{Instruction, WithResult};
pub use operand::Operand;
pub(crate) use operand::operand_word;
pub use outcome::Outcome;
pub use raw::{Syscall, decode};
pub(crate) use text::Style;
pub use text::Text;
#[cfg(feature = "from_name")]
pub(crate) use text::{Integer, Names};
