//! Frames on the console: a line each, with a number that counts them and a checksum.
//!
//! `#rsyscall:CHECKSUM:NUMBER KIND DATA`, the data with every byte but printable ASCII as `%XX`. The checksum (FNV-1a, of what
//! follows it) and the number show a line that was torn by a kernel message, and one that was lost.

use crate::call;
use rsyscall_core::identifier::FileDescriptor;

/// Bytes of data that one frame carries at most.
pub(crate) const FRAME_DATA: usize = 400;

const START: &[u8] = b"\n#rsyscall:";

pub(crate) struct Console {
    count: u32,
    line: [u8; START.len() + 9 + 32 + 3 * FRAME_DATA + 1],
    length: usize,
}

impl Console {
    pub(crate) fn new() -> Self {
        Self { count: 0, line: [0; _], length: 0 }
    }

    /// Writes one frame.
    pub(crate) fn frame(&mut self, kind: &[u8], data: &[u8]) {
        self.length = 0;
        self.text(START);
        let checksum = self.length;
        self.text(b"00000000:");
        let body = self.length;
        self.decimal(self.count.into());
        self.count = self.count.wrapping_add(1);
        self.text(b" ");
        self.text(kind);
        self.text(b" ");
        for &byte in data {
            match byte {
                b' '..=b'~' if byte != b'%' => self.byte(byte),
                _ => {
                    self.byte(b'%');
                    self.hex(byte.into(), 2);
                }
            }
        }
        let end = self.length;
        let sum = fnv1a(self.line.get(body..end).unwrap_or_default());
        self.length = checksum;
        self.hex(sum, 8);
        self.length = end;
        self.text(b"\n");
        call::write_all(FileDescriptor::STDOUT, self.line.get(..self.length).unwrap_or_default());
    }

    /// Writes a frame whose data is a number.
    pub(crate) fn number(&mut self, kind: &[u8], number: u32) {
        let mut digits = [0; 10];
        let length = decimal(number.into(), &mut digits);
        self.frame(kind, digits.get(digits.len() - length..).unwrap_or_default());
    }

    fn byte(&mut self, byte: u8) {
        if let Some(slot) = self.line.get_mut(self.length) {
            *slot = byte;
            self.length += 1;
        }
    }

    fn text(&mut self, text: &[u8]) {
        for &byte in text {
            self.byte(byte);
        }
    }

    fn decimal(&mut self, number: u64) {
        let mut digits = [0; 10];
        let length = decimal(number, &mut digits);
        for &digit in digits.get(digits.len() - length..).unwrap_or_default() {
            self.byte(digit);
        }
    }

    fn hex(&mut self, number: u32, digits: u32) {
        for digit in (0..digits).rev() {
            let nibble = (number >> (4 * digit)) & 15;
            self.byte(b"0123456789abcdef".get(nibble as usize).copied().unwrap_or(b'?'));
        }
    }
}

/// Writes the digits at the end of the array and returns how many there are.
fn decimal(mut number: u64, digits: &mut [u8; 10]) -> usize {
    let mut length = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b"0123456789".get((number % 10) as usize).copied().unwrap_or(b'?');
        length += 1;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    length
}

fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
