core::arch::global_asm!(
    ".globl _start", "_start:", "mov x29, xzr", "mov x0, sp", "sub sp, sp, {room}", "mov x1, sp", "bl {main}", "brk #1",
    room = const crate::ROOM,
    main = sym crate::main,
);
