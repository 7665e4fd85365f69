//! What is timed.

use anyhow::Result;
use std::{
    rc::Rc,
    time::{Duration, Instant},
};

/// What was prepared, to be run so many times; every result is checked.
pub(crate) type Run = Box<dyn Repeat>;

/// Runs again and again.
pub(crate) trait Repeat {
    /// Says how long it took, without what putting something away took.
    fn timed(&mut self, times: u32) -> Duration;
    /// The same, and no clock is looked at but by what looks at one itself.
    fn untimed(&mut self, times: u32);
}

/// One way to do something.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) name: String,
    /// How many calls it makes each time: what is told is the time of one.
    pub(crate) calls: u32,
    /// Makes what it works on.
    make: Rc<dyn Fn() -> Result<Run>>,
}

impl Operation {
    pub(crate) fn new(name: impl Into<String>, calls: u32, make: impl Fn() -> Result<Run> + 'static) -> Self {
        Self { name: name.into(), calls, make: Rc::new(make) }
    }

    pub(crate) fn make(&self) -> Result<Run> {
        (self.make)()
    }
}

/// Times all of it: a function that is called again and again.
///
/// Ours and what is written by hand are functions alike. Behind a return that has a system call between its call and itself the
/// processor predicts the kernel's own returns worse, so that the next call takes longer; a call that is inlined into a
/// loop of nothing else is spared that, which is a state that no program is in.
pub(crate) fn whole(run: impl FnMut() + 'static) -> Run {
    Box::new(Whole::<_, false>(run))
}

/// The same in a loop of nothing else.
pub(crate) fn whole_in_a_loop(run: impl FnMut() + 'static) -> Run {
    Box::new(Whole::<_, true>(run))
}

struct Whole<F, const IN_A_LOOP: bool>(F);

impl<F: FnMut(), const IN_A_LOOP: bool> Repeat for Whole<F, IN_A_LOOP> {
    fn timed(&mut self, times: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..times {
            if IN_A_LOOP { (self.0)() } else { call(&mut self.0) }
        }
        start.elapsed()
    }

    fn untimed(&mut self, times: u32) {
        for _ in 0..times {
            (self.0)();
        }
    }
}

#[inline(never)]
fn call(function: &mut impl FnMut()) {
    function();
}

/// Times what the function itself says that it took: there is something to be put away each time.
pub(crate) fn part(run: impl FnMut() -> Duration + 'static) -> Run {
    Box::new(Part(run))
}

struct Part<F>(F);

impl<F: FnMut() -> Duration> Repeat for Part<F> {
    fn timed(&mut self, times: u32) -> Duration {
        (0..times).map(|_| (self.0)()).sum()
    }

    fn untimed(&mut self, times: u32) {
        (0..times).for_each(|_| _ = (self.0)());
    }
}
