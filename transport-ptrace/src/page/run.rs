//! A run of the code page's loop.

use super::{
    Page,
    layout::{END, ENTRIES, ENTRY, HEADER, MADE, REFUSED, Words, entry},
};
use crate::{arch, registers::Registers, session::Session, stop::Stop};
use rsyscall_core::{
    identifier::Process,
    interface::{Hangup, NotSent, SyscallError},
    near::{ptrace::PtraceRequest, signal::Signal},
    syscall::Errno,
};

const SIGTRAP: i32 = 5;
const SIGSYS: i32 = 31;

/// Where a run is at a stop.
enum Progress {
    Over,
    GoesOn,
}

impl Session {
    /// One call by the code page; `None` if it is none for it.
    pub(crate) fn run_single(&self, number: i64, arguments: [u64; 6]) -> Option<Result<i64, SyscallError>> {
        let mut entries = [entry(number, arguments, [0; 6])?];
        let failed = self.run_loop(&mut entries, false).err();
        let [[first, .., result]] = entries;
        Some(match first {
            MADE => Ok(result.cast_signed()),
            REFUSED => Err(NotSent::Unsupported.into()),
            // The run was interrupted before the call.
            _ => failed.map_or(Ok(-i64::from(Errno::EINTR.into_raw())), Err),
        })
    }

    /// Has the loop make the calls of all entries, and fills their results in. There are no more than fit.
    ///
    /// After an error the entries are what is known: those that are not marked may have been made.
    pub(crate) fn run_loop(&self, entries: &mut [Words], stop: bool) -> Result<(), SyscallError> {
        let Some(page) = self.code_page.page.get() else { return Err(NotSent::Unsupported.into()) };
        let run = self.code_page.runs.get().wrapping_add(1);
        self.code_page.runs.set(run);
        let mut header = page.header(run, entries.len(), stop);
        page.data.put(&header, entries).map_err(|_| match self.current_mask() {
            Ok(_) => NotSent::Unsupported.into(),
            Err(_) => self.not_sent(),
        })?;
        if !self.code_page.at_loop.get() {
            self.enter_loop(&page).map_err(|_| self.not_sent())?;
        }
        // Where it traps it does not come back by itself.
        self.code_page.at_loop.set(!self.code_page.traps.get());
        let result = self.to_end_of_run(&page, run, &mut header, entries);
        page.data.get(entries);
        result
    }

    fn enter_loop(&self, page: &Page) -> Result<(), Errno> {
        let arguments = [page.address.into_raw(), 0, 0, 0, 0, 0];
        self.saved.get().for_call(page.code.into_raw(), 0, arguments).start_call(&self.tracee)
    }

    fn to_end_of_run(
        &self,
        page: &Page,
        run: u64,
        header: &mut Words,
        entries: &mut [Words],
    ) -> Result<(), SyscallError> {
        loop {
            self.resume(PtraceRequest::CONT).map_err(|_| self.hangup())?;
            match self.stop_of_call() {
                Stop::Signal(signal) => {
                    let done = page.data.done(header, entries).map_err(|_| self.broken())?;
                    if let Progress::Over = self.signal_in_run(page, signal, done == run)? {
                        return Ok(());
                    }
                }
                Stop::Event { .. } if self.limit.is_over() => self.end_run(page, entries.len())?,
                Stop::Event { .. } | Stop::Syscall | Stop::Other => {}
                Stop::Exec => return Err(self.replaced(0)),
                Stop::Ended | Stop::Exiting => return Err(Hangup::TaskEnded.into()),
            }
        }
    }

    fn signal_in_run(&self, page: &Page, signal: Signal, done: bool) -> Result<Progress, SyscallError> {
        if done && signal == page.signal {
            // Signals of a kind become one while they wait, and then it may have been somebody else's, too.
            if page.handled && !self.is_own_signal(page.group) {
                let _ = self.signal(signal);
            }
            return Ok(Progress::Over);
        }
        if self.signal(signal).is_ok() {
            return Ok(Progress::GoesOn);
        }
        match signal.into_raw() {
            // A filter does not let the thread signal itself; that served as well.
            SIGTRAP | SIGSYS if done => {
                self.code_page.leave();
                Ok(Progress::Over)
            }
            // The last run ended at a trap, behind which the thread does not go on by itself on every architecture.
            SIGTRAP if !self.code_page.traps.replace(true) => {
                self.code_page.leave();
                self.enter_loop(page).map(|()| Progress::GoesOn).map_err(|_| self.hangup())
            }
            SIGSYS => self.refuse(page).map(|()| Progress::GoesOn),
            _ => Err(self.broken()),
        }
    }

    /// A filter turned the call of an entry into a signal.
    fn refuse(&self, page: &Page) -> Result<(), SyscallError> {
        let registers = self.loop_registers()?;
        let index = page.index(&registers).ok_or_else(|| self.broken())?;
        page.data.put_words(index.saturating_mul(ENTRY), [REFUSED]).map_err(|_| self.broken())?;
        let behind = page.code.into_raw().wrapping_add(arch::failed_offset());
        self.set_loop_registers(&registers.at(behind))
    }

    /// The caller wants no more: a call that the thread is blocked in returns EINTR, and no other is made.
    fn end_run(&self, page: &Page, entries: usize) -> Result<(), SyscallError> {
        let registers = self.loop_registers()?;
        let code = page.code.into_raw();
        let [call, called] =
            [arch::call_offset(), arch::called_offset()].map(|offset| code.wrapping_add(offset));
        let blocked = registers.interrupted_at(call, called)
            && page.index(&registers).is_some_and(|index| index <= entries);
        page.data.put_words(END, [page.end(0), 1]).map_err(|_| self.broken())?;
        if blocked {
            self.set_loop_registers(&registers.at(called).returning(-i64::from(Errno::EINTR.into_raw())))?;
        }
        Ok(())
    }

    fn loop_registers(&self) -> Result<Registers, SyscallError> {
        Registers::get(&self.tracee).ok().flatten().ok_or_else(|| self.broken())
    }

    fn set_loop_registers(&self, registers: &Registers) -> Result<(), SyscallError> {
        registers.start_call(&self.tracee).map_err(|_| self.hangup())
    }

    /// The page cannot be used any more: somebody has unmapped or overwritten it, or the thread was killed.
    fn broken(&self) -> SyscallError {
        self.code_page.leave();
        self.code_page.broken.set(true);
        match self.current_mask() {
            Ok(_) => Hangup::Protocol.into(),
            Err(_) => self.hangup(),
        }
    }
}

impl Page {
    fn header(&self, run: u64, entries: usize, stop: bool) -> Words {
        let id = |process: Process| u64::from(process.into_raw().cast_unsigned());
        let signal = u64::from(self.signal.into_raw().cast_unsigned());
        [run, 0, self.end(entries), u64::from(stop), id(self.group), id(self.thread), signal, 0]
    }

    /// The address behind so many entries.
    fn end(&self, entries: usize) -> u64 {
        let length = entries.saturating_mul(ENTRY).saturating_add(HEADER);
        self.address.into_raw().wrapping_add(length as u64)
    }

    /// Which entry the loop is at, counted from 1.
    fn index(&self, registers: &Registers) -> Option<usize> {
        let offset = registers.loop_entry().checked_sub(self.address.into_raw())?;
        usize::try_from(offset / ENTRY as u64).ok().filter(|index| (1..=ENTRIES).contains(index))
    }
}
