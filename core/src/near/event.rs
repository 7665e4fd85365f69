//! `#include <sys/epoll.h>`, `<sys/eventfd.h>`, `<sys/signalfd.h>`, `<sys/inotify.h>`, `<poll.h>`: waiting for things to happen.

use crate::identifier::{Address, FileDescriptor, WatchDescriptor};

flags! {
    /// `EPOLL_CLOEXEC`
    EpollFlags: u32 {
        CLOEXEC("EPOLL_CLOEXEC") = EPOLL_CLOEXEC;
    }
    /// `EPOLLIN` …: what is waited for, or what happened.
    EpollEvents: u32 {
        IN("EPOLLIN") = EPOLLIN;
        PRI("EPOLLPRI") = EPOLLPRI;
        OUT("EPOLLOUT") = EPOLLOUT;
        ERR("EPOLLERR") = EPOLLERR;
        HUP("EPOLLHUP") = EPOLLHUP;
        NVAL("EPOLLNVAL") = EPOLLNVAL;
        RDNORM("EPOLLRDNORM") = EPOLLRDNORM;
        RDBAND("EPOLLRDBAND") = EPOLLRDBAND;
        WRNORM("EPOLLWRNORM") = EPOLLWRNORM;
        WRBAND("EPOLLWRBAND") = EPOLLWRBAND;
        MSG("EPOLLMSG") = EPOLLMSG;
        RDHUP("EPOLLRDHUP") = EPOLLRDHUP;
        EXCLUSIVE("EPOLLEXCLUSIVE") = EPOLLEXCLUSIVE;
        WAKEUP("EPOLLWAKEUP") = EPOLLWAKEUP;
        ONESHOT("EPOLLONESHOT") = EPOLLONESHOT;
        ET("EPOLLET") = EPOLLET;
    }
    /// `EFD_*`
    EventfdFlags: u32 {
        SEMAPHORE("EFD_SEMAPHORE") = EFD_SEMAPHORE;
        CLOEXEC("EFD_CLOEXEC") = EFD_CLOEXEC;
        NONBLOCK("EFD_NONBLOCK") = EFD_NONBLOCK;
    }
    /// `SFD_*`
    SignalfdFlags: u32 {
        CLOEXEC("SFD_CLOEXEC") = SFD_CLOEXEC = 0o2_000_000;
        NONBLOCK("SFD_NONBLOCK") = SFD_NONBLOCK = 0o4_000;
    }
    /// `IN_CLOEXEC`, `IN_NONBLOCK`: the flags of `inotify_init1`.
    InotifyFlags: u32 {
        CLOEXEC("IN_CLOEXEC") = IN_CLOEXEC;
        NONBLOCK("IN_NONBLOCK") = IN_NONBLOCK;
    }
    /// `IN_*`: the events of a watch, and how it is made.
    InotifyMask: u32 {
        ACCESS("IN_ACCESS") = IN_ACCESS;
        MODIFY("IN_MODIFY") = IN_MODIFY;
        ATTRIB("IN_ATTRIB") = IN_ATTRIB;
        CLOSE_WRITE("IN_CLOSE_WRITE") = IN_CLOSE_WRITE;
        CLOSE_NOWRITE("IN_CLOSE_NOWRITE") = IN_CLOSE_NOWRITE;
        OPEN("IN_OPEN") = IN_OPEN;
        MOVED_FROM("IN_MOVED_FROM") = IN_MOVED_FROM;
        MOVED_TO("IN_MOVED_TO") = IN_MOVED_TO;
        CREATE("IN_CREATE") = IN_CREATE;
        DELETE("IN_DELETE") = IN_DELETE;
        DELETE_SELF("IN_DELETE_SELF") = IN_DELETE_SELF;
        MOVE_SELF("IN_MOVE_SELF") = IN_MOVE_SELF;
        UNMOUNT("IN_UNMOUNT") = IN_UNMOUNT;
        Q_OVERFLOW("IN_Q_OVERFLOW") = IN_Q_OVERFLOW;
        IGNORED("IN_IGNORED") = IN_IGNORED;
        ONLYDIR("IN_ONLYDIR") = IN_ONLYDIR;
        DONT_FOLLOW("IN_DONT_FOLLOW") = IN_DONT_FOLLOW;
        EXCL_UNLINK("IN_EXCL_UNLINK") = IN_EXCL_UNLINK;
        MASK_CREATE("IN_MASK_CREATE") = IN_MASK_CREATE;
        MASK_ADD("IN_MASK_ADD") = IN_MASK_ADD;
        ISDIR("IN_ISDIR") = IN_ISDIR;
        ONESHOT("IN_ONESHOT") = IN_ONESHOT;
    }
}

