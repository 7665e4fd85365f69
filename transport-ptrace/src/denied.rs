//! Which of the kernel's checks forbids to attach, as far as files tell: those of "Ptrace access mode checking" in ptrace(2), in
//! their order.
#![expect(unsafe_code, reason = "asks whose a file is")]

use crate::{
    error::Reason,
    explain::{own_pid, own_thread, process_of},
    proc_file::{number, open_of, read_of, read_whole},
    request::{call, close_own, open},
    status::Status,
};
use rsyscall_core::{
    abi::Native,
    identifier::{Address, Process},
    near::{
        fs::{OFlags, StatxFlags, StatxMask, statx},
        layout::{Layout, Statx},
    },
};

/// In a set of capabilities.
const CAP_SYS_PTRACE: u64 = 1 << 19;

/// What the kernel's answer depends on.
struct Facts {
    /// Of this thread.
    own: Status,
    /// Of the other one.
    target: Status,
    /// Whether the kernel grants what it asks the same permission for, but for Yama's.
    may_read: bool,
    /// Whether its user ids are mapped in another way than ours.
    in_other_namespace: bool,
    dumpable: bool,
    /// Whether it is a child, a grandchild, ... of this process.
    descends: bool,
    /// `/proc/sys/kernel/yama/ptrace_scope`, 0 without Yama.
    yama: u8,
}

/// Why this thread may not attach to that one.
pub(crate) fn reason(process: Process, target: Status) -> Reason {
    let Some(thread) = own_thread().and_then(process_of) else { return Reason::NotPermitted };
    let Ok(own) = Status::read(thread) else { return Reason::NotPermitted };
    let yama = yama_level();
    let namespace = open_of(process, "ns/user", OFlags::RDONLY).map(close_own);
    let facts = Facts {
        own,
        target,
        may_read: namespace.is_ok(),
        in_other_namespace: have_other_user_ids(process, thread),
        dumpable: owner(process).is_none_or(|owner| owner == target.effective_uid()),
        descends: yama == 1 && descends(target),
        yama,
    };
    facts.reason()
}

impl Facts {
    fn reason(&self) -> Reason {
        let is_capable = self.own.effective & CAP_SYS_PTRACE != 0;
        let differs = |theirs: [u64; 3], [own, ..]: [u64; 3]| {
            let other = theirs.into_iter().find(|id| *id != own).filter(|_| !is_capable)?;
            u32::try_from(other).ok()
        };
        if !self.may_read {
            if let Some(uid) = differs(self.target.uids, self.own.uids) {
                return Reason::OtherUser { uid };
            }
            if self.in_other_namespace {
                return Reason::OtherUserNamespace;
            }
            if !is_capable && !self.dumpable {
                return Reason::NotDumpable;
            }
            if let Some(gid) = differs(self.target.gids, self.own.gids) {
                return Reason::OtherGroup { gid };
            }
            if !is_capable && self.target.permitted & !self.own.permitted != 0 {
                return Reason::MoreCapabilities;
            }
        }
        match self.yama {
            0 => Reason::NotPermitted,
            1 if self.descends || is_capable => Reason::NotPermitted,
            2 if is_capable => Reason::NotPermitted,
            level => Reason::Yama { level },
        }
    }
}

fn yama_level() -> u8 {
    let mut buffer = [0; 16];
    let file = open(c"/proc/sys/kernel/yama/ptrace_scope", OFlags::RDONLY);
    let level = file.and_then(|file| read_whole(file, &mut buffer).map(number));
    level.ok().flatten().and_then(|level| u8::try_from(level).ok()).unwrap_or(0)
}

/// Whether two processes' user ids are mapped differently.
fn have_other_user_ids(process: Process, own: Process) -> bool {
    let (mut theirs, mut ours) = ([0; 512], [0; 512]);
    match (read_of(process, "uid_map", &mut theirs), read_of(own, "uid_map", &mut ours)) {
        (Ok(theirs), Ok(ours)) => theirs != ours,
        _ => false,
    }
}

