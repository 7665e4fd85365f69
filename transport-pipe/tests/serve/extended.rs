//! HELLO, WRITE and READ.

use super::{
    EFAULT, EINVAL, ENOSYS, EPROTO, Extended, Ours, address_of, fd_word, process, request, three_pages,
};
use core::mem::MaybeUninit;
use rsyscall_transport_pipe::{
    server::{WRITE_TOO_LONG, serve_extended},
    wire,
};
use std::os::{fd::AsRawFd, unix::net::UnixStream};
use syscalls::Sysno;

#[test]
fn before_a_hello_there_are_no_extensions() {
    for mut server in [Extended::on_pipes(64), Extended::on_socket(64)] {
        for number in (-1999..=-1002).chain([-1000]) {
            assert_eq!(server.ask(number, &[8, 0]), ENOSYS, "{number}");
        }
        server.finish();
    }
}

#[test]
fn only_what_is_known_is_granted_and_only_what_is_granted_is_performed() {
    let mut server = Extended::on_pipes(64);
    let byte = [7_u8];
    for version in [0, -1_i64, i64::MIN] {
        assert_eq!(server.ask(wire::HELLO, &[version.cast_unsigned(), 7]), EINVAL);
    }
    assert_eq!(server.ask(wire::READ, &[address_of(&byte), 0]), ENOSYS);
    server.hello(0);
    assert_eq!(server.ask(wire::READ, &[address_of(&byte), 0]), ENOSYS);
    server.hello(wire::FEATURE_MEMORY);
    assert_eq!(server.ask(wire::READ, &[address_of(&byte), 0]), 0);
    assert_eq!(server.ask(wire::BATCH, &[0, 0]), ENOSYS);
    server.hello(wire::FEATURE_BATCH);
    assert_eq!(server.ask(wire::READ, &[address_of(&byte), 0]), ENOSYS);
    assert_eq!(server.ask(wire::BATCH, &[0, 0]), EINVAL);
    // A version and features from the future.
    let word = server.ask(wire::HELLO, &[0x7fff_ffff_ffff_ffff, u64::MAX]);
    let hello = wire::Hello::decode(word, 1, wire::FEATURES).unwrap();
    assert_eq!(hello.features, wire::FEATURES);
    for number in (-1999..=-1005).chain([-1000, -1, -2000]) {
        assert_eq!(server.ask(number, &[8, 8]), ENOSYS, "{number}");
    }
    server.finish();
}

#[test]
fn memory_is_written_and_read() {
    let (start, end) = three_pages();
    let length = usize::try_from(end - start).unwrap();
    let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
    for mut server in Extended::each(64) {
        for length in [0, 1, 7, 4095, 4096, 4097, length] {
            for offset in [0, 3] {
                let length = length - if offset + length > bytes.len() { 3 } else { 0 };
                let at = start + offset as u64;
                server.send(&request(wire::WRITE, &[at, length as u64]));
                server.send(&bytes[..length]);
                assert_eq!(server.answers(1), [0]);
                server.send(&request(wire::READ, &[at, length as u64]));
                assert!(server.bytes(length) == bytes[..length], "{length} bytes came back changed");
                assert_eq!(server.answers(1), [i64::try_from(length).unwrap()]);
            }
        }
        server.finish();
    }
}

#[test]
fn a_fault_costs_the_call_and_says_where_it_was() {
    let (start, end) = three_pages();
    for mut server in Extended::each(64) {
        for valid in [0_usize, 1, 4095, 4096, 4097, 12288, 70_000] {
            for rest in [1_usize, 255, 4096, 100_000] {
                let length = valid + rest;
                let at = end - valid as u64;
                assert!(at >= start);
                server.send(&request(wire::WRITE, &[at, length as u64]));
                server.send(&vec![0x55; length]);
                assert_eq!(server.answers(1), [EFAULT]);
                // What came before the fault may have been written; it is, now.
                server.send(&request(wire::WRITE, &[at, valid as u64]));
                server.send(&vec![0xaa; valid]);
                assert_eq!(server.answers(1), [0]);
                server.send(&request(wire::READ, &[at, length as u64]));
                let bytes = server.bytes(length);
                assert!(bytes[..valid].iter().all(|&byte| byte == 0xaa), "{valid} valid bytes");
                assert!(
                    bytes[valid..].iter().all(|&byte| byte == 0),
                    "{valid} valid bytes, then {rest} zeros"
                );
                let answer = if valid == 0 { EFAULT } else { i64::try_from(valid).unwrap() };
                assert_eq!(server.answers(1), [answer]);
            }
        }
        for address in [8, u64::MAX, u64::MAX - 8, 1 << 63, 0x7fff_ffff_f000] {
            server.send(&request(wire::READ, &[address, 20]));
            assert_eq!(server.bytes(20), [0; 20]);
            assert_eq!(server.answers(1), [EFAULT], "{address:#x}");
            server.send(&request(wire::WRITE, &[address, 56]));
            // If they were executed they would end the process.
            server.send(&request(Sysno::exit_group as i64, &[99]));
            assert_eq!(server.answers(1), [EFAULT], "{address:#x}");
        }
        server.finish();
    }
}

