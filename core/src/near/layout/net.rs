//! `#include <sys/socket.h>`; addresses and control messages have modules of their own.

layouts! {
    /// `struct user_msghdr`: a message, for `sendmsg` and `recvmsg`.
    Msghdr, 56, 8 {
        /// Where the [`SocketAddress`](super::SocketAddress) is, or 0.
        0 msg_name: u64,
        /// How long it is; after `recvmsg`, how long it would be.
        8 msg_namelen: i32,
        /// An array of [`Iovec`](super::Iovec).
        16 msg_iov: u64,
        /// How many they are.
        24 msg_iovlen: u64,
        /// The [`ControlMessages`](super::ControlMessages), or 0.
        32 msg_control: u64,
        /// How many bytes; after `recvmsg`, how many were written.
        40 msg_controllen: u64,
        /// After `recvmsg`: [`MessageFlags`](crate::near::net::MessageFlags).
        48 msg_flags: u32,
    }
    /// `struct mmsghdr`: one message of `sendmmsg` and `recvmmsg`.
    Mmsghdr, 64, 8 {
        /// Where the [`SocketAddress`](super::SocketAddress) is, or 0.
        0 msg_name: u64,
        /// How long it is.
        8 msg_namelen: i32,
        /// An array of [`Iovec`](super::Iovec).
        16 msg_iov: u64,
        /// How many they are.
        24 msg_iovlen: u64,
        /// The [`ControlMessages`](super::ControlMessages), or 0.
        32 msg_control: u64,
        /// How many bytes.
        40 msg_controllen: u64,
        /// [`MessageFlags`](crate::near::net::MessageFlags).
        48 msg_flags: u32,
        /// How many bytes were sent or received.
        56 msg_len: u32,
    }
    /// `struct ucred`: who sent a message, or is at the other end.
    Ucred, 12, 4 {
        /// The process, in the receiver's pid namespace.
        0 pid: i32,
        /// Its user, in the receiver's user namespace.
        4 uid: u32,
        /// Its group, in the receiver's user namespace.
        8 gid: u32,
    }
    /// `struct linger` of `SO_LINGER`.
    Linger, 8, 4 {
        /// Whether `close` waits until all is sent.
        0 l_onoff: i32,
        /// For how many seconds.
        4 l_linger: i32,
    }
}
