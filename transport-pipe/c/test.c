/* Uses every symbol of librsyscall, linked to either library. Exits with 0 if all is well. */
#define _GNU_SOURCE
#include "rsyscall.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno); \
            exit(1); \
        } \
    } while (0)

static long ask(int to, int from, long number, long a, long b, long c) {
    int64_t request[7] = {number, a, b, c};
    int64_t response;
    CHECK(write(to, request, sizeof request) == sizeof request);
    CHECK(read(from, &response, sizeof response) == sizeof response);
    return response;
}

static int status_of(pid_t child) {
    int status;
    CHECK(waitpid(child, &status, __WALL) == child);
    return status;
}

static void raw_syscall(void) {
    CHECK(rsyscall_raw_syscall(0, 0, 0, 0, 0, 0, SYS_getpid) == getpid());
    CHECK(rsyscall_raw_syscall(-1, 0, 0, 0, 0, 0, SYS_close) == -EBADF);
    long page = rsyscall_raw_syscall(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, SYS_mmap);
    CHECK(page > 0 && *(char *)page == 0);
}

/* A server in a forked child: whether it ends as it should when the requests end after so many bytes. */
static void server(size_t bytes, int expected) {
    int requests[2], responses[2];
    CHECK(pipe(requests) == 0 && pipe(responses) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(requests[1]);
        close(responses[0]);
        _exit(rsyscall_server(requests[0], responses[1]) == expected ? 0 : 1);
    }
    close(requests[0]);
    close(responses[1]);
    CHECK(ask(requests[1], responses[0], SYS_getpid, 0, 0, 0) == child);
    CHECK(ask(requests[1], responses[0], -1001, 1, 7, 0) == -ENOSYS);
    CHECK(write(requests[1], "12345678", bytes) == (ssize_t)bytes);
    close(requests[1]);
    CHECK(status_of(child) == 0);
    close(responses[0]);
}

static void addresses(void) {
    struct rsyscall_symbol_table table = rsyscall_symbol_table();
    CHECK(table.rsyscall_server && table.rsyscall_persistent_server);
    CHECK(table.rsyscall_futex_helper && table.rsyscall_trampoline);
    CHECK(table.rsyscall_trampoline == (void *)rsyscall_trampoline);
}

static char *stack;
static const size_t size = 65536;

/* A child on a new stack, which the trampoline starts. The stack stays to be looked at. */
static pid_t start(void *function, long a, long b, long c) {
    stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(stack != MAP_FAILED);
    memset(stack, 0x5a, size);
    struct rsyscall_trampoline_stack frame = {a, b, c, 4, 5, 6, function};
    char *top = stack + size - 256;
    memcpy(top, &frame, sizeof frame);
#ifdef __x86_64__
    top -= 8;
#else
    top -= 16;
#endif
    void *trampoline = rsyscall_symbol_table().rsyscall_trampoline;
    memcpy(top, &trampoline, sizeof trampoline);
    return rsyscall_raw_syscall(SIGCHLD, (long)top, 0, 0, 0, 0, SYS_clone);
}

/* How much of it was ever used, what the caller put on it included. */
static size_t used(void) {
    size_t untouched = 0;
    while (untouched < size && stack[untouched] == 0x5a) {
        untouched++;
    }
    return size - untouched;
}

static int *seen;

static void callee(long a, long b, long c, long d, long e, long f) {
    int signal = 0;
    rsyscall_raw_syscall(PR_GET_PDEATHSIG, (long)&signal, 0, 0, 0, 0, SYS_prctl);
    *seen = a == 1 && b == 2 && c == 3 && d == 4 && e == 5 && f == 6 && signal == SIGKILL;
}

/* Without optimisation they use more than they promise. */
#ifndef SMALL
#define SMALL 0
#endif

static void small(void) {
    CHECK(used() <= 3500 || !SMALL);
}

