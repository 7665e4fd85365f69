//! What the program may do: capabilities, limits, files, calls.

use crate::task::{HERE, Task, at};
use anyhow::{Context, Result};
use rsyscall_core::{
    abi::{Abi, Native},
    identifier::{Address, FileDescriptor, Process},
    near::{
        self,
        fs::{Mode, OFlags, openat},
        io::close,
        layout::{Layout, Rlimit},
        process::{
            Capability, capset, prctl_cap_ambient_clear_all, prctl_capbset_drop, prctl_set_no_new_privs,
        },
        sched::{Resource, prlimit64},
        security::{
            LandlockCreateRulesetFlags, LandlockRestrictSelfFlags, LandlockRuleType, SeccompFilterFlags,
            landlock_abi_version, landlock_add_rule, landlock_create_ruleset, landlock_restrict_self,
            seccomp_set_mode_filter,
        },
    },
};
use std::ffi::{CStr, CString};

/// Takes every capability, now and for ever.
pub(crate) fn drop_capabilities(task: &Task<'_>) -> Result<()> {
    const VERSION_3: u32 = 0x2008_0522;
    task.call("drop capabilities", prctl_cap_ambient_clear_all())?;
    // A kernel may have fewer of them.
    for capability in 0..=Capability::CHECKPOINT_RESTORE.into_raw() {
        let drop = prctl_capbset_drop(Capability::from_raw(capability));
        task.call("drop capabilities", drop)?;
    }
    let header = [VERSION_3, 0];
    let none = [0_u32; 6];
    let (header, none) = (Address::from_pointer(&raw const header), Address::from_pointer(&raw const none));
    task.call("drop capabilities", capset(header, none))?;
    task.call("promise that no program gives it more", prctl_set_no_new_privs())
}

/// Limits what it may use.
pub(crate) fn limit(task: &Task<'_>) -> Result<()> {
    for (resource, most) in [(Resource::NOFILE, 256), (Resource::CORE, 0)] {
        let limit = Layout::<Native>::to_bytes(&Rlimit { rlim_cur: most, rlim_max: most });
        let limit = Address::from_pointer(&raw const limit);
        task.call("limit it", prlimit64(Process::CALLER, resource, limit, Address::NULL))?;
    }
    Ok(())
}

/// `struct landlock_path_beneath_attr`
#[repr(C, packed)]
struct PathBeneath {
    allowed_access: u64,
    parent_fd: i32,
}

/// Says to Landlock which files it may read and which it may write.
///
/// The mounts say the same. Whoever finds a way around one of them has not found one around the other.
pub(crate) fn restrict_files(task: &Task<'_>, writable: &[&CStr]) -> Result<()> {
    const STEP: &str = "restrict its files";
    const EXECUTE: u64 = 1 << 0;
    const WRITE_FILE: u64 = 1 << 1;
    const READ_FILE: u64 = 1 << 2;
    const READ_DIR: u64 = 1 << 3;
    let all = match task.call(STEP, landlock_abi_version())? {
        1 => (1 << 13) - 1,
        2 => (1 << 14) - 1,
        3 | 4 => (1_u64 << 15) - 1,
        _ => (1 << 16) - 1,
    };
    let handled = Address::from_pointer(&raw const all);
    let create = landlock_create_ruleset(handled, size_of::<u64>(), LandlockCreateRulesetFlags::empty());
    let rules = task.call(STEP, create)?;
    let allow = |path: &CStr, access: u64| {
        let flags = OFlags::PATH.union(OFlags::CLOEXEC);
        let file = task.call(STEP, openat(HERE, at(path), flags, Mode::empty()))?;
        let rule = PathBeneath { allowed_access: access, parent_fd: file.into_raw() };
        let rule = Address::from_pointer(&raw const rule);
        task.call(STEP, landlock_add_rule(rules, LandlockRuleType::PATH_BENEATH, rule, 0))?;
        task.call(STEP, close(file))
    };
    allow(c"/", EXECUTE | READ_FILE | READ_DIR)?;
    allow(c"/dev", READ_FILE | WRITE_FILE)?;
    allow(c"/tmp", all)?;
    for path in writable {
        allow(path, all)?;
    }
    task.call(STEP, landlock_restrict_self(rules, LandlockRestrictSelfFlags::empty()))?;
    task.call(STEP, close(rules))
}

