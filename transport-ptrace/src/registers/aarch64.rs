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
//! argument. What is put back makes the call again from its start: a relative timeout starts anew.

use super::{Blocked, NT_PRSTATUS};
use crate::request::{get_regset, set_regset};
use rsyscall_core::{identifier::Process, syscall::Errno};

/// `svc #0`
pub(crate) const INSTRUCTION: &[u8] = &[0x01, 0x00, 0x00, 0xd4];

/// Calls that cannot be injected: restart_syscall and rt_sigreturn work on what is not the caller's, and clone and clone3
/// make a child that would continue behind the borrowed instruction with nobody to put it right.
pub(crate) const NOT_INJECTED: &[i64] = &[128, 139, 220, 435];
/// nanosleep and clock_nanosleep overwrite the thread's restart block.
pub(crate) const SLEEPS: &[i64] = &[101, 115];
pub(crate) const RT_SIGPROCMASK: i64 = 135;
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
/// The same calls as on x86_64: semtimedop, accept, recvfrom, recvmsg, rt_sigtimedwait, epoll_pwait, accept4, recvmmsg,
/// epoll_pwait2.
const NEVER_RESTARTED: [u64; 9] = [192, 202, 207, 212, 137, 22, 242, 243, 441];

impl Registers {
    /// Reads them; `None` if the thread is not one of 64-bit mode.
    pub(crate) fn get(tracee: Process) -> Result<Option<Self>, Errno> {
        let mut registers = Self { x: [0; 31], sp: 0, pc: 0, pstate: 0 };
        let length = get_regset(tracee, NT_PRSTATUS, &mut registers)?;
        Ok((length == size_of::<Self>() && registers.pstate & MODE32 == 0).then_some(registers))
    }

    /// Writes them.
    pub(crate) fn set(&self, tracee: Process) -> Result<(), Errno> {
        set_regset(tracee, NT_PRSTATUS, self)
    }

    /// Where an instruction may be that the thread has just used, or will use again.
    pub(crate) fn used_instruction(&self) -> Option<u64> {
        Some(self.pc)
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

    /// Lays a call into the registers of a stopped thread, and tells the kernel that no call is under way.
    pub(crate) fn start_call(&self, tracee: Process) -> Result<(), Errno> {
        self.set(tracee)?;
        set_regset(tracee, NT_ARM_SYSTEM_CALL, &-1_i32)
    }

    /// What is put back. A call that would now return EINTR only because of us is made again.
    pub(crate) fn for_return(&self, blocked: Option<Blocked>) -> Self {
        let mut registers = *self;
        if let (Some(blocked), [x0, ..]) = (blocked, &mut registers.x)
            && blocked.program_counter == self.pc
            && *x0 == EINTR.wrapping_neg()
            && NEVER_RESTARTED.contains(&blocked.number)
        {
            *x0 = blocked.first_argument;
            registers.pc = self.pc.wrapping_sub(INSTRUCTION.len() as u64);
        }
        registers
    }

    /// Puts them back. No call is under way any more: what is put back makes it itself.
    pub(crate) fn put_back(&self, tracee: Process) -> Result<(), Errno> {
        self.start_call(tracee)
    }

    /// Calls are made again from their start here, and need no restart block.
    pub(crate) fn needs_restart_block(&self) -> bool {
        false
    }

    /// The thread pointer is not among these registers.
    pub(crate) fn keep_bases_of(&self, _: &Self) -> Self {
        *self
    }
}
