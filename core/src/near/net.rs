//! `#include <sys/socket.h>`: sockets.

use super::constants::{format_flags, format_value};
use crate::identifier::{Address, FileDescriptor};
use crate::syscall::Operand;
use core::fmt;

flags! {
    /// `SOCK_CLOEXEC`, `SOCK_NONBLOCK`
    SocketFlags: u32 {
        CLOEXEC("SOCK_CLOEXEC") = SOCK_CLOEXEC = 0o2_000_000;
        NONBLOCK("SOCK_NONBLOCK") = SOCK_NONBLOCK = 0o4_000;
    }
    /// `MSG_*`: how a message is sent or received, and what was found.
    MessageFlags: u32 {
        OOB("MSG_OOB") = MSG_OOB;
        PEEK("MSG_PEEK") = MSG_PEEK;
        DONTROUTE("MSG_DONTROUTE") = MSG_DONTROUTE;
        CTRUNC("MSG_CTRUNC") = MSG_CTRUNC;
        PROBE("MSG_PROBE") = MSG_PROBE;
        TRUNC("MSG_TRUNC") = MSG_TRUNC;
        DONTWAIT("MSG_DONTWAIT") = MSG_DONTWAIT;
        EOR("MSG_EOR") = MSG_EOR;
        WAITALL("MSG_WAITALL") = MSG_WAITALL;
        FIN("MSG_FIN") = MSG_FIN;
        SYN("MSG_SYN") = MSG_SYN;
        CONFIRM("MSG_CONFIRM") = MSG_CONFIRM;
        RST("MSG_RST") = MSG_RST;
        ERRQUEUE("MSG_ERRQUEUE") = MSG_ERRQUEUE;
        NOSIGNAL("MSG_NOSIGNAL") = MSG_NOSIGNAL;
        MORE("MSG_MORE") = MSG_MORE;
        WAITFORONE("MSG_WAITFORONE") = MSG_WAITFORONE = 0x1_0000;
        BATCH("MSG_BATCH") = MSG_BATCH = 0x4_0000;
        ZEROCOPY("MSG_ZEROCOPY") = MSG_ZEROCOPY = 0x400_0000;
        FASTOPEN("MSG_FASTOPEN") = MSG_FASTOPEN = 0x2000_0000;
        CMSG_CLOEXEC("MSG_CMSG_CLOEXEC") = MSG_CMSG_CLOEXEC;
    }
}

