//! BATCH and LINKED.

use super::{EFAULT, EINVAL, EPROTO, Extended, address_of, process, request, three_pages};
use rsyscall_transport_pipe::{server::BATCH_UNKNOWN, wire};
use syscalls::Sysno;

const GETPID: i64 = Sysno::getpid as i64;
const CLOSE: i64 = Sysno::close as i64;
const EBADF: i64 = -9;
const NOT_PERFORMED: i64 = i64::MIN;

fn batch(count: usize, flags: u64) -> [u8; wire::REQUEST] {
    request(wire::BATCH, &[count as u64, flags])
}

/// A batch of plain frames and its payloads, sent in one piece.
fn send(server: &mut Extended, flags: u64, frames: &[(i64, &[u64])], payload: &[u8]) {
    let mut bytes = batch(frames.len(), flags).to_vec();
    for (number, arguments) in frames {
        bytes.extend(request(*number, arguments));
    }
    bytes.extend(payload);
    server.send(&bytes);
}

/// A linked batch.
fn send_linked(server: &mut Extended, flags: u64, frames: &[(i64, [u64; 6], [u8; 8])], payload: &[u8]) {
    let mut bytes = batch(frames.len(), flags | wire::LINKED).to_vec();
    for (number, arguments, links) in frames {
        bytes.extend(wire::encode_request(*number, *arguments));
        bytes.extend(links);
    }
    bytes.extend(payload);
    server.send(&bytes);
}

/// The words of buffers that hold all frames, some, and none.
const ROOMS: [usize; 4] = [8192, 20, 1, 0];

#[test]
fn all_frames_are_answered_in_order() {
    for room in ROOMS {
        for mut server in Extended::each(room) {
            for count in [1_usize, 2, 7, 64, 1000] {
                let bytes: Vec<u8> = (0..count)
                    .flat_map(
                        |index| if index % 3 == 2 { request(CLOSE, &[99_999]) } else { request(GETPID, &[]) },
                    )
                    .collect();
                server.send(&batch(count, 0));
                server.send(&bytes);
                let expected: Vec<_> =
                    (0..count).map(|index| if index % 3 == 2 { EBADF } else { process() }).collect();
                assert_eq!(server.answers(count), expected);
            }
            server.finish();
        }
    }
}

#[test]
fn the_greatest_batch_is_performed() {
    let mut server = Extended::on_pipes(64);
    server.hello(wire::FEATURES);
    let count = usize::try_from(wire::MAXIMUM_COUNT).unwrap();
    server.send(&batch(count, 0));
    server.send(&request(GETPID, &[]).repeat(count));
    assert!(server.answers(count).iter().all(|&answer| answer == process()));
    server.finish();
}

#[test]
fn what_is_no_batch_is_refused() {
    for mut server in Extended::each(64) {
        assert_eq!(server.ask(wire::BATCH, &[0, 0]), EINVAL);
        assert_eq!(server.ask(wire::BATCH, &[0, wire::STOP_ON_ERROR]), EINVAL);
        server.finish();
    }
    let flags = |flags| (1, flags);
    let count = |count| (count, 0);
    let malformed = [
        count(wire::MAXIMUM_COUNT + 1),
        count(1 << 63),
        count(u64::MAX),
        flags(4),
        flags(1 << 63),
        flags(u64::MAX),
        (0, 4),
    ];
    for (count, flags) in malformed {
        for mut server in Extended::each(64) {
            // The second must not be executed.
            let exit = request(Sysno::exit_group as i64, &[99]);
            server.send(&[request(wire::BATCH, &[count, flags]), exit].concat());
            assert_eq!(server.answers(1), [EINVAL]);
            assert_eq!(server.end(), BATCH_UNKNOWN, "{count} {flags}");
        }
    }
    let mut server = Extended::on_pipes(64);
    server.hello(wire::FEATURE_BATCH);
    assert_eq!(server.ask(wire::BATCH, &[1, wire::LINKED]), EINVAL);
    assert_eq!(server.end(), BATCH_UNKNOWN);
}

#[test]
fn after_an_error_nothing_is_performed_if_so_asked() {
    let memory = [0_u8; 4];
    for room in ROOMS {
        for mut server in Extended::each(room) {
            let at = address_of(&memory);
            let frames: [(i64, &[u64]); 6] = [
                (GETPID, &[]),
                (wire::WRITE, &[at, 4]),
                (CLOSE, &[99_999]),
                (wire::WRITE, &[at, 4]),
                (wire::READ, &[at, 4]),
                (wire::HELLO, &[]),
            ];
            send(&mut server, wire::STOP_ON_ERROR, &frames, b"nearFAR!");
            assert_eq!(server.answers(3), [process(), 0, EBADF]);
            assert_eq!(server.answers(1), [NOT_PERFORMED]);
            assert_eq!(server.bytes(4), [0; 4]);
            assert_eq!(server.answers(2), [NOT_PERFORMED; 2]);
            assert_eq!(server.ask(wire::READ, &[at, 0]), 0);
            server.send(&request(wire::READ, &[at, 4]));
            assert_eq!(server.bytes(4), b"near");
            assert_eq!(server.answers(1), [4]);
            send(&mut server, 0, &frames, b"nearfar!");
            assert_eq!(server.answers(4), [process(), 0, EBADF, 0]);
            assert_eq!(server.bytes(4), b"far!");
            assert_eq!(server.answers(2), [4, EINVAL]);
            server.finish();
        }
    }
}

