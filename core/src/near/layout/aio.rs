//! `#include <linux/io_uring.h>`

layouts! {
    /// `struct io_uring_params` of `io_uring_setup`, in and out: how a ring is to be, and where in its memory everything
    /// lies.
    IoUringParams, 120, 8 {
        /// How many submissions there is room for.
        0 sq_entries: u32,
        /// How many completions; it counts only with `IORING_SETUP_CQSIZE`.
        4 cq_entries: u32,
        /// [`IoUringSetupFlags`](crate::near::aio::IoUringSetupFlags).
        8 flags: u32,
        /// The cpu of the thread that polls, with `IORING_SETUP_SQ_AFF`.
        12 sq_thread_cpu: u32,
        /// After how many idle milliseconds that thread sleeps.
        16 sq_thread_idle: u32,
        /// `IORING_FEAT_*`: what the kernel can do.
        20 features: u32,
        /// Another ring, with `IORING_SETUP_ATTACH_WQ`.
        24 wq_fd: u32,
        /// The submissions' head, in bytes from where the ring was mapped.
        40 sq_off_head: u32,
        /// Their tail.
        44 sq_off_tail: u32,
        /// The mask of an index.
        48 sq_off_ring_mask: u32,
        /// How many there are.
        52 sq_off_ring_entries: u32,
        /// `IORING_SQ_*`: what the kernel says.
        56 sq_off_flags: u32,
        /// How many were not valid.
        60 sq_off_dropped: u32,
        /// The indexes of entries.
        64 sq_off_array: u32,
        /// Where the entries lie, with `IORING_SETUP_NO_MMAP`.
        72 sq_off_user_addr: u64,
        /// The completions' head, in bytes from where the ring was mapped.
        80 cq_off_head: u32,
        /// Their tail.
        84 cq_off_tail: u32,
        /// The mask of an index.
        88 cq_off_ring_mask: u32,
        /// How many there are.
        92 cq_off_ring_entries: u32,
        /// How many were lost.
        96 cq_off_overflow: u32,
        /// The completions themselves.
        100 cq_off_cqes: u32,
        /// `IORING_CQ_*`: what the caller says.
        104 cq_off_flags: u32,
        /// Where the rings lie, with `IORING_SETUP_NO_MMAP`.
        112 cq_off_user_addr: u64,
    }
}
