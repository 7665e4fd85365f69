//! The server's loop on anything at all.
#![no_main]

#[path = "../../tests/fuzz/server.rs"]
mod server;

use rsyscall_transport_pipe::wire;

// The first byte says whether the extensions are asked for, the second how much memory the loop has, the third how many
// bytes are moved at once, the fourth which transfers are interrupted, the fifth which one fails.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let &[greeted, room, piece, interrupted, failing, ref rest @ ..] = data else { return };
    let piece = if piece == 0 { u64::MAX } else { piece.into() };
    let faults = server::Faults { interrupted, failing };
    if greeted % 4 == 0 {
        server::run(rest, room.into(), piece, faults);
    } else {
        let hello = wire::encode_request(wire::HELLO, [1, 7, 0, 0, 0, 0]);
        server::run(&[&hello[..], rest].concat(), room.into(), piece, faults);
    }
});
