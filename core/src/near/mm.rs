//! `#include <sys/mman.h>`: memory.

use crate::identifier::{Address, FileDescriptor, Process};

flags! {
    /// `PROT_*`: what may be done with pages.
    ProtFlags: u32 {
        NONE("PROT_NONE") = PROT_NONE;
        READ("PROT_READ") = PROT_READ;
        WRITE("PROT_WRITE") = PROT_WRITE;
        EXEC("PROT_EXEC") = PROT_EXEC;
        GROWSDOWN("PROT_GROWSDOWN") = PROT_GROWSDOWN;
        GROWSUP("PROT_GROWSUP") = PROT_GROWSUP;
    }
    /// `MAP_*`: what a mapping is of, and where it goes.
    MapFlags: u32 {
        SHARED_VALIDATE("MAP_SHARED_VALIDATE") = MAP_SHARED_VALIDATE;
        SHARED("MAP_SHARED") = MAP_SHARED;
        PRIVATE("MAP_PRIVATE") = MAP_PRIVATE;
        FIXED("MAP_FIXED") = MAP_FIXED;
        ANONYMOUS("MAP_ANONYMOUS") = MAP_ANONYMOUS;
        GROWSDOWN("MAP_GROWSDOWN") = MAP_GROWSDOWN;
        DENYWRITE("MAP_DENYWRITE") = MAP_DENYWRITE;
        EXECUTABLE("MAP_EXECUTABLE") = MAP_EXECUTABLE;
        LOCKED("MAP_LOCKED") = MAP_LOCKED;
        NORESERVE("MAP_NORESERVE") = MAP_NORESERVE;
        POPULATE("MAP_POPULATE") = MAP_POPULATE;
        NONBLOCK("MAP_NONBLOCK") = MAP_NONBLOCK;
        STACK("MAP_STACK") = MAP_STACK;
        HUGETLB("MAP_HUGETLB") = MAP_HUGETLB;
        SYNC("MAP_SYNC") = MAP_SYNC;
        FIXED_NOREPLACE("MAP_FIXED_NOREPLACE") = MAP_FIXED_NOREPLACE;
        UNINITIALIZED("MAP_UNINITIALIZED") = MAP_UNINITIALIZED;
    }
}

instructions! {
    /// `void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)`
    ///
    /// Returns where the mapping is. `fd` is [`FileDescriptor::NONE`] with [`MapFlags::ANONYMOUS`]; `offset` is in bytes and
    /// a multiple of the page size.
    mmap(addr: Address, length: usize, prot: ProtFlags, flags: MapFlags, fd: FileDescriptor, offset: i64) -> Address;
    /// `int munmap(void *addr, size_t length)`
    ///
    /// Takes all pages of which a byte lies in the range away; that nothing was mapped there is no error.
    munmap(addr: Address, length: usize) -> ();
    /// `int mprotect(void *addr, size_t len, int prot)`
    mprotect(addr: Address, len: usize, prot: ProtFlags) -> ();
    /// `ssize_t process_vm_readv(pid_t pid, const struct iovec *local_iov, unsigned long liovcnt, const struct iovec *remote_iov,
    /// unsigned long riovcnt, unsigned long flags)`
    ///
    /// Returns how many bytes were read; fewer than asked when a later page faults, whole elements of `remote_iov` only.
    process_vm_readv(
        pid: Process, local_iov: Address, liovcnt: usize, remote_iov: Address, riovcnt: usize, flags: u64,
    ) -> usize;
    /// `ssize_t process_vm_writev(pid_t pid, const struct iovec *local_iov, unsigned long liovcnt, const struct iovec *remote_iov,
    /// unsigned long riovcnt, unsigned long flags)`
    ///
    /// Returns how many bytes were written; fewer than asked when a later page faults.
    process_vm_writev(
        pid: Process, local_iov: Address, liovcnt: usize, remote_iov: Address, riovcnt: usize, flags: u64,
    ) -> usize;
}
