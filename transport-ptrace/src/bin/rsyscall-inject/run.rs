//! Making the calls of a plan, through any interface.
#![expect(unsafe_code, reason = "makes calls in a process, which is what its user asks for")]

use crate::{
    argument::Reference,
    placed,
    plan::{Argument, Call, Plan},
};
use anyhow::{Context, Result};
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::Address,
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    memory::{Arena, ArenaError, MemoryInterface},
    near::mm::{ProtFlags, mprotect},
    syscall::Syscall,
};

/// What came of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Done {
    /// Its arguments as the kernel got them. A result that there was not is `None`.
    pub(crate) words: Vec<Option<u64>>,
    pub(crate) outcome: Outcome,
    /// For each argument, what is in the memory that it points to afterwards, if the call may have written it.
    pub(crate) contents: Vec<Option<Vec<u8>>>,
}

/// What came of a plan.
#[derive(Debug)]
pub(crate) struct Made {
    /// Of each call.
    pub(crate) done: Vec<Done>,
    /// Whether the memory that the calls were given could be given back.
    pub(crate) memory: Result<()>,
}

/// The end of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// The kernel's answer, or the interface's reason.
    Answer(Result<u64, SyscallError>),
    /// It was not made because it takes the result of this one, which has none.
    WithoutResult(Reference),
    /// It was not made because this one, which is earlier, has failed; the first is 1.
    Behind(usize),
    /// It was not made because this program was to end.
    Stopped,
}

impl Made {
    /// Whether every call has succeeded.
    pub(crate) fn has_succeeded(&self, plan: &Plan) -> bool {
        plan.calls.iter().zip(&self.done).all(|(call, done)| call.is_success(done.outcome))
    }
}

impl Done {
    fn result(&self) -> Option<u64> {
        match self.outcome {
            Outcome::Answer(Ok(word)) => Some(word),
            _ => None,
        }
    }
}

/// Makes the calls in order, each with what it points to in memory.
///
/// The target's memory for that is mapped before the first of them and unmapped after the last. `is_to_stop` is asked before
/// each.
///
/// # Errors
///
/// Memory could not be had or written, and no call was made.
pub(crate) fn run<I>(
    plan: &Plan,
    interface: &I,
    keep_going: bool,
    is_to_stop: &dyn Fn() -> bool,
) -> Result<Made>
where
    I: SyscallInterface<Abi = Native> + MemoryInterface,
{
    let page_size = rustix::param::page_size();
    let length = placed::pages(plan.memory(), page_size).context("more memory than there are addresses")?;
    if length == 0 {
        let done = make_calls(plan, &[], interface, None, keep_going, is_to_stop);
        return Ok(Made { done, memory: Ok(()) });
    }
    let with_guard = length.checked_add(page_size).context("more memory than there are addresses")?;
    let arena = block_on(Arena::map(interface, with_guard, page_size), || ())
        .with_context(|| format!("cannot get {with_guard} bytes of memory in the target"))?;
    let addresses: Result<Vec<_>> = guard(interface, &arena, length, page_size).and_then(|()| {
        plan.memory().map(|memory| memory.map(|memory| placed::place(&arena, memory)).transpose()).collect()
    });
    let done = addresses
        .map(|addresses| make_calls(plan, &addresses, interface, Some(&arena), keep_going, is_to_stop));
    // SAFETY: the calls that were given addresses in it are over.
    let memory = match block_on(unsafe { arena.unmap() }, || ()) {
        // The memory went with the program that had it.
        Ok(())
        | Err(ArenaError::Unmap(
            SyscallError::NotSent(NotSent::Dead) | SyscallError::Hangup(Hangup::TaskEnded),
        )) => Ok(()),
        Err(error) => Err(error).context("cannot give the target's memory back"),
    };
    Ok(Made { done: done?, memory })
}

