//! What a call has written, by what its manual page says that it writes where.

use crate::{
    dependent,
    plan::{Argument, Call},
    run::{Done, Outcome},
    value::Value,
};
use rsyscall_core::{
    abi::Native,
    near::layout::{
        CapabilityData, DirectoryEntries, EpollEvent, FileAttr, Itimerspec, Itimerval, Layout, MqAttr,
        Msghdr, Pollfd, Rlimit, Rusage, SchedAttr, SchedParam, Sigaction, Siginfo, SignalSet, SignalStack,
        SocketAddress, Stat, Statfs, Statx, Structs, Sysinfo, Timespec, Timeval, Timex, Utsname,
    },
};

/// A call that has succeeded, and what is in one of its buffers now.
#[derive(Clone, Copy)]
pub(crate) struct Written<'c> {
    call: &'c Call,
    done: &'c Done,
    pub(crate) result: u64,
    pub(crate) content: &'c [u8],
}

type Decoder = fn(Written<'_>) -> Option<Value>;

/// The arguments through which calls write, by the names of both, and what they write.
const WRITTEN: &[(&[&str], &str, Decoder)] = &[
    (&["fstat", "newfstatat", "stat", "lstat"], "statbuf", one::<Stat>),
    (&["statx"], "statxbuf", one::<Statx>),
    (&["statfs", "fstatfs"], "buf", one::<Statfs>),
    (&["file_getattr"], "ufattr", one::<FileAttr>),
    (&["getdents64"], "dirp", directory),
    (&["fcntl"], "arg", dependent::fcntl),
    (&["ioctl"], "argp", dependent::ioctl),
    (&["prctl"], "arg2", dependent::prctl),
    (&["pipe", "pipe2"], "pipefd", ints::<2>),
    (&["socketpair"], "sv", ints::<2>),
    (&["sendfile"], "offset", number::<i64>),
    (&["splice", "copy_file_range"], "off_in", number::<i64>),
    (&["splice", "copy_file_range"], "off_out", number::<i64>),
    (&["poll", "ppoll"], "fds", polled),
    (&["epoll_wait", "epoll_pwait", "epoll_pwait2"], "events", counted::<EpollEvent>),
    (&["select", "pselect6"], "readfds", set),
    (&["select", "pselect6"], "writefds", set),
    (&["select", "pselect6"], "exceptfds", set),
    (&["accept", "accept4", "getsockname", "getpeername"], "addr", address),
    (&["accept", "accept4", "getsockname", "getpeername", "recvfrom"], "addrlen", number::<i32>),
    (&["recvfrom"], "src_addr", address),
    (&["recvmsg"], "msg", one::<Msghdr>),
    (&["getsockopt"], "optval", dependent::socket_option),
    (&["getsockopt"], "optlen", number::<i32>),
    (&["uname"], "buf", one::<Utsname>),
    (&["sysinfo"], "info", one::<Sysinfo>),
    (&["getrlimit"], "rlim", one::<Rlimit>),
    (&["prlimit64"], "old_limit", one::<Rlimit>),
    (&["getrusage"], "usage", one::<Rusage>),
    (&["wait4"], "wstatus", dependent::status),
    (&["wait4", "waitid"], "rusage", one::<Rusage>),
    (&["waitid"], "infop", one::<Siginfo>),
    (&["getresuid"], "ruid", number::<u32>),
    (&["getresuid"], "euid", number::<u32>),
    (&["getresuid"], "suid", number::<u32>),
    (&["getresgid"], "rgid", number::<u32>),
    (&["getresgid"], "egid", number::<u32>),
    (&["getresgid"], "sgid", number::<u32>),
    (&["getgroups"], "list", groups),
    (&["capget"], "datap", one::<CapabilityData>),
    (&["sched_getaffinity"], "mask", set),
    (&["sched_getparam"], "param", one::<SchedParam>),
    (&["sched_getattr"], "attr", one::<SchedAttr>),
    (&["sched_rr_get_interval"], "tp", one::<Timespec>),
    (&["getcpu"], "cpu", number::<u32>),
    (&["getcpu"], "node", number::<u32>),
    (&["get_robust_list"], "head_ptr", pointer),
    (&["get_robust_list"], "len_ptr", number::<u64>),
    (&["arch_prctl"], "addr", pointer),
    (&["mincore"], "vec", flags),
    (&["clock_gettime"], "tp", one::<Timespec>),
    (&["clock_getres"], "res", one::<Timespec>),
    (&["gettimeofday"], "tv", one::<Timeval>),
    (&["time"], "tloc", number::<i64>),
    (&["adjtimex", "clock_adjtime"], "buf", one::<Timex>),
    (&["getitimer"], "curr_value", one::<Itimerval>),
    (&["setitimer"], "old_value", one::<Itimerval>),
    (&["timerfd_gettime", "timer_gettime"], "curr_value", one::<Itimerspec>),
    (&["timerfd_settime", "timer_settime"], "old_value", one::<Itimerspec>),
    (&["timer_create"], "timerid", number::<i32>),
    (&["rt_sigaction"], "oldact", one::<Sigaction>),
    (&["rt_sigprocmask"], "oldset", one::<SignalSet>),
    (&["rt_sigpending"], "set", one::<SignalSet>),
    (&["rt_sigtimedwait"], "info", one::<Siginfo>),
    (&["sigaltstack"], "old_ss", one::<SignalStack>),
    (&["mq_getsetattr"], "oldattr", one::<MqAttr>),
];

/// Numbers that the call has read there before: how much room there is, or where in a file to begin.
const READ_BEFORE: [&str; 5] = ["addrlen", "off_in", "off_out", "offset", "optlen"];

/// Whether an argument's memory says something to the call as well.
pub(crate) fn is_read_before(call: &Call, index: usize) -> bool {
    call.signature.argument_name(index).is_some_and(|name| READ_BEFORE.contains(&name))
}

/// What a call wrote through one of its arguments, if it is known what that is, and all of it is there.
pub(crate) fn value(call: &Call, done: &Done, index: usize, content: &[u8]) -> Option<Value> {
    let Outcome::Answer(Ok(result)) = done.outcome else { return None };
    let content = match call.signature.counted_argument() == Some(index) {
        true => content.get(..usize::try_from(result).ok()?)?,
        false => content,
    };
    let argument = call.signature.argument_name(index)?;
    let (.., decode) = WRITTEN
        .iter()
        .find(|(calls, name, _)| *name == argument && calls.contains(&call.signature.name.as_str()))?;
    decode(Written { call, done, result, content })
}

/// An integer in memory.
pub(crate) trait Number: Into<Value> {
    fn at_the_start_of(content: &[u8]) -> Option<Self>;
}

macro_rules! numbers {
    ($($type:ident)*) => { $(
        impl Number for $type {
            fn at_the_start_of(content: &[u8]) -> Option<Self> {
                content.first_chunk().copied().map(Self::from_le_bytes)
            }
        }
    )* };
}

numbers! { i32 u32 i64 u64 }

impl Written<'_> {
    /// The word of another argument.
    pub(crate) fn word(&self, name: &str) -> Option<u64> {
        *self.done.words.get(self.call.signature.index_of(name)?)?
    }

    /// What another argument that points to a length says now.
    pub(crate) fn length(&self, name: &str) -> Option<usize> {
        let index = self.call.signature.index_of(name)?;
        let content = match (self.done.contents.get(index)?, self.call.arguments.get(index)?) {
            (Some(content), Argument::Memory(_)) => content,
            _ => return None,
        };
        i32::at_the_start_of(content)?.try_into().ok()
    }
}

