core::arch::global_asm!(
    ".globl _start", "_start:", "li s0, 0", "mv a0, sp", "li t0, {room}", "sub sp, sp, t0", "mv a1, sp", "call {main}", "ebreak",
    room = const crate::ROOM,
    main = sym crate::main,
);
