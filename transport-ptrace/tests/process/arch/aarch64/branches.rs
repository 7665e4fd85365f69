//! Branch targets: on a page that is guarded so, an indirect branch may only go to an instruction that says so.
#![expect(unsafe_code, reason = "maps code that branches")]
#![expect(clippy::unwrap_used, reason = "a victim that cannot be one ends")]

use crate::victim::{NONE, tell};
use core::{arch::naked_asm, mem::transmute};

/// Branches so often, and returns how many turns are left. The last instruction is not its own: it is one for calls on a guarded page.
///
/// # Safety
///
/// It is not called where it stands, but as a copy on a guarded page.
#[unsafe(naked)]
unsafe extern "C" fn branch(turns: u64) -> u64 {
    naked_asm!(
        // bti c
        "hint #34",
        "adr x1, 3f",
        "2: br x1",
        "nop",
        // bti j
        "3: hint #36",
        "subs x0, x0, #1",
        "b.ne 2b",
        "ret",
        "svc #0",
    )
}

/// How many bytes it has.
const LENGTH: usize = 9 * 4;

behaviours! {
    branches_on_a_guarded_page => || {
        let Some(branch) = on_a_guarded_page() else { return tell(NONE) };
        let mut left = 0;
        for _ in 0..20 {
            // SAFETY: it is the copy.
            left += unsafe { branch(1_000_000) };
        }
        tell(&format!("{left} left"));
    };
}

/// The copy, where the processor can guard pages. There is no vDSO any more, and no other code at lower addresses.
fn on_a_guarded_page() -> Option<unsafe extern "C" fn(u64) -> u64> {
    const HWCAP2_BTI: u64 = 1 << 17;
    const PROT_BTI: i32 = 0x10;
    const PAGE: usize = 1 << 16;
    // SAFETY: it asks for a number.
    if unsafe { libc::getauxval(libc::AT_HWCAP2) } & HWCAP2_BTI == 0 {
        return None;
    }
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let vdso = maps.lines().find(|line| line.ends_with("[vdso]")).unwrap().split(' ').next().unwrap();
    let [start, end] =
        [0, 1].map(|index| usize::from_str_radix(vdso.split('-').nth(index).unwrap(), 16).unwrap());
    // SAFETY: what this program does from now on asks for no time, which is what it would use it for.
    assert_eq!(unsafe { libc::munmap(core::ptr::without_provenance_mut(start), end - start) }, 0);
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
    let place = core::ptr::without_provenance_mut(2 * PAGE);
    // SAFETY: it is mapped where nothing is.
    let page = unsafe { libc::mmap(place, PAGE, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    assert_eq!(page, place, "{}", std::io::Error::last_os_error());
    let code = (branch as *const ()).cast::<[u8; LENGTH]>();
    // SAFETY: the code may be read, and the page is nobody else's.
    unsafe { page.cast::<[u8; LENGTH]>().write(code.read()) };
    let protection = libc::PROT_READ | libc::PROT_EXEC | PROT_BTI;
    // SAFETY: it is this function's page.
    assert_eq!(unsafe { libc::mprotect(page, PAGE, protection) }, 0);
    // SAFETY: it is a copy of a function of this type, which knows no addresses; the kernel has made it visible to the processor
    // as it made it executable.
    Some(unsafe { transmute::<*mut libc::c_void, unsafe extern "C" fn(u64) -> u64>(page) })
}
