//! Many calls: in one stop, if there is a code page.
#![expect(unsafe_code, reason = "accesses the tracee's memory for an entry")]

use crate::{
    page::layout::{ENTRIES, MADE, REFUSED, Words, entry},
    session::Session,
};
use heapless::Vec;
use rsyscall_core::{
    abi::Native,
    batch::{Answers, Batch, OnError, access},
    block_on,
    identifier::Address,
    interface::{NotSent, SyscallError},
    syscall::decode,
};

/// Entries that are made in one run.
struct Run<const N: usize> {
    entries: Vec<Words, N>,
}

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
        let mut run = Run { entries: Vec::new() };
        for entry in batch.entries() {
            let (call, links) = entry.encode::<Native>();
            if entry.memory().is_none()
                && let Some(words) = self.for_run(call.number, call.arguments, links, &answers)
            {
                if run.entries.len() == ENTRIES {
                    self.finish(&mut run, on_error, &mut answers);
                }
                // There are as many places as the batch has entries.
                let _ = run.entries.push(words);
                continue;
            }
            self.finish(&mut run, on_error, &mut answers);
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
        }
        self.finish(&mut run, on_error, &mut answers);
        answers
    }

    /// The words of an entry that the code page makes; `None` if it is to be made by itself.
    fn for_run<const N: usize>(
        &self,
        number: i64,
        mut arguments: [u64; 6],
        mut links: [u8; 6],
        answers: &Answers<N>,
    ) -> Option<Words> {
        if !self.goes_by_page(number) || self.is_refused(number, arguments) {
            return None;
        }
        let answered = answers.words();
        for (argument, link) in arguments.iter_mut().zip(&mut links).filter(|(_, link)| **link != 0) {
            // Results that are known are added here, the others by the loop, which counts from the run's first entry.
            match usize::from(*link).checked_sub(1).and_then(|index| answered.get(index)) {
                Some(answer) => {
                    *argument = argument.wrapping_add((*answer).ok()?);
                    *link = 0;
                }
                None => {
                    *link = usize::from(*link)
                        .checked_sub(answered.len())
                        .and_then(|link| u8::try_from(link).ok())?
                }
            }
        }
        entry(number, arguments, links)
    }

    /// Makes the calls of a run, and adds their answers.
    fn finish<const N: usize>(&self, run: &mut Run<N>, on_error: OnError, answers: &mut Answers<N>) {
        if run.entries.is_empty() {
            return;
        }
        let stopped = is_over(self, on_error, answers);
        let failed =
            if stopped { None } else { self.run_batch(&mut run.entries, on_error == OnError::Stop).err() };
        // Any of them may have changed what the process does about signals.
        self.may_step.set(None);
        self.code_page.share_signal();
        for words in &run.entries {
            answers.push(match *words {
                [MADE, .., result] if !stopped => decode(result.cast_signed()),
                [REFUSED, ..] if !stopped => Err(NotSent::Unsupported.into()),
                _ => Err(failed.unwrap_or(SyscallError::NotSent(NotSent::BatchStopped))),
            });
        }
        run.entries.clear();
    }
}

/// Whether the entries behind these answers are not to be made.
fn is_over<const N: usize>(session: &Session, on_error: OnError, answers: &Answers<N>) -> bool {
    let failed = || answers.words().iter().any(Result::is_err);
    session.limit.is_over() || on_error == OnError::Stop && failed()
}
