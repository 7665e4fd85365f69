//! What identifiers refuse, what they compute, and how they print.

use proptest::prelude::*;
use rsyscall_core::identifier::{
    Address, FileDescriptor, MappingError, MemoryMapping, Process, ProcessGroup, WatchDescriptor,
};

fn mapping(address: u64, length: usize, page_size: usize) -> Result<MemoryMapping, MappingError> {
    MemoryMapping::new(Address::from_raw(address), length, page_size)
}

#[test]
fn text_is_that_of_the_original() {
    assert_eq!(FileDescriptor::from_raw(3).to_string(), "FD(3)");
    assert_eq!(FileDescriptor::AT_FDCWD.to_string(), "AT_FDCWD");
    assert_eq!(WatchDescriptor::from_raw(1).to_string(), "WD(1)");
    assert_eq!(Address::from_raw(0x7f00).to_string(), "Address(0x7f00)");
    assert_eq!(Process::from_raw(7).to_string(), "Process(7)");
    assert_eq!(ProcessGroup::from_raw(7).to_string(), "ProcessGroup(7)");
    assert_eq!(mapping(0x7000, 4096, 4096).unwrap().to_string(), "MMap(0x7000, 4096)");
    assert_eq!(
        mapping(0x20_0000, 0x40_0000, 0x20_0000).unwrap().to_string(),
        "MMap(pgsz=2097152, 0x200000, 4194304)"
    );
}

#[test]
fn a_page_size_that_is_no_power_of_two_is_refused() {
    for page_size in [0, 3, 4095, 12288, usize::MAX] {
        assert_eq!(mapping(0, 4096, page_size), Err(MappingError::PageSize { page_size }));
    }
}

#[test]
fn a_misaligned_address_or_length_is_refused() {
    let address = Address::from_raw(1);
    assert_eq!(mapping(1, 4096, 4096), Err(MappingError::Address { address, page_size: 4096 }));
    assert_eq!(mapping(0x1000, 5, 4096), Err(MappingError::Length { length: 5, page_size: 4096 }));
    // What is aligned for one page size is not for another.
    assert!(mapping(0x1000, 0x1000, 0x1000).is_ok());
    assert!(matches!(mapping(0x1000, 0x10000, 0x10000), Err(MappingError::Address { .. })));
}

#[test]
fn an_end_past_the_address_space_is_refused() {
    let last_page = 0xffff_ffff_ffff_f000;
    let address = Address::from_raw(last_page);
    assert_eq!(mapping(last_page, 4096, 4096), Err(MappingError::PastEnd { address, length: 4096 }));
    assert_eq!(mapping(last_page, 8192, 4096), Err(MappingError::PastEnd { address, length: 8192 }));
    assert!(mapping(last_page - 4096, 4096, 4096).is_ok());
}

#[test]
fn a_mapping_without_a_page_is_refused() {
    assert_eq!(mapping(0x1000, 0, 4096), Err(MappingError::Empty));
    let two = mapping(0x1000, 8192, 4096).unwrap();
    assert_eq!(two.split_at(0), Err(MappingError::Empty));
    assert_eq!(two.split_at(8192), Err(MappingError::Empty));
    assert_eq!(two.advance(8192), Err(MappingError::Empty));
}

#[test]
fn parts_begin_and_end_at_page_boundaries_inside() {
    let four = mapping(0x10000, 0x4000, 0x1000).unwrap();
    assert_eq!(four.sub_mapping(0x1000, 0x2000), mapping(0x11000, 0x2000, 0x1000));
    assert_eq!(four.sub_mapping(1, 0x1000), Err(MappingError::Length { length: 1, page_size: 0x1000 }));
    assert_eq!(four.sub_mapping(0x1000, 1), Err(MappingError::Length { length: 1, page_size: 0x1000 }));
    assert_eq!(
        four.sub_mapping(0x3000, 0x2000),
        Err(MappingError::Outside { offset: 0x3000, length: 0x2000 })
    );
    let huge = usize::MAX & !0xfff;
    assert_eq!(four.sub_mapping(huge, 0x1000), Err(MappingError::Outside { offset: huge, length: 0x1000 }));
    assert!(matches!(four.advance(0x5000), Err(MappingError::Outside { .. })));
    assert!(four.contains(Address::from_raw(0x13fff)));
    assert!(!four.contains(Address::from_raw(0x14000)));
    assert!(!four.contains(Address::from_raw(0xffff)));
}

#[test]
fn errors_say_what_does_not_fit() {
    let text = mapping(1, 4096, 4096).unwrap_err().to_string();
    assert_eq!(text, "not a memory mapping: Address(0x1) is not a multiple of the page size 4096");
}

#[test]
fn address_arithmetic_never_wraps() {
    let top = Address::from_raw(u64::MAX);
    assert_eq!(top.checked_add(1), None);
    assert_eq!(Address::NULL.checked_sub(1), None);
    assert_eq!(Address::NULL.checked_offset_from(top), None);
    assert_eq!(top.checked_align_up(4096), None);
    assert_eq!(top.checked_align_up(3), None);
    assert_eq!(top.checked_align_down(4096), Some(Address::from_raw(0xffff_ffff_ffff_f000)));
    assert!(!top.is_aligned_to(0));
}

proptest! {
    #[test]
    fn whatever_is_accepted_holds_its_promises(
        address in any::<u64>(), length in any::<usize>(), shift in 0_u32..64, align in any::<bool>(),
    ) {
        let page_size = 1_usize << shift;
        let mask = if align { !(page_size - 1) } else { !0 };
        if let Ok(mapping) = mapping(address & mask as u64, length & mask, page_size) {
            prop_assert!(mapping.length() > 0);
            prop_assert!(mapping.address().is_aligned_to(page_size));
            prop_assert_eq!(mapping.end().checked_offset_from(mapping.address()), Some(mapping.length()));
            let half = (mapping.length() / 2) & !(page_size - 1);
            if let Ok((first, second)) = mapping.split_at(half) {
                prop_assert_eq!(first.end(), second.address());
                prop_assert_eq!(first.length() + second.length(), mapping.length());
                prop_assert_eq!(second.end(), mapping.end());
            } else {
                prop_assert_eq!(half, 0);
            }
        }
    }
}
