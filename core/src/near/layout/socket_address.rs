//! `struct sockaddr`: the addresses of sockets

use super::{Layout, Truncated, until_null};
use crate::abi::Native;
use crate::near::net::AddressFamily;
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

/// The address of a socket. It is the same in every ABI.
///
/// ```
/// use rsyscall_core::near::layout::{SocketAddress, UnixAddress};
/// let address = SocketAddress::Unix(UnixAddress::from_abstract(b"bus")?);
/// let mut buffer = [0; SocketAddress::SIZE];
/// let bytes = address.encode(&mut buffer);
/// assert_eq!(bytes, b"\x01\0\0bus");
/// assert_eq!(SocketAddress::decode(bytes), Ok(address));
/// # Ok::<(), rsyscall_core::near::layout::Truncated>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SocketAddress {
    /// `struct sockaddr_un`
    Unix(UnixAddress),
    /// `struct sockaddr_in`
    V4(SocketAddrV4),
    /// `struct sockaddr_in6`; `flowinfo` is as it lies in memory.
    V6(SocketAddrV6),
    /// `struct sockaddr_nl`
    Netlink {
        /// The port; 0 is the kernel.
        pid: u32,
        /// Multicast groups, as bits.
        groups: u32,
    },
    /// Of another family, which is all that is kept of it; `AF_UNSPEC` also for no address at all.
    Other(AddressFamily),
}

/// The name of a UNIX socket: a path, a name in the abstract namespace, or none.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnixAddress {
    /// As it lies in memory; nulls behind the end.
    path: [u8; PATH],
    /// How many bytes count. An abstract name begins with a null.
    length: u8,
}

/// The size of `sun_path`.
const PATH: usize = 108;

layouts! {
    /// `struct sockaddr_un`
    SockaddrUn, 110, 2 {
        /// `AF_UNIX`
        0 sun_family: u16,
        /// The name.
        2 sun_path: [u8; PATH],
    }
    /// `struct sockaddr_in`
    SockaddrIn, 16, 4 {
        /// `AF_INET`
        0 sin_family: u16,
        /// Big-endian.
        2 sin_port: [u8; 2],
        /// Big-endian.
        4 sin_addr: [u8; 4],
    }
    /// `struct sockaddr_in6`
    SockaddrIn6, 28, 4 {
        /// `AF_INET6`
        0 sin6_family: u16,
        /// Big-endian.
        2 sin6_port: [u8; 2],
        /// As the C library has it.
        4 sin6_flowinfo: u32,
        /// Big-endian.
        8 sin6_addr: [u8; 16],
        /// The interface.
        24 sin6_scope_id: u32,
    }
    /// `struct sockaddr_nl`
    SockaddrNl, 12, 4 {
        /// `AF_NETLINK`
        0 nl_family: u16,
        /// The port.
        4 nl_pid: u32,
        /// Multicast groups.
        8 nl_groups: u32,
    }
}

/// The family at the beginning of every address.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sa_family_t has 16 bits")]
const fn family(family: AddressFamily) -> u16 {
    family.into_raw() as u16
}

impl SocketAddress {
    /// `sizeof(struct sockaddr_storage)`: no address is longer.
    pub const SIZE: usize = 128;

