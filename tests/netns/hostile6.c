/* hostile6 - broken DHCPv6 messages to a running server, each followed by a look at its counters.
 *
 * test_hostile6.sh starts the server and says in the environment where it is (watch.h). This
 * program is a client and a relay on eth0 of the same wire. Each message moves the server's
 * counters by one: it is dropped and has no answer, or it is answered; after each group the same
 * process serves a client from SOLICIT to REPLY within a second. */
#include "tests/netns/watch.h"
#include "tests/v6/wire6.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAYLOAD_MAX 65527
#define LINK "2001:db8:1::1"

typedef enum Wanted { DROPPED, ANSWERED, EITHER } Wanted;

static int client_fd, relay_fd; /* ports 546 and 547 */
static uint32_t next_client = 1;
static unsigned n_dropped;

/* ---- the sockets ---- */

static int open_socket(uint16_t port)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = 4 << 20;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 4) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
        return -1;
    return fd;
}

static bool is_relayed(BerthBytes bytes)
{
    return bytes.len > 0 && bytes.data[0] == 12;
}

static void send_bytes(BerthBytes bytes)
{
    struct sockaddr_in6 to = {
        .sin6_family = AF_INET6, .sin6_port = htons(547), .sin6_scope_id = if_nametoindex("eth0")};

    inet_pton(AF_INET6, "ff02::1:2", &to.sin6_addr);
    CHECK_INT(sendto(is_relayed(bytes) ? relay_fd : client_fd, bytes.data, bytes.len, 0,
                     (struct sockaddr *)&to, sizeof(to)),
              (ssize_t)bytes.len);
}

/* What came to either of the sockets; false: nothing within the time. */
static bool receive(int wait_ms, GByteArray *ret)
{
    struct pollfd fds[] = {{client_fd, POLLIN, 0}, {relay_fd, POLLIN, 0}};
    ssize_t n;

    g_byte_array_set_size(ret, 0);
    if (poll(fds, 2, wait_ms) <= 0)
        return false;
    g_byte_array_set_size(ret, PAYLOAD_MAX);
    n = recv(fds[0].revents ? client_fd : relay_fd, ret->data, ret->len, MSG_DONTWAIT);
    g_byte_array_set_size(ret, n > 0 ? (guint)n : 0);
    return n > 0;
}

/* ---- messages ---- */

static BerthBytes bytes_of(const GByteArray *array)
{
    return (BerthBytes){array->data, array->len};
}

static void put_zeros(GByteArray *out, size_t n)
{
    guint before = out->len;

    g_byte_array_set_size(out, before + (guint)n);
    memset(out->data + before, 0, n);
}

static void put_run(GByteArray *out, unsigned code, uint8_t byte, size_t n)
{
    g_autofree uint8_t *bytes = g_malloc(n + 1);

    memset(bytes, byte, n);
    put_option6(out, code, (BerthBytes){bytes, n});
}

static void put_addr(GByteArray *out, const char *text)
{
    BerthAddr addr = BERTH_ADDR6_ANY;

    inet_pton(AF_INET6, text, addr.b);
    g_byte_array_append(out, addr.b, sizeof(addr.b));
}

/* A DUID-LL of a client of its own. */
static void put_client(GByteArray *out, uint32_t client)
{
    uint8_t duid[] = {
        0,           3, 0, 1, 2, 0xbe, client >> 24 & 255, client >> 16 & 255, client >> 8 & 255,
        client & 255};

    put_option6(out, 1, (BerthBytes){duid, sizeof(duid)});
}

static void begin(GByteArray *out, uint8_t type)
{
    g_byte_array_set_size(out, 0);
    put_number(out, (uint32_t)type << 24 | next_client, 4);
}

static void begin_solicit(GByteArray *out)
{
    begin(out, 1);
    put_client(out, next_client++);
}

static void put_ia(GByteArray *out, unsigned code, uint32_t iaid, BerthBytes inside)
{
    put_number(out, code, 2);
    put_number(out, 12 + (uint32_t)inside.len, 2);
    put_number(out, iaid, 4);
    put_zeros(out, 8);
    g_byte_array_append(out, inside.data, (guint)inside.len);
}

/* What stands in `message` becomes relayed; `options` are the relay's. */
static void relay(GByteArray *message, uint8_t hops, const char *link, BerthBytes options)
{
    g_autoptr(GByteArray) whole = g_byte_array_new();

    put_number(whole, 12, 1);
    put_number(whole, hops, 1);
    put_addr(whole, link);
    put_addr(whole, "fe80::c");
    put_option6(whole, 9, bytes_of(message));
    g_byte_array_append(whole, options.data, (guint)options.len);
    g_byte_array_set_size(message, 0);
    g_byte_array_append(message, whole->data, whole->len);
}

