core::arch::global_asm!(
    ".globl _start", "_start:", "xor ebp, ebp", "mov rdi, rsp", "sub rsp, {room}", "mov rsi, rsp", "call {main}", "ud2",
    room = const crate::ROOM,
    main = sym crate::main,
);