#[test]
fn memory_that_may_not_be_written_is_a_fault() {
    static TEXT: &[u8; 8] = b"constant";
    for mut server in Extended::each(64) {
        server.send(&request(wire::WRITE, &[address_of(TEXT), 8]));
        server.send(b"variable");
        assert_eq!(server.answers(1), [EFAULT]);
        assert_eq!(TEXT, b"constant");
        server.finish();
    }
}

#[test]
fn lengths_beyond_the_greatest_are_refused() {
    for length in [wire::MAXIMUM_LENGTH + 1, 2 << 30, 1 << 63, u64::MAX] {
        for mut server in Extended::each(64) {
            assert_eq!(server.ask(wire::READ, &[8, length]), EINVAL);
            assert_eq!(server.ask(wire::WRITE, &[8, length]), EINVAL);
            // The bytes behind it are not executed, though they are a request.
            assert_eq!(server.end(), WRITE_TOO_LONG);
        }
    }
}

#[test]
fn an_end_in_a_payload_is_an_end_inside_a_request() {
    let memory = [0_u8; 100];
    for address in [address_of(&memory), 8] {
        for mut server in Extended::each(64) {
            server.send(&request(wire::WRITE, &[address, 100]));
            server.send(&[1; 99]);
            assert_eq!(server.end(), EPROTO);
        }
    }
}

#[test]
fn a_payload_that_comes_in_pieces_is_taken_whole() {
    let memory = [0_u8; 100];
    for mut server in Extended::each(64) {
        let whole = [&request(wire::WRITE, &[address_of(&memory), 100])[..], &[9; 100]].concat();
        for piece in whole.chunks(3) {
            server.send(piece);
        }
        assert_eq!(server.answers(1), [0]);
        server.send(&request(wire::READ, &[address_of(&memory), 100]));
        assert_eq!(server.bytes(100), [9; 100]);
        assert_eq!(server.answers(1), [100]);
        assert_eq!(server.ask(Sysno::getpid as i64, &[]), process());
        server.finish();
    }
}

/// On a socket whose number there is given.
fn on_known_socket() -> (Extended, u64) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let fd = fd_word(&theirs);
    let thread = std::thread::spawn(move || {
        let mut buffer = [MaybeUninit::uninit(); 64];
        unsafe { serve_extended(theirs.as_raw_fd(), theirs.as_raw_fd(), &mut buffer) }
    });
    let responses = Box::new(ours.try_clone().unwrap());
    let mut server = Extended { requests: Some(Box::new(Ours(ours))), responses, server: thread };
    server.hello(wire::FEATURES);
    (server, fd)
}

/// The end before all came that was announced is an end inside a request, however much that was.
#[test]
fn more_bytes_than_ever_come_are_waited_for() {
    const ALL: u64 = i64::MAX.unsigned_abs();
    for length in [2 << 30, ALL - 0x1_0000, ALL - 0xffff, ALL - 56, ALL - 1, ALL] {
        for in_batch in [false, true] {
            let (mut server, fd) = on_known_socket();
            let receive = request(Sysno::recvfrom as i64, &[fd, 8, length, 0x100]);
            let getpid = request(Sysno::getpid as i64, &[]);
            if in_batch {
                server.send(&[request(wire::BATCH, &[2, 0]), receive, getpid].concat());
            } else {
                server.send(&receive);
            }
            server.send(&request(Sysno::exit_group as i64, &[99]));
            assert_eq!(server.end(), EPROTO, "{length} bytes");
        }
    }
}

/// The base protocol's way to move memory goes on working, and its framing guard, in batches, too.
#[test]
fn bytes_for_a_bad_address_are_not_executed() {
    let (mut server, fd) = on_known_socket();
    let memory = [0_u8; 4];
    for length in [1_usize, 247, 248, 249, 5000] {
        let word = length as u64;
        let bad = [
            request(Sysno::recvfrom as i64, &[fd, 8, word, 0x100]),
            request(Sysno::sendto as i64, &[fd, 8, word]),
        ];
        let good = [
            request(Sysno::recvfrom as i64, &[fd, address_of(&memory), 4, 0x100]),
            request(Sysno::sendto as i64, &[fd, address_of(&memory), 4]),
        ];
        // Each for itself.
        server.send(&[&bad[0][..], &vec![0xaa; length]].concat());
        assert_eq!(server.answers(1), [EFAULT]);
        server.send(&bad[1]);
        assert_eq!(server.bytes(length), vec![0; length]);
        assert_eq!(server.answers(1), [EFAULT]);
        server.send(&[&good[0][..], b"near", &good[1]].concat());
        assert_eq!(server.answers(1), [4]);
        assert_eq!(server.bytes(4), b"near");
        assert_eq!(server.answers(1), [4]);
        // And as frames, where the bytes come behind all of them, and ahead of all answers.
        server.send(
            &[&request(wire::BATCH, &[3, 0])[..], &bad.concat(), &request(Sysno::getpid as i64, &[])[..]]
                .concat(),
        );
        server.send(&vec![0xaa; length]);
        assert_eq!(server.bytes(length), vec![0; length]);
        assert_eq!(server.answers(2), [EFAULT; 2]);
        server.answers(1);
    }
    server.finish();
}