/* ---- what becomes of them ---- */

static void check_answer(const GByteArray *answer)
{
    Message6 message;

    if (CHECK(message6_read(bytes_of(answer), &message)))
        CHECK(message.type == 2 || message.type == 7);
    message6_clear(&message);
}

static void expect_bytes(BerthBytes bytes, Wanted wanted)
{
    Counts before = watch_counts("pkt6"), after;
    g_autoptr(GByteArray) answer = g_byte_array_new();
    bool dropped;

    send_bytes(bytes);
    after = watch_counts_after("pkt6", before, 1);
    CHECK_INT(after.received - before.received, 1);
    CHECK_INT(after.dropped - before.dropped + after.sent - before.sent, 1);
    dropped = after.dropped > before.dropped;
    if (wanted != EITHER)
        CHECK_INT(dropped, wanted == DROPPED);
    n_dropped += dropped;
    CHECK_INT(receive(dropped ? 0 : 1000, answer), !dropped);
    if (!dropped && answer->len > 0)
        check_answer(answer);
}

static void expect(const GByteArray *message, Wanted wanted)
{
    expect_bytes(bytes_of(message), wanted);
}

/* Its answer's option, and what it answers. */
static bool exchange(const GByteArray *query, GByteArray *answer, uint8_t type)
{
    send_bytes(bytes_of(query));
    return CHECK(receive(1000, answer)) && CHECK_INT(answer->data[0], type);
}

static void check_lease(void)
{
    g_autoptr(GByteArray) query = g_byte_array_new();
    g_autoptr(GByteArray) answer = g_byte_array_new();
    gint64 began = g_get_monotonic_time();
    uint32_t client = next_client;
    const Option6 *server, *ia;
    Message6 offer;

    begin_solicit(query);
    put_ia(query, 3, 1, (BerthBytes){0});
    if (!exchange(query, answer, 2) || !CHECK(message6_read(bytes_of(answer), &offer)))
        return;
    server = options6_get(offer.options, 2, 0);
    ia = options6_get(offer.options, 3, 0);
    if (CHECK(server && ia)) {
        begin(query, 3);
        put_client(query, client);
        put_option6(query, 2, server->value);
        put_option6(query, 3, ia->value);
        /* An address within IA_NA. */
        if (exchange(query, answer, 7))
            CHECK(memmem(answer->data, answer->len, "\0\5\0\x18", 4));
    }
    message6_clear(&offer);
    CHECK(g_get_monotonic_time() - began < G_USEC_PER_SEC);
}

static void check_alive(void)
{
    berth_row("afterwards");
    check_lease();
    watch_process();
    berth_row("%s", "");
}

/* ---- the groups ---- */

static void hi_061_identifiers(void)
{
    static const size_t lens[] = {0, 1, 2, 3, 128, 129, 130, 131, 255, 65000};
    g_autoptr(GByteArray) query = g_byte_array_new();

    for (unsigned code = 1; code <= 2; code++)
        for (size_t i = 0; i < G_N_ELEMENTS(lens); i++) {
            bool sound = code == 1 && lens[i] >= 3 && lens[i] <= 130;

            berth_row("option %u of %zu bytes", code, lens[i]);
            begin(query, 1);
            next_client++;
            if (code == 2)
                put_client(query, next_client);
            put_run(query, code, 5, lens[i]);
            put_ia(query, 3, 1, (BerthBytes){0});
            expect(query, sound ? ANSWERED : DROPPED);
        }
    check_alive();
}

/* A message with something of everything, cut at every byte: what is left is a message or none. */
static void hi_063_cut(void)
{
    g_autoptr(GByteArray) address = g_byte_array_new();
    g_autoptr(GByteArray) query = g_byte_array_new();

    put_run(address, 5, 0, 24);
    for (int relayed = 0; relayed <= 1; relayed++) {
        begin_solicit(query);
        put_ia(query, 3, 1, bytes_of(address));
        put_run(query, 8, 0, 2);
        put_run(query, 11, 1, 11);
        put_run(query, 16, 0, 4);
        put_run(query, 39, 0, 3);
        if (relayed)
            relay(query, 0, LINK, (BerthBytes){0});
        for (size_t len = 0; len <= query->len; len++) {
            berth_row("%zu bytes, %s", len, relayed ? "relayed" : "direct");
            expect_bytes((BerthBytes){query->data, len}, len == query->len             ? ANSWERED
                                                         : relayed || len < 4 + 4 + 10 ? DROPPED
                                                                                       : EITHER);
        }
    }
    check_alive();
}

