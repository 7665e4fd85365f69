use core::arch::{asm, global_asm};

// The frame pointer ends the chain of frames for whoever unwinds.
global_asm!(".globl _start", "_start:", "li s0, 0", "call {main}", "ebreak", main = sym crate::main);

/// Executes one system call.
///
/// # Safety
///
/// As the call: what it reads, writes and changes must be nobody's but the caller's.
pub(crate) unsafe fn syscall(number: usize, arguments: [usize; 6]) -> usize {
    let [a, b, c, d, e, f] = arguments;
    let result;
    // SAFETY: the kernel keeps every integer register but a0, and may clear the vector registers; the rest is the
    // caller's promise.
    unsafe {
        asm!(
            "ecall",
            in("a7") number,
            inlateout("a0") a => result,
            in("a1") b,
            in("a2") c,
            in("a3") d,
            in("a4") e,
            in("a5") f,
            out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _, out("v7") _,
            out("v8") _, out("v9") _, out("v10") _, out("v11") _, out("v12") _, out("v13") _, out("v14") _, out("v15") _,
            out("v16") _, out("v17") _, out("v18") _, out("v19") _, out("v20") _, out("v21") _, out("v22") _, out("v23") _,
            out("v24") _, out("v25") _, out("v26") _, out("v27") _, out("v28") _, out("v29") _, out("v30") _, out("v31") _,
            options(nostack),
        );
    }
    result
}

/// The numbers of the calls that this program makes.
pub(crate) mod number {
    pub(crate) const CHDIR: usize = 49;
    pub(crate) const CLONE: usize = 220;
    pub(crate) const CLOSE: usize = 57;
    pub(crate) const DUP3: usize = 24;
    pub(crate) const EXECVE: usize = 221;
    pub(crate) const EXIT_GROUP: usize = 94;
    pub(crate) const FCNTL: usize = 25;
    pub(crate) const GETPID: usize = 172;
    pub(crate) const IOCTL: usize = 29;
    pub(crate) const KILL: usize = 129;
    pub(crate) const LSEEK: usize = 62;
    pub(crate) const MKDIRAT: usize = 34;
    pub(crate) const MMAP: usize = 222;
    pub(crate) const MOUNT: usize = 40;
    pub(crate) const OPENAT: usize = 56;
    pub(crate) const PIPE2: usize = 59;
    pub(crate) const PPOLL: usize = 73;
    pub(crate) const READ: usize = 63;
    pub(crate) const REBOOT: usize = 142;
    pub(crate) const RT_SIGPROCMASK: usize = 135;
    pub(crate) const SETHOSTNAME: usize = 161;
    pub(crate) const SETSID: usize = 157;
    pub(crate) const SIGNALFD4: usize = 74;
    pub(crate) const SOCKET: usize = 198;
    pub(crate) const WAITID: usize = 95;
    pub(crate) const WRITE: usize = 64;
}
