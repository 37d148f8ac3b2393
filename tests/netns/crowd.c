/* crowd - hundreds of virtual clients (tests/crowd) at real servers, for scripts that break things:
 *
 *   crowd SEED CLIENTS CLIENTS6 DEVICE RELAY TRACE SERVER...
 *
 * Clients of DHCPv4 are behind a relay with the address RELAY, which sends what they broadcast to
 * every SERVER; when they renew they talk to their server themselves, so all addresses of
 * 192.0.2.0/24 have to be local here. Clients of DHCPv6 are on DEVICE, where the servers are, too.
 * Whatever is sent and received is written to the file TRACE. Standard input says what happens:
 *
 *   fault TEXT       something is wrong; a server and its store can still be reached
 *   outage TEXT      something is wrong; none can be reached
 *   calm             all is well again
 *   unstored         nothing can be stored; told once that is so
 *   stored           it can again; told before that is so
 *   skew MSEC        by so much clocks of servers may differ
 *   recover SEC      answered "recovered MSEC" at the next acknowledgement; INV-16: within so long
 *   count            answered with the number of acknowledgements so far
 *   sweep SERVER     ends the clients' lives; answered "confirmed N"
 *   end              answered with a line of what happened, and what is broken
 *
 * The exit status is 1 if an invariant is broken. */
#include "core/base/addr.h"
#include "core/net/net.h"
#include "tests/crowd/clients.h"
#include "tests/crowd/clients6.h"
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET_BUFFER (4 << 20)
#define DUPLICATE 0.03 /* of what clients send */
#define SERVERS_MAX 8
#define REST_USEC (6 * GROUND_SEC) /* a server is stopped for 5 s, and then reads what was sent */
#define PAUSE_USEC (6 * GROUND_SEC)
#define PROBATION_USEC (40 * GROUND_SEC) /* as the scripts configure it */

enum { FD_RELAY, FD_CLIENT, FD_CLIENT6, FD_RELAY6, FD_INPUT, FDS };

typedef struct Crowd {
    struct pollfd fds[FDS];
    BerthTimers timers;
    Ground ground;
    History history;
    History6 history6;
    Clients *clients;
    Clients6 *clients6;
    BerthAddr relay, servers[SERVERS_MAX];
    unsigned n_servers;
    int64_t recover_since, recover_until; /* 0: nobody asked */
    int64_t longest_usec;
    BerthTimer *sweep_timer;
    int64_t sweep_until;
    bool ended;
} Crowd;

static int64_t now_usec(void *data)
{
    (void)data;
    return g_get_monotonic_time();
}

static void die(const char *what)
{
    fprintf(stderr, "crowd: %s: %s\n", what, g_strerror(errno));
    exit(2);
}

static unsigned number(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

static void say(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

/* ---- sockets ---- */

static void set_option(int fd, int level, int name, int value)
{
    if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
        die("setsockopt");
}

static int open_socket4(BerthAddr addr, uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_addr = berth_addr_to_in(addr), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER);
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
        die("bind");
    return fd;
}

static int open_socket6(const char *device, uint16_t port)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER);
    set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)if_nametoindex(device));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
        die("bind");
    return fd;
}

static void open_sockets(Crowd *crowd, const char *device)
{
    int fds[FDS] = {
        [FD_RELAY] = open_socket4(crowd->relay, 67),
        [FD_CLIENT] = open_socket4(BERTH_ADDR4_ANY, 68),
        [FD_CLIENT6] = open_socket6(device, 546),
        [FD_RELAY6] = open_socket6(device, 547),
        [FD_INPUT] = STDIN_FILENO,
    };

    for (int i = 0; i < FDS; i++)
        crowd->fds[i] = (struct pollfd){fds[i], POLLIN, 0};
}

/* ---- sending: what can't be sent is lost, as on any network ---- */

static struct sockaddr_in socket_address(BerthAddr addr, uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr = berth_addr_to_in(addr), .sin_port = htons(port)};
}

/* RFC 2131 section 4.1: the relay puts its address into giaddr, which is at byte 24. */
static void send_relayed(Crowd *crowd, BerthBytes bytes)
{
    g_autofree uint8_t *copy = g_memdup2(bytes.data, bytes.len);

    copy[3] = 1;
    memcpy(copy + 24, crowd->relay.b + 12, 4);
    for (unsigned i = 0; i < crowd->n_servers; i++) {
        struct sockaddr_in to = socket_address(crowd->servers[i], 67);

        sendto(crowd->fds[FD_RELAY].fd, copy, bytes.len, 0, (struct sockaddr *)&to, sizeof(to));
    }
}

