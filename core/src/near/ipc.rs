//! `#include <sys/msg.h>`, `<sys/sem.h>`, `<sys/shm.h>`, `<mqueue.h>`: talking between processes.

use super::fs::{Mode, OFlags};
use crate::identifier::{Address, FileDescriptor};

constants! {
    /// `IPC_*`: how an object is found or made, and in the lowest nine bits its permissions.
    flags IpcFlags: u32 [octal] {
        CREATE("IPC_CREAT") = IPC_CREAT = 0o1000;
        EXCL("IPC_EXCL") = IPC_EXCL = 0o2000;
        NOWAIT("IPC_NOWAIT") = IPC_NOWAIT = 0o4000;
    }
    /// `MSG_*` of message queues.
    flags MessageQueueFlags: u32 {
        NOWAIT("IPC_NOWAIT") = IPC_NOWAIT = 0o4000;
        NOERROR("MSG_NOERROR") = MSG_NOERROR = 0o1_0000;
        EXCEPT("MSG_EXCEPT") = MSG_EXCEPT = 0o2_0000;
        COPY("MSG_COPY") = MSG_COPY = 0o4_0000;
    }
    /// `IPC_*` and `SHM_*` of `shmget`, and in the lowest nine bits the permissions.
    flags SharedMemoryGetFlags: u32 [octal] {
        CREATE("IPC_CREAT") = IPC_CREAT = 0o1000;
        EXCL("IPC_EXCL") = IPC_EXCL = 0o2000;
        HUGETLB("SHM_HUGETLB") = SHM_HUGETLB = 0o4000;
        NORESERVE("SHM_NORESERVE") = SHM_NORESERVE = 0o1_0000;
    }
    /// `SHM_*` of `shmat`.
    flags SharedMemoryAttachFlags: u32 {
        RDONLY("SHM_RDONLY") = SHM_RDONLY = 0o1_0000;
        RND("SHM_RND") = SHM_RND = 0o2_0000;
        REMAP("SHM_REMAP") = SHM_REMAP = 0o4_0000;
        EXEC("SHM_EXEC") = SHM_EXEC = 0o10_0000;
    }
    /// `IPC_*`, `MSG_*`: the commands of `msgctl`.
    values MessageQueueCommand: i32 {
        RMID("IPC_RMID") = IPC_RMID = 0;
        SET("IPC_SET") = IPC_SET = 1;
        STAT("IPC_STAT") = IPC_STAT = 2;
        INFO("IPC_INFO") = IPC_INFO = 3;
        MSG_STAT = MSG_STAT = 11;
        MSG_INFO = MSG_INFO = 12;
        MSG_STAT_ANY = MSG_STAT_ANY = 13;
    }
    /// `IPC_*`, `SEM_*`, `GETVAL` …: the commands of `semctl`.
    values SemaphoreCommand: i32 {
        RMID("IPC_RMID") = IPC_RMID = 0;
        SET("IPC_SET") = IPC_SET = 1;
        STAT("IPC_STAT") = IPC_STAT = 2;
        INFO("IPC_INFO") = IPC_INFO = 3;
        GETPID = GETPID = 11;
        GETVAL = GETVAL = 12;
        GETALL = GETALL = 13;
        GETNCNT = GETNCNT = 14;
        GETZCNT = GETZCNT = 15;
        SETVAL = SETVAL = 16;
        SETALL = SETALL = 17;
        SEM_STAT = SEM_STAT = 18;
        SEM_INFO = SEM_INFO = 19;
        SEM_STAT_ANY = SEM_STAT_ANY = 20;
    }
    /// `IPC_*`, `SHM_*`: the commands of `shmctl`.
    values SharedMemoryCommand: i32 {
        RMID("IPC_RMID") = IPC_RMID = 0;
        SET("IPC_SET") = IPC_SET = 1;
        STAT("IPC_STAT") = IPC_STAT = 2;
        INFO("IPC_INFO") = IPC_INFO = 3;
        SHM_LOCK = SHM_LOCK = 11;
        SHM_UNLOCK = SHM_UNLOCK = 12;
        SHM_STAT = SHM_STAT = 13;
        SHM_INFO = SHM_INFO = 14;
        SHM_STAT_ANY = SHM_STAT_ANY = 15;
    }
}

numbers! {
    /// `key_t`: what a System V object is found by.
    IpcKey: i32 {
        /// `IPC_PRIVATE`: a new object that has no key.
        PRIVATE = 0;
    }
    /// `int msqid`: a System V message queue, in one ipc namespace.
    MessageQueue: i32 {}
    /// `int semid`: a System V semaphore set, in one ipc namespace.
    SemaphoreSet: i32 {}
    /// `int shmid`: a System V shared memory segment, in one ipc namespace.
    SharedMemory: i32 {}
}

