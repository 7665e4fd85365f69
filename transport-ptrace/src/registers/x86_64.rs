//! | | |
//! |---|---|
//! | number | rax, and orig_rax while in the kernel |
//! | arguments | rdi rsi rdx r10 r8 r9 |
//! | result | rax |
//! | program counter after the call | rip, two bytes behind the instruction |
//!
//! `struct user_regs_struct`, arch/x86/include/asm/user_64.h: 27 words.

use super::{
    ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTSYS, INTERRUPTED, NT_PRSTATUS, is_never_restarted, numbers,
};
use crate::{
    memory::Memory,
    request::{fill, get_regset, set_regset},
    tracee::Tracee,
};
use linux_raw_sys::general::{
    __NR_arch_prctl, __NR_clone, __NR_clone3, __NR_epoll_wait, __NR_fork, __NR_poll, __NR_vfork,
};
use rsyscall_core::{identifier::Process, near::ptrace::PtraceRequest, syscall::Errno};

/// `syscall`
pub(crate) const INSTRUCTION: &[u8] = &[0x0f, 0x05];

/// They make a child that would continue behind the borrowed instruction with nobody to put it right.
pub(crate) const FORKS: &[i64] = &numbers([__NR_clone, __NR_fork, __NR_vfork, __NR_clone3]);
/// poll; ppoll is always made again whole.
pub(crate) const POLL: &[i64] = &numbers([__NR_poll]);
/// epoll_wait
pub(super) const EPOLL_WAIT: Option<u32> = Some(__NR_epoll_wait);
/// arch_prctl sets the bases, which are among the registers.
pub(crate) const SETS_BASES: &[i64] = &numbers([__NR_arch_prctl]);

/// The general registers of a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub(crate) struct Registers {
    r15: u64,
    r14: u64,
    r13: u64,
    r12: u64,
    rbp: u64,
    rbx: u64,
    r11: u64,
    r10: u64,
    r9: u64,
    r8: u64,
    rax: u64,
    rcx: u64,
    rdx: u64,
    rsi: u64,
    rdi: u64,
    orig_rax: u64,
    rip: u64,
    cs: u64,
    eflags: u64,
    rsp: u64,
    ss: u64,
    fs_base: u64,
    gs_base: u64,
    ds: u64,
    es: u64,
    fs: u64,
    gs: u64,
}

/// `__USER_CS`: the code segment of 64-bit programs.
const USER_CS: u64 = 0x33;
/// The bit in the numbers of the x32 ABI.
const X32: u64 = 0x4000_0000;
/// The trap and direction flags, which an injected call must not run under.
const TRAP_AND_DIRECTION: u64 = 0x500;

impl Registers {
    /// Reads them; `None` if the thread is not one of 64-bit mode.
    pub(crate) fn get(tracee: &Tracee) -> Result<Option<Self>, Errno> {
        let mut registers = Self::default();
        let length = get_regset(tracee, NT_PRSTATUS, &mut registers)?;
        let x32 = registers.in_call() && registers.orig_rax & X32 != 0;
        Ok((length == size_of::<Self>() && registers.cs == USER_CS && !x32).then_some(registers))
    }

    /// Writes them.
    #[inline(always)]
    pub(crate) fn set(&self, tracee: &Tracee) -> Result<(), Errno> {
        set_regset(tracee, NT_PRSTATUS, self)
    }

    /// Whether the thread was stopped in a system call.
    fn in_call(&self) -> bool {
        self.orig_rax.cast_signed() >= 0
    }

    /// Where an instruction may be that the thread has just used.
    pub(crate) fn used_instruction(&self) -> Option<u64> {
        if self.in_call() { self.rip.checked_sub(INSTRUCTION.len() as u64) } else { None }
    }

    /// The registers of a call at the instruction at `site`. The kernel is told that no call is under way, so that it
    /// restarts none of ours.
    #[inline(always)]
    pub(crate) fn for_call(&self, site: u64, number: i64, [rdi, rsi, rdx, r10, r8, r9]: [u64; 6]) -> Self {
        Self {
            rip: site,
            rax: number.cast_unsigned(),
            orig_rax: u64::MAX,
            eflags: self.eflags & !TRAP_AND_DIRECTION,
            rdi,
            rsi,
            rdx,
            r10,
            r8,
            r9,
            ..*self
        }
    }

    /// The same registers with another stack.
    pub(crate) fn with_stack(&self, rsp: u64) -> Self {
        Self { rsp, ..*self }
    }

    /// Lays a call into the registers of a stopped thread.
    #[inline(always)]
    pub(crate) fn start_call(&self, tracee: &Tracee) -> Result<(), Errno> {
        self.set(tracee)
    }