/// `struct sock_filter`: an instruction of the filter.
#[repr(C)]
#[derive(Clone, Copy)]
struct Step {
    code: u16,
    jump_if_true: u8,
    jump_if_false: u8,
    value: u32,
}

/// `struct sock_fprog`
#[repr(C)]
struct Filter {
    length: u16,
    steps: *const Step,
}

/// Refuses calls that are for administrators and debuggers, with EPERM.
pub(crate) fn filter_calls(task: &Task<'_>) -> Result<()> {
    const LOAD: u16 = 0x20;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const JUMP_IF_AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    const ALLOW: u32 = 0x7fff_0000;
    const KILL: u32 = 0x8000_0000;
    const REFUSE: u32 = 0x0005_0000 | 1;
    let refused: Vec<u32> = near::calls()
        .filter(|(name, _)| REFUSED.contains(name))
        .filter_map(|(_, operation)| u32::try_from(Native::number(operation)).ok())
        .collect();
    let step = |code, value, jump_if_true| Step { code, jump_if_true, jump_if_false: 0, value };
    // `struct seccomp_data` begins with the number of the call; the architecture follows.
    let mut steps =
        vec![step(LOAD, 4, 0), step(JUMP_IF_EQUAL, ARCHITECTURE, 1), step(RETURN, KILL, 0), step(LOAD, 0, 0)];
    // x32's calls have this bit; no architecture has so many of its own.
    let mut left = u8::try_from(refused.len()).context("too many calls")?;
    left = left.saturating_add(1);
    steps.push(step(JUMP_IF_AT_LEAST, 0x4000_0000, left));
    for number in refused {
        left = left.saturating_sub(1);
        steps.push(step(JUMP_IF_EQUAL, number, left));
    }
    steps.extend([step(RETURN, ALLOW, 0), step(RETURN, REFUSE, 0)]);
    let filter = Filter { length: u16::try_from(steps.len())?, steps: steps.as_ptr() };
    let filter = Address::from_pointer(&raw const filter);
    task.call("filter its calls", seccomp_set_mode_filter(SeccompFilterFlags::empty(), filter))?;
    Ok(())
}

/// What the filter refuses.
const REFUSED: [&str; 24] = [
    "acct",
    "add_key",
    "bpf",
    "delete_module",
    "finit_module",
    "fsmount",
    "fsopen",
    "init_module",
    "kexec_load",
    "keyctl",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "perf_event_open",
    "pivot_root",
    "ptrace",
    "reboot",
    "request_key",
    "setns",
    "swapon",
    "umount2",
    "unshare",
    "userfaultfd",
];

/// `AUDIT_ARCH_*`: the ELF machine, 64 bits, little-endian.
const ARCHITECTURE: u32 = 0xc000_0000 | machine();

const fn machine() -> u32 {
    match Native::WIRE_ID {
        2 => 183,
        3 => 243,
        _ => 62,
    }
}

/// A path as a C string that lives as long as the caller keeps it.
pub(crate) fn c_paths(paths: &[std::path::PathBuf]) -> Result<Vec<CString>> {
    use std::os::unix::ffi::OsStrExt;
    paths.iter().map(|path| Ok(CString::new(path.as_os_str().as_bytes())?)).collect()
}

/// The first descriptor that is not a standard one, and the last that there can be.
pub(crate) const OTHERS: (FileDescriptor, FileDescriptor) =
    (FileDescriptor::from_raw(3), FileDescriptor::from_raw(i32::MAX));
