/* A program in C with a Rust library inside: shows a file, and then serves on standard input and output. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

ssize_t embedded_read_file(const char *path, void *buffer, size_t length);
int embedded_serve(int infd, int outfd);

int main(int count, char **arguments) {
    char text[256];
    if (count != 2) {
        fprintf(stderr, "usage: %s FILE\n", arguments[0]);
        return 2;
    }
    ssize_t length = embedded_read_file(arguments[1], text, sizeof text);
    if (length < 0) {
        fprintf(stderr, "embedded: %s: %s\n", arguments[1], strerror((int)-length));
        return 1;
    }
    fprintf(stderr, "embedded: %.*s", (int)length, text);
    return embedded_serve(0, 1) == 0 ? 0 : 1;
}
