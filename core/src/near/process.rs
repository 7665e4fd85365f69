//! `#include <unistd.h>`, `<sys/wait.h>`, `<sched.h>`: processes and what they are.

use crate::identifier::Process;

instructions! {
    /// `pid_t getpid(void)`
    getpid() -> Process;
    /// `pid_t getppid(void)`
    getppid() -> Process;
}
