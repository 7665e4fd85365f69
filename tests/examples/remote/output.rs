//! What a program on the host writes, and how it ends.
#![expect(unsafe_code, reason = "executes system calls on the host")]

use crate::{
    connection::{Remote, execute},
    setup::Room,
};
use anyhow::{Context, Result, bail};
use rsyscall_core::{
    abi::Abi,
    batch::{Batch, OnError},
    identifier::{Address, FileDescriptor, Process},
    interface::SyscallError,
    near::{
        event::PollEvents,
        layout::{Layout, Pollfd, Siginfo},
        process::{IdType, WaitId, WaitOptions},
        signal::ChildCode,
    },
    syscall::Errno,
};
use rsyscall_transport_pipe::start::Ended;
use std::io::Write;

/// Bytes of each stream that a round trip brings.
const BYTES: usize = 4096;

/// Hands on what the program writes until nobody can write any more: a round trip each time that there is something.
pub(crate) fn hand_on<A: Abi>(client: &Remote<'_, A>, room: &Room) -> Result<()> {
    let mut open = room.output.map(Some);
    while open.iter().any(Option::is_some) {
        let mut bytes = [[0; BYTES]; 2];
        let mut counts = [None; 2];
        // The server's own input is readable when this program is gone, and then the server shall not wait any longer.
        let polled = [open[0], open[1], Some(FileDescriptor::STDIN)].map(|fd| {
            let fd = fd.unwrap_or(FileDescriptor::NONE).into_raw();
            let events = u16::try_from(PollEvents::IN.bits()).unwrap_or_default();
            Layout::<A>::to_bytes(&Pollfd { fd, events, revents: 0 })
        });
        let polled = polled.concat();
        let mut batch = Batch::<6>::new();
        batch.write_memory(room.memory, &polled)?;
        let null = Address::NULL;
        let ready = batch.ppoll(room.memory, 3_usize, null, null, 8_usize)?;
        for ((count, bytes), fd) in counts.iter_mut().zip(&mut bytes).zip(open) {
            if let Some(fd) = fd {
                *count = Some(batch.read(fd, room.memory, BYTES)?);
                batch.read_memory(room.memory, bytes)?;
            }
        }
        // SAFETY: the memory is the room's and has room for all of these. What is read would block else.
        let answers = unsafe { execute(client, &batch, OnError::Continue) }?;
        match answers.get(ready) {
            Ok(_) | Err(SyscallError::Errno(Errno::EINTR)) => {}
            Err(error) => return Err(error).context("cannot wait for the program's output"),
        }
        let to: [&mut dyn Write; 2] = [&mut std::io::stdout(), &mut std::io::stderr()];
        for (((open, bytes), count), to) in open.iter_mut().zip(&bytes).zip(counts).zip(to) {
            let Some(count) = count else { continue };
            match answers.get(count) {
                Ok(0) => *open = None,
                Ok(count) => to.write_all(bytes.get(..count).unwrap_or_default())?,
                Err(SyscallError::Errno(Errno::EAGAIN | Errno::EINTR)) => {}
                Err(error) => return Err(error).context("cannot read the program's output"),
            }
        }
    }
    std::io::stdout().flush()?;
    Ok(())
}

/// Waits for the program's end: one round trip.
pub(crate) fn wait<A: Abi>(client: &Remote<'_, A>, room: &Room, process: Process) -> Result<Ended> {
    let mut info = [0; 128];
    let mut batch = Batch::<2>::new();
    let waited =
        batch.waitid(IdType::PID, WaitId::from(process), room.memory, WaitOptions::EXITED, Address::NULL)?;
    batch.read_memory(room.memory, &mut info)?;
    // SAFETY: the memory has room for a siginfo_t; the child is this program's own.
    let answers = unsafe { execute(client, &batch, OnError::Stop) }?;
    answers.get(waited).context("cannot wait for the program")?;
    match <Siginfo as Layout<A>>::from_bytes(&info) {
        Siginfo::Child(child) if child.si_code == ChildCode::EXITED.into_raw() => {
            Ok(Ended::Exited(child.si_status))
        }
        Siginfo::Child(child) => Ok(Ended::Signalled(child.si_status)),
        other => bail!("this is not how a child ends: {other:?}"),
    }
}