static void hi_064_hops(void)
{
    g_autoptr(GByteArray) query = g_byte_array_new();

    for (unsigned hops = 0; hops <= 255; hops++) {
        berth_row("%u hops", hops);
        begin_solicit(query);
        relay(query, (uint8_t)hops, LINK, (BerthBytes){0});
        expect(query, ANSWERED);
    }
    check_alive();
}

static void hi_065_levels(void)
{
    static const unsigned levels[] = {8, 9, 32, 33, 1000};
    g_autoptr(GByteArray) query = g_byte_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        berth_row("%u levels", levels[i]);
        begin_solicit(query);
        for (unsigned k = 0; k < levels[i]; k++)
            relay(query, (uint8_t)k, LINK, (BerthBytes){0});
        expect(query, levels[i] <= 32 ? ANSWERED : DROPPED);
    }
    check_alive();
}

static void hi_066_link_addresses(void)
{
    static const struct {
        const char *link;
        Wanted wanted;
    } rows[] = {{"::", ANSWERED},      {"ff02::1", DROPPED},
                {"fe80::1", ANSWERED}, {"::ffff:1.2.3.4", DROPPED},
                {LINK, ANSWERED},      {"2001:db9::1", ANSWERED}};
    g_autoptr(GByteArray) query = g_byte_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%s", rows[i].link);
        begin_solicit(query);
        relay(query, 0, rows[i].link, (BerthBytes){0});
        expect(query, rows[i].wanted);
    }
    check_alive();
}

static void hi_068_sizes(void)
{
    static const struct {
        unsigned ia, inside;
        size_t right;
    } rows[] = {{3, 0, 12}, {25, 0, 12}, {3, 5, 24}, {25, 26, 25}};
    g_autoptr(GByteArray) query = g_byte_array_new();
    g_autoptr(GByteArray) inside = g_byte_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (size_t len = 0; len <= rows[i].right; len++) {
            berth_row("%u.%u of %zu bytes", rows[i].ia, rows[i].inside, len);
            begin_solicit(query);
            g_byte_array_set_size(inside, 0);
            if (rows[i].inside == 0) {
                put_run(query, rows[i].ia, 0, len);
            } else {
                put_run(inside, rows[i].inside, 0, len);
                put_ia(query, rows[i].ia, 1, bytes_of(inside));
            }
            expect(query, len == rows[i].right ? ANSWERED : DROPPED);
        }
    check_alive();
}

static void hi_068_prefix_lengths(void)
{
    g_autoptr(GByteArray) query = g_byte_array_new();
    uint8_t prefix[25] = {0};

    for (unsigned len = 0; len <= 255; len++) {
        g_autoptr(GByteArray) inside = g_byte_array_new();

        berth_row("a prefix of %u bits", len);
        prefix[8] = (uint8_t)len;
        memset(prefix + 9, 0x3f, 16);
        put_option6(inside, 26, (BerthBytes){prefix, sizeof(prefix)});
        begin_solicit(query);
        put_ia(query, 25, 1, bytes_of(inside));
        expect(query, len <= 128 ? ANSWERED : DROPPED);
    }
    check_alive();
}

/* Each in the one before. */
static void hi_069_nested(void)
{
    static const unsigned codes[] = {3, 25};
    g_autoptr(GByteArray) query = g_byte_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        g_autoptr(GByteArray) inner = g_byte_array_new();

        berth_row("option %u a thousand times", codes[i]);
        for (uint32_t depth = 0; depth < 1000; depth++) {
            GByteArray *outer = g_byte_array_new();

            put_ia(outer, codes[i], depth, bytes_of(inner));
            g_byte_array_unref(inner);
            inner = outer;
        }
        begin_solicit(query);
        g_byte_array_append(query, inner->data, inner->len);
        expect(query, ANSWERED);
    }
    check_alive();
}

static void hi_070_many(void)
{
    g_autoptr(GByteArray) query = g_byte_array_new();
    g_autoptr(GByteArray) inside = g_byte_array_new();
    uint8_t address[24] = {0x20, 1, 0xd, 0xb8};

    berth_row("%s", "a thousand IAs");
    begin_solicit(query);
    for (uint32_t iaid = 0; iaid < 1000; iaid++)
        put_ia(query, 3, iaid, (BerthBytes){0});
    expect(query, ANSWERED);
    for (unsigned i = 0; i < 1000; i++) {
        address[14] = (uint8_t)(i >> 8);
        address[15] = (uint8_t)i;
        put_option6(inside, 5, (BerthBytes){address, sizeof(address)});
    }
    /* SOLICIT, CONFIRM, REBIND: messages that need not name the server. */
    for (uint8_t type = 1; type <= 6; type++) {
        if (type == 2 || type == 3 || type == 5)
            continue;
        berth_row("a thousand addresses in type %u", type);
        begin(query, type);
        put_client(query, next_client++);
        put_ia(query, 3, 1, bytes_of(inside));
        expect(query, ANSWERED);
    }
    check_alive();
}

