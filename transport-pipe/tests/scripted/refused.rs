//! Batches that a server cannot take as one: refused, and made call by call by who wants that.

use crate::{
    batches::{LINKED, linked, start},
    extended, flow, in_step, poll_once,
    script::MEMORY,
};
use core::task::Poll;
use rsyscall_core::{
    batch::{Answers, Batch, OnError, one_by_one},
    identifier::Address,
    interface::{NotSent, SyscallError, SyscallInterface},
};
use rsyscall_transport_pipe::wire::{self, FEATURE_BATCH, FEATURE_LINK, FEATURE_MEMORY};

const UNSUPPORTED: SyscallError = SyscallError::NotSent(NotSent::BatchUnsupported);

/// Call by call, the answers of the first ones would be lost with the future.
#[test]
fn what_cannot_be_one_submission_is_refused_before_a_byte_is_sent() {
    let mut room = [0; 4];
    let mut memory = Batch::<4>::new();
    memory.getpid().unwrap();
    memory.read_memory(Address::from_raw(MEMORY), &mut room).unwrap();
    let mut stops = Batch::<4>::new();
    stops.getpid().unwrap();
    stops.getpid().unwrap();
    for (features, batch, on_error) in [
        (0, &linked(), OnError::Continue),
        (FEATURE_MEMORY, &linked(), OnError::Stop),
        (FEATURE_MEMORY | FEATURE_BATCH, &linked(), OnError::Continue),
        (0, &stops, OnError::Stop),
        (FEATURE_MEMORY, &stops, OnError::Stop),
        (0, &memory, OnError::Continue),
        (FEATURE_BATCH | FEATURE_LINK, &memory, OnError::Continue),
    ] {
        let (script, client) = extended::<4, 64>(features);
        let before = script.borrow().requests.len();
        flow(&script);
        assert_eq!(poll_once(&mut start(&client, batch, on_error)), Poll::Ready(Err(UNSUPPORTED)));
        assert_eq!(script.borrow().requests.len(), before);
        in_step(&script, &client);
        assert_eq!((script.borrow().executed.as_slice(), client.take_orphan()), (&[77][..], None));
    }
    let text = UNSUPPORTED.to_string();
    assert!(text.contains("ask for them first") && text.contains("one by one"), "{text}");
}

/// Dropped after each count of bytes each way, at a server that cannot take the batch as one: the answers so far are where
/// the caller wants them, and the call in flight is an orphan.
#[test]
fn one_by_one_loses_nothing_wherever_it_is_dropped() {
    let executed = &LINKED[..3];
    for features in [0, FEATURE_BATCH] {
        let mut polls = 0;
        for moved in 0..=3 * (wire::REQUEST + 8) {
            let (script, client) = extended::<4, 64>(features);
            let batch = linked();
            let mut answers = Answers::new();
            let mut future =
                Box::pin(unsafe { one_by_one(&client, &client, &batch, OnError::Continue, &mut answers) });
            let mut left = moved;
            let mut done = poll_once(&mut future).is_ready();
            polls += 1;
            // A request and its answer in turn, as much as there is.
            while left > 0 && !done {
                for (length, write) in [(wire::REQUEST, true), (8, false)] {
                    let now = left.min(length);
                    left -= now;
                    {
                        let mut script = script.borrow_mut();
                        (script.may_write, script.may_read) = if write { (now, 0) } else { (0, now) };
                    }
                    done = now > 0 && poll_once(&mut future).is_ready();
                    polls += 1;
                }
            }
            assert_eq!(done, moved == 3 * (wire::REQUEST + 8));
            drop(future);
            in_step(&script, &client);
            let mut told = answers.words().to_vec();
            assert_eq!(told.len() == 4, done);
            told.truncate(3);
            told.extend(core::iter::from_fn(|| client.take_orphan()).map(|orphan| orphan.outcome));
            // A call of which a byte had left was submitted.
            let begun = moved.div_ceil(wire::REQUEST + 8);
            assert_eq!(told, executed[..begun], "{moved} bytes");
            assert_eq!(script.borrow().executed.len(), begun + 1, "{moved} bytes");
        }
        assert!(polls > 4 * (wire::REQUEST + 8));
    }
}
