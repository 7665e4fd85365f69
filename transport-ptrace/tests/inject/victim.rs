//! Processes that are injected into: `cat`, which copies its input and ends with it, and one with several threads.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unsafe_code, reason = "a victim forks in its own way")]

use crate::program::WATCHDOG;
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
    time::Instant,
};

/// A process, and its standard streams.
pub(crate) struct Victim(Child);

/// Names the victim that this test program is to be.
const VARIABLE: &str = "RSYSCALL_INJECT_VICTIM";

impl Victim {
    /// `cat`, which waits for input.
    pub(crate) fn cat() -> Self {
        let child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let victim = Self(child);
        // It has begun when it waits: before that it may still be in execve.
        victim.wait_for('S');
        victim
    }

    /// This program with its main thread, one of which this is the id, and so many others, all of which wait.
    pub(crate) fn with_threads(others: u32) -> (Self, u32) {
        Self::this_program("victim::waits_in_threads", others)
    }

    /// This program with a thread that may not map memory, whose id this is, and one after it that may not unmap any.
    pub(crate) fn with_filters() -> (Self, u32) {
        Self::this_program("victim::waits_with_filters", 0)
    }

    /// This program with a thread that waits as in `vfork` for its child to end, and that thread's id.
    pub(crate) fn in_vfork() -> (Self, u32) {
        Self::this_program("victim::waits_uninterruptibly", 0)
    }

    fn this_program(test: &str, threads: u32) -> (Self, u32) {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", test])
            .env(VARIABLE, threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut victim = Self(child);
        let mut lines = BufReader::new(victim.0.stdout.as_mut().unwrap()).lines();
        let thread = lines.find_map(|line| line.unwrap().strip_prefix("thread ")?.parse().ok());
        (victim, thread.unwrap())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Waits until it is in a state of `/proc/PID/stat`.
    pub(crate) fn wait_for(&self, state: char) {
        self.wait_for_thread(self.pid(), state);
    }

    /// The same of one of its threads.
    pub(crate) fn wait_for_thread(&self, thread: u32, state: char) {
        let start = Instant::now();
        let path = format!("/proc/{}/task/{thread}/stat", self.pid());
        loop {
            let stat = std::fs::read_to_string(&path).unwrap();
            if stat.rsplit_once(") ").unwrap().1.starts_with(state) {
                break;
            }
            assert!(start.elapsed() < WATCHDOG, "it is not {state}: {stat}");
            std::thread::yield_now();
        }
    }

    /// The lowest numbers that are no descriptors of it: those that it will get.
    pub(crate) fn free_descriptors(&self) -> [u32; 2] {
        let is_free = |fd: &u32| !std::path::Path::new(&format!("/proc/{}/fd/{fd}", self.pid())).is_symlink();
        let mut free = (0..).filter(is_free);
        [free.next().unwrap(), free.next().unwrap()]
    }

    /// Its memory mappings without those of its heap and stacks, which grow by themselves.
    pub(crate) fn mappings(&self) -> Vec<String> {
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", self.pid())).unwrap();
        maps.lines()
            .filter(|line| !line.contains("[heap]") && !line.contains("[stack]"))
            .map(str::to_owned)
            .collect()
    }

    /// Checks that `cat` still does what it is there for, and ends as it should.
    pub(crate) fn survives(self) {
        assert_eq!(self.finish(b"all\nis well\n"), ("all\nis well\n".to_owned(), Some(0)));
    }

    /// Has `cat` copy all of this while something else is done; what came out.
    pub(crate) fn copies(mut self, input: &[u8], meanwhile: impl FnOnce(u32)) -> Vec<u8> {
        let pid = self.pid();
        let mut stdin = self.0.stdin.take().unwrap();
        let mut stdout = self.0.stdout.take().unwrap();
        let mut output = Vec::new();
        std::thread::scope(|scope| {
            let writer = scope.spawn(move || {
                stdin.write_all(input).unwrap();
                stdin
            });
            scope.spawn(|| stdout.read_to_end(&mut output).unwrap());
            meanwhile(pid);
            // Only now is it at its input's end.
            drop(writer.join());
        });
        assert_eq!(self.0.wait().unwrap().code(), Some(0));
        output
    }

    /// Gives it the rest of its input; its output and its exit status.
    pub(crate) fn finish(mut self, input: &[u8]) -> (String, Option<i32>) {
        let mut stdin = self.0.stdin.take().unwrap();
        // One that has ended reads nothing.
        let _ = stdin.write_all(input);
        drop(stdin);
        let mut output = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut output).unwrap();
        (output, self.0.wait().unwrap().code())
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The victim with threads, if this program is started as such; else nothing to be tested.
#[test]
fn waits_in_threads() {
    let Ok(others) = std::env::var(VARIABLE) else { return };
    let mut input = [0];
    for _ in 0..others.parse().unwrap() {
        std::thread::spawn(|| {
            loop {
                std::thread::park();
            }
        });
    }
    println!("\nthread {}", rustix::thread::gettid().as_raw_pid());
    std::io::stdout().flush().unwrap();
    let _ = std::io::stdin().read(&mut input);
}

/// From now on the kernel answers a call of this thread with EPERM.
fn forbid(number: libc::c_long) {
    let instruction = |code: u32, jf, k| libc::sock_filter { code: code.try_into().unwrap(), jt: 0, jf, k };
    let result = libc::BPF_RET | libc::BPF_K;
    let mut filter = [
        // The number is the first word of struct seccomp_data.
        instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, number.try_into().unwrap()),
        instruction(result, 0, libc::SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned()),
        instruction(result, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: 4, filter: filter.as_mut_ptr() };
    // SAFETY: it takes numbers only.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }, 0);
    // SAFETY: the program is alive until the kernel has read it.
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    assert_eq!(result, 0);
}

/// The victim with filters, if this program is started as such.
#[test]
fn waits_with_filters() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        forbid(libc::SYS_munmap);
        send.send(()).unwrap();
        loop {
            std::thread::park();
        }
    });
    receive.recv().unwrap();
    let line = format!("\nthread {}\n", rustix::thread::gettid().as_raw_pid());
    forbid(libc::SYS_mmap);
    // Nothing is allocated any more.
    // SAFETY: the line is this function's own.
    unsafe { libc::write(1, line.as_ptr().cast(), line.len()) };
    let mut byte = 0_u8;
    // SAFETY: there is one byte.
    unsafe { libc::read(0, (&raw mut byte).cast(), 1) };
    // SAFETY: nothing is to be done at this process's end.
    unsafe { libc::_exit(0) };
}

/// The victim in `vfork`, if this program is started as such.
#[test]
fn waits_uninterruptibly() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    let line = format!("\nthread {}\n", rustix::thread::gettid().as_raw_pid());
    let flags = libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the child has a copy of all memory; it makes three calls with nothing but numbers, the line and a byte of its own, and ends.
    let child = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
    if child == 0 {
        // Once there is a child its parent waits.
        // SAFETY: the line is a copy of the parent's.
        unsafe { libc::write(1, line.as_ptr().cast(), line.len()) };
        let mut byte = 0_u8;
        // SAFETY: there is one byte.
        unsafe { libc::read(0, (&raw mut byte).cast(), 1) };
        // SAFETY: nothing of the parent's is to be done at this process's end.
        unsafe { libc::_exit(0) };
    }
    assert!(child > 0);
}