static void send_unicast(Crowd *crowd, const BerthDatagram *datagram)
{
    struct sockaddr_in to = socket_address(datagram->dst, datagram->dst_port);
    struct iovec iov = {(void *)datagram->data.data, datagram->data.len};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control = {0};
    struct msghdr msg = {.msg_name = &to,
                         .msg_namelen = sizeof(to),
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
    struct in_pktinfo from = {.ipi_spec_dst = berth_addr_to_in(datagram->src)};

    *head = (struct cmsghdr){CMSG_LEN(sizeof(from)), IPPROTO_IP, IP_PKTINFO};
    memcpy(CMSG_DATA(head), &from, sizeof(from));
    sendmsg(crowd->fds[FD_CLIENT].fd, &msg, 0);
}

static void send6(Crowd *crowd, const BerthDatagram *datagram)
{
    int fd = crowd->fds[datagram->src_port == 546 ? FD_CLIENT6 : FD_RELAY6].fd;
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(datagram->dst_port)};

    memcpy(&to.sin6_addr, datagram->dst.b, 16);
    sendto(fd, datagram->data.data, datagram->data.len, 0, (struct sockaddr *)&to, sizeof(to));
}

static void send_out(void *data, const BerthDatagram *datagram)
{
    Crowd *crowd = data;

    do {
        if (!berth_addr_is4(datagram->dst))
            send6(crowd, datagram);
        else if (berth_addr_to4(datagram->dst) == UINT32_MAX)
            send_relayed(crowd, datagram->data);
        else
            send_unicast(crowd, datagram);
    } while (ground_chance(&crowd->ground, DUPLICATE));
}

/* ---- receiving ---- */

static unsigned count_acks(const Crowd *crowd)
{
    return crowd->history.acks + crowd->history6.nas + crowd->history6.pds;
}

static void end_recovery(Crowd *crowd)
{
    int64_t now = now_usec(NULL), took = now - crowd->recover_since;

    crowd->longest_usec = MAX(crowd->longest_usec, took);
    if (now > crowd->recover_until)
        history_broken(&crowd->history, now, "INV-16: %.3f s without an acknowledgement",
                       (double)took / 1e6);
    crowd->recover_since = crowd->recover_until = 0;
    say("recovered %d", (int)(took / 1000));
}

