//! aarch64, and 32-bit Arm.

/// `e_machine` of the architecture's 32-bit programs, and their `e_flags`.
pub(crate) const COMPAT_MACHINE: (u16, u32) = (40, 0x500_0000);

/// Says "ready", reads a byte, says "done", and exits: code that stands at an address, with its texts behind it.
pub(crate) fn compat_program(at: u32) -> Vec<u8> {
    const CODE: u32 = 112;
    // ldr r1, [pc]; b over the word; the word; mov r7, number; mov r0, first; mov r2, third; svc 0
    let call = |number: u32, [first, second, third]: [u32; 3]| {
        let words = [
            0xe59f_1000,
            0xea00_0000,
            second,
            0xe3a0_7000 | number,
            0xe3a0_0000 | first,
            0xe3a0_2000 | third,
        ];
        words.into_iter().chain([0xef00_0000]).flat_map(u32::to_le_bytes).collect::<Vec<u8>>()
    };
    let texts = at + CODE;
    [
        call(4, [1, texts, 6]),
        call(3, [0, texts, 1]),
        call(4, [1, texts + 6, 5]),
        call(1, [0, 0, 0]),
        b"ready\ndone\n".to_vec(),
    ]
    .concat()
}
