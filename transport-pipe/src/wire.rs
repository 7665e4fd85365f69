//! The bytes on the two streams, and nothing else.
//!
//! | message | bytes | content |
//! |---|---|---|
//! | request | 56 | number, then six arguments |
//! | response | 8 | what the kernel returned; -4095 to -1 is an errno |
//!
//! Words are 64-bit, two's complement, little-endian. Responses come in the order of the requests. Numbers from -1999 to
//! -1000 are no system calls but the protocol's own: the [extensions](HELLO).

mod extension;
pub use extension::{
    BATCH, BATCH_FLAGS, BATCH_NOT_PERFORMED, FEATURE_BATCH, FEATURE_LINK, FEATURE_MEMORY, FEATURES, HELLO,
    Hello, LINKED, LINKED_FRAME, MAXIMUM_COUNT, MAXIMUM_LENGTH, READ, STOP_ON_ERROR, VERSION, WRITE,
    decode_links, encode_linked_frame,
};

/// The length of a request in bytes.
pub const REQUEST: usize = 56;

/// The length of a response in bytes.
pub const RESPONSE: usize = 8;

/// Whether a number belongs to the protocol itself (-1999 to -1000). No user's call may have it.
pub const fn is_reserved(number: i64) -> bool {
    matches!(number, -1999..=-1000)
}

/// A request as bytes.
///
/// ```
/// let bytes = rsyscall_transport_pipe::wire::encode_request(-2, [1, 0, 0, 0, 0, 0x0102]);
/// assert_eq!(bytes[..9], [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
/// assert_eq!(bytes[48..], [2, 1, 0, 0, 0, 0, 0, 0]);
/// ```
#[inline]
pub fn encode_request(number: i64, arguments: [u64; 6]) -> [u8; REQUEST] {
    let [a, b, c, d, e, f] = arguments;
    let mut bytes = [0; REQUEST];
    for (to, word) in bytes.chunks_exact_mut(8).zip([number.cast_unsigned(), a, b, c, d, e, f]) {
        to.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// The number and arguments in a request's bytes.
pub fn decode_request(bytes: &[u8; REQUEST]) -> (i64, [u64; 6]) {
    let mut words = [0; 7];
    let (chunks, _) = bytes.as_chunks();
    for (word, bytes) in words.iter_mut().zip(chunks) {
        *word = u64::from_le_bytes(*bytes);
    }
    let [number, a, b, c, d, e, f] = words;
    (number.cast_signed(), [a, b, c, d, e, f])
}

/// A response as bytes.
pub const fn encode_response(returned: i64) -> [u8; RESPONSE] {
    returned.to_le_bytes()
}

/// What the kernel returned, from a response's bytes.
pub const fn decode_response(bytes: [u8; RESPONSE]) -> i64 {
    i64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_numbers_are_a_thousand() {
        for (number, reserved) in [(-999, false), (-1000, true), (-1999, true), (-2000, false), (1000, false)]
        {
            assert_eq!(is_reserved(number), reserved, "{number}");
        }
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let call = (-1, [1, u64::MAX, 3, 1 << 63, 5, 6]);
        assert_eq!(decode_request(&encode_request(call.0, call.1)), call);
        assert_eq!(decode_response(encode_response(-4095)), -4095);
    }
}
