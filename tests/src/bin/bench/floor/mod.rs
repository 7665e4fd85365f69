//! The least that each thing can cost, written by hand.

pub(crate) mod child;
mod local;
mod memory;
mod pipe;
mod ptrace;
mod start;

use crate::operation::Operation;

pub(crate) use memory::{ROOM, SIZES, single};
pub(crate) use pipe::{bulk, carried, pipelined, round_trips};
pub(crate) use ptrace::{blocks, stops};

pub(crate) fn operations() -> Vec<Operation> {
    [local::operations(), memory::operations(), pipe::operations(), ptrace::operations(), start::operations()]
        .concat()
}
