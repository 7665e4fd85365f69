//! What a server, or a code page, leaves behind where taking it away is made hard.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{server::Possessions, victim::Victim};
use rsyscall_core::{
    interface::{SyscallError, SyscallInterface},
    syscall::Errno,
};
use rsyscall_transport_ptrace::{PageData, PageError, Part, Session, Threads};
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What was put there is taken away by calls of the crate's own, whether the caller wants more calls or not.
#[test]
fn a_session_that_was_closed_while_its_thread_serves_leaves_nothing_behind() {
    for ends_it in [true, false] {
        let mut victim = Victim::start("read");
        victim.wait_for('S');
        let before = Possessions::of(victim.process());
        let session = Session::attach(victim.process()).unwrap();
        let serving = session.serve().unwrap();
        session.close_interface();
        if ends_it {
            serving.end().unwrap();
        } else {
            // As if it was forgotten: the end of the session is the server's, too.
            std::mem::forget(serving);
        }
        session.detach().unwrap();
        assert_eq!(Possessions::of(victim.process()), before);
        victim.say("x");
        assert_eq!(victim.line(), "1 0 on time");
        assert_eq!(victim.end(), 0);
    }
}

/// A server that cannot be removed, and whoever dropped it, or did not, is told of that.
#[test]
fn what_a_server_leaves_is_told_at_the_end_of_the_session() {
    for is_dropped in [true, false] {
        let victim = Victim::start("seccomp munmap errno");
        let session = Session::attach(victim.process()).unwrap();
        let serving = session.serve().unwrap();
        if is_dropped {
            drop(serving);
        } else {
            std::mem::forget(serving);
        }
        let error = session.detach().unwrap_err();
        assert_eq!(error.parts().collect::<Vec<_>>(), [(Part::Server, Errno::EPERM)]);
        victim.ends_well();
    }
}

/// Each of them, and not the first alone.
#[test]
fn every_thread_of_which_something_is_left_is_told() {
    let victim = Victim::start("two threads, seccomp munmap errno");
    let threads = Threads::<4>::attach(victim.process()).unwrap();
    assert_eq!(threads.len(), 2);
    let attached: BTreeSet<_> = threads.iter().map(Session::process).collect();
    for session in &threads {
        session.map_code_page(PageData::Copied).unwrap();
    }
    let mut failed = BTreeSet::new();
    threads.detach_each(|error| {
        assert_eq!(error.parts().collect::<Vec<_>>(), [(Part::CodePage, Errno::EPERM)]);
        assert!(failed.insert(error.process));
    });
    assert_eq!(failed, attached);
    assert_eq!(victim.status("TracerPid"), "0");
}

/// The descriptors of a process that are not its standard streams.
fn others(victim: &Victim) -> Vec<PathBuf> {
    let folder = format!("/proc/{}/fd", victim.process().into_raw());
    let is_standard = |path: &Path| ["0", "1", "2"].iter().any(|fd| path.ends_with(fd));
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| !is_standard(path)).collect()
}

/// Nothing of it is left here, either.
#[test]
fn where_nothing_can_be_closed_nobody_serves() {
    let victim = Victim::start("seccomp close errno");
    let before = others(&victim);
    let session = Session::attach(victim.process()).unwrap();
    let error = session.serve().unwrap_err();
    assert!(error.to_string().contains(": close: EPERM"), "{error}");
    let error = session.detach().unwrap_err();
    assert_eq!(error.parts().collect::<Vec<_>>(), [(Part::Server, Errno::EPERM)]);
    let left: Vec<_> = others(&victim).into_iter().filter(|path| !before.contains(path)).collect();
    assert_eq!(left.len(), 2, "both ends of a pipe: {left:?}");
    // What another test closes meanwhile is none of the victim's.
    let here: BTreeSet<_> = fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .collect();
    for path in left {
        let pipe = fs::read_link(path).unwrap();
        assert!(!here.contains(&pipe), "{pipe:?} is open here");
    }
    victim.ends_well();
}

/// The descriptor cannot be helped, but nothing stays mapped, here or there.
#[test]
fn where_nothing_can_be_closed_there_is_no_shared_page() {
    let victim = Victim::start("seccomp close errno");
    let before = Possessions::of(victim.process());
    let descriptors = others(&victim);
    let session = Session::attach(victim.process()).unwrap();
    let error = PageError { call: "close", cause: SyscallError::Errno(Errno::EPERM) };
    assert_eq!(session.map_code_page(PageData::Shared), Err(error));
    assert_eq!(Possessions::of(victim.process()).mappings, before.mappings);
    let left: Vec<_> = others(&victim).into_iter().filter(|path| !descriptors.contains(path)).collect();
    let [left] = left.as_slice() else { panic!("{left:?}") };
    let inode = format!(" {} ", fs::metadata(left).unwrap().ino());
    let here = fs::read_to_string("/proc/self/maps").unwrap();
    let is_it = |line: &str| line.contains(&inode) && line.contains("/memfd:");
    assert!(!here.lines().any(is_it), "{left:?} is mapped here");
    session.map_code_page(PageData::Copied).unwrap();
    session.detach().unwrap();
    assert_eq!(Possessions::of(victim.process()).mappings, before.mappings);
    victim.ends_well();
}
