//! Many calls: in one stop, if there is a code page.
#![expect(unsafe_code, reason = "accesses the tracee's memory for an entry")]

use crate::{
    mechanism::needs_stops,
    page::layout::{self, ENTRIES, REFUSED},
    session::Session,
    step::never_blocks,
};
use rsyscall_core::{
    abi::Native,
    batch::{Answers, Batch, Entry, OnError, access},
    block_on,
    identifier::Address,
    interface::NotSent,
    syscall::{Syscall, decode},
};

impl Session {
    /// Makes the calls of a batch: those that the code page makes in runs, as long as possible, and the others one by one.
    ///
    /// # Safety
    ///
    /// As `SyscallInterface::batch`.
    pub(crate) unsafe fn execute_batch<const N: usize>(
        &self,
        batch: &Batch<'_, N>,
        on_error: OnError,
    ) -> Answers<N> {
        let mut answers = Answers::new();
        // How many entries of the next run are in the page.
        let mut run = 0_usize;
        let mut page = self.wanted_page();
        let mut entries = batch.entries().iter();
        loop {
            let entry = entries.next();
            let words = page.and_then(|page| Some((page, self.for_run(entry?, &answers)?)));
            if let Some((page, words)) = words
                && run < ENTRIES
            {
                page.data.put_entry(run, words);
                run = run.saturating_add(1);
                continue;
            }
            self.finish(core::mem::take(&mut run), on_error, &mut answers);
            let Some(entry) = entry else { return answers };
            if let Some((page, words)) = words {
                page.data.put_entry(0, words);
                run = 1;
                continue;
            }
            let answer = match answers.resolve::<Native>(entry) {
                Some(call) if !is_over(self, on_error, &answers) => match entry.memory() {
                    None => self.execute(call.number, call.arguments).and_then(decode),
                    Some(_) => {
                        let [address, ..] = call.arguments;
                        // SAFETY: the caller's promise.
                        block_on(unsafe { access(self, entry, Address::from_raw(address)) }, || ())
                    }
                },
                _ => Err(NotSent::BatchStopped.into()),
            };
            answers.push(answer);
            // It may have been broken meanwhile.
            page = self.wanted_page();
        }
    }

    /// An entry as the code page makes it; `None` if it is to be made by itself.
    #[inline(always)]
    fn for_run<const N: usize>(&self, entry: &Entry<'_>, answers: &Answers<N>) -> Option<[u64; 7]> {
        if entry.memory().is_some() {
            return None;
        }
        let (call, links) = if entry.is_linked() {
            linked(entry, answers)?
        } else {
            (entry.instruction().encode::<Native>().untyped(), [0; 6])
        };
        let Syscall { number, arguments, .. } = call;
        if !never_blocks(number) {
            if needs_stops(number) || self.is_refused(number, arguments) {
                return None;
            }
            self.forget_what_changed(number);
        }
        layout::entry(number, arguments, links)
    }

    /// Makes the calls of a run, and adds their answers.
    fn finish<const N: usize>(&self, entries: usize, on_error: OnError, answers: &mut Answers<N>) {
        let Some(page) = self.code_page.get().filter(|_| entries != 0) else { return };
        let first = answers.words().len();
        let mut made = 0;
        let mut failed = NotSent::BatchStopped.into();
        if !is_over(self, on_error, answers) {
            if let Err(error) = self.run_batch(&page, entries, on_error == OnError::Stop) {
                failed = error;
            }
            made = page.made(entries);
        }
        for index in 0..entries {
            let words = page.data.entry(index);
            answers.push(if index >= made {
                Err(failed)
            } else if words == REFUSED {
                Err(NotSent::Unsupported.into())
            } else if words >> 16 != 0 && takes_error(words >> 16, first, answers) {
                Err(NotSent::BatchStopped.into())
            } else {
                decode(page.data.result(index))
            });
        }
    }
}

/// An entry's call, results that are known added to its arguments. The others are added by the loop, which counts from the run's
/// first entry. `None` if that is too far away, or a result is an error.
#[inline(never)]
fn linked<const N: usize>(entry: &Entry<'_>, answers: &Answers<N>) -> Option<(Syscall<Native>, [u8; 6])> {
    let (call, mut links) = entry.encode::<Native>();
    let mut call = call.untyped();
    let answered = answers.words();
    for (argument, link) in call.arguments.iter_mut().zip(&mut links).filter(|(_, link)| **link != 0) {
        match usize::from(*link).checked_sub(1).and_then(|index| answered.get(index)) {
            Some(answer) => {
                *argument = argument.wrapping_add((*answer).ok()?);
                *link = 0;
            }
            None => {
                *link = usize::from(*link)
                    .checked_sub(answered.len())
                    .and_then(|link| u8::try_from(link).ok())?;
            }
        }
    }
    Some((call, links))
}

/// Whether one of the results that an entry of a run takes is an error, so that it was not made. The run's first entry has
/// the answer behind `first` others.
#[inline(never)]
fn takes_error<const N: usize>(links: u64, first: usize, answers: &Answers<N>) -> bool {
    links.to_le_bytes().into_iter().filter(|link| *link != 0).any(|link| {
        let index = first.saturating_add(usize::from(link)).saturating_sub(1);
        !matches!(answers.words().get(index), Some(Ok(_)))
    })
}

/// Whether the entries behind these answers are not to be made.
fn is_over<const N: usize>(session: &Session, on_error: OnError, answers: &Answers<N>) -> bool {
    let failed = || answers.words().iter().any(Result::is_err);
    session.limit.is_over() || on_error == OnError::Stop && failed()
}
