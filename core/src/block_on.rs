//! Drive a future without an executor.

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Polls the future until it is ready, and calls `park` whenever it is not.
///
/// `park` blocks until something may have happened: `ppoll` on the descriptors that the future waits for, or nothing at
/// all where it never waits (an interface to this process, or over blocking streams). It may return early. Without
/// heap or unsafe code the future's waker can only be [`Waker::noop`], so `park` is all there is: what it waits for
/// must include everything that can make progress, and a transport whose callers complete one another's calls brings
/// a `park` of its own that knows of those.
///
/// ```
/// let mut parked = 0;
/// let mut polls = 0;
/// let future = core::future::poll_fn(|_| {
///     polls += 1;
///     if polls < 3 { core::task::Poll::Pending } else { core::task::Poll::Ready(7) }
/// });
/// assert_eq!(rsyscall_core::block_on(future, || parked += 1), 7);
/// assert_eq!(parked, 2);
/// ```
#[inline(always)]
pub fn block_on<F: Future>(future: F, mut park: impl FnMut()) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        park();
    }
}
