//! `#include <linux/aio_abi.h>`, `<linux/io_uring.h>`: asynchronous I/O.

use crate::identifier::{Address, FileDescriptor};

constants! {
    /// `IORING_SETUP_*`: the flags in [`IoUringParams`](super::layout::IoUringParams).
    flags IoUringSetupFlags: u32 {
        IOPOLL("IORING_SETUP_IOPOLL") = IORING_SETUP_IOPOLL = 0x1;
        SQPOLL("IORING_SETUP_SQPOLL") = IORING_SETUP_SQPOLL = 0x2;
        SQ_AFF("IORING_SETUP_SQ_AFF") = IORING_SETUP_SQ_AFF = 0x4;
        CQSIZE("IORING_SETUP_CQSIZE") = IORING_SETUP_CQSIZE = 0x8;
        CLAMP("IORING_SETUP_CLAMP") = IORING_SETUP_CLAMP = 0x10;
        ATTACH_WQ("IORING_SETUP_ATTACH_WQ") = IORING_SETUP_ATTACH_WQ = 0x20;
        R_DISABLED("IORING_SETUP_R_DISABLED") = IORING_SETUP_R_DISABLED = 0x40;
        SUBMIT_ALL("IORING_SETUP_SUBMIT_ALL") = IORING_SETUP_SUBMIT_ALL = 0x80;
        COOP_TASKRUN("IORING_SETUP_COOP_TASKRUN") = IORING_SETUP_COOP_TASKRUN = 0x100;
        TASKRUN_FLAG("IORING_SETUP_TASKRUN_FLAG") = IORING_SETUP_TASKRUN_FLAG = 0x200;
        SQE128("IORING_SETUP_SQE128") = IORING_SETUP_SQE128 = 0x400;
        CQE32("IORING_SETUP_CQE32") = IORING_SETUP_CQE32 = 0x800;
        SINGLE_ISSUER("IORING_SETUP_SINGLE_ISSUER") = IORING_SETUP_SINGLE_ISSUER = 0x1000;
        DEFER_TASKRUN("IORING_SETUP_DEFER_TASKRUN") = IORING_SETUP_DEFER_TASKRUN = 0x2000;
        NO_MMAP("IORING_SETUP_NO_MMAP") = IORING_SETUP_NO_MMAP = 0x4000;
        REGISTERED_FD_ONLY("IORING_SETUP_REGISTERED_FD_ONLY") = IORING_SETUP_REGISTERED_FD_ONLY = 0x8000;
        NO_SQARRAY("IORING_SETUP_NO_SQARRAY") = IORING_SETUP_NO_SQARRAY = 0x1_0000;
        HYBRID_IOPOLL("IORING_SETUP_HYBRID_IOPOLL") = IORING_SETUP_HYBRID_IOPOLL = 0x2_0000;
    }
    /// `IORING_ENTER_*`
    flags IoUringEnterFlags: u32 {
        GETEVENTS("IORING_ENTER_GETEVENTS") = IORING_ENTER_GETEVENTS = 0x1;
        SQ_WAKEUP("IORING_ENTER_SQ_WAKEUP") = IORING_ENTER_SQ_WAKEUP = 0x2;
        SQ_WAIT("IORING_ENTER_SQ_WAIT") = IORING_ENTER_SQ_WAIT = 0x4;
        EXT_ARG("IORING_ENTER_EXT_ARG") = IORING_ENTER_EXT_ARG = 0x8;
        REGISTERED_RING("IORING_ENTER_REGISTERED_RING") = IORING_ENTER_REGISTERED_RING = 0x10;
        ABS_TIMER("IORING_ENTER_ABS_TIMER") = IORING_ENTER_ABS_TIMER = 0x20;
        EXT_ARG_REG("IORING_ENTER_EXT_ARG_REG") = IORING_ENTER_EXT_ARG_REG = 0x40;
        NO_IOWAIT("IORING_ENTER_NO_IOWAIT") = IORING_ENTER_NO_IOWAIT = 0x80;
    }
    /// `IORING_REGISTER_*`: the commonest of them.
    values IoUringRegisterOpcode: u32 {
        REGISTER_BUFFERS("IORING_REGISTER_BUFFERS") = IORING_REGISTER_BUFFERS = 0;
        UNREGISTER_BUFFERS("IORING_UNREGISTER_BUFFERS") = IORING_UNREGISTER_BUFFERS = 1;
        REGISTER_FILES("IORING_REGISTER_FILES") = IORING_REGISTER_FILES = 2;
        UNREGISTER_FILES("IORING_UNREGISTER_FILES") = IORING_UNREGISTER_FILES = 3;
        REGISTER_EVENTFD("IORING_REGISTER_EVENTFD") = IORING_REGISTER_EVENTFD = 4;
        UNREGISTER_EVENTFD("IORING_UNREGISTER_EVENTFD") = IORING_UNREGISTER_EVENTFD = 5;
        REGISTER_FILES_UPDATE("IORING_REGISTER_FILES_UPDATE") = IORING_REGISTER_FILES_UPDATE = 6;
        REGISTER_EVENTFD_ASYNC("IORING_REGISTER_EVENTFD_ASYNC") = IORING_REGISTER_EVENTFD_ASYNC = 7;
        REGISTER_PROBE("IORING_REGISTER_PROBE") = IORING_REGISTER_PROBE = 8;
        REGISTER_PERSONALITY("IORING_REGISTER_PERSONALITY") = IORING_REGISTER_PERSONALITY = 9;
        UNREGISTER_PERSONALITY("IORING_UNREGISTER_PERSONALITY") = IORING_UNREGISTER_PERSONALITY = 10;
        REGISTER_RESTRICTIONS("IORING_REGISTER_RESTRICTIONS") = IORING_REGISTER_RESTRICTIONS = 11;
        REGISTER_ENABLE_RINGS("IORING_REGISTER_ENABLE_RINGS") = IORING_REGISTER_ENABLE_RINGS = 12;
        REGISTER_FILES2("IORING_REGISTER_FILES2") = IORING_REGISTER_FILES2 = 13;
        REGISTER_FILES_UPDATE2("IORING_REGISTER_FILES_UPDATE2") = IORING_REGISTER_FILES_UPDATE2 = 14;
        REGISTER_BUFFERS2("IORING_REGISTER_BUFFERS2") = IORING_REGISTER_BUFFERS2 = 15;
        REGISTER_BUFFERS_UPDATE("IORING_REGISTER_BUFFERS_UPDATE") = IORING_REGISTER_BUFFERS_UPDATE = 16;
        REGISTER_IOWQ_AFF("IORING_REGISTER_IOWQ_AFF") = IORING_REGISTER_IOWQ_AFF = 17;
        UNREGISTER_IOWQ_AFF("IORING_UNREGISTER_IOWQ_AFF") = IORING_UNREGISTER_IOWQ_AFF = 18;
        REGISTER_IOWQ_MAX_WORKERS("IORING_REGISTER_IOWQ_MAX_WORKERS") = IORING_REGISTER_IOWQ_MAX_WORKERS = 19;
        REGISTER_RING_FDS("IORING_REGISTER_RING_FDS") = IORING_REGISTER_RING_FDS = 20;
        UNREGISTER_RING_FDS("IORING_UNREGISTER_RING_FDS") = IORING_UNREGISTER_RING_FDS = 21;
        REGISTER_PBUF_RING("IORING_REGISTER_PBUF_RING") = IORING_REGISTER_PBUF_RING = 22;
        UNREGISTER_PBUF_RING("IORING_UNREGISTER_PBUF_RING") = IORING_UNREGISTER_PBUF_RING = 23;
        REGISTER_SYNC_CANCEL("IORING_REGISTER_SYNC_CANCEL") = IORING_REGISTER_SYNC_CANCEL = 24;
        REGISTER_FILE_ALLOC_RANGE("IORING_REGISTER_FILE_ALLOC_RANGE") = IORING_REGISTER_FILE_ALLOC_RANGE = 25;
    }
}

