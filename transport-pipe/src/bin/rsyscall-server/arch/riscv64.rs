core::arch::global_asm!(
    ".globl _start", "_start:", "li s0, 0", "mv a0, sp", "call {main}", "ebreak",
    main = sym crate::main,
);