    /// Its bytes, to be passed with their length.
    pub fn encode<'b>(&self, buffer: &'b mut [u8; Self::SIZE]) -> &'b [u8] {
        match *self {
            Self::Unix(UnixAddress { path, length }) => {
                let address = SockaddrUn { sun_family: family(AddressFamily::UNIX), sun_path: path };
                // A path is passed with the null behind it.
                let end = if address.sun_path.first() == Some(&0) { 2 } else { 3 };
                let end = usize::from(length).saturating_add(end).min(<SockaddrUn as Layout<Native>>::SIZE);
                put(buffer, &Layout::<Native>::to_bytes(&address)).get(..end).unwrap_or_default()
            }
            Self::V4(address) => put(
                buffer,
                &Layout::<Native>::to_bytes(&SockaddrIn {
                    sin_family: family(AddressFamily::INET),
                    sin_port: address.port().to_be_bytes(),
                    sin_addr: address.ip().octets(),
                }),
            ),
            Self::V6(address) => put(
                buffer,
                &Layout::<Native>::to_bytes(&SockaddrIn6 {
                    sin6_family: family(AddressFamily::INET6),
                    sin6_port: address.port().to_be_bytes(),
                    sin6_flowinfo: address.flowinfo(),
                    sin6_addr: address.ip().octets(),
                    sin6_scope_id: address.scope_id(),
                }),
            ),
            Self::Netlink { pid, groups } => put(
                buffer,
                &Layout::<Native>::to_bytes(&SockaddrNl {
                    nl_family: family(AddressFamily::NETLINK),
                    nl_pid: pid,
                    nl_groups: groups,
                }),
            ),
            Self::Other(other) => put(buffer, &family(other).to_le_bytes()),
        }
    }

    /// The address in these bytes: as many as the kernel says that it has.
    ///
    /// # Errors
    ///
    /// There are fewer than an address of this family has: the buffer was too small for it.
    pub fn decode(bytes: &[u8]) -> Result<Self, Truncated> {
        if bytes.is_empty() {
            return Ok(Self::Other(AddressFamily::UNSPEC));
        }
        let family = bytes.first_chunk::<2>().ok_or(Truncated { needed: 2, found: bytes.len() })?;
        Ok(match AddressFamily::from_raw(i32::from(u16::from_le_bytes(*family))) {
            AddressFamily::UNIX => {
                let path = bytes.get(2..).unwrap_or_default();
                // The kernel puts a null behind a path of 108 bytes, outside of the struct.
                let path = if path.first() == Some(&0) { path } else { until_null(path) };
                Self::Unix(UnixAddress::new(path)?)
            }
            AddressFamily::INET => {
                let address = <SockaddrIn as Layout<Native>>::decode(bytes)?;
                Self::V4(SocketAddrV4::new(
                    Ipv4Addr::from_octets(address.sin_addr),
                    u16::from_be_bytes(address.sin_port),
                ))
            }
            AddressFamily::INET6 => {
                let address = <SockaddrIn6 as Layout<Native>>::decode(bytes)?;
                Self::V6(SocketAddrV6::new(
                    Ipv6Addr::from_octets(address.sin6_addr),
                    u16::from_be_bytes(address.sin6_port),
                    address.sin6_flowinfo,
                    address.sin6_scope_id,
                ))
            }
            AddressFamily::NETLINK => {
                let address = <SockaddrNl as Layout<Native>>::decode(bytes)?;
                Self::Netlink { pid: address.nl_pid, groups: address.nl_groups }
            }
            other => Self::Other(other),
        })
    }
}

/// Copies an address to the beginning of the buffer.
fn put<'b>(buffer: &'b mut [u8; SocketAddress::SIZE], address: &[u8]) -> &'b [u8] {
    for (to, from) in buffer.iter_mut().zip(address) {
        *to = *from;
    }
    buffer.get(..address.len()).unwrap_or_default()
}

impl UnixAddress {
    /// No name: `bind` chooses one in the abstract namespace.
    pub const UNNAMED: Self = Self { path: [0; PATH], length: 0 };

    /// A path. It ends before the first null.
    ///
    /// # Errors
    ///
    /// It is longer than 108 bytes.
    pub fn from_path(path: &[u8]) -> Result<Self, Truncated> {
        Self::new(until_null(path))
    }

    /// A name in the abstract namespace, which may contain nulls.
    ///
    /// # Errors
    ///
    /// It is longer than 107 bytes.
    pub fn from_abstract(name: &[u8]) -> Result<Self, Truncated> {
        let mut path = [0; PATH];
        let truncated = Truncated { needed: name.len().saturating_add(1), found: PATH };
        let length = name.len().saturating_add(1);
        path.get_mut(1..length).ok_or(truncated)?.copy_from_slice(name);
        Ok(Self { path, length: u8::try_from(length).map_err(|_| truncated)? })
    }

    fn new(bytes: &[u8]) -> Result<Self, Truncated> {
        let mut path = [0; PATH];
        let truncated = Truncated { needed: bytes.len(), found: PATH };
        path.get_mut(..bytes.len()).ok_or(truncated)?.copy_from_slice(bytes);
        Ok(Self { path, length: u8::try_from(bytes.len()).map_err(|_| truncated)? })
    }

    /// The path, if it is one.
    pub fn as_path(&self) -> Option<&[u8]> {
        self.bytes().filter(|bytes| bytes.first() != Some(&0))
    }

    /// The name in the abstract namespace, without the null before it, if it is one.
    pub fn as_abstract(&self) -> Option<&[u8]> {
        self.bytes().and_then(|bytes| bytes.strip_prefix(&[0]))
    }

    fn bytes(&self) -> Option<&[u8]> {
        self.path.get(..usize::from(self.length)).filter(|bytes| !bytes.is_empty())
    }
}

impl fmt::Debug for UnixAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.as_path(), self.as_abstract()) {
            (Some(path), _) => write!(f, "\"{}\"", path.escape_ascii()),
            (None, Some(name)) => write!(f, "@\"{}\"", name.escape_ascii()),
            (None, None) => f.write_str("unnamed"),
        }
    }
}
