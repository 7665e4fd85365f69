//! Many calls: in one stop, if there is a code page.
#![expect(unsafe_code, reason = "accesses the tracee's memory for an entry")]

use crate::{
    page::{
        Page,
        layout::{ENTRIES, REFUSED, entry},
    },
    session::Session,
    step::never_blocks,
};
use rsyscall_core::{
    abi::Native,
    batch::{Answers, Batch, OnError, access},
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
        for entry in batch.entries() {
            if entry.memory().is_none() {
                let (call, links) = entry.encode::<Native>();
                if let Some((page, words)) = self.for_run(call, links, &answers) {
                    if run == ENTRIES {
                        self.finish(&mut run, on_error, &mut answers);
                    }
                    page.data.put_entry(run, words);
                    run = run.saturating_add(1);
                    continue;
                }
            }
            self.finish(&mut run, on_error, &mut answers);
            let answer = match answers.resolve::<Native>(entry) {
                Some(call) if !is_over(self, on_error, &answers) => match entry.memory() {
                    None => self.execute_any(call.number, call.arguments).and_then(decode),
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

    /// The page, and what it takes to make a call; `None` if that is to be made by itself.
    #[inline(always)]
    fn for_run<const N: usize>(
        &self,
        call: Syscall<Native, u64>,
        mut links: [u8; 6],
        answers: &Answers<N>,
    ) -> Option<(Page, [u64; 7])> {
        let Syscall { number, mut arguments, .. } = call;
        let page = self.page_for(number)?;
        if !never_blocks(number) && self.is_refused(number, arguments) {
            return None;
        }
        if links != [0; 6] {
            resolve(&mut arguments, &mut links, answers)?;
        }
        Some((page, entry(number, arguments, links)?))
    }

    /// Makes the calls of a run, and adds their answers.
    fn finish<const N: usize>(&self, run: &mut usize, on_error: OnError, answers: &mut Answers<N>) {
        let entries = core::mem::take(run);
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
        // Any of them may have changed what the process does about signals.
        self.may_step.set(None);
        self.code_page.share_signal();
        for index in 0..entries {
            let words = page.data.entry(index);
            answers.push(if index >= made {
                Err(failed)
            } else if words == REFUSED {
                Err(NotSent::Unsupported.into())
            } else if takes_error(words >> 16, first, answers) {
                Err(NotSent::BatchStopped.into())
            } else {
                decode(page.data.result(index))
            });
        }
    }
}

/// Adds results that are known to the arguments. The others are added by the loop, which counts from the run's first entry.
fn resolve<const N: usize>(
    arguments: &mut [u64; 6],
    links: &mut [u8; 6],
    answers: &Answers<N>,
) -> Option<()> {
    let answered = answers.words();
    for (argument, link) in arguments.iter_mut().zip(links).filter(|(_, link)| **link != 0) {
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
    Some(())
}

/// Whether one of the results that an entry of a run takes is an error, so that it was not made. The run's first entry has
/// the answer behind `first` others.
#[inline(always)]
fn takes_error<const N: usize>(links: u64, first: usize, answers: &Answers<N>) -> bool {
    let is_error = |link: u8| {
        let index = first.saturating_add(usize::from(link));
        link != 0
            && !matches!(index.checked_sub(1).map(|index| answers.words().get(index)), Some(Some(Ok(_))))
    };
    links != 0 && links.to_le_bytes().into_iter().any(is_error)
}

/// Whether the entries behind these answers are not to be made.
fn is_over<const N: usize>(session: &Session, on_error: OnError, answers: &Answers<N>) -> bool {
    let failed = || answers.words().iter().any(Result::is_err);
    session.limit.is_over() || on_error == OnError::Stop && failed()
}
