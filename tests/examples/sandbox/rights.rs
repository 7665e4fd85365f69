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
        layout::{
            CapabilityData, CapabilityHeader, LandlockPathBeneathAttr, Layout, Rlimit, SockFilter, SockFprog,
        },
        process::{
            Capability, capset, prctl_cap_ambient_clear_all, prctl_capbset_drop, prctl_set_no_new_privs,
        },
        sched::{Resource, prlimit64},
        security::{
            LandlockAccessFs, LandlockCreateRulesetFlags, LandlockRestrictSelfFlags, LandlockRuleType,
            SeccompAction, SeccompFilterFlags, landlock_abi_version, landlock_add_rule,
            landlock_create_ruleset, landlock_restrict_self, seccomp_set_mode_filter,
        },
    },
    syscall::Errno,
};
use std::ffi::{CStr, CString};

/// Takes every capability, now and for ever.
pub(crate) fn drop_capabilities(task: &Task<'_>) -> Result<()> {
    task.call("drop capabilities", prctl_cap_ambient_clear_all())?;
    // A kernel may have fewer of them.
    for capability in 0..=Capability::CHECKPOINT_RESTORE.into_raw() {
        let drop = prctl_capbset_drop(Capability::from_raw(capability));
        task.call("drop capabilities", drop)?;
    }
    let header = Layout::<Native>::to_bytes(&CapabilityHeader::new(0));
    let none = Layout::<Native>::to_bytes(&CapabilityData::default());
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

/// Says to Landlock which files it may read and which it may write.
///
/// The mounts say the same. Whoever finds a way around one of them has not found one around the other.
pub(crate) fn restrict_files(task: &Task<'_>, writable: &[&CStr]) -> Result<()> {
    const STEP: &str = "restrict its files";
    let (read, write) = (LandlockAccessFs::READ_FILE, LandlockAccessFs::WRITE_FILE);
    // What a kernel does not know yet is not to be asked for.
    let unknown = match task.call(STEP, landlock_abi_version())? {
        1 => LandlockAccessFs::REFER | LandlockAccessFs::TRUNCATE | LandlockAccessFs::IOCTL_DEV,
        2 => LandlockAccessFs::TRUNCATE | LandlockAccessFs::IOCTL_DEV,
        3 | 4 => LandlockAccessFs::IOCTL_DEV,
        _ => LandlockAccessFs::empty(),
    };
    let all = EVERYTHING.difference(unknown);
    // The first field of `struct landlock_ruleset_attr`, and its size as the first kernels had it.
    let handled = all.bits();
    let handled = Address::from_pointer(&raw const handled);
    let create = landlock_create_ruleset(handled, size_of::<u64>(), LandlockCreateRulesetFlags::empty());
    let rules = task.call(STEP, create)?;
    let allow = |path: &CStr, access: LandlockAccessFs| {
        let flags = OFlags::PATH.union(OFlags::CLOEXEC);
        let file = task.call(STEP, openat(HERE, at(path), flags, Mode::empty()))?;
        let rule = LandlockPathBeneathAttr { allowed_access: access.bits(), parent_fd: file.into_raw() };
        let rule = Layout::<Native>::to_bytes(&rule);
        let rule = Address::from_pointer(&raw const rule);
        task.call(STEP, landlock_add_rule(rules, LandlockRuleType::PATH_BENEATH, rule, 0))?;
        task.call(STEP, close(file))
    };
    allow(c"/", LandlockAccessFs::EXECUTE | read | LandlockAccessFs::READ_DIR)?;
    allow(c"/dev", read | write)?;
    allow(c"/tmp", all)?;
    for path in writable {
        allow(path, all)?;
    }
    task.call(STEP, landlock_restrict_self(rules, LandlockRestrictSelfFlags::empty()))?;
    task.call(STEP, close(rules))
}

/// All that Landlock knows of: its flags have no gaps.
const EVERYTHING: LandlockAccessFs = LandlockAccessFs::from_bits_retain(
    LandlockAccessFs::IOCTL_DEV.bits() | (LandlockAccessFs::IOCTL_DEV.bits() - 1),
);

/// Refuses calls that are for administrators and debuggers, with EPERM.
pub(crate) fn filter_calls(task: &Task<'_>) -> Result<()> {
    // `BPF_LD | BPF_W | BPF_ABS` and so on.
    const LOAD: u16 = 0x20;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const JUMP_IF_AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    let answer = |action: SeccompAction, data: u32| SockFilter::statement(RETURN, action.into_raw() | data);
    let number = |name: &&str| {
        let call = near::calls().find(|(call, _)| call == name);
        let (_, operation) = call.with_context(|| format!("there is no call {name} to be refused"))?;
        Ok(u32::try_from(Native::number(operation))?)
    };
    let refused = REFUSED.iter().map(number).collect::<Result<Vec<_>>>()?;
    // `struct seccomp_data` begins with the number of the call; the architecture follows.
    let mut steps = vec![
        SockFilter::statement(LOAD, 4),
        SockFilter::jump(JUMP_IF_EQUAL, ARCHITECTURE, 1, 0),
        answer(SeccompAction::KILL_PROCESS, 0),
        SockFilter::statement(LOAD, 0),
    ];
    // x32's calls have this bit; no architecture has so many of its own.
    let mut left = u8::try_from(refused.len()).context("too many calls")?;
    left = left.saturating_add(1);
    steps.push(SockFilter::jump(JUMP_IF_AT_LEAST, 0x4000_0000, left, 0));
    for number in refused {
        left = left.saturating_sub(1);
        steps.push(SockFilter::jump(JUMP_IF_EQUAL, number, left, 0));
    }
    let refuse = answer(SeccompAction::ERRNO, Errno::EPERM.into_raw().into());
    steps.extend([answer(SeccompAction::ALLOW, 0), refuse]);
    let bytes: Vec<_> = steps.iter().flat_map(Layout::<Native>::to_bytes).collect();
    let filter = Address::from_pointer(bytes.as_ptr()).into_raw();
    let filter = Layout::<Native>::to_bytes(&SockFprog { len: u16::try_from(steps.len())?, filter });
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