#[test]
fn faults_in_a_batch_keep_the_streams_in_step() {
    let (_, end) = three_pages();
    for room in ROOMS {
        for mut server in Extended::each(room) {
            let frames: [(i64, &[u64]); 5] = [
                (wire::WRITE, &[end - 3, 7]),
                (wire::READ, &[end - 3, 7]),
                (wire::READ, &[8, 5]),
                (wire::READ, &[8, wire::MAXIMUM_LENGTH + 1]),
                (GETPID, &[]),
            ];
            send(&mut server, 0, &frames, b"1234567");
            assert_eq!(server.answers(1), [EFAULT]);
            assert_eq!(server.bytes(7)[3..], [0; 4]);
            assert_eq!(server.answers(1), [3]);
            assert_eq!(server.bytes(5), [0; 5]);
            assert_eq!(server.answers(3), [EFAULT, EINVAL, process()]);
            server.finish();
        }
    }
}

#[test]
fn a_payload_whose_length_is_refused_ends_the_connection() {
    for stop in [0, wire::STOP_ON_ERROR] {
        for mut server in Extended::each(64) {
            let frames: [(i64, &[u64]); 3] =
                [(CLOSE, &[99_999]), (wire::WRITE, &[8, u64::MAX]), (Sysno::exit_group as i64, &[99])];
            send(&mut server, stop, &frames, &[]);
            assert_eq!(server.answers(2), [EBADF, EINVAL]);
            assert_eq!(server.end(), rsyscall_transport_pipe::server::WRITE_TOO_LONG);
        }
    }
}

#[test]
fn what_does_not_belong_into_a_batch_is_invalid_there() {
    for mut server in Extended::each(64) {
        let numbers = (-1999..=-1004).chain([wire::HELLO, -1000]);
        for number in numbers {
            send(&mut server, 0, &[(number, &[8, 8]), (GETPID, &[])], &[]);
            assert_eq!(server.answers(2), [EINVAL, process()], "{number}");
        }
        server.finish();
    }
    let mut server = Extended::on_pipes(64);
    server.hello(wire::FEATURE_BATCH);
    send(&mut server, 0, &[(wire::WRITE, &[8, 8]), (wire::READ, &[8, 8]), (GETPID, &[])], &[]);
    assert_eq!(server.answers(3), [EINVAL, EINVAL, process()]);
    server.finish();
}

#[test]
fn an_end_inside_a_batch_is_told_apart() {
    let whole = [&batch(2, 0)[..], &request(GETPID, &[]), &request(wire::WRITE, &[8, 9]), &[1; 9]].concat();
    for sent in 1..whole.len() {
        let mut server = Extended::on_pipes(64);
        server.hello(wire::FEATURES);
        server.send(&whole[..sent]);
        drop(server.requests.take());
        assert_eq!(server.server.join().unwrap(), EPROTO, "{sent} bytes");
    }
}

#[test]
fn answers_come_before_a_call_that_ends_the_server() {
    // The thread ends, and with it the server; nobody is left to answer.
    for mut server in Extended::each(64) {
        send(&mut server, 0, &[(GETPID, &[]), (CLOSE, &[99_999]), (Sysno::execve as i64, &[8, 0, 0])], &[]);
        assert_eq!(server.answers(3), [process(), EBADF, EFAULT]);
        server.finish();
    }
}

