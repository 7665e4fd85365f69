//! | | |
//! |---|---|
//! | number | x8, and `NT_ARM_SYSTEM_CALL` while in the kernel |
//! | arguments | x0 x1 x2 x3 x4 x5 |
//! | result | x0 |
//! | program counter after the call | pc, four bytes behind the instruction |
//!
//! `struct user_pt_regs`, arch/arm64/include/uapi/asm/ptrace.h: x0 to x30, sp, pc, pstate.
//!
//! A thread that is stopped by an interrupt in a call has been set back to before it: pc at the instruction, x0 its first
//! argument, and the kernel does not tell how the call would go on. See [`Registers::interrupted`].

mod seen;
mod vectors;

pub(crate) use seen::Seen;
pub(crate) use vectors::Vectors;

use super::{
    ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTSYS, INTERRUPTED, NT_PRSTATUS, is_never_restarted, numbers,
};
use crate::{
    request::{get_regset, set_regset},
    tracee::Tracee,
};
use linux_raw_sys::general::*;
use rsyscall_core::syscall::Errno;
use seen::Blocked;

/// `svc #0`
pub(crate) const INSTRUCTION: &[u8] = &[0x01, 0x00, 0x00, 0xd4];

/// They make a child that would continue behind the borrowed instruction with nobody to put it right.
pub(crate) const FORKS: &[i64] = &numbers([__NR_clone, __NR_clone3]);
/// There is ppoll only, which is always made again whole.
pub(crate) const POLL: &[i64] = &[];
/// There is epoll_pwait only.
pub(super) const EPOLL_WAIT: Option<u32> = None;
/// No call here changes the thread pointer.
pub(crate) const SETS_BASES: &[i64] = &[];

/// The general registers of a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub(crate) struct Registers {
    x: [u64; 31],
    sp: u64,
    pc: u64,
    pstate: u64,
}

/// `NT_ARM_SYSTEM_CALL`: the number of the call that the thread is in, -1 for none.
const NT_ARM_SYSTEM_CALL: u64 = 0x404;
/// The two bits that say by which kind of branch the instruction was reached.
const BTYPE: u64 = 0xc00;
/// pstate of a 32-bit thread.
const MODE32: u64 = 0x10;

/// How the kernel ends an interrupted call, which it does not tell a tracer here; `None` if it makes that again in any case, or
/// is not known to interrupt it. What was not seen to sleep has not slept for long, and sleeps anew.
#[expect(non_upper_case_globals, reason = "the names of the kernel's headers")]
fn restart(number: u64, [_, x1, _, x3, ..]: [u64; 6], seen: bool) -> Option<u64> {
    const OPERATION: u64 = !(FUTEX_PRIVATE_FLAG as u64 | FUTEX_CLOCK_REALTIME as u64);
    let sleep = if seen { ERESTART_RESTARTBLOCK } else { ERESTARTNOHAND };
    let number = u32::try_from(number).ok()?;
    match number {
        __NR_nanosleep => Some(sleep),
        __NR_clock_nanosleep if x1 & u64::from(TIMER_ABSTIME) == 0 => Some(sleep),
        __NR_futex => match u32::try_from(x1 & OPERATION) {
            Ok(FUTEX_WAIT | FUTEX_WAIT_BITSET) if x3 != 0 => Some(sleep),
            Ok(FUTEX_LOCK_PI | FUTEX_LOCK_PI2 | FUTEX_WAIT_REQUEUE_PI) => None,
            _ => Some(ERESTARTSYS),
        },
        __NR_clock_nanosleep | __NR_pselect6 | __NR_ppoll | __NR_rt_sigsuspend | __NR_msgrcv
        | __NR_msgsnd | __NR_io_pgetevents => Some(ERESTARTNOHAND),
        __NR_clone | __NR_clone3 | __NR_execve | __NR_execveat | __NR_ptrace => None,
        _ => (seen || BLOCKING.contains(&number)).then_some(ERESTARTSYS),
    }
}

