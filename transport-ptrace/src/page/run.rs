//! A run of the code page's loop.

use super::{
    Page,
    layout::{ENTRIES, ENTRY, HEADER, REFUSED, SKIPPED, entry},
};
use crate::{arch, registers::Registers, session::Session, stop::Stop};
use rsyscall_core::{
    identifier::Process,
    interface::{Hangup, NotSent, SyscallError},
    near::{ptrace::PtraceRequest, signal::Signal},
    syscall::Errno,
};

/// Where a run is at a stop.
enum Progress {
    Over,
    GoesOn,
}

impl Session {
    /// One call by the code page; `None` if it is none for it.
    pub(crate) fn run_single(
        &self,
        page: &Page,
        number: i64,
        arguments: [u64; 6],
    ) -> Option<Result<i64, SyscallError>> {
        page.data.put_entry(0, entry(number, arguments, [0; 6])?);
        Some(self.begin_run(page, 1, false).and_then(|run| self.single_from(self.stop_of_call(), page, run)))
    }

    /// The same where nothing has to be done but to let the thread go on: the data are the same memory, it is where the loop
    /// begins again, and nobody else sends what ends a run. `None` if that is not so, and nothing was done.
    #[inline(always)]
    pub(crate) fn run_quickly(
        &self,
        page: &Page,
        number: i64,
        arguments: [u64; 6],
    ) -> Option<Result<i64, SyscallError>> {
        if !page.data.is_shared() || page.handled || !self.code_page.at_loop.get() {
            return None;
        }
        page.data.put_entry(0, entry(number, arguments, [0; 6])?);
        let run = match self.begin_run(page, 1, false) {
            Ok(run) => run,
            Err(error) => return Some(Err(error)),
        };
        let stop = self.next_stop();
        let is_over = stop == Stop::Signal(page.signal) && page.data.done() == run;
        if is_over && page.made(1) == 1 && page.data.entry(0) != REFUSED {
            return Some(Ok(page.data.result(0)));
        }
        Some(self.single_from(stop, page, run))
    }

    /// A run of one call from its first stop on.
    fn single_from(&self, stop: Stop, page: &Page, run: u64) -> Result<i64, SyscallError> {
        let result = self.run_from(stop, page, run, 1);
        if page.made(1) == 0 {
            // The run was interrupted before the call.
            result.map(|()| -i64::from(Errno::EINTR.into_raw()))
        } else if page.data.entry(0) == REFUSED {
            Err(NotSent::Unsupported.into())
        } else {
            Ok(page.data.result(0))
        }
    }

    /// Has the loop make the calls of so many entries, which were put into the data. There are no more than fit.
    ///
    /// [`Page::made`] tells how many were made, and `Data::result` what they returned; after an error the next one may have
    /// been made, too.
    pub(crate) fn run_loop(&self, page: &Page, entries: usize, stop: bool) -> Result<(), SyscallError> {
        let run = self.begin_run(page, entries, stop)?;
        self.run_from(self.stop_of_call(), page, run, entries)
    }

    /// Lets the thread go on at the loop; the number of the run.
    #[inline(always)]
    fn begin_run(&self, page: &Page, entries: usize, stop: bool) -> Result<u64, SyscallError> {
        let run = self.code_page.runs.get().wrapping_add(1);
        self.code_page.runs.set(run);
        page.data.send(self, page.header(run, entries, stop), entries).map_err(|_| self.not_reached())?;
        if !self.code_page.at_loop.get() {
            self.enter_loop(page).map_err(|_| self.not_sent())?;
        }
        // Where it traps it does not come back by itself.
        self.code_page.at_loop.set(!self.code_page.traps.get());
        self.resume(PtraceRequest::CONT).map_err(|_| self.not_sent())?;
        Ok(run)
    }

    /// The data could not be written: they are gone, or the thread is.
    #[cold]
    fn not_reached(&self) -> SyscallError {
        match self.current_mask() {
            Ok(_) => NotSent::Unsupported.into(),
            Err(_) => self.not_sent(),
        }
    }

    #[cold]
    fn enter_loop(&self, page: &Page) -> Result<(), Errno> {
        let arguments = [page.address.into_raw(), 0, 0, 0, 0, 0];
        self.lay(&self.saved.get().for_call(page.code.into_raw(), 0, arguments))
    }

