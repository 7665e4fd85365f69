//! `#include <asm/termbits.h>`, `<asm/termios.h>`

layouts! {
    /// `struct winsize` of `TIOCGWINSZ` and `TIOCSWINSZ`.
    Winsize, 8, 2 {
        /// In characters.
        0 ws_row: u16,
        /// In characters.
        2 ws_col: u16,
        /// In pixels, or 0.
        4 ws_xpixel: u16,
        /// In pixels, or 0.
        6 ws_ypixel: u16,
    }
    /// `struct termios` of the kernel, which is not that of the C library: of `TCGETS` and `TCSETS`.
    Termios, 36, 4 {
        /// Input modes.
        0 c_iflag: u32,
        /// Output modes.
        4 c_oflag: u32,
        /// Control modes.
        8 c_cflag: u32,
        /// Local modes.
        12 c_lflag: u32,
        /// The line discipline.
        16 c_line: u8,
        /// Control characters.
        17 c_cc: [u8; 19],
    }
}