/// Calls that may be interrupted, and are made again after a handler that asks for that.
const BLOCKING: [u32; 35] = [
    __NR_fcntl,
    __NR_ioctl,
    __NR_flock,
    __NR_openat,
    __NR_openat2,
    __NR_read,
    __NR_readv,
    __NR_pread64,
    __NR_preadv,
    __NR_preadv2,
    __NR_write,
    __NR_writev,
    __NR_pwrite64,
    __NR_pwritev,
    __NR_pwritev2,
    __NR_sendfile,
    __NR_vmsplice,
    __NR_splice,
    __NR_tee,
    __NR_copy_file_range,
    __NR_waitid,
    __NR_wait4,
    __NR_futex_waitv,
    __NR_mq_timedsend,
    __NR_mq_timedreceive,
    __NR_accept,
    __NR_accept4,
    __NR_connect,
    __NR_sendto,
    __NR_recvfrom,
    __NR_sendmsg,
    __NR_recvmsg,
    __NR_sendmmsg,
    __NR_recvmmsg,
    __NR_getrandom,
];

impl Registers {
    /// Reads them; `None` if the thread is not one of 64-bit mode.
    pub(crate) fn get(tracee: &Tracee) -> Result<Option<Self>, Errno> {
        let mut registers = Self { x: [0; 31], sp: 0, pc: 0, pstate: 0 };
        let length = get_regset(tracee, NT_PRSTATUS, &mut registers)?;
        Ok((length == size_of::<Self>() && registers.pstate & MODE32 == 0).then_some(registers))
    }

    /// Writes them.
    #[inline(always)]
    pub(crate) fn set(&self, tracee: &Tracee) -> Result<(), Errno> {
        set_regset(tracee, NT_PRSTATUS, self)
    }

    /// None that may be borrowed: a thread that was interrupted in a call stands at its instruction, and if it is resumed just
    /// there the kernel makes a restart_syscall of what it finds, our call (`do_signal`, arch/arm64/kernel/signal.c).
    pub(crate) fn used_instruction(&self) -> Option<u64> {
        None
    }

    /// The registers of a call at the instruction at `site`.
    #[inline(always)]
    pub(crate) fn for_call(&self, site: u64, number: i64, arguments: [u64; 6]) -> Self {
        let mut registers = Self { pc: site, pstate: self.pstate & !BTYPE, ..*self };
        for (register, argument) in registers.x.iter_mut().zip(arguments) {
            *register = argument;
        }
        if let Some(x8) = registers.x.get_mut(8) {
            *x8 = number.cast_unsigned();
        }
        registers
    }

    /// The same registers with another stack.
    pub(crate) fn with_stack(&self, sp: u64) -> Self {
        Self { sp, ..*self }
    }

    /// Lays a call into the registers of a stopped thread, and tells the kernel that no call is under way.
    #[inline(always)]
    pub(crate) fn start_call(&self, tracee: &Tracee) -> Result<(), Errno> {
        self.set(tracee)?;
        set_regset(tracee, NT_ARM_SYSTEM_CALL, &-1_i32)
    }

    /// The same, when a call was laid into them before.
    #[inline(always)]
    pub(crate) fn start_next_call(&self, tracee: &Tracee) -> Result<(), Errno> {
        self.start_call(tracee)
    }

    /// The same, going on at an address.
    pub(crate) fn at(&self, address: u64) -> Self {
        Self { pc: address, ..*self }
    }

    /// The same, with a call's result.
    pub(crate) fn returning(&self, value: i64) -> Self {
        let mut registers = *self;
        let [x0, ..] = &mut registers.x;
        *x0 = value.cast_unsigned();
        registers
    }

    /// Which entry the loop of the code page is at.
    pub(crate) fn loop_entry(&self) -> u64 {
        let [.., entry, _, _, _, _, _, _, _, _, _, _] = self.x;
        entry
    }

    /// Whether the thread is at a call: the kernel has set it back there, if it was in one that was interrupted.
    pub(crate) fn interrupted_at(&self, call: u64, _called: u64) -> bool {
        self.pc == call
    }

    /// What is put back when no call was interrupted.
    pub(crate) fn for_return(&self, _: &Seen) -> Self {
        *self
    }