values! {
    /// `AF_*`: the address family of a socket.
    AddressFamily: i32 {
        UNSPEC("AF_UNSPEC") = AF_UNSPEC;
        UNIX("AF_UNIX") = AF_UNIX;
        INET("AF_INET") = AF_INET;
        AX25("AF_AX25") = AF_AX25;
        IPX("AF_IPX") = AF_IPX;
        APPLETALK("AF_APPLETALK") = AF_APPLETALK;
        NETROM("AF_NETROM") = AF_NETROM;
        BRIDGE("AF_BRIDGE") = AF_BRIDGE;
        ATMPVC("AF_ATMPVC") = AF_ATMPVC;
        X25("AF_X25") = AF_X25;
        INET6("AF_INET6") = AF_INET6;
        ROSE("AF_ROSE") = AF_ROSE;
        DECNET("AF_DECnet") = AF_DECnet;
        NETBEUI("AF_NETBEUI") = AF_NETBEUI;
        SECURITY("AF_SECURITY") = AF_SECURITY;
        KEY("AF_KEY") = AF_KEY;
        NETLINK("AF_NETLINK") = AF_NETLINK;
        PACKET("AF_PACKET") = AF_PACKET;
        ASH("AF_ASH") = AF_ASH;
        ECONET("AF_ECONET") = AF_ECONET;
        ATMSVC("AF_ATMSVC") = AF_ATMSVC;
        RDS("AF_RDS") = AF_RDS;
        SNA("AF_SNA") = AF_SNA;
        IRDA("AF_IRDA") = AF_IRDA;
        PPPOX("AF_PPPOX") = AF_PPPOX;
        WANPIPE("AF_WANPIPE") = AF_WANPIPE;
        LLC("AF_LLC") = AF_LLC;
        CAN("AF_CAN") = AF_CAN;
        TIPC("AF_TIPC") = AF_TIPC;
        BLUETOOTH("AF_BLUETOOTH") = AF_BLUETOOTH;
        IUCV("AF_IUCV") = AF_IUCV;
        RXRPC("AF_RXRPC") = AF_RXRPC;
        ISDN("AF_ISDN") = AF_ISDN;
        PHONET("AF_PHONET") = AF_PHONET;
        IEEE802154("AF_IEEE802154") = AF_IEEE802154;
        CAIF("AF_CAIF") = AF_CAIF;
        ALG("AF_ALG") = AF_ALG;
        NFC("AF_NFC") = AF_NFC;
        VSOCK("AF_VSOCK") = AF_VSOCK;
        KCM("AF_KCM") = AF_KCM;
        QIPCRTR("AF_QIPCRTR") = AF_QIPCRTR;
        SMC("AF_SMC") = AF_SMC;
        XDP("AF_XDP") = AF_XDP;
        MCTP("AF_MCTP") = AF_MCTP;
    }
    /// `IPPROTO_*`: the protocol of a socket; 0 is the family's own. Its names are those of the internet families.
    Protocol: i32 {
        IP("IPPROTO_IP") = IPPROTO_IP;
        ICMP("IPPROTO_ICMP") = IPPROTO_ICMP;
        IGMP("IPPROTO_IGMP") = IPPROTO_IGMP;
        IPIP("IPPROTO_IPIP") = IPPROTO_IPIP;
        EGP("IPPROTO_EGP") = IPPROTO_EGP;
        PUP("IPPROTO_PUP") = IPPROTO_PUP;
        UDP("IPPROTO_UDP") = IPPROTO_UDP;
        IDP("IPPROTO_IDP") = IPPROTO_IDP;
        TP("IPPROTO_TP") = IPPROTO_TP;
        DCCP("IPPROTO_DCCP") = IPPROTO_DCCP;
        IPV6("IPPROTO_IPV6") = IPPROTO_IPV6;
        RSVP("IPPROTO_RSVP") = IPPROTO_RSVP;
        GRE("IPPROTO_GRE") = IPPROTO_GRE;
        ESP("IPPROTO_ESP") = IPPROTO_ESP;
        AH("IPPROTO_AH") = IPPROTO_AH;
        MTP("IPPROTO_MTP") = IPPROTO_MTP;
        BEETPH("IPPROTO_BEETPH") = IPPROTO_BEETPH;
        ENCAP("IPPROTO_ENCAP") = IPPROTO_ENCAP;
        PIM("IPPROTO_PIM") = IPPROTO_PIM;
        COMP("IPPROTO_COMP") = IPPROTO_COMP;
        L2TP("IPPROTO_L2TP") = IPPROTO_L2TP;
        SCTP("IPPROTO_SCTP") = IPPROTO_SCTP;
        UDPLITE("IPPROTO_UDPLITE") = IPPROTO_UDPLITE;
        MPLS("IPPROTO_MPLS") = IPPROTO_MPLS;
        ETHERNET("IPPROTO_ETHERNET") = IPPROTO_ETHERNET;
        RAW("IPPROTO_RAW") = IPPROTO_RAW;
        SMC("IPPROTO_SMC") = IPPROTO_SMC;
        MPTCP("IPPROTO_MPTCP") = IPPROTO_MPTCP;
        ICMPV6("IPPROTO_ICMPV6") = IPPROTO_ICMPV6;
    }
    /// `SOL_*`: whose option it is.
    SocketLevel: i32 {
        SOCKET("SOL_SOCKET") = SOL_SOCKET;
        IP("SOL_IP") = SOL_IP;
        TCP("SOL_TCP") = SOL_TCP = 6;
        UDP("SOL_UDP") = SOL_UDP = 17;
        IPV6("SOL_IPV6") = SOL_IPV6;
        ICMPV6("SOL_ICMPV6") = SOL_ICMPV6;
        SCTP("SOL_SCTP") = SOL_SCTP;
        UDPLITE("SOL_UDPLITE") = SOL_UDPLITE;
        RAW("SOL_RAW") = SOL_RAW;
        PACKET("SOL_PACKET") = SOL_PACKET;
        NETLINK("SOL_NETLINK") = SOL_NETLINK;
        TLS("SOL_TLS") = SOL_TLS;
        VSOCK("SOL_VSOCK") = SOL_VSOCK = 287;
        XDP("SOL_XDP") = SOL_XDP;
        ALG("SOL_ALG") = SOL_ALG;
        BLUETOOTH("SOL_BLUETOOTH") = SOL_BLUETOOTH;
    }
    /// `SHUT_*`: which half of a connection.
    Shutdown: i32 {
        RD("SHUT_RD") = SHUT_RD;
        WR("SHUT_WR") = SHUT_WR;
        RDWR("SHUT_RDWR") = SHUT_RDWR;
    }
}

