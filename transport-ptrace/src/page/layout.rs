//! What lies in the data behind the loop: a header of eight words, then entries of eight words.
//!
//! An entry's first word is the call's number and, from bit 16 on, a byte for each argument: 0, or k if the result of the k-th
//! entry is added to it. Six arguments follow, and the result. When the call was made the first word is all ones.

/// The header's length. Its first word is the number of the run that is to be made.
pub(crate) const HEADER: usize = 64;
/// Where the loop notes the number of the run that it has made.
pub(crate) const DONE: usize = 8;
/// The address behind the last entry.
pub(crate) const END: usize = 16;
/// Not 0 if a call that failed is the last.
pub(crate) const STOP: usize = 24;
/// The process, by its own number.
pub(crate) const GROUP: usize = 32;
/// The thread, by its own number.
pub(crate) const THREAD: usize = 40;
/// What it signals itself at the end of a run.
pub(crate) const SIGNAL: usize = 48;

/// An entry's length. The loop finds the k-th one at 64 times k.
pub(crate) const ENTRY: usize = 64;
/// Where in an entry its result is.
pub(crate) const RESULT: usize = 56;

/// As many as one byte can name.
pub(crate) const ENTRIES: usize = 255;
/// The length of all that.
pub(crate) const LENGTH: usize = HEADER + ENTRIES * ENTRY;

/// The first word of an entry whose call was made.
pub(crate) const MADE: u64 = u64::MAX;
/// The first word of an entry whose call a filter turned into a signal.
pub(crate) const REFUSED: u64 = u64::MAX - 1;

/// A header or an entry.
pub(crate) type Words = [u64; 8];

/// An entry, if its number is one that fits: no kernel has larger ones.
pub(crate) fn entry(number: i64, [a, b, c, d, e, f]: [u64; 6], links: [u8; 6]) -> Option<Words> {
    let number = u16::try_from(number).ok()?;
    let [i, j, k, l, m, n] = links;
    let links = u64::from_le_bytes([0, 0, i, j, k, l, m, n]);
    Some([links | u64::from(number), a, b, c, d, e, f, 0])
}
