//! `#include <mqueue.h>`, `<sys/sem.h>`

layouts! {
    /// `struct mq_attr`
    MqAttr, 64, 8 {
        /// `O_NONBLOCK`, or 0.
        0 mq_flags: i64,
        /// How many messages there may be.
        8 mq_maxmsg: i64,
        /// How long one may be, in bytes.
        16 mq_msgsize: i64,
        /// How many there are.
        24 mq_curmsgs: i64,
    }
    /// `struct sembuf`: one operation on a semaphore.
    Sembuf, 6, 2 {
        /// Which of the set.
        0 sem_num: u16,
        /// What is added; 0 waits until it is 0.
        2 sem_op: i16,
        /// `IPC_NOWAIT` and `SEM_UNDO`.
        4 sem_flg: i16,
    }
}
