/* The floor of the load: the same frames to as many sockets, by nothing but send(2).
 *
 *     load_floor N BYTES TICKS_PER_S SECONDS
 *
 * Says its port on a line, answers N websocket handshakes without looking at them, sends each a first frame, and then, for SECONDS,
 * a frame of BYTES to all at every tick. Says messages sent and processor seconds, user and system, of the sending alone.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char ANSWER[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: Oy4NRAQ13jhfONC7bP8dTKb4PTU=\r\n\r\n"
    "\x81\x05hello";

static double spent(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1e-6 * (used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

int main(int count, char **given) {
    if (count != 5) return 2;
    int n = atoi(given[1]), bytes = atoi(given[2]), ticks_per_s = atoi(given[3]), seconds = atoi(given[4]);
    signal(SIGPIPE, SIG_IGN);
    char *frame = calloc(1, bytes + 4), asked[4096];
    frame[0] = (char)0x81, frame[1] = 126, frame[2] = (char)(bytes >> 8), frame[3] = (char)bytes;
    memset(frame + 4, 'x', bytes);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int listening = socket(AF_INET, SOCK_STREAM, 0), one = 1, *sockets = calloc(n, sizeof *sockets);
    if (bind(listening, (struct sockaddr *)&at, size) || listen(listening, 2048)) return 1;
    getsockname(listening, (struct sockaddr *)&at, &size);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    int epoll = epoll_create1(0);
    for (int i = 0; i < n; i++) {
        sockets[i] = accept(listening, NULL, NULL);
        setsockopt(sockets[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event wanted = {.events = EPOLLIN, .data.fd = sockets[i]};
        epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i], &wanted);
        if (recv(sockets[i], asked, sizeof asked, 0) <= 0) return 1;
        if (send(sockets[i], ANSWER, sizeof ANSWER - 1, 0) < 0) return 1;
    }
    long sent = 0;
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    double began = spent();
    for (int tick = 0; tick < ticks_per_s * seconds; tick++) {
        due.tv_nsec += 1000000000L / ticks_per_s;
        if (due.tv_nsec >= 1000000000L) due.tv_sec++, due.tv_nsec -= 1000000000L;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        struct epoll_event heard[64];
        while (epoll_wait(epoll, heard, 64, 0) == 64)
            ;
        for (int i = 0; i < n; i++)
            sent += send(sockets[i], frame, bytes + 4, MSG_DONTWAIT) == bytes + 4;
    }
    printf("%ld %.6f\n", sent, spent() - began);
    return 0;
}
