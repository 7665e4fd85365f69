//! `#include <sys/ptrace.h>`: tracing.

use super::signal::Signal;
use crate::identifier::{Address, Process};

constants! {
    /// `NT_*`: a kind of registers.
    values NoteType: u32 {
        PRSTATUS("NT_PRSTATUS") = NT_PRSTATUS = 1;
        PRFPREG("NT_PRFPREG") = NT_PRFPREG = 2;
        X86_XSTATE("NT_X86_XSTATE") = NT_X86_XSTATE = 0x202;
        ARM_TLS("NT_ARM_TLS") = NT_ARM_TLS = 0x401;
        ARM_HW_BREAK("NT_ARM_HW_BREAK") = NT_ARM_HW_BREAK = 0x402;
        ARM_HW_WATCH("NT_ARM_HW_WATCH") = NT_ARM_HW_WATCH = 0x403;
        ARM_SYSTEM_CALL("NT_ARM_SYSTEM_CALL") = NT_ARM_SYSTEM_CALL = 0x404;
        ARM_SVE("NT_ARM_SVE") = NT_ARM_SVE = 0x405;
        ARM_PAC_MASK("NT_ARM_PAC_MASK") = NT_ARM_PAC_MASK = 0x406;
    }
    /// `PTRACE_*`: the requests.
    values PtraceRequest: i64 {
        TRACEME("PTRACE_TRACEME") = PTRACE_TRACEME;
        PEEKTEXT("PTRACE_PEEKTEXT") = PTRACE_PEEKTEXT;
        PEEKDATA("PTRACE_PEEKDATA") = PTRACE_PEEKDATA;
        PEEKUSR("PTRACE_PEEKUSR") = PTRACE_PEEKUSR;
        POKETEXT("PTRACE_POKETEXT") = PTRACE_POKETEXT;
        POKEDATA("PTRACE_POKEDATA") = PTRACE_POKEDATA;
        POKEUSR("PTRACE_POKEUSR") = PTRACE_POKEUSR;
        CONT("PTRACE_CONT") = PTRACE_CONT;
        KILL("PTRACE_KILL") = PTRACE_KILL;
        SINGLESTEP("PTRACE_SINGLESTEP") = PTRACE_SINGLESTEP;
        ATTACH("PTRACE_ATTACH") = PTRACE_ATTACH;
        DETACH("PTRACE_DETACH") = PTRACE_DETACH;
        SYSCALL("PTRACE_SYSCALL") = PTRACE_SYSCALL;
        SETOPTIONS("PTRACE_SETOPTIONS") = PTRACE_SETOPTIONS;
        GETEVENTMSG("PTRACE_GETEVENTMSG") = PTRACE_GETEVENTMSG;
        GETSIGINFO("PTRACE_GETSIGINFO") = PTRACE_GETSIGINFO;
        SETSIGINFO("PTRACE_SETSIGINFO") = PTRACE_SETSIGINFO;
        GETREGSET("PTRACE_GETREGSET") = PTRACE_GETREGSET;
        SETREGSET("PTRACE_SETREGSET") = PTRACE_SETREGSET;
        SEIZE("PTRACE_SEIZE") = PTRACE_SEIZE;
        INTERRUPT("PTRACE_INTERRUPT") = PTRACE_INTERRUPT;
        LISTEN("PTRACE_LISTEN") = PTRACE_LISTEN;
        PEEKSIGINFO("PTRACE_PEEKSIGINFO") = PTRACE_PEEKSIGINFO;
        GETSIGMASK("PTRACE_GETSIGMASK") = PTRACE_GETSIGMASK;
        SETSIGMASK("PTRACE_SETSIGMASK") = PTRACE_SETSIGMASK;
        SECCOMP_GET_FILTER("PTRACE_SECCOMP_GET_FILTER") = PTRACE_SECCOMP_GET_FILTER;
        SECCOMP_GET_METADATA("PTRACE_SECCOMP_GET_METADATA") = PTRACE_SECCOMP_GET_METADATA;
        GET_SYSCALL_INFO("PTRACE_GET_SYSCALL_INFO") = PTRACE_GET_SYSCALL_INFO;
        SET_SYSCALL_INFO("PTRACE_SET_SYSCALL_INFO") = PTRACE_SET_SYSCALL_INFO;
        GET_RSEQ_CONFIGURATION("PTRACE_GET_RSEQ_CONFIGURATION") = PTRACE_GET_RSEQ_CONFIGURATION;
        SET_SYSCALL_USER_DISPATCH_CONFIG("PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG") = PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG;
        GET_SYSCALL_USER_DISPATCH_CONFIG("PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG") = PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG;
    }
    /// `PTRACE_O_*`: the data of `PTRACE_SEIZE` and `PTRACE_SETOPTIONS`.
    flags PtraceOptions: u32 {
        TRACESYSGOOD("PTRACE_O_TRACESYSGOOD") = PTRACE_O_TRACESYSGOOD;
        TRACEFORK("PTRACE_O_TRACEFORK") = PTRACE_O_TRACEFORK;
        TRACEVFORK("PTRACE_O_TRACEVFORK") = PTRACE_O_TRACEVFORK;
        TRACECLONE("PTRACE_O_TRACECLONE") = PTRACE_O_TRACECLONE;
        TRACEEXEC("PTRACE_O_TRACEEXEC") = PTRACE_O_TRACEEXEC;
        TRACEVFORKDONE("PTRACE_O_TRACEVFORKDONE") = PTRACE_O_TRACEVFORKDONE;
        TRACEEXIT("PTRACE_O_TRACEEXIT") = PTRACE_O_TRACEEXIT;
        TRACESECCOMP("PTRACE_O_TRACESECCOMP") = PTRACE_O_TRACESECCOMP;
        EXITKILL("PTRACE_O_EXITKILL") = PTRACE_O_EXITKILL;
        SUSPEND_SECCOMP("PTRACE_O_SUSPEND_SECCOMP") = PTRACE_O_SUSPEND_SECCOMP;
    }
}

