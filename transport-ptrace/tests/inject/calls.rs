//! Calls, and what they do to the process: what was asked for, and nothing else.

use crate::{program::inject, victim::Victim};

#[test]
fn a_call_is_printed_as_strace_does() {
    let victim = Victim::cat();
    let [fd, _] = victim.free_descriptors();
    let output = inject(&format!("{} openat AT_FDCWD /proc/self/comm O_RDONLY", victim.pid())).success();
    assert_eq!(output, format!("openat(AT_FDCWD, \"/proc/self/comm\", O_RDONLY) = {fd}\n"));
    let opened = std::fs::read_link(format!("/proc/{}/fd/{fd}", victim.pid())).unwrap();
    assert_eq!(opened, std::path::Path::new(&format!("/proc/{}/comm", victim.pid())));
    victim.survives();
}

#[test]
fn a_call_takes_the_result_of_an_earlier_one() {
    let victim = Victim::cat();
    let line = "openat AT_FDCWD /proc/self/comm O_RDONLY -- read @1 buf:4096 4096 -- close @1";
    let [fd, _] = victim.free_descriptors();
    let expected = format!(
        "openat(AT_FDCWD, \"/proc/self/comm\", O_RDONLY) = {fd}\nread({fd}, \"cat\\n\", 4096) = 4\nclose({fd}) = 0\n"
    );
    assert_eq!(inject(&format!("{} {line}", victim.pid())).success(), expected);
    assert_eq!(inject(&format!("{} -- {line}", victim.pid())).success(), expected);
    victim.survives();
}

#[test]
fn the_memory_is_given_back() {
    let victim = Victim::cat();
    let before = victim.mappings();
    let line = "openat AT_FDCWD /nowhere/at/all O_RDONLY -- getcwd buf:100000 100000";
    let said = inject(&format!("--keep-going {} {line}", victim.pid())).failure(1);
    assert_eq!(said, "");
    assert_eq!(victim.mappings(), before);
    victim.survives();
}

#[test]
fn a_failed_call_is_the_last_unless_told_otherwise() {
    let victim = Victim::cat();
    let line = "close 99 -- getpid -- dup @1";
    let ended = inject(&format!("{} {line}", victim.pid()));
    assert_eq!(ended.status, 1);
    assert_eq!(
        ended.stdout,
        "close(99) = -1 EBADF (Bad file descriptor)\ngetpid() = ? not made: call 1 failed\ndup(@1) = ? not made: call 1 failed\n"
    );
    let ended = inject(&format!("-k {} {line}", victim.pid()));
    assert_eq!(ended.status, 1);
    let pid = victim.pid();
    assert_eq!(
        ended.stdout,
        format!(
            "close(99) = -1 EBADF (Bad file descriptor)\n\
             getpid() = {pid}\n\
             dup(@1) = ? not made: call 1 has no result\n"
        )
    );
    victim.survives();
}

#[test]
fn descriptors_are_made_and_used_in_one_stop() {
    let victim = Victim::cat();
    let line = "memfd_create string:name MFD_CLOEXEC -- write @1 string:hello 5 -- lseek @1 0 SEEK_SET \
                -- read @1 buf:5 5 -- ftruncate @1 0 -- fcntl @1 F_GETFD -- close @1";
    let output = inject(&format!("{} {line}", victim.pid())).success();
    let [fd, _] = victim.free_descriptors();
    assert_eq!(
        output,
        format!(
            "memfd_create(\"name\", MFD_CLOEXEC) = {fd}\nwrite({fd}, \"hello\", 5) = 5\n\
             lseek({fd}, 0, SEEK_SET) = 0\nread({fd}, \"hello\", 5) = 5\nftruncate({fd}, 0) = 0\n\
             fcntl({fd}, F_GETFD) = 1\nclose({fd}) = 0\n"
        )
    );
    victim.survives();
}

#[test]
fn a_busy_process_loses_nothing() {
    let input: Vec<u8> = (0..2_u32 << 20).flat_map(u32::to_le_bytes).collect();
    let output = Victim::cat().copies(&input, |pid| {
        for _ in 0..20 {
            let output = inject(&format!("{pid} getcwd buf:4096 4096 -- getpid")).success();
            assert!(output.ends_with(&format!("getpid() = {pid}\n")), "{output}");
        }
    });
    assert!(input == output, "{} bytes became {} others", input.len(), output.len());
}

#[test]
fn a_result_is_calculated_with() {
    let victim = Victim::cat();
    let line = "mmap NULL 0x2000 PROT_READ|PROT_WRITE MAP_PRIVATE|MAP_ANONYMOUS -1 0 -- munmap @1+0x1000 0x1000 \
                -- munmap @1 0x1000";
    let before = victim.mappings();
    let output = inject(&format!("{} {line}", victim.pid())).success();
    let address = output.lines().next().unwrap().rsplit_once("= 0x").unwrap().1;
    let address = u64::from_str_radix(address, 16).unwrap();
    assert!(output.contains(&format!("munmap({:#x}, 4096) = 0\n", address + 0x1000)), "{output}");
    assert!(output.ends_with(&format!("munmap({address:#x}, 4096) = 0\n")), "{output}");
    assert_eq!(victim.mappings(), before);
    victim.survives();
}

#[test]
fn the_process_may_be_told_to_exit() {
    let victim = Victim::cat();
    assert_eq!(inject(&format!("{} exit_group 7", victim.pid())).success(), "exit_group(7) = ?\n");
    assert_eq!(victim.finish(b"unread"), (String::new(), Some(7)));
}

#[test]
fn another_program_takes_the_process_over() {
    let victim = Victim::cat();
    let line = "execve /bin/sh [sh,-c,exit${IFS}$1,sh,9] [PATH=/bin]";
    let output = inject(&format!("{} {line}", victim.pid())).success();
    assert_eq!(
        output,
        "execve(\"/bin/sh\", [\"sh\", \"-c\", \"exit${IFS}$1\", \"sh\", \"9\"], [\"PATH=/bin\"]) = ?\n"
    );
    assert_eq!(victim.finish(b"unread").1, Some(9));
}

#[test]
fn what_would_outlast_the_session_is_refused_with_the_reason() {
    let victim = Victim::cat();
    let ended = inject(&format!("{} clone SIGCHLD NULL NULL NULL 0", victim.pid()));
    assert!(ended.stdout.contains(" = ? not sent: "), "{}", ended.stdout);
    let said = ended.failure(1);
    assert!(said.starts_with("rsyscall-inject: hint: clone cannot be injected"), "{said}");
    victim.survives();
}

#[test]
fn a_number_where_a_text_was_meant_is_explained() {
    let victim = Victim::cat();
    let ended = inject(&format!("{} mkdirat AT_FDCWD 2024 0755", victim.pid()));
    assert_eq!(ended.stdout, "mkdirat(AT_FDCWD, 0x7e8, 0755) = -1 EFAULT (Bad address)\n");
    let said = ended.failure(1);
    assert_eq!(
        said,
        "rsyscall-inject: hint: argument 2 is the address 2024; write string:2024 if it is meant as text\n"
    );
    victim.survives();
}
