//! Structs as bytes, and what the kernel packs one after the other.

use linux_raw_sys::{general, landlock};
use proptest::collection::vec;
use proptest::prelude::*;
use rsyscall_core::{
    abi::{Aarch64, Native, Riscv64, X86_64},
    identifier::{FileDescriptor, WatchDescriptor},
    near::{
        event::InotifyMask,
        fs::{DirectoryEntryType, Mode, OFlags, ResolveFlags},
        layout::*,
        net::{AddressFamily, ControlMessageType, SocketLevel},
        signal::Signal,
    },
};

/// Compares a layout with a struct of `linux-raw-sys`, field by field, `newer` ones at least.
macro_rules! same {
    ($ours:ident $theirs:ty: $($field:ident)*) => {
        $(
            let found = <$ours as Layout<Native>>::FIELDS.iter().find(|(name, ..)| *name == stringify!($field));
            assert_eq!(found.map(|found| found.1), Some(std::mem::offset_of!($theirs, $field)), stringify!($field));
        )*
        assert_eq!(<$ours as Layout<Native>>::SIZE, size_of::<$theirs>());
        assert_eq!(<$ours as Layout<Native>>::ALIGNMENT, align_of::<$theirs>());
    };
}

#[test]
fn structs_newer_than_the_headers_of_c() {
    same! { Statx general::statx: stx_subvol stx_atomic_write_unit_min stx_atomic_write_unit_max
    stx_atomic_write_segments_max stx_dio_read_offset_align stx_atomic_write_unit_max_opt }
    same! { LandlockRulesetAttr landlock::landlock_ruleset_attr: handled_access_fs handled_access_net scoped }
    same! { LandlockNetPortAttr landlock::landlock_net_port_attr: allowed_access port }
    same! { XattrArgs general::xattr_args: value size flags }
    same! { FileAttr general::file_attr: fa_xflags fa_extsize fa_nextents fa_projid fa_cowextsize }
    same! { MntIdReq general::mnt_id_req: size mnt_id param mnt_ns_id }
    same! { Statmount general::statmount: size mnt_opts mask sb_dev_major sb_dev_minor sb_magic sb_flags fs_type mnt_id
    mnt_parent_id mnt_id_old mnt_parent_id_old mnt_attr mnt_propagation mnt_peer_group mnt_master propagate_from mnt_root
    mnt_point mnt_ns_id fs_subtype sb_source opt_num opt_array opt_sec_num opt_sec_array supported_mask mnt_uidmap_num
    mnt_uidmap mnt_gidmap_num mnt_gidmap }
    same! { CachestatRange general::cachestat_range: off len }
    same! { Cachestat general::cachestat: nr_cache nr_dirty nr_writeback nr_evicted nr_recently_evicted }
}

