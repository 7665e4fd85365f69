//! `#include <sys/mman.h>`: memory.

mod flags;
pub use flags::*;

use crate::identifier::{Address, FileDescriptor, Process};

instructions! {
    /// `void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)`
    ///
    /// Returns where the mapping is. `fd` is [`FileDescriptor::NONE`] with [`MapFlags::ANONYMOUS`]; `offset` is
    /// in bytes and a multiple of the page size.
    ///
    /// Errors: EACCES, EAGAIN, EBADF, EEXIST, EINVAL, ENFILE, ENODEV, ENOMEM, EOVERFLOW, EPERM, ETXTBSY.
    mmap(addr: Address, length: usize, prot: ProtFlags, flags: MapFlags, fd: FileDescriptor, offset: i64) -> Address;
    /// `int munmap(void *addr, size_t length)`
    ///
    /// Takes all pages of which a byte lies in the range away; that nothing was mapped there is no error.
    ///
    /// Errors: EINVAL, ENOMEM, EPERM.
    munmap(addr: Address, length: usize) -> ();
    /// `int mprotect(void *addr, size_t len, int prot)`
    ///
    /// Errors: EACCES, EINVAL, ENOMEM, EPERM.
    mprotect(addr: Address, len: usize, prot: ProtFlags) -> ();
    /// `ssize_t process_vm_readv(pid_t pid, const struct iovec *local_iov, unsigned long liovcnt, const struct
    /// iovec *remote_iov, unsigned long riovcnt, unsigned long flags)`
    ///
    /// Returns how many bytes were read: all before the first page of the other process that faults, also in the
    /// middle of an element of `remote_iov`, whatever the manual page says. EFAULT only if not one could be read.
    ///
    /// Errors: EFAULT, EINVAL, ENOMEM, EPERM, ESRCH.
    process_vm_readv(
        pid: Process, local_iov: Address, liovcnt: usize, remote_iov: Address, riovcnt: usize, flags: u64,
    ) -> usize;
    /// `ssize_t process_vm_writev(pid_t pid, const struct iovec *local_iov, unsigned long liovcnt, const struct
    /// iovec *remote_iov, unsigned long riovcnt, unsigned long flags)`
    ///
    /// Returns how many bytes were written, as [`process_vm_readv`] returns how many were read.
    ///
    /// Errors: EFAULT, EINVAL, ENOMEM, EPERM, ESRCH.
    process_vm_writev(
        pid: Process, local_iov: Address, liovcnt: usize, remote_iov: Address, riovcnt: usize, flags: u64,
    ) -> usize;
    /// `void *mremap(void *old_address, size_t old_size, size_t new_size, int flags, void *new_address)`
    ///
    /// Returns where the mapping is now. `new_address` counts only with [`MremapFlags::FIXED`] or
    /// [`MremapFlags::DONTUNMAP`].
    ///
    /// Errors: EAGAIN, EFAULT, EINVAL, ENOMEM, EPERM.
    mremap(
        old_address: Address, old_size: usize, new_size: usize, flags: MremapFlags, new_address: Address,
    ) -> Address;
    /// `int madvise(void *addr, size_t length, int advice)`
    ///
    /// `addr` is a multiple of the page size. With [`Advice::DONTNEED`] the contents are lost.
    ///
    /// Errors: EACCES, EAGAIN, EBADF, EBUSY, EFAULT, EHWPOISON, EINVAL, EIO, ENOMEM, EPERM.
    madvise(addr: Address, length: usize, advice: Advice) -> ();
    /// `int msync(void *addr, size_t length, int flags)`
    ///
    /// Errors: EBUSY, EINVAL, ENOMEM.
    msync(addr: Address, length: usize, flags: MsyncFlags) -> ();
    /// `void *brk(void *addr)`
    ///
    /// Returns the end of the data segment as it now is: unchanged, not an error, where it could not be moved. At
    /// [`Address::NULL`] it only tells.
    brk(addr: Address) -> Address;
    /// `int memfd_create(const char *name, unsigned int flags)`
    ///
    /// `name` is a C string of at most 249 bytes, seen in `/proc/PID/fd` only.
    ///
    /// Errors: EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM.
    memfd_create(name: Address, flags: MemfdFlags) -> FileDescriptor;
    /// `int mlock(const void *addr, size_t len)`
    ///
    /// Errors: EAGAIN, EINVAL, ENOMEM, EPERM.
    mlock(addr: Address, len: usize) -> ();
    /// `int mlock2(const void *addr, size_t len, unsigned int flags)`
    ///
    /// Errors: EAGAIN, EINVAL, ENOMEM, EPERM.
    mlock2(addr: Address, len: usize, flags: MlockFlags) -> ();
    /// `int munlock(const void *addr, size_t len)`
    ///
    /// Errors: EAGAIN, EINVAL, ENOMEM.
    munlock(addr: Address, len: usize) -> ();
    /// `int mlockall(int flags)`
    ///
    /// Errors: EINVAL, ENOMEM, EPERM.
    mlockall(flags: MlockallFlags) -> ();
    /// `int munlockall(void)`
    munlockall() -> ();
    /// `int mincore(void *addr, size_t length, unsigned char *vec)`
    ///
    /// Writes one byte for each page to `vec`, whose lowest bit says whether the page is in memory.
    ///
    /// Errors: EAGAIN, EFAULT, EINVAL, ENOMEM.
    mincore(addr: Address, length: usize, vec: Address) -> ();
    /// `int mseal(void *addr, size_t len, unsigned long flags)`
    ///
    /// `flags` is 0. Nothing takes the seal off again.
    ///
    /// Errors: EINVAL, ENOMEM.
    mseal(addr: Address, len: usize, flags: u64) -> () [page none];
    /// `int remap_file_pages(void *addr, size_t size, int prot, size_t pgoff, int flags)`
    ///
    /// Emulated by the kernel; `prot` is 0.
    ///
    /// Errors: EINVAL.
    remap_file_pages(addr: Address, size: usize, prot: ProtFlags, pgoff: usize, flags: MapFlags) -> ();
    /// `int pkey_alloc(unsigned int flags, unsigned int access_rights)`
    ///
    /// `flags` is 0.
    ///
    /// Errors: EINVAL, ENOSPC.
    pkey_alloc(flags: u32, access_rights: PkeyAccessRights) -> ProtectionKey;
    /// `int pkey_free(int pkey)`
    ///
    /// Errors: EINVAL.
    pkey_free(pkey: ProtectionKey) -> ();
    /// `int pkey_mprotect(void *addr, size_t len, int prot, int pkey)`
    ///
    /// Errors: EACCES, EINVAL, ENOMEM, EPERM.
    pkey_mprotect(addr: Address, len: usize, prot: ProtFlags, pkey: ProtectionKey) -> ();
    /// `int memfd_secret(unsigned int flags)`
    ///
    /// The only flag is [`MemfdSecretFlags::CLOEXEC`].
    ///
    /// Errors: EINVAL, EMFILE, ENOMEM, ENOSYS.
    memfd_secret(flags: MemfdSecretFlags) -> FileDescriptor;
    /// `void *map_shadow_stack(unsigned long addr, unsigned long size, unsigned int flags)`
    ///
    /// Errors: EINVAL, ENOMEM, ENOSPC, EOPNOTSUPP, EOVERFLOW, ERANGE.
    map_shadow_stack(addr: Address, size: usize, flags: ShadowStackFlags) -> Address [page none];
    /// `ssize_t process_madvise(int pidfd, const struct iovec *iovec, size_t vlen, int advice, unsigned int flags)`
    ///
    /// `flags` is 0. Returns how many bytes were advised about, which may be fewer than asked.
    ///
    /// Errors: EBADF, EFAULT, EINVAL, ENOMEM, EPERM, ESRCH.
    process_madvise(pidfd: FileDescriptor, iovec: Address, vlen: usize, advice: Advice, flags: u32) -> usize;
    /// `int process_mrelease(int pidfd, unsigned int flags)`
    ///
    /// Frees the memory of a process that was killed, now and not when it ends. `flags` is 0.
    ///
    /// Errors: EAGAIN, EBADF, EINTR, EINVAL, ESRCH.
    process_mrelease(pidfd: FileDescriptor, flags: u32) -> () [page none];
    /// `long mbind(void *addr, unsigned long len, int mode, const unsigned long *nodemask, unsigned long maxnode,
    /// unsigned int flags)`
    ///
    /// Errors: EFAULT, EINVAL, EIO, ENOMEM, EPERM.
    mbind(
        addr: Address, len: usize, mode: Mempolicy, nodemask: Address, maxnode: usize, flags: MempolicyMoveFlags,
    ) -> ();
    /// `long set_mempolicy(int mode, const unsigned long *nodemask, unsigned long maxnode)`
    ///
    /// Errors: EFAULT, EINVAL, ENOMEM.
    set_mempolicy(mode: Mempolicy, nodemask: Address, maxnode: usize) -> ();
    /// `long get_mempolicy(int *mode, unsigned long *nodemask, unsigned long maxnode, void *addr, unsigned long
    /// flags)`
    ///
    /// Errors: EFAULT, EINVAL.
    get_mempolicy(mode: Address, nodemask: Address, maxnode: usize, addr: Address, flags: GetMempolicyFlags) -> ();
    /// `long set_mempolicy_home_node(unsigned long start, unsigned long len, unsigned long home_node, unsigned long
    /// flags)`
    ///
    /// `flags` is 0.
    ///
    /// Errors: EINVAL, ENOENT, EOPNOTSUPP.
    set_mempolicy_home_node(start: Address, len: usize, home_node: u64, flags: u64) -> () [page none];
    /// `long migrate_pages(int pid, unsigned long maxnode, const unsigned long *old_nodes, const unsigned long
    /// *new_nodes)`
    ///
    /// Returns how many pages could not be moved.
    ///
    /// Errors: EFAULT, EINVAL, EPERM, ESRCH.
    migrate_pages(pid: Process, maxnode: usize, old_nodes: Address, new_nodes: Address) -> usize;
    /// `long move_pages(int pid, unsigned long count, void **pages, const int *nodes, int *status, int flags)`
    ///
    /// Where each page is, or why it could not be moved, is written to `status`.
    ///
    /// Errors: E2BIG, EACCES, EFAULT, EINVAL, ENODEV, EPERM, ESRCH.
    move_pages(
        pid: Process, count: usize, pages: Address, nodes: Address, status: Address, flags: MempolicyMoveFlags,
    ) -> usize;
    /// `int membarrier(int cmd, unsigned int flags, int cpu_id)`
    ///
    /// [`MembarrierCommand::QUERY`] returns the commands that there are, as bits.
    ///
    /// Errors: EINVAL, ENOSYS, EPERM.
    membarrier(cmd: MembarrierCommand, flags: u32, cpu_id: i32) -> u32;
    /// `int userfaultfd(int flags)`
    ///
    /// A descriptor that tells of page faults in registered memory, for another thread to resolve.
    ///
    /// Errors: EINVAL, EMFILE, ENFILE, ENOMEM, EPERM.
    userfaultfd(flags: UserfaultfdFlags) -> FileDescriptor;
}
