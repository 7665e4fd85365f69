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
    /// The real, the effective and the saved user.
    pub(crate) uids: [u64; 3],
    /// The same of groups.
    pub(crate) gids: [u64; 3],
    /// Capabilities, permitted and effective.
    pub(crate) permitted: u64,
    pub(crate) effective: u64,
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
        uids: [0; 3],
        gids: [0; 3],
        permitted: 0,
        effective: 0,
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
            b"Uid" => self.uids = ids(value),
            b"Gid" => self.gids = ids(value),
            b"CapPrm" => self.permitted = set(),
            b"CapEff" => self.effective = set(),
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

    pub(crate) const fn effective_uid(&self) -> u64 {
        let [_, effective, _] = self.uids;
        effective
    }

    /// Whether it has ended, and was not waited for.
    pub(crate) const fn is_zombie(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }
}

/// The first three numbers of a list.
fn ids(list: &[u8]) -> [u64; 3] {
    let mut numbers = list.split(|&byte| byte == b'\t').map(|text| number(text).unwrap_or(0));
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_by_their_names() {
        let mut status = Status::EMPTY;
        let text = b"Name:\ta: b\nState:\tt (tracing stop)\nTgid:\t71\nTracerPid:\t9\nUid:\t1000\t0\t1\t0\nGid:\t5\t6\t7\t8\nGroups:\t0 1 2\n\
            SigPnd:\t0000000000000010\nShdPnd:\t0000000000000001\nSigBlk:\tfffffffe7ffbfeff\nCapPrm:\t0000000000080001\n\
            CapEff:\t0000000000080000\nSeccomp:\t2\nnonsense";
        text.split(|&byte| byte == b'\n').for_each(|line| status.take(line));
        assert_eq!((status.state, status.tgid, status.tracer, status.uids), (b't', 71, 9, [1000, 0, 1]));
        assert_eq!((status.gids, status.permitted, status.effective), ([5, 6, 7], 0x80001, 0x80000));
        assert_eq!((status.pending(), status.blocked), (0x11, 0xffff_fffe_7ffb_feff));
        assert_eq!((status.seccomp, status.threads, status.caught), (2, 0, 0));
    }
}
