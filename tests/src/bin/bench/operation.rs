//! What is timed.

use anyhow::Result;
use std::{
    rc::Rc,
    time::{Duration, Instant},
};

/// Runs so many times, checks every result, and says how long that took without what preparing it took.
pub(crate) type Run = Box<dyn FnMut(u32) -> Duration>;

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

/// Times all of it.
pub(crate) fn whole(mut run: impl FnMut() + 'static) -> Run {
    Box::new(move |times| {
        let start = Instant::now();
        for _ in 0..times {
            run();
        }
        start.elapsed()
    })
}

/// Times what the function itself says that it took: there is something to be put away each time.
pub(crate) fn part(mut run: impl FnMut() -> Duration + 'static) -> Run {
    Box::new(move |times| (0..times).map(|_| run()).sum())
}
