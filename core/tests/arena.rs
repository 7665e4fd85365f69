//! What an arena does in the task, call by call.

use rsyscall_core::{
    abi::X86_64,
    block_on,
    identifier::Address,
    interface::{SyscallError, SyscallInterface},
    memory::{Arena, ArenaError, MemoryError, MemoryInterface},
    syscall::{Outcome, Syscall, decode},
};
use std::cell::RefCell;

/// A task whose `mmap` gives this address, and which notes what it is asked.
struct Task {
    address: i64,
    calls: RefCell<Vec<String>>,
}

#[expect(unsafe_code, reason = "implements the interface")]
impl SyscallInterface for Task {
    type Abi = X86_64;

    async unsafe fn syscall<R: Outcome>(&self, call: Syscall<X86_64, R>) -> Result<R, SyscallError> {
        self.calls.borrow_mut().push(call.to_string());
        decode(if call.number == 9 { self.address } else { 0 })
    }
}

#[expect(unsafe_code, reason = "implements the interface")]
impl MemoryInterface for Task {
    async unsafe fn write(&self, _: Address, _: &[u8]) -> Result<(), MemoryError> {
        Ok(())
    }

    async unsafe fn read(&self, _: Address, _: &mut [u8]) -> Result<(), MemoryError> {
        Ok(())
    }
}

#[test]
fn pages_that_are_smaller_than_was_said_are_given_back() {
    let task = Task { address: 0x7000_1000, calls: RefCell::default() };
    let arena = block_on(Arena::map(&task, 0x1_0000, 0x1_0000), || ());
    assert!(matches!(arena, Err(ArenaError::Mapping(_))));
    let calls = task.calls.borrow();
    let [mmap, munmap] = calls.as_slice() else { panic!("{calls:?}") };
    assert!(mmap.starts_with("mmap("), "{mmap}");
    assert_eq!(munmap, "munmap(0x70001000, 0x10000)");
}

#[test]
fn what_lies_elsewhere_is_not_read() {
    let task = Task { address: 0x7000_0000, calls: RefCell::default() };
    let arena = block_on(Arena::map(&task, 4096, 4096), || ()).unwrap();
    for (address, length) in [(0x6fff_ffff, 4), (0x7000_0ffd, 4), (u64::MAX, 4)] {
        let address = Address::from_raw(address);
        let error = block_on(arena.read_bytes(address, &mut [0; 4]), || ()).unwrap_err();
        assert_eq!(error, ArenaError::Outside { address, length });
        assert_eq!(error.to_string(), format!("arena: the 4 bytes at {address} do not lie in it"));
    }
    assert_eq!(block_on(arena.read_bytes(Address::from_raw(0x7000_0ffc), &mut [0; 4]), || ()), Ok(()));
    let text = "Arena { mapping: MemoryMapping { address: Address(0x70000000), length: 4096, page_size: 4096 }, used: Cell { value: 0 }, .. }";
    assert_eq!(format!("{arena:?}"), text);
}

#[test]
fn what_is_no_pages_is_refused_before_anything_is_mapped() {
    let task = Task { address: 0x7000_0000, calls: RefCell::default() };
    assert!(matches!(block_on(Arena::map(&task, 4095, 4096), || ()), Err(ArenaError::Mapping(_))));
    assert!(task.calls.borrow().is_empty());
}