/// Whose its files are: root's, and not its own, if it is not dumpable.
fn owner(process: Process) -> Option<u64> {
    let mut buffer = <Statx as Layout<Native>>::zeroed();
    let file = open_of(process, "status", OFlags::RDONLY).ok()?;
    let (path, address) = (Address::from_pointer(c"".as_ptr()), Address::from_pointer(&raw mut buffer));
    // SAFETY: the path is static, and the buffer as long as what the kernel writes.
    let answer = unsafe { call(statx(file, path, StatxFlags::EMPTY_PATH, StatxMask::UID, address)) };
    close_own(file);
    answer.ok()?;
    Some(<Statx as Layout<Native>>::from_bytes(&buffer).stx_uid.into())
}

/// Whether a process's parent, or the parent of that, ... is this process.
fn descends(of: Status) -> bool {
    const GENERATIONS: u32 = 1000;
    let mut status = of;
    for _ in 0..GENERATIONS {
        if Some(status.ppid) == own_pid() {
            return true;
        }
        let Some(Ok(parent)) = process_of(status.ppid).map(Status::read) else { return false };
        status = parent;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process of the same ordinary user.
    fn facts() -> Facts {
        let ids = [1000; 3];
        let status = Status { uids: ids, gids: ids, ..Status::EMPTY };
        Facts {
            own: status,
            target: status,
            may_read: false,
            in_other_namespace: false,
            dumpable: true,
            descends: false,
            yama: 0,
        }
    }

    fn capable(facts: Facts) -> Facts {
        Facts { own: Status { effective: CAP_SYS_PTRACE, permitted: CAP_SYS_PTRACE, ..facts.own }, ..facts }
    }

    #[test]
    fn each_check_is_told_from_the_others() {
        assert_eq!(facts().reason(), Reason::NotPermitted);
        let target = Status { uids: [1000, 0, 0], ..facts().target };
        assert_eq!(Facts { target, ..facts() }.reason(), Reason::OtherUser { uid: 0 });
        let target = Status { gids: [1000, 7, 7], ..facts().target };
        assert_eq!(Facts { target, ..facts() }.reason(), Reason::OtherGroup { gid: 7 });
        let target = Status { permitted: 1 << 21, ..facts().target };
        assert_eq!(Facts { target, ..facts() }.reason(), Reason::MoreCapabilities);
        assert_eq!(Facts { dumpable: false, ..facts() }.reason(), Reason::NotDumpable);
        assert_eq!(Facts { in_other_namespace: true, ..facts() }.reason(), Reason::OtherUserNamespace);
    }

    #[test]
    fn a_capability_is_good_for_all_but_another_namespace() {
        let target = Status { uids: [0; 3], gids: [7; 3], permitted: u64::MAX, ..Status::EMPTY };
        let strange = || capable(Facts { target, dumpable: false, ..facts() });
        assert_eq!(strange().reason(), Reason::NotPermitted);
        assert_eq!(Facts { in_other_namespace: true, ..strange() }.reason(), Reason::OtherUserNamespace);
    }

    /// A process in a namespace of ours, for instance, in which we may do anything.
    #[test]
    fn who_may_read_has_passed_all_checks_but_yama_s() {
        let target = Status { uids: [0; 3], permitted: u64::MAX, ..Status::EMPTY };
        let readable = Facts { target, may_read: true, in_other_namespace: true, dumpable: false, ..facts() };
        assert_eq!(readable.reason(), Reason::NotPermitted);
        assert_eq!(Facts { yama: 3, ..readable }.reason(), Reason::Yama { level: 3 });
    }

    #[test]
    fn yama_is_blamed_for_what_its_level_forbids() {
        for (yama, [stranger, descendant, capable_stranger]) in
            [[false; 3], [true, false, false], [true, true, false], [true; 3]].into_iter().enumerate()
        {
            let level = u8::try_from(yama).unwrap_or(u8::MAX);
            let expected = |is_yama| if is_yama { Reason::Yama { level } } else { Reason::NotPermitted };
            let facts = || Facts { yama: level, may_read: true, ..facts() };
            assert_eq!(facts().reason(), expected(stranger), "{level}");
            assert_eq!(Facts { descends: true, ..facts() }.reason(), expected(descendant), "{level}");
            assert_eq!(capable(facts()).reason(), expected(capable_stranger), "{level}");
        }
    }

    /// Who is not dumpable, for instance, is so under any level.
    #[test]
    fn yama_comes_last() {
        for yama in 0..=3 {
            let facts = Facts { dumpable: false, yama, ..facts() };
            assert_eq!(facts.reason(), Reason::NotDumpable);
        }
    }
}
