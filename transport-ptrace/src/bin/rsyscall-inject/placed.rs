//! What calls point to, in the target's memory.

use crate::argument::Memory;
use anyhow::{Context, Result};
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::Address,
    interface::SyscallInterface,
    memory::{Arena, MemoryInterface},
};
use std::ffi::CStr;

/// Structs are placed at a multiple of this, which is what the most demanding of them ask for.
const ALIGNMENT: usize = 16;

/// How many bytes something takes, at most.
fn room(memory: &Memory) -> usize {
    let string = |string: &CStr| string.to_bytes_with_nul().len();
    match memory {
        Memory::String(text) => string(text),
        Memory::Bytes(_, bytes) => bytes.len().saturating_add(ALIGNMENT),
        Memory::Room(length) => length.saturating_add(ALIGNMENT),
        Memory::Strings(strings) => {
            let pointers = strings.len().saturating_add(1).saturating_mul(size_of::<u64>());
            strings
                .iter()
                .map(|text| string(text))
                .sum::<usize>()
                .saturating_add(pointers)
                .saturating_add(ALIGNMENT)
        }
    }
}

/// Whole pages for all of this; 0 for nothing.
pub(crate) fn pages<'m>(memory: impl Iterator<Item = Option<&'m Memory>>, page_size: usize) -> Option<usize> {
    memory.flatten().map(room).try_fold(0_usize, usize::checked_add)?.checked_next_multiple_of(page_size)
}

/// Places something.
///
/// # Errors
///
/// The target's memory could not be written.
pub(crate) fn place<I>(arena: &Arena<'_, I>, memory: &Memory) -> Result<Address>
where
    I: SyscallInterface<Abi = Native> + MemoryInterface,
{
    let address = match memory {
        Memory::String(string) => block_on(arena.c_string(string), || ()),
        Memory::Bytes(_, bytes) => block_on(arena.bytes(bytes, ALIGNMENT), || ()),
        Memory::Room(length) => arena.reserve(*length, ALIGNMENT),
        Memory::Strings(strings) => {
            let mut table = Vec::new();
            for string in strings {
                let address = block_on(arena.c_string(string), || ())?;
                table.extend_from_slice(&address.into_raw().to_le_bytes());
            }
            table.extend_from_slice(&0_u64.to_le_bytes());
            block_on(arena.bytes(&table, ALIGNMENT), || ())
        }
    };
    address.context("cannot place arguments in the target's memory")
}

/// The content of room and of bytes, which a call may have written; `None` where that cannot be read.
pub(crate) fn content<I>(arena: &Arena<'_, I>, memory: &Memory, address: Address) -> Option<Vec<u8>>
where
    I: SyscallInterface<Abi = Native> + MemoryInterface,
{
    let length = match memory {
        Memory::Room(length) => *length,
        Memory::Bytes(_, bytes) => bytes.len(),
        Memory::String(_) | Memory::Strings(_) => return None,
    };
    let mut content = vec![0; length];
    block_on(arena.read_bytes(address, &mut content), || ()).ok()?;
    Some(content)
}
