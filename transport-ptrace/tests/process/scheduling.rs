//! The tracer's thread goes to the tracee's CPU, and back.
#![expect(unsafe_code, reason = "makes system calls")]

use crate::victim::Victim;
use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getpid};
use rsyscall_transport_ptrace::Session;

/// The CPUs that a thread may run on; 0 is the caller.
fn affinity(thread: i32) -> Vec<usize> {
    // SAFETY: all zeros are a set.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: the set is alive, and this long.
    assert_eq!(unsafe { libc::sched_getaffinity(thread, size_of_val(&set), &raw mut set) }, 0);
    // SAFETY: the set was filled, and has so many.
    (0..1024).filter(|&cpu| unsafe { libc::CPU_ISSET(cpu, &set) }).collect()
}

#[test]
fn the_tracer_goes_to_its_cpu_and_back() {
    let victim = Victim::start("idle");
    victim.wait_for('S');
    let process = victim.process().into_raw();
    let (own, its) = (affinity(0), affinity(process));
    for drops in [false, true] {
        let session = Session::attach(victim.process()).unwrap();
        assert_eq!(affinity(0), own, "not unless it is asked to");
        session.move_to_its_cpu().unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        let cpu: usize = stat.rsplit(')').next().unwrap().split(' ').nth(37).unwrap().parse().unwrap();
        assert_eq!(affinity(0), [cpu]);
        assert_eq!(affinity(process), its);
        // SAFETY: getpid takes nothing and changes nothing.
        assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
        session.move_to_its_cpu().unwrap();
        if drops {
            drop(session);
        } else {
            session.detach().unwrap();
        }
        assert_eq!(affinity(0), own);
        assert_eq!(affinity(process), its);
    }
    assert_eq!(victim.end(), 0);
}

fn pin(victim: &Victim, cpu: usize) {
    // SAFETY: all zeros are a set.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: the CPU is one that there is.
    unsafe { libc::CPU_SET(cpu, &mut set) };
    let process = victim.process().into_raw();
    // SAFETY: the set is alive, and this long.
    assert_eq!(unsafe { libc::sched_setaffinity(process, size_of_val(&set), &raw const set) }, 0);
}

/// What the second one finds is where the first has moved the thread to.
#[test]
fn several_sessions_leave_the_tracer_where_it_was_in_whatever_order_they_end() {
    let own = affinity(0);
    let victims = [(); 3].map(|()| Victim::start("idle"));
    // On different ones, if there are as many.
    for (victim, &cpu) in victims.iter().zip(own.iter().cycle()) {
        pin(victim, cpu);
        victim.wait_for('S');
    }
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for moves_again in [false, true] {
            let mut sessions: Vec<_> =
                victims.iter().map(|victim| Some(Session::attach(victim.process()).unwrap())).collect();
            for session in sessions.iter().flatten() {
                session.move_to_its_cpu().unwrap();
                assert_eq!(affinity(0).len(), 1);
            }
            for ended in order {
                sessions[ended].take().unwrap().detach().unwrap();
                for session in sessions.iter().flatten().filter(|_| moves_again) {
                    session.move_to_its_cpu().unwrap();
                }
            }
            assert_eq!(affinity(0), own, "{order:?}");
        }
    }
    for victim in victims {
        assert_eq!(victim.end(), 0);
    }
}
