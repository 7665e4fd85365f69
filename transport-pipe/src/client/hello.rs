//! Asking the server what it can do.

use super::{
    Client,
    slot::{Kind, Shape},
};
use crate::wire::{FEATURE_BATCH, FEATURE_LINK, FEATURE_MEMORY, FEATURES, HELLO, VERSION};
use core::fmt;
use embedded_io_async::{Read, Write};
use rsyscall_core::{abi::Abi, interface::SyscallError};

/// What a server can do beyond the base protocol.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Extensions {
    /// Memory goes in band.
    pub memory: bool,
    /// Batches are one round trip.
    pub batch: bool,
    /// So are batches whose entries take one another's results.
    pub link: bool,
}

/// Why nothing is known of a server's extensions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum HelloError {
    /// The question was not sent, or there was no answer: [`Hangup::Protocol`](rsyscall_core::interface::Hangup::Protocol) if
    /// it was none that the protocol allows.
    Call(SyscallError),
    /// The server is of another ABI than the client, which refuses all calls from here on.
    Abi {
        /// The ABI of the server, as it stands on the wire.
        server: u8,
        /// That of the client.
        client: u8,
    },
}

impl fmt::Display for HelloError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Call(error) => write!(f, "cannot ask the server for extensions: {error}"),
            Self::Abi { server, client } => {
                write!(
                    f,
                    "the server's calls are those of {}, the client's those of {}",
                    Name(server),
                    Name(client)
                )
            }
        }
    }
}

impl core::error::Error for HelloError {}

/// An ABI as people call it.
struct Name(u8);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use rsyscall_core::abi::{Aarch64, Riscv64, X86_64};
        match self.0 {
            X86_64::WIRE_ID => f.write_str(X86_64::NAME),
            Aarch64::WIRE_ID => f.write_str(Aarch64::NAME),
            Riscv64::WIRE_ID => f.write_str(Riscv64::NAME),
            other => write!(f, "an unknown architecture ({other})"),
        }
    }
}

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Client<R, W, A, N, B> {
    /// Asks the server for its extensions, and uses from then on what it grants. It is to be called once, first.
    ///
    /// A server that knows none, the original's too, hands the question to its kernel as a call that does not exist: any
    /// refusal means the base protocol, and is no error. A seccomp filter that kills for such calls kills for this one:
    /// do not ask there, and the base protocol it is.
    ///
    /// # Cancellation
    ///
    /// The answer counts whenever it comes; the interface stays in step.
    ///
    /// # Errors
    ///
    /// [`HelloError`]; the interface is dead then, unless the question was not sent for want of capacity.
    pub async fn hello(&self) -> Result<Extensions, HelloError> {
        let question = (HELLO, [VERSION.into(), FEATURES.into(), 0, 0, 0, 0]);
        let shape = Shape { kind: Kind::Hello, ..Shape::default() };
        let word = self.run(question, shape).await.map_err(HelloError::Call)?;
        let [_, server, ..] = word.to_le_bytes();
        if word >= 0 && server != A::WIRE_ID {
            return Err(HelloError::Abi { server, client: A::WIRE_ID });
        }
        Ok(self.extensions())
    }

    /// What the server has granted: nothing before [`hello`](Self::hello).
    pub fn extensions(&self) -> Extensions {
        let features = self.state.borrow().features;
        let has = |feature| features & feature != 0;
        Extensions { memory: has(FEATURE_MEMORY), batch: has(FEATURE_BATCH), link: has(FEATURE_LINK) }
    }
}