    /// From a stop to the end of a run.
    #[inline(always)]
    fn run_from(&self, mut stop: Stop, page: &Page, run: u64, entries: usize) -> Result<(), SyscallError> {
        loop {
            match stop {
                Stop::Signal(signal) => {
                    if page.data.receive(self, entries).is_err() {
                        self.keep_of_broken_run(page, signal);
                        return Err(self.broken());
                    }
                    let done = page.data.done() == run;
                    if done && signal == page.signal && !page.handled {
                        return Ok(());
                    }
                    if let Progress::Over = self.signal_in_run(page, signal, done)? {
                        return Ok(());
                    }
                }
                Stop::Event { .. } if self.limit.is_over() => self.end_run(page, entries)?,
                Stop::Event { .. } | Stop::Syscall | Stop::Other => {}
                Stop::Exec => return Err(self.replaced(0)),
                Stop::Ended | Stop::Exiting => return Err(Hangup::TaskEnded.into()),
            }
            self.resume(PtraceRequest::CONT).map_err(|_| self.hangup())?;
            stop = self.stop_of_call();
        }
    }

    #[cold]
    fn signal_in_run(&self, page: &Page, signal: Signal, done: bool) -> Result<Progress, SyscallError> {
        if done && signal == page.signal {
            // Signals of a kind become one while they wait, and then it may have been somebody else's, too.
            if !self.is_own_signal(page.group) {
                let _ = self.signal(signal);
            }
            return Ok(Progress::Over);
        }
        if self.signal(signal).is_ok() {
            return Ok(Progress::GoesOn);
        }
        match signal {
            // A filter does not let the thread signal itself; that served as well.
            Signal::TRAP | Signal::SYS if done => {
                self.code_page.leave();
                Ok(Progress::Over)
            }
            // The last run ended at a trap, behind which the thread does not go on by itself on every architecture.
            Signal::TRAP if !self.code_page.traps.replace(true) => {
                self.code_page.leave();
                self.enter_loop(page).map(|()| Progress::GoesOn).map_err(|_| self.hangup())
            }
            Signal::SYS => self.refuse(page).map(|()| Progress::GoesOn),
            _ => Err(self.broken()),
        }
    }

    /// The data are gone, which is no reason to lose somebody's signal; one that ends runs is the thread's own, as far as it can be
    /// known.
    #[cold]
    fn keep_of_broken_run(&self, page: &Page, signal: Signal) {
        if signal != page.signal || !self.is_own_signal(page.group) {
            let _ = self.signal(signal);
        }
    }

    /// A filter turned the call of an entry into a signal.
    fn refuse(&self, page: &Page) -> Result<(), SyscallError> {
        let registers = self.loop_registers()?;
        page.data.refuse(page.index(registers.loop_entry()).ok_or_else(|| self.broken())?);
        let called = page.code.into_raw().wrapping_add(arch::called_offset());
        self.set_loop_registers(&registers.at(called).returning(SKIPPED))
    }

    /// The caller wants no more: a call that the thread is blocked in returns EINTR, and no other is made.
    fn end_run(&self, page: &Page, entries: usize) -> Result<(), SyscallError> {
        let registers = self.loop_registers()?;
        let code = page.code.into_raw();
        let [call, called] =
            [arch::call_offset(), arch::called_offset()].map(|offset| code.wrapping_add(offset));
        let blocked = registers.interrupted_at(call, called)
            && page.index(registers.loop_entry()).is_some_and(|index| index < entries);
        page.data.end_run(self, page.end(0)).map_err(|_| self.broken())?;
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
        self.code_page.abandon();
        match self.current_mask() {
            Ok(_) => Hangup::Protocol.into(),
            Err(_) => self.hangup(),
        }
    }
}

impl Page {
    #[inline(always)]
    fn header(&self, run: u64, entries: usize, stop: bool) -> [u64; 8] {
        let id = |process: Process| u64::from(process.into_raw().cast_unsigned());
        let signal = u64::from(self.signal.into_raw().cast_unsigned());
        [run, self.end(entries), u64::from(stop), id(self.group), id(self.thread), signal, 0, 0]
    }

    /// The address behind so many entries.
    fn end(&self, entries: usize) -> u64 {
        let length = entries.saturating_mul(ENTRY).saturating_add(HEADER);
        self.address.into_raw().wrapping_add(length as u64)
    }

    /// Which entry is at an address.
    fn index(&self, entry: u64) -> Option<usize> {
        let offset = entry.checked_sub(self.end(0))?;
        usize::try_from(offset / ENTRY as u64).ok().filter(|index| *index < ENTRIES)
    }

    /// How many of a run's entries are over, as far as it is known.
    #[inline(always)]
    pub(crate) fn made(&self, entries: usize) -> usize {
        let next = self.data.next();
        if next == self.end(entries) { entries } else { self.index(next).unwrap_or(0).min(entries) }
    }
}
