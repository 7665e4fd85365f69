//! Who cannot be attached to, and what is said of it; nobody is changed by the attempt.
#![expect(unsafe_code, reason = "becomes another user, and gives up rights")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::victim::{Victim, hear, hear_line, tell};
use rsyscall_core::identifier::Process;
use rsyscall_transport_ptrace::{Reason, Session};

fn reason(process: Process) -> (Reason, String) {
    let error = Session::attach(process).unwrap_err();
    assert_eq!(error.process, process);
    (error.reason, error.to_string())
}

#[test]
fn nobody() {
    // Above every possible pid.
    let (reason, text) = reason(Process::from_raw(1 << 29));
    assert_eq!(reason, Reason::NoSuchProcess);
    assert_eq!(text, "cannot attach to 536870912: there is no such process");
}

#[test]
fn a_pid_that_is_none() {
    for pid in [0, -1, i32::MIN] {
        assert!(Session::attach(Process::from_raw(pid)).is_err());
    }
}

#[test]
fn ourselves() {
    let (reason, _) = reason(Process::from_raw(std::process::id().cast_signed()));
    assert_eq!(reason, Reason::OwnThreadGroup);
}

#[test]
fn a_kernel_thread() {
    // The parent of all of them. Where there is a pid namespace around us it cannot be seen.
    let is_one = std::fs::read_to_string("/proc/2/comm").is_ok_and(|name| name == "kthreadd\n");
    assert!(is_one, "no kernel thread can be seen from this pid namespace");
    let (reason, text) = reason(Process::from_raw(2));
    assert_eq!(reason, Reason::KernelThread);
    assert_eq!(text, "cannot attach to 2: it is a kernel thread");
}

#[test]
fn a_zombie() {
    let victim = Victim::start("idle");
    victim.signal(libc::SIGKILL);
    victim.wait_for('Z');
    let (reason, _) = reason(victim.process());
    assert_eq!(reason, Reason::Zombie);
    assert_eq!(victim.end(), -libc::SIGKILL);
}

#[test]
fn one_that_is_traced_already() {
    let victim = Victim::start("idle");
    let process = victim.process();
    let session = Session::attach(process).unwrap();
    let (reason, text) = std::thread::spawn(move || reason(process)).join().unwrap();
    let name = std::fs::read_to_string("/proc/thread-self/comm").unwrap();
    // The kernel names the thread that traces.
    // SAFETY: gettid takes nothing and changes nothing.
    let tracer = unsafe { libc::gettid() };
    assert!(matches!(reason, Reason::Traced { by, .. } if by.into_raw() == tracer));
    let expected = format!(
        "cannot attach to {}: it is already traced by {tracer} ({})",
        process.into_raw(),
        name.trim()
    );
    assert_eq!(text, expected);
    session.detach().unwrap();
    assert_eq!(victim.status("TracerPid"), "0");
    assert_eq!(victim.end(), 0);
}

/// Another user's process, from a thread of this one that has become an ordinary user.
#[test]
fn another_users() {
    let victim = Victim::start("idle");
    let process = victim.process();
    let own_user = victim.status("Uid").split('\t').next().unwrap().to_owned();
    let (target, owner) = if own_user == "0" { (process, 0) } else { (Process::from_raw(1), 0) };
    let attempt = move || {
        if own_user == "0" {
            // SAFETY: the bare call changes this thread only, which ends right after.
            assert_eq!(unsafe { libc::syscall(libc::SYS_setresuid, 65534, 65534, 65534) }, 0);
        }
        reason(target)
    };
    let (reason, text) = std::thread::spawn(attempt).join().unwrap();
    assert_eq!(reason, Reason::OtherUser { uid: owner });
    assert!(text.ends_with("it belongs to user 0, and this process lacks CAP_SYS_PTRACE"), "{text}");
    assert_eq!(victim.end(), 0);
}

fn is_root() -> bool {
    // SAFETY: it takes nothing and changes nothing.
    unsafe { libc::getuid() == 0 }
}

/// An ordinary user from now on, if it was root: one without capabilities.
fn become_ordinary() {
    if is_root() {
        // SAFETY: it takes numbers only, and this process has one thread.
        assert_eq!(unsafe { libc::setresgid(65534, 65534, 65534) }, 0);
        // SAFETY: as above.
        assert_eq!(unsafe { libc::setresuid(65534, 65534, 65534) }, 0);
    }
}

/// A victim of an ordinary user that is not dumpable.
pub(crate) fn not_dumpable() {
    become_ordinary();
    // SAFETY: it takes numbers only.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0) }, 0);
    tell("ready");
    hear();
    tell("done");
}

/// A victim that gives up rights, tries to attach, and tells what came of it: its input says which, and to whom.
pub(crate) fn attempt() {
    tell("ready");
    let line = hear_line();
    let (how, process) = line.split_once(' ').unwrap();
    match how {
        "ordinary" => become_ordinary(),
        "incapable" => {
            // struct __user_cap_header_struct of version 3, of this thread, and no capability.
            let (header, none) = ([0x2008_0522_u32, 0], [0_u32; 6]);
            // SAFETY: it reads both, which are as long as that version has it.
            let result = unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) };
            assert_eq!(result, 0);
        }
        _ => {
            // SAFETY: it takes a number, and this process has one thread.
            let result = unsafe { libc::unshare(libc::CLONE_NEWUSER) };
            assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
        }
    }
    match Session::attach(Process::from_raw(process.parse().unwrap())) {
        Ok(session) => {
            session.detach().unwrap();
            tell("attached");
        }
        Err(error) => tell(&format!("{:?}: {error}", error.reason)),
    }
    hear();
}

/// What comes of it if one who gives up rights in this way attaches to a victim, which goes on in any case.
fn attempted(how: &str, victim: Victim) -> String {
    let mut tracer = Victim::start("gives up rights");
    let process = victim.process().into_raw();
    tracer.say(&format!("{how} {process}\n"));
    let came = tracer.line();
    assert_eq!(tracer.end(), 0);
    victim.ends_well();
    came.replace(&format!(": cannot attach to {process}"), "")
}

#[test]
fn one_that_is_not_dumpable() {
    let came = attempted("ordinary", Victim::start("not dumpable"));
    assert_eq!(came, "NotDumpable: it is not dumpable, which needs CAP_SYS_PTRACE");
}

#[test]
fn one_with_more_capabilities() {
    let came = attempted("incapable", Victim::start("idle"));
    if is_root() {
        let text =
            "MoreCapabilities: it has capabilities that this process lacks, which needs CAP_SYS_PTRACE";
        assert_eq!(came, text);
    } else {
        // Neither has any.
        assert!(came == "attached" || came.starts_with("Yama"), "{came}");
    }
}

#[test]
fn one_in_another_user_namespace() {
    let came = attempted("namespace", Victim::start("idle"));
    let text = "OtherUserNamespace: it lives in another user namespace, which needs CAP_SYS_PTRACE there";
    assert_eq!(came, text);
}