/// Closes the last page to the target: a call that is told of more room than there is must not write over what happens to lie
/// behind.
fn guard<I>(interface: &I, arena: &Arena<'_, I>, length: usize, page_size: usize) -> Result<()>
where
    I: SyscallInterface<Abi = Native> + MemoryInterface,
{
    let last =
        arena.mapping().address().checked_add(length).context("a mapping goes beyond all addresses")?;
    // SAFETY: the page is the arena's own, which places nothing there: it has room for all in front of it.
    block_on(unsafe { interface.call(mprotect(last, page_size, ProtFlags::NONE)) }, || ())
        .context("cannot protect the target's memory")
}

/// Makes the calls; the addresses are those of all their arguments, `None` for those that are none.
fn make_calls<I>(
    plan: &Plan,
    addresses: &[Option<Address>],
    interface: &I,
    arena: Option<&Arena<'_, I>>,
    keep_going: bool,
    is_to_stop: &dyn Fn() -> bool,
) -> Vec<Done>
where
    I: SyscallInterface<Abi = Native> + MemoryInterface,
{
    let mut done: Vec<Done> = Vec::new();
    let mut addresses = addresses.iter().copied();
    let mut failed = None;
    for call in &plan.calls {
        let addresses: Vec<_> = call.arguments.iter().map(|_| addresses.next().flatten()).collect();
        let words = words(call, &addresses, &done);
        let outcome = match (failed, missing(call, &words)) {
            (Some(failed), _) => Outcome::Behind(failed),
            _ if is_to_stop() => Outcome::Stopped,
            (None, Some(reference)) => Outcome::WithoutResult(reference),
            (None, None) => Outcome::Answer(make(call, &words, interface)),
        };
        let contents = match (outcome, arena) {
            (Outcome::Answer(Ok(_)), Some(arena)) => {
                let arguments = call.arguments.iter().zip(addresses);
                arguments.map(|(argument, address)| content(argument, address, arena)).collect()
            }
            _ => vec![None; call.arguments.len()],
        };
        done.push(Done { words, outcome, contents });
        if failed.is_none() && !keep_going && !call.is_success(outcome) && outcome != Outcome::Stopped {
            failed = Some(done.len());
        }
    }
    done
}

/// The first result that a call needs and that there is not.
fn missing(call: &Call, words: &[Option<u64>]) -> Option<Reference> {
    call.arguments.iter().zip(words).find_map(|(argument, word)| match (argument, word) {
        (Argument::Result(reference), None) => Some(*reference),
        _ => None,
    })
}

/// What is in an argument's memory after the call, unless that is out of reach: a call may have unmapped it.
fn content<I>(argument: &Argument, address: Option<Address>, arena: &Arena<'_, I>) -> Option<Vec<u8>>
where
    I: SyscallInterface<Abi = Native> + MemoryInterface,
{
    let Argument::Memory(memory) = argument else { return None };
    placed::content(arena, memory, address?)
}

fn words(call: &Call, addresses: &[Option<Address>], done: &[Done]) -> Vec<Option<u64>> {
    let words = call.arguments.iter().zip(addresses).map(|(argument, address)| match argument {
        Argument::Word(word) => Some(*word),
        Argument::Memory(_) => address.map(Address::into_raw),
        Argument::Result(Reference { call, plus }) => {
            let earlier = call.checked_sub(1).and_then(|index| done.get(index));
            earlier.and_then(Done::result).map(|word| word.wrapping_add(*plus))
        }
    });
    words.collect()
}

fn make<I>(call: &Call, words: &[Option<u64>], interface: &I) -> Result<u64, SyscallError>
where
    I: SyscallInterface<Abi = Native>,
{
    let mut arguments = [0; 6];
    for (argument, word) in arguments.iter_mut().zip(words) {
        *argument = word.unwrap_or(0);
    }
    let syscall = Syscall::<Native, u64>::new(call.signature.number, arguments);
    // SAFETY: what the call does to the target is what its user asks for. Where the target is another process this one's
    // memory is out of its reach; the memory that the call was given by us is the target's own and mapped for it.
    block_on(unsafe { interface.syscall(syscall) }, || ())
}

impl Call {
    /// Whether it came out as its user wants. A call that ends or replaces its program does not return.
    pub(crate) fn is_success(&self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Answer(Ok(_)) => true,
            Outcome::Answer(Err(SyscallError::Hangup(Hangup::TaskEnded))) => {
                self.signature.ends_the_program()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsyscall_core::syscall::Errno;
    use rsyscall_transport_local::Local;

    /// The outcomes of calls in this process.
    fn run_here(line: &str, keep_going: bool) -> Vec<Done> {
        let words: Vec<_> = line.split(' ').map(std::ffi::OsString::from).collect();
        let made = run(&Plan::parse(&words).unwrap(), &Local, keep_going, &|| false).unwrap();
        made.memory.unwrap();
        made.done
    }

    fn outcomes(line: &str, keep_going: bool) -> Vec<Outcome> {
        run_here(line, keep_going).into_iter().map(|done| done.outcome).collect()
    }

    const NOENT: Outcome = Outcome::Answer(Err(SyscallError::Errno(Errno::ENOENT)));

    #[test]
    fn results_and_memory_go_from_call_to_call() {
        let done =
            run_here("openat AT_FDCWD /proc/self/comm O_RDONLY -- read @1 buf:64 64 -- close @1", false);
        let comm = std::fs::read("/proc/self/comm").unwrap();
        let Outcome::Answer(Ok(fd)) = done[0].outcome else { panic!("{done:?}") };
        assert_eq!(done[1].words[0], Some(fd));
        assert_eq!(done[1].outcome, Outcome::Answer(Ok(comm.len() as u64)));
        assert!(done[1].contents[1].as_ref().unwrap().starts_with(&comm));
        assert_eq!(done[2].outcome, Outcome::Answer(Ok(0)));
    }

    #[test]
    fn what_a_call_writes_over_is_read_again() {
        let done = run_here("socketpair AF_UNIX SOCK_STREAM 0 int:7,7", false);
        let Some(Some(fds)) = done[0].contents.get(3) else { panic!("{done:?}") };
        assert_ne!(fds[..], [7, 0, 0, 0, 7, 0, 0, 0]);
    }

    #[test]
    fn nothing_is_written_behind_the_memory() {
        let done =
            run_here("openat AT_FDCWD /dev/zero O_RDONLY -- read @1 buf:5000 0x10000 -- close @1", false);
        let Outcome::Answer(Ok(count)) = done[1].outcome else { panic!("{done:?}") };
        assert!((5000..0x4000).contains(&count), "{count}");
    }

    #[test]
    fn strings_are_a_table_of_addresses() {
        let done = run_here("9999 [ab,c] string:x", false);
        assert_eq!(done[0].outcome, Outcome::Answer(Err(SyscallError::Errno(Errno::ENOSYS))));
        assert_ne!(done[0].words[0], done[0].words[1]);
    }

    #[test]
    fn a_failure_ends_it_unless_it_is_to_go_on() {
        let line = "openat AT_FDCWD /nowhere/at/all O_RDONLY -- getpid -- read @1 buf:1 1";
        assert_eq!(outcomes(line, false), [NOENT, Outcome::Behind(1), Outcome::Behind(1)]);
        let pid = Outcome::Answer(Ok(std::process::id().into()));
        let without = Outcome::WithoutResult(Reference { call: 1, plus: 0 });
        assert_eq!(outcomes(line, true), [NOENT, pid, without]);
    }

    #[test]
    fn nothing_more_is_done_when_it_is_to_stop() {
        let plan = Plan::parse(&["getpid".into()]).unwrap();
        let made = run(&plan, &Local, true, &|| true).unwrap();
        assert_eq!(made.done[0].outcome, Outcome::Stopped);
    }
}
