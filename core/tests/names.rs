//! Calls, flags and values by their C names.

use proptest::prelude::*;
use proptest::sample::Index;
use rsyscall_core::{
    abi::{Aarch64, X86_64},
    identifier::{Address, FileDescriptor},
    near::{
        fs::{Mode, OFlags},
        names::{self, NameErrorKind},
        net::{SocketFlags, SocketType},
        process::{CloneFlags, Uid},
        signal::Signal,
    },
    syscall::Errno,
};

fn openat<'t>(arguments: &[&'t str]) -> Result<String, names::NameError<'t>> {
    let arguments = arguments.iter().copied();
    names::call("openat").map_or(Ok(String::new()), |call| Ok(call.parse(arguments)?.to_string()))
}

#[test]
fn a_call_takes_what_c_would_take() {
    for (arguments, printed) in [
        (&["AT_FDCWD", "0x7f00", "O_RDONLY|O_CLOEXEC"][..], "AT_FDCWD, Address(0x7f00), O_RDONLY|O_CLOEXEC"),
        (&["-100", "NULL", "O_WRONLY|O_CREAT", "0644"], "AT_FDCWD, NULL, O_WRONLY|O_CREAT, 0644"),
        (&["FD(3)", "Address(0x10)", "O_RDWR | 0x40000000"], "FD(3), Address(0x10), O_RDWR|0x40000000"),
        (&["3", "32512", "0"], "FD(3), Address(0x7f00), O_RDONLY"),
        (&["0xffffffff", "017", "0o2"], "FD(-1), Address(0xf), O_RDWR"),
    ] {
        assert_eq!(openat(arguments).unwrap(), format!("openat({printed})"));
    }
}

#[test]
fn what_means_nothing_is_said() {
    for (arguments, error) in [
        (
            &["AT_FDCWD", "0", "O_RDNLY"][..],
            "openat: flags: `O_RDNLY` is neither a number nor a name known here",
        ),
        (&["O_RDONLY", "0", "0"], "openat: dirfd: `O_RDONLY` is neither a number nor a name known here"),
        (&["AT_FDCWD", "0"], "openat: flags: missing"),
        (&["AT_FDCWD", "0", "0", "0", "5"], "openat: `5` is one argument too many"),
        (&["4294967296", "0", "0"], "openat: dirfd: 4294967296 does not fit"),
        (&["-2147483649", "0", "0"], "openat: dirfd: -2147483649 does not fit"),
        (
            &["3", "0", "O_WRONLY|O_RDWR"],
            "openat: flags: `O_WRONLY|O_RDWR` has two values that exclude each other",
        ),
        (&["3", "0", "O_CREAT|"], "openat: flags: `O_CREAT|` is neither a number nor a name known here"),
        (&["3", "--1", "0"], "openat: pathname: `--1` is neither a number nor a name known here"),
        (&["3", "0x", "0"], "openat: pathname: `0x` is neither a number nor a name known here"),
        (&["3", "08", "0"], "openat: pathname: `08` is neither a number nor a name known here"),
        (&["3", "+8", "0"], "openat: pathname: `+8` is neither a number nor a name known here"),
        (&["", "0", "0"], "openat: dirfd: `` is neither a number nor a name known here"),
        (&["Process(3)", "0", "0"], "openat: dirfd: `Process(3)` is neither a number nor a name known here"),
        (&["3", "0x10000000000000000", "0"], "openat: pathname: 0x10000000000000000 does not fit"),
    ] {
        assert_eq!(openat(arguments).unwrap_err().to_string(), error);
    }
    assert!(names::call("opennat").is_none());
}

