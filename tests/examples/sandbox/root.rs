//! A root of its own: a tmpfs with bind mounts in it, made by the mount API that works on descriptors.

use crate::task::{HERE, Task, at};
use anyhow::{Context, Result};
use rsyscall_core::{
    abi::Native,
    identifier::{Address, FileDescriptor},
    near::{
        fs::{AtFlags, Mode, OFlags, chdir, fchdir, mkdirat, openat},
        io::close,
        layout::{Layout, MountAttr},
        mount::{
            FsconfigCommand, FsmountFlags, FsopenFlags, MountAttributes, MountFlags, MoveMountFlags,
            OpenTreeFlags, UmountFlags, fsconfig, fsmount, fsopen, mount_setattr, move_mount, open_tree,
            pivot_root, umount2,
        },
    },
};
use std::{
    ffi::{CStr, CString},
    os::unix::ffi::OsStrExt,
    path::Path,
};

/// What is shown in the new root, at the same path as here.
pub(crate) struct Bind<'p> {
    pub(crate) path: &'p Path,
    pub(crate) writable: bool,
}

/// Devices that programs expect, and that are harmless.
const DEVICES: [&str; 5] = ["/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"];

/// Gives the child a new root.
pub(crate) fn change(task: &Task<'_>, binds: &[Bind<'_>]) -> Result<()> {
    let private = MountAttr { propagation: MountFlags::PRIVATE.bits(), ..MountAttr::default() };
    set(task, "keep mounts to itself", HERE, c"/", AtFlags::RECURSIVE, &private)?;

    let devices = DEVICES.map(Path::new).into_iter().filter(|device| device.exists());
    let devices: Vec<_> = devices.map(|path| Bind { path, writable: true }).collect();
    let mut shown = Vec::new();
    for bind in binds.iter().chain(&devices) {
        shown.push((bind, find(task, bind).with_context(|| bind.path.display().to_string())?));
    }
    let root = tmpfs(task, c"755")?;
    // It has to be somewhere before things can be mounted in it; whatever lies there has been found.
    attach(task, root, HERE, c"/tmp")?;
    for (name, mount) in [(c"tmp", tmpfs(task, c"1777")?), (c"proc", proc(task)?)] {
        folder(task, root, name);
        attach(task, mount, root, name)?;
        task.call("close a mount", close(mount))?;
    }
    for (bind, tree) in shown {
        show(task, root, bind, tree).with_context(|| bind.path.display().to_string())?;
    }
    let read_only = MountAttr { attr_set: MountAttributes::RDONLY.bits(), ..MountAttr::default() };
    set(task, "protect its root", root, c"", AtFlags::EMPTY_PATH, &read_only)?;

    // The new root on the old one, and then the old one away.
    task.call("enter its root", fchdir(root))?;
    task.call("change its root", pivot_root(at(c"."), at(c".")))?;
    task.call("leave the old root", umount2(at(c"."), UmountFlags::DETACH))?;
    task.call("enter its root", chdir(at(c"/")))
}

/// A file system of its own, of at most 64 MiB.
fn tmpfs(task: &Task<'_>, mode: &CStr) -> Result<FileDescriptor> {
    const STEP: &str = "make a tmpfs";
    let context = task.call(STEP, fsopen(at(c"tmpfs"), FsopenFlags::CLOEXEC))?;
    for (key, value) in [(c"mode", mode), (c"size", c"64M")] {
        task.call(STEP, fsconfig(context, FsconfigCommand::SET_STRING, at(key), at(value), 0))?;
    }
    mounted(task, STEP, context, MountAttributes::NOSUID.union(MountAttributes::NODEV))
}

/// The processes of its own pid namespace.
fn proc(task: &Task<'_>) -> Result<FileDescriptor> {
    const STEP: &str = "make a /proc";
    let context = task.call(STEP, fsopen(at(c"proc"), FsopenFlags::CLOEXEC))?;
    let attributes = MountAttributes::NOSUID.union(MountAttributes::NODEV).union(MountAttributes::NOEXEC);
    mounted(task, STEP, context, attributes)
}

fn mounted(
    task: &Task<'_>,
    step: &str,
    context: FileDescriptor,
    attributes: MountAttributes,
) -> Result<FileDescriptor> {
    task.call(step, fsconfig(context, FsconfigCommand::CMD_CREATE, Address::NULL, Address::NULL, 0))?;
    let mount = task.call(step, fsmount(context, FsmountFlags::CLOEXEC, attributes))?;
    task.call(step, close(context))?;
    Ok(mount)
}

fn attach(task: &Task<'_>, mount: FileDescriptor, folder: FileDescriptor, path: &CStr) -> Result<()> {
    task.call("mount", move_mount(mount, at(c""), folder, at(path), MoveMountFlags::F_EMPTY_PATH))
        .with_context(|| format!("{}", path.to_string_lossy()))
}

/// Makes a folder; one that is there already is as good.
fn folder(task: &Task<'_>, root: FileDescriptor, path: &CStr) {
    let _ = task.call("make a folder", mkdirat(root, at(path), Mode::from_raw(0o755)));
}

/// A copy of a file or folder of the old root, and of all that is mounted below it.
fn find(task: &Task<'_>, bind: &Bind<'_>) -> Result<FileDescriptor> {
    let from = CString::new(bind.path.as_os_str().as_bytes())?;
    let flags = OpenTreeFlags::CLONE.union(OpenTreeFlags::CLOEXEC).union(OpenTreeFlags::RECURSIVE);
    let tree = task.call("find what it shall see", open_tree(HERE, at(&from), flags))?;
    let mut attributes = MountAttributes::NOSUID;
    if !bind.writable {
        attributes = attributes.union(MountAttributes::RDONLY);
    }
    let change = MountAttr { attr_set: attributes.bits(), ..MountAttr::default() };
    let whole = AtFlags::EMPTY_PATH.union(AtFlags::RECURSIVE);
    set(task, "protect what it sees", tree, c"", whole, &change)?;
    Ok(tree)
}

/// Shows it in the new root.
fn show(task: &Task<'_>, root: FileDescriptor, bind: &Bind<'_>, tree: FileDescriptor) -> Result<()> {
    let inside = bind.path.strip_prefix("/")?;
    let to = CString::new(inside.as_os_str().as_bytes())?;
    for above in inside.ancestors().skip(1).collect::<Vec<_>>().into_iter().rev() {
        folder(task, root, &CString::new(above.as_os_str().as_bytes())?);
    }
    if bind.path.is_dir() {
        folder(task, root, &to);
    } else {
        let flags = OFlags::CREATE.union(OFlags::CLOEXEC);
        let file = task.call("make a file", openat(root, at(&to), flags, Mode::from_raw(0o644)))?;
        task.call("close a file", close(file))?;
    }
    attach(task, tree, root, &to)?;
    task.call("close a mount", close(tree))
}

fn set(
    task: &Task<'_>,
    step: &str,
    folder: FileDescriptor,
    path: &CStr,
    flags: AtFlags,
    change: &MountAttr,
) -> Result<()> {
    let change = Layout::<Native>::to_bytes(change);
    let (change, size) = (Address::from_pointer(&raw const change), change.len());
    task.call(step, mount_setattr(folder, at(path), flags, change, size))
}
