//! Memory tags: each granule of sixteen bytes has one, and a pointer with another one in its top byte faults.
#![expect(unsafe_code, reason = "tags memory, and accesses it with pointers that have other tags")]

use crate::{
    remote::poke,
    victim::{NONE, Victim, tell},
};
use core::{
    arch::asm,
    ptr::null_mut,
    sync::atomic::{AtomicU32, Ordering},
};
use rsyscall_core::{
    block_on,
    identifier::Address,
    interface::SyscallInterface,
    memory::MemoryInterface,
    near::{
        process::getpid,
        time::{ClockId, clock_gettime},
    },
    syscall::Errno,
};
use rsyscall_transport_ptrace::{Mechanism, PageData, Session};

const LENGTH: usize = 4 * 4096;
const GRANULE: usize = 16;
const ROUNDS: u32 = 400;

/// What becomes of an access with a wrong tag.
#[derive(Clone, Copy, PartialEq)]
enum Checks {
    /// It faults.
    Synchronous,
    /// It is done, and the next entry into the kernel finds out.
    Asynchronous,
}

/// The tag that memory at an address is given here: neighbours have others, and no memory has that of a pointer without one. (QEMU
/// 7.2 has one tag for every other granule of a page, and one for those in between.)
fn tag_of(address: usize) -> usize {
    let (page, granule) = (address / 4096, address / GRANULE);
    1 + (2 * page + granule % 2) % 14
}

/// A tag that no memory has.
const WRONG: usize = 15;

/// The address with a tag in its top byte.
fn tagged(address: usize, tag: usize) -> usize {
    address | tag << 56
}

/// Has tags checked in this thread, and maps and tags memory; nothing if the processor has no tags.
fn tagged_memory(checks: Checks) -> Option<usize> {
    const HWCAP2_MTE: u64 = 1 << 18;
    const PROT_MTE: i32 = 0x20;
    const PR_SET_TAGGED_ADDR_CTRL: i32 = 55;
    const PR_TAGGED_ADDR_ENABLE: u64 = 1;
    // SAFETY: it asks for a number.
    if unsafe { libc::getauxval(libc::AT_HWCAP2) } & HWCAP2_MTE == 0 {
        return None;
    }
    let mode = if checks == Checks::Synchronous { 1 << 1 } else { 1 << 2 };
    // SAFETY: all memory has the tag 0 now, as have all pointers.
    assert_eq!(unsafe { libc::prctl(PR_SET_TAGGED_ADDR_CTRL, PR_TAGGED_ADDR_ENABLE | mode, 0, 0, 0) }, 0);
    let protection = libc::PROT_READ | libc::PROT_WRITE | PROT_MTE;
    // SAFETY: it is mapped where nothing is.
    let memory =
        unsafe { libc::mmap(null_mut(), LENGTH, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) };
    let start = memory.addr();
    for address in (start..start + LENGTH).step_by(GRANULE) {
        let pointer = tagged(address, tag_of(address));
        // SAFETY: the memory is mapped, and its tags are this program's.
        unsafe { asm!(".arch_extension memtag", "stg {0}, [{0}]", in(reg) pointer, options(nostack)) };
    }
    Some(start)
}

/// Whether the memory has the tags that it was given.
fn has_its_tags(start: usize) -> bool {
    (start..start + LENGTH).step_by(GRANULE).all(|address| {
        let mut pointer = address;
        // SAFETY: the memory is mapped.
        unsafe { asm!(".arch_extension memtag", "ldg {0}, [{0}]", inout(reg) pointer, options(nostack)) };
        pointer == tagged(address, tag_of(address))
    })
}

/// Writes a zero byte by a single instruction.
fn store(pointer: usize) {
    // SAFETY: the memory is mapped, and nobody's; a fault is handled.
    unsafe { asm!("strb wzr, [{0}]", in(reg) pointer, options(nostack)) };
}

static FAULTS: AtomicU32 = AtomicU32::new(0);
static OTHER_FAULTS: AtomicU32 = AtomicU32::new(0);

/// Counts faults of one code, and goes on behind the instruction if that is what faulted.
fn count_faults(code: i32) {
    static CODE: AtomicU32 = AtomicU32::new(0);
    extern "C" fn handler(_: i32, information: *mut libc::siginfo_t, context: *mut libc::c_void) {
        const SEGV_MTESERR: i32 = 9;
        // SAFETY: the kernel's, for as long as the handler runs.
        let information = unsafe { &*information };
        // SAFETY: as above.
        let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
        let expected = information.si_code.cast_unsigned() == CODE.load(Ordering::Relaxed);
        (if expected { &FAULTS } else { &OTHER_FAULTS }).fetch_add(1, Ordering::Relaxed);
        if information.si_code == SEGV_MTESERR {
            context.uc_mcontext.pc += 4;
        }
    }
    CODE.store(code.cast_unsigned(), Ordering::Relaxed);
    // SAFETY: all zeros are an action.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    action.sa_sigaction = handler as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO;
    // SAFETY: the handler does nothing that it may not.
    assert_eq!(unsafe { libc::sigaction(libc::SIGSEGV, &raw const action, null_mut()) }, 0);
}

