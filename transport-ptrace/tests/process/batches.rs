//! Many calls at once: their results, and which of them are made.
#![expect(unsafe_code, reason = "makes system calls")]

use crate::{
    mechanisms::{WAYS, call, cost, ends_well, session_by},
    victim::Victim,
};
use rsyscall_core::{
    batch::{Batch, OnError},
    block_on,
    identifier::{Address, FileDescriptor},
    interface::{NotSent, SyscallInterface},
    memory::Arena,
    near::{
        fs::{Mode, OFlags},
        io::{close, pipe2},
        process::{exit_group, getpid, getppid},
        signal::{SigprocmaskHow, rt_sigprocmask},
    },
    syscall::Errno,
};
use rsyscall_transport_ptrace::{PageData, Session};

#[test]
fn a_batch_is_one_stop_whatever_is_in_it() {
    for data in [PageData::Copied, PageData::Shared] {
        let victim = Victim::start("idle");
        let session = Session::attach(victim.process()).unwrap();
        let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
        let path = block_on(arena.c_string(c"/proc/self/status"), || ()).unwrap();
        let buffer = arena.reserve(64, 8).unwrap();
        session.map_code_page(data).unwrap();
        assert_eq!(call(&session, getpid()), Ok(victim.process()));

        let mut batch = Batch::<1022>::new();
        let process = batch.getpid().unwrap();
        let bad = batch.close(FileDescriptor::from_raw(1000)).unwrap();
        let fd = batch.openat(FileDescriptor::AT_FDCWD, path, OFlags::RDONLY, Mode::empty()).unwrap();
        let count = batch.read(fd, buffer, 64_usize).unwrap();
        let closed = batch.close(fd).unwrap();
        let none =
            batch.openat(FileDescriptor::AT_FDCWD, Address::NULL, OFlags::RDONLY, Mode::empty()).unwrap();
        let skipped = batch.dup(none).unwrap();
        let skipped_too = batch.close(skipped).unwrap();
        while let Ok(last) = batch.getpid() {
            if batch.entries().len() == 1022 {
                // SAFETY: as in `call`.
                let run = || block_on(unsafe { session.batch(&batch, OnError::Continue) }, || ()).unwrap();
                let mut answers = None;
                // The first changes nothing about the second.
                for _ in 0..2 {
                    assert_eq!(cost(&session, || answers = Some(run())), (1, 1));
                }
                let answers = answers.unwrap();
                assert_eq!(answers.words().len(), 1022);
                assert_eq!(answers.get(process), Ok(victim.process()));
                assert_eq!(answers.get(last), Ok(victim.process()));
                assert_eq!(answers.get(bad), Err(Errno::EBADF.into()));
                assert!(answers.get(fd).is_ok());
                assert_eq!(answers.get(closed), Ok(()));
                assert_eq!(answers.get(none), Err(Errno::EFAULT.into()));
                assert_eq!(answers.get(skipped), Err(NotSent::BatchStopped.into()));
                assert_eq!(answers.get(skipped_too), Err(NotSent::BatchStopped.into()));
                let mut name = vec![0; answers.get(count).unwrap()];
                block_on(arena.read_bytes(buffer, &mut name), || ()).unwrap();
                assert!(name.starts_with(b"Name:"), "{name:?}");
                break;
            }
        }
        session.detach().unwrap();
        ends_well(victim);
    }
}

#[test]
fn a_batch_stops_at_an_error() {
    for data in [None, Some(PageData::Copied), Some(PageData::Shared)] {
        let victim = Victim::start("idle");
        let session = session_by(&victim, (None, data, (0, 0)));
        let mut batch = Batch::<4>::new();
        let first = batch.getpid().unwrap();
        let bad = batch.push(close(FileDescriptor::from_raw(1000))).unwrap();
        let third = batch.getpid().unwrap();
        let fourth = batch.push(exit_group(1)).unwrap();
        // SAFETY: what could do harm is not made.
        let answers = block_on(unsafe { session.batch(&batch, OnError::Stop) }, || ()).unwrap();
        assert_eq!(answers.get(first), Ok(victim.process()));
        assert_eq!(answers.get(bad), Err(Errno::EBADF.into()));
        assert_eq!(answers.get(third), Err(NotSent::BatchStopped.into()));
        assert_eq!(answers.get(fourth), Err(NotSent::BatchStopped.into()));
        session.detach().unwrap();
        ends_well(victim);
    }
}

/// Calls that the page does not make are made between its runs, and results are known on both sides.
#[test]
fn a_batch_with_calls_that_need_stops_keeps_its_order_and_its_results() {
    for data in [PageData::Copied, PageData::Shared] {
        let victim = Victim::start("idle");
        let session = session_by(&victim, (None, Some(data), (0, 0)));
        let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
        let (ends, set) = (arena.reserve(8, 8).unwrap(), arena.reserve(8, 8).unwrap());
        let path = block_on(arena.c_string(c"/dev/null"), || ()).unwrap();
        let mut batch = Batch::<8>::new();
        let before = batch.openat(FileDescriptor::AT_FDCWD, path, OFlags::RDONLY, Mode::empty()).unwrap();
        let mask = batch.push(rt_sigprocmask(SigprocmaskHow::BLOCK, Address::NULL, set, 8)).unwrap();
        let refused = batch
            .push(rsyscall_core::near::process::clone(
                Default::default(),
                Address::NULL,
                Address::NULL,
                Address::NULL,
                Address::NULL,
            ))
            .unwrap();
        let closed = batch.close(before).unwrap();
        let after = batch.openat(FileDescriptor::AT_FDCWD, path, OFlags::RDONLY, Mode::empty()).unwrap();
        let closed_after = batch.close(after).unwrap();
        let piped = batch.push(pipe2(ends, Default::default())).unwrap();
        // SAFETY: as in `call`.
        let answers = block_on(unsafe { session.batch(&batch, OnError::Continue) }, || ()).unwrap();
        assert!(answers.get(before).is_ok());
        assert_eq!(answers.get(mask), Ok(()));
        assert_eq!(answers.get(refused), Err(NotSent::Unsupported.into()));
        assert_eq!(answers.get(closed), Ok(()));
        assert_eq!(answers.get(after), answers.get(before));
        assert_eq!(answers.get(closed_after), Ok(()));
        assert_eq!(answers.get(piped), Ok(()));
        session.detach().unwrap();
        ends_well(victim);
    }
}

#[test]
fn a_filter_s_signal_is_an_answer_and_the_rest_of_the_batch_is_made() {
    for way in WAYS {
        let victim = Victim::start("seccomp trap");
        let session = session_by(&victim, way);
        let mut batch = Batch::<4>::new();
        let before = batch.getpid().unwrap();
        let trapped = batch.push(getppid()).unwrap();
        let takes_it = batch.getsid(trapped).unwrap();
        let behind = batch.getpid().unwrap();
        // SAFETY: as in `call`.
        let answers = block_on(unsafe { session.batch(&batch, OnError::Continue) }, || ()).unwrap();
        assert_eq!(answers.get(before), Ok(victim.process()), "{way:?}");
        assert_eq!(answers.get(trapped), Err(NotSent::Unsupported.into()), "{way:?}");
        assert_eq!(answers.get(takes_it), Err(NotSent::BatchStopped.into()), "{way:?}");
        assert_eq!(answers.get(behind), Ok(victim.process()), "{way:?}");
        assert_eq!(call(&session, getppid()), Err(NotSent::Unsupported.into()), "{way:?}");
        session.detach().unwrap();
        ends_well(victim);
    }
}
