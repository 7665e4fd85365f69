//! What lies in the data behind the loop: a header, entries, and what the loop has written: how far it is, and the results.
//!
//! An entry's first word is the call's number and, from bit 16 on, a byte for each argument: 0, or k if the result of the run's
//! k-th entry is added to it. Six arguments follow.

/// The header's length. Its first word is the number of the run that is to be made.
pub(crate) const HEADER: usize = 64;
/// The address behind the last entry.
pub(crate) const END: usize = 8;
/// Not 0 if a call that failed is the last.
pub(crate) const STOP: usize = 16;
/// The process, by its own number.
pub(crate) const GROUP: usize = 24;
/// The thread, by its own number.
pub(crate) const THREAD: usize = 32;
/// What it signals itself at the end of a run.
pub(crate) const SIGNAL: usize = 40;

/// An entry's length.
pub(crate) const ENTRY: usize = 56;
/// As many entries as there is room for. Only the first 255 can be named by others.
pub(crate) const ENTRIES: usize = 1022;

/// Where the loop notes the number of the run that it has made, and before each result the address of the next entry.
pub(crate) const DONE: usize = HEADER + ENTRIES * ENTRY;
/// Behind `DONE`.
pub(crate) const NEXT: usize = 8;
/// Where the results begin, behind `DONE`: a word for each entry.
pub(crate) const RESULTS: usize = 16;
/// The length of all that.
pub(crate) const LENGTH: usize = DONE + RESULTS + ENTRIES * 8;

/// The first word of an entry whose call a filter turned into a signal.
pub(crate) const REFUSED: u64 = u64::MAX;
/// The result of an entry that takes one that is an error: not made. Its value is never an answer.
pub(crate) const SKIPPED: i64 = -1;

/// An entry, if its number is one that fits: no kernel has larger ones.
#[inline(always)]
pub(crate) fn entry(number: i64, [a, b, c, d, e, f]: [u64; 6], links: [u8; 6]) -> Option<[u64; 7]> {
    let number = u16::try_from(number).ok()?;
    let [i, j, k, l, m, n] = links;
    let links = u64::from_le_bytes([0, 0, i, j, k, l, m, n]);
    Some([links | u64::from(number), a, b, c, d, e, f])
}
