//! A restartable sequence, between 2 and 3; an abort goes on at 4.

crate::sequences::instructions! {
    "lea {a}, [rip + 2f]",
    "mov [{descriptor} + 8], {a}",
    "lea {b}, [rip + 3f]",
    "sub {b}, {a}",
    "mov [{descriptor} + 16], {b}",
    "lea {a}, [rip + 4f]",
    "mov [{descriptor} + 24], {a}",
    "5:",
    "mov [{note}], {descriptor}",
    "2:",
    "cmp dword ptr [{end}], 0",
    "je 2b",
    "3:",
    "jmp 6f",
    ".long {signature}",
    "4:",
    "inc qword ptr [{aborts}]",
    "jmp 5b",
    "6:",
    "mov qword ptr [{note}], 0",
}