pub(crate) fn one<T: Layout<Native> + Into<Value>>(written: Written<'_>) -> Option<Value> {
    T::decode(written.content).ok().map(Into::into)
}

fn array<T: Layout<Native> + Into<Value>>(written: Written<'_>, count: u64) -> Option<Value> {
    let length = usize::try_from(count).ok()?.checked_mul(T::SIZE)?;
    let structs = Structs::<Native, T>::new(written.content.get(..length)?);
    Some(Value::List(structs.map(|one| one.ok().map(Into::into)).collect::<Option<_>>()?))
}

/// As many as the result says.
fn counted<T: Layout<Native> + Into<Value>>(written: Written<'_>) -> Option<Value> {
    array::<T>(written, written.result)
}

fn polled(written: Written<'_>) -> Option<Value> {
    array::<Pollfd>(written, written.word("nfds")?)
}

/// A pointer to one number, in brackets as strace has it.
pub(crate) fn number<T: Number>(written: Written<'_>) -> Option<Value> {
    Some(Value::List(vec![T::at_the_start_of(written.content)?.into()]))
}

fn ints<const N: usize>(written: Written<'_>) -> Option<Value> {
    let (ints, _) = written.content.as_chunks::<4>();
    Some(Value::List(ints.get(..N)?.iter().map(|&int| i32::from_le_bytes(int).into()).collect()))
}

