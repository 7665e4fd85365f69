//! Servers that are started through servers.

use super::{Room, VM, VM_FILES, alone, call, children, descriptors, end, now, program, start};
use core::{future::Future, pin::Pin};
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::Native,
    batch::{Batch, OnError},
    identifier::{Address, FileDescriptor, Process},
    interface::{SyscallError, SyscallInterface},
    memory::{Arena, MemoryError, MemoryInterface},
    near::{
        io::close,
        process::{CloneFlags, getpid, getppid},
        signal::Signal,
    },
    syscall::{Errno, Outcome, Syscall},
};
use rsyscall_transport_pipe::{
    Client,
    server::{SymbolTable, extended_symbol_table, symbol_table},
    start::{Ended, TaskFd, ThisProcess, finish, start_program, start_server},
};

type Boxed<'f, T> = Pin<Box<dyn Future<Output = T> + 'f>>;

/// Starts a server through an interface, another one through that, and so on, and asks each of them.
fn nest<'f, I>(interface: &'f I, table: SymbolTable, depth: usize, parent: Process) -> Boxed<'f, ()>
where
    I: SyscallInterface<Abi = Native> + MemoryInterface + 'f,
{
    Box::pin(async move {
        let mut room = Room::new();
        let share = if depth.is_multiple_of(2) { VM_FILES } else { VM };
        let server =
            unsafe { start_server(interface, table, room.stack(), share.with(Signal::CHLD)) }.await.unwrap();
        let (responses, requests) = unsafe { TaskFd::new(interface, &server) };
        let child = Box::new(client(responses, requests));
        assert_eq!(unsafe { child.call(getppid()) }.await, Ok(parent));
        assert_eq!(unsafe { child.call(getpid()) }.await, Ok(server.process));
        let extended = table == extended_symbol_table();
        assert_eq!(child.hello().await.unwrap().link, extended);
        if extended {
            ask_in_a_batch(&*child, server.process).await;
        }
        {
            let erased: &Erased<'_> = &Erased(child);
            if depth > 1 {
                nest_erased(erased, table, depth - 1, server.process).await;
            } else {
                program_through(erased, table, server.process).await;
            }
            let gone = unsafe { erased.call(close(FileDescriptor::from_raw(-1))) }.await;
            assert_eq!(gone, Err(Errno::EBADF.into()));
        }
        assert_eq!(unsafe { finish(interface, server) }.await, Ok(Ended::Exited(0)));
    })
}

/// The deepest starts a program that serves, and asks it.
async fn program_through<'f>(interface: &'f Erased<'f>, table: SymbolTable, parent: Process) {
    let (mut room, path) = (Room::new(), program());
    let server = unsafe { start_program(interface, table, room.stack(), &path) }.await.unwrap();
    let (responses, requests) = unsafe { TaskFd::new(interface, &server) };
    let child = client(responses, requests);
    assert_eq!(unsafe { child.call(getppid()) }.await, Ok(parent));
    assert!(child.hello().await.unwrap().link);
    ask_in_a_batch(&child, server.process).await;
    drop(child);
    assert_eq!(unsafe { finish(interface, server) }.await, Ok(Ended::Exited(0)));
}

fn nest_erased<'f>(
    interface: &'f Erased<'f>,
    table: SymbolTable,
    depth: usize,
    parent: Process,
) -> Boxed<'f, ()> {
    nest(interface, table, depth, parent)
}

/// Memory, a call that takes another's result, and memory again, in one round trip.
pub(crate) async fn ask_in_a_batch(
    client: &(impl SyscallInterface<Abi = Native> + MemoryInterface),
    process: Process,
) {
    let arena = Arena::map(client, 4096, 4096).await.unwrap();
    let base = arena.mapping().address();
    let mut back = [0; 4];
    let mut batch = Batch::<4>::new();
    batch.write_memory(base, b"near").unwrap();
    let asked = batch.getpid().unwrap();
    let group = batch.getpgid(asked).unwrap();
    batch.read_memory(base, &mut back).unwrap();
    let answers = unsafe { client.batch(&batch, OnError::Stop) }.await.unwrap();
    assert_eq!(answers.get(asked), Ok(process));
    assert!(answers.get(group).is_ok());
    assert_eq!(&back, b"near");
    unsafe { arena.unmap() }.await.unwrap();
}

/// An interface whose type does not grow with each level: only bare words pass.
struct Erased<'i>(Box<dyn Asked + 'i>);

trait Asked {
    fn ask(&self, call: Syscall<Native, u64>) -> Boxed<'_, Result<u64, SyscallError>>;
}

impl<R: Read, W: Write> Asked for Client<R, W, Native, 4> {
    fn ask(&self, call: Syscall<Native, u64>) -> Boxed<'_, Result<u64, SyscallError>> {
        Box::pin(async move { unsafe { self.syscall(call) }.await })
    }
}

pub(crate) fn client<R: Read, W: Write>(responses: R, requests: W) -> Client<R, W, Native, 4> {
    Client::new(responses, requests)
}

impl SyscallInterface for Erased<'_> {
    type Abi = Native;

    async unsafe fn syscall<R: Outcome>(&self, call: Syscall<Native, R>) -> Result<R, SyscallError> {
        self.0.ask(Syscall::new(call.number, call.arguments)).await.map(R::from_word)
    }
}

/// All of them share this process's memory.
impl MemoryInterface for Erased<'_> {
    async unsafe fn write(&self, to: Address, from: &[u8]) -> Result<(), MemoryError> {
        unsafe { ThisProcess.write(to, from) }.await
    }

    async unsafe fn read(&self, from: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        unsafe { ThisProcess.read(from, to) }.await
    }
}

#[test]
fn servers_start_servers_eight_deep() {
    let _alone = alone();
    let (fds, tasks) = (descriptors(), children());
    let process = call(&ThisProcess, getpid()).unwrap();
    for table in [symbol_table(), extended_symbol_table()] {
        now(nest(&ThisProcess, table, 8, process));
    }
    assert_eq!((descriptors(), children()), (fds, tasks));
}

/// As by `fork`: the other server has a copy of the memory of the one that it is started through, and of its descriptors.
#[test]
fn a_server_makes_a_copy_of_itself() {
    let _alone = alone();
    let (fds, tasks) = (descriptors(), children());
    let mut room = Room::new();
    let outer = start(room.stack(), VM);
    {
        let through = unsafe { super::client(&outer).with_local_memory(outer.process) };
        let mut room = Room::new();
        let alone = CloneFlags::empty().with(Signal::CHLD);
        let inner = now(unsafe { start_server(&through, symbol_table(), room.stack(), alone) }).unwrap();
        let (responses, requests) = unsafe { TaskFd::new(&through, &inner) };
        let child = unsafe { client(responses, requests).with_local_memory(inner.process) };
        assert_eq!(call(&child, getppid()), Ok(outer.process));
        assert_eq!(call(&child, getpid()), Ok(inner.process));
        let (here, mut there) = (Box::new(7_u8), [0]);
        let address = Address::from_pointer(&raw const *here);
        now(unsafe { child.write(address, &[8]) }).unwrap();
        now(unsafe { child.read(address, &mut there) }).unwrap();
        assert_eq!((core::hint::black_box(*here), there), (7, [8]));
        drop(child);
        assert_eq!(now(unsafe { finish(&through, inner) }), Ok(Ended::Exited(0)));
    }
    assert_eq!(end(outer), Ended::Exited(0));
    assert_eq!((descriptors(), children()), (fds, tasks));
}