fn told_faults(start: usize) {
    let (faults, others) = (FAULTS.load(Ordering::Relaxed), OTHER_FAULTS.load(Ordering::Relaxed));
    tell(&format!("{faults} of {ROUNDS} faults, {others} others, tags stay: {}", has_its_tags(start)));
}

/// Keeps the processor busy.
fn spin() {
    for _ in 0..20_000 {
        core::hint::spin_loop();
    }
}

behaviours! {
    wrong_tags_fault_at_once => || {
        let Some(start) = tagged_memory(Checks::Synchronous) else { return tell(NONE) };
        count_faults(9);
        for round in 0..ROUNDS {
            let address = start + GRANULE * round as usize;
            store(tagged(address, tag_of(address)));
            spin();
            store(tagged(address, WRONG));
        }
        told_faults(start);
    };
    wrong_tags_are_noticed_by_the_next_call => || {
        let Some(start) = tagged_memory(Checks::Asynchronous) else { return tell(NONE) };
        count_faults(8);
        for round in 0..ROUNDS {
            let address = start + GRANULE * round as usize;
            store(tagged(address, WRONG));
            // SAFETY: it asks for a number.
            unsafe { libc::getppid() };
            spin();
        }
        told_faults(start);
    };
    tags_are_not_checked_while_that_is_off => || {
        let Some(start) = tagged_memory(Checks::Synchronous) else { return tell(NONE) };
        count_faults(9);
        let mut on = 0;
        for round in 0..ROUNDS {
            let address = start + GRANULE * round as usize;
            // SAFETY: nobody else relies on checks in between.
            unsafe { asm!(".arch_extension memtag", "msr tco, #1", options(nostack)) };
            spin();
            store(tagged(address, WRONG));
            let state: u64;
            // SAFETY: it puts back what is usual.
            unsafe { asm!(".arch_extension memtag", "mrs {0}, tco", "msr tco, #0", out(reg) state, options(nostack)) };
            on += u32::from(state == 0);
        }
        tell(&format!("{on} times on"));
        FAULTS.fetch_add(ROUNDS, Ordering::Relaxed);
        told_faults(start);
    };
}

/// A victim with tagged memory, the address of which it tells, and that of a word that ends it.
pub(crate) fn tags() {
    static END: AtomicU32 = AtomicU32::new(0);
    tell("ready");
    let Some(start) = tagged_memory(Checks::Synchronous) else { return tell(NONE) };
    tell(&start.to_string());
    tell(&END.as_ptr().addr().to_string());
    while END.load(Ordering::Relaxed) == 0 {
        spin();
    }
    tell(if has_its_tags(start) { "tags stay" } else { "tags changed" });
}

#[test]
fn memory_is_reached_by_pointers_of_every_tag_and_keeps_its_tags() {
    let mut victim = Victim::start("memory tags");
    let line = victim.line();
    assert_ne!(line, NONE);
    let start: usize = line.parse().unwrap();
    let end = victim.line().parse().unwrap();
    for mechanism in [Mechanism::SyscallStops, Mechanism::SingleStep, Mechanism::CodePage] {
        let session = Session::attach(victim.process()).unwrap();
        session.prefer(Some(mechanism));
        session.map_code_page(PageData::Shared).unwrap();
        // SAFETY: getpid takes nothing and changes nothing.
        assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
        // A tracer's accesses are not checked, and the rest of a pointer's top byte means nothing.
        for (tag, length) in [(0, 8), (5, 8), (0xf, 8), (0xff, 24), (5, 2 * 4096), (0xff, 4097)] {
            let at = Address::from_raw(tagged(start + 3, tag) as u64);
            let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
            // SAFETY: the victim does not use the memory.
            block_on(unsafe { session.write(at, &bytes) }, || ()).unwrap();
            let mut back = vec![0; length];
            // SAFETY: it is not this process's memory.
            block_on(unsafe { session.read(at, &mut back) }, || ()).unwrap();
            assert!(back == bytes, "{length} bytes at {at}");
        }
        // A call's are, as the victim's own would be.
        let time = |tag| {
            let at = Address::from_raw(tagged(start + GRANULE, tag) as u64);
            // SAFETY: the victim does not use the memory.
            block_on(unsafe { session.call(clock_gettime(ClockId::MONOTONIC, at)) }, || ())
        };
        assert_eq!(time(tag_of(start + GRANULE)), Ok(()));
        assert_eq!(time(WRONG), Err(Errno::EFAULT.into()));
        session.detach().unwrap();
    }
    poke(victim.process(), end, 1);
    assert_eq!(victim.line(), "tags stay");
    assert_eq!(victim.end(), 0);
}
