//! What happens to the first process: signals, children that end, output that can be read.

use crate::call::{self, execute};
use rsyscall_core::{
    abi::Native,
    identifier::{Address, FileDescriptor, Process},
    interface::SyscallError,
    near::{
        event::{SignalfdFlags, ppoll, signalfd4},
        layout::{Layout, SiginfoChild, Timespec},
        process::{IdType, RebootCommand, WaitId, WaitOptions, waitid},
        signal::{Signal, SigprocmaskHow, rt_sigprocmask},
        time::{ClockId, clock_gettime},
    },
};

/// The bit of a signal in a set of signals.
const fn bit(signal: Signal) -> u64 {
    1 << (signal.into_raw() - 1)
}

static SIGNALS: u64 = bit(Signal::CHLD) | bit(Signal::TERM) | bit(Signal::INT) | bit(Signal::PWR);

/// Sets which signals wait until they are asked for.
fn set_blocked(set: u64) {
    let set = Address::from_pointer(&raw const set);
    // SAFETY: it reads the set, which lives; this program has no handlers.
    let _ = unsafe { execute(rt_sigprocmask(SigprocmaskHow::SETMASK, set, Address::NULL, size_of::<u64>())) };
}

/// Blocks no signal: what programs expect.
pub(crate) fn unblock_signals() {
    set_blocked(0);
}

/// Where events come from.
pub(crate) struct Events {
    signals: FileDescriptor,
    /// What somebody asked for who sent a signal.
    pub(crate) asked: Option<RebootCommand>,
}

/// How a process ended.
#[derive(Clone, Copy)]
pub(crate) enum Ended {
    Exit(u32),
    Signal(u32),
}

impl Events {
    pub(crate) fn new() -> Result<Self, SyscallError> {
        // A signal that is blocked waits, also for the first process, to which nobody can send one that it does not handle.
        set_blocked(SIGNALS);
        let set = Address::from_pointer(&raw const SIGNALS);
        let flags = SignalfdFlags::CLOEXEC.union(SignalfdFlags::NONBLOCK);
        // SAFETY: it reads the set, which lives; a new descriptor changes nobody's.
        let signals = unsafe { execute(signalfd4(FileDescriptor::NONE, set, size_of::<u64>(), flags)) }?;
        Ok(Self { signals, asked: None })
    }

    /// Waits until one of these can be read, a signal has come, or the time is up; [`FileDescriptor::NONE`] is never ready.
    /// Tells which can be read.
    pub(crate) fn wait<const N: usize>(
        &mut self,
        files: [FileDescriptor; N],
        milliseconds: Option<u32>,
    ) -> [bool; N] {
        let mut polled = [[0_u8; 8]; 8];
        for (entry, file) in polled.iter_mut().zip([self.signals].into_iter().chain(files)) {
            *entry = pollfd(file);
        }
        let timeout = milliseconds.map(|time| {
            let time = Timespec { tv_sec: (time / 1000).into(), tv_nsec: i64::from(time % 1000) * 1_000_000 };
            Layout::<Native>::to_bytes(&time)
        });
        let timeout = timeout.as_ref().map_or(Address::NULL, |time| Address::from_pointer(&raw const *time));
        let address = Address::from_pointer(&raw mut polled);
        // SAFETY: it writes into the first entries of the array, which has room for all, and reads the time, which lives.
        let _ = unsafe { execute(ppoll(address, N + 1, timeout, Address::NULL, 0)) };
        let ready = |index: usize| polled.get(index).is_some_and(|entry| entry[6] | entry[7] != 0);
        if ready(0) {
            self.take_signals();
        }
        core::array::from_fn(|index| ready(index + 1))
    }

    /// Which children have ended is found out by waiting for them: one signal may stand for many.
    fn take_signals(&mut self) {
        // `struct signalfd_siginfo`, which begins with the number of the signal.
        let mut info = [0; 128];
        while call::read(self.signals, &mut info).is_ok() {
            match Signal::from_raw(info[0].into()) {
                // Ctrl-Alt-Del.
                Signal::INT => self.asked = Some(RebootCommand::RESTART),
                Signal::TERM | Signal::PWR => self.asked = Some(RebootCommand::POWER_OFF),
                _ => {}
            }
        }
    }
}

/// `struct pollfd`, waiting for input.
fn pollfd(file: FileDescriptor) -> [u8; 8] {
    const POLLIN: u16 = 1;
    let entry = rsyscall_core::near::layout::Pollfd { fd: file.into_raw(), events: POLLIN, revents: 0 };
    Layout::<Native>::to_bytes(&entry)
}

/// Whether there are children, and whether one has ended.
pub(crate) enum Child {
    Ended(Process, Ended),
    AllRun,
    None,
}

/// Takes a child that has ended, whoever started it.
pub(crate) fn reap() -> Child {
    const CLD_EXITED: i32 = 1;
    let mut info = <SiginfoChild as Layout<Native>>::zeroed();
    let options = WaitOptions::EXITED.union(WaitOptions::NOHANG);
    let address = Address::from_pointer(&raw mut info);
    // SAFETY: it writes a siginfo_t, which is what the array has room for.
    if unsafe { execute(waitid(IdType::ALL, WaitId::ANY, address, options, Address::NULL)) }.is_err() {
        return Child::None;
    }
    let info = <SiginfoChild as Layout<Native>>::from_bytes(&info);
    let status = info.si_status.cast_unsigned();
    match info.si_pid {
        0 => Child::AllRun,
        process if info.si_code == CLD_EXITED => {
            Child::Ended(Process::from_raw(process), Ended::Exit(status))
        }
        process => Child::Ended(Process::from_raw(process), Ended::Signal(status)),
    }
}

/// Milliseconds since the machine was switched on.
pub(crate) fn now() -> u64 {
    let mut time = <Timespec as Layout<Native>>::zeroed();
    // SAFETY: it writes a timespec, which is what the array has room for.
    let _ = unsafe { execute(clock_gettime(ClockId::MONOTONIC, Address::from_pointer(&raw mut time))) };
    let time = <Timespec as Layout<Native>>::from_bytes(&time);
    (time.tv_sec * 1000 + time.tv_nsec / 1_000_000).cast_unsigned()
}
