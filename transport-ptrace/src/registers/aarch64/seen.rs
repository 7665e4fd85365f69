//! What there is to be seen of the call that a thread is in, before it is stopped and where it is: its registers do not tell all.

use super::{INSTRUCTION, Registers};
use crate::{
    clock::give_way,
    memory::Memory,
    proc_file::{hexadecimal, number, read_of},
};
use rsyscall_core::identifier::Process;

/// The call that a thread is blocked in, as `/proc/PID/syscall` shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Blocked {
    pub(crate) number: u64,
    pub(crate) first_argument: u64,
    /// Where the thread goes on after it.
    pub(crate) program_counter: u64,
}

/// What is known of how a thread was stopped, beside its registers.
#[derive(Default, Debug)]
pub(crate) struct Seen {
    /// Whether job control had stopped it before we did: what that interrupts returns EINTR without us, too.
    pub(crate) by_job_control: bool,
    /// The call that the thread was blocked in before it was stopped.
    pub(crate) blocked: Option<Blocked>,
    /// Whether the instruction that it stands at is a call, and whether the one before is.
    pub(crate) at_call: bool,
    pub(crate) behind_call: bool,
}

impl Seen {
    /// How often it is looked: the thread may be busy.
    const LOOKS: u32 = 20;

    /// Looks until the thread, which is traced already so that no handler begins unseen, is seen to be blocked in a call.
    pub(crate) fn look(process: Process) -> Self {
        let blocked = (0..Self::LOOKS).find_map(|look| {
            if look > 0 {
                give_way();
            }
            blocked_in(process)
        });
        Self { blocked, ..Self::default() }
    }

    /// Looks where the thread has been stopped.
    pub(crate) fn stopped_at(self, by_job_control: bool, registers: &Registers, memory: &Memory) -> Self {
        const LENGTH: usize = INSTRUCTION.len();
        let is_call = |address| {
            let mut bytes = [0; LENGTH];
            memory.read(address, &mut bytes).is_ok() && bytes == INSTRUCTION
        };
        Self {
            by_job_control,
            at_call: is_call(registers.pc),
            behind_call: is_call(registers.pc.wrapping_sub(LENGTH as u64)),
            ..self
        }
    }
}

/// `/proc/PID/syscall`: number, six arguments, stack pointer, program counter; "running" otherwise.
fn blocked_in(process: Process) -> Option<Blocked> {
    let mut buffer = [0; 256];
    let text = read_of(process, "syscall", &mut buffer).ok()?;
    let mut words = text.trim_ascii().split(|&byte| byte == b' ');
    let call = number(words.next()?)?;
    let (first_argument, _) = hexadecimal(words.next()?)?;
    let (program_counter, _) = hexadecimal(words.next_back()?)?;
    Some(Blocked { number: call, first_argument, program_counter })
}
