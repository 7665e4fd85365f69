//! The questions, to a server that was started through an interface.

use crate::{Interface, ask_everything};
use rsyscall_core::{
    abi::Native,
    identifier::Process,
    interface::SyscallInterface,
    near::process::{getpid, getppid},
};
use rsyscall_transport_pipe::{
    Client,
    start::{Ended, Server, TaskFd, finish},
};

/// Asks a server that is a child of this process, with extensions or without, and waits for its end.
pub async fn ask(interface: &impl Interface<Abi = Native>, server: Server, parent: Process, extended: bool) {
    // SAFETY: the server is used and finished here.
    let (responses, requests) = unsafe { TaskFd::new(interface, &server) };
    let client = Client::<_, _, Native, 8>::new(responses, requests);
    // SAFETY: it takes nothing.
    assert_eq!(unsafe { client.call(getppid()) }.await, Ok(parent));
    // SAFETY: as above.
    assert_eq!(unsafe { client.call(getpid()) }.await, Ok(server.process));
    assert_eq!(client.hello().await.unwrap().link, extended);
    if extended {
        ask_everything(&client, server.process).await;
    }
    drop(client);
    // SAFETY: nobody uses the streams any more.
    assert_eq!(unsafe { finish(interface, server) }.await, Ok(Ended::Exited(0)));
}