static void trampoline(void) {
    pid_t child = start(callee, 1, 2, 3);
    CHECK(child > 0 && status_of(child) == 0 && *seen == 1);
    int requests[2], responses[2];
    CHECK(pipe(requests) == 0 && pipe2(responses, 0) == 0);
    child = start(rsyscall_symbol_table().rsyscall_server, requests[0], responses[1], 0);
    CHECK(ask(requests[1], responses[0], SYS_getpid, 0, 0, 0) == child);
    CHECK(ask(requests[1], responses[0], SYS_close, requests[1], 0, 0) == 0);
    /* What uses most: a payload that has to be thrown away. */
    int64_t recvfrom[7] = {SYS_recvfrom, requests[0], 8, 2000, MSG_WAITALL};
    char payload[2000] = {0};
    CHECK(write(requests[1], recvfrom, sizeof recvfrom) == sizeof recvfrom);
    CHECK(write(requests[1], payload, sizeof payload) == sizeof payload);
    int64_t response;
    CHECK(read(responses[0], &response, sizeof response) == sizeof response && response < 0);
    CHECK(ask(requests[1], responses[0], SYS_getpid, 0, 0, 0) == child);
    close(requests[1]);
    CHECK(status_of(child) == 0);
    small();
}

static void futex_helper(void) {
    int *futex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *futex = 1;
    for (int value = 0; value < 2; value++) {
        pid_t child = start(rsyscall_symbol_table().rsyscall_futex_helper, (long)futex, value, 0);
        int status;
        CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
        CHECK(kill(child, SIGCONT) == 0);
        if (value == 1) {
            *futex = 0;
            /* It waits, or will find that the value is another. */
            CHECK(syscall(SYS_futex, futex, 1, 1) >= 0);
        }
        CHECK(status_of(child) == 0);
    }
}

static int connect_to(const struct sockaddr_un *address) {
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(connect(connection, (const void *)address, sizeof *address) == 0);
    return connection;
}

/* Sends a descriptor and gets its number in the server. */
static int pass(const struct sockaddr_un *address, int fd) {
    int connection = connect_to(address), number = 1;
    CHECK(write(connection, &number, sizeof number) == sizeof number);
    char control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec byte = {"x", 1};
    struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    CHECK(sendmsg(connection, &message, 0) == 1);
    CHECK(read(connection, &number, sizeof number) == sizeof number);
    close(connection);
    return number;
}

static void persistent_server(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    /* A name that only this process has. */
    snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "rsyscall-test-%d", getpid());
    int listening = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(listening, (void *)&address, sizeof address) == 0 && listen(listening, 8) == 0);
    int first[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, first) == 0);
    CHECK(fcntl(first[0], F_SETFD, 0) == 0);
    pid_t child = start(rsyscall_symbol_table().rsyscall_persistent_server, first[1], first[1], listening);
    close(first[1]);
    CHECK(ask(first[0], first[0], SYS_close, first[0], 0, 0) == 0);
    CHECK(ask(first[0], first[0], SYS_getpid, 0, 0, 0) == child);
    close(first[0]);
    int number;
    for (int round = 0; round < 3; round++) {
        close(connect_to(&address));
        int ends[2];
        CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        number = pass(&address, ends[1]);
        close(ends[1]);
        CHECK(ask(ends[0], ends[0], SYS_getpid, 0, 0, 0) == child);
        CHECK(ask(ends[0], ends[0], SYS_fcntl, number, 1, 0) == 1);
        if (round == 2) {
            CHECK(ask(ends[0], ends[0], SYS_shutdown, listening, SHUT_RDWR, 0) == 0);
        }
        close(ends[0]);
    }
    CHECK(status_of(child) == 0);
    small();
}

int main(void) {
    seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    raw_syscall();
    server(0, 0);
    server(1, -EPROTO);
    addresses();
    trampoline();
    futex_helper();
    persistent_server();
    return 0;
}
