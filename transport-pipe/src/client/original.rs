//! Memory by calls that the task makes on the server's own streams: for a server without READ and WRITE.

use super::{
    Client,
    in_band::{piece, to_end_of_page},
    slot::{Kind, Shape, Words, transferred},
};
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::Abi,
    identifier::{Address, FileDescriptor},
    interface::SyscallError,
    memory::{Access, MemoryError},
    near::{
        io,
        net::{MessageFlags, recvfrom, sendto},
        process::{RandomFlags, getrandom},
        sched::{FutexOperation, futex},
    },
    syscall::{Errno, Instruction},
};

/// The server's own streams, by their numbers in the task's table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Original {
    /// What it reads requests from.
    pub infd: FileDescriptor,
    /// What it writes responses to.
    pub outfd: FileDescriptor,
    /// Whether both are sockets; otherwise they are pipes.
    pub sockets: bool,
    /// Whether somebody stands between the client and those, as `ssh` does, and hands bytes on in pieces of his own.
    pub relayed: bool,
}

/// How much goes at once: what `getrandom` fills without being interrupted.
const PIECE: usize = 256;

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Client<R, W, A, N, B> {
    /// Says how memory is reached in band through a server without [extensions](Self::hello): it is asked to receive from
    /// its own input, and to send to its own output.
    ///
    /// With a bad address the original server would go on with the bytes as requests, or leave out bytes that are waited
    /// for. So every piece of 256 bytes is tried first, a destination by having it filled with random bytes
    /// (`getrandom`), a source with `FUTEX_CMP_REQUEUE`, which reads a word of it; only then bytes go. What unmaps or
    /// protects the memory between the two breaks the connection.
    ///
    /// Through pipes request and bytes must come in one piece: the client writes to the pipe itself, as a
    /// [`polled`](Client::polled) or [`blocking`](Client::blocking) client does. Where somebody [hands them
    /// on](Original::relayed), every byte is read by a call of its own, the only one that never finds too few.
    ///
    /// # Safety
    ///
    /// The descriptors are the server's own streams, of that kind, and nobody unmaps or protects memory between a trial and its
    /// use: the server takes bytes that it was not made to receive for requests, and performs them.
    #[must_use]
    pub unsafe fn with_original_memory(mut self, original: Original) -> Self {
        self.options.original = Some(original);
        self
    }

    fn words(instruction: Instruction<usize>) -> Words {
        let call = instruction.encode::<A>();
        (call.number, call.arguments)
    }

    /// Asks something of the kernel that changes nothing which matters.
    async fn probe(&self, instruction: Instruction<usize>) -> Result<usize, SyscallError> {
        let shape = Shape { kind: Kind::Read, ..Shape::default() };
        transferred(self.run(Self::words(instruction), shape).await)
    }

    pub(super) async fn write_as_original(
        &self,
        original: Original,
        address: Address,
        from: &[u8],
    ) -> Result<(), MemoryError> {
        let mut done = 0_usize;
        let error =
            |done, cause| MemoryError { access: Access::Write, address, length: from.len(), done, cause };
        while let Some(rest) = from.get(done..).filter(|rest| !rest.is_empty()) {
            let to = piece(address, done).map_err(|cause| error(done, cause))?;
            let length = rest.len().min(PIECE).min(B);
            let length = if original.relayed && !original.sockets { length.min(1) } else { length };
            let probe = self.probe(getrandom(to, length, RandomFlags::empty())).await;
            let length = probe.map_err(|cause| error(done, cause))?.min(length);
            let Some(bytes) = rest.get(..length).filter(|bytes| !bytes.is_empty()) else {
                return Err(error(done, Errno::EFAULT.into()));
            };
            let receive = if original.sockets {
                recvfrom(original.infd, to, length, MessageFlags::WAITALL, Address::NULL, Address::NULL)
            } else {
                io::read(original.infd, to, length)
            };
            let shape =
                Shape { kind: Kind::Write, payload: length, alone: !original.sockets, ..Shape::default() };
            let written = self.send_bytes(Self::words(receive), shape, bytes).await;
            done = done.saturating_add(written.map_err(|cause| error(done, cause))?);
        }
        Ok(())
    }

    pub(super) async fn read_as_original(
        &self,
        original: Original,
        address: Address,
        to: &mut [u8],
    ) -> Result<(), MemoryError> {
        let mut done = 0_usize;
        let whole = to.len();
        let error = |done, cause| MemoryError { access: Access::Read, address, length: whole, done, cause };
        while let Some(rest) = to.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let from = piece(address, done).map_err(|cause| error(done, cause))?;
            // Not beyond the page of which one word is tried.
            let length = rest.len().min(B).min(to_end_of_page(from));
            let word = Address::from_raw(from.into_raw() & !3);
            // Wakes and moves nobody. EAGAIN says that the word was read, and is another than 0.
            let requeue = FutexOperation::CMP_REQUEUE_PRIVATE;
            match self.probe(futex(word, requeue, 0, Address::NULL, word, 0)).await {
                Ok(_) | Err(SyscallError::Errno(Errno::EAGAIN)) => {}
                Err(cause) => return Err(error(done, cause)),
            }
            let send = if original.sockets {
                sendto(original.outfd, from, length, MessageFlags::empty(), Address::NULL, 0)
            } else {
                io::write(original.outfd, from, length)
            };
            let sent = self.fetch_bytes(Self::words(send), rest.get_mut(..length).unwrap_or_default()).await;
            done = done.saturating_add(sent.map_err(|cause| error(done, cause))?);
        }
        Ok(())
    }
}
