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

mod vectors;

pub(crate) use vectors::Vectors;

use super::{Blocked, NT_PRSTATUS};
use crate::{
    request::{get_regset, set_regset},
    tracee::Tracee,
};
use rsyscall_core::syscall::Errno;

/// `svc #0`
pub(crate) const INSTRUCTION: &[u8] = &[0x01, 0x00, 0x00, 0xd4];

/// Calls that cannot be injected: restart_syscall and rt_sigreturn work on what is not the caller's, and clone and clone3
/// make a child that would continue behind the borrowed instruction with nobody to put it right.
pub(crate) const NOT_INJECTED: &[i64] = &[128, 139, 220, 435];
/// nanosleep and clock_nanosleep overwrite the thread's restart block.
pub(crate) const SLEEPS: &[i64] = &[101, 115];
/// There is ppoll only, which is always made again whole.
pub(crate) const POLL: &[i64] = &[];
/// How often it is looked in which call the thread is blocked, before it is interrupted: afterwards nothing tells it.
pub(crate) const LOOKS: u32 = 20;
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

/// How the kernel ends an interrupted call: it does not tell a tracer here.
fn restart(number: u64, x1: u64, x3: u64) -> u64 {
    const TIMER_ABSTIME: u64 = 1;
    match number {
        // nanosleep; clock_nanosleep; futex with a timeout.
        101 => ERESTART_RESTARTBLOCK,
        115 if x1 & TIMER_ABSTIME == 0 => ERESTART_RESTARTBLOCK,
        98 if x3 != 0 => ERESTART_RESTARTBLOCK,
        // clock_nanosleep until a time; pselect6, ppoll, rt_sigsuspend, msgrcv, msgsnd, io_pgetevents.
        115 | 72 | 73 | 133 | 188 | 189 | 292 => ERESTARTNOHAND,
        _ => ERESTARTSYS,
    }
}
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
    pub(crate) fn set(&self, tracee: &Tracee) -> Result<(), Errno> {
        set_regset(tracee, NT_PRSTATUS, self)
    }

    /// None that may be borrowed: a thread that was interrupted in a call stands at its instruction, and if it is resumed just
    /// there the kernel makes a restart_syscall of what it finds, our call (`do_signal`, arch/arm64/kernel/signal.c).
    pub(crate) fn used_instruction(&self) -> Option<u64> {
        None
    }

    /// The registers of a call at the instruction at `site`.
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
    pub(crate) fn start_call(&self, tracee: &Tracee) -> Result<(), Errno> {
        self.set(tracee)?;
        set_regset(tracee, NT_ARM_SYSTEM_CALL, &-1_i32)
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
    pub(crate) fn for_return(&self) -> Self {
        *self
    }

    /// If a call was interrupted: what a dummy call takes, so that the kernel notes this call's first argument as its own,
    /// and the registers that have the kernel itself decide, behind that call, whether this one is restarted.
    ///
    /// At the stop the kernel has set the thread back to before the call and forgotten it, so that plain registers would make
    /// the call again even when a signal has come that should end it.
    /// A call that has ended with EINTR is made again unless it was job control that ended it.
    pub(crate) fn interrupted(
        &self,
        blocked: Option<Blocked>,
        by_job_control: bool,
    ) -> Option<([u64; 6], Self)> {
        let blocked = blocked?;
        let [x0, x1, x2, x3, x4, x5, _, _, x8, ..] = self.x;
        let after = blocked.program_counter;
        let set_back =
            self.pc == after.wrapping_sub(INSTRUCTION.len() as u64) && x0 == blocked.first_argument;
        let leaked = self.has_leaked(Some(blocked), by_job_control);
        if x8 != blocked.number || !(set_back || leaked) {
            return None;
        }
        let mut registers = Self { pc: after, ..*self };
        let [first, ..] = &mut registers.x;
        let code = if leaked { ERESTARTNOHAND } else { restart(blocked.number, x1, x3) };
        *first = code.wrapping_neg();
        Some(([blocked.first_argument, x1, x2, x3, x4, x5], registers))
    }

    /// Whether the stop alone has ended the thread's call with EINTR.
    pub(crate) fn has_leaked(&self, blocked: Option<Blocked>, by_job_control: bool) -> bool {
        let [x0, _, _, _, _, _, _, _, x8, ..] = self.x;
        blocked.is_some_and(|blocked| {
            !by_job_control
                && self.pc == blocked.program_counter
                && x0 == EINTR.wrapping_neg()
                && x8 == blocked.number
                && NEVER_RESTARTED.contains(&blocked.number)
        })
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
    pub(crate) fn needs_restart_block(&self, blocked: Option<Blocked>) -> bool {
        let [_, x1, _, x3, ..] = self.x;
        blocked.is_some_and(|blocked| restart(blocked.number, x1, x3) == ERESTART_RESTARTBLOCK)
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
pub(crate) fn stepped(tracee: &Tracee, site: u64, _number: i64) -> Result<Option<i64>, Errno> {
    let registers = Registers::get(tracee)?;
    Ok(registers
        .filter(|registers| registers.pc != site)
        .map(|Registers { x: [x0, ..], .. }| x0.cast_signed()))
}
