//! The server that is put into a process: its bytes are copied and never executed here.
//!
//! It has no relocation, no data, and no state but its stack. Its first instruction is the one that makes the thread, so that the
//! child of that call goes on behind it: with an empty stack, and in the last argument's register, which the kernel does
//! not look at, the descriptor of requests in the low half and that of responses in the high one. Behind it a server may also
//! be entered directly.
//!
//! It reads a request of 56 bytes, calls a stub with its words in the registers (a child of that call finds on its own stack
//! where to go), and writes the result, 8 bytes. At the end of its input, or when a transfer fails, its thread exits.
#![expect(unsafe_code, reason = "refers to bytes between two labels")]

/// Puts an architecture's instructions between two symbols into read-only data.
macro_rules! instructions {
    ($($line:literal,)*) => {
        core::arch::global_asm!(
            ".pushsection .rodata.rsyscall_injected_server, \"a\"",
            ".balign 16",
            ".hidden rsyscall_injected_server_begin",
            ".globl rsyscall_injected_server_begin",
            ".hidden rsyscall_injected_server_end",
            ".globl rsyscall_injected_server_end",
            "rsyscall_injected_server_begin:",
            $($line,)*
            "rsyscall_injected_server_end:",
            ".popsection",
            request = const rsyscall_transport_pipe::wire::REQUEST,
            response = const rsyscall_transport_pipe::wire::RESPONSE,
            frame = const rsyscall_transport_pipe::wire::REQUEST + rsyscall_transport_pipe::wire::RESPONSE,
            eintr = const rsyscall_core::syscall::Errno::EINTR.into_raw(),
            read = const linux_raw_sys::general::__NR_read,
            write = const linux_raw_sys::general::__NR_write,
            exit = const linux_raw_sys::general::__NR_exit,
        );
    };
}

// An architecture without a file here is refused by `registers`.
cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
    }
}

unsafe extern "C" {
    static rsyscall_injected_server_begin: u8;
    static rsyscall_injected_server_end: u8;
}

/// The server's bytes.
pub(crate) fn server() -> &'static [u8] {
    let begin = &raw const rsyscall_injected_server_begin;
    let length = (&raw const rsyscall_injected_server_end).addr().wrapping_sub(begin.addr());
    // SAFETY: both labels are in one piece of constant data, the second behind the first; see the architecture's file.
    unsafe { core::slice::from_raw_parts(begin, length) }
}

#[cfg(test)]
mod tests {
    use super::server;
    use crate::registers::INSTRUCTION;

    #[test]
    fn it_is_small_and_begins_with_the_instruction() {
        let server = server();
        assert!(server.starts_with(INSTRUCTION));
        assert!(server.len() <= 300, "{} bytes", server.len());
    }
}