#[test]
fn results_are_taken_and_added_to() {
    let path = b"/proc/self/stat\0";
    let memory = [0_u8; 64];
    let at = address_of(&memory);
    for room in ROOMS {
        for mut server in Extended::each(room) {
            let openat = [(-100_i64).cast_unsigned(), at, 0, 0, 0, 0];
            let frames = [
                (wire::WRITE, [at, 16, 0, 0, 0, 0], [0; 8]),
                (Sysno::openat as i64, openat, [0; 8]),
                (Sysno::dup as i64, [0; 6], [2, 0, 0, 0, 0, 0, 0, 0]),
                (Sysno::read as i64, [0, at + 16, 8, 0, 0, 0], [3, 0, 0, 0, 0, 0, 0, 0]),
                (CLOSE, [0; 6], [2, 0, 0, 0, 0, 0, 0, 0]),
                (CLOSE, [0; 6], [3, 0, 0, 0, 0, 0, 0, 0]),
                // The address takes the count of the read.
                (wire::READ, [at + 8, 8, 0, 0, 0, 0], [4, 0, 0, 0, 0, 0, 0, 0]),
            ];
            send_linked(&mut server, wire::STOP_ON_ERROR, &frames, path);
            let answers = server.answers(6);
            assert_eq!([answers[0], answers[3], answers[4], answers[5]], [0, 8, 0, 0]);
            assert!(answers[1] >= 0 && answers[2] >= 0 && answers[1] != answers[2]);
            let text = server.bytes(8);
            assert_eq!(server.answers(1), [8]);
            assert!(format!("{} (", process()).as_bytes().starts_with(&text[..4]), "{text:?}");
            server.finish();
        }
    }
}

#[test]
fn links_to_what_failed_are_not_performed_and_malformed_ones_are_invalid() {
    let memory = [7_u8; 8];
    let at = address_of(&memory);
    let none = [0; 8];
    let first = |link| [link, 0, 0, 0, 0, 0, 0, 0];
    for room in ROOMS {
        for mut server in Extended::each(room) {
            let frames = [
                (CLOSE, [99_999, 0, 0, 0, 0, 0], none),
                (GETPID, [0; 6], first(1)),
                // A reference to what was not performed.
                (GETPID, [0; 6], first(2)),
                (wire::WRITE, [at, 4, 0, 0, 0, 0], first(1)),
                (wire::READ, [at, 4, 0, 0, 0, 0], none),
                // To a READ, a WRITE, itself, forward, and to what never will be.
                (GETPID, [0; 6], first(5)),
                (GETPID, [0; 6], first(4)),
                (GETPID, [0; 6], first(8)),
                (GETPID, [0; 6], first(10)),
                (GETPID, [0; 6], first(255)),
                (GETPID, [0; 6], [0, 0, 0, 0, 0, 0, 1, 0]),
                (GETPID, [0; 6], [0, 0, 0, 0, 0, 0, 0, 1]),
                // Payload and bytes of malformed ones are moved all the same; their length takes no result.
                (GETPID, [0; 6], none),
                (wire::WRITE, [at, 3, 0, 0, 0, 0], [0, 13, 0, 0, 0, 0, 0, 0]),
                (wire::READ, [at, 2, 0, 0, 0, 0], [0, 13, 0, 0, 0, 0, 0, 0]),
                (wire::WRITE, [at, 1, 0, 0, 0, 0], first(99)),
                (GETPID, [0; 6], [0, 0, 0, 0, 0, 13, 0, 0]),
            ];
            send_linked(&mut server, 0, &frames, b"aaaabbbc");
            assert_eq!(server.answers(4), [EBADF, NOT_PERFORMED, NOT_PERFORMED, NOT_PERFORMED]);
            assert_eq!(server.bytes(4), [7; 4]);
            assert_eq!(server.answers(1), [4]);
            assert_eq!(server.answers(7), [EINVAL; 7]);
            assert_eq!(server.answers(2), [process(), EINVAL]);
            assert_eq!(server.bytes(2), [0; 2]);
            assert_eq!(server.answers(3), [EINVAL, EINVAL, process()]);
            // An invalid frame is an error that stops; one that is not performed is none.
            let frames =
                [(CLOSE, [99_999, 0, 0, 0, 0, 0], none), (GETPID, [0; 6], first(3)), (GETPID, [0; 6], none)];
            send_linked(&mut server, wire::STOP_ON_ERROR, &frames[1..], &[]);
            assert_eq!(server.answers(2), [EINVAL, NOT_PERFORMED]);
            send_linked(&mut server, wire::STOP_ON_ERROR, &frames, &[]);
            assert_eq!(server.answers(3), [EBADF, NOT_PERFORMED, NOT_PERFORMED]);
            server.finish();
        }
    }
}

#[test]
fn every_result_that_a_byte_can_name_is_taken() {
    for mut server in Extended::each(8192) {
        let mut frames = vec![(GETPID, [0; 6], [0; 8]); 255];
        // kill(pid, 0), with every one of them.
        frames.extend((1..=255).map(|k| (Sysno::kill as i64, [0; 6], [k, 0, 0, 0, 0, 0, 0, 0])));
        frames.push((wire::READ, [8, 0, 0, 0, 0, 0], [0; 8]));
        send_linked(&mut server, wire::STOP_ON_ERROR, &frames, &[]);
        let answers = server.answers(511);
        assert!(answers[..255].iter().all(|&answer| answer == process()));
        assert!(answers[255..].iter().all(|&answer| answer == 0));
        server.finish();
    }
}
