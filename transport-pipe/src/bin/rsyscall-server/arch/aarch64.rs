core::arch::global_asm!(
    ".globl _start", "_start:", "mov x29, xzr", "mov x0, sp", "bl {main}", "brk #1",
    main = sym crate::main,
);
