//! `#include <sys/epoll.h>`, `<sys/eventfd.h>`, `<sys/signalfd.h>`, `<sys/inotify.h>`, `<poll.h>`: waiting for
//! things to happen.

use super::fs::OFlags;
use crate::identifier::{Address, FileDescriptor, WatchDescriptor};

constants! {
    /// `POLLIN` …: the events of `poll`.
    flags PollEvents: u32 {
        IN("POLLIN") = POLLIN;
        PRI("POLLPRI") = POLLPRI;
        OUT("POLLOUT") = POLLOUT;
        ERR("POLLERR") = POLLERR;
        HUP("POLLHUP") = POLLHUP;
        NVAL("POLLNVAL") = POLLNVAL;
        RDNORM("POLLRDNORM") = POLLRDNORM;
        RDBAND("POLLRDBAND") = POLLRDBAND;
        WRNORM("POLLWRNORM") = POLLWRNORM;
        WRBAND("POLLWRBAND") = POLLWRBAND;
        MSG("POLLMSG") = POLLMSG;
        RDHUP("POLLRDHUP") = POLLRDHUP;
    }
    /// `EPOLL_CLOEXEC`
    flags EpollFlags: u32 {
        CLOEXEC("EPOLL_CLOEXEC") = EPOLL_CLOEXEC;
    }
    /// `EPOLLIN` …: what is waited for, or what happened.
    flags EpollEvents: u32 {
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
    flags EventfdFlags: u32 {
        SEMAPHORE("EFD_SEMAPHORE") = EFD_SEMAPHORE;
        CLOEXEC("EFD_CLOEXEC") = EFD_CLOEXEC;
        NONBLOCK("EFD_NONBLOCK") = EFD_NONBLOCK;
    }
    /// `SFD_*`
    flags SignalfdFlags: u32 {
        CLOEXEC("SFD_CLOEXEC") = SFD_CLOEXEC = 0o2_000_000;
        NONBLOCK("SFD_NONBLOCK") = SFD_NONBLOCK = 0o4_000;
    }
    /// `IN_CLOEXEC`, `IN_NONBLOCK`: the flags of `inotify_init1`.
    flags InotifyFlags: u32 {
        CLOEXEC("IN_CLOEXEC") = IN_CLOEXEC;
        NONBLOCK("IN_NONBLOCK") = IN_NONBLOCK;
    }
    /// `IN_*`: the events of a watch, and how it is made.
    flags InotifyMask: u32 {
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
    /// `EPOLL_CTL_*`
    values EpollOperation: i32 {
        ADD("EPOLL_CTL_ADD") = EPOLL_CTL_ADD;
        DEL("EPOLL_CTL_DEL") = EPOLL_CTL_DEL;
        MOD("EPOLL_CTL_MOD") = EPOLL_CTL_MOD;
    }
    /// `FAN_*` of `fanotify_init`.
    flags FanotifyInitFlags: u32 {
        CLOEXEC("FAN_CLOEXEC") = FAN_CLOEXEC = 0x1;
        NONBLOCK("FAN_NONBLOCK") = FAN_NONBLOCK = 0x2;
        CLASS_CONTENT("FAN_CLASS_CONTENT") = FAN_CLASS_CONTENT = 0x4;
        CLASS_PRE_CONTENT("FAN_CLASS_PRE_CONTENT") = FAN_CLASS_PRE_CONTENT = 0x8;
        UNLIMITED_QUEUE("FAN_UNLIMITED_QUEUE") = FAN_UNLIMITED_QUEUE = 0x10;
        UNLIMITED_MARKS("FAN_UNLIMITED_MARKS") = FAN_UNLIMITED_MARKS = 0x20;
        ENABLE_AUDIT("FAN_ENABLE_AUDIT") = FAN_ENABLE_AUDIT = 0x40;
        REPORT_PIDFD("FAN_REPORT_PIDFD") = FAN_REPORT_PIDFD = 0x80;
        REPORT_TID("FAN_REPORT_TID") = FAN_REPORT_TID = 0x100;
        REPORT_FID("FAN_REPORT_FID") = FAN_REPORT_FID = 0x200;
        REPORT_DIR_FID("FAN_REPORT_DIR_FID") = FAN_REPORT_DIR_FID = 0x400;
        REPORT_NAME("FAN_REPORT_NAME") = FAN_REPORT_NAME = 0x800;
        REPORT_TARGET_FID("FAN_REPORT_TARGET_FID") = FAN_REPORT_TARGET_FID = 0x1000;
        REPORT_FD_ERROR("FAN_REPORT_FD_ERROR") = FAN_REPORT_FD_ERROR = 0x2000;
        REPORT_MNT("FAN_REPORT_MNT") = FAN_REPORT_MNT = 0x4000;
    }
    /// `FAN_MARK_*`
    flags FanotifyMarkFlags: u32 {
        ADD("FAN_MARK_ADD") = FAN_MARK_ADD = 0x1;
        REMOVE("FAN_MARK_REMOVE") = FAN_MARK_REMOVE = 0x2;
        DONT_FOLLOW("FAN_MARK_DONT_FOLLOW") = FAN_MARK_DONT_FOLLOW = 0x4;
        ONLYDIR("FAN_MARK_ONLYDIR") = FAN_MARK_ONLYDIR = 0x8;
        MOUNT("FAN_MARK_MOUNT") = FAN_MARK_MOUNT = 0x10;
        IGNORED_MASK("FAN_MARK_IGNORED_MASK") = FAN_MARK_IGNORED_MASK = 0x20;
        IGNORED_SURV_MODIFY("FAN_MARK_IGNORED_SURV_MODIFY") = FAN_MARK_IGNORED_SURV_MODIFY = 0x40;
        FLUSH("FAN_MARK_FLUSH") = FAN_MARK_FLUSH = 0x80;
        FILESYSTEM("FAN_MARK_FILESYSTEM") = FAN_MARK_FILESYSTEM = 0x100;
        EVICTABLE("FAN_MARK_EVICTABLE") = FAN_MARK_EVICTABLE = 0x200;
        IGNORE("FAN_MARK_IGNORE") = FAN_MARK_IGNORE = 0x400;
    }
    /// `FAN_*`: events.
    flags FanotifyMask: u64 {
        ACCESS("FAN_ACCESS") = FAN_ACCESS = 0x1;
        MODIFY("FAN_MODIFY") = FAN_MODIFY = 0x2;
        ATTRIB("FAN_ATTRIB") = FAN_ATTRIB = 0x4;
        CLOSE_WRITE("FAN_CLOSE_WRITE") = FAN_CLOSE_WRITE = 0x8;
        CLOSE_NOWRITE("FAN_CLOSE_NOWRITE") = FAN_CLOSE_NOWRITE = 0x10;
        OPEN("FAN_OPEN") = FAN_OPEN = 0x20;
        MOVED_FROM("FAN_MOVED_FROM") = FAN_MOVED_FROM = 0x40;
        MOVED_TO("FAN_MOVED_TO") = FAN_MOVED_TO = 0x80;
        CREATE("FAN_CREATE") = FAN_CREATE = 0x100;
        DELETE("FAN_DELETE") = FAN_DELETE = 0x200;
        DELETE_SELF("FAN_DELETE_SELF") = FAN_DELETE_SELF = 0x400;
        MOVE_SELF("FAN_MOVE_SELF") = FAN_MOVE_SELF = 0x800;
        OPEN_EXEC("FAN_OPEN_EXEC") = FAN_OPEN_EXEC = 0x1000;
        Q_OVERFLOW("FAN_Q_OVERFLOW") = FAN_Q_OVERFLOW = 0x4000;
        FS_ERROR("FAN_FS_ERROR") = FAN_FS_ERROR = 0x8000;
        OPEN_PERM("FAN_OPEN_PERM") = FAN_OPEN_PERM = 0x1_0000;
        ACCESS_PERM("FAN_ACCESS_PERM") = FAN_ACCESS_PERM = 0x2_0000;
        OPEN_EXEC_PERM("FAN_OPEN_EXEC_PERM") = FAN_OPEN_EXEC_PERM = 0x4_0000;
        PRE_ACCESS("FAN_PRE_ACCESS") = FAN_PRE_ACCESS = 0x10_0000;
        MNT_ATTACH("FAN_MNT_ATTACH") = FAN_MNT_ATTACH = 0x100_0000;
        MNT_DETACH("FAN_MNT_DETACH") = FAN_MNT_DETACH = 0x200_0000;
        EVENT_ON_CHILD("FAN_EVENT_ON_CHILD") = FAN_EVENT_ON_CHILD = 0x800_0000;
        RENAME("FAN_RENAME") = FAN_RENAME = 0x1000_0000;
        ONDIR("FAN_ONDIR") = FAN_ONDIR = 0x4000_0000;
    }
}

instructions! {
    /// `int epoll_create1(int flags)`
    ///
    /// Errors: EINVAL, EMFILE, ENFILE, ENOMEM.
    epoll_create1(flags: EpollFlags) -> FileDescriptor;
    /// `int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)`
    ///
    /// `event` is not looked at with [`EpollOperation::DEL`]. The struct is packed on x86_64 only:
    /// [`EpollEvent`](super::layout::EpollEvent).
    ///
    /// Errors: EBADF, EEXIST, EFAULT, EINVAL, ELOOP, ENOENT, ENOMEM, ENOSPC, EPERM.
    epoll_ctl(epfd: FileDescriptor, op: EpollOperation, fd: FileDescriptor, event: Address) -> ();
    /// `int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)`
    ///
    /// Returns how many events were written, 0 at the end of the time. `timeout` is in milliseconds, -1 for
    /// ever. On ABIs without it it is `epoll_pwait` with no signal mask, which is the same.
    ///
    /// Errors: EBADF, EFAULT, EINTR, EINVAL.
    epoll_wait(epfd: FileDescriptor, events: Address, maxevents: i32, timeout: i32) -> usize [else epoll_pwait];
    /// `int epoll_pwait(int epfd, struct epoll_event *events, int maxevents, int timeout, const sigset_t *sigmask,
    /// size_t sigsetsize)`
    ///
    /// `sigsetsize` is 8; the C function adds it by itself.
    ///
    /// Errors: EBADF, EFAULT, EINTR, EINVAL.
    epoll_pwait(
        epfd: FileDescriptor, events: Address, maxevents: i32, timeout: i32, sigmask: Address, sigsetsize: usize,
    ) -> usize;
    /// `int ppoll(struct pollfd *fds, nfds_t nfds, struct timespec *tmo_p, const sigset_t *sigmask, size_t
    /// sigsetsize)`
    ///
    /// Returns how many of `fds` have something in `revents`. The kernel's call, unlike the C function, writes
    /// the time left to `tmo_p`; [`Address::NULL`] waits for ever. `sigsetsize` is 8.
    ///
    /// Errors: EFAULT, EINTR, EINVAL, ENOMEM.
    ppoll(fds: Address, nfds: usize, tmo_p: Address, sigmask: Address, sigsetsize: usize) -> usize;
    /// `int eventfd2(unsigned int initval, int flags)`: `eventfd(2)`
    ///
    /// Errors: EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM.
    eventfd2(initval: u32, flags: EventfdFlags) -> FileDescriptor;
    /// `int signalfd4(int fd, const sigset_t *mask, size_t sizemask, int flags)`: `signalfd(2)`
    ///
    /// `fd` is [`FileDescriptor::NONE`] for a new one; `sizemask` is 8.
    ///
    /// Errors: EBADF, EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM.
    signalfd4(fd: FileDescriptor, mask: Address, sizemask: usize, flags: SignalfdFlags) -> FileDescriptor;
    /// `int inotify_init1(int flags)`
    ///
    /// Errors: EINVAL, EMFILE, ENFILE, ENOMEM.
    inotify_init1(flags: InotifyFlags) -> FileDescriptor;
    /// `int inotify_add_watch(int fd, const char *pathname, uint32_t mask)`
    ///
    /// Returns the watch that the file has already, its mask replaced, if it has one.
    ///
    /// Errors: EACCES, EBADF, EEXIST, EFAULT, EINVAL, ENAMETOOLONG, ENOENT, ENOMEM, ENOSPC, ENOTDIR.
    inotify_add_watch(fd: FileDescriptor, pathname: Address, mask: InotifyMask) -> WatchDescriptor;
    /// `int inotify_rm_watch(int fd, int wd)`
    ///
    /// Errors: EBADF, EINVAL.
    inotify_rm_watch(fd: FileDescriptor, wd: WatchDescriptor) -> ();
    /// `int epoll_pwait2(int epfd, struct epoll_event *events, int maxevents, const struct timespec *timeout,
    /// const sigset_t *sigmask, size_t sigsetsize)`
    ///
    /// As [`epoll_pwait`] with nanoseconds; [`Address::NULL`] waits for ever.
    ///
    /// Errors: EBADF, EFAULT, EINTR, EINVAL.
    epoll_pwait2(
        epfd: FileDescriptor, events: Address, maxevents: i32, timeout: Address, sigmask: Address, sigsetsize: usize,
    ) -> usize;
    /// `int pselect6(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, struct timespec *timeout,
    /// const struct { const sigset_t *ss; size_t ss_len; } *sigmask)`
    ///
    /// Returns how many bits are set in the three sets, which are in and out; the time left is written to `timeout`.
    ///
    /// Errors: EBADF, EFAULT, EINTR, EINVAL, ENOMEM.
    pselect6(
        nfds: i32, readfds: Address, writefds: Address, exceptfds: Address, timeout: Address, sigmask: Address,
    ) -> usize;
    /// `int eventfd(unsigned int initval)`
    ///
    /// On ABIs without it it is `eventfd2` with no flags.
    ///
    /// Errors: EMFILE, ENFILE, ENODEV, ENOMEM.
    eventfd(initval: u32) -> FileDescriptor [else eventfd2];
    /// `int signalfd(int fd, const sigset_t *mask, size_t sizemask)`
    ///
    /// On ABIs without it it is `signalfd4` with no flags.
    ///
    /// Errors: EBADF, EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM.
    signalfd(fd: FileDescriptor, mask: Address, sizemask: usize) -> FileDescriptor [else signalfd4];
    /// `int inotify_init(void)`
    ///
    /// On ABIs without it it is `inotify_init1` with no flags.
    ///
    /// Errors: EMFILE, ENFILE, ENOMEM.
    inotify_init() -> FileDescriptor [else inotify_init1];
    /// `int fanotify_init(unsigned int flags, unsigned int event_f_flags)`
    ///
    /// `event_f_flags` are those of the descriptors that come with events.
    ///
    /// Errors: EINVAL, EMFILE, ENOMEM, ENOSYS, EPERM.
    fanotify_init(flags: FanotifyInitFlags, event_f_flags: OFlags) -> FileDescriptor;
    /// `int fanotify_mark(int fanotify_fd, unsigned int flags, uint64_t mask, int dirfd, const char *pathname)`
    ///
    /// Errors: EBADF, EEXIST, EINVAL, EISDIR, ENODEV, ENOENT, ENOMEM, ENOSPC, ENOSYS, ENOTDIR, EOPNOTSUPP,
    /// EPERM, EXDEV.
    fanotify_mark(
        fanotify_fd: FileDescriptor, flags: FanotifyMarkFlags, mask: FanotifyMask, dirfd: FileDescriptor, pathname: Address,
    ) -> ();
}

forms! {
    /// `EPOLL_CTL_ADD`: watches a descriptor; EEXIST if it is watched already.
    epoll_ctl_add(epfd: FileDescriptor, fd: FileDescriptor, event: Address) -> () =
        epoll_ctl(epfd, [EpollOperation::ADD], fd, event);
    /// `EPOLL_CTL_MOD`: changes what it is watched for; ENOENT if it is not watched.
    epoll_ctl_mod(epfd: FileDescriptor, fd: FileDescriptor, event: Address) -> () =
        epoll_ctl(epfd, [EpollOperation::MOD], fd, event);
    /// `EPOLL_CTL_DEL`: watches it no longer; ENOENT if it is not watched.
    epoll_ctl_del(epfd: FileDescriptor, fd: FileDescriptor) -> () =
        epoll_ctl(epfd, [EpollOperation::DEL], fd);
}
