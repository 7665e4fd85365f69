//! `#include <unistd.h>`, `<sys/wait.h>`, `<sched.h>`, `<sys/prctl.h>`, `<sys/capability.h>`: processes and what
//! they are.

mod flags;
pub use flags::*;

use super::fs::AtFlags;
use super::signal::Signal;
use crate::identifier::{Address, FileDescriptor, Process, ProcessGroup};

instructions! {
    /// `pid_t getpid(void)`
    getpid() -> Process;
    /// `pid_t getppid(void)`
    getppid() -> Process;
    /// `pid_t gettid(void)`
    gettid() -> Process;
    /// `uid_t getuid(void)`
    getuid() -> Uid;
    /// `gid_t getgid(void)`
    getgid() -> Gid;
    /// `uid_t geteuid(void)`
    geteuid() -> Uid;
    /// `gid_t getegid(void)`
    getegid() -> Gid;
    /// `pid_t getpgid(pid_t pid)`
    ///
    /// Errors: ESRCH.
    getpgid(pid: Process) -> ProcessGroup;
    /// `int setpgid(pid_t pid, pid_t pgid)`
    ///
    /// [`Process::CALLER`] is the caller, [`ProcessGroup::OWN`] a new group led by `pid`.
    ///
    /// Errors: EACCES, EINVAL, EPERM, ESRCH.
    setpgid(pid: Process, pgid: ProcessGroup) -> ();
    /// `pid_t setsid(void)`
    ///
    /// Returns the new session, whose number is also that of its first process group.
    ///
    /// Errors: EPERM.
    setsid() -> ProcessGroup;
    /// `pid_t getsid(pid_t pid)`
    ///
    /// Errors: EPERM, ESRCH.
    getsid(pid: Process) -> ProcessGroup;
    /// `void _exit(int status)`
    ///
    /// Ends the calling thread only; [`exit_group`] ends the process. It does not return: an interface that
    /// sees it through answers with a hangup.
    exit(status: i32) -> ();
    /// `void exit_group(int status)`
    ///
    /// Ends every thread of the process. It does not return: an interface that sees it through answers with a hangup.
    exit_group(status: i32) -> ();
    /// `int clone(unsigned long flags, void *stack, int *parent_tid, int *child_tid, unsigned long tls)`
    ///
    /// The order of the arguments is that of x86_64; ABIs with `CLONE_BACKWARDS` exchange the last two, which
    /// is done when the instruction is executed. Returns twice: the child's number, and 0 in the child, which
    /// runs on `stack` from the same instruction on.
    ///
    /// Errors: EACCES, EAGAIN, EBUSY, EEXIST, EINVAL, ENOMEM, ENOSPC, EOPNOTSUPP, EPERM, EUSERS.
    clone(flags: CloneFlags, stack: Address, parent_tid: Address, child_tid: Address, tls: Address) -> Process
        [order clone_backwards];
    /// `long clone3(struct clone_args *cl_args, size_t size)`
    ///
    /// Returns twice: the child's number, and 0 in the child.
    ///
    /// Errors: as [`clone`], and E2BIG, EFAULT.
    clone3(cl_args: Address, size: usize) -> Process;
    /// `int execve(const char *pathname, char *const argv[], char *const envp[])`
    ///
    /// `argv` and `envp` are arrays of addresses of C strings, ended by a null. On success it returns to nobody.
    ///
    /// Errors: E2BIG, EACCES, EAGAIN, EFAULT, EINVAL, EIO, EISDIR, ELIBBAD, ELOOP, EMFILE, ENAMETOOLONG,
    /// ENFILE, ENOENT, ENOEXEC, ENOMEM, ENOTDIR, EPERM, ETXTBSY.
    execve(pathname: Address, argv: Address, envp: Address) -> ();
    /// `int execveat(int dirfd, const char *pathname, char *const argv[], char *const envp[], int flags)`
    ///
    /// Errors: as [`execve`], and EBADF, EINVAL, ELOOP, ENOENT, ENOTDIR.
    execveat(dirfd: FileDescriptor, pathname: Address, argv: Address, envp: Address, flags: AtFlags) -> ();
    /// `int waitid(idtype_t idtype, id_t id, siginfo_t *infop, int options, struct rusage *rusage)`
    ///
    /// What happened is written to `infop`, whose `si_pid` is 0 if nothing has with [`WaitOptions::NOHANG`].
    /// `rusage` is the kernel's own addition; either address may be [`Address::NULL`].
    ///
    /// Errors: EAGAIN, EBADF, ECHILD, EFAULT, EINTR, EINVAL.
    waitid(idtype: IdType, id: WaitId, infop: Address, options: WaitOptions, rusage: Address) -> ();
    /// `pid_t wait4(pid_t pid, int *wstatus, int options, struct rusage *rusage)`
    ///
    /// Returns which child it was, 0 if none yet with [`WaitOptions::NOHANG`].
    ///
    /// Errors: ECHILD, EFAULT, EINTR, EINVAL, ESRCH.
    wait4(pid: WaitTarget, wstatus: Address, options: WaitOptions, rusage: Address) -> Process;
    /// `int pidfd_open(pid_t pid, unsigned int flags)`
    ///
    /// The process itself, never another one with the same number; readable when it has ended. It is close-on-exec.
    ///
    /// Errors: EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM, ESRCH.
    pidfd_open(pid: Process, flags: PidfdFlags) -> FileDescriptor;
    /// `int prctl(int op, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)`
    ///
    /// The general form: what counts, and what comes back, is as `op` says; unused arguments are to be 0.
    ///
    /// Errors: EACCES, EBADF, EBUSY, EFAULT, EINVAL, ENODEV, ENXIO, EOPNOTSUPP, EPERM, ERANGE.
    prctl(op: PrctlOption, arg2: u64, arg3: u64, arg4: u64, arg5: u64) -> usize;
    /// `pid_t set_tid_address(int *tidptr)`
    ///
    /// Where the kernel writes 0 and wakes a futex at the thread's end. Returns the thread's number.
    set_tid_address(tidptr: Address) -> Process;
    /// `int capget(cap_user_header_t hdrp, cap_user_data_t datap)`
    ///
    /// `hdrp` is in and out: with a version that the kernel does not know it is EINVAL, and its own is written there.
    ///
    /// Errors: EFAULT, EINVAL, ESRCH.
    capget(hdrp: Address, datap: Address) -> ();
    /// `int capset(cap_user_header_t hdrp, const cap_user_data_t datap)`
    ///
    /// Errors: EFAULT, EINVAL, EPERM.
    capset(hdrp: Address, datap: Address) -> ();
    /// `int unshare(int flags)`
    ///
    /// The caller gets its own of what the flags name; a new pid or time namespace is that of its next children.
    ///
    /// Errors: EINVAL, ENOMEM, ENOSPC, EPERM, EUSERS.
    unshare(flags: CloneFlags) -> ();
    /// `int setns(int fd, int nstype)`
    ///
    /// `nstype` is what the descriptor must be, no flags for whatever it is; with a pidfd, which of its namespaces.
    ///
    /// Errors: EBADF, EINVAL, ENOMEM, EPERM, ESRCH.
    setns(fd: FileDescriptor, nstype: CloneFlags) -> ();
    /// `int sethostname(const char *name, size_t len)`
    ///
    /// Errors: EFAULT, EINVAL, ENAMETOOLONG, EPERM.
    sethostname(name: Address, len: usize) -> ();
    /// `int setdomainname(const char *name, size_t len)`
    ///
    /// Errors: EFAULT, EINVAL, EPERM.
    setdomainname(name: Address, len: usize) -> ();
    /// `int uname(struct utsname *buf)`
    ///
    /// Errors: EFAULT.
    uname(buf: Address) -> ();
    /// `int reboot(int magic, int magic2, int op, void *arg)`
    ///
    /// In a pid namespace of its own it ends that namespace. `arg` counts only with [`RebootCommand::RESTART2`].
    ///
    /// Errors: EFAULT, EINVAL, EPERM.
    reboot(magic: RebootMagic, magic2: RebootMagic, op: RebootCommand, arg: Address) -> ();
    /// `ssize_t getrandom(void *buf, size_t buflen, unsigned int flags)`
    ///
    /// Returns how many bytes were written; up to 256 always come at once, more may be cut short by a signal.
    ///
    /// Errors: EAGAIN, EFAULT, EINTR, EINVAL, ENOSYS.
    getrandom(buf: Address, buflen: usize, flags: RandomFlags) -> usize;
    /// `pid_t getpgrp(void)`
    ///
    /// On ABIs without it [`getpgid`] of [`Process::CALLER`], and `getpgid` is what is called there.
    getpgrp() -> ProcessGroup [else getpgid];
    /// `int getresuid(uid_t *ruid, uid_t *euid, uid_t *suid)`
    ///
    /// Writes 4 bytes to each of the three.
    ///
    /// Errors: EFAULT.
    getresuid(ruid: Address, euid: Address, suid: Address) -> ();
    /// `int getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid)`
    ///
    /// Writes 4 bytes to each of the three.
    ///
    /// Errors: EFAULT.
    getresgid(rgid: Address, egid: Address, sgid: Address) -> ();
    /// `int getgroups(int size, gid_t list[])`
    ///
    /// Returns how many there are; with a `size` of 0 nothing is written.
    ///
    /// Errors: EFAULT, EINVAL.
    getgroups(size: i32, list: Address) -> usize;
    /// `int setgroups(size_t size, const gid_t *list)`
    ///
    /// For the calling thread only, unlike the C function; so are all calls here that set ids.
    ///
    /// Errors: EFAULT, EINVAL, ENOMEM, EPERM.
    setgroups(size: usize, list: Address) -> ();
    /// `int setuid(uid_t uid)`
    ///
    /// Errors: EAGAIN, EINVAL, EPERM.
    setuid(uid: Uid) -> ();
    /// `int setgid(gid_t gid)`
    ///
    /// Errors: EINVAL, EPERM.
    setgid(gid: Gid) -> ();
    /// `int setreuid(uid_t ruid, uid_t euid)`
    ///
    /// Errors: EAGAIN, EINVAL, EPERM.
    setreuid(ruid: Uid, euid: Uid) -> ();
    /// `int setregid(gid_t rgid, gid_t egid)`
    ///
    /// Errors: EINVAL, EPERM.
    setregid(rgid: Gid, egid: Gid) -> ();
    /// `int setresuid(uid_t ruid, uid_t euid, uid_t suid)`
    ///
    /// Errors: EAGAIN, EINVAL, EPERM.
    setresuid(ruid: Uid, euid: Uid, suid: Uid) -> ();
    /// `int setresgid(gid_t rgid, gid_t egid, gid_t sgid)`
    ///
    /// Errors: EINVAL, EPERM.
    setresgid(rgid: Gid, egid: Gid, sgid: Gid) -> ();
    /// `int setfsuid(uid_t fsuid)`
    ///
    /// Returns what was, whether or not it is changed: a refusal is no error.
    setfsuid(fsuid: Uid) -> Uid;
    /// `int setfsgid(gid_t fsgid)`
    ///
    /// Returns what was, whether or not it is changed: a refusal is no error.
    setfsgid(fsgid: Gid) -> Gid;
    /// `int getrusage(int who, struct rusage *usage)`
    ///
    /// Errors: EFAULT, EINVAL.
    getrusage(who: RusageWho, usage: Address) -> ();
    /// `clock_t times(struct tms *buf)`
    ///
    /// Returns clock ticks since some point in the past.
    ///
    /// Errors: EFAULT.
    times(buf: Address) -> i64;
    /// `int personality(unsigned long persona)`
    ///
    /// Returns what was.
    ///
    /// Errors: EINVAL.
    personality(persona: Personality) -> Personality;
    /// `int pidfd_getfd(int pidfd, int targetfd, unsigned int flags)`
    ///
    /// `targetfd` is in the other process's table; the result, close-on-exec, in the caller's. `flags` is 0.
    ///
    /// Errors: EBADF, EINVAL, EMFILE, ENFILE, EPERM, ESRCH.
    pidfd_getfd(pidfd: FileDescriptor, targetfd: FileDescriptor, flags: u32) -> FileDescriptor;
    /// `int kcmp(pid_t pid1, pid_t pid2, int type, unsigned long idx1, unsigned long idx2)`
    ///
    /// 0 if they are the same, 1 or 2 for an order, 3 for none.
    ///
    /// Errors: EBADF, EFAULT, EINVAL, ENOENT, EPERM, ESRCH.
    kcmp(pid1: Process, pid2: Process, r#type: KcmpType, idx1: u64, idx2: u64) -> i32;
    /// `int rseq(struct rseq *rseq, uint32_t rseq_len, int flags, uint32_t sig)`
    ///
    /// Errors: EBUSY, EFAULT, EINVAL, EPERM.
    rseq(rseq: Address, rseq_len: u32, flags: RseqFlags, sig: u32) -> () [page none];
    /// `int vhangup(void)`
    ///
    /// Hangs the caller's terminal up, for everybody who has it open.
    ///
    /// Errors: EPERM.
    vhangup() -> ();
}

forms! {
    /// `PR_SET_PDEATHSIG`: the signal that the caller gets when the *thread* that made it ends. 0,
    /// [`Signal::NONE`], for none.
    prctl_set_pdeathsig(signal: Signal) -> () = prctl([PrctlOption::SET_PDEATHSIG], signal);
    /// `PR_SET_NAME`: the thread's name, a C string of which 15 bytes count.
    prctl_set_name(name: Address) -> () = prctl([PrctlOption::SET_NAME], name);
    /// `PR_GET_NAME`: 16 bytes are written to `name`.
    prctl_get_name(name: Address) -> () = prctl([PrctlOption::GET_NAME], name);
    /// `PR_SET_DUMPABLE`: whether the process dumps core, and others of its user may trace it.
    prctl_set_dumpable(dumpable: bool) -> () = prctl([PrctlOption::SET_DUMPABLE], dumpable);
    /// `PR_GET_DUMPABLE`: 0, 1, or 2 for "by root only".
    prctl_get_dumpable() -> u32 = prctl([PrctlOption::GET_DUMPABLE]);
    /// `PR_SET_NO_NEW_PRIVS`: `execve` grants no privileges any more. Nothing takes it back.
    prctl_set_no_new_privs() -> () = prctl([PrctlOption::SET_NO_NEW_PRIVS], [1]);
    /// `PR_GET_NO_NEW_PRIVS`: 0 or 1.
    prctl_get_no_new_privs() -> u32 = prctl([PrctlOption::GET_NO_NEW_PRIVS]);
    /// `PR_SET_CHILD_SUBREAPER`: whether orphaned descendants become the caller's children.
    prctl_set_child_subreaper(set: bool) -> () = prctl([PrctlOption::SET_CHILD_SUBREAPER], set);
    /// `PR_SET_KEEPCAPS`: whether the permitted capabilities are kept when all uids become other than 0.
    prctl_set_keepcaps(set: bool) -> () = prctl([PrctlOption::SET_KEEPCAPS], set);
    /// `PR_CAPBSET_READ`: 1 if the capability is in the bounding set, else 0; EINVAL if the kernel has no such
    /// capability.
    prctl_capbset_read(capability: Capability) -> u32 = prctl([PrctlOption::CAPBSET_READ], capability);
    /// `PR_CAPBSET_DROP`: takes the capability out of the bounding set.
    prctl_capbset_drop(capability: Capability) -> () = prctl([PrctlOption::CAPBSET_DROP], capability);
    /// `PR_CAP_AMBIENT_RAISE`: adds the capability, which is permitted and inheritable, to the ambient set.
    prctl_cap_ambient_raise(capability: Capability) -> () =
        prctl([PrctlOption::CAP_AMBIENT], [AmbientOperation::RAISE], capability);
    /// `PR_CAP_AMBIENT_LOWER`: takes the capability out of the ambient set.
    prctl_cap_ambient_lower(capability: Capability) -> () =
        prctl([PrctlOption::CAP_AMBIENT], [AmbientOperation::LOWER], capability);
    /// `PR_CAP_AMBIENT_CLEAR_ALL`: empties the ambient set.
    prctl_cap_ambient_clear_all() -> () = prctl([PrctlOption::CAP_AMBIENT], [AmbientOperation::CLEAR_ALL]);
    /// `PR_SET_PTRACER`: who may trace the caller where the Yama security module restricts that.
    prctl_set_ptracer(tracer: Process) -> () = prctl([PrctlOption::SET_PTRACER], tracer);
    /// `PR_CAP_AMBIENT_IS_SET`: 1 if the capability is in the ambient set, else 0.
    prctl_cap_ambient_is_set(capability: Capability) -> u32 =
        prctl([PrctlOption::CAP_AMBIENT], [AmbientOperation::IS_SET], capability);
    /// `PR_GET_PDEATHSIG`: the signal, an `int`, is written to `signal`.
    prctl_get_pdeathsig(signal: Address) -> () = prctl([PrctlOption::GET_PDEATHSIG], signal);
    /// `PR_GET_CHILD_SUBREAPER`: an `int`, 0 or 1, is written to `set`.
    prctl_get_child_subreaper(set: Address) -> () = prctl([PrctlOption::GET_CHILD_SUBREAPER], set);
    /// `PR_GET_KEEPCAPS`: 0 or 1.
    prctl_get_keepcaps() -> u32 = prctl([PrctlOption::GET_KEEPCAPS]);
    /// `PR_SET_SECUREBITS`: what the user id 0 means no longer. Bits that are locked do not change: EPERM.
    prctl_set_securebits(bits: SecureBits) -> () = prctl([PrctlOption::SET_SECUREBITS], bits);
    /// `PR_GET_SECUREBITS`: what is set there.
    prctl_get_securebits() -> SecureBits = prctl([PrctlOption::GET_SECUREBITS]);
    /// `PR_SET_TIMERSLACK`: how much later than asked the thread may be woken, in nanoseconds; 0 for as it began.
    prctl_set_timerslack(nanoseconds: u64) -> () = prctl([PrctlOption::SET_TIMERSLACK], nanoseconds);
    /// `PR_GET_TIMERSLACK`: how much that is, in nanoseconds.
    prctl_get_timerslack() -> u64 = prctl([PrctlOption::GET_TIMERSLACK]);
    /// `PR_SET_VMA_ANON_NAME`: gives private anonymous memory a name in `/proc/PID/maps`.
    prctl_set_vma_anon_name(address: Address, length: usize, name: Address) -> () =
        prctl([PrctlOption::SET_VMA], [0], address, length, name);
}
