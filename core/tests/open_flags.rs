//! Flags of which the bits differ from one ABI to the next.

use linux_raw_sys::general;
use rsyscall_core::{
    abi::{Aarch64, Abi, Native, Riscv64, X86_64},
    near::fs::OFlags,
};

/// Neutral flags, and their values in arch/arm64/include/uapi/asm/fcntl.h.
const ON_AARCH64: [(OFlags, u64); 5] = [
    (OFlags::DIRECTORY, 0o40_000),
    (OFlags::NOFOLLOW, 0o100_000),
    (OFlags::DIRECT, 0o200_000),
    (OFlags::LARGEFILE, 0o400_000),
    (OFlags::TMPFILE, 0o20_040_000),
];

#[test]
fn open_flags_of_this_architecture_are_those_of_its_headers() {
    for (flag, header) in [
        (OFlags::RDONLY, general::O_RDONLY),
        (OFlags::WRONLY, general::O_WRONLY),
        (OFlags::RDWR, general::O_RDWR),
        (OFlags::CREATE, general::O_CREAT),
        (OFlags::EXCL, general::O_EXCL),
        (OFlags::NOCTTY, general::O_NOCTTY),
        (OFlags::TRUNC, general::O_TRUNC),
        (OFlags::APPEND, general::O_APPEND),
        (OFlags::NONBLOCK, general::O_NONBLOCK),
        (OFlags::DSYNC, general::O_DSYNC),
        (OFlags::ASYNC, general::FASYNC),
        (OFlags::DIRECT, general::O_DIRECT),
        (OFlags::LARGEFILE, general::O_LARGEFILE),
        (OFlags::DIRECTORY, general::O_DIRECTORY),
        (OFlags::NOFOLLOW, general::O_NOFOLLOW),
        (OFlags::NOATIME, general::O_NOATIME),
        (OFlags::CLOEXEC, general::O_CLOEXEC),
        (OFlags::SYNC, general::O_SYNC),
        (OFlags::PATH, general::O_PATH),
        (OFlags::TMPFILE, general::O_TMPFILE),
    ] {
        assert_eq!(Native::open_flags(flag.word()), u64::from(header), "{flag}");
    }
}

#[test]
fn open_flags_differ_on_aarch64_only() {
    for (flag, aarch64) in ON_AARCH64 {
        assert_eq!(Aarch64::open_flags(flag.word()), aarch64, "{flag}");
        assert_eq!(Aarch64::neutral_open_flags(aarch64), flag.word(), "{flag}");
        assert_eq!(X86_64::open_flags(flag.word()), flag.word());
        assert_eq!(Riscv64::open_flags(flag.word()), flag.word());
    }
    let shared = ON_AARCH64.iter().fold(0, |bits, (flag, _)| bits | flag.word());
    for bit in (0..64).map(|shift| 1_u64 << shift).filter(|bit| bit & shared == 0) {
        assert_eq!(Aarch64::open_flags(bit), bit, "{bit:#o}");
    }
}