instructions! {
    /// `long ptrace(enum __ptrace_request op, pid_t pid, void *addr, void *data)`
    ///
    /// The general form: what `addr` and `data` are, addresses or numbers, is as `op` says. The kernel's `PEEK`
    /// requests write the word to `data` instead of returning it. All but `TRACEME`, `ATTACH`, `SEIZE`,
    /// `INTERRUPT` and `KILL` want the tracee stopped and answer ESRCH if it is not.
    ///
    /// Errors: EBUSY, EFAULT, EINVAL, EIO, EPERM, ESRCH.
    ptrace(op: PtraceRequest, pid: Process, addr: Address, data: Address) -> usize;
}

forms! {
    /// `PTRACE_TRACEME`: the caller's parent becomes its tracer.
    ptrace_traceme() -> () = ptrace([PtraceRequest::TRACEME], [Process::CALLER]);
    /// `PTRACE_SEIZE`: traces the thread without stopping it.
    ptrace_seize(pid: Process, options: PtraceOptions) -> () =
        ptrace([PtraceRequest::SEIZE], pid, [Address::NULL], options);
    /// `PTRACE_INTERRUPT`: the tracee stops with `PTRACE_EVENT_STOP`.
    ptrace_interrupt(pid: Process) -> () = ptrace([PtraceRequest::INTERRUPT], pid);
    /// `PTRACE_LISTEN`: the tracee stays in its group-stop, but reports when that ends.
    ptrace_listen(pid: Process) -> () = ptrace([PtraceRequest::LISTEN], pid);
    /// `PTRACE_SETOPTIONS`: what the tracer is told of from now on.
    ptrace_setoptions(pid: Process, options: PtraceOptions) -> () =
        ptrace([PtraceRequest::SETOPTIONS], pid, [Address::NULL], options);
    /// `PTRACE_CONT`: continues with this signal, or [`Signal::NONE`].
    ptrace_cont(pid: Process, signal: Signal) -> () =
        ptrace([PtraceRequest::CONT], pid, [Address::NULL], signal);
    /// `PTRACE_SYSCALL`: continues to the next entry to, or exit from, a system call.
    ptrace_syscall(pid: Process, signal: Signal) -> () =
        ptrace([PtraceRequest::SYSCALL], pid, [Address::NULL], signal);
    /// `PTRACE_SINGLESTEP`: continues for one instruction.
    ptrace_singlestep(pid: Process, signal: Signal) -> () =
        ptrace([PtraceRequest::SINGLESTEP], pid, [Address::NULL], signal);
    /// `PTRACE_DETACH`: continues, and is no longer traced.
    ptrace_detach(pid: Process, signal: Signal) -> () =
        ptrace([PtraceRequest::DETACH], pid, [Address::NULL], signal);
    /// `PTRACE_GETREGSET`: registers of a kind are written as the `struct iovec` at `iov` says, whose length is
    /// in and out.
    ptrace_getregset(pid: Process, note_type: NoteType, iov: Address) -> () =
        ptrace([PtraceRequest::GETREGSET], pid, note_type, iov);
    /// `PTRACE_SETREGSET`: sets registers of a kind.
    ptrace_setregset(pid: Process, note_type: NoteType, iov: Address) -> () =
        ptrace([PtraceRequest::SETREGSET], pid, note_type, iov);
    /// `PTRACE_GETSIGINFO`: the `siginfo_t` of the stop is written to `data`; EINVAL in a group-stop.
    ptrace_getsiginfo(pid: Process, data: Address) -> () =
        ptrace([PtraceRequest::GETSIGINFO], pid, [Address::NULL], data);
    /// `PTRACE_GETEVENTMSG`: the event's number, 8 bytes, is written to `data`.
    ptrace_geteventmsg(pid: Process, data: Address) -> () =
        ptrace([PtraceRequest::GETEVENTMSG], pid, [Address::NULL], data);
    /// `PTRACE_PEEKDATA`: the word at `addr` in the tracee is written to `data`.
    ptrace_peekdata(pid: Process, addr: Address, data: Address) -> () =
        ptrace([PtraceRequest::PEEKDATA], pid, addr, data);
    /// `PTRACE_POKEDATA`: writes a word to the tracee.
    ptrace_pokedata(pid: Process, addr: Address, word: u64) -> () =
        ptrace([PtraceRequest::POKEDATA], pid, addr, word);
    /// `PTRACE_GETSIGMASK`: the tracee's signal mask, 8 bytes, is written to `data`.
    ptrace_getsigmask(pid: Process, data: Address) -> () =
        ptrace([PtraceRequest::GETSIGMASK], pid, [8], data);
    /// `PTRACE_SETSIGMASK`: sets it to the 8 bytes at `data`.
    ptrace_setsigmask(pid: Process, data: Address) -> () =
        ptrace([PtraceRequest::SETSIGMASK], pid, [8], data);
    /// `PTRACE_GET_SYSCALL_INFO`: at most `size` bytes of `struct ptrace_syscall_info` are written; returns how
    /// many there were.
    ptrace_get_syscall_info(pid: Process, size: usize, data: Address) -> usize =
        ptrace([PtraceRequest::GET_SYSCALL_INFO], pid, size, data);
    /// `PTRACE_SETSIGINFO`: changes the `siginfo_t` of the signal that the tracee stopped for.
    ptrace_setsiginfo(pid: Process, data: Address) -> () =
        ptrace([PtraceRequest::SETSIGINFO], pid, [Address::NULL], data);
}
