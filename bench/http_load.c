/* Requests over HTTP at a fixed rate, each timed from when it was due to be sent.
 *
 *   http_load PORT CONNECTIONS SECONDS RATE REQUESTS
 *
 * REQUESTS is a file of whole requests, each after its length (4 bytes, big-endian), that are sent
 * in turn. RATE is requests a second, evenly spaced: one that is due while every connection waits
 * for an answer is sent as soon as one is free, and its time counts from when it was due, so that a
 * server that stalls is not spared what would have come meanwhile. With a RATE of 0 every
 * connection sends as soon as it has its answer. Prints answers a second, the 50th, 99th and 99.9th
 * percentile and the longest time in microseconds, and how many answers had a status but 200; the
 * first of those goes to the standard error.
 */
#define _GNU_SOURCE
#include "load.h"

#include <sys/prctl.h>

#define SLOTS 2000000 /* of a histogram, 10 microseconds each */
#define SLOT 1e-5
#define GRACE 30.0 /* seconds after the last request for the answers that are still missing */

static int histogram[SLOTS];

struct connection {
    int fd;
    long missing; /* bytes of the answer, -1 while its head is incomplete */
    int held;
    char head[4096];
    double due;
};

static long bad;

/* Take what has come of an answer; returns whether it is whole. */
static int take(struct connection *one, const char *data, ssize_t got) {
    if (one->missing < 0) {
        if (one->held + got >= (ssize_t)sizeof one->head) {
            /* The head is within the first bytes, and the rest is only counted. */
            ssize_t part = sizeof one->head - 1 - one->held;
            memcpy(one->head + one->held, data, part);
            one->head[sizeof one->head - 1] = 0;
        } else {
            memcpy(one->head + one->held, data, got);
            one->head[one->held + got] = 0;
        }
        one->held += got;
        char *end = strstr(one->head, "\r\n\r\n");
        if (!end) return 0;
        char *length = strcasestr(one->head, "\r\ncontent-length:");
        if (!length || length > end) fail("an answer without its length");
        if (strncmp(one->head + 9, "200", 3) && !bad++) fprintf(stderr, "%s\n", one->head);
        one->missing = atol(length + 17) - (one->held - (end + 4 - one->head));
    } else {
        one->missing -= got;
    }
    return one->missing <= 0;
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    int port = atoi(argv[1]), connections = atoi(argv[2]);
    double seconds = atof(argv[3]), rate = atof(argv[4]);
    load_requests(argv[5]);
    prctl(PR_SET_TIMERSLACK, 1L);
    int poll = epoll_create1(0);
    struct connection *all = calloc(connections, sizeof *all), **idle = calloc(connections, sizeof *idle);
    int free_ones = 0;
    for (int each = 0; each < connections; each++) {
        all[each].fd = dial(port);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[each]};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[each].fd, &event);
        idle[free_ones++] = &all[each];
    }
    static char buffer[1 << 18];
    long sent = 0, done = 0, all_of_them = rate > 0 ? seconds * rate : -1;
    double began = now(), ended = 0, longest = 0;
    for (;;) {
        double time = now();
        int sending = rate > 0 ? sent < all_of_them : time < began + seconds;
        if (!sending && !ended) ended = time;
        if (!sending && (done == sent || time > ended + GRACE)) break;
        while (free_ones && sending) {
            double due = rate > 0 ? began + sent / rate : time;
            if (due > time) break;
            struct connection *one = idle[--free_ones];
            one->due = due;
            one->missing = -1;
            one->held = 0;
            send_all(one->fd, requests[sent % count], sizes[sent % count]);
            sent++;
            sending = rate > 0 ? sent < all_of_them : 1;
        }
        struct epoll_event events[64];
        double wait = rate > 0 && free_ones && sending ? began + sent / rate - now() : 0.01;
        struct timespec most = {0, wait < 0 ? 0 : wait * 1e9};
        int ready = epoll_pwait2(poll, events, 64, &most, NULL);
        for (int each = 0; each < ready; each++) {
            struct connection *one = events[each].data.ptr;
            ssize_t got = recv(one->fd, buffer, sizeof buffer, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN)) fail("recv");
            if (got < 0 || !take(one, buffer, got)) continue;
            double took = now() - one->due;
            long slot = took / SLOT;
            histogram[slot < SLOTS ? slot : SLOTS - 1]++;
            if (took > longest) longest = took;
            idle[free_ones++] = one;
            done++;
        }
    }
    double took = now() - began;
    long seen = 0;
    double quantiles[] = {0.5, 0.99, 0.999}, found[3];
    int next = 0;
    for (long slot = 0; slot < SLOTS && next < 3; slot++) {
        seen += histogram[slot];
        while (next < 3 && seen >= done * quantiles[next]) found[next++] = (slot + 1) * SLOT * 1e6;
    }
    printf("%.0f %.0f %.0f %.0f %.0f %ld\n", done / took, found[0], found[1], found[2],
           longest * 1e6, bad + (sent - done));
    return 0;
}
