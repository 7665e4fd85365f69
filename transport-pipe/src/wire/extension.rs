//! The extensions: found by asking, never assumed.

use super::{REQUEST, encode_request};

/// Asks for the extensions: version, features wanted. Answered with a [`Hello`] word; any negative answer means that there
/// are none.
pub const HELLO: i64 = -1001;

/// Writes the bytes that follow the request to the task's memory: address, length. Answered 0 or -EFAULT.
pub const WRITE: i64 = -1002;

/// Reads the task's memory: address, length. Answered with that many bytes, zeros after the first fault, and then a word:
/// how many are valid, or -EFAULT if none.
pub const READ: i64 = -1003;

/// Performs the frames that follow: count, flags. Then come the payloads of its WRITEs, in order. Answered with the
/// answers of its frames, in order.
pub const BATCH: i64 = -1004;

/// The version of the extensions.
pub const VERSION: u8 = 1;

/// The feature of [`WRITE`] and [`READ`].
pub const FEATURE_MEMORY: u32 = 1;

/// The feature of [`BATCH`].
pub const FEATURE_BATCH: u32 = 2;

/// The feature of [`LINKED`] batches.
pub const FEATURE_LINK: u32 = 4;

/// The features that this version knows.
pub const FEATURES: u32 = FEATURE_MEMORY | FEATURE_BATCH | FEATURE_LINK;

/// The flag of a batch whose frames after the first one that was answered -4095 to -1 are not performed.
pub const STOP_ON_ERROR: u64 = 1;

/// The flag of a batch whose frames have 64 bytes and may take the results of earlier ones.
pub const LINKED: u64 = 2;

/// The flags of a batch that this version knows.
pub const BATCH_FLAGS: u64 = STOP_ON_ERROR | LINKED;

/// The greatest length of a [`WRITE`] or [`READ`], in bytes.
pub const MAXIMUM_LENGTH: u64 = 1 << 30;

/// The greatest number of frames in a [`BATCH`].
pub const MAXIMUM_COUNT: u64 = 65_536;

/// The answer of a frame that was not performed. No kernel returns it.
pub const BATCH_NOT_PERFORMED: i64 = i64::MIN;

/// The length in bytes of a frame of a [`LINKED`] batch; those of any other are requests.
pub const LINKED_FRAME: usize = 64;

/// The answer to [`HELLO`]: bits 0-7 are the version, 8-15 the ABI, 16-47 the features granted, the rest is zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hello {
    /// The version that both sides speak from now on.
    pub version: u8,
    /// The server's ABI: 1 x86_64, 2 aarch64, 3 riscv64.
    pub abi: u8,
    /// The features granted.
    pub features: u32,
}

impl Hello {
    /// The word on the wire.
    ///
    /// ```
    /// use rsyscall_transport_pipe::wire::Hello;
    /// assert_eq!(Hello { version: 1, abi: 2, features: 7 }.encode(), 0x7_0201);
    /// ```
    pub const fn encode(self) -> i64 {
        self.version as i64 | (self.abi as i64) << 8 | (self.features as i64) << 16
    }

    /// What the word says to a client that asked for this version and these features; `None` if it is none of the
    /// answers allowed: negative, reserved bits, a version or features beyond those asked for.
    ///
    /// ```
    /// use rsyscall_transport_pipe::wire::Hello;
    /// assert_eq!(Hello::decode(0x3_0201, 1, 7), Some(Hello { version: 1, abi: 2, features: 3 }));
    /// assert_eq!(Hello::decode(0x3_0201, 1, 1), None);
    /// ```
    pub const fn decode(word: i64, version: u8, features: u32) -> Option<Self> {
        if word >> 48 != 0 {
            return None;
        }
        let [low, abi, a, b, c, d, ..] = word.to_le_bytes();
        let granted = u32::from_le_bytes([a, b, c, d]);
        if low == 0 || low > version || granted & !features != 0 {
            return None;
        }
        Some(Self { version: low, abi, features: granted })
    }
}

/// A frame of a [`LINKED`] batch as bytes: a request, and for each argument 0, or k if the k-th frame's result is added
/// to it.
pub fn encode_linked_frame(number: i64, arguments: [u64; 6], links: [u8; 6]) -> [u8; LINKED_FRAME] {
    let mut bytes = [0; LINKED_FRAME];
    let whole = encode_request(number, arguments).into_iter().chain(links);
    for (to, byte) in bytes.iter_mut().zip(whole) {
        *to = byte;
    }
    bytes
}

/// The links in the last eight bytes of a frame of a [`LINKED`] batch; `None` if the bytes that must be zero are not.
pub const fn decode_links([a, b, c, d, e, f, zero, none]: [u8; LINKED_FRAME - REQUEST]) -> Option<[u8; 6]> {
    if zero | none == 0 { Some([a, b, c, d, e, f]) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_hello_is_checked_in_every_bit() {
        let hello = Hello { version: 1, abi: 1, features: FEATURES };
        assert_eq!(Hello::decode(hello.encode(), VERSION, FEATURES), Some(hello));
        for bit in 0..64 {
            let word = hello.encode() ^ 1 << bit;
            // The ABI is the client's to judge, and any of the three features may be missing.
            let allowed = matches!(bit, 8..=18);
            assert_eq!(Hello::decode(word, VERSION, FEATURES).is_some(), allowed, "bit {bit}");
        }
        assert_eq!(Hello::decode(hello.encode(), VERSION, FEATURE_MEMORY), None);
        assert_eq!(Hello::decode(2, VERSION, FEATURES), None);
        assert!(Hello::decode(2, 3, FEATURES).is_some());
        assert_eq!(Hello::decode(0, VERSION, FEATURES), None);
        assert_eq!(Hello::decode(-38, VERSION, FEATURES), None);
    }

    #[test]
    fn a_linked_frame_is_a_request_and_its_links() {
        let frame = encode_linked_frame(-2, [1, 2, 3, 4, 5, 6], [0, 1, 255, 0, 0, 7]);
        assert_eq!(frame[..REQUEST], encode_request(-2, [1, 2, 3, 4, 5, 6]));
        assert_eq!(frame[REQUEST..], [0, 1, 255, 0, 0, 7, 0, 0]);
        assert_eq!(decode_links([0, 1, 255, 0, 0, 7, 0, 0]), Some([0, 1, 255, 0, 0, 7]));
        assert_eq!(decode_links([0, 0, 0, 0, 0, 0, 1, 0]), None);
        assert_eq!(decode_links([0, 0, 0, 0, 0, 0, 0, 1]), None);
    }
}
