//! `/proc/PID/status`: what the kernel tells of a thread and its process.

use crate::proc_file::{find_line, hexadecimal, number, open_of};
use rsyscall_core::{identifier::Process, near::fs::OFlags, syscall::Errno};

/// What is used of it. A field that a kernel does not have is 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Status {
    /// A letter, as in proc_pid_status(5).
    pub(crate) state: u8,
    pub(crate) tgid: u64,
    pub(crate) ppid: u64,
    pub(crate) tracer: u64,
    /// The real user.
    pub(crate) uid: u64,
    pub(crate) threads: u64,
    /// Signals that wait for the thread.
    pub(crate) own_pending: u64,
    /// Signals that wait for its process.
    pub(crate) shared_pending: u64,
    pub(crate) blocked: u64,
    pub(crate) ignored: u64,
    pub(crate) caught: u64,
    pub(crate) seccomp: u64,
}

impl Status {
    pub(crate) const EMPTY: Self = Self {
        state: 0,
        tgid: 0,
        ppid: 0,
        tracer: 0,
        uid: 0,
        threads: 0,
        own_pending: 0,
        shared_pending: 0,
        blocked: 0,
        ignored: 0,
        caught: 0,
        seccomp: 0,
    };

    /// Reads it whole: before the fields that are wanted stand groups, of which there may be thousands.
    pub(crate) fn read(process: Process) -> Result<Self, Errno> {
        let fd = open_of(process, "status", OFlags::RDONLY)?;
        let mut status = Self::EMPTY;
        find_line(fd, |line| {
            status.take(line);
            None::<()>
        })?;
        Ok(status)
    }

    /// Takes what a line tells.
    fn take(&mut self, line: &[u8]) {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { return };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let count = || number(value).unwrap_or(0);
        let set = || hexadecimal(value).map_or(0, |(set, _)| set);
        match name {
            b"State" => self.state = value.first().copied().unwrap_or(0),
            b"Tgid" => self.tgid = count(),
            b"PPid" => self.ppid = count(),
            b"TracerPid" => self.tracer = count(),
            b"Uid" => self.uid = count(),
            b"Threads" => self.threads = count(),
            b"SigPnd" => self.own_pending = set(),
            b"ShdPnd" => self.shared_pending = set(),
            b"SigBlk" => self.blocked = set(),
            b"SigIgn" => self.ignored = set(),
            b"SigCgt" => self.caught = set(),
            b"Seccomp" => self.seccomp = count(),
            _ => {}
        }
    }

    /// Signals that wait for the thread or its process.
    pub(crate) const fn pending(&self) -> u64 {
        self.own_pending | self.shared_pending
    }

    /// Whether it has ended, and was not waited for.
    pub(crate) const fn is_zombie(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_by_their_names() {
        let mut status = Status::EMPTY;
        let text = b"Name:\ta: b\nState:\tt (tracing stop)\nTgid:\t71\nTracerPid:\t9\nUid:\t1000\t0\t0\t0\nGroups:\t0 1 2\n\
            SigPnd:\t0000000000000010\nShdPnd:\t0000000000000001\nSigBlk:\tfffffffe7ffbfeff\nSeccomp:\t2\nnonsense";
        text.split(|&byte| byte == b'\n').for_each(|line| status.take(line));
        assert_eq!((status.state, status.tgid, status.tracer, status.uid), (b't', 71, 9, 1000));
        assert_eq!((status.pending(), status.blocked), (0x11, 0xffff_fffe_7ffb_feff));
        assert_eq!((status.seccomp, status.threads, status.caught), (2, 0, 0));
    }
}