fn pointer(written: Written<'_>) -> Option<Value> {
    Some(Value::List(vec![Value::address(u64::at_the_start_of(written.content)?)]))
}

fn groups(written: Written<'_>) -> Option<Value> {
    // It is asked how many there are.
    if written.word("size")? == 0 {
        return None;
    }
    let (groups, _) = written.content.as_chunks::<4>();
    let groups = groups.get(..usize::try_from(written.result).ok()?)?;
    Some(Value::List(groups.iter().map(|&group| u32::from_le_bytes(group).into()).collect()))
}

/// A bit each: processors, or descriptors.
fn set(written: Written<'_>) -> Option<Value> {
    let is_in =
        |&number: &usize| written.content.get(number / 8).is_some_and(|byte| byte >> (number % 8) & 1 == 1);
    let numbers = (0..written.content.len().checked_mul(8)?).filter(is_in);
    Some(Value::List(numbers.map(|number| Value::Unsigned(number as u64)).collect()))
}

/// A byte each, of which the lowest bit counts.
fn flags(written: Written<'_>) -> Option<Value> {
    Some(Value::List(written.content.iter().map(|byte| (byte & 1).into()).collect()))
}

fn directory(written: Written<'_>) -> Option<Value> {
    let entries = DirectoryEntries::new(written.content);
    Some(Value::List(entries.map(|entry| entry.ok().map(Into::into)).collect::<Option<_>>()?))
}