    /// The same, when those behind the program counter (flags, stack, segments) are as for the call before. The kernel
    /// writes no more than it is given, one by one.
    #[inline(always)]
    pub(crate) fn start_next_call(&self, tracee: &Tracee) -> Result<(), Errno> {
        let Self {
            r15,
            r14,
            r13,
            r12,
            rbp,
            rbx,
            r11,
            r10,
            r9,
            r8,
            rax,
            rcx,
            rdx,
            rsi,
            rdi,
            orig_rax,
            rip,
            ..
        } = *self;
        let first = [r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax, rip];
        set_regset(tracee, NT_PRSTATUS, &first)
    }

    /// The same, going on at an address. The kernel is told that no call is under way.
    pub(crate) fn at(&self, address: u64) -> Self {
        Self { rip: address, orig_rax: u64::MAX, ..*self }
    }

    /// The same, with a call's result.
    pub(crate) fn returning(&self, value: i64) -> Self {
        Self { rax: value.cast_unsigned(), ..*self }
    }

    /// Which entry the loop of the code page is at.
    pub(crate) fn loop_entry(&self) -> u64 {
        self.rbx
    }

    /// Whether the thread is at a call, or in one that was interrupted without effect.
    pub(crate) fn interrupted_at(&self, call: u64, called: u64) -> bool {
        let restarted = ERESTARTSYS..=ERESTART_RESTARTBLOCK;
        self.rip == call || self.rip == called && restarted.contains(&self.rax.wrapping_neg())
    }

    /// What is to be put back: all of it as it was, `rax` and `orig_rax` too, so that the kernel itself decides whether the call
    /// that was interrupted is restarted. A call that would now return EINTR only because of us is restarted instead.
    pub(crate) fn for_return(&self, seen: &Seen) -> Self {
        if self.has_leaked(seen) { Self { rax: ERESTARTNOHAND.wrapping_neg(), ..*self } } else { *self }
    }

    /// Whether the stop alone has ended the thread's call with EINTR.
    pub(crate) fn has_leaked(&self, seen: &Seen) -> bool {
        !seen.by_job_control && self.in_call() && self.rax == INTERRUPTED && is_never_restarted(self.orig_rax)
    }

    /// The registers tell the kernel all that there is to know about an interrupted call.
    pub(crate) fn interrupted(&self, _: &Seen) -> Option<([u64; 6], Self)> {
        None
    }

    /// No argument of an interrupted call is lost.
    pub(crate) fn is_lost(&self, _: &Seen) -> bool {
        false
    }

    /// Puts them back.
    pub(crate) fn put_back_in_call(&self, tracee: &Tracee) -> Result<(), Errno> {
        self.set(tracee)
    }

    /// Puts them back.
    pub(crate) fn put_back(&self, tracee: &Tracee) -> Result<(), Errno> {
        self.set(tracee)
    }

    /// Whether the interrupted call continues from the thread's restart block, which an injected sleep would overwrite.
    pub(crate) fn needs_restart_block(&self, _: &Seen) -> bool {
        self.in_call() && self.rax == ERESTART_RESTARTBLOCK.wrapping_neg()
    }

    /// After a call that replaced the program or the thread's bases: take over what the call did.
    pub(crate) fn keep_bases_of(&self, now: &Self) -> Self {
        Self { fs_base: now.fs_base, gs_base: now.gs_base, ..*self }
    }
}

/// What is known of how a thread was stopped, beside its registers.
#[derive(Default, Debug)]
pub(crate) struct Seen {
    /// Whether job control had stopped it before we did: what that interrupts returns EINTR without us, too.
    pub(crate) by_job_control: bool,
}

impl Seen {
    /// Looks at a thread before it is interrupted.
    pub(crate) fn look(_: Process) -> Self {
        Self::default()
    }

    /// Looks where it was stopped.
    pub(crate) fn stopped_at(self, by_job_control: bool, _: &Registers, _: &Memory) -> Self {
        Self { by_job_control }
    }
}

/// Addresses have no tags that the kernel does not know of.
pub(crate) const fn untagged(address: u64) -> u64 {
    address
}

/// What a call returned that was to be single-stepped at `site`; `None` if the thread has not made it.
#[inline(always)]
pub(crate) fn stepped(tracee: &Tracee, site: u64, number: i64) -> Result<Option<i64>, Errno> {
    const RAX: u64 = 8 * 10;
    let mut returned = 0_i64;
    fill(PtraceRequest::PEEKUSR, tracee, RAX, &mut returned)?;
    if returned != number {
        return Ok(Some(returned));
    }
    // Until the call is made its number is there, and it may be the result, too.
    let registers = Registers::get(tracee)?;
    Ok(registers.filter(|registers| registers.rip != site).map(|registers| registers.rax.cast_signed()))
}

/// Vector registers. Calls keep all of them here.
pub(crate) enum Vectors {}

impl Vectors {
    /// There is nothing to be kept.
    pub(crate) fn save(_: &Tracee) -> Result<Option<Self>, Errno> {
        Ok(None)
    }

    /// Writes them.
    pub(crate) fn put_back(&self, _: &Tracee) -> Result<(), Errno> {
        match *self {}
    }
}
