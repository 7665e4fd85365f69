//! `#include <sys/mman.h>`: memory.

use crate::identifier::{Address, FileDescriptor, Process};

constants! {
    /// `MPOL_F_*` that may be joined to a [`Mempolicy`].
    flags MempolicyModeFlags: u32 {
        STATIC_NODES("MPOL_F_STATIC_NODES") = MPOL_F_STATIC_NODES;
        RELATIVE_NODES("MPOL_F_RELATIVE_NODES") = MPOL_F_RELATIVE_NODES;
        NUMA_BALANCING("MPOL_F_NUMA_BALANCING") = MPOL_F_NUMA_BALANCING;
    }
    /// `PROT_*`: what may be done with pages.
    flags ProtFlags: u32 {
        NONE("PROT_NONE") = PROT_NONE;
        READ("PROT_READ") = PROT_READ;
        WRITE("PROT_WRITE") = PROT_WRITE;
        EXEC("PROT_EXEC") = PROT_EXEC;
        GROWSDOWN("PROT_GROWSDOWN") = PROT_GROWSDOWN;
        GROWSUP("PROT_GROWSUP") = PROT_GROWSUP;
    }
    /// `MAP_*`: what a mapping is of, and where it goes.
    flags MapFlags: u32 {
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
    flags MremapFlags: u32 {
        MAYMOVE("MREMAP_MAYMOVE") = MREMAP_MAYMOVE;
        FIXED("MREMAP_FIXED") = MREMAP_FIXED;
        DONTUNMAP("MREMAP_DONTUNMAP") = MREMAP_DONTUNMAP;
    }
    /// `MFD_*`: what kind of file `memfd_create` makes.
    flags MemfdFlags: u32 {
        CLOEXEC("MFD_CLOEXEC") = MFD_CLOEXEC;
        ALLOW_SEALING("MFD_ALLOW_SEALING") = MFD_ALLOW_SEALING;
        HUGETLB("MFD_HUGETLB") = MFD_HUGETLB;
        NOEXEC_SEAL("MFD_NOEXEC_SEAL") = MFD_NOEXEC_SEAL;
        EXEC("MFD_EXEC") = MFD_EXEC;
    }
    /// `MS_*` of `msync`.
    flags MsyncFlags: u32 {
        ASYNC("MS_ASYNC") = MS_ASYNC;
        INVALIDATE("MS_INVALIDATE") = MS_INVALIDATE;
        SYNC("MS_SYNC") = MS_SYNC;
    }
    /// `MADV_*`: what is to be expected of, or done with, a range of memory.
    values Advice: i32 {
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
    /// `MLOCK_*`
    flags MlockFlags: u32 {
        ONFAULT("MLOCK_ONFAULT") = MLOCK_ONFAULT;
    }
    /// `MCL_*`
    flags MlockallFlags: u32 {
        CURRENT("MCL_CURRENT") = MCL_CURRENT;
        FUTURE("MCL_FUTURE") = MCL_FUTURE;
        ONFAULT("MCL_ONFAULT") = MCL_ONFAULT;
    }
    /// `PKEY_DISABLE_*`: the initial rights of a protection key.
    flags PkeyAccessRights: u32 {
        DISABLE_ACCESS("PKEY_DISABLE_ACCESS") = PKEY_DISABLE_ACCESS = 0x1;
        DISABLE_WRITE("PKEY_DISABLE_WRITE") = PKEY_DISABLE_WRITE = 0x2;
    }
    /// `O_CLOEXEC` and `UFFD_USER_MODE_ONLY` of `userfaultfd`.
    flags UserfaultfdFlags: u32 {
        UFFD_USER_MODE_ONLY = UFFD_USER_MODE_ONLY = 0x1;
        O_NONBLOCK = O_NONBLOCK = 0o4_000;
        O_CLOEXEC = O_CLOEXEC = 0o2_000_000;
    }
    /// `MPOL_MF_*`
    flags MempolicyMoveFlags: u32 {
        STRICT("MPOL_MF_STRICT") = MPOL_MF_STRICT;
        MOVE("MPOL_MF_MOVE") = MPOL_MF_MOVE;
        MOVE_ALL("MPOL_MF_MOVE_ALL") = MPOL_MF_MOVE_ALL;
    }
    /// `MPOL_F_*` of `get_mempolicy`.
    flags GetMempolicyFlags: u32 {
        NODE("MPOL_F_NODE") = MPOL_F_NODE;
        ADDR("MPOL_F_ADDR") = MPOL_F_ADDR;
        MEMS_ALLOWED("MPOL_F_MEMS_ALLOWED") = MPOL_F_MEMS_ALLOWED;
    }
    /// `O_CLOEXEC` of `memfd_secret`.
    flags MemfdSecretFlags: u32 {
        CLOEXEC("O_CLOEXEC") = O_CLOEXEC = 0o2_000_000;
    }
    /// `SHADOW_STACK_*`
    flags ShadowStackFlags: u32 {
        SET_TOKEN("SHADOW_STACK_SET_TOKEN") = SHADOW_STACK_SET_TOKEN = 0x1;
    }
    /// `MPOL_*`: a policy of where memory is taken from.
    values Mempolicy: i32 | MempolicyModeFlags {
        DEFAULT("MPOL_DEFAULT") = MPOL_DEFAULT = 0;
        PREFERRED("MPOL_PREFERRED") = MPOL_PREFERRED = 1;
        BIND("MPOL_BIND") = MPOL_BIND = 2;
        INTERLEAVE("MPOL_INTERLEAVE") = MPOL_INTERLEAVE = 3;
        LOCAL("MPOL_LOCAL") = MPOL_LOCAL = 4;
        PREFERRED_MANY("MPOL_PREFERRED_MANY") = MPOL_PREFERRED_MANY = 5;
        WEIGHTED_INTERLEAVE("MPOL_WEIGHTED_INTERLEAVE") = MPOL_WEIGHTED_INTERLEAVE = 6;
    }
    /// `MEMBARRIER_CMD_*`
    values MembarrierCommand: i32 {
        QUERY("MEMBARRIER_CMD_QUERY") = MEMBARRIER_CMD_QUERY = 0;
        GLOBAL("MEMBARRIER_CMD_GLOBAL") = MEMBARRIER_CMD_GLOBAL = 0x1;
        GLOBAL_EXPEDITED("MEMBARRIER_CMD_GLOBAL_EXPEDITED") = MEMBARRIER_CMD_GLOBAL_EXPEDITED = 0x2;
        REGISTER_GLOBAL_EXPEDITED("MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED") = MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED = 0x4;
        PRIVATE_EXPEDITED("MEMBARRIER_CMD_PRIVATE_EXPEDITED") = MEMBARRIER_CMD_PRIVATE_EXPEDITED = 0x8;
        REGISTER_PRIVATE_EXPEDITED("MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED") = MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED = 0x10;
        PRIVATE_EXPEDITED_SYNC_CORE("MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE") = MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE = 0x20;
        REGISTER_PRIVATE_EXPEDITED_SYNC_CORE("MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE") = MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 0x40;
        PRIVATE_EXPEDITED_RSEQ("MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ") = MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ = 0x80;
        REGISTER_PRIVATE_EXPEDITED_RSEQ("MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ") = MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ = 0x100;
        GET_REGISTRATIONS("MEMBARRIER_CMD_GET_REGISTRATIONS") = MEMBARRIER_CMD_GET_REGISTRATIONS = 0x200;
    }
}

numbers! {
    /// `int pkey`: a protection key of the process.
    ProtectionKey: i32 {
        /// With `pkey_mprotect`: no key, as `mprotect`.
        NONE = -1;
    }
}

instructions! {
    /// `void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)`
    ///
    /// Returns where the mapping is. `fd` is [`FileDescriptor::NONE`] with [`MapFlags::ANONYMOUS`]; `offset` is in
    /// bytes and
    /// a multiple of the page size.
    mmap(addr: Address, length: usize, prot: ProtFlags, flags: MapFlags, fd: FileDescriptor, offset: i64) -> Address;
    /// `int munmap(void *addr, size_t length)`
    ///
    /// Takes all pages of which a byte lies in the range away; that nothing was mapped there is no error.
    munmap(addr: Address, length: usize) -> ();
    /// `int mprotect(void *addr, size_t len, int prot)`
    mprotect(addr: Address, len: usize, prot: ProtFlags) -> ();
    /// `ssize_t process_vm_readv(pid_t pid, const struct iovec *local_iov, unsigned long liovcnt, const struct
    /// iovec *remote_iov,
    /// unsigned long riovcnt, unsigned long flags)`
    ///
    /// Returns how many bytes were read; fewer than asked when a later page faults, whole elements of `remote_iov`
    /// only.
    process_vm_readv(
        pid: Process, local_iov: Address, liovcnt: usize, remote_iov: Address, riovcnt: usize, flags: u64,
    ) -> usize;
    /// `ssize_t process_vm_writev(pid_t pid, const struct iovec *local_iov, unsigned long liovcnt, const struct
    /// iovec *remote_iov,
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
    /// `int mlock(const void *addr, size_t len)`
    mlock(addr: Address, len: usize) -> ();
    /// `int mlock2(const void *addr, size_t len, unsigned int flags)`
    mlock2(addr: Address, len: usize, flags: MlockFlags) -> ();
    /// `int munlock(const void *addr, size_t len)`
    munlock(addr: Address, len: usize) -> ();
    /// `int mlockall(int flags)`
    mlockall(flags: MlockallFlags) -> ();
    /// `int munlockall(void)`
    munlockall() -> ();
    /// `int mincore(void *addr, size_t length, unsigned char *vec)`
    ///
    /// Writes one byte for each page to `vec`, whose lowest bit says whether the page is in memory.
    mincore(addr: Address, length: usize, vec: Address) -> ();
    /// `int mseal(void *addr, size_t len, unsigned long flags)`
    ///
    /// `flags` is 0. Nothing takes the seal off again.
    mseal(addr: Address, len: usize, flags: u64) -> ();
    /// `int remap_file_pages(void *addr, size_t size, int prot, size_t pgoff, int flags)`
    ///
    /// Emulated by the kernel; `prot` is 0.
    remap_file_pages(addr: Address, size: usize, prot: ProtFlags, pgoff: usize, flags: MapFlags) -> ();
    /// `int pkey_alloc(unsigned int flags, unsigned int access_rights)`
    ///
    /// `flags` is 0.
    pkey_alloc(flags: u32, access_rights: PkeyAccessRights) -> ProtectionKey;
    /// `int pkey_free(int pkey)`
    pkey_free(pkey: ProtectionKey) -> ();
    /// `int pkey_mprotect(void *addr, size_t len, int prot, int pkey)`
    pkey_mprotect(addr: Address, len: usize, prot: ProtFlags, pkey: ProtectionKey) -> ();
    /// `int memfd_secret(unsigned int flags)`
    ///
    /// The only flag is [`MemfdSecretFlags::CLOEXEC`].
    memfd_secret(flags: MemfdSecretFlags) -> FileDescriptor;
    /// `void *map_shadow_stack(unsigned long addr, unsigned long size, unsigned int flags)`
    map_shadow_stack(addr: Address, size: usize, flags: ShadowStackFlags) -> Address;
    /// `ssize_t process_madvise(int pidfd, const struct iovec *iovec, size_t vlen, int advice, unsigned int flags)`
    ///
    /// `flags` is 0. Returns how many bytes were advised about, which may be fewer than asked.
    process_madvise(pidfd: FileDescriptor, iovec: Address, vlen: usize, advice: Advice, flags: u32) -> usize;
    /// `int process_mrelease(int pidfd, unsigned int flags)`
    ///
    /// `flags` is 0.
    process_mrelease(pidfd: FileDescriptor, flags: u32) -> ();
    /// `long mbind(void *addr, unsigned long len, int mode, const unsigned long *nodemask, unsigned long maxnode,
    /// unsigned int flags)`
    mbind(
        addr: Address, len: usize, mode: Mempolicy, nodemask: Address, maxnode: usize, flags: MempolicyMoveFlags,
    ) -> ();
    /// `long set_mempolicy(int mode, const unsigned long *nodemask, unsigned long maxnode)`
    set_mempolicy(mode: Mempolicy, nodemask: Address, maxnode: usize) -> ();
    /// `long get_mempolicy(int *mode, unsigned long *nodemask, unsigned long maxnode, void *addr, unsigned long
    /// flags)`
    get_mempolicy(mode: Address, nodemask: Address, maxnode: usize, addr: Address, flags: GetMempolicyFlags) -> ();
    /// `long set_mempolicy_home_node(unsigned long start, unsigned long len, unsigned long home_node, unsigned long
    /// flags)`
    ///
    /// `flags` is 0.
    set_mempolicy_home_node(start: Address, len: usize, home_node: u64, flags: u64) -> ();
    /// `long migrate_pages(int pid, unsigned long maxnode, const unsigned long *old_nodes, const unsigned long
    /// *new_nodes)`
    ///
    /// Returns how many pages could not be moved.
    migrate_pages(pid: Process, maxnode: usize, old_nodes: Address, new_nodes: Address) -> usize;
    /// `long move_pages(int pid, unsigned long count, void **pages, const int *nodes, int *status, int flags)`
    ///
    /// Where each page is, or why it could not be moved, is written to `status`.
    move_pages(
        pid: Process, count: usize, pages: Address, nodes: Address, status: Address, flags: MempolicyMoveFlags,
    ) -> usize;
    /// `int membarrier(int cmd, unsigned int flags, int cpu_id)`
    ///
    /// [`MembarrierCommand::QUERY`] returns the commands that there are, as bits.
    membarrier(cmd: MembarrierCommand, flags: u32, cpu_id: i32) -> u32;
    /// `int userfaultfd(int flags)`
    userfaultfd(flags: UserfaultfdFlags) -> FileDescriptor;
}
