//! Scalable vectors: a system call zeroes all of them beyond their first 128 bits, and ends streaming mode
//! (Documentation/arch/arm64/sve.rst, sme.rst).
#![expect(unsafe_code, reason = "keeps them in a mapping")]

use crate::{
    mapping::Mapping,
    request::{get_regset, set_regset},
    tracee::Tracee,
};
use core::ptr::NonNull;
use rsyscall_core::syscall::Errno;

/// `NT_ARM_SVE` and `NT_ARM_SSVE`: at most one of them is what the thread uses.
const SETS: [u64; 2] = [0x405, 0x40b];
/// `SVE_PT_REGS_SVE` in the header's flags: there is more than 128 bits a register.
const SCALABLE: u16 = 1;

/// What a thread has in its scalable registers.
pub(crate) struct Vectors {
    set: u64,
    mapping: Mapping,
    length: usize,
}

impl Vectors {
    /// Reads them, if the thread uses them. Calls zero them, and they are put back after the last one.
    pub(crate) fn save(tracee: &Tracee) -> Result<Option<Self>, Errno> {
        for set in SETS {
            // struct user_sve_header: size and its maximum, 32 bits each; vector length and its maximum, flags.
            let mut header = [0_u16; 8];
            // A processor without them has no such set.
            if get_regset(tracee, set, &mut header).is_err() {
                continue;
            }
            let [low, high, _, _, _, _, flags, _] = header;
            if flags & SCALABLE != 0 {
                let length = usize::from(high) << 16 | usize::from(low);
                let vectors = Self { set, mapping: Mapping::new(length)?, length };
                // SAFETY: the mapping is this value's own, and nothing else refers to it.
                get_regset(tracee, set, unsafe { vectors.bytes().as_mut() })?;
                return Ok(Some(vectors));
            }
        }
        Ok(None)
    }

    fn bytes(&self) -> NonNull<[u8]> {
        NonNull::slice_from_raw_parts(self.mapping.start().cast(), self.length)
    }

    /// Writes them, in the mode that they were in.
    pub(crate) fn put_back(&self, tracee: &Tracee) -> Result<(), Errno> {
        // SAFETY: the mapping is this value's own, and nobody writes to it any more.
        set_regset(tracee, self.set, unsafe { self.bytes().as_ref() })
    }
}
