//! What victims do while calls are made in them at random moments. Each tells what it has found, which is the same every time.

mod blocking;
mod handlers;
pub(crate) mod lives;
pub(crate) mod patterns;
pub(crate) mod signals;
pub(crate) mod timed;
pub(crate) mod woken;

pub(crate) use lives::round;
pub(crate) use patterns::Patterns;

/// Something that a victim does.
pub(crate) struct Behaviour {
    pub(crate) name: &'static str,
    pub(crate) run: fn(),
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Behaviour> {
    [timed::ALL, woken::ALL, woken::QUIET, signals::ALL, lives::ALL, patterns::ALL].into_iter().flatten()
}
