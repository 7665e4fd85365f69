//! Three callers with two calls each: every order in which they are polled, and whatever the streams do between.
//!
//! A call is polled until it is ready: once to be submitted, and once more when its response is there, so that two polls a
//! call are the least. All orders of 3 callers with 2 calls of 2 polls each are 12! / (4!)³ = 34,650. After them only who
//! was woken is polled, and all must come to their end: no wake is lost.

use crate::{CAPACITY, Call, TestClient, call, client, flow, in_step, orphans, script::Shared};
use core::task::{Context, Poll, Waker};
use proptest::prelude::*;
use rsyscall_core::interface::{NotSent, SyscallInterface};
use rsyscall_transport_pipe::wire;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Wake,
};

const CALLERS: usize = 3;
const CALLS: u64 = 2;

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One caller: the call that it makes, and how many it has made.
struct Caller<'c> {
    client: &'c TestClient,
    number: u64,
    made: u64,
    call: Option<Call<'c>>,
    woken: Arc<Woken>,
    waker: Waker,
    answers: Vec<u64>,
}

impl<'c> Caller<'c> {
    fn new(client: &'c TestClient, number: u64) -> Self {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        Self { client, number, made: 0, call: None, woken, waker, answers: Vec::new() }
    }

    fn is_over(&self, calls: u64) -> bool {
        self.made >= calls && self.call.is_none()
    }

    /// Polls its call, and begins the next one when there is none; `false` if all is over.
    fn poll(&mut self, calls: u64) -> bool {
        self.woken.0.store(false, Ordering::Relaxed);
        if self.call.is_none() {
            if self.made >= calls {
                return false;
            }
            self.call = Some(call(self.client, self.number * 100 + self.made));
            self.made += 1;
        }
        let future = self.call.as_mut().unwrap();
        if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(&self.waker)) {
            self.call = None;
            match answer {
                Ok(answer) => self.answers.push(answer as u64 - 1000),
                Err(error) => assert_eq!(error, NotSent::Full.into()),
            }
            // Somebody polls it again: it has more to do.
            self.woken.0.store(true, Ordering::Relaxed);
        }
        true
    }

    fn drop_call(&mut self) {
        self.call = None;
        self.woken.0.store(true, Ordering::Relaxed);
    }
}

