/* librsyscall: the server of rsyscall, for programs in C and whatever links like it.
 *
 * None of these functions uses thread-local storage, errno, a heap or libc, so that all of them run in a child made with
 * CLONE_VM, on a stack of 3,500 bytes. */
#ifndef RSYSCALL_H
#define RSYSCALL_H

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the system call with this number, which comes last, and returns what the kernel returned: -4095 to -1 are errors.
 *
 * It is exactly: load the registers, make the call, return. A child made with clone on a new stack returns to the address
 * that lies on that stack. */
long rsyscall_raw_syscall(long a1, long a2, long a3, long a4, long a5, long a6, long number);

/* Performs the requests that come on infd and writes the responses to outfd, until one of them ends.
 *
 * A request is the number and six arguments, a response what the kernel returned: words of 64 bits, little-endian. Returns 0
 * when the input ended where a request would have begun, -EPROTO when it ended inside one, otherwise the negative errno of the
 * read or write that failed. */
int rsyscall_server(int infd, int outfd);

/* The same, and when the connection has ended, the next one: both descriptors are shut down (not closed), somebody connects
 * to the UNIX socket listensock, sends an int n from 1 to 253 and n descriptors with one byte of data (SCM_RIGHTS), and gets
 * their numbers here as n ints. Then the first of them is served both ways. Peers that send something else, or take longer than
 * 10 seconds, are dropped. SIGPIPE is ignored from the first call on.
 *
 * Returns the negative errno of accept when nobody can connect any more. */
int rsyscall_persistent_server(int infd, int outfd, int listensock);

/* What lies on a stack above the address of rsyscall_trampoline. On aarch64 the address takes 16 bytes: the second word is
 * not used, and the stack pointer is a multiple of 16. There, the registers are x0 to x5. */
struct rsyscall_trampoline_stack {
    long rdi;
    long rsi;
    long rdx;
    long rcx;
    long r8;
    long r9;
    void *function;
};

/* Not called: entered by a child made with clone, which returns to it from rsyscall_raw_syscall. Asks for SIGKILL when the
 * thread that made it ends, and ends if that has happened meanwhile; loads the registers, calls the function, and exits the
 * thread with status 0 when it returns. */
void rsyscall_trampoline(void);

/* Stops its thread with SIGSTOP; when continued, waits until the futex is woken or does not have the value, and exits the
 * thread with status 0. With CLONE_CHILD_CLEARTID, that is how the end of a child is noticed, or that it has executed a
 * program. */
void rsyscall_futex_helper(void *futex, int value);

/* The addresses of the functions in this process. */
struct rsyscall_symbol_table {
    void *rsyscall_server;
    void *rsyscall_persistent_server;
    void *rsyscall_futex_helper;
    void *rsyscall_trampoline;
};

struct rsyscall_symbol_table rsyscall_symbol_table(void);

#ifdef __cplusplus
}
#endif

#endif