static void receive(Crowd *crowd, int i)
{
    unsigned before = count_acks(crowd);
    uint8_t buffer[4096];
    ssize_t n;

    while ((n = recv(crowd->fds[i].fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0) {
        BerthBytes bytes = {buffer, (size_t)n};

        if (i >= FD_CLIENT6) {
            clients6_see(crowd->clients6, bytes);
            clients6_arrived(crowd->clients6, bytes);
        } else {
            clients_see(crowd->clients, bytes);
            clients_arrived(crowd->clients, bytes);
        }
    }
    if (crowd->recover_since > 0 && count_acks(crowd) > before)
        end_recovery(crowd);
}

/* ---- what the script says ---- */

static void on_sweep(void *data)
{
    Crowd *crowd = data;

    if (!clients_are_swept(crowd->clients) && now_usec(NULL) < crowd->sweep_until) {
        ground_timer_set(&crowd->ground, crowd->sweep_timer, GROUND_SEC / 10);
        return;
    }
    say("confirmed %u", clients_sweep_end(crowd->clients));
}

static void sweep(Crowd *crowd, const char *server)
{
    BerthAddr addr;

    if (berth_addr_parse(server, &addr) < 0)
        die(server);
    clients_sweep(crowd->clients, addr);
    crowd->sweep_until = now_usec(NULL) + CLIENTS_SWEEP_USEC;
    ground_timer_set(&crowd->ground, crowd->sweep_timer, 0);
}

static void end(Crowd *crowd)
{
    const History *history = &crowd->history;

    crowd->ended = true;
    say("%u acknowledgements (%u renewals, %u addresses and %u prefixes of DHCPv6), %u refusals, "
        "%u declines, %u releases lost and %u not stored, %u lapsed, longest recovery %d ms%s%s",
        history->acks, history->renewals, crowd->history6.nas, crowd->history6.pds, history->naks,
        history->declines, history->lost_releases, history->unstored_releases, history->lapsed,
        (int)(crowd->longest_usec / 1000), *history->broken ? "; BROKEN " : "", history->broken);
}

static void obey(Crowd *crowd, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 2);
    const char *word = words[0] ? words[0] : "", *rest = words[0] && words[1] ? words[1] : "";
    int64_t now = now_usec(NULL);

    history_note(&crowd->history, now, "======== %s", line);
    if (strcmp(word, "fault") == 0 || strcmp(word, "outage") == 0) {
        history_fault(&crowd->history, now, *word == 'f');
    } else if (strcmp(word, "calm") == 0) {
        history_calm(&crowd->history, now);
    } else if (strcmp(word, "stored") == 0 || strcmp(word, "unstored") == 0) {
        history_store(&crowd->history, now, *word == 's');
    } else if (strcmp(word, "skew") == 0) {
        crowd->history.skew_usec = (int64_t)number(rest) * 1000;
    } else if (strcmp(word, "recover") == 0) {
        crowd->recover_since = now;
        crowd->recover_until = now + (int64_t)number(rest) * GROUND_SEC;
    } else if (strcmp(word, "count") == 0) {
        say("%u", count_acks(crowd));
    } else if (strcmp(word, "sweep") == 0) {
        sweep(crowd, rest);
    } else {
        end(crowd);
    }
}

/* Lines are short and come one at a time; without a reader of answers there is nobody to go on for.
 */
static void read_input(Crowd *crowd)
{
    char buffer[4096];
    ssize_t n = read(STDIN_FILENO, buffer, sizeof(buffer) - 1);
    g_auto(GStrv) lines = NULL;

    if (n <= 0) {
        crowd->ended = true;
        return;
    }
    buffer[n] = 0;
    lines = g_strsplit(g_strchomp(buffer), "\n", 0);
    for (char **line = lines; *line; line++)
        obey(crowd, *line);
}

/* ---- the program ---- */

static void run(Crowd *crowd)
{
    while (!crowd->ended) {
        int64_t wait = berth_timers_next(&crowd->timers) - now_usec(NULL);

        poll(crowd->fds, FDS, (int)CLAMP(wait / 1000 + 1, 0, 1000));
        for (int i = 0; i < FD_INPUT; i++)
            receive(crowd, i);
        if (crowd->fds[FD_INPUT].revents)
            read_input(crowd);
        berth_timers_run(&crowd->timers, now_usec(NULL));
    }
}

static void make(Crowd *crowd, char **argv, FILE *trace)
{
    berth_timers_init(&crowd->timers);
    crowd->ground = (Ground){
        .timers = &crowd->timers,
        .rand = g_rand_new_with_seed(number(argv[1])),
        .now = now_usec,
        .send = send_out,
        .data = crowd,
        .rest_usec = REST_USEC,
        .pause_usec = PAUSE_USEC,
    };
    history_init(&crowd->history, g_get_real_time() - now_usec(NULL), trace);
    crowd->history.reserved_from = 171; /* by crowd.sh */
    crowd->history.reserved_to = 173;
    history_calm(&crowd->history, now_usec(NULL));
    crowd->history.probation_usec = PROBATION_USEC;
    history6_init(&crowd->history6, &crowd->history);
    crowd->clients = clients_new(&crowd->ground, &crowd->history, number(argv[2]));
    crowd->clients6 = clients6_new(&crowd->ground, &crowd->history6, number(argv[3]));
    crowd->sweep_timer = berth_timer_new_in(&crowd->timers, on_sweep, crowd);
}

static int clear(Crowd *crowd)
{
    int r = *crowd->history.broken != 0;

    clients_free(crowd->clients);
    clients6_free(crowd->clients6);
    history6_clear(&crowd->history6);
    berth_timer_free(crowd->sweep_timer);
    berth_timers_clear(&crowd->timers);
    g_rand_free(crowd->ground.rand);
    fclose(crowd->history.trace);
    return r;
}

int main(int argc, char **argv)
{
    Crowd crowd = {0};
    FILE *trace;

    if (argc < 8 || argc > 7 + SERVERS_MAX || berth_addr_parse(argv[5], &crowd.relay) < 0) {
        fprintf(stderr, "crowd SEED CLIENTS CLIENTS6 DEVICE RELAY TRACE SERVER...\n");
        return 2;
    }
    for (int i = 7; i < argc; i++)
        if (berth_addr_parse(argv[i], &crowd.servers[crowd.n_servers++]) < 0)
            die(argv[i]);
    trace = fopen(argv[6], "we");
    if (!trace)
        die(argv[6]);
    open_sockets(&crowd, argv[4]);
    make(&crowd, argv, trace);
    say("ready");
    run(&crowd);
    return clear(&crowd);
}
