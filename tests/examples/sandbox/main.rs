//! Runs a program in a sandbox: namespaces and a root of its own, no capabilities, limits, Landlock, a filter of system calls,
//! and no descriptor but the standard ones. It works for an ordinary user where the kernel lets him make user namespaces.
//!
//! ```text
//! $ sandbox --writable /srv/data -- /bin/sh -c 'echo $$; ls /'
//! ```
//!
//! # In straight lines
//!
//! A process is made that shares this program's memory and does nothing but the system calls that it is sent. *This* program
//! prepares it, one call after the other, and each may fail as any call does; then it executes. The usual way is a copy of
//! this program that runs a function: in it hardly anything may be done, and what fails in it has to be told to the parent
//! by something made for that.
//!
//! ```text
//! directly                                          with fork and callbacks
//!
//! let task = start(CLONE_NEWUSER | CLONE_NEWPID)?;  let (ready, mapped, failed) = (pipe()?, pipe()?, pipe()?);
//!                                                   let pid = clone(CLONE_NEWUSER | CLONE_NEWPID, || {
//! write(uid_map_of(task), map)?;                        read(mapped);       // the parent writes the map meanwhile
//! task.call(unshare(CLONE_NEWNS))?;                     if unshare(CLONE_NEWNS) != 0 {
//!                                                           write(failed, (Step::Unshare, errno)); _exit(1)
//!                                                       }
//! let fs = task.call(fsopen("tmpfs"))?;                 let fs = fsopen("tmpfs");
//!                                                       if fs < 0 { write(failed, (Step::Fsopen, errno)); _exit(1) }
//! for path in paths {                                   for path in paths { // no allocation, no locks, no logging
//!     show(&task, path)?;                                   if show(path) != 0 { write(failed, …); _exit(1) }
//! }                                                     }
//! task.call(execve(program))?;                          execve(program);
//!                                                       write(failed, (Step::Execve, errno)); _exit(1)
//!                                                   });
//!                                                   write(uid_map_of(pid), map)?; write(mapped, "go")?;
//!                                                   match read(failed)? { None => …, Some((step, errno)) => … }
//! ```
//!
//! Everything that is made for the child is made in its namespaces: when a step fails the child is ended, and with it all that
//! was done.
//!
//! # What it leaves open
//!
//! The program has the standard streams of this one. If they are a terminal, it can do with that what its user can: type into it,
//! too (`TIOCSTI`), unless `dev.tty.legacy_tiocsti` is there and 0. The filter names the calls that it refuses: what a later kernel
//! adds is allowed.
#![expect(unsafe_code, reason = "executes system calls in a child")]

mod rights;
mod root;
mod task;

use anyhow::{Context, Result};
use clap::Parser;
use rsyscall_core::{
    identifier::Address,
    near::{
        io::{CloseRangeFlags, close_range},
        process::{CloneFlags, execve, sethostname, unshare},
    },
};
use rsyscall_transport_pipe::start::Ended;
use std::{
    ffi::{CString, OsString},
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    process::ExitCode,
};
use task::{Room, Task, at};

/// Run a program in a sandbox.
#[derive(Parser)]
struct Options {
    /// A file or folder that the program may read; without this option /bin, /lib, /lib64, /sbin and /usr.
    #[arg(long, value_name = "PATH")]
    readable: Vec<PathBuf>,
    /// A file or folder that the program may write. Beside these it has a /tmp of its own.
    #[arg(long, value_name = "PATH")]
    writable: Vec<PathBuf>,
    /// The name of the machine that the program sees.
    #[arg(long, default_value = "sandbox")]
    hostname: String,
    /// The program, by its path in the sandbox, and its arguments.
    #[arg(required = true, trailing_var_arg = true)]
    program: Vec<OsString>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(Ended::Exited(status)) => ExitCode::from(u8::try_from(status).unwrap_or(u8::MAX)),
        Ok(Ended::Signalled(signal)) => ExitCode::from(128 | u8::try_from(signal).unwrap_or(0)),
        Err(error) => {
            eprintln!("sandbox: {error:#}");
            // What env, chroot and their like say of a failure of their own.
            ExitCode::from(125)
        }
    }
}

fn run(options: &Options) -> Result<Ended> {
    let mut room = Room::new();
    let namespaces = CloneFlags::NEWUSER.union(CloneFlags::NEWPID);
    let task = Task::start(&mut room, namespaces).context("cannot make namespaces of users and pids")?;
    map_ids(&task)?;
    let namespaces = CloneFlags::NEWNS
        .union(CloneFlags::NEWNET)
        .union(CloneFlags::NEWIPC)
        .union(CloneFlags::NEWUTS)
        .union(CloneFlags::NEWCGROUP);
    task.call("make its other namespaces", unshare(namespaces))?;
    let hostname = options.hostname.as_bytes();
    task.call("name its machine", sethostname(Address::from_pointer(hostname), hostname.len()))?;

    let usual = ["/bin", "/lib", "/lib64", "/sbin", "/usr"].map(Path::new);
    let mut binds: Vec<_> = match options.readable.as_slice() {
        [] => usual.into_iter().filter(|path| path.exists()).collect(),
        given => given.iter().map(PathBuf::as_path).collect::<Vec<_>>(),
    }
    .into_iter()
    .map(|path| root::Bind { path, writable: false })
    .collect();
    binds.extend(options.writable.iter().map(|path| root::Bind { path, writable: true }));
    root::change(&task, &binds)?;

    let writable = rights::c_paths(&options.writable)?;
    rights::limit(&task)?;
    rights::drop_capabilities(&task)?;
    rights::restrict_files(&task, &writable.iter().map(CString::as_c_str).collect::<Vec<_>>())?;
    let (first, last) = rights::OTHERS;
    task.call("close its descriptors", close_range(first, last, CloseRangeFlags::CLOEXEC))?;
    rights::filter_calls(&task)?;

    let program: Vec<_> =
        options.program.iter().map(|word| CString::new(word.clone().into_vec())).collect::<Result<_, _>>()?;
    let arguments: Vec<_> = program.iter().map(|word| word.as_ptr()).chain([core::ptr::null()]).collect();
    let environment = [c"PATH=/bin:/usr/bin:/sbin:/usr/sbin".as_ptr(), core::ptr::null()];
    let [path, ..] = program.as_slice() else { anyhow::bail!("there is no program") };
    let (arguments, environment) =
        (Address::from_pointer(arguments.as_ptr()), Address::from_pointer(environment.as_ptr()));
    task.execute(execve(at(path), arguments, environment)).with_context(|| {
        format!("{}, which is to be in what --readable or --writable names", path.to_string_lossy())
    })?;
    task.wait()
}

/// Makes this program's user and group the superuser of the child's namespace, which they alone are in.
fn map_ids(task: &Task<'_>) -> Result<()> {
    let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    // Who may not set groups may not leave one that something is forbidden to.
    let files = [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("0 {user} 1")),
        ("gid_map", format!("0 {group} 1")),
    ];
    for (name, text) in files {
        let path = format!("{}/{name}", task.proc());
        std::fs::write(&path, text).with_context(|| format!("cannot map its users: {path}"))?;
    }
    Ok(())
}