numbers! {
    /// `aio_context_t`: a context for asynchronous I/O, which is an address in the caller's memory.
    AioContext: u64 {}
}

instructions! {
    /// `int io_setup(unsigned int nr_events, aio_context_t *ctx_idp)`
    ///
    /// Writes the new [`AioContext`], 8 bytes, to `ctx_idp`, where 0 must stand before.
    ///
    /// Errors: EAGAIN, EFAULT, EINVAL, ENOMEM, ENOSYS.
    io_setup(nr_events: u32, ctx_idp: Address) -> ();
    /// `int io_destroy(aio_context_t ctx_id)`
    ///
    /// Waits for all requests that cannot be cancelled.
    ///
    /// Errors: EFAULT, EINVAL, ENOSYS.
    io_destroy(ctx_id: AioContext) -> ();
    /// `int io_submit(aio_context_t ctx_id, long nr, struct iocb **iocbpp)`
    ///
    /// Returns how many were accepted, which may be fewer than `nr`.
    ///
    /// Errors: EAGAIN, EBADF, EFAULT, EINVAL, ENOSYS, EPERM.
    io_submit(ctx_id: AioContext, nr: i64, iocbpp: Address) -> usize;
    /// `int io_cancel(aio_context_t ctx_id, struct iocb *iocb, struct io_event *result)`
    ///
    /// EINPROGRESS is success: the event comes through the ring.
    ///
    /// Errors: EAGAIN, EFAULT, EINVAL, ENOSYS.
    io_cancel(ctx_id: AioContext, iocb: Address, result: Address) -> ();
    /// `int io_getevents(aio_context_t ctx_id, long min_nr, long nr, struct io_event *events, struct timespec
    /// *timeout)`
    ///
    /// Returns how many events were written.
    ///
    /// Errors: EFAULT, EINTR, EINVAL, ENOSYS.
    io_getevents(ctx_id: AioContext, min_nr: i64, nr: i64, events: Address, timeout: Address) -> usize;
    /// `int io_pgetevents(aio_context_t ctx_id, long min_nr, long nr, struct io_event *events, struct timespec
    /// *timeout, const struct __aio_sigset *usig)`
    ///
    /// Errors: EFAULT, EINTR, EINVAL, ENOSYS.
    io_pgetevents(
        ctx_id: AioContext, min_nr: i64, nr: i64, events: Address, timeout: Address, usig: Address,
    ) -> usize [page io_getevents];
    /// `int io_uring_setup(u32 entries, struct io_uring_params *p)`
    ///
    /// `p`, an [`IoUringParams`](super::layout::IoUringParams), is in and out.
    ///
    /// Errors: EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM, EPERM.
    io_uring_setup(entries: u32, p: Address) -> FileDescriptor;
    /// `int io_uring_enter2(unsigned int fd, unsigned int to_submit, unsigned int min_complete, unsigned int flags,
    /// void *argp, size_t sz)`
    ///
    /// Returns how many entries were taken. `argp` is a signal mask and `sz` is 8, or what
    /// [`IoUringEnterFlags::EXT_ARG`] makes of them.
    ///
    /// Errors: EAGAIN, EBADF, EBADFD, EBADR, EBUSY, EEXIST, EFAULT, EINTR, EINVAL, ENXIO, EOPNOTSUPP.
    io_uring_enter(
        fd: FileDescriptor, to_submit: u32, min_complete: u32, flags: IoUringEnterFlags, argp: Address, sz: usize,
    ) -> usize;
    /// `int io_uring_register(unsigned int fd, unsigned int opcode, void *arg, unsigned int nr_args)`
    ///
    /// Errors: EACCES, EBADF, EBADFD, EBUSY, EEXIST, EFAULT, EINVAL, EMFILE, ENOMEM, ENXIO, EOPNOTSUPP.
    io_uring_register(fd: FileDescriptor, opcode: IoUringRegisterOpcode, arg: Address, nr_args: u32) -> usize;
}
