//! Scalable vectors, which a system call zeroes.
#![expect(unsafe_code, reason = "fills them")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    remote::poke,
    victim::{NONE, Victim, tell},
};
use core::{
    arch::naked_asm,
    sync::atomic::{AtomicU32, Ordering},
};
use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getpid};
use rsyscall_transport_ptrace::{Mechanism, PageData, Session};

/// The longest vectors are of 256 bytes; a predicate, of which there is one more, has a bit for each byte.
const VECTORS: usize = 32 * 256;
const PREDICATES: usize = 17 * 32;

/// Fills all of them, waits for a word, and writes what they hold then.
///
/// # Safety
///
/// The processor has them, and streaming mode if that is asked for.
#[unsafe(naked)]
unsafe extern "C" fn spin(
    vectors: &mut [u8; VECTORS],
    predicates: &mut [u8; PREDICATES],
    end: &AtomicU32,
    streaming: u64,
) {
    naked_asm!(
        ".arch_extension sve",
        "sub sp, sp, #64",
        "stp d8, d9, [sp]",
        "stp d10, d11, [sp, #16]",
        "stp d12, d13, [sp, #32]",
        "stp d14, d15, [sp, #48]",
        "cbz x3, 2f",
        // smstart sm
        ".inst 0xd503437f",
        "b 3f",
        "2: setffr",
        "3:",
        "mov w4, #1",
        ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31",
        "index z\\number\\().b, w4, #3",
        "add w4, w4, #7",
        ".endr",
        "mov x4, #1",
        ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",
        "whilelo p\\number\\().b, xzr, x4",
        "add x4, x4, #3",
        ".endr",
        "4: ldar w4, [x2]",
        "cbz w4, 4b",
        ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31",
        "str z\\number, [x0, #\\number, mul vl]",
        ".endr",
        ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",
        "str p\\number, [x1, #\\number, mul vl]",
        ".endr",
        "cbz x3, 5f",
        // smstop sm
        ".inst 0xd503427f",
        "b 6f",
        "5: rdffr p0.b",
        "str p0, [x1, #16, mul vl]",
        "6:",
        "ldp d8, d9, [sp]",
        "ldp d10, d11, [sp, #16]",
        "ldp d12, d13, [sp, #32]",
        "ldp d14, d15, [sp, #48]",
        "add sp, sp, #64",
        "ret",
    )
}

/// A victim that has them full, and says whether they are the same afterwards.
pub(crate) fn scalable(streaming: bool) {
    const HWCAP_SVE: u64 = 1 << 22;
    const HWCAP2_SME: u64 = 1 << 23;
    static END: AtomicU32 = AtomicU32::new(0);
    // SAFETY: it asks for a number.
    let sve = unsafe { libc::getauxval(libc::AT_HWCAP) };
    // SAFETY: as above.
    let sme = unsafe { libc::getauxval(libc::AT_HWCAP2) };
    tell("ready");
    if sve & HWCAP_SVE == 0 || streaming && sme & HWCAP2_SME == 0 {
        tell(NONE);
        return;
    }
    let run = |end: &AtomicU32| {
        let (mut vectors, mut predicates) = ([0; VECTORS], [0; PREDICATES]);
        // SAFETY: the processor has them.
        unsafe { spin(&mut vectors, &mut predicates, end, u64::from(streaming)) };
        (vectors, predicates)
    };
    let alone = run(&AtomicU32::new(1));
    tell(&END.as_ptr().addr().to_string());
    let disturbed = run(&END);
    END.store(0, Ordering::Relaxed);
    tell(if disturbed == alone { "the same" } else { "changed" });
}

fn stay_the_same(name: &str) {
    let mut victim = Victim::start(name);
    let line = victim.line();
    assert_ne!(line, NONE);
    let address = line.parse().unwrap();
    for page in [None, Some(PageData::Shared)] {
        for mechanism in [Mechanism::SyscallStops, Mechanism::SingleStep, Mechanism::CodePage] {
            let session = Session::attach(victim.process()).unwrap();
            session.prefer(Some(mechanism));
            if let Some(data) = page {
                session.map_code_page(data).unwrap();
            }
            for _ in 0..3 {
                // SAFETY: getpid takes nothing and changes nothing.
                assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
            }
            session.detach().unwrap();
        }
    }
    poke(victim.process(), address, 1);
    assert_eq!(victim.line(), "the same");
    assert_eq!(victim.end(), 0);
}

#[test]
fn scalable_vectors_stay() {
    stay_the_same("scalable vectors");
}

#[test]
fn vectors_of_streaming_mode_stay_and_so_does_the_mode() {
    stay_the_same("streaming vectors");
}
