//! The program `rsyscall-inject` as its users see it: output, exit status, and what becomes of the process.

mod program;
mod victim;

mod calls;
mod command_line;
mod endings;
mod listing;
mod output;
mod readme;
mod targets;
