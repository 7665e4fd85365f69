//! Many callers of one client, under each executor: tokio, embassy's, and `block_on`.

use crate::{Server, this_process};
use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
};
use embedded_io_adapters::tokio_1::FromTokio;
use embedded_io_async::{ErrorType, Read, Write};
use rsyscall_core::{
    abi::Native, block_on, identifier::FileDescriptor, interface::SyscallInterface, near::process::getpid,
};
use rsyscall_transport_pipe::{Client, FdError, PolledFd};
use std::rc::Rc;
use tokio::net::unix::pipe::{Receiver, Sender};

const CALLERS: usize = 20;
const CALLS: usize = 50;

/// One caller: calls one after the other, some of them given up half way.
async fn caller(client: &impl SyscallInterface, number: usize) {
    for turn in 0..CALLS {
        if (number + turn).is_multiple_of(7) {
            // Polled once, and dropped: its outcome is somebody's to take.
            let mut call = Box::pin(unsafe { client.call(getpid()) });
            poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_ready())).await;
            drop(call);
            while client.take_orphan().is_some() {}
        }
        let process = unsafe { client.call(getpid()) }.await;
        assert_eq!(process.unwrap().into_raw(), this_process());
    }
}

#[test]
fn under_tokio() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let server = Server::on_pipes(true);
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let responses = Receiver::from_owned_fd(server.responses.try_clone().unwrap()).unwrap();
        let requests = Sender::from_owned_fd(server.requests.try_clone().unwrap()).unwrap();
        let client =
            Client::<_, _, Native, { 2 * CALLERS }>::new(FromTokio::new(responses), FromTokio::new(requests));
        let client = Rc::new(client.with_waiting());
        client.hello().await.unwrap();
        let tasks: Vec<_> = (0..CALLERS)
            .map(|number| {
                let client = client.clone();
                tokio::task::spawn_local(async move { caller(&*client, number).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        client.settle().await.unwrap();
    });
    drop(local);
    drop(runtime);
    server.finish();
}

#[test]
fn under_block_on() {
    let server = Server::on_pipes(true);
    let client = server.polled::<{ 2 * CALLERS }>().with_waiting();
    let mut callers: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
    for number in 0..CALLERS {
        callers.push(Box::pin(caller(&client, number)));
    }
    let all = poll_fn(|context| {
        callers.retain_mut(|caller| caller.as_mut().poll(context).is_pending());
        if callers.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    });
    block_on(all, || client.park());
    block_on(client.settle(), || client.park()).unwrap();
    drop(callers);
    server.finish();
}

/// A descriptor whose readiness a thread waits for: what there is on a system with threads and without a reactor.
struct Watched {
    stream: PolledFd,
    events: i16,
}

impl Watched {
    fn new(fd: FileDescriptor, events: i16) -> Self {
        Self { stream: unsafe { PolledFd::new(fd) }, events }
    }

    fn watch(fd: i32, events: i16, waker: Waker) {
        std::thread::spawn(move || {
            let mut entry = libc::pollfd { fd, events, revents: 0 };
            unsafe { libc::poll(&raw mut entry, 1, -1) };
            waker.wake();
        });
    }
}

impl ErrorType for Watched {
    type Error = FdError;
}

macro_rules! watched {
    ($self:ident $transfer:expr) => {{
        let (fd, events) = ($self.stream.fd().into_raw(), $self.events);
        let mut transfer = core::pin::pin!($transfer);
        poll_fn(|context| {
            let answer = transfer.as_mut().poll(context);
            if answer.is_pending() {
                Self::watch(fd, events, context.waker().clone());
            }
            answer
        })
        .await
    }};
}

impl Read for Watched {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, FdError> {
        watched!(self self.stream.read(bytes))
    }
}

impl Write for Watched {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, FdError> {
        watched!(self self.stream.write(bytes))
    }

    async fn flush(&mut self) -> Result<(), FdError> {
        Ok(())
    }
}

type WatchedClient = Client<Watched, Watched, Native, { 2 * CALLERS }>;

#[embassy_executor::task(pool_size = CALLERS)]
async fn embassy_caller(client: &'static WatchedClient, number: usize, done: std::sync::mpsc::Sender<usize>) {
    caller(client, number).await;
    done.send(number).unwrap();
}

#[test]
fn under_embassy() {
    let server = Server::on_pipes(true);
    let (responses, requests) = server.fds();
    let (done, finished) = std::sync::mpsc::channel();
    // The executor never returns; it sleeps in its thread until the test program ends.
    std::thread::spawn(move || {
        let client =
            Client::new(Watched::new(responses, libc::POLLIN), Watched::new(requests, libc::POLLOUT));
        let client: &'static WatchedClient = Box::leak(Box::new(client.with_waiting()));
        let executor = Box::leak(Box::new(embassy_executor::Executor::new()));
        executor.run(|spawner| {
            for number in 0..CALLERS {
                spawner.spawn(embassy_caller(client, number, done.clone()).unwrap());
            }
        })
    });
    for _ in 0..CALLERS {
        finished.recv_timeout(core::time::Duration::from_secs(300)).unwrap();
    }
    server.finish();
}

/// The thread that reads is not the one that runs the callers; nothing but a wake gets them on.
#[test]
fn a_waker_that_does_nothing_is_enough_where_park_waits() {
    let server = Server::on_sockets(true);
    let client = server.polled::<2>();
    let mut context = Context::from_waker(Waker::noop());
    let mut call = Box::pin(unsafe { client.call(getpid()) });
    while call.as_mut().poll(&mut context).is_pending() {
        client.park();
    }
    drop(call);
    server.finish();
}
