//! What is measured. Every call's result is checked.

use crate::measure::Case;
use rsyscall_core::{abi::Abi, block_on, interface::SyscallInterface, near::process::getppid};
use rsyscall_transport_local::{Local, raw_syscall};
use std::rc::Rc;

pub(crate) fn all() -> Vec<Case> {
    vec![local(), local_against_rustix()]
}

/// `getppid` by one asm function.
fn raw_getppid() -> i64 {
    let number = <Local as SyscallInterface>::Abi::number(getppid().operation());
    // SAFETY: getppid takes nothing and changes nothing.
    unsafe { raw_syscall(i64::from(number), [0; 6]) }
}

fn local_getppid() {
    // SAFETY: getppid takes nothing and changes nothing.
    assert!(block_on(unsafe { Local.call(getppid()) }, || ()).is_ok_and(|parent| parent.into_raw() > 0));
}

fn local() -> Case {
    Case {
        name: "local, one call / raw",
        bar: 1.05,
        calls: 2000,
        ours: Rc::new(local_getppid),
        floor: Rc::new(|| assert!(raw_getppid() > 0)),
    }
}

fn local_against_rustix() -> Case {
    Case {
        name: "local, one call / rustix",
        bar: 1.05,
        calls: 2000,
        ours: Rc::new(local_getppid),
        floor: Rc::new(|| assert!(rustix::process::getppid().is_some())),
    }
}
