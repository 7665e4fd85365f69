//! `#include <signal.h>`: signals.

use crate::identifier::{Address, FileDescriptor, Process, ProcessGroup};

constants! {
    /// `SI_*`: why a signal was sent. What is above 0 means something else with each signal: `CLD_EXITED` and
    /// `SEGV_MAPERR` are both 1.
    values SignalCode: i32 {
        USER("SI_USER") = SI_USER;
        KERNEL("SI_KERNEL") = SI_KERNEL;
        QUEUE("SI_QUEUE") = SI_QUEUE;
        TIMER("SI_TIMER") = SI_TIMER;
        MESGQ("SI_MESGQ") = SI_MESGQ;
        ASYNCIO("SI_ASYNCIO") = SI_ASYNCIO;
        SIGIO("SI_SIGIO") = SI_SIGIO;
        TKILL("SI_TKILL") = SI_TKILL;
        DETHREAD("SI_DETHREAD") = SI_DETHREAD;
        ASYNCNL("SI_ASYNCNL") = SI_ASYNCNL;
    }
    /// `CLD_*`: the code of a `SIGCHLD`.
    values ChildCode: i32 {
        EXITED("CLD_EXITED") = CLD_EXITED;
        KILLED("CLD_KILLED") = CLD_KILLED;
        DUMPED("CLD_DUMPED") = CLD_DUMPED;
        TRAPPED("CLD_TRAPPED") = CLD_TRAPPED;
        STOPPED("CLD_STOPPED") = CLD_STOPPED;
        CONTINUED("CLD_CONTINUED") = CLD_CONTINUED;
    }
    /// `SIG*`: a signal. 0, where a call takes it, is no signal: only whether one could be sent.
    values Signal: i32 {
        HUP("SIGHUP") = SIGHUP;
        INT("SIGINT") = SIGINT;
        QUIT("SIGQUIT") = SIGQUIT;
        ILL("SIGILL") = SIGILL;
        TRAP("SIGTRAP") = SIGTRAP;
        ABRT("SIGABRT") = SIGABRT;
        BUS("SIGBUS") = SIGBUS;
        FPE("SIGFPE") = SIGFPE;
        KILL("SIGKILL") = SIGKILL;
        USR1("SIGUSR1") = SIGUSR1;
        SEGV("SIGSEGV") = SIGSEGV;
        USR2("SIGUSR2") = SIGUSR2;
        PIPE("SIGPIPE") = SIGPIPE;
        ALRM("SIGALRM") = SIGALRM;
        TERM("SIGTERM") = SIGTERM;
        STKFLT("SIGSTKFLT") = SIGSTKFLT;
        CHLD("SIGCHLD") = SIGCHLD;
        CONT("SIGCONT") = SIGCONT;
        STOP("SIGSTOP") = SIGSTOP;
        TSTP("SIGTSTP") = SIGTSTP;
        TTIN("SIGTTIN") = SIGTTIN;
        TTOU("SIGTTOU") = SIGTTOU;
        URG("SIGURG") = SIGURG;
        XCPU("SIGXCPU") = SIGXCPU;
        XFSZ("SIGXFSZ") = SIGXFSZ;
        VTALRM("SIGVTALRM") = SIGVTALRM;
        PROF("SIGPROF") = SIGPROF;
        WINCH("SIGWINCH") = SIGWINCH;
        IO("SIGIO") = SIGIO;
        PWR("SIGPWR") = SIGPWR;
        SYS("SIGSYS") = SIGSYS;
    }
    /// `SIG_BLOCK` …: how `rt_sigprocmask` changes the mask.
    values SigprocmaskHow: i32 {
        BLOCK("SIG_BLOCK") = SIG_BLOCK;
        UNBLOCK("SIG_UNBLOCK") = SIG_UNBLOCK;
        SETMASK("SIG_SETMASK") = SIG_SETMASK;
    }
    /// `SA_*`: the flags in a [`Sigaction`](super::layout::Sigaction).
    flags SigactionFlags: u64 {
        NOCLDSTOP("SA_NOCLDSTOP") = SA_NOCLDSTOP;
        NOCLDWAIT("SA_NOCLDWAIT") = SA_NOCLDWAIT;
        SIGINFO("SA_SIGINFO") = SA_SIGINFO;
        UNSUPPORTED("SA_UNSUPPORTED") = SA_UNSUPPORTED;
        EXPOSE_TAGBITS("SA_EXPOSE_TAGBITS") = SA_EXPOSE_TAGBITS;
        RESTORER("SA_RESTORER") = SA_RESTORER = 0x400_0000;
        ONSTACK("SA_ONSTACK") = SA_ONSTACK;
        RESTART("SA_RESTART") = SA_RESTART;
        NODEFER("SA_NODEFER") = SA_NODEFER;
        RESETHAND("SA_RESETHAND") = SA_RESETHAND;
    }
    /// `PIDFD_SIGNAL_*`: to whom `pidfd_send_signal` sends.
    flags PidfdSignalFlags: u32 {
        THREAD("PIDFD_SIGNAL_THREAD") = PIDFD_SIGNAL_THREAD = 0x1;
        THREAD_GROUP("PIDFD_SIGNAL_THREAD_GROUP") = PIDFD_SIGNAL_THREAD_GROUP = 0x2;
        PROCESS_GROUP("PIDFD_SIGNAL_PROCESS_GROUP") = PIDFD_SIGNAL_PROCESS_GROUP = 0x4;
    }
}

