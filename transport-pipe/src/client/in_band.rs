//! Memory through the streams, a piece at a time, by way of the client's own room.

use super::{
    Client,
    drive::{Caller, Who},
    slot::{Kind, Owner, Shape, Words, transferred},
    state::Need,
    waiting::Until,
};
use crate::wire::{MAXIMUM_LENGTH, READ, WRITE};
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::Abi,
    identifier::Address,
    interface::{NotSent, SyscallError},
    memory::{Access, MemoryError},
    syscall::Errno,
};

/// The smallest page that there is: within one, all bytes can be written or none.
const PAGE: usize = 4096;

/// How many bytes lie from an address to the end of its smallest page.
pub(super) fn to_end_of_page(address: Address) -> usize {
    let into = address.into_raw() % PAGE as u64;
    PAGE.saturating_sub(usize::try_from(into).unwrap_or(0))
}

/// Where a piece of an access begins.
pub(super) fn piece(address: Address, done: usize) -> Result<Address, SyscallError> {
    address.checked_add(done).ok_or(SyscallError::Errno(Errno::EFAULT))
}

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Client<R, W, A, N, B> {
    /// How many bytes go at once.
    const PIECE: usize = {
        const MOST: usize = 1 << 30;
        const { assert!(MOST as u64 == MAXIMUM_LENGTH) };
        let most = if B > MOST { MOST } else { B };
        // A whole number of pages where there is more than one, so that pieces end where pages do.
        if most > PAGE { most.saturating_sub(most % PAGE) } else { most }
    };

    /// Writes with WRITE. The bytes of a piece that failed are unknown, and so it is written again page by page.
    pub(super) async fn write_in_band(
        &self,
        address: Address,
        from: &[u8],
        owner: Owner,
    ) -> Result<(), MemoryError> {
        let mut done = 0_usize;
        let mut page_wise = false;
        let error =
            |done, cause| MemoryError { access: Access::Write, address, length: from.len(), done, cause };
        while let Some(rest) = from.get(done..).filter(|rest| !rest.is_empty()) {
            let to = piece(address, done).map_err(|cause| error(done, cause))?;
            let most = if page_wise { to_end_of_page(to) } else { usize::MAX };
            let length = rest.len().min(Self::PIECE).min(most);
            let bytes = rest.get(..length).unwrap_or_default();
            let words = (WRITE, [to.into_raw(), length as u64, 0, 0, 0, 0]);
            let shape = Shape { kind: Kind::Write, payload: length, ..Shape::default() };
            let written = match owner {
                Owner::Future => self.send_bytes(words, shape, bytes).await.map(|_| ()),
                _ => self.post_bytes(words, shape, bytes).await,
            };
            match written {
                Ok(()) => done = done.saturating_add(length),
                Err(SyscallError::Errno(_)) if !page_wise && length > to_end_of_page(to) => page_wise = true,
                Err(cause) => return Err(error(done, cause)),
            }
        }
        Ok(())
    }

    /// Sends a request with bytes behind it and waits for the answer: how many were taken.
    pub(super) async fn send_bytes(
        &self,
        words: Words,
        shape: Shape,
        bytes: &[u8],
    ) -> Result<usize, SyscallError> {
        let index = self.queue_bytes(words, shape, bytes, Owner::Future).await?;
        transferred(self.finish(index).await)
    }

    /// Queues a request with bytes behind it, and sees it off if the stream takes it at once.
    async fn post_bytes(&self, words: Words, shape: Shape, bytes: &[u8]) -> Result<(), SyscallError> {
        self.queue_bytes(words, shape, bytes, Owner::Posted).await?;
        self.push_out().await;
        Ok(())
    }

    async fn queue_bytes(
        &self,
        words: Words,
        shape: Shape,
        bytes: &[u8],
        owner: Owner,
    ) -> Result<usize, SyscallError> {
        self.admit(Need::of(shape), |state| {
            state.payloads.push(bytes);
            state.enqueue(words, shape, owner)
        })
        .await
    }

    /// Reads with READ, which says how far it got.
    pub(super) async fn read_in_band(&self, address: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        let mut done = 0_usize;
        let whole = to.len();
        let error = |done, cause| MemoryError { access: Access::Read, address, length: whole, done, cause };
        while let Some(rest) = to.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let from = piece(address, done).map_err(|cause| error(done, cause))?;
            let length = rest.len().min(Self::PIECE);
            let words = (READ, [from.into_raw(), length as u64, 0, 0, 0, 0]);
            let valid = self.fetch_bytes(words, rest.get_mut(..length).unwrap_or_default()).await;
            let valid = valid.map_err(|cause| error(done, cause))?;
            done = done.saturating_add(valid);
            if valid < length {
                return Err(error(done, Errno::EFAULT.into()));
            }
        }
        Ok(())
    }

    /// Sends a request and takes the bytes ahead of its answer: how many of them are valid.
    pub(super) async fn fetch_bytes(&self, words: Words, to: &mut [u8]) -> Result<usize, SyscallError> {
        let shape = Shape { kind: Kind::Read, data: to.len(), ..Shape::default() };
        let index = self.submit(words, shape, Owner::Future).await?;
        let mut caller = Caller { client: self, who: Who::Calls(index, index), taken: false };
        self.drive(caller.who, |state| state.done(index).is_some()).await;
        caller.taken = true;
        let state = self.state.borrow();
        for (to, byte) in to.iter_mut().zip(state.data(index)) {
            *to = *byte;
        }
        transferred(state.done(index).unwrap_or(Err(NotSent::Dead.into())))
    }

    /// Waits for all writes so far, and tells the oldest failure that nobody was told.
    pub(super) async fn wait_for_writes(&self) -> Result<(), MemoryError> {
        let error =
            |cause| MemoryError { access: Access::Write, address: Address::NULL, length: 0, done: 0, cause };
        let ticket = {
            let mut state = self.state.borrow_mut();
            match state.last_write(None) {
                None => None,
                Some(number) => {
                    let ticket = state.waiting.join(Until::Written(number));
                    Some(ticket.ok_or(error(NotSent::Full.into()))?)
                }
            }
        };
        if let Some(ticket) = ticket {
            let _caller = Caller { client: self, who: Who::Waiter(ticket), taken: false };
            self.drive(Who::Waiter(ticket), |state| state.dead.is_some() || state.waiting.is_written(ticket))
                .await;
        }
        let failed = self.state.borrow_mut().take_failed_write();
        self.wake_all();
        let Some(((_, [address, length, ..]), outcome)) = failed else { return Ok(()) };
        Err(MemoryError {
            access: Access::Write,
            address: Address::from_raw(address),
            length: usize::try_from(length).unwrap_or(usize::MAX),
            done: 0,
            cause: transferred(outcome).err().unwrap_or(Errno::EFAULT.into()),
        })
    }
}
