//! The number goes in rax, the arguments in rdi rsi rdx r10 r8 r9; rcx and r11 are lost.

stubs! {
    call_stub:
        "mov rax, [rsp + 8]",
        "mov r10, rcx",
        "syscall",
        "ret";

    call_words:
        "mov rax, [rdi]",
        "mov rsi, [rdi + 16]",
        "mov rdx, [rdi + 24]",
        "mov r10, [rdi + 32]",
        "mov r8, [rdi + 40]",
        "mov r9, [rdi + 48]",
        "mov rdi, [rdi + 8]",
        "syscall",
        // No `ret`: behind a system call the processor predicts one wrong, because the kernel has used up what it
        // predicts returns from. Where a jump goes it remembers.
        "pop rcx",
        "jmp rcx";

    trampoline:
        "mov eax, {getppid}",
        "syscall",
        "mov ebx, eax",
        "mov edi, {set_pdeathsig}",
        "mov esi, {sigkill}",
        "xor edx, edx",
        "xor r10d, r10d",
        "xor r8d, r8d",
        "mov eax, {prctl}",
        "syscall",
        // A creator that ended before this was asked for sends no signal.
        "mov eax, {getppid}",
        "syscall",
        "cmp eax, ebx",
        "jne 2f",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop r8",
        "pop r9",
        "pop rax",
        "xor ebp, ebp",
        // Whatever the creator's alignment was.
        "and rsp, -16",
        "call rax",
        "2:",
        "xor edi, edi",
        "mov eax, {exit}",
        "syscall",
        "ud2";

    futex_helper:
        "mov r12, rdi",
        "mov r13d, esi",
        "mov eax, {gettid}",
        "syscall",
        "mov edi, eax",
        "mov esi, {sigstop}",
        "mov eax, {tkill}",
        "syscall",
        "mov rdi, r12",
        "xor esi, esi",
        "mov edx, r13d",
        "xor r10d, r10d",
        "mov eax, {futex}",
        "syscall",
        "xor edi, edi",
        "mov eax, {exit}",
        "syscall",
        "ud2";
}

// Without optimisation the compiler calls these for copies and zeros, and a library for C asks nobody for them.
#[cfg(all(feature = "c-abi", debug_assertions))]
core::arch::global_asm!(
    ".weak memcpy, memset",
    ".hidden memcpy, memset",
    "memcpy: mov rax, rdi; mov rcx, rdx; rep movsb; ret",
    "memset: mov r8, rdi; mov eax, esi; mov rcx, rdx; rep stosb; mov rax, r8; ret",
);