/// Wakes those who wait for the streams, and polls who was woken, until nobody is.
fn run_the_woken(script: &Shared, callers: &mut [Caller<'_>], calls: u64) {
    loop {
        let wakers = script.borrow_mut().take_wakers();
        wakers.into_iter().for_each(Waker::wake);
        let mut idle = true;
        for caller in callers.iter_mut() {
            if caller.woken.0.load(Ordering::Relaxed) && caller.poll(calls) {
                idle = false;
            }
        }
        if idle {
            break;
        }
    }
}

/// What was executed was told exactly once, and the stream is in step.
fn check(script: &Shared, client: &TestClient, callers: &[Caller<'_>], calls: u64) {
    for caller in callers {
        assert!(caller.is_over(calls), "a wake was lost: {} of caller {}", caller.made, caller.number);
    }
    let mut told: Vec<_> = callers.iter().flat_map(|caller| caller.answers.clone()).collect();
    told.extend(orphans(client));
    in_step(script, client);
    told.extend(orphans(client));
    told.push(77);
    told.sort_unstable();
    let mut executed = script.borrow().executed.clone();
    executed.sort_unstable();
    assert_eq!(told, executed);
}

/// What the streams may do after each poll.
#[derive(Clone, Copy, Debug)]
enum Flow {
    Everything,
    OneMessage,
    Pieces,
    /// Requests only, until all was polled.
    Requests,
}

fn let_flow(script: &Shared, how: Flow) {
    let mut script = script.borrow_mut();
    let (write, read) = match how {
        Flow::Everything => (usize::MAX, usize::MAX),
        Flow::OneMessage => (wire::REQUEST, wire::RESPONSE),
        Flow::Pieces => (wire::REQUEST - 1, 3),
        Flow::Requests => (usize::MAX, 0),
    };
    (script.may_write, script.may_read) = (write, read);
}

/// One schedule: who is polled, in this order; at one place a call is dropped instead.
fn schedule(order: &[usize], dropped: Option<usize>, how: Flow) {
    let (script, client) = client();
    let mut callers = [1, 2, 3].map(|number| Caller::new(&client, number));
    for (place, &number) in order.iter().enumerate() {
        let caller = &mut callers[number];
        if dropped == Some(place) {
            caller.drop_call();
        } else {
            caller.poll(CALLS);
        }
        let_flow(&script, how);
    }
    // From here on only who is woken is polled, or has not begun.
    flow(&script);
    for caller in callers.iter().filter(|caller| caller.call.is_none()) {
        caller.woken.0.store(true, Ordering::Relaxed);
    }
    run_the_woken(&script, &mut callers, CALLS);
    check(&script, &client, &callers, CALLS);
}

/// Calls `each` with all orders in which every one of 3 occurs 4 times.
fn orders(order: &mut Vec<usize>, left: [usize; CALLERS], each: &mut impl FnMut(&[usize])) {
    if left == [0; CALLERS] {
        return each(order);
    }
    for number in 0..CALLERS {
        if left[number] > 0 {
            let mut left = left;
            left[number] -= 1;
            order.push(number);
            orders(order, left, each);
            order.pop();
        }
    }
}

#[test]
fn every_order_of_three_callers_with_two_calls_each() {
    let mut schedules = 0;
    orders(&mut Vec::new(), [4; CALLERS], &mut |order| {
        for how in [Flow::Everything, Flow::OneMessage, Flow::Pieces, Flow::Requests] {
            schedule(order, None, how);
            schedules += 1;
        }
    });
    assert_eq!(schedules, 4 * 34_650);
}

#[test]
fn every_order_with_a_call_dropped_in_it() {
    let all = std::env::var_os("RSYSCALL_LONG").is_some();
    let mut schedules = 0;
    let mut number = 0;
    orders(&mut Vec::new(), [4; CALLERS], &mut |order| {
        number += 1;
        for place in 1..order.len() {
            // One place for each order, and each place in its turn, unless all are wanted.
            if all || place == 1 + number % (order.len() - 1) {
                for how in [Flow::OneMessage, Flow::Requests] {
                    schedule(order, Some(place), how);
                    schedules += 1;
                }
            }
        }
    });
    assert_eq!(schedules, 2 * 34_650 * if all { 11 } else { 1 });
}

/// A step of a long schedule.
#[derive(Clone, Debug)]
enum Step {
    Poll(usize),
    Drop(usize),
    Write(usize),
    Read(usize),
    RunTheWoken,
    TakeOrphan,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..CAPACITY + 1).prop_map(Step::Poll),
        1 => (0..CAPACITY + 1).prop_map(Step::Drop),
        4 => (0..130_usize).prop_map(Step::Write),
        4 => (0..20_usize).prop_map(Step::Read),
        2 => Just(Step::RunTheWoken),
        1 => Just(Step::TakeOrphan),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Five callers, for whom there is room for four calls, and any steps. The model is the list of what the server
    /// executed: that, and nothing else, is what callers and orphans are told.
    #[test]
    fn long_random_schedules(steps in prop::collection::vec(step(), 1..400), lasting in any::<bool>()) {
        let calls = 50;
        let (script, client) = client();
        script.borrow_mut().lasting_wakers = lasting;
        let client = if lasting { client.with_lasting_wakers() } else { client };
        let mut callers: Vec<_> = (0..=CAPACITY as u64).map(|number| Caller::new(&client, number)).collect();
        let mut taken = Vec::new();
        for step in steps {
            match step {
                Step::Poll(number) => {
                    callers[number].poll(calls);
                }
                Step::Drop(number) => callers[number].drop_call(),
                Step::Write(count) => script.borrow_mut().may_write = count,
                Step::Read(count) => script.borrow_mut().may_read = count,
                Step::RunTheWoken => {
                    let made: u64 = callers.iter().map(|caller| caller.made).sum();
                    if made < 200 {
                        run_the_woken(&script, &mut callers, 40);
                    }
                }
                Step::TakeOrphan => taken.extend(client.take_orphan().map(|orphan| orphan.call.arguments[0])),
            }
        }
        // No new calls; those in flight end by wakes alone.
        flow(&script);
        for caller in &mut callers {
            if caller.call.is_none() {
                caller.made = calls;
            }
        }
        loop {
            let wakers = script.borrow_mut().take_wakers();
            wakers.into_iter().for_each(Waker::wake);
            let mut idle = true;
            for caller in callers.iter_mut().filter(|caller| caller.call.is_some()) {
                if caller.woken.0.load(Ordering::Relaxed) {
                    idle = false;
                    caller.poll(calls);
                    if caller.call.is_none() {
                        caller.made = calls;
                    }
                }
            }
            if idle {
                break;
            }
        }
        for caller in &callers {
            prop_assert!(caller.call.is_none(), "a wake was lost");
        }
        let mut told: Vec<_> = callers.iter().flat_map(|caller| caller.answers.clone()).collect();
        told.extend(taken);
        told.extend(orphans(&client));
        in_step(&script, &client);
        told.extend(orphans(&client));
        told.push(77);
        told.sort_unstable();
        let mut executed = script.borrow().executed.clone();
        executed.sort_unstable();
        prop_assert_eq!(told, executed);
    }

    /// Whatever a server answers, the client neither panics nor waits for ever.
    #[test]
    fn any_answers(
        at_once in any::<u8>(),
        operations in prop::collection::vec(any::<u8>(), 0..8),
        answers in prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => any::<u8>(), 1 => Just(0xff)], 0..200),
    ) {
        let count = u8::try_from(operations.len()).unwrap();
        crate::decoder::run(&[vec![at_once, count], operations, answers].concat());
    }
}
