//! What victims do while calls are made in them at random moments. Each tells what it has found, which is the same every time.

use crate::victim::tell;

/// Things that victims do, each with the test that it is the same alone and with us.
macro_rules! behaviours {
    ($($name:ident => $run:expr;)*) => {
        pub(crate) const ALL: &[crate::behaviours::Behaviour] = &[$(
            crate::behaviours::Behaviour { name: concat!(module_path!(), "::", stringify!($name)), run: $run },
        )*];

        mod is_the_same {
            $(
                #[test]
                fn $name() {
                    crate::transparency::is_the_same(super::ALL, concat!("::", stringify!($name)));
                }
            )*
        }
    };
}

mod blocking;
pub(crate) mod handlers;
pub(crate) mod lives;
pub(crate) mod patterns;
pub(crate) mod signals;
pub(crate) mod timed;
pub(crate) mod woken;

pub(crate) use patterns::Patterns;

/// Something that a victim does.
pub(crate) struct Behaviour {
    pub(crate) name: &'static str,
    pub(crate) run: fn(),
}

/// Said of a call that was interrupted.
pub(crate) const EINTR: &str = "Interrupted system call";

/// Before a behaviour's name in the name of its victim.
pub(crate) const PREFIX: &str = "behaviour: ";

/// Becomes the victim of that name.
pub(crate) fn run(name: &str) {
    let groups = [
        timed::alone::ALL,
        timed::amid_signals::ALL,
        woken::alone::ALL,
        woken::amid_restarting_signals::ALL,
        woken::never_restarted::ALL,
        signals::ALL,
        lives::ALL,
        patterns::ALL,
        crate::sequences::ALL,
    ];
    let behaviour =
        groups.into_iter().chain(crate::arch::BEHAVIOURS).flatten().find(|behaviour| behaviour.name == name);
    // The program that follows another one was begun with that.
    if lives::round() == 0 {
        tell("ready");
    }
    match behaviour {
        Some(behaviour) => (behaviour.run)(),
        None => tell("no such behaviour"),
    }
}
