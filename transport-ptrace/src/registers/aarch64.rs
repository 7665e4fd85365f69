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
//! argument, and the kernel does not tell how the call would go on. See [`Registers::set_back`].

mod seen;
mod vectors;

pub(crate) use seen::Seen;
pub(crate) use vectors::Vectors;

use super::NT_PRSTATUS;
use crate::{
    request::{get_regset, set_regset},
    tracee::Tracee,
};
use rsyscall_core::syscall::Errno;
use seen::{Blocked, blocked_in};

/// `svc #0`
pub(crate) const INSTRUCTION: &[u8] = &[0x01, 0x00, 0x00, 0xd4];

/// Calls that cannot be injected: restart_syscall and rt_sigreturn work on what is not the caller's, and clone and clone3
/// make a child that would continue behind the borrowed instruction with nobody to put it right.
pub(crate) const NOT_INJECTED: &[i64] = &[128, 139, 220, 435];
/// nanosleep and clock_nanosleep overwrite the thread's restart block.
pub(crate) const SLEEPS: &[i64] = &[101, 115];
/// There is ppoll only, which is always made again whole.
pub(crate) const POLL: &[i64] = &[];
pub(crate) const RT_SIGPROCMASK: i64 = 135;
pub(crate) const PRCTL: i64 = 167;
/// execve and execveat.
pub(crate) const EXECS: &[i64] = &[221, 281];
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

const EINTR: u64 = 4;
const ERESTARTSYS: u64 = 512;
const ERESTARTNOHAND: u64 = 514;
const ERESTART_RESTARTBLOCK: u64 = 516;

/// `getpid`: takes nothing, changes nothing.
pub(crate) const DUMMY: i64 = 172;

/// How the kernel ends an interrupted call, which it does not tell a tracer here; `None` if it makes that again in any case, or
/// is not known to interrupt it. What was not seen to sleep has not slept for long, and sleeps anew.
fn restart(number: u64, [_, x1, _, x3, ..]: [u64; 6], seen: bool) -> Option<u64> {
    const TIMER_ABSTIME: u64 = 1;
    let sleep = if seen { ERESTART_RESTARTBLOCK } else { ERESTARTNOHAND };
    match number {
        // nanosleep; clock_nanosleep.
        101 => Some(sleep),
        115 if x1 & TIMER_ABSTIME == 0 => Some(sleep),
        // futex: FUTEX_WAIT and FUTEX_WAIT_BITSET, and what is about inheritance of priorities.
        98 => match x1 & 0x7f {
            0 | 9 if x3 != 0 => Some(sleep),
            6 | 11 | 13 => None,
            _ => Some(ERESTARTSYS),
        },
        // clock_nanosleep until a time; pselect6, ppoll, rt_sigsuspend, msgrcv, msgsnd, io_pgetevents.
        115 | 72 | 73 | 133 | 188 | 189 | 292 => Some(ERESTARTNOHAND),
        // clone, execve, ptrace, execveat, clone3.
        220 | 221 | 117 | 281 | 435 => None,
        _ => (seen || BLOCKING.contains(&number)).then_some(ERESTARTSYS),
    }
}

/// Calls that may be interrupted, and are made again after a handler that asks for that: fcntl, ioctl, flock, openat, openat2, read,
/// readv, pread64, preadv, preadv2, write, writev, pwrite64, pwritev, pwritev2, sendfile, vmsplice, splice, tee,
/// copy_file_range, waitid, wait4, futex_waitv, mq_timedsend, mq_timedreceive, accept, accept4, connect, sendto, recvfrom,
/// sendmsg, recvmsg, sendmmsg, recvmmsg, getrandom.
const BLOCKING: [u64; 35] = [
    25, 29, 32, 56, 437, 63, 65, 67, 69, 286, 64, 66, 68, 70, 287, 71, 75, 76, 77, 285, 95, 260, 449, 182,
    183, 202, 242, 203, 206, 207, 211, 212, 269, 243, 278,
];