instructions! {
    /// `int msgget(key_t key, int msgflg)`
    ///
    /// Errors: EACCES, EEXIST, ENOENT, ENOMEM, ENOSPC.
    msgget(key: IpcKey, msgflg: IpcFlags) -> MessageQueue;
    /// `int msgsnd(int msqid, const void *msgp, size_t msgsz, int msgflg)`
    ///
    /// `msgsz` does not count the `long` in front.
    ///
    /// Errors: EACCES, EAGAIN, EFAULT, EIDRM, EINTR, EINVAL, ENOMEM.
    msgsnd(msqid: MessageQueue, msgp: Address, msgsz: usize, msgflg: MessageQueueFlags) -> ();
    /// `ssize_t msgrcv(int msqid, void *msgp, size_t msgsz, long msgtyp, int msgflg)`
    ///
    /// Errors: E2BIG, EACCES, EAGAIN, EFAULT, EIDRM, EINTR, EINVAL, ENOMSG, ENOSYS.
    msgrcv(msqid: MessageQueue, msgp: Address, msgsz: usize, msgtyp: i64, msgflg: MessageQueueFlags) -> usize;
    /// `int msgctl(int msqid, int op, struct msqid_ds *buf)`
    ///
    /// Errors: EACCES, EFAULT, EIDRM, EINVAL, EPERM.
    msgctl(msqid: MessageQueue, op: MessageQueueCommand, buf: Address) -> usize;
    /// `int semget(key_t key, int nsems, int semflg)`
    ///
    /// Errors: EACCES, EEXIST, EINVAL, ENOENT, ENOMEM, ENOSPC.
    semget(key: IpcKey, nsems: i32, semflg: IpcFlags) -> SemaphoreSet;
    /// `int semop(int semid, struct sembuf *sops, size_t nsops)`
    ///
    /// Errors: E2BIG, EACCES, EAGAIN, EFAULT, EFBIG, EIDRM, EINTR, EINVAL, ENOMEM, ERANGE.
    semop(semid: SemaphoreSet, sops: Address, nsops: usize) -> ();
    /// `int semtimedop(int semid, struct sembuf *sops, size_t nsops, const struct timespec *timeout)`
    ///
    /// Errors: E2BIG, EACCES, EAGAIN, EFAULT, EFBIG, EIDRM, EINTR, EINVAL, ENOMEM, ERANGE.
    semtimedop(semid: SemaphoreSet, sops: Address, nsops: usize, timeout: Address) -> ();
    /// `int semctl(int semid, int semnum, int op, ...)`
    ///
    /// The general form: what `arg` is, a number or an address, and what comes back, is as `op` says.
    ///
    /// Errors: EACCES, EFAULT, EIDRM, EINVAL, EPERM, ERANGE.
    semctl(semid: SemaphoreSet, semnum: i32, op: SemaphoreCommand, arg: u64) -> usize;
    /// `int shmget(key_t key, size_t size, int shmflg)`
    ///
    /// Errors: EACCES, EEXIST, EINVAL, ENFILE, ENOENT, ENOMEM, ENOSPC, EPERM.
    shmget(key: IpcKey, size: usize, shmflg: SharedMemoryGetFlags) -> SharedMemory;
    /// `void *shmat(int shmid, const void *shmaddr, int shmflg)`
    ///
    /// Errors: EACCES, EIDRM, EINVAL, ENOMEM.
    shmat(shmid: SharedMemory, shmaddr: Address, shmflg: SharedMemoryAttachFlags) -> Address;
    /// `int shmdt(const void *shmaddr)`
    ///
    /// Errors: EINVAL.
    shmdt(shmaddr: Address) -> ();
    /// `int shmctl(int shmid, int op, struct shmid_ds *buf)`
    ///
    /// Errors: EACCES, EFAULT, EIDRM, EINVAL, ENOMEM, EOVERFLOW, EPERM.
    shmctl(shmid: SharedMemory, op: SharedMemoryCommand, buf: Address) -> usize;
    /// `mqd_t mq_open(const char *name, int oflag, mode_t mode, struct mq_attr *attr)`
    ///
    /// `name` without the leading slash of the C function.
    ///
    /// Errors: EACCES, EEXIST, EINVAL, EMFILE, ENAMETOOLONG, ENFILE, ENOENT, ENOMEM, ENOSPC.
    mq_open(name: Address, oflag: OFlags, mode: Mode, attr: Address) -> FileDescriptor;
    /// `int mq_unlink(const char *name)`
    ///
    /// Errors: EACCES, ENAMETOOLONG, ENOENT.
    mq_unlink(name: Address) -> ();
    /// `int mq_timedsend(mqd_t mqdes, const char *msg_ptr, size_t msg_len, unsigned int msg_prio, const struct
    /// timespec *abs_timeout)`
    ///
    /// Errors: EAGAIN, EBADF, EINTR, EINVAL, EMSGSIZE, ETIMEDOUT.
    mq_timedsend(mqdes: FileDescriptor, msg_ptr: Address, msg_len: usize, msg_prio: u32, abs_timeout: Address) -> ();
    /// `ssize_t mq_timedreceive(mqd_t mqdes, char *msg_ptr, size_t msg_len, unsigned int *msg_prio, const struct
    /// timespec *abs_timeout)`
    ///
    /// The priority, 4 bytes, is written to `msg_prio`.
    ///
    /// Errors: EAGAIN, EBADF, EINTR, EINVAL, EMSGSIZE, ETIMEDOUT.
    mq_timedreceive(
        mqdes: FileDescriptor, msg_ptr: Address, msg_len: usize, msg_prio: Address, abs_timeout: Address,
    ) -> usize;
    /// `int mq_notify(mqd_t mqdes, const struct sigevent *sevp)`
    ///
    /// Errors: EBADF, EBUSY, EINVAL, ENOMEM.
    mq_notify(mqdes: FileDescriptor, sevp: Address) -> ();
    /// `int mq_getsetattr(mqd_t mqdes, const struct mq_attr *newattr, struct mq_attr *oldattr)`
    ///
    /// Errors: EBADF, EFAULT, EINVAL.
    mq_getsetattr(mqdes: FileDescriptor, newattr: Address, oldattr: Address) -> ();
}
