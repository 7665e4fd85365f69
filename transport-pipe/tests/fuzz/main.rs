//! The server's loop on arbitrary input, with no kernel below it: whatever comes, it ends when the input does, touches no
//! memory but through its kernel, and answers exactly the bytes that the protocol says.
//!
//! `PROPTEST_CASES` says how many inputs; without it there are few.
#![expect(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a kernel that has only the test's own memory"
)]

mod server;

use proptest::prelude::*;
use rsyscall_transport_pipe::wire;
use server::{Faults, MEMORY};
use syscalls::Sysno;

/// Words that matter, and others.
fn argument() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..8_u64,
        2 => MEMORY.start - 20..MEMORY.start + 20,
        2 => MEMORY.end - 5000..MEMORY.end + 20,
        2 => 0..9000_u64,
        1 => Just(wire::MAXIMUM_LENGTH + 1),
        1 => any::<u64>(),
    ]
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => (wire::BATCH..=wire::HELLO).prop_map(i64::cast_unsigned),
        1 => Just(Sysno::exit as u64),
        // What such a call returns is in the upper half.
        2 => (prop_oneof![Just(Sysno::sendto as u64), Just(Sysno::recvfrom as u64)], 0..0x4000_u64)
            .prop_map(|(number, returned)| number | returned << 40),
        1 => any::<i64>().prop_map(i64::cast_unsigned),
        1 => 0..500_u64,
    ]
}

/// Bytes of a request, of a linked frame, or anything.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let words = |words: Vec<u64>| words.into_iter().flat_map(u64::to_le_bytes).collect::<Vec<u8>>();
    let request = || {
        (number(), argument(), argument(), argument(), prop_oneof![Just(0x100), any::<u64>()])
            .prop_map(|(number, a, b, c, d)| [number, a, b, c, d, 0, 0])
    };
    let links = prop_oneof![Just(0), 0..0x0404_u64, any::<u64>()];
    prop_oneof![
        6 => request().prop_map(move |request| words(request.to_vec())),
        2 => (request(), links).prop_map(move |(request, links)| words([&request[..], &[links]].concat())),
        1 => (1..6_u64, 0..4_u64).prop_map(move |(count, flags)|
            words(vec![wire::BATCH.cast_unsigned(), count, flags, 0, 0, 0, 0])),
        1 => proptest::collection::vec(any::<u8>(), 0..100),
    ]
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 1000;
    }
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_input_is_answered_as_the_protocol_says(
        pieces in proptest::collection::vec(piece(), 0..12),
        greeted in any::<bool>(),
        room in prop_oneof![Just(0_usize), 1..40_usize],
        piece in prop_oneof![Just(u64::MAX), 1..60_u64],
        interrupted in prop_oneof![Just(0), any::<u8>()],
        failing in prop_oneof![Just(0), any::<u8>()],
    ) {
        let mut input = Vec::new();
        if greeted {
            input.extend(wire::encode_request(wire::HELLO, [1, 7, 0, 0, 0, 0]));
        }
        input.extend(pieces.concat());
        // The rest of the longest payload that is not refused.
        input.extend([0; 9000]);
        server::run(&input, room, piece, Faults { interrupted, failing });
    }
}
