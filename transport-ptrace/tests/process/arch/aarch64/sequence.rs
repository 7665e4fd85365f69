//! Restartable sequences, between 2 and 3; an abort goes on at 4.

crate::sequences::instructions! {
    /// Stays within a restartable sequence until `end` is set. Every abort is counted, and the sequence begun again.
    spin_in_sequence(end: *mut u32, aborts: *mut u64):
    "adr {a}, 2f",
    "str {a}, [{descriptor}, #8]",
    "adr {b}, 3f",
    "sub {b}, {b}, {a}",
    "str {b}, [{descriptor}, #16]",
    "adr {a}, 4f",
    "str {a}, [{descriptor}, #24]",
    "5:",
    "str {descriptor}, [{note}]",
    "2:",
    "ldr {a:w}, [{end}]",
    "cbz {a:w}, 2b",
    "3:",
    "b 6f",
    ".long {signature}",
    "4:",
    "ldr {a}, [{aborts}]",
    "add {a}, {a}, #1",
    "str {a}, [{aborts}]",
    "b 5b",
    "6:",
    "str xzr, [{note}]",
}

crate::sequences::instructions! {
    /// Adds one to a counter by a restartable sequence, which takes some turns, and is begun again after an abort.
    count_in_sequence(counter: *mut u64, turns: u64):
    "adr {a}, 2f",
    "str {a}, [{descriptor}, #8]",
    "adr {b}, 3f",
    "sub {b}, {b}, {a}",
    "str {b}, [{descriptor}, #16]",
    "adr {a}, 4f",
    "str {a}, [{descriptor}, #24]",
    "5:",
    "str {descriptor}, [{note}]",
    "2:",
    "ldr {a}, [{counter}]",
    "mov {b}, {turns}",
    "7:",
    "subs {b}, {b}, #1",
    "b.ne 7b",
    "add {a}, {a}, #1",
    "str {a}, [{counter}]",
    "3:",
    "b 6f",
    ".long {signature}",
    "4:",
    "b 5b",
    "6:",
    "str xzr, [{note}]",
}
