/* Load on a node of DAX: connections that each send one request after the answer to the last.
 *
 *   dax_load PORT CONNECTIONS SECONDS RATE GREETING REQUESTS
 *
 * GREETING is a file with what a connection begins with, REQUESTS one of requests, each after its
 * length (4 bytes, big-endian). Every answer is read until as many bytes are there as the request's
 * first answer had, which is measured before. RATE is requests a second over all connections, 0
 * for as many as there can be. Prints requests a second and the 50th and 99th percentile of the
 * time of an answer in microseconds.
 */
#include "load.h"

#define SLOTS 200000 /* of a histogram, a microsecond each */

static int answers[MOST_REQUESTS];
static long histogram[SLOTS];

struct connection {
    int fd, request, missing, busy;
    double began;
};

int main(int argc, char **argv) {
    if (argc != 7) return 2;
    int port = atoi(argv[1]), connections = atoi(argv[2]);
    double seconds = atof(argv[3]), rate = atof(argv[4]);
    long greeting_size;
    unsigned char *greeting = contents(argv[5], &greeting_size);
    load_requests(argv[6]);
    static unsigned char buffer[1 << 20];
    int probe = dial(port);
    send_all(probe, greeting, greeting_size);
    for (int each = 0; each < count; each++) { /* also fills the caches */
        send_all(probe, requests[each], sizes[each]);
        ssize_t got = recv(probe, buffer, sizeof buffer, 0);
        for (; got > 0; got = recv(probe, buffer, sizeof buffer, MSG_DONTWAIT)) {
            answers[each] += got;
            if (answers[each] > 4000) usleep(200);
        }
        if (got == 0) fail("answer");
    }
    int poll = epoll_create1(0);
    struct connection *all = calloc(connections, sizeof *all);
    for (int each = 0; each < connections; each++) {
        all[each].fd = dial(port);
        send_all(all[each].fd, greeting, greeting_size);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[each]};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[each].fd, &event);
    }
    long done = 0, sent = 0;
    double began = now(), ends = began + seconds;
    unsigned random = 12345;
    for (;;) {
        double time = now();
        if (time >= ends) break;
        for (int each = 0; each < connections; each++) {
            struct connection *one = &all[each];
            if (one->busy || (rate > 0 && sent >= (time - began) * rate)) continue;
            random = random * 1664525u + 1013904223u;
            one->request = random % count;
            one->missing = answers[one->request];
            one->began = now();
            one->busy = 1;
            sent++;
            send_all(one->fd, requests[one->request], sizes[one->request]);
        }
        struct epoll_event events[64];
        /* It never sleeps: the server would pay for waking it, with an interrupt for an answer. */
        int ready = epoll_wait(poll, events, 64, 0);
        for (int each = 0; each < ready; each++) {
            struct connection *one = events[each].data.ptr;
            ssize_t got = recv(one->fd, buffer, sizeof buffer, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN)) fail("recv");
            one->missing -= got > 0 ? got : 0;
            if (one->missing > 0) continue;
            long slot = (now() - one->began) * 1e6;
            histogram[slot < SLOTS ? slot : SLOTS - 1]++;
            one->busy = 0;
            done++;
        }
    }
    double took = now() - began;
    long seen = 0, half = 0, last = 0;
    for (long slot = 0; slot < SLOTS; slot++) {
        seen += histogram[slot];
        if (!half && seen * 2 >= done) half = slot + 1;
        if (!last && seen * 100 >= done * 99) last = slot + 1;
    }
    printf("%.0f %ld %ld\n", done / took, half, last);
    return 0;
}
