//! Nothing is left behind: after many starts, and after those that failed half-way.

use super::{Room, VM, VM_FILES, alone, children, client, descriptors, end, now, program, raw, start};
use rsyscall_core::{
    near::{process::CloneFlags, signal::Signal},
    syscall::Errno,
};
use rsyscall_transport_pipe::{
    server::symbol_table,
    start::{Ended, ThisProcess, finish, start_program, start_server},
};
use syscalls::Sysno;

/// Whatever the descriptor is that cannot be had any more: nothing is left behind.
#[test]
fn without_descriptors_nothing_is_started() {
    let _alone = alone();
    let mut room = Room::new();
    let outer = start(room.stack(), VM);
    {
        let client = unsafe { client(&outer).with_local_memory(outer.process) };
        let task = format!("/proc/{}", outer.process.into_raw());
        let count = || std::fs::read_dir(format!("{task}/fd")).unwrap().count();
        let before = count();
        let numbers = std::fs::read_dir(format!("{task}/fd")).unwrap();
        let numbers =
            numbers.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse::<u64>().unwrap());
        let highest = numbers.max().unwrap();
        for share in [VM, VM_FILES] {
            let (mut started, mut refused) = (0, 0);
            // New numbers are the lowest that are free: one more each time, until all that are needed can be had.
            for limit in 3..highest + 10 {
                let mut room = Room::new();
                let limits = [limit, 4096];
                let words = [7, limits.as_ptr().expose_provenance() as u64];
                raw(&client, Sysno::setrlimit, &words).unwrap();
                match now(unsafe {
                    start_server(&client, symbol_table(), room.stack(), share.with(Signal::CHLD))
                }) {
                    Ok(inner) => {
                        assert_eq!(now(unsafe { finish(&client, inner) }), Ok(Ended::Exited(0)));
                        started += 1;
                    }
                    Err(error) => {
                        assert_eq!(error.cause, Errno::EMFILE.into());
                        refused += 1;
                    }
                }
                assert_eq!(count(), before);
                let children = format!("{task}/task/{}/children", outer.process.into_raw());
                assert_eq!(std::fs::read_to_string(children).unwrap(), "");
            }
            assert!(started > 0 && refused > 4, "{started} {refused}");
        }
    }
    assert_eq!(end(outer), Ended::Exited(0));
}

#[test]
fn a_thousand_starts_and_deaths_leave_nothing_behind() {
    let _alone = alone();
    let mappings = || std::fs::read_to_string("/proc/self/maps").unwrap().lines().count();
    let mut room = Room::new();
    let table = symbol_table();
    let mut once = |share: CloneFlags, kill: bool| {
        let server = start(room.stack(), share);
        if kill {
            raw(&ThisProcess, Sysno::kill, &[server.process.into_raw().unsigned_abs().into(), 9]).unwrap();
        }
        assert_eq!(end(server), if kill { Ended::Signalled(9) } else { Ended::Exited(0) });
    };
    once(VM, true);
    let before = (descriptors(), children());
    let mappings_before = mappings();
    for round in 0..500 {
        once(VM, round % 2 == 0);
        once(VM_FILES, round % 2 == 0);
    }
    let path = program();
    for _ in 0..100 {
        let server = now(unsafe { start_program(&ThisProcess, table, room.stack(), &path) }).unwrap();
        assert_eq!(end(server), Ended::Exited(0));
    }
    assert_eq!((descriptors(), children()), before);
    // The test harness's threads map their stacks meanwhile.
    assert!(mappings() < mappings_before + 100, "{} and {mappings_before} mappings", mappings());
}
