/*
 * A program in C that is a task for somebody else: it makes the system calls that come on its standard input and answers on its
 * standard output, which are a pair of pipes, a socket, or a connection of ssh.
 *
 *     cargo xtask c-library       # prints the folder that has librsyscall.a and rsyscall.h
 *     cc -I FOLDER serve.c FOLDER/librsyscall.a -o serve
 *
 * The loop needs no heap, no thread-local storage and no libc, so that it may run in a child made by clone or in a thread as well.
 * Whoever writes to its input can do whatever this program can.
 */
#include <rsyscall.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    int ended = rsyscall_server(0, 1);
    if (ended == 0)
        return 0; /* The input ended between two requests. */
    fprintf(stderr, "serve: %s\n", strerror(-ended));
    return 1;
}