fn address(written: Written<'_>) -> Option<Value> {
    let length = written.length("addrlen")?;
    SocketAddress::decode(written.content.get(..length)?).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsyscall_core::near::names;

    #[test]
    fn every_argument_of_the_table_is_one_of_the_call() {
        for &(calls, argument, _) in WRITTEN {
            for name in calls {
                let call = names::call(name).unwrap_or_else(|| panic!("there is no {name}"));
                let mut arguments = (0..call.arity()).filter_map(|index| call.argument(index, &[]));
                assert!(arguments.any(|one| one.name() == argument), "{name} has no {argument}");
            }
        }
    }

    /// How a call's buffers are shown that came out like this; `None` stands for an argument that is none.
    fn shown(line: &str, result: u64, words: &[u64], contents: &[Option<&[u8]>]) -> Vec<Option<String>> {
        let texts: Vec<_> = line.split(' ').map(std::ffi::OsString::from).collect();
        let plan = crate::plan::Plan::parse(&texts).unwrap();
        let call = &plan.calls[0];
        let done = Done {
            words: words.iter().copied().map(Some).collect(),
            outcome: Outcome::Answer(Ok(result)),
            contents: contents.iter().map(|content| content.map(<[u8]>::to_vec)).collect(),
        };
        let values = contents.iter().enumerate();
        values.map(|(index, content)| Some(value(call, &done, index, (*content)?)?.to_string())).collect()
    }

    fn of(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn an_address_is_as_long_as_the_kernel_says() {
        let name = b"\x01\0\0bus\0\0\0\0";
        let length = 6_i32.to_le_bytes();
        assert_eq!(
            shown("getsockname 3 buf:10 int:10", 0, &[3, 1, 2], &[None, Some(name), Some(&length)]),
            [None, of("{sa_family=AF_UNIX, sun_path=\"@bus\"}"), of("[6]")]
        );
        let port = [&[2, 0, 0, 80, 127, 0, 0, 1][..], &[0; 8]].concat();
        let length = 16_i32.to_le_bytes();
        assert_eq!(
            shown("getpeername 3 buf:16 int:16", 0, &[3, 1, 2], &[None, Some(&port), Some(&length)])[1],
            of("{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}")
        );
        // It was longer than the buffer.
        let length = 20_i32.to_le_bytes();
        assert_eq!(
            shown("getpeername 3 buf:16 int:16", 0, &[3, 1, 2], &[None, Some(&port), Some(&length)])[1],
            None
        );
    }

    #[test]
    fn a_status_is_taken_apart() {
        for (status, text) in [
            (0x700, "[{WIFEXITED(s) && WEXITSTATUS(s) == 7}]"),
            (9, "[{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}]"),
            (0x8b, "[{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}]"),
            (0x137f, "[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}]"),
            (0xffff, "[{WIFCONTINUED(s)}]"),
        ] {
            let bytes = i32::to_le_bytes(status);
            let found = shown("wait4 -1 buf:4 0 NULL", 5, &[!0, 1, 0, 0], &[None, Some(&bytes), None, None]);
            assert_eq!(found[1], of(text));
        }
        let found =
            shown("wait4 -1 buf:4 WNOHANG NULL", 0, &[!0, 1, 1, 0], &[None, Some(&[0; 4]), None, None]);
        assert_eq!(found[1], None);
    }

    #[test]
    fn sets_are_their_members() {
        assert_eq!(
            shown("sched_getaffinity 0 128 buf:128", 4, &[0, 128, 1], &[None, None, Some(&[0b101, 1, 0, 0])])
                [2],
            of("[0, 2, 8]")
        );
        assert_eq!(
            shown("rt_sigpending buf:8 8", 0, &[1, 8], &[Some(&(1_u64 << 14 | 1).to_le_bytes()), None])[0],
            of("[SIGHUP, SIGTERM]")
        );
    }

    #[test]
    fn what_an_argument_means_may_depend_on_another() {
        let eleven = 11_i32.to_le_bytes();
        let four = 4_i32.to_le_bytes();
        let option = |name: &str, word| {
            let line = format!("getsockopt 3 SOL_SOCKET {name} buf:4 int:4");
            let contents = [None, None, None, Some(&eleven[..]), Some(&four[..])];
            shown(&line, 0, &[3, 1, word, 1, 2], &contents)[3].clone()
        };
        assert_eq!(option("SO_ERROR", 4), of("[EAGAIN]"));
        assert_eq!(option("SO_RCVBUF", 8), of("[11]"));
        assert_eq!(
            shown("ioctl 0 FIONREAD buf:4", 0, &[0, 0x541b, 1], &[None, None, Some(&eleven)])[2],
            of("[11]")
        );
        assert_eq!(shown("ioctl 0 0x1234 buf:4", 0, &[0, 0x1234, 1], &[None, None, Some(&eleven)])[2], None);
    }

    #[test]
    fn what_is_cut_off_is_not_decoded() {
        assert_eq!(shown("uname buf:389", 0, &[1], &[Some(&[0; 389])]), [None]);
        assert_eq!(shown("ppoll buf:8 2 NULL NULL 8", 1, &[1, 2, 0, 0, 8], &[Some(&[0; 8])])[0], None);
    }
}
