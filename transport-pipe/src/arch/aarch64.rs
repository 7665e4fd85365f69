//! The number goes in x8, the arguments in x0 to x5.

stubs! {
    call_stub:
        // The child takes the return address from its own stack.
        "str x30, [sp, #-16]!",
        "mov x8, x6",
        "svc #0",
        "ldr x30, [sp], #16",
        "ret";

    call_words:
        "str x30, [sp, #-16]!",
        "ldp x3, x4, [x0, #32]",
        "ldp x1, x2, [x0, #16]",
        "ldr x5, [x0, #48]",
        "ldp x8, x0, [x0]",
        "svc #0",
        "ldr x30, [sp], #16",
        "ret";

    trampoline:
        "mov x8, #{getppid}",
        "svc #0",
        "mov w19, w0",
        "mov x0, #{set_pdeathsig}",
        "mov x1, #{sigkill}",
        "mov x2, xzr",
        "mov x3, xzr",
        "mov x4, xzr",
        "mov x8, #{prctl}",
        "svc #0",
        // A creator that ended before this was asked for sends no signal.
        "mov x8, #{getppid}",
        "svc #0",
        "cmp w0, w19",
        "b.ne 2f",
        "ldp x0, x1, [sp], #16",
        "ldp x2, x3, [sp], #16",
        "ldp x4, x5, [sp], #16",
        "ldr x8, [sp], #16",
        "mov x29, xzr",
        "blr x8",
        "2:",
        "mov x0, xzr",
        "mov x8, #{exit}",
        "svc #0",
        "brk #1";

    futex_helper:
        "mov x9, x0",
        "mov w10, w1",
        "mov x8, #{gettid}",
        "svc #0",
        "mov x1, #{sigstop}",
        "mov x8, #{tkill}",
        "svc #0",
        "mov x0, x9",
        "mov x1, xzr",
        "mov w2, w10",
        "mov x3, xzr",
        "mov x8, #{futex}",
        "svc #0",
        "mov x0, xzr",
        "mov x8, #{exit}",
        "svc #0",
        "brk #1";
}

// Without optimisation the compiler calls these for copies and zeros, and a library for C asks nobody for them.
#[cfg(all(feature = "c-abi", debug_assertions))]
core::arch::global_asm!(
    ".weak memcpy, memset",
    ".hidden memcpy, memset",
    "memcpy: mov x3, x0",
    "1: cbz x2, 2f",
    "ldrb w4, [x1], #1",
    "strb w4, [x3], #1",
    "sub x2, x2, #1",
    "b 1b",
    "memset: mov x3, x0",
    "1: cbz x2, 2f",
    "strb w1, [x3], #1",
    "sub x2, x2, #1",
    "b 1b",
    "2: ret",
);
