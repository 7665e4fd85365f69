//! HELLO: what is believed of a server, and what is not.

use crate::{Call, call, client, flow, poll, poll_once, script::Shared};
use core::task::Poll;
use rsyscall_core::interface::{Hangup, NotSent, SyscallError};
use rsyscall_transport_pipe::{
    Extensions, HelloError,
    wire::{self, FEATURES},
};

const ALL: Extensions = Extensions { memory: true, batch: true, link: true };

/// What comes of HELLO at a server that answers this word, and of a call after it.
fn ask(word: i64) -> (Result<Extensions, HelloError>, Poll<crate::Answer>) {
    let (script, client) = client();
    script.borrow_mut().hello = Some(word);
    flow(&script);
    let Poll::Ready(answer) = poll_once(&mut Box::pin(client.hello())) else { panic!("no answer") };
    assert_eq!(client.extensions(), answer.unwrap_or_default());
    let after = poll(&mut call(&client, 5));
    (answer, after)
}

const ALIVE: Poll<crate::Answer> = Poll::Ready(Ok(1005));
const DEAD: Poll<crate::Answer> = Poll::Ready(Err(SyscallError::NotSent(NotSent::Dead)));

#[test]
fn what_is_granted_is_used() {
    assert_eq!(ask(wire::Hello { version: 1, abi: 1, features: FEATURES }.encode()), (Ok(ALL), ALIVE));
    let memory = Extensions { memory: true, ..Extensions::default() };
    assert_eq!(ask(wire::Hello { version: 1, abi: 1, features: 1 }.encode()), (Ok(memory), ALIVE));
    assert_eq!(
        ask(wire::Hello { version: 1, abi: 1, features: 0 }.encode()),
        (Ok(Extensions::default()), ALIVE)
    );
}

#[test]
fn any_refusal_is_the_base_protocol() {
    for word in [-38, -1, -22, -4095, -4096, i64::MIN] {
        assert_eq!(ask(word), (Ok(Extensions::default()), ALIVE), "{word}");
    }
}

#[test]
fn a_word_that_the_protocol_does_not_allow_is_a_hangup() {
    let good = wire::Hello { version: 1, abi: 1, features: FEATURES }.encode();
    let protocol = Err(HelloError::Call(Hangup::Protocol.into()));
    // A version from the future, none, features that nobody asked for, and bits that mean nothing.
    for word in [good + 1, good & !0xff, good | 1 << 19, good | 1 << 47, good | 1 << 48, good | 1 << 62, 0] {
        assert_eq!(ask(word), (protocol, DEAD), "{word:#x}");
    }
}

#[test]
fn a_server_of_another_abi_is_refused_before_any_call() {
    for (abi, name) in [(2, "aarch64"), (3, "riscv64"), (0, "an unknown architecture (0)")] {
        let (answer, after) = ask(wire::Hello { version: 1, abi, features: FEATURES }.encode());
        let error = answer.unwrap_err();
        assert_eq!(error, HelloError::Abi { server: abi, client: 1 });
        let expected = format!("the server's calls are those of {name}, the client's those of x86_64");
        assert_eq!(error.to_string(), expected);
        assert_eq!(after, DEAD);
    }
}

#[test]
fn a_question_whose_future_is_gone_counts_when_it_is_answered() {
    let (script, client) = client();
    script.borrow_mut().features = Some(FEATURES);
    script.borrow_mut().may_write = 1;
    assert!(poll_once(&mut Box::pin(client.hello())).is_pending());
    flow(&script);
    assert_eq!(poll(&mut call(&client, 5)), ALIVE);
    assert_eq!(client.extensions(), ALL);
    assert_eq!(rsyscall_core::interface::SyscallInterface::take_orphan(&client), None);
}

#[test]
fn calls_around_it_are_answered_in_order() {
    let (script, client): (Shared, _) = client();
    script.borrow_mut().features = Some(FEATURES);
    let mut before: Call<'_> = call(&client, 1);
    let mut hello = Box::pin(client.hello());
    let mut after = call(&client, 2);
    assert!(poll(&mut before).is_pending());
    assert!(poll_once(&mut hello).is_pending());
    assert!(poll(&mut after).is_pending());
    flow(&script);
    assert_eq!(poll(&mut after), Poll::Pending);
    assert_eq!(poll(&mut before), Poll::Ready(Ok(1001)));
    drop(before);
    assert_eq!(poll_once(&mut hello), Poll::Ready(Ok(ALL)));
    drop(hello);
    assert_eq!(poll(&mut after), Poll::Ready(Ok(1002)));
}
