//! `struct cmsghdr`: control messages

use super::packed::Packed;
use super::table::Field;
use super::{Layout, Malformed, Truncated, Ucred};
use crate::abi::Native;
use crate::identifier::FileDescriptor;
use crate::near::net::{ControlMessageType, SocketLevel};

/// What comes beside the bytes of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ControlMessage<'b> {
    /// `SCM_RIGHTS`: descriptors.
    Rights(Rights<'b>),
    /// `SCM_CREDENTIALS`: who sent it.
    Credentials(Ucred),
    /// `SCM_PIDFD`: who sent it, as a descriptor.
    PidFd(FileDescriptor),
    /// Something else.
    Other {
        /// Whose message it is.
        level: SocketLevel,
        /// Which of them.
        kind: ControlMessageType,
        /// Its data.
        data: &'b [u8],
    },
}

/// The descriptors of a [`ControlMessage::Rights`]: numbers in the receiver's table, or the sender's before they are
/// sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rights<'b> {
    bytes: &'b [u8],
}

impl Iterator for Rights<'_> {
    type Item = FileDescriptor;

    fn next(&mut self) -> Option<FileDescriptor> {
        let (number, rest) = self.bytes.split_first_chunk::<4>()?;
        self.bytes = rest;
        Some(FileDescriptor::from_raw(i32::from_le_bytes(*number)))
    }
}

layouts! {
    /// `struct cmsghdr`
    ControlMessageHeader, 16, 8 {
        /// How many bytes it has, these included.
        0 cmsg_len: u64,
        /// Whose message it is.
        8 cmsg_level: i32,
        /// Which of them.
        12 cmsg_type: i32,
    }
}

// It is the same in every 64-bit ABI.
const HEADER: usize = <ControlMessageHeader as Layout<Native>>::SIZE;

/// `CMSG_ALIGN`: what the length of a message is rounded up to.
const ALIGNMENT: usize = 8;

/// The control messages in a buffer, in their order.
///
/// A message that cannot be is an error, and the end: whatever the buffer holds, nothing is read outside of it and
/// the walk ends. Fewer bytes at the end than a header has are the end, as for C's `CMSG_NXTHDR`.
#[derive(Clone, Copy, Debug)]
pub struct ControlMessages<'b>(Packed<'b>);

impl<'b> ControlMessages<'b> {
    /// The messages in what `recvmsg` has written: as many bytes as `msg_controllen` says.
    pub const fn new(buffer: &'b [u8]) -> Self {
        Self(Packed::new(buffer))
    }
}

impl<'b> Iterator for ControlMessages<'b> {
    type Item = Result<ControlMessage<'b>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.left() < HEADER {
            return None;
        }
        let length = |header: &ControlMessageHeader| usize::try_from(header.cmsg_len).unwrap_or(usize::MAX);
        self.0.next(ALIGNMENT, length, |header, data| {
            let level = SocketLevel::from_raw(header.cmsg_level);
            let kind = ControlMessageType::from_raw(header.cmsg_type);
            Ok(match (level, kind) {
                (SocketLevel::SOCKET, ControlMessageType::RIGHTS) => {
                    ControlMessage::Rights(Rights { bytes: data })
                }
                (SocketLevel::SOCKET, ControlMessageType::CREDENTIALS) => {
                    ControlMessage::Credentials(<Ucred as Layout<Native>>::decode(data)?)
                }
                (SocketLevel::SOCKET, ControlMessageType::PIDFD) => {
                    let number = data.first_chunk().ok_or(Truncated { needed: 4, found: data.len() })?;
                    ControlMessage::PidFd(FileDescriptor::from_raw(i32::from_le_bytes(*number)))
                }
                _ => ControlMessage::Other { level, kind, data },
            })
        })
    }
}

/// Puts control messages one after the other into a buffer, for `sendmsg`.
///
/// ```
/// use rsyscall_core::{identifier::FileDescriptor, near::layout::ControlMessageWriter};
/// let mut buffer = [0; 64];
/// let mut messages = ControlMessageWriter::new(&mut buffer);
/// messages.rights(&[FileDescriptor::STDIN, FileDescriptor::STDOUT])?;
/// assert_eq!(messages.length(), 24);
/// # Ok::<(), rsyscall_core::near::layout::Truncated>(())
/// ```
#[derive(Debug)]
pub struct ControlMessageWriter<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> ControlMessageWriter<'b> {
    /// Begins at the start of a buffer.
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    /// How many bytes have been written: `msg_controllen`.
    pub const fn length(&self) -> usize {
        self.length
    }

    /// `SCM_RIGHTS`: sends descriptors. The kernel takes at most 253 at once.
    ///
    /// # Errors
    ///
    /// There is not enough room; nothing is written.
    pub fn rights(&mut self, descriptors: &[FileDescriptor]) -> Result<(), Truncated> {
        let length = descriptors.len().saturating_mul(4);
        let room = self.message(SocketLevel::SOCKET, ControlMessageType::RIGHTS, length)?;
        for (bytes, descriptor) in room.chunks_exact_mut(4).zip(descriptors) {
            descriptor.into_raw().put(bytes);
        }
        Ok(())
    }

    /// `SCM_CREDENTIALS`: says who sends. The kernel checks it.
    ///
    /// # Errors
    ///
    /// There is not enough room; nothing is written.
    pub fn credentials(&mut self, credentials: Ucred) -> Result<(), Truncated> {
        let bytes = Layout::<Native>::to_bytes(&credentials);
        self.other(SocketLevel::SOCKET, ControlMessageType::CREDENTIALS, &bytes)
    }

    /// Any other message.
    ///
    /// # Errors
    ///
    /// There is not enough room; nothing is written.
    pub fn other(
        &mut self,
        level: SocketLevel,
        kind: ControlMessageType,
        data: &[u8],
    ) -> Result<(), Truncated> {
        self.message(level, kind, data.len())?.copy_from_slice(data);
        Ok(())
    }

    /// Writes a header, and gives the room for as many bytes of data.
    fn message(
        &mut self,
        level: SocketLevel,
        kind: ControlMessageType,
        data: usize,
    ) -> Result<&mut [u8], Truncated> {
        let length = HEADER.saturating_add(data);
        let end =
            length.checked_next_multiple_of(ALIGNMENT).unwrap_or(usize::MAX).saturating_add(self.length);
        let truncated = Truncated { needed: end, found: self.buffer.len() };
        let room = self.buffer.get_mut(self.length..end).ok_or(truncated)?;
        room.fill(0);
        let header = ControlMessageHeader {
            cmsg_len: length as u64,
            cmsg_level: level.into_raw(),
            cmsg_type: kind.into_raw(),
        };
        let (front, behind) = room.split_at_mut_checked(HEADER).ok_or(truncated)?;
        front.copy_from_slice(&Layout::<Native>::to_bytes(&header));
        self.length = end;
        behind.get_mut(..data).ok_or(truncated)
    }
}
