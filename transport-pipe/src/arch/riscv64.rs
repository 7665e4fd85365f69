//! The number goes in a7, the arguments in a0 to a5.

stubs! {
    call_stub:
        // The child takes the return address from its own stack.
        "addi sp, sp, -16",
        "sd ra, 0(sp)",
        "mv a7, a6",
        "ecall",
        "ld ra, 0(sp)",
        "addi sp, sp, 16",
        "ret";

    call_words:
        "addi sp, sp, -16",
        "sd ra, 0(sp)",
        "ld a7, 0(a0)",
        "ld a1, 16(a0)",
        "ld a2, 24(a0)",
        "ld a3, 32(a0)",
        "ld a4, 40(a0)",
        "ld a5, 48(a0)",
        "ld a0, 8(a0)",
        "ecall",
        "ld ra, 0(sp)",
        "addi sp, sp, 16",
        "ret";

    trampoline:
        "li a7, {getppid}",
        "ecall",
        "mv s1, a0",
        "li a0, {set_pdeathsig}",
        "li a1, {sigkill}",
        "li a2, 0",
        "li a3, 0",
        "li a4, 0",
        "li a7, {prctl}",
        "ecall",
        // A creator that ended before this was asked for sends no signal.
        "li a7, {getppid}",
        "ecall",
        "bne a0, s1, 2f",
        "ld a0, 0(sp)",
        "ld a1, 8(sp)",
        "ld a2, 16(sp)",
        "ld a3, 24(sp)",
        "ld a4, 32(sp)",
        "ld a5, 40(sp)",
        "ld t0, 48(sp)",
        "addi sp, sp, 64",
        "li s0, 0",
        "jalr t0",
        "2:",
        "li a0, 0",
        "li a7, {exit}",
        "ecall",
        "unimp";

    futex_helper:
        "mv s1, a0",
        "mv s2, a1",
        "li a7, {gettid}",
        "ecall",
        "li a1, {sigstop}",
        "li a7, {tkill}",
        "ecall",
        "mv a0, s1",
        "li a1, 0",
        "mv a2, s2",
        "li a3, 0",
        "li a7, {futex}",
        "ecall",
        "li a0, 0",
        "li a7, {exit}",
        "ecall",
        "unimp";
}
