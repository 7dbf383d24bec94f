/* What programs that make load share: the clock, files of requests, connections to this machine. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_REQUESTS 100000

static unsigned char *requests[MOST_REQUESTS];
static int sizes[MOST_REQUESTS], count;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static unsigned char *contents(const char *name, long *size) {
    FILE *file = fopen(name, "rb");
    if (!file) fail(name);
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    unsigned char *data = malloc(*size + 1);
    if (fread(data, 1, *size, file) != (size_t)*size) fail(name);
    fclose(file);
    return data;
}

/* Take the requests of a file, each after its length (4 bytes, big-endian). */
static void load_requests(const char *name) {
    long size;
    unsigned char *data = contents(name, &size);
    for (long at = 0; at < size && count < MOST_REQUESTS; count++) {
        sizes[count] = data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3];
        requests[count] = data + at + 4;
        at += 4 + sizes[count];
    }
}

static int dial(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void send_all(int fd, const unsigned char *data, long size) {
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent <= 0) fail("send");
        data += sent;
        size -= sent;
    }
}
