//! No number of any ABI is without its typed instruction, or its reason.

use rsyscall_core::{
    abi::{Aarch64, Abi, Riscv64, X86_64},
    near,
};
use std::collections::BTreeSet;

/// Names that the tables of the `syscalls` crate have and that no instruction is made for.
const NOT_IMPLEMENTED: &[(&str, &[&str])] = &[
    (
        "never part of Linux, numbers only kept free",
        &["afs_syscall", "getpmsg", "putpmsg", "security", "tuxcall", "vserver"],
    ),
    (
        "taken out of the kernel",
        &[
            "_sysctl",
            "create_module",
            "get_kernel_syms",
            "query_module",
            "uselib",
            "nfsservctl",
            "lookup_dcookie",
            "sysfs",
            "epoll_ctl_old",
            "epoll_wait_old",
        ],
    ),
    (
        "only of 32-bit ABIs, with no code behind it in a 64-bit kernel",
        &["get_thread_area", "set_thread_area"],
    ),
    (
        "the 64-bit time of 32-bit ABIs; a 64-bit kernel has no such number",
        &[
            "clock_gettime64",
            "clock_settime64",
            "clock_adjtime64",
            "clock_getres_time64",
            "clock_nanosleep_time64",
            "timer_gettime64",
            "timer_settime64",
            "timerfd_gettime64",
            "timerfd_settime64",
            "utimensat_time64",
            "pselect6_time64",
            "ppoll_time64",
            "io_pgetevents_time64",
            "recvmmsg_time64",
            "mq_timedsend_time64",
            "mq_timedreceive_time64",
            "semtimedop_time64",
            "rt_sigtimedwait_time64",
            "futex_time64",
            "sched_rr_get_interval_time64",
        ],
    ),
];

/// Names that differ from one ABI's table to the next for the same call.
const OTHER_NAMES: &[(&str, &str)] = &[("fstatat", "newfstatat")];

fn not_implemented(name: &str) -> bool {
    NOT_IMPLEMENTED.iter().any(|(_, names)| names.contains(&name))
}

/// The names of an ABI that have neither an instruction with that number and name nor a reason.
fn missing<A: Abi>() -> Vec<&'static str> {
    (0..2048)
        .filter_map(|number| A::name(number).map(|name| (number, name)))
        .filter(|&(number, name)| {
            let called =
                OTHER_NAMES.iter().find(|&&(other, _)| other == name).map_or(name, |&(_, called)| called);
            let typed = near::calls()
                .any(|(typed, operation)| typed == called && i64::from(A::number(operation)) == number);
            typed == not_implemented(name)
        })
        .map(|(_, name)| name)
        .collect()
}

#[test]
fn every_name_is_either_an_instruction_or_has_a_reason() {
    assert_eq!(missing::<X86_64>(), Vec::<&str>::new(), "x86_64");
    assert_eq!(missing::<Aarch64>(), Vec::<&str>::new(), "aarch64");
    assert_eq!(missing::<Riscv64>(), Vec::<&str>::new(), "riscv64");
}

#[test]
fn the_walk_reaches_the_last_number_of_every_table() {
    let beyond = 2048_u32..=u32::from(u16::MAX);
    for number in beyond {
        let number = i64::from(number);
        let names = [X86_64::name(number), Aarch64::name(number), Riscv64::name(number)];
        assert_eq!(names, [None; 3], "{number}");
    }
}

#[test]
fn no_name_is_listed_in_vain() {
    for &name in NOT_IMPLEMENTED.iter().flat_map(|(_, names)| *names) {
        let known =
            (0..2048).any(|n| [X86_64::name(n), Aarch64::name(n), Riscv64::name(n)].contains(&Some(name)));
        assert!(known, "no table has {name}");
    }
}

#[test]
fn a_name_is_one_call() {
    let names: Vec<_> = near::calls().map(|(name, _)| name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

#[test]
fn a_call_that_an_abi_lacks_has_no_number_there() {
    for (name, operation) in near::calls() {
        for (number, found) in [
            (operation.x86_64, X86_64::name(operation.x86_64.into())),
            (operation.aarch64, Aarch64::name(operation.aarch64.into())),
            (operation.riscv64, Riscv64::name(operation.riscv64.into())),
        ] {
            assert!(
                number == rsyscall_core::abi::ABSENT || found.is_some(),
                "{name} has the unknown number {number}"
            );
        }
    }
}