/// `SOCK_*`: the type of a socket, and in the bits above it [`SocketFlags`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct SocketType(i32);

/// The bits of the type itself: `SOCK_TYPE_MASK`.
const TYPE_MASK: u64 = 0xf;

macro_rules! socket_types {
    ($($name:ident($alias:literal) = $c:ident;)*) => {
        impl SocketType {
            $(
                #[doc = concat!("`", stringify!($c), "`")]
                #[doc(alias = $alias)]
                pub const $name: Self = Self(constant!(i32 $c));
            )*

            const NAMES: &[(&str, u64)] = &[$((stringify!($c), Self::$name.word())),*];
        }
    };
}

socket_types! {
    STREAM("SOCK_STREAM") = SOCK_STREAM;
    DGRAM("SOCK_DGRAM") = SOCK_DGRAM;
    RAW("SOCK_RAW") = SOCK_RAW;
    RDM("SOCK_RDM") = SOCK_RDM;
    SEQPACKET("SOCK_SEQPACKET") = SOCK_SEQPACKET;
}

impl SocketType {
    /// The type with this number, flags included.
    #[inline(always)]
    pub const fn from_raw(number: i32) -> Self {
        Self(number)
    }

    /// The number, flags included.
    #[inline(always)]
    pub const fn into_raw(self) -> i32 {
        self.0
    }

    /// The same type with these flags as well.
    #[inline(always)]
    pub const fn with(self, flags: SocketFlags) -> Self {
        Self(self.0 | flags.bits().cast_signed())
    }

    /// The word in a register.
    #[inline(always)]
    pub const fn word(self) -> u64 {
        (self.0 as i64).cast_unsigned()
    }
}

impl Operand for SocketType {
    #[inline(always)]
    fn word(self) -> u64 {
        self.word()
    }

    fn format(word: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const FLAGS: &[(&str, u64)] =
            &[("SOCK_CLOEXEC", SocketFlags::CLOEXEC.word()), ("SOCK_NONBLOCK", SocketFlags::NONBLOCK.word())];
        format_value(word & TYPE_MASK, Self::NAMES, f)?;
        match word & !TYPE_MASK {
            0 => Ok(()),
            flags => {
                f.write_str("|")?;
                format_flags(flags, FLAGS, f)
            }
        }
    }
}

impl fmt::Display for SocketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        <Self as Operand>::format(self.word(), f)
    }
}