static void hi_072_requests(void)
{
    g_autoptr(GByteArray) query = g_byte_array_new();
    g_autoptr(GByteArray) codes = g_byte_array_new();

    for (uint32_t code = 0; code < 32000; code++)
        put_number(codes, code, 2);
    begin_solicit(query);
    put_option6(query, 6, bytes_of(codes));
    expect(query, ANSWERED);
    check_alive();
}

/* RFC 9915 section 16: those that nobody knows are as absent. The others may have no such length.
 */
static void hi_073_empty_options(void)
{
    static const unsigned strict[] = {1, 2, 3, 4, 5, 6, 7, 8, 13, 16, 25, 26, 39};
    g_autoptr(GByteArray) query = g_byte_array_new();

    for (uint32_t first = 0; first < 65536; first += 512) {
        berth_row("codes from %u", first);
        begin_solicit(query);
        for (uint32_t code = first; code < first + 512; code++) {
            bool left_out = code == 12;

            for (size_t i = 0; i < G_N_ELEMENTS(strict); i++)
                left_out |= code == strict[i];
            if (!left_out)
                put_run(query, code, 0, 0);
        }
        expect(query, ANSWERED);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(strict); i++) {
        berth_row("code %u", strict[i]);
        begin_solicit(query);
        put_run(query, strict[i], 0, 0);
        expect(query, DROPPED);
    }
    check_alive();
}

static void hi_079_types(void)
{
    static const unsigned served[] = {1, 3, 4, 5, 6, 8, 9, 11};
    g_autoptr(GByteArray) query = g_byte_array_new();

    for (unsigned type = 0; type <= 255; type++) {
        bool is_served = false;

        for (size_t i = 0; i < G_N_ELEMENTS(served); i++)
            is_served |= type == served[i];
        if (is_served)
            continue;
        berth_row("type %u", type);
        begin(query, (uint8_t)type);
        put_client(query, next_client++);
        expect(query, DROPPED);
    }
    check_alive();
}

static void hi_085_interface_ids(void)
{
    static const struct {
        size_t len;
        Wanted wanted;
    } rows[] = {
        {0, ANSWERED}, {1, ANSWERED}, {1500, ANSWERED}, {65000, ANSWERED}, {65430, DROPPED}};
    g_autoptr(GByteArray) query = g_byte_array_new();
    g_autoptr(GByteArray) options = g_byte_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%zu bytes", rows[i].len);
        g_byte_array_set_size(options, 0);
        put_run(options, 18, 7, rows[i].len);
        begin_solicit(query);
        put_ia(query, 3, 1, (BerthBytes){0});
        relay(query, 0, LINK, bytes_of(options));
        expect(query, rows[i].wanted);
    }
    check_alive();
}

/* clang-format off */
static const BerthTest tests[] = {
    {"hi-061", hi_061_identifiers},
    {"hi-063", hi_063_cut},
    {"hi-064", hi_064_hops},
    {"hi-065", hi_065_levels},
    {"hi-066", hi_066_link_addresses},
    {"hi-068", hi_068_sizes},
    {"hi-068-prefixes", hi_068_prefix_lengths},
    {"hi-069", hi_069_nested},
    {"hi-070", hi_070_many},
    {"hi-072", hi_072_requests},
    {"hi-073", hi_073_empty_options},
    {"hi-079", hi_079_types},
    {"hi-085", hi_085_interface_ids},
    {0},
};
/* clang-format on */

int main(int argc, char **argv)
{
    int r;

    if (!g_getenv("HOSTILE_SOCKET") || !g_getenv("HOSTILE_PID")) {
        fprintf(stderr, "hostile6 is run by test_hostile6.sh\n");
        return 2;
    }
    client_fd = open_socket(546);
    relay_fd = open_socket(547);
    if (client_fd < 0 || relay_fd < 0) {
        perror("hostile6: can't open a socket");
        return 2;
    }
    r = berth_tests_main("hostile6-messages", tests, argc, argv);
    printf("dropped %u\n", n_dropped);
    return r;
}
