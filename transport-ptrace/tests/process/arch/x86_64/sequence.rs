//! Restartable sequences, between 2 and 3; an abort goes on at 4.

crate::sequences::instructions! {
    /// Stays within a restartable sequence until `end` is set. Every abort is counted, and the sequence begun again.
    spin_in_sequence(end: *mut u32, aborts: *mut u64):
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

crate::sequences::instructions! {
    /// Adds one to a counter by a restartable sequence, which takes some turns, and is begun again after an abort.
    count_in_sequence(counter: *mut u64, turns: u64):
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
    "mov {a}, [{counter}]",
    "mov {b}, {turns}",
    "7:",
    "dec {b}",
    "jnz 7b",
    "inc {a}",
    "mov [{counter}], {a}",
    "3:",
    "jmp 6f",
    ".long {signature}",
    "4:",
    "jmp 5b",
    "6:",
    "mov qword ptr [{note}], 0",
}
