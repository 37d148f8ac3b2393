/* cutter - a TCP proxy that breaks connections in the middle of an answer, or lets answers through
 * byte by byte, for test_redis_faults.sh:
 *
 *   cutter ADDRESS PORT TARGET-PORT
 *
 * What connects to ADDRESS and PORT speaks with the same address at TARGET-PORT. After SIGUSR1 the
 * next answer on each connection ends after a half of what has come, and the connection is reset.
 * After SIGUSR2 each connection's answers come at a byte a second, until the next SIGUSR2. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAIRS_MAX 64

/* Whoever connected, and where it is connected to; -1: none. */
typedef struct Pair {
    int client, target;
    bool is_armed;
    time_t said; /* the second in which the last byte of an answer came */
} Pair;

static Pair pairs[PAIRS_MAX];
static volatile sig_atomic_t asked, is_slow;

static void on_signal(int number)
{
    if (number == SIGUSR2)
        is_slow = !is_slow;
    else
        asked = 1;
}

static time_t now_sec(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static void die(const char *what)
{
    fprintf(stderr, "cutter: %s: %s\n", what, strerror(errno));
    exit(2);
}

static struct sockaddr_in address(const char *host, const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};

    if (inet_pton(AF_INET, host, &at.sin_addr) != 1)
        die(host);
    return at;
}

static int listen_at(struct sockaddr_in at)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, PAIRS_MAX) < 0)
        die("listen");
    return fd;
}

/* With a reset where something was under way, as a network does that breaks. */
static void drop(Pair *pair)
{
    struct linger hard = {1, 0};

    setsockopt(pair->client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    close(pair->client);
    close(pair->target);
    pair->client = pair->target = -1;
}

static void take(int listener, struct sockaddr_in target)
{
    Pair *pair = pairs;
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    while (pair < pairs + PAIRS_MAX && pair->client >= 0)
        pair++;
    if (client < 0)
        return;
    if (pair == pairs + PAIRS_MAX) {
        close(client);
        return;
    }
    *pair = (Pair){.client = client, .target = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (connect(pair->target, (struct sockaddr *)&target, sizeof(target)) < 0)
        drop(pair);
}

static void send_all(Pair *pair, int to, const char *data, ssize_t len)
{
    while (len > 0) {
        ssize_t n = send(to, data, (size_t)len, MSG_NOSIGNAL);

        if (n <= 0) {
            drop(pair);
            return;
        }
        data += n;
        len -= n;
    }
}

static void forward(Pair *pair, bool is_answer)
{
    char data[65536];
    size_t room = is_answer && is_slow ? 1 : sizeof(data);
    ssize_t n = recv(is_answer ? pair->target : pair->client, data, room, 0);

    if (is_answer)
        pair->said = now_sec();
    if (n <= 0) {
        drop(pair);
    } else if (is_answer && pair->is_armed) {
        send_all(pair, pair->client, data, n / 2);
        usleep(1000); /* so that the half arrives before the reset */
        if (pair->client >= 0)
            drop(pair);
    } else {
        send_all(pair, is_answer ? pair->client : pair->target, data, n);
    }
}

static void arm(void)
{
    asked = 0;
    for (int i = 0; i < PAIRS_MAX; i++)
        pairs[i].is_armed = true;
}

static void turn(int listener, struct sockaddr_in target)
{
    struct pollfd fds[1 + 2 * PAIRS_MAX] = {{listener, POLLIN, 0}};
    time_t now = now_sec();

    for (int i = 0; i < PAIRS_MAX; i++) {
        bool waits = is_slow && pairs[i].said == now;

        fds[1 + 2 * i] = (struct pollfd){pairs[i].client, POLLIN, 0};
        fds[2 + 2 * i] = (struct pollfd){waits ? -1 : pairs[i].target, POLLIN, 0};
    }
    if (poll(fds, 1 + 2 * PAIRS_MAX, 100) < 0 && errno != EINTR)
        die("poll");
    if (asked) {
        arm();
        return;
    }
    for (int i = 0; i < PAIRS_MAX; i++) {
        if (fds[1 + 2 * i].revents && pairs[i].client >= 0)
            forward(&pairs[i], false);
        if (fds[2 + 2 * i].revents && pairs[i].target >= 0)
            forward(&pairs[i], true);
    }
    if (fds[0].revents)
        take(listener, target);
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_signal};
    int listener;

    if (argc != 4) {
        fprintf(stderr, "cutter ADDRESS PORT TARGET-PORT\n");
        return 2;
    }
    for (int i = 0; i < PAIRS_MAX; i++)
        pairs[i].client = pairs[i].target = -1;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    listener = listen_at(address(argv[1], argv[2]));
    for (;;)
        turn(listener, address(argv[1], argv[3]));
}
