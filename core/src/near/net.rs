//! `#include <sys/socket.h>`: sockets.

mod flags;
pub use flags::*;

use crate::identifier::{Address, FileDescriptor};

instructions! {
    /// `int socket(int domain, int type, int protocol)`
    ///
    /// Errors: EACCES, EAFNOSUPPORT, EINVAL, EMFILE, ENFILE, ENOBUFS, EPROTONOSUPPORT.
    socket(domain: AddressFamily, r#type: SocketType, protocol: Protocol) -> FileDescriptor;
    /// `int socketpair(int domain, int type, int protocol, int sv[2])`
    ///
    /// Writes two `int`s to `sv`: the two ends.
    ///
    /// Errors: EAFNOSUPPORT, EFAULT, EMFILE, ENFILE, EOPNOTSUPP, EPROTONOSUPPORT.
    socketpair(domain: AddressFamily, r#type: SocketType, protocol: Protocol, sv: Address) -> ();
    /// `int bind(int sockfd, const struct sockaddr *addr, socklen_t addrlen)`
    ///
    /// Errors: EACCES, EADDRINUSE, EADDRNOTAVAIL, EBADF, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM,
    /// ENOTDIR, ENOTSOCK, EROFS.
    bind(sockfd: FileDescriptor, addr: Address, addrlen: u32) -> ();
    /// `int listen(int sockfd, int backlog)`
    ///
    /// Errors: EADDRINUSE, EBADF, ENOTSOCK, EOPNOTSUPP.
    listen(sockfd: FileDescriptor, backlog: i32) -> ();
    /// `int accept(int sockfd, struct sockaddr *addr, socklen_t *addrlen)`
    ///
    /// `addrlen` is in and out: the room at `addr`, then the address's own length, which may be more.
    ///
    /// Errors: EAGAIN, EBADF, ECONNABORTED, EFAULT, EINTR, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOTSOCK,
    /// EOPNOTSUPP, EPERM, EPROTO.
    accept(sockfd: FileDescriptor, addr: Address, addrlen: Address) -> FileDescriptor;
    /// `int accept4(int sockfd, struct sockaddr *addr, socklen_t *addrlen, int flags)`
    ///
    /// `addrlen` is in and out: the room at `addr`, then the address's own length, which may be more.
    ///
    /// Errors: EAGAIN, EBADF, ECONNABORTED, EFAULT, EINTR, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOTSOCK,
    /// EOPNOTSUPP, EPERM, EPROTO.
    accept4(sockfd: FileDescriptor, addr: Address, addrlen: Address, flags: SocketFlags) -> FileDescriptor;
    /// `int connect(int sockfd, const struct sockaddr *addr, socklen_t addrlen)`
    ///
    /// EINPROGRESS of a non-blocking socket, and EINTR, leave the connection being made: wait for writability,
    /// then ask for [`SocketOption::ERROR`].
    ///
    /// Errors: EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN, EALREADY, EBADF, ECONNREFUSED, EFAULT,
    /// EINPROGRESS, EINTR, EISCONN, ENETUNREACH, ENOTSOCK, EPROTOTYPE, ETIMEDOUT.
    connect(sockfd: FileDescriptor, addr: Address, addrlen: u32) -> ();
    /// `int shutdown(int sockfd, int how)`
    ///
    /// Errors: EBADF, EINVAL, ENOTCONN, ENOTSOCK.
    shutdown(sockfd: FileDescriptor, how: Shutdown) -> ();
    /// `int getsockname(int sockfd, struct sockaddr *addr, socklen_t *addrlen)`
    ///
    /// `addrlen` is in and out.
    ///
    /// Errors: EBADF, EFAULT, EINVAL, ENOBUFS, ENOTSOCK.
    getsockname(sockfd: FileDescriptor, addr: Address, addrlen: Address) -> ();
    /// `int getpeername(int sockfd, struct sockaddr *addr, socklen_t *addrlen)`
    ///
    /// `addrlen` is in and out.
    ///
    /// Errors: EBADF, EFAULT, EINVAL, ENOBUFS, ENOTCONN, ENOTSOCK.
    getpeername(sockfd: FileDescriptor, addr: Address, addrlen: Address) -> ();
    /// `int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen)`
    ///
    /// `optlen` is in and out.
    ///
    /// Errors: EBADF, EFAULT, EINVAL, ENOPROTOOPT, ENOTSOCK.
    getsockopt(
        sockfd: FileDescriptor, level: SocketLevel, optname: SocketOption, optval: Address, optlen: Address,
    ) -> ();
    /// `int setsockopt(int sockfd, int level, int optname, const void *optval, socklen_t optlen)`
    ///
    /// Errors: EBADF, EFAULT, EINVAL, ENOPROTOOPT, ENOTSOCK.
    setsockopt(
        sockfd: FileDescriptor, level: SocketLevel, optname: SocketOption, optval: Address, optlen: u32,
    ) -> ();
    /// `ssize_t sendto(int sockfd, const void *buf, size_t len, int flags, const struct sockaddr *dest_addr,
    /// socklen_t addrlen)`
    ///
    /// With [`Address::NULL`] and 0 at the end it is `send`.
    ///
    /// Errors: EACCES, EAGAIN, EALREADY, EBADF, ECONNRESET, EDESTADDRREQ, EFAULT, EINTR, EINVAL, EISCONN,
    /// EMSGSIZE, ENOBUFS, ENOMEM, ENOTCONN, ENOTSOCK, EOPNOTSUPP, EPIPE.
    sendto(
        sockfd: FileDescriptor, buf: Address, len: usize, flags: MessageFlags, dest_addr: Address, addrlen: u32,
    ) -> usize;
    /// `ssize_t recvfrom(int sockfd, void *buf, size_t len, int flags, struct sockaddr *src_addr, socklen_t
    /// *addrlen)`
    ///
    /// With two [`Address::NULL`] at the end it is `recv`. `addrlen` is in and out. With
    /// [`MessageFlags::TRUNC`] the result is the datagram's own length, which may be more than `len`.
    ///
    /// Errors: EAGAIN, EBADF, ECONNREFUSED, EFAULT, EINTR, EINVAL, ENOMEM, ENOTCONN, ENOTSOCK.
    recvfrom(
        sockfd: FileDescriptor, buf: Address, len: usize, flags: MessageFlags, src_addr: Address, addrlen: Address,
    ) -> usize;
    /// `ssize_t sendmsg(int sockfd, const struct msghdr *msg, int flags)`
    ///
    /// Errors: EACCES, EAGAIN, EALREADY, EBADF, ECONNRESET, EDESTADDRREQ, EFAULT, EINTR, EINVAL, EISCONN,
    /// EMSGSIZE, ENOBUFS, ENOMEM, ENOTCONN, ENOTSOCK, EOPNOTSUPP, EPIPE.
    sendmsg(sockfd: FileDescriptor, msg: Address, flags: MessageFlags) -> usize;
    /// `ssize_t recvmsg(int sockfd, struct msghdr *msg, int flags)`
    ///
    /// `msg` is in and out: lengths of the name and of the control messages, and the flags.
    ///
    /// Errors: EAGAIN, EBADF, ECONNREFUSED, EFAULT, EINTR, EINVAL, ENOMEM, ENOTCONN, ENOTSOCK.
    recvmsg(sockfd: FileDescriptor, msg: Address, flags: MessageFlags) -> usize;
    /// `int recvmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags, struct timespec *timeout)`
    ///
    /// Returns how many messages came. The timeout is looked at only after each of them.
    ///
    /// Errors: as [`recvmsg`]; EINVAL also for the timeout.
    recvmmsg(sockfd: FileDescriptor, msgvec: Address, vlen: u32, flags: MessageFlags, timeout: Address) -> usize;
    /// `int sendmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags)`
    ///
    /// Returns how many messages were sent; an error only if not one was.
    ///
    /// Errors: as [`sendmsg`].
    sendmmsg(sockfd: FileDescriptor, msgvec: Address, vlen: u32, flags: MessageFlags) -> usize;
}

forms! {
    /// Reads an option of `SOL_SOCKET`. `optlen` is in and out.
    getsockopt_socket(sockfd: FileDescriptor, optname: SocketOption, optval: Address, optlen: Address) -> () =
        getsockopt(sockfd, [SocketLevel::SOCKET], optname, optval, optlen);
    /// Reads an option of `SOL_TCP`. `optlen` is in and out.
    getsockopt_tcp(sockfd: FileDescriptor, optname: TcpOption, optval: Address, optlen: Address) -> () =
        getsockopt(sockfd, [SocketLevel::TCP], optname, optval, optlen);
    /// Reads an option of `SOL_IP`. `optlen` is in and out.
    getsockopt_ip(sockfd: FileDescriptor, optname: Ipv4Option, optval: Address, optlen: Address) -> () =
        getsockopt(sockfd, [SocketLevel::IP], optname, optval, optlen);
    /// Reads an option of `SOL_IPV6`. `optlen` is in and out.
    getsockopt_ipv6(sockfd: FileDescriptor, optname: Ipv6Option, optval: Address, optlen: Address) -> () =
        getsockopt(sockfd, [SocketLevel::IPV6], optname, optval, optlen);
    /// Reads an option of `SOL_NETLINK`. `optlen` is in and out.
    getsockopt_netlink(sockfd: FileDescriptor, optname: NetlinkOption, optval: Address, optlen: Address) -> () =
        getsockopt(sockfd, [SocketLevel::NETLINK], optname, optval, optlen);
    /// Sets an option of `SOL_SOCKET`.
    setsockopt_socket(sockfd: FileDescriptor, optname: SocketOption, optval: Address, optlen: u32) -> () =
        setsockopt(sockfd, [SocketLevel::SOCKET], optname, optval, optlen);
    /// Sets an option of `SOL_TCP`.
    setsockopt_tcp(sockfd: FileDescriptor, optname: TcpOption, optval: Address, optlen: u32) -> () =
        setsockopt(sockfd, [SocketLevel::TCP], optname, optval, optlen);
    /// Sets an option of `SOL_IP`.
    setsockopt_ip(sockfd: FileDescriptor, optname: Ipv4Option, optval: Address, optlen: u32) -> () =
        setsockopt(sockfd, [SocketLevel::IP], optname, optval, optlen);
    /// Sets an option of `SOL_IPV6`.
    setsockopt_ipv6(sockfd: FileDescriptor, optname: Ipv6Option, optval: Address, optlen: u32) -> () =
        setsockopt(sockfd, [SocketLevel::IPV6], optname, optval, optlen);
    /// Sets an option of `SOL_NETLINK`.
    setsockopt_netlink(sockfd: FileDescriptor, optname: NetlinkOption, optval: Address, optlen: u32) -> () =
        setsockopt(sockfd, [SocketLevel::NETLINK], optname, optval, optlen);
}
