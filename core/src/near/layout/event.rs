//! `#include <poll.h>`, `<sys/epoll.h>`, `<sys/select.h>`

layouts! {
    /// `struct pollfd`
    Pollfd, 8, 4 {
        /// The descriptor; a negative one is skipped.
        0 fd: i32,
        /// What is waited for: [`PollEvents`](crate::near::event::PollEvents).
        4 events: u16,
        /// What happened.
        6 revents: u16,
    }
    /// What the last argument of `pselect6` points to.
    SelectSignalMask, 16, 8 {
        /// Where the [`SignalSet`](super::SignalSet) is.
        0 ss: u64,
        /// Its size: 8.
        8 ss_len: u64,
    }
}

layout_struct! {
    /// `struct epoll_event`: packed on x86_64.
    EpollEvent {
        /// [`EpollEvents`](crate::near::event::EpollEvents).
        events: u32,
        /// What was given with `epoll_ctl`.
        data: u64,
    }
}

layouts_of! {
    X86_64 EpollEvent, 12, 1 { 0 events: u32, 4 data: u64, }
    Aarch64 EpollEvent, 16, 8 { 0 events: u32, 8 data: u64, }
    Riscv64 EpollEvent, 16, 8 { 0 events: u32, 8 data: u64, }
}
