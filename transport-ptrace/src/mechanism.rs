//! Which of the ways to make a call is taken.

use crate::{
    page::Page,
    registers::{EXECS, RT_SIGPROCMASK, SETS_BASES},
    session::Session,
    status::Status,
    step::never_blocks,
};
use linux_raw_sys::general::{__NR_exit, __NR_exit_group, __NR_prctl, __NR_rt_sigaction, __NR_seccomp};
use rsyscall_core::interface::SyscallError;

/// How the thread is made to make a call.
///
/// | | requests | stops | which calls |
/// |---|---|---|---|
/// | [`SyscallStops`](Self::SyscallStops) | 5 (aarch64: 6) | 2 | all |
/// | [`SingleStep`](Self::SingleStep) | 3 (aarch64: 4) | 1 | those that never block, while nothing can come of a SIGTRAP that the kernel forces |
/// | [`CodePage`](Self::CodePage) | 1 | 1 | all but a few, up to 1022 of them in the one stop, once there is a page |
///
/// (Waiting, and what moves the entries of a code page that is not shared, are calls of this process but no requests.) The session takes
/// the last of these that it may. A call that the preferred mechanism cannot make is made by `SyscallStops`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Mechanism {
    /// An instruction that the process has already, stopped before and after the call. Nothing else is touched.
    SyscallStops,
    /// The same instruction, single-stepped.
    ///
    /// The kernel forces a SIGTRAP for that, and if the process blocks or ignores SIGTRAP it resets that: then it is not done.
    /// Another thread could begin to ignore SIGTRAP at any time, so that in a process of several threads this is done only
    /// when it is preferred explicitly.
    SingleStep,
    /// The page that [`Session::map_code_page`] maps.
    CodePage,
}

/// What is known about a thread that may be single-stepped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MayStep {
    No,
    /// If the caller says so: it has siblings.
    Explicitly {
        handled: bool,
    },
    Yes {
        handled: bool,
    },
}

/// Numbers of the calls that a code page does not make: they end the thread, replace its program or what is put back, or may
/// filter the calls behind them.
pub(crate) fn needs_stops(number: i64) -> bool {
    let ends = [__NR_exit, __NR_exit_group].map(i64::from).contains(&number);
    let filters = [__NR_prctl, __NR_seccomp].map(i64::from).contains(&number);
    ends || filters || number == RT_SIGPROCMASK || EXECS.contains(&number) || SETS_BASES.contains(&number)
}

impl Session {
    /// Prefers a mechanism for the calls from now on; `None`, as at first, leaves the choice to the session.
    pub fn prefer(&self, mechanism: Option<Mechanism>) {
        self.preferred.set(mechanism);
    }

    /// The code page, if it is to make calls.
    #[inline(always)]
    pub(crate) fn wanted_page(&self) -> Option<Page> {
        let wanted = matches!(self.preferred.get(), None | Some(Mechanism::CodePage));
        if wanted { self.code_page.usable() } else { None }
    }

    /// The code page, if it makes this call.
    #[inline(always)]
    fn page_for(&self, number: i64) -> Option<Page> {
        if never_blocks(number) || !needs_stops(number) { self.wanted_page() } else { None }
    }

    /// Makes a call that is not refused.
    #[inline(always)]
    pub(crate) fn by_mechanism(&self, number: i64, arguments: [u64; 6]) -> Result<i64, SyscallError> {
        let by_page = self.page_for(number).and_then(|page| self.run_single(&page, number, arguments));
        match by_page {
            Some(result) => result,
            None => match self.step_safely(number) {
                Some(handled) => self.step(number, arguments, handled),
                None => self.run(number, arguments),
            },
        }
    }

    /// What the call may have changed is asked for again.
    pub(crate) fn forget_what_changed(&self, number: i64) {
        let changes = [__NR_rt_sigaction, __NR_prctl, __NR_seccomp].map(i64::from);
        if changes.contains(&number) || number == RT_SIGPROCMASK {
            self.may_step.set(None);
            self.code_page.share_signal();
        }
    }

    /// Whether the call may be single-stepped, and if so whether the process handles SIGTRAP.
    #[inline(always)]
    fn step_safely(&self, number: i64) -> Option<bool> {
        let explicitly = match self.preferred.get() {
            None => false,
            Some(Mechanism::SingleStep) => true,
            Some(_) => return None,
        };
        if !never_blocks(number) {
            return None;
        }
        let may = self.may_step.get().unwrap_or_else(|| self.look_for_step());
        match may {
            MayStep::Yes { handled } => Some(handled),
            MayStep::Explicitly { handled } if explicitly => Some(handled),
            _ => None,
        }
    }

    #[cold]
    fn look_for_step(&self) -> MayStep {
        let alone =
            Status::read(self.process()).ok().and_then(|status| status.may_trap(self.mask_for_calls()));
        let may = match alone {
            None => MayStep::No,
            Some(alone) if alone.alone => MayStep::Yes { handled: alone.handled },
            Some(alone) => MayStep::Explicitly { handled: alone.handled },
        };
        self.may_step.set(Some(may));
        may
    }
}
