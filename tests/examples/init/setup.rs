//! What programs expect of a machine, and how it is switched off.

use crate::sys;

/// Mounts the kernel's file systems. One that is there already, or that the kernel lacks, is left alone.
pub(crate) fn mount_file_systems() {
    for (kind, place) in [
        (c"proc", c"/proc"),
        (c"sysfs", c"/sys"),
        (c"devtmpfs", c"/dev"),
        (c"devpts", c"/dev/pts"),
        (c"tmpfs", c"/dev/shm"),
        (c"cgroup2", c"/sys/fs/cgroup"),
    ] {
        sys::make_directory(place);
        sys::mount(kind, place);
    }
}

/// Names the machine and brings its loopback interface up.
pub(crate) fn set_up_network() {
    sys::name_host(b"rsyscall");
    sys::bring_loopback_up();
}

/// Switches the machine off.
pub(crate) fn power_off() -> ! {
    sys::power_off();
    // The kernel panics when its first process ends.
    sys::exit(1)
}
