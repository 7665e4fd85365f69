//! x86_64, and i386.

/// `e_machine` of the architecture's 32-bit programs, and their `e_flags`.
pub(crate) const COMPAT_MACHINE: (u16, u32) = (3, 0);

/// Says "ready", reads a byte, says "done", and exits: code that stands at an address, with its texts behind it.
pub(crate) fn compat_program(at: u32) -> Vec<u8> {
    const CODE: u32 = 88;
    // mov eax, number; mov ebx, first; mov ecx, second; mov edx, third; int 0x80
    let call = |number: u32, [first, second, third]: [u32; 3]| {
        let moves = [(0xb8_u8, number), (0xbb, first), (0xb9, second), (0xba, third)];
        let moves =
            moves.into_iter().flat_map(|(opcode, word)| [vec![opcode], word.to_le_bytes().to_vec()].concat());
        moves.chain([0xcd, 0x80]).collect::<Vec<u8>>()
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