#[test]
fn a_type_is_found_by_the_names_of_its_constants() {
    assert_eq!(names::from_name::<Signal>("SIGTERM"), Ok(Signal::TERM));
    assert_eq!(names::from_name::<Signal>("SIGPOLL"), Ok(Signal::IO));
    assert_eq!(names::from_name::<Signal>("64"), Ok(Signal::from_raw(64)));
    assert_eq!(names::from_name::<Mode>("S_IFIFO|0600").map(Mode::into_raw), Ok(0o010_600));
    assert_eq!(names::from_name::<CloneFlags>("CLONE_VM|SIGCHLD").map(|flags| flags.bits()), Ok(0x111));
    assert_eq!(names::from_name::<Uid>("-1"), Ok(Uid::UNCHANGED));
    assert_eq!(names::from_name::<FileDescriptor>("AT_FDCWD"), Ok(FileDescriptor::AT_FDCWD));
    assert_eq!(names::from_name::<Address>("NULL"), Ok(Address::NULL));
    assert_eq!(
        names::from_name::<SocketType>("SOCK_STREAM|SOCK_CLOEXEC"),
        Ok(SocketType::STREAM.with(SocketFlags::CLOEXEC))
    );
    let exclusive = names::from_name::<SocketType>("SOCK_STREAM|SOCK_DGRAM").unwrap_err();
    assert_eq!(exclusive.kind, NameErrorKind::TwoValues);
    assert_eq!(names::from_name::<OFlags>("O_NDELAY"), Ok(OFlags::NONBLOCK));
}

#[test]
fn a_constant_is_found_in_the_bits_of_each_abi() {
    for (name, x86_64, aarch64) in [
        ("O_DIRECTORY", 0o200_000, 0o40_000),
        ("O_TMPFILE", 0o20_200_000, 0o20_040_000),
        ("O_RDWR", 2, 2),
        ("O_CLOEXEC", 0o2_000_000, 0o2_000_000),
        ("SEEK_END", 2, 2),
        ("EWOULDBLOCK", 11, 11),
        ("PTRACE_O_EXITKILL", 1 << 20, 1 << 20),
        ("SA_RESTART", 0x1000_0000, 0x1000_0000),
        ("CAP_SYS_ADMIN", 21, 21),
        ("AF_LOCAL", 1, 1),
    ] {
        assert_eq!(names::constant::<X86_64>(name), Some(x86_64), "{name}");
        assert_eq!(names::constant::<Aarch64>(name), Some(aarch64), "{name}");
    }
    assert_eq!(names::constant::<X86_64>("O_NOTHING"), None);
    assert_eq!(names::constant::<X86_64>(""), None);
}

#[test]
fn a_name_has_one_value() {
    let mut known = std::collections::BTreeMap::new();
    for (name, value) in names::constants() {
        let before = known.insert(name, value);
        assert!(before.is_none_or(|before| before == value), "{name} is {before:?} and {value}");
    }
    assert!(known.len() > 1000);
}

#[test]
fn every_errno_is_found() {
    for number in 1..4096 {
        let errno = Errno::from_raw(number);
        if let Some(name) = errno.name() {
            assert_eq!(Errno::from_name(name), Some(errno));
        }
    }
    assert_eq!(Errno::from_name("ENOTSUP"), Some(Errno::EOPNOTSUPP));
    assert_eq!(Errno::from_name("ENOTHING"), None);
}

proptest! {
    #[test]
    fn what_is_printed_is_read(call in any::<Index>(), choices in any::<[(Index, Index, u64, u8); 6]>()) {
        let calls: Vec<_> = names::calls().collect();
        let call = call.get(&calls);
        let mut words = [0; 6];
        for (index, (first, second, number, kind)) in choices.into_iter().enumerate().take(call.arity()) {
            let argument = call.argument(index, &words[..index]).unwrap();
            let names: Vec<_> = argument.names().collect();
            let text = match kind % 4 {
                0 if !names.is_empty() => first.get(&names).0.to_owned(),
                1 if !names.is_empty() => format!("{}|{}", first.get(&names).0, second.get(&names).0),
                2 => format!("{number:#x}"),
                _ => format!("{}", number % 300),
            };
            // Not all of them are possible: two values, or a number that is too large.
            words[index] = argument.parse(&text).unwrap_or(0);
        }
        let instruction = call.instruction(words);
        let text = instruction.to_string();
        let inner = text.strip_prefix(call.name()).and_then(|rest| rest.strip_prefix('(')?.strip_suffix(')')).unwrap();
        let read = call.parse(inner.split(", ").filter(|text| !text.is_empty()));
        prop_assert_eq!(read, Ok(instruction));
    }

    #[test]
    fn no_text_is_too_strange(call in any::<Index>(), arguments in proptest::collection::vec(".{0,12}", 0..8)) {
        let calls: Vec<_> = names::calls().collect();
        let _ = call.get(&calls).parse(arguments.iter().map(String::as_str));
    }
}