    /// If a call was interrupted: what a dummy call takes, so that the kernel notes this call's first argument as its own,
    /// and the registers that have the kernel itself decide, behind that call, whether this one is restarted.
    ///
    /// At the stop the kernel has set the thread back to before the call and forgotten it, so that plain registers would make
    /// the call again even when a signal has come that should end it. A thread that stood there without the kernel's doing makes
    /// its call all the same. A call that has ended with EINTR is made again unless it was job control that ended it.
    pub(crate) fn interrupted(&self, seen: &Seen) -> Option<([u64; 6], Self)> {
        const MOST: u64 = 1 << 16;
        let [x0, x1, x2, x3, x4, x5, _, _, number, ..] = self.x;
        let (first, after, code) = match seen.blocked {
            _ if seen.at_call => (x0, self.behind(), self.restart(seen)?),
            Some(blocked) if self.has_leaked(seen) && !self.is_lost(seen) => {
                (blocked.first_argument, self.pc, ERESTARTNOHAND)
            }
            _ => return None,
        };
        let mut registers = Self { pc: after, ..*self };
        let [result, ..] = &mut registers.x;
        *result = code.wrapping_neg();
        // No kernel has larger ones; what is none would not be restarted.
        (number < MOST).then_some(([first, x1, x2, x3, x4, x5], registers))
    }

    /// Behind the call that it stands at.
    fn behind(&self) -> u64 {
        self.pc.wrapping_add(INSTRUCTION.len() as u64)
    }

    fn restart(&self, seen: &Seen) -> Option<u64> {
        let [x0, x1, x2, x3, x4, x5, _, _, number, ..] = self.x;
        let here = Blocked { number, first_argument: x0, program_counter: self.behind() };
        let is_seen = seen.by_job_control || seen.blocked == Some(here);
        let code = || restart(number, [x0, x1, x2, x3, x4, x5], is_seen);
        if seen.at_call { code() } else { None }
    }

    /// Whether that call cannot be made again: its result has overwritten its first argument, which was not seen before.
    pub(crate) fn is_lost(&self, seen: &Seen) -> bool {
        let [_, _, _, _, _, _, _, _, number, ..] = self.x;
        let is_here = |blocked: Blocked| blocked.number == number && blocked.program_counter == self.pc;
        self.has_leaked(seen) && !seen.blocked.is_some_and(is_here)
    }

    /// Whether the stop alone has ended the thread's call with EINTR.
    pub(crate) fn has_leaked(&self, seen: &Seen) -> bool {
        let [x0, _, _, _, _, _, _, _, number, ..] = self.x;
        !seen.by_job_control && seen.behind_call && x0 == INTERRUPTED && is_never_restarted(number)
    }

    /// Puts registers back in which no call is under way.
    pub(crate) fn put_back(&self, tracee: &Tracee) -> Result<(), Errno> {
        self.start_call(tracee)
    }

    /// Puts registers back in which a call is under way that is to be restarted.
    pub(crate) fn put_back_in_call(&self, tracee: &Tracee) -> Result<(), Errno> {
        self.set(tracee)?;
        let [_, _, _, _, _, _, _, _, number, ..] = self.x;
        set_regset(tracee, NT_ARM_SYSTEM_CALL, &i32::try_from(number).unwrap_or(-1))
    }

    /// Whether the interrupted call continues from the thread's restart block, which an injected sleep would overwrite.
    pub(crate) fn needs_restart_block(&self, seen: &Seen) -> bool {
        self.restart(seen) == Some(ERESTART_RESTARTBLOCK)
    }

    /// The thread pointer is not among these registers.
    pub(crate) fn keep_bases_of(&self, _: &Self) -> Self {
        *self
    }
}

/// An address without its top byte, which means nothing to the processor or is the memory's tag. Linux 6.1 reaches a thread's memory
/// for a tracer by addresses without one only.
pub(crate) const fn untagged(address: u64) -> u64 {
    address & (u64::MAX >> 8)
}

/// What a call returned that was to be single-stepped at `site`; `None` if the thread has not made it, or the kernel has set it
/// back to before it.
#[inline(always)]
pub(crate) fn stepped(tracee: &Tracee, site: u64, _number: i64) -> Result<Option<i64>, Errno> {
    let registers = Registers::get(tracee)?;
    Ok(registers
        .filter(|registers| registers.pc != site)
        .map(|Registers { x: [x0, ..], .. }| x0.cast_signed()))
}