#[test]
fn epoll_event_is_packed_on_x86_64_only() {
    let event = EpollEvent { events: 1, data: 0x0102_0304_0506_0708 };
    let packed = Layout::<X86_64>::to_bytes(&event);
    assert_eq!(packed, [1, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1]);
    let padded = Layout::<Aarch64>::to_bytes(&event);
    assert_eq!(padded, [1, 0, 0, 0, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(<EpollEvent as Layout<X86_64>>::from_bytes(&packed), event);
    assert_eq!(<EpollEvent as Layout<Aarch64>>::from_bytes(&padded), event);
}

#[test]
fn sigaction_has_no_restorer_on_riscv64() {
    let action = Sigaction { sa_handler: 1, sa_flags: 2, sa_restorer: 3, sa_mask: 4 };
    assert_eq!(<Sigaction as Layout<Riscv64>>::SIZE, 24);
    let back = <Sigaction as Layout<Riscv64>>::from_bytes(&Layout::<Riscv64>::to_bytes(&action));
    assert_eq!(back, Sigaction { sa_restorer: 0, ..action });
    let back = <Sigaction as Layout<X86_64>>::from_bytes(&Layout::<X86_64>::to_bytes(&action));
    assert_eq!(back, action);
}

#[test]
fn stat_has_another_order_in_each_abi() {
    let stat =
        Stat { st_ino: 7, st_nlink: 3, st_mode: 0o100_644, st_size: 9, st_blksize: 4096, ..Stat::default() };
    let x86_64 = Layout::<X86_64>::to_bytes(&stat);
    let aarch64 = Layout::<Aarch64>::to_bytes(&stat);
    assert_eq!((x86_64.len(), aarch64.len()), (144, 128));
    assert_eq!((x86_64[16], aarch64[20]), (3, 3));
    assert_eq!(<Stat as Layout<X86_64>>::from_bytes(&x86_64), stat);
    assert_eq!(<Stat as Layout<Aarch64>>::from_bytes(&aarch64), stat);
    assert_eq!(<Stat as Layout<Riscv64>>::from_bytes(&aarch64), stat);
}

#[test]
fn open_how_has_the_flags_of_the_abi() {
    let how = OpenHow {
        flags: OFlags::DIRECTORY | OFlags::CLOEXEC,
        mode: Mode::from_raw(0o700),
        resolve: ResolveFlags::BENEATH,
    };
    let x86_64 = Layout::<X86_64>::to_bytes(&how);
    let aarch64 = Layout::<Aarch64>::to_bytes(&how);
    assert_eq!(x86_64[..4], 0o2_200_000_u32.to_le_bytes());
    assert_eq!(aarch64[..4], 0o2_040_000_u32.to_le_bytes());
    assert_eq!(<OpenHow as Layout<Aarch64>>::from_bytes(&aarch64), how);
}

#[test]
fn a_truncated_struct_is_an_error() {
    let bytes = [0; 144];
    for length in 0..144 {
        let truncated = Truncated { needed: 144, found: length };
        assert_eq!(<Stat as Layout<X86_64>>::decode(&bytes[..length]), Err(truncated));
    }
    assert_eq!(<Stat as Layout<X86_64>>::decode(&bytes), Ok(Stat::default()));
    let found: Vec<_> = Structs::<X86_64, EpollEvent>::new(&bytes[..25]).collect();
    assert_eq!(found.len(), 3);
    assert_eq!(found[2], Err(Truncated { needed: 12, found: 1 }));
}

fn directory_entry(name: &[u8], length: u16) -> Vec<u8> {
    let header = DirectoryEntryHeader { d_ino: 1, d_off: 2, d_reclen: length, d_type: 8 };
    let mut bytes = Layout::<Native>::to_bytes(&header).to_vec();
    bytes.extend(name);
    bytes
}

#[test]
fn directory_entries_that_lie() {
    let good = directory_entry(b"ab\0\0\0", 24);
    let decoded = DirectoryEntry { d_ino: 1, d_off: 2, d_type: DirectoryEntryType::REG, d_name: b"ab" };
    let two = [&good[..], &good[..]].concat();
    assert_eq!(DirectoryEntries::new(&two).collect::<Vec<_>>(), [Ok(decoded), Ok(decoded)]);
    for (second, needed, found) in [
        // A length of nothing, which would never end; one that is less than the header; one past the end.
        (directory_entry(b"ab\0\0\0", 0), 19, 0),
        (directory_entry(b"ab\0\0\0", 18), 19, 18),
        (directory_entry(b"ab\0\0\0", 25), 25, 24),
        (directory_entry(b"ab\0\0\0", u16::MAX), 65535, 24),
        // A name without an end, one that ends in the next entry, and a header that is cut off.
        (directory_entry(b"abcde", 24), 6, 5),
        (directory_entry(b"ab\0\0\0", 21), 3, 2),
        (good[..18].to_vec(), 19, 18),
    ] {
        let buffer = [&good[..], &second[..]].concat();
        let malformed = Malformed { offset: 24, needed, found };
        let text = format!("the entry at byte 24 needs {needed} bytes and has {found}");
        assert_eq!(malformed.to_string(), text);
        assert_eq!(DirectoryEntries::new(&buffer).collect::<Vec<_>>(), [Ok(decoded), Err(malformed)]);
    }
}

#[test]
fn inotify_events_that_lie() {
    let event = |length: u32, name: &[u8]| {
        let header = InotifyHeader { wd: 1, mask: 0x100, cookie: 5, len: length };
        [&Layout::<Native>::to_bytes(&header)[..], name].concat()
    };
    let (wd, mask) = (WatchDescriptor::from_raw(1), InotifyMask::CREATE);
    let named = InotifyEvent { wd, mask, cookie: 5, name: b"ab" };
    let buffer = [event(4, b"ab\0\0"), event(0, b"")].concat();
    let found: Vec<_> = InotifyEvents::new(&buffer).collect();
    assert_eq!(found, [Ok(named), Ok(InotifyEvent { name: b"", ..named })]);
    for (second, needed, found) in [
        (event(5, b"ab\0\0"), 21, 20),
        (event(u32::MAX, b""), 16 + u32::MAX as usize, 16),
        (vec![0; 15], 16, 15),
    ] {
        let buffer = [&event(4, b"ab\0\0")[..], &second[..]].concat();
        let malformed = Malformed { offset: 20, needed, found };
        assert_eq!(InotifyEvents::new(&buffer).collect::<Vec<_>>(), [Ok(named), Err(malformed)]);
    }
}

fn control_message(length: u64, kind: i32, data: &[u8]) -> Vec<u8> {
    let header = ControlMessageHeader { cmsg_len: length, cmsg_level: 1, cmsg_type: kind };
    [&Layout::<Native>::to_bytes(&header)[..], data].concat()
}

#[test]
fn control_messages_are_written_and_read() {
    let mut buffer = [0xff; 64];
    let mut writer = ControlMessageWriter::new(&mut buffer);
    let descriptors = [3, 4, 5].map(FileDescriptor::from_raw);
    let credentials = Ucred { pid: 1, uid: 2, gid: 3 };
    writer.rights(&descriptors).unwrap();
    writer.credentials(credentials).unwrap();
    assert_eq!(writer.length(), 64);
    assert_eq!(writer.rights(&[]), Err(Truncated { needed: 80, found: 64 }));
    assert_eq!(writer.length(), 64);
    let mut found = ControlMessages::new(&buffer);
    let Some(Ok(ControlMessage::Rights(rights))) = found.next() else { panic!("no rights") };
    assert_eq!(rights.collect::<Vec<_>>(), descriptors);
    assert_eq!(found.next(), Some(Ok(ControlMessage::Credentials(credentials))));
    assert_eq!(found.next(), None);
}

#[test]
fn control_messages_that_lie() {
    // The length of the last message need not be a multiple of 8, and its padding need not be there.
    let last = control_message(20, 1, &[7, 0, 0, 0]);
    let Some(Ok(ControlMessage::Rights(mut rights))) = ControlMessages::new(&last).next() else { panic!() };
    assert_eq!((rights.next(), rights.next()), (Some(FileDescriptor::from_raw(7)), None));
    for (message, needed, found) in [
        (control_message(0, 1, b""), 16, 0),
        (control_message(15, 1, b""), 16, 15),
        (control_message(17, 1, b""), 17, 16),
        (control_message(u64::MAX, 1, b"1234"), usize::MAX, 20),
        // Credentials and a pidfd that are cut off.
        (control_message(27, 2, &[0; 11]), 12, 11),
        (control_message(19, 4, &[0; 3]), 4, 3),
    ] {
        let malformed = Malformed { offset: 0, needed, found };
        let messages: Vec<_> = ControlMessages::new(&message).collect();
        assert_eq!(messages, [Err(malformed)], "{message:?}");
    }
    let other = control_message(18, 3, b"xy");
    let expected =
        ControlMessage::Other { level: SocketLevel::SOCKET, kind: ControlMessageType::SECURITY, data: b"xy" };
    assert_eq!(ControlMessages::new(&other).collect::<Vec<_>>(), [Ok(expected)]);
    assert_eq!(ControlMessages::new(&[0; 15]).next(), None);
}

#[test]
fn addresses_of_sockets() {
    let mut buffer = [0; SocketAddress::SIZE];
    for (address, bytes) in [
        (SocketAddress::Unix(UnixAddress::UNNAMED), &b"\x01\0"[..]),
        (SocketAddress::Unix(UnixAddress::from_path(b"/a").unwrap()), b"\x01\0/a\0"),
        (SocketAddress::Unix(UnixAddress::from_abstract(b"a\0b").unwrap()), b"\x01\0\0a\0b"),
        (SocketAddress::Unix(UnixAddress::from_abstract(b"").unwrap()), b"\x01\0\0"),
        (SocketAddress::V4("127.0.0.1:80".parse().unwrap()), b"\x02\0\0\x50\x7f\0\0\x01\0\0\0\0\0\0\0\0"),
        (
            SocketAddress::V6("[::1%5]:443".parse().unwrap()),
            b"\x0a\0\x01\xbb\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x05\0\0\0",
        ),
        (SocketAddress::Netlink { pid: 1, groups: 2 }, b"\x10\0\0\0\x01\0\0\0\x02\0\0\0"),
        (SocketAddress::Other(AddressFamily::VSOCK), b"\x28\0"),
    ] {
        assert_eq!(address.encode(&mut buffer), bytes, "{address:?}");
        assert_eq!(SocketAddress::decode(bytes), Ok(address), "{address:?}");
    }
    assert_eq!(SocketAddress::decode(b""), Ok(SocketAddress::Other(AddressFamily::UNSPEC)));
    assert_eq!(SocketAddress::decode(b"\x01"), Err(Truncated { needed: 2, found: 1 }));
    assert_eq!(SocketAddress::decode(&[2, 0, 0, 0]), Err(Truncated { needed: 16, found: 4 }));
}

#[test]
fn the_longest_names_of_unix_sockets() {
    let mut buffer = [0; SocketAddress::SIZE];
    let longest = [b'a'; 108];
    let path = UnixAddress::from_path(&longest).unwrap();
    assert_eq!(path.as_path(), Some(&longest[..]));
    assert_eq!(SocketAddress::Unix(path).encode(&mut buffer).len(), 110);
    assert_eq!(UnixAddress::from_path(&[b'a'; 109]), Err(Truncated { needed: 109, found: 108 }));
    assert_eq!(UnixAddress::from_abstract(&longest), Err(Truncated { needed: 109, found: 108 }));
    // The kernel's own way to say a path of 108 bytes: with a null behind the struct.
    let kernel = [&[1, 0][..], &longest[..], &[0]].concat();
    assert_eq!(SocketAddress::decode(&kernel), Ok(SocketAddress::Unix(path)));
    assert_eq!(path.as_abstract(), None);
    assert_eq!(UnixAddress::UNNAMED.as_path(), None);
    assert_eq!(UnixAddress::UNNAMED.as_abstract(), None);
}

#[test]
fn signal_information_is_what_its_code_says() {
    let common =
        |signal: Signal, si_code| SiginfoCommon { si_signo: signal.into_raw(), si_errno: 0, si_code };
    let decode = |info: SiginfoCommon| {
        let mut bytes = Layout::<Native>::to_bytes(&info);
        bytes[16] = 7;
        <Siginfo as Layout<Native>>::from_bytes(&bytes)
    };
    assert!(matches!(decode(common(Signal::CHLD, 1)), Siginfo::Child(SiginfoChild { si_pid: 7, .. })));
    assert!(matches!(decode(common(Signal::CHLD, 0)), Siginfo::Kill(SiginfoKill { si_pid: 7, .. })));
    assert!(matches!(decode(common(Signal::SEGV, 1)), Siginfo::Fault(SiginfoFault { si_addr: 7, .. })));
    // The kernel's own, and the stops of a tracee, which tell the process.
    assert!(matches!(decode(common(Signal::SEGV, 0x80)), Siginfo::Kill(SiginfoKill { si_pid: 7, .. })));
    assert!(matches!(decode(common(Signal::TRAP, 0x685)), Siginfo::Kill(SiginfoKill { si_pid: 7, .. })));
    assert!(matches!(decode(common(Signal::SYS, 1)), Siginfo::Sys(SiginfoSys { si_call_addr: 7, .. })));
    assert!(matches!(decode(common(Signal::IO, 1)), Siginfo::Poll(SiginfoPoll { si_band: 7, .. })));
    assert!(matches!(decode(common(Signal::USR1, -1)), Siginfo::Queue(SiginfoQueue { si_pid: 7, .. })));
    assert!(matches!(decode(common(Signal::USR1, -6)), Siginfo::Queue(_)));
    assert!(matches!(decode(common(Signal::ALRM, -2)), Siginfo::Timer(SiginfoTimer { si_timerid: 7, .. })));
}

#[test]
fn sets_of_signals() {
    let set = SignalSet::EMPTY.with(Signal::HUP).with(Signal::from_raw(64)).with(Signal::TERM);
    assert_eq!(set.bits, 1 | 1 << 63 | 1 << 14);
    assert!(set.contains(Signal::TERM) && !set.contains(Signal::KILL));
    assert!(!set.without(Signal::TERM).contains(Signal::TERM));
    assert_eq!(set.with(Signal::NONE).with(Signal::from_raw(65)).with(Signal::from_raw(-1)), set);
}

/// Every decoder on one buffer. None reads outside of it, which safe code cannot; all of them end.
fn walk(buffer: &[u8]) -> Result<(), TestCaseError> {
    let entries: Vec<_> = DirectoryEntries::new(buffer).collect();
    prop_assert!(entries.len() <= buffer.len() / 19 + 1);
    prop_assert!(entries.iter().rev().skip(1).all(Result::is_ok));
    let events: Vec<_> = InotifyEvents::new(buffer).collect();
    prop_assert!(events.len() <= buffer.len() / 16 + 1);
    prop_assert!(events.iter().rev().skip(1).all(Result::is_ok));
    let messages: Vec<_> = ControlMessages::new(buffer).collect();
    prop_assert!(messages.len() <= buffer.len() / 16 + 1);
    prop_assert!(messages.iter().rev().skip(1).all(Result::is_ok));
    for message in messages.into_iter().flatten() {
        if let ControlMessage::Rights(rights) = message {
            prop_assert!(rights.count() <= buffer.len() / 4);
        }
    }
    prop_assert!(Structs::<X86_64, EpollEvent>::new(buffer).count() <= buffer.len() / 12 + 1);
    prop_assert!(Structs::<Native, SignalfdSiginfo>::new(buffer).count() <= buffer.len() / 128 + 1);
    if let Ok(address) = SocketAddress::decode(buffer) {
        let mut room = [0; SocketAddress::SIZE];
        prop_assert_eq!(SocketAddress::decode(address.encode(&mut room)), Ok(address));
        let _ = format!("{address:?}");
    }
    if let Ok(info) = <Siginfo as Layout<Native>>::decode(buffer) {
        let again = <Siginfo as Layout<Native>>::from_bytes(&Layout::<Native>::to_bytes(&info));
        prop_assert_eq!(again, info);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("RSYSCALL_LONG").is_some() { 1_000_000 } else { 2_000 }))]

    #[test]
    fn any_bytes_are_walked_to_an_end(buffer in vec(any::<u8>(), 0..600)) {
        walk(&buffer)?;
    }

    /// Buffers that a kernel could have written, with some bytes changed: these get further than noise.
    #[test]
    fn nearly_right_bytes_are_walked_to_an_end(
        names in vec(vec(any::<u8>(), 0..20), 0..8),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        kind in 0..3,
    ) {
        let mut buffer = Vec::new();
        for name in &names {
            let length = match kind { 0 => 19 + name.len() + 1, _ => 16 + name.len() };
            let padded = length.next_multiple_of(8);
            buffer.extend(match kind {
                0 => directory_entry(name, u16::try_from(padded).unwrap()),
                1 => {
                    let len = u32::try_from(padded - 16).unwrap();
                    Layout::<Native>::to_bytes(&InotifyHeader { wd: 1, mask: 2, cookie: 3, len }).into_iter()
                        .chain(name.iter().copied()).collect()
                }
                _ => control_message(length as u64, i32::from(name.first().copied().unwrap_or(1)) % 5, name),
            });
            buffer.resize(buffer.len().next_multiple_of(8), 0);
        }
        walk(&buffer)?;
        for (index, byte) in changes {
            if !buffer.is_empty() {
                let index = index.index(buffer.len());
                buffer[index] = byte;
            }
        }
        buffer.truncate(cut.index(buffer.len() + 1));
        walk(&buffer)?;
    }

    #[test]
    fn names_come_back(names in vec("[^\0]{0,30}", 0..10)) {
        let mut buffer = Vec::new();
        for name in &names {
            let length = (19 + name.len() + 1).next_multiple_of(8);
            let end = buffer.len() + length;
            buffer.extend(directory_entry(name.as_bytes(), u16::try_from(length).unwrap()));
            buffer.resize(end, 0);
        }
        let found: Vec<_> = DirectoryEntries::new(&buffer).map(|entry| entry.unwrap().d_name).collect();
        prop_assert_eq!(found, names.iter().map(String::as_bytes).collect::<Vec<_>>());
    }
}