numbers! {
    /// `SO_*` and the options of other levels. What a number means depends on the [`SocketLevel`]; the names here
    /// are those of
    /// [`SocketLevel::SOCKET`].
    SocketOption: i32 {
        /// `SO_DEBUG`
        DEBUG = constant!(i32 SO_DEBUG);
        /// `SO_REUSEADDR`
        REUSEADDR = constant!(i32 SO_REUSEADDR);
        /// `SO_TYPE`
        TYPE = constant!(i32 SO_TYPE);
        /// `SO_ERROR`
        ERROR = constant!(i32 SO_ERROR);
        /// `SO_DONTROUTE`
        DONTROUTE = constant!(i32 SO_DONTROUTE);
        /// `SO_BROADCAST`
        BROADCAST = constant!(i32 SO_BROADCAST);
        /// `SO_SNDBUF`
        SNDBUF = constant!(i32 SO_SNDBUF);
        /// `SO_RCVBUF`
        RCVBUF = constant!(i32 SO_RCVBUF);
        /// `SO_SNDBUFFORCE`
        SNDBUFFORCE = constant!(i32 SO_SNDBUFFORCE);
        /// `SO_RCVBUFFORCE`
        RCVBUFFORCE = constant!(i32 SO_RCVBUFFORCE);
        /// `SO_KEEPALIVE`
        KEEPALIVE = constant!(i32 SO_KEEPALIVE);
        /// `SO_OOBINLINE`
        OOBINLINE = constant!(i32 SO_OOBINLINE);
        /// `SO_PRIORITY`
        PRIORITY = constant!(i32 SO_PRIORITY);
        /// `SO_LINGER`
        LINGER = constant!(i32 SO_LINGER);
        /// `SO_REUSEPORT`
        REUSEPORT = constant!(i32 SO_REUSEPORT);
        /// `SO_PASSCRED`
        PASSCRED = constant!(i32 SO_PASSCRED);
        /// `SO_PEERCRED`
        PEERCRED = constant!(i32 SO_PEERCRED);
        /// `SO_RCVLOWAT`
        RCVLOWAT = constant!(i32 SO_RCVLOWAT);
        /// `SO_SNDLOWAT`
        SNDLOWAT = constant!(i32 SO_SNDLOWAT);
        /// `SO_RCVTIMEO_OLD`
        RCVTIMEO_OLD = constant!(i32 SO_RCVTIMEO_OLD);
        /// `SO_SNDTIMEO_OLD`
        SNDTIMEO_OLD = constant!(i32 SO_SNDTIMEO_OLD);
        /// `SO_BINDTODEVICE`
        BINDTODEVICE = constant!(i32 SO_BINDTODEVICE);
        /// `SO_ATTACH_FILTER`
        ATTACH_FILTER = constant!(i32 SO_ATTACH_FILTER);
        /// `SO_DETACH_FILTER`
        DETACH_FILTER = constant!(i32 SO_DETACH_FILTER);
        /// `SO_PEERNAME`
        PEERNAME = constant!(i32 SO_PEERNAME);
        /// `SO_ACCEPTCONN`
        ACCEPTCONN = constant!(i32 SO_ACCEPTCONN);
        /// `SO_PEERSEC`
        PEERSEC = constant!(i32 SO_PEERSEC);
        /// `SO_PASSSEC`
        PASSSEC = constant!(i32 SO_PASSSEC);
        /// `SO_MARK`
        MARK = constant!(i32 SO_MARK);
        /// `SO_PROTOCOL`
        PROTOCOL = constant!(i32 SO_PROTOCOL);
        /// `SO_DOMAIN`
        DOMAIN = constant!(i32 SO_DOMAIN);
        /// `SO_RXQ_OVFL`
        RXQ_OVFL = constant!(i32 SO_RXQ_OVFL);
        /// `SO_PEEK_OFF`
        PEEK_OFF = constant!(i32 SO_PEEK_OFF);
        /// `SO_NOFCS`
        NOFCS = constant!(i32 SO_NOFCS);
        /// `SO_LOCK_FILTER`
        LOCK_FILTER = constant!(i32 SO_LOCK_FILTER);
        /// `SO_BUSY_POLL`
        BUSY_POLL = constant!(i32 SO_BUSY_POLL);
        /// `SO_INCOMING_CPU`
        INCOMING_CPU = constant!(i32 SO_INCOMING_CPU);
        /// `SO_ATTACH_BPF`
        ATTACH_BPF = constant!(i32 SO_ATTACH_BPF);
        /// `SO_COOKIE`
        COOKIE = constant!(i32 SO_COOKIE);
        /// `SO_PEERGROUPS`
        PEERGROUPS = constant!(i32 SO_PEERGROUPS);
        /// `SO_ZEROCOPY`
        ZEROCOPY = constant!(i32 SO_ZEROCOPY);
        /// `SO_BINDTOIFINDEX`
        BINDTOIFINDEX = constant!(i32 SO_BINDTOIFINDEX);
        /// `SO_RCVTIMEO_NEW`
        RCVTIMEO_NEW = constant!(i32 SO_RCVTIMEO_NEW);
        /// `SO_SNDTIMEO_NEW`
        SNDTIMEO_NEW = constant!(i32 SO_SNDTIMEO_NEW);
        /// `SO_NETNS_COOKIE`
        NETNS_COOKIE = constant!(i32 SO_NETNS_COOKIE);
        /// `SO_PASSPIDFD`
        PASSPIDFD = constant!(i32 SO_PASSPIDFD);
        /// `SO_PEERPIDFD`
        PEERPIDFD = constant!(i32 SO_PEERPIDFD);
        /// `SO_PASSRIGHTS`
        PASSRIGHTS = constant!(i32 SO_PASSRIGHTS);
    }
}