impl Signal {
    /// No signal: the call only says whether one could be sent.
    pub const NONE: Self = Self::from_raw(0);
}

numbers! {
    /// `pid_t pid` of `kill`: a process, 0 the caller's process group, -1 all that may be signalled, -n a process
    /// group.
    SignalTarget: i32 {
        /// Every process in the caller's group.
        OWN_GROUP = 0;
        /// Every process that the caller may signal, but for process 1 and, on Linux, the caller.
        ALL = -1;
    }
}

impl From<Process> for SignalTarget {
    fn from(process: Process) -> Self {
        Self::from_raw(process.into_raw())
    }
}

impl From<ProcessGroup> for SignalTarget {
    fn from(group: ProcessGroup) -> Self {
        Self::from_raw(group.into_raw().wrapping_neg())
    }
}

instructions! {
    /// `int kill(pid_t pid, int sig)`
    ///
    /// Errors: EINVAL, EPERM, ESRCH.
    kill(pid: SignalTarget, sig: Signal) -> ();
    /// `int tgkill(pid_t tgid, pid_t tid, int sig)`
    ///
    /// Errors: EAGAIN, EINVAL, EPERM, ESRCH.
    tgkill(tgid: Process, tid: Process, sig: Signal) -> ();
    /// `int pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned int flags)`
    ///
    /// With [`Address::NULL`] for `info` it is as `kill`; without flags it goes to what the descriptor was opened
    /// for.
    ///
    /// Errors: EBADF, EINVAL, EPERM, ESRCH.
    pidfd_send_signal(pidfd: FileDescriptor, sig: Signal, info: Address, flags: PidfdSignalFlags) -> ();
    /// `int rt_sigaction(int signum, const struct sigaction *act, struct sigaction *oldact, size_t sigsetsize)`
    ///
    /// Either address may be [`Address::NULL`]. The struct is the kernel's,
    /// [`Sigaction`](super::layout::Sigaction), not the C library's; `sigsetsize` is 8. x86_64 demands
    /// `SA_RESTORER`.
    ///
    /// Errors: EFAULT, EINVAL.
    rt_sigaction(signum: Signal, act: Address, oldact: Address, sigsetsize: usize) -> ();
    /// `int rt_sigprocmask(int how, const sigset_t *set, sigset_t *oldset, size_t sigsetsize)`
    ///
    /// Either address may be [`Address::NULL`]; `sigsetsize` is 8.
    ///
    /// Errors: EFAULT, EINVAL.
    rt_sigprocmask(how: SigprocmaskHow, set: Address, oldset: Address, sigsetsize: usize) -> ();
    /// `int rt_sigreturn(...)`
    ///
    /// Only at the end of a signal handler, where it replaces all registers and so does not return.
    rt_sigreturn() -> ();
    /// `int sigaltstack(const stack_t *ss, stack_t *old_ss)`
    ///
    /// Errors: EFAULT, EINVAL, ENOMEM, EPERM.
    sigaltstack(ss: Address, old_ss: Address) -> ();
    /// `long restart_syscall(void)`
    ///
    /// Continues an interrupted `nanosleep`, `poll` or the like; the kernel puts it in place by itself. EINTR if
    /// there is none.
    restart_syscall() -> usize;
    /// `int tkill(pid_t tid, int sig)`
    ///
    /// Superseded by [`tgkill`]: the thread's number may have been used again.
    ///
    /// Errors: EAGAIN, EINVAL, EPERM, ESRCH.
    tkill(tid: Process, sig: Signal) -> ();
    /// `int rt_sigpending(sigset_t *set, size_t sigsetsize)`
    ///
    /// `sigsetsize` is 8.
    ///
    /// Errors: EFAULT, EINVAL.
    rt_sigpending(set: Address, sigsetsize: usize) -> ();
    /// `int rt_sigsuspend(const sigset_t *mask, size_t sigsetsize)`
    ///
    /// Ends with EINTR, always. `sigsetsize` is 8.
    ///
    /// Errors: EFAULT, EINTR, EINVAL.
    rt_sigsuspend(mask: Address, sigsetsize: usize) -> ();
    /// `int rt_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout, size_t sigsetsize)`
    ///
    /// EAGAIN at the end of the time. `sigsetsize` is 8.
    ///
    /// Errors: EAGAIN, EFAULT, EINTR, EINVAL.
    rt_sigtimedwait(set: Address, info: Address, timeout: Address, sigsetsize: usize) -> Signal;
    /// `int rt_sigqueueinfo(pid_t tgid, int sig, siginfo_t *info)`
    ///
    /// Errors: EAGAIN, EFAULT, EINVAL, EPERM, ESRCH.
    rt_sigqueueinfo(tgid: Process, sig: Signal, info: Address) -> ();
    /// `int rt_tgsigqueueinfo(pid_t tgid, pid_t tid, int sig, siginfo_t *info)`
    ///
    /// Errors: EAGAIN, EFAULT, EINVAL, EPERM, ESRCH.
    rt_tgsigqueueinfo(tgid: Process, tid: Process, sig: Signal, info: Address) -> ();
}