/// The same calls as on x86_64: semop, semtimedop, rt_sigtimedwait, epoll_pwait, epoll_pwait2, io_getevents, io_uring_enter, and
/// read, readv, recvfrom, recvmsg, recvmmsg, accept, accept4, write, writev, sendto, sendmsg, sendmmsg, connect.
const NEVER_RESTARTED: [u64; 20] =
    [193, 192, 137, 22, 441, 4, 426, 63, 65, 207, 212, 243, 202, 242, 64, 66, 206, 211, 269, 203];

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

    /// If the kernel has set the thread back to before its call: what a dummy call takes, so that the kernel notes this call's
    /// first argument as its own, and the registers that have the kernel itself decide, behind that call, whether this one is
    /// restarted.
    ///
    /// The kernel has forgotten the call, so that plain registers would make it again even when a signal has come that should
    /// end it. A thread that has stood there without the kernel's doing makes its call all the same.
    pub(crate) fn set_back(&self, seen: &Seen) -> Option<([u64; 6], Self)> {
        let after = self.pc.wrapping_add(INSTRUCTION.len() as u64);
        let [x0, x1, x2, x3, x4, x5, _, _, number, ..] = self.x;
        let code = self.restart(seen)?;
        Some(([x0, x1, x2, x3, x4, x5], Self { pc: after, ..*self }.in_call_that_returned(number, code)?))
    }

    fn restart(&self, seen: &Seen) -> Option<u64> {
        let after = self.pc.wrapping_add(INSTRUCTION.len() as u64);
        let [x0, x1, x2, x3, x4, x5, _, _, number, ..] = self.x;
        let here = Blocked { number, first_argument: x0, program_counter: after };
        let is_seen = seen.by_job_control || seen.blocked == Some(here);
        let code = || restart(number, [x0, x1, x2, x3, x4, x5], is_seen);
        if seen.at_call { code() } else { None }
    }

    /// The same, if there is a call of that number.
    fn in_call_that_returned(mut self, number: u64, code: u64) -> Option<Self> {
        const MOST: u64 = 1 << 16;
        let [x0, ..] = &mut self.x;
        *x0 = code.wrapping_neg();
        (number < MOST).then_some(self)
    }

    /// A call that the stop alone has ended, and what is to be put back if it would wait again.
    ///
    /// Its result has overwritten its first argument in the registers.
    pub(crate) fn lost(&self, seen: &Seen) -> Option<(i64, [u64; 6], Self)> {
        let [_, x1, x2, x3, x4, x5, _, _, number, ..] = self.x;
        let first = seen.first_argument.get().filter(|_| self.has_leaked(seen))?;
        let here = Blocked { number, first_argument: first, program_counter: self.pc };
        // A handler that has just returned leaves the same registers, and an argument of its own.
        let is_its_own = seen.without_handler || seen.blocked == Some(here);
        let registers = self.in_call_that_returned(number, ERESTARTNOHAND).filter(|_| is_its_own)?;
        Some((number.cast_signed(), [first, x1, x2, x3, x4, x5], registers))
    }

    /// Notes the first argument of a call that has ended. The kernel tells it, if it is told for the moment that the call has not.
    pub(crate) fn note_first_argument(&self, tracee: &Tracee, seen: &Seen) {
        let [_, _, _, _, _, _, _, _, number, ..] = self.x;
        if !self.has_leaked(seen) {
            return;
        }
        let enter = |number: i32| set_regset(tracee, NT_ARM_SYSTEM_CALL, &number);
        if i32::try_from(number).is_ok_and(|number| enter(number).is_ok()) {
            let call = blocked_in(tracee.process).filter(|call| call.number == number);
            let _ = enter(-1);
            seen.first_argument.set(call.map(|call| call.first_argument));
        }
    }

    /// Whether the stop alone has ended the thread's call with EINTR.
    pub(crate) fn has_leaked(&self, seen: &Seen) -> bool {
        let [x0, _, _, _, _, _, _, _, number, ..] = self.x;
        !seen.by_job_control
            && seen.behind_call
            && x0 == EINTR.wrapping_neg()
            && NEVER_RESTARTED.contains(&number)
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
