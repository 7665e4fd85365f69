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
        DROPPABLE("MAP_DROPPABLE") = MAP_DROPPABLE;
    }
    /// `MREMAP_*`: whether and where `mremap` may move a mapping.
    MremapFlags: u32 {
        MAYMOVE("MREMAP_MAYMOVE") = MREMAP_MAYMOVE;
        FIXED("MREMAP_FIXED") = MREMAP_FIXED;
        DONTUNMAP("MREMAP_DONTUNMAP") = MREMAP_DONTUNMAP;
    }
    /// `MFD_*`: what kind of file `memfd_create` makes.
    MemfdFlags: u32 {
        CLOEXEC("MFD_CLOEXEC") = MFD_CLOEXEC;
        ALLOW_SEALING("MFD_ALLOW_SEALING") = MFD_ALLOW_SEALING;
        HUGETLB("MFD_HUGETLB") = MFD_HUGETLB;
        NOEXEC_SEAL("MFD_NOEXEC_SEAL") = MFD_NOEXEC_SEAL;
        EXEC("MFD_EXEC") = MFD_EXEC;
    }
    /// `MS_*` of `msync`.
    MsyncFlags: u32 {
        ASYNC("MS_ASYNC") = MS_ASYNC;
        INVALIDATE("MS_INVALIDATE") = MS_INVALIDATE;
        SYNC("MS_SYNC") = MS_SYNC;
    }
}

values! {
    /// `MADV_*`: what is to be expected of, or done with, a range of memory.
    Advice: i32 {
        NORMAL("MADV_NORMAL") = MADV_NORMAL;
        RANDOM("MADV_RANDOM") = MADV_RANDOM;
        SEQUENTIAL("MADV_SEQUENTIAL") = MADV_SEQUENTIAL;
        WILLNEED("MADV_WILLNEED") = MADV_WILLNEED;
        DONTNEED("MADV_DONTNEED") = MADV_DONTNEED;
        FREE("MADV_FREE") = MADV_FREE;
        REMOVE("MADV_REMOVE") = MADV_REMOVE;
        DONTFORK("MADV_DONTFORK") = MADV_DONTFORK;
        DOFORK("MADV_DOFORK") = MADV_DOFORK;
        MERGEABLE("MADV_MERGEABLE") = MADV_MERGEABLE;
        UNMERGEABLE("MADV_UNMERGEABLE") = MADV_UNMERGEABLE;
        HUGEPAGE("MADV_HUGEPAGE") = MADV_HUGEPAGE;
        NOHUGEPAGE("MADV_NOHUGEPAGE") = MADV_NOHUGEPAGE;
        DONTDUMP("MADV_DONTDUMP") = MADV_DONTDUMP;
        DODUMP("MADV_DODUMP") = MADV_DODUMP;
        WIPEONFORK("MADV_WIPEONFORK") = MADV_WIPEONFORK;
        KEEPONFORK("MADV_KEEPONFORK") = MADV_KEEPONFORK;
        COLD("MADV_COLD") = MADV_COLD;
        PAGEOUT("MADV_PAGEOUT") = MADV_PAGEOUT;
        POPULATE_READ("MADV_POPULATE_READ") = MADV_POPULATE_READ;
        POPULATE_WRITE("MADV_POPULATE_WRITE") = MADV_POPULATE_WRITE;
        DONTNEED_LOCKED("MADV_DONTNEED_LOCKED") = MADV_DONTNEED_LOCKED;
        COLLAPSE("MADV_COLLAPSE") = MADV_COLLAPSE;
        HWPOISON("MADV_HWPOISON") = MADV_HWPOISON;
        SOFT_OFFLINE("MADV_SOFT_OFFLINE") = MADV_SOFT_OFFLINE;
        GUARD_INSTALL("MADV_GUARD_INSTALL") = MADV_GUARD_INSTALL;
        GUARD_REMOVE("MADV_GUARD_REMOVE") = MADV_GUARD_REMOVE;
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
    /// `void *mremap(void *old_address, size_t old_size, size_t new_size, int flags, void *new_address)`
    ///
    /// Returns where the mapping is now. `new_address` counts only with [`MremapFlags::FIXED`] or
    /// [`MremapFlags::DONTUNMAP`].
    mremap(
        old_address: Address, old_size: usize, new_size: usize, flags: MremapFlags, new_address: Address,
    ) -> Address;
    /// `int madvise(void *addr, size_t length, int advice)`
    ///
    /// `addr` is a multiple of the page size. With [`Advice::DONTNEED`] the contents are lost.
    madvise(addr: Address, length: usize, advice: Advice) -> ();
    /// `int msync(void *addr, size_t length, int flags)`
    msync(addr: Address, length: usize, flags: MsyncFlags) -> ();
    /// `void *brk(void *addr)`
    ///
    /// Returns the end of the data segment as it now is: unchanged, not an error, where it could not be moved. At
    /// [`Address::NULL`] it only tells.
    brk(addr: Address) -> Address;
    /// `int memfd_create(const char *name, unsigned int flags)`
    ///
    /// `name` is a C string of at most 249 bytes, seen in `/proc/PID/fd` only.
    memfd_create(name: Address, flags: MemfdFlags) -> FileDescriptor;
}