instructions! {
    /// `int socket(int domain, int type, int protocol)`
    socket(domain: AddressFamily, r#type: SocketType, protocol: Protocol) -> FileDescriptor;
    /// `int socketpair(int domain, int type, int protocol, int sv[2])`
    ///
    /// Writes two `int`s to `sv`: the two ends.
    socketpair(domain: AddressFamily, r#type: SocketType, protocol: Protocol, sv: Address) -> ();
    /// `int bind(int sockfd, const struct sockaddr *addr, socklen_t addrlen)`
    bind(sockfd: FileDescriptor, addr: Address, addrlen: u32) -> ();
    /// `int listen(int sockfd, int backlog)`
    listen(sockfd: FileDescriptor, backlog: i32) -> ();
    /// `int accept(int sockfd, struct sockaddr *addr, socklen_t *addrlen)`
    ///
    /// `addrlen` is in and out: the room at `addr`, then the address's own length, which may be more.
    accept(sockfd: FileDescriptor, addr: Address, addrlen: Address) -> FileDescriptor;
    /// `int accept4(int sockfd, struct sockaddr *addr, socklen_t *addrlen, int flags)`
    ///
    /// `addrlen` is in and out: the room at `addr`, then the address's own length, which may be more.
    accept4(sockfd: FileDescriptor, addr: Address, addrlen: Address, flags: SocketFlags) -> FileDescriptor;
    /// `int connect(int sockfd, const struct sockaddr *addr, socklen_t addrlen)`
    ///
    /// EINPROGRESS of a non-blocking socket, and EINTR, leave the connection being made: wait for writability, then
    /// ask for
    /// [`SocketOption::ERROR`].
    connect(sockfd: FileDescriptor, addr: Address, addrlen: u32) -> ();
    /// `int shutdown(int sockfd, int how)`
    shutdown(sockfd: FileDescriptor, how: Shutdown) -> ();
    /// `int getsockname(int sockfd, struct sockaddr *addr, socklen_t *addrlen)`
    ///
    /// `addrlen` is in and out.
    getsockname(sockfd: FileDescriptor, addr: Address, addrlen: Address) -> ();
    /// `int getpeername(int sockfd, struct sockaddr *addr, socklen_t *addrlen)`
    ///
    /// `addrlen` is in and out.
    getpeername(sockfd: FileDescriptor, addr: Address, addrlen: Address) -> ();
    /// `int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen)`
    ///
    /// `optlen` is in and out.
    getsockopt(
        sockfd: FileDescriptor, level: SocketLevel, optname: SocketOption, optval: Address, optlen: Address,
    ) -> ();
    /// `int setsockopt(int sockfd, int level, int optname, const void *optval, socklen_t optlen)`
    setsockopt(
        sockfd: FileDescriptor, level: SocketLevel, optname: SocketOption, optval: Address, optlen: u32,
    ) -> ();
    /// `ssize_t sendto(int sockfd, const void *buf, size_t len, int flags, const struct sockaddr *dest_addr,
    /// socklen_t addrlen)`
    ///
    /// With [`Address::NULL`] and 0 at the end it is `send`.
    sendto(
        sockfd: FileDescriptor, buf: Address, len: usize, flags: MessageFlags, dest_addr: Address, addrlen: u32,
    ) -> usize;
    /// `ssize_t recvfrom(int sockfd, void *buf, size_t len, int flags, struct sockaddr *src_addr, socklen_t
    /// *addrlen)`
    ///
    /// With two [`Address::NULL`] at the end it is `recv`. `addrlen` is in and out. With [`MessageFlags::TRUNC`]
    /// the result is
    /// the datagram's own length, which may be more than `len`.
    recvfrom(
        sockfd: FileDescriptor, buf: Address, len: usize, flags: MessageFlags, src_addr: Address, addrlen: Address,
    ) -> usize;
    /// `ssize_t sendmsg(int sockfd, const struct msghdr *msg, int flags)`
    sendmsg(sockfd: FileDescriptor, msg: Address, flags: MessageFlags) -> usize;
    /// `ssize_t recvmsg(int sockfd, struct msghdr *msg, int flags)`
    ///
    /// `msg` is in and out: lengths of the name and of the control messages, and the flags.
    recvmsg(sockfd: FileDescriptor, msg: Address, flags: MessageFlags) -> usize;
    /// `int recvmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags, struct timespec *timeout)`
    ///
    /// Returns how many messages came. The timeout is looked at only after each of them.
    recvmmsg(sockfd: FileDescriptor, msgvec: Address, vlen: u32, flags: MessageFlags, timeout: Address) -> usize;
    /// `int sendmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags)`
    ///
    /// Returns how many messages were sent; an error only if not one was.
    sendmmsg(sockfd: FileDescriptor, msgvec: Address, vlen: u32, flags: MessageFlags) -> usize;
}