values! {
    /// `EPOLL_CTL_*`
    EpollOperation: i32 {
        ADD("EPOLL_CTL_ADD") = EPOLL_CTL_ADD;
        DEL("EPOLL_CTL_DEL") = EPOLL_CTL_DEL;
        MOD("EPOLL_CTL_MOD") = EPOLL_CTL_MOD;
    }
}

instructions! {
    /// `int epoll_create1(int flags)`
    epoll_create1(flags: EpollFlags) -> FileDescriptor;
    /// `int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)`
    ///
    /// `event` is not looked at with [`EpollOperation::DEL`]. The struct is packed on x86_64 only:
    /// [`EpollEvent`](super::layout::EpollEvent).
    epoll_ctl(epfd: FileDescriptor, op: EpollOperation, fd: FileDescriptor, event: Address) -> ();
    /// `int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)`
    ///
    /// Returns how many events were written, 0 at the end of the time. `timeout` is in milliseconds, -1 for ever. On ABIs
    /// without it it is `epoll_pwait` with no signal mask, which is the same.
    epoll_wait(epfd: FileDescriptor, events: Address, maxevents: i32, timeout: i32) -> usize [else epoll_pwait];
    /// `int epoll_pwait(int epfd, struct epoll_event *events, int maxevents, int timeout, const sigset_t *sigmask, size_t sigsetsize)`
    ///
    /// `sigsetsize` is 8; the C function adds it by itself.
    epoll_pwait(
        epfd: FileDescriptor, events: Address, maxevents: i32, timeout: i32, sigmask: Address, sigsetsize: usize,
    ) -> usize;
    /// `int ppoll(struct pollfd *fds, nfds_t nfds, struct timespec *tmo_p, const sigset_t *sigmask, size_t sigsetsize)`
    ///
    /// Returns how many of `fds` have something in `revents`. The kernel's call, unlike the C function, writes the time left to
    /// `tmo_p`; [`Address::NULL`] waits for ever. `sigsetsize` is 8.
    ppoll(fds: Address, nfds: usize, tmo_p: Address, sigmask: Address, sigsetsize: usize) -> usize;
    /// `int eventfd2(unsigned int initval, int flags)`: `eventfd(2)`
    eventfd2(initval: u32, flags: EventfdFlags) -> FileDescriptor;
    /// `int signalfd4(int fd, const sigset_t *mask, size_t sizemask, int flags)`: `signalfd(2)`
    ///
    /// `fd` is [`FileDescriptor::NONE`] for a new one; `sizemask` is 8.
    signalfd4(fd: FileDescriptor, mask: Address, sizemask: usize, flags: SignalfdFlags) -> FileDescriptor;
    /// `int inotify_init1(int flags)`
    inotify_init1(flags: InotifyFlags) -> FileDescriptor;
    /// `int inotify_add_watch(int fd, const char *pathname, uint32_t mask)`
    ///
    /// Returns the watch that the file has already, its mask replaced, if it has one.
    inotify_add_watch(fd: FileDescriptor, pathname: Address, mask: InotifyMask) -> WatchDescriptor;
    /// `int inotify_rm_watch(int fd, int wd)`
    inotify_rm_watch(fd: FileDescriptor, wd: WatchDescriptor) -> ();
}
