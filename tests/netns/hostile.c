/* hostile - broken messages to a running server, each followed by a look at its counters.
 *
 * test_hostile.sh starts the server and says in the environment where it is:
 *   HOSTILE_SOCKET, HOSTILE_PID, HOSTILE_LEASES    control socket, process, lease file
 * This program is a relay at 192.0.2.2 on eth0 of the same wire. Each message that has to be
 * refused must move pkt4-receive-drop by exactly one and get no answer; after each group the same
 * process serves a client from DISCOVER to ACK within a second. */
#include "core/base/addr.h"
#include "core/net/raw4.h"
#include "tests/lib/rows.h"
#include "tests/netns/peer.h"
#include "tests/netns/watch.h"
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define DRAFT_MAX 8192
#define SNAME_AT 44
#define FILE_AT 108

static Peer peer;
static uint32_t next_client = 1;
static unsigned n_dropped;

/* ---- sending ---- */

static void expect_dropped(BerthBytes bytes)
{
    Counts before = watch_counts("pkt4"), after;
    PeerAnswer answer;

    CHECK_INT(peer_send_bytes(&peer, bytes), 0);
    after = watch_counts_after("pkt4", before, 1);
    CHECK_INT(after.received - before.received, 1);
    CHECK_INT(after.dropped - before.dropped, 1);
    CHECK(!peer_receive(&peer, 0, &answer));
    n_dropped++;
}

static void expect_offer(BerthBytes bytes, uint32_t xid)
{
    Counts before = watch_counts("pkt4"), after;
    PeerAnswer answer = {.type = 0};

    CHECK_INT(peer_send_bytes(&peer, bytes), 0);
    CHECK(peer_receive_for(&peer, xid, 1000, &answer));
    CHECK_INT(answer.type, BERTH_DHCPOFFER);
    after = watch_counts("pkt4");
    CHECK_INT(after.dropped - before.dropped, 0);
}

/* A message being made: a DISCOVER of a client of its own up to its cookie, then options. */
typedef struct Draft {
    uint8_t bytes[DRAFT_MAX];
    size_t len;
    uint32_t xid;
} Draft;

static void draft_init(Draft *draft)
{
    PeerAsk ask = peer_ask(BERTH_DHCPDISCOVER, next_client++);

    peer_write(&peer, &ask, draft->bytes, sizeof(draft->bytes));
    draft->len = BERTH_MSG4_HEADER;
    draft->xid = ask.xid;
}

static void add_run(Draft *draft, uint8_t byte, size_t n)
{
    g_assert_cmpuint(draft->len + n, <=, DRAFT_MAX);
    memset(draft->bytes + draft->len, byte, n);
    draft->len += n;
}

/* Appends what the hex digits say, blanks between them left out, to at most `size` bytes. */
static size_t put_hex(uint8_t *at, size_t size, const char *hex)
{
    g_auto(GStrv) words = g_strsplit(hex, " ", -1);
    g_autofree char *digits = g_strjoinv("", words);
    int n = *digits ? berth_hex_parse(digits, at, size) : 0;

    g_assert_cmpint(n, >=, 0);
    return (size_t)n;
}

static void add_hex(Draft *draft, const char *hex)
{
    draft->len += put_hex(draft->bytes + draft->len, DRAFT_MAX - draft->len, hex);
}

static void expect(const Draft *draft, bool offer)
{
    BerthBytes bytes = {draft->bytes, draft->len};

    if (offer)
        expect_offer(bytes, draft->xid);
    else
        expect_dropped(bytes);
}

/* ---- the server lives ---- */

static void check_lease(void)
{
    gint64 began = g_get_monotonic_time();
    PeerAsk ask = peer_ask(BERTH_DHCPDISCOVER, next_client++);
    PeerAnswer answer = {.type = 0};

    peer_send(&peer, &ask);
    if (!CHECK(peer_receive_for(&peer, ask.xid, 1000, &answer)))
        return;
    CHECK_INT(answer.type, BERTH_DHCPOFFER);
    ask.type = BERTH_DHCPREQUEST;
    ask.requested = answer.addr;
    ask.server_id = answer.server_id;
    peer_send(&peer, &ask);
    if (!CHECK(peer_receive_for(&peer, ask.xid, 1000, &answer)))
        return;
    CHECK_INT(answer.type, BERTH_DHCPACK);
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

/* A message, written in hex after the cookie. */
typedef struct Row {
    const char *name, *options;
    bool offer;
} Row;

static void check_rows(const Row *rows)
{
    for (const Row *row = rows; row->name; row++) {
        Draft draft;

        berth_row("%s", row->name);
        draft_init(&draft);
        add_hex(&draft, row->options);
        expect(&draft, row->offer);
    }
    check_alive();
}

static void hi_001_sizes(void)
{
    static const size_t sizes[] = {0, 1, 235, 236, 239, 240, 241};

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        Draft draft;

        berth_row("%zu bytes", sizes[i]);
        draft_init(&draft);
        add_hex(&draft, "350101ff");
        draft.len = sizes[i];
        expect(&draft, false);
    }
    check_alive();
}

static void hi_003_client_ids(void)
{
    static const struct {
        const char *name;
        size_t first, second;
        bool offer;
    } rows[] = {
        {"empty", 0, 0, false},
        {"of 1 byte", 1, 0, false},
        {"of 255 bytes", 255, 0, true},
        {"of 300 bytes in two parts", 255, 45, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Draft draft;

        berth_row("%s", rows[i].name);
        draft_init(&draft);
        add_hex(&draft, "3501013d");
        add_run(&draft, (uint8_t)rows[i].first, 1);
        add_run(&draft, 0x61, rows[i].first);
        if (rows[i].second > 0) {
            add_run(&draft, 61, 1);
            add_run(&draft, (uint8_t)rows[i].second, 1);
            add_run(&draft, 0x62, rows[i].second);
        }
        add_hex(&draft, "ff");
        expect(&draft, rows[i].offer);
    }
    check_alive();
}

/* Whether the lease file has the address with this client identifier. */
static bool file_has(BerthAddr addr, BerthBytes id)
{
    char text[BERTH_ADDR_TEXT], hex[3 * 256];
    g_autofree char *contents = NULL;
    g_autofree char *row = NULL;

    if (!g_file_get_contents(g_getenv("HOSTILE_LEASES"), &contents, NULL, NULL))
        return false;
    row = g_strdup_printf("\n%s,02:be:00:00:ff:%02x,%s,", berth_addr_text(addr, text),
                          (unsigned)id.len, berth_hex_text(id, ':', hex, sizeof(hex)));
    return strstr(contents, row);
}

/* The same client each time, so that a second run, after a restart, finds the first one's leases.
 */
static void check_client_id(size_t len)
{
    PeerAsk ask = peer_ask(BERTH_DHCPDISCOVER, 0xff00 + (uint32_t)len);
    PeerAnswer answer = {.type = 0};
    uint8_t id[255];

    for (size_t i = 0; i < len; i++)
        id[i] = (uint8_t)(i * 7 + len);
    ask.client_id = (BerthBytes){id, len};
    peer_send(&peer, &ask);
    if (!CHECK(peer_receive_for(&peer, ask.xid, 1000, &answer)))
        return;
    ask.type = BERTH_DHCPREQUEST;
    ask.requested = answer.addr;
    ask.server_id = answer.server_id;
    peer_send(&peer, &ask);
    if (!CHECK(peer_receive_for(&peer, ask.xid, 1000, &answer)))
        return;
    CHECK_INT(answer.type, BERTH_DHCPACK);
    /* RFC 6842 section 3: the identifier comes back as it was sent. */
    CHECK_BYTES(((BerthBytes){answer.client_id, answer.client_id_len}), ask.client_id);
    CHECK(file_has(answer.addr, ask.client_id));
}

static void hi_004_long_client_ids(void)
{
    static const size_t lens[] = {31, 32, 33, 127, 128, 129, 130, 254, 255};

    for (size_t i = 0; i < G_N_ELEMENTS(lens); i++) {
        berth_row("%zu bytes", lens[i]);
        check_client_id(lens[i]);
    }
    check_alive();
}

static void hi_005_cut(void)
{
    Draft draft, cut;

    draft_init(&draft);
    add_hex(&draft,
            "350101 3d0701020304050607 3204c0000215 0c046c616e31 3c0461626364 37050103060f77"
            "390205dc 520a0102030402040506070833040000ffff ff");
    for (size_t len = 0; len < draft.len; len++) {
        berth_row("cut at %zu", len);
        cut = draft;
        cut.len = len;
        expect(&cut, false);
    }
    berth_row("%s", "not cut");
    expect(&draft, true);
    check_alive();
}

static void expect_overrun(size_t there, size_t said)
{
    Draft draft;

    berth_row("%zu bytes of %zu", there, said);
    draft_init(&draft);
    add_hex(&draft, "350101 0c");
    add_run(&draft, (uint8_t)said, 1);
    add_run(&draft, 0xff, there);
    expect(&draft, false);
}

static void hi_006_overruns(void)
{
    for (size_t over = 1; over <= 255; over++)
        expect_overrun(0, over);
    for (size_t over = 1; over <= 245; over++)
        expect_overrun(10, 10 + over);
    check_alive();
}

static void expect_pads(const char *name, const char *before, size_t pads, const char *after,
                        bool offer)
{
    Draft draft;

    berth_row("%s", name);
    draft_init(&draft);
    add_hex(&draft, before);
    add_run(&draft, 0, pads);
    add_hex(&draft, after);
    expect(&draft, offer);
}

static void hi_007_pads_and_ends(void)
{
    expect_pads("5000 PADs before the options", "", 5000, "350101ff", true);
    expect_pads("only PADs", "", 60, "", false);
    expect_pads("only PADs, and END", "", 60, "ff", false);
    expect_pads("END first", "ff", 0, "350101", false);
    expect_pads("END first, PADs, then options", "ff", 10, "350101ff", false);
    expect_pads("no END", "350101", 0, "0c0161", false);
    expect_pads("no END, PADs", "350101", 60, "", false);
    expect_pads("another type between two ENDs", "350101ff", 0, "350107ff", true);
    expect_pads("broken options between two ENDs", "350101ff", 0, "35ff01ff", true);
    check_alive();
}

typedef struct Overload {
    const char *name, *options, *sname, *file; /* hex at the beginning of the fields */
    uint8_t fill;                              /* the rest of them */
    bool offer;
} Overload;

static void fill_field(uint8_t *field, size_t size, const char *hex, uint8_t fill)
{
    memset(field, fill, size);
    put_hex(field, size, hex);
}

static void expect_overload(const Overload *row)
{
    Draft draft;

    berth_row("%s", row->name);
    draft_init(&draft);
    fill_field(draft.bytes + SNAME_AT, 64, row->sname, row->fill);
    fill_field(draft.bytes + FILE_AT, 128, row->file, row->fill);
    add_hex(&draft, row->options);
    expect(&draft, row->offer);
}

static void hi_008_overload(void)
{
    /* clang-format off */
    static const Overload rows[] = {
        {"0",                              "350101 340100 ff",       "", "", 0, false},
        {"1",                              "350101 340101 ff",       "", "0c0161ff", 0, true},
        {"2",                              "350101 340102 ff",       "0c0161ff", "", 0, true},
        {"3",                              "350101 340103 ff",       "0c0161ff", "0c0162ff", 0, true},
        {"4",                              "350101 340104 ff",       "", "", 0, false},
        {"255",                            "350101 3401ff ff",       "", "", 0, false},
        {"of no byte",                     "350101 3400 ff",         "", "", 0, false},
        {"twice",                          "350101 340101 340102 ff", "ff", "ff", 0, false},
        {"again in file",                  "350101 340101 ff",       "", "340101 ff", 0, false},
        {"again in file, for sname",       "350101 340101 ff",       "340101 ff", "340102 ff", 0, false},
        {"again in sname",                 "350101 340102 ff",       "340103 ff", "", 0, false},
        {"fields full of END",             "350101 340103 ff",       "", "", 0xff, true},
        {"file full of option 1 long",     "350101 340101 ff",       "", "", 0x01, false},
        {"an option that leaves file",     "350101 340101 ff",       "", "0c80", 0x61, false},
        {"an option that leaves sname",    "350101 340102 ff",       "0c40", "", 0x61, false},
        {"the type is only in file",       "340101 ff",              "", "350101ff", 0, true},
        {"not announced, so not read",     "350101 ff",              "35ff", "35ff", 0x61, true},
    };
    /* clang-format on */

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        expect_overload(&rows[i]);
    check_alive();
}

static void hi_009_types(void)
{
    static const Row rows[] = {
        {"no type", "ff", false},
        {"of no byte", "3500ff", false},
        {"of 2 bytes", "35020101ff", false},
        {"twice, different", "350101 350103 ff", false},
        {"twice, the same", "350101 350101 ff", false},
        {0},
    };

    for (unsigned type = 0; type <= 255; type++) {
        Draft draft;

        if (type >= 1 && type <= 18) /* RFC 2132, 3203, 4388, 6926, 7724 give these a meaning */
            continue;
        berth_row("type %u", type);
        draft_init(&draft);
        add_hex(&draft, "3501");
        add_run(&draft, (uint8_t)type, 1);
        add_hex(&draft, "ff");
        expect(&draft, false);
    }
    check_rows(rows);
}

static void expect_size(uint8_t code, size_t len, size_t right)
{
    Draft draft;

    berth_row("option %u of %zu bytes", code, len);
    draft_init(&draft);
    add_hex(&draft, "350101");
    add_run(&draft, code, 1);
    add_run(&draft, (uint8_t)len, 1);
    add_run(&draft, 1, len);
    add_hex(&draft, "ff");
    expect(&draft, len == right);
}

static void hi_010_sizes_of_options(void)
{
    static const struct {
        uint8_t code, right;
    } options[] = {{50, 4}, {51, 4}, {54, 4}, {57, 2}, {58, 4}, {59, 4}, {118, 4}, {116, 1}};
    static const size_t lens[] = {0, 1, 3, 5, 255};

    for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(lens); j++)
            expect_size(options[i].code, lens[j], options[i].right);
    check_alive();
}

/* ---- HI-002: frames whose IP or UDP header lies ---- */

#define IP_MAX 1500

typedef struct Frame {
    uint8_t bytes[ETH_HLEN + IP_MAX];
    size_t len;
} Frame;

static uint8_t *ip_of(Frame *frame)
{
    return frame->bytes + ETH_HLEN;
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = value >> 8 & 255;
    at[1] = value & 255;
}

/* RFC 791: so that not this is what is wrong with the header. */
static void mend_checksum(Frame *frame)
{
    uint8_t *ip = ip_of(frame);
    uint32_t sum = 0;

    put16(ip + 10, 0);
    for (size_t i = 0; i < MIN((size_t)(ip[0] & 15) * 4, IP_MAX); i += 2)
        sum += (uint32_t)ip[i] << 8 | ip[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    put16(ip + 10, ~(sum + (sum >> 16)) & 0xffff);
}

static void frame_init(Frame *frame, const Draft *draft)
{
    static const uint8_t ethernet[ETH_HLEN] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    BerthDatagram out = {.src = peer.relay,
                         .dst = peer.server,
                         .src_port = 67,
                         .dst_port = 67,
                         .data = {draft->bytes, draft->len}};

    *frame = (Frame){.len = ETH_HLEN + BERTH_RAW4_HEADERS + draft->len};
    memcpy(frame->bytes, ethernet, ETH_HLEN);
    berth_raw4_headers(&out, (uint16_t)draft->xid, ip_of(frame));
    memcpy(ip_of(frame) + BERTH_RAW4_HEADERS, draft->bytes, draft->len);
}

static void frame_send(const Frame *frame)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_ifindex = (int)if_nametoindex("eth0"),
                             .sll_protocol = htons(ETH_P_IP)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

    CHECK_INT(sendto(fd, frame->bytes, frame->len, 0, (struct sockaddr *)&at, sizeof(at)),
              (ssize_t)frame->len);
    close(fd);
}

typedef enum Lie {
    LIE_NONE,
    LIE_TOTAL,    /* IP total length becomes `value` */
    LIE_HEADER,   /* IP header length in words */
    LIE_VERSION,  /* of IP */
    LIE_UDP,      /* UDP length */
    LIE_CHECKSUM, /* of UDP, xor */
    LIE_FRAGMENT, /* flags and offset */
    LIE_FRAME,    /* the frame ends after so many bytes of IP */
} Lie;

static void tell_lie(Frame *frame, Lie lie, size_t value)
{
    uint8_t *ip = ip_of(frame);

    switch (lie) {
    case LIE_NONE:
        break;
    case LIE_TOTAL:
        put16(ip + 2, value);
        break;
    case LIE_HEADER:
        ip[0] = (uint8_t)(0x40 | value);
        break;
    case LIE_VERSION:
        ip[0] = (uint8_t)(value << 4 | 5);
        break;
    case LIE_UDP:
        put16(ip + 24, value);
        break;
    case LIE_CHECKSUM:
        ip[26] ^= (uint8_t)value;
        break;
    case LIE_FRAGMENT:
        put16(ip + 6, value);
        break;
    case LIE_FRAME:
        frame->len = ETH_HLEN + value;
        break;
    }
    mend_checksum(frame);
}

/* The kernel refuses most of these before the server sees them. What it lets pass has to be counted
 * as dropped, and nothing is answered but the sound message that is sent behind. */
static void expect_lie(const char *name, Lie lie, size_t value)
{
    Counts before = watch_counts("pkt4"), after;
    Draft draft, behind;
    Frame frame;
    PeerAnswer answer = {.type = 0};

    berth_row("%s %zu", name, value);
    draft_init(&draft);
    add_hex(&draft, "350101ff");
    add_run(&draft, 0, 100);
    frame_init(&frame, &draft);
    tell_lie(&frame, lie, value);
    frame_send(&frame);
    draft_init(&behind);
    add_hex(&behind, "350101ff");
    CHECK_INT(peer_send_bytes(&peer, (BerthBytes){behind.bytes, behind.len}), 0);
    CHECK(peer_receive(&peer, 1000, &answer));
    CHECK_INT(answer.xid, lie == LIE_NONE ? draft.xid : behind.xid);
    if (lie == LIE_NONE)
        CHECK(peer_receive_for(&peer, behind.xid, 1000, &answer));
    after = watch_counts("pkt4");
    CHECK_INT(after.received - before.received - 1,
              after.dropped - before.dropped + (lie == LIE_NONE));
    n_dropped += (unsigned)(after.dropped - before.dropped);
}

/* Two fragments of one datagram, the second of which writes over a part of the first. */
static void expect_overlap(void)
{
    Counts before = watch_counts("pkt4"), after;
    Frame first, second;
    Draft draft;
    PeerAnswer answer;

    berth_row("%s", "overlapping fragments");
    draft_init(&draft);
    add_hex(&draft, "350101ff");
    add_run(&draft, 0, 300);
    frame_init(&first, &draft);
    second = first;
    tell_lie(&first, LIE_FRAME, 20 + 304);
    tell_lie(&first, LIE_TOTAL, 20 + 304);
    tell_lie(&first, LIE_FRAGMENT, 0x2000);
    memmove(ip_of(&second) + 20, ip_of(&second) + 20 + 200, second.len - ETH_HLEN - 220);
    tell_lie(&second, LIE_FRAME, second.len - ETH_HLEN - 200);
    tell_lie(&second, LIE_TOTAL, second.len - ETH_HLEN);
    tell_lie(&second, LIE_FRAGMENT, 200 / 8);
    frame_send(&first);
    frame_send(&second);
    CHECK(!peer_receive_for(&peer, draft.xid, 200, &answer));
    after = watch_counts("pkt4");
    CHECK_INT(after.received, before.received);
}

static void hi_002_headers(void)
{
    static const size_t fragments[] = {0x2000, 0x0008, 0x2008, 0x1fff};

    expect_lie("a sound frame", LIE_NONE, 0);
    expect_lie("IP length", LIE_TOTAL, 0);
    expect_lie("IP length", LIE_TOTAL, 19);
    expect_lie("IP length", LIE_TOTAL, 20);
    expect_lie("IP length", LIE_TOTAL, 27);
    expect_lie("IP length", LIE_TOTAL, 28);
    expect_lie("IP length", LIE_TOTAL, 1400);
    expect_lie("IP length", LIE_TOTAL, 65535);
    for (size_t words = 0; words <= 15; words++)
        if (words != 5)
            expect_lie("IP header words", LIE_HEADER, words);
    expect_lie("IP version", LIE_VERSION, 6);
    for (size_t len = 0; len <= 7; len++)
        expect_lie("UDP length", LIE_UDP, len);
    expect_lie("UDP length", LIE_UDP, 1400);
    expect_lie("UDP length", LIE_UDP, 65535);
    expect_lie("UDP checksum", LIE_CHECKSUM, 0x55);
    for (size_t i = 0; i < G_N_ELEMENTS(fragments); i++)
        expect_lie("fragment", LIE_FRAGMENT, fragments[i]);
    expect_lie("frame of bytes", LIE_FRAME, 1);
    expect_lie("frame of bytes", LIE_FRAME, 20);
    expect_lie("frame of bytes", LIE_FRAME, 28);
    expect_lie("frame of bytes", LIE_FRAME, 200);
    expect_overlap();
    check_alive();
}

/* clang-format off */
static const BerthTest tests[] = {
    {"hi-001", hi_001_sizes},
    {"hi-002", hi_002_headers},
    {"hi-003", hi_003_client_ids},
    {"hi-004", hi_004_long_client_ids},
    {"hi-005", hi_005_cut},
    {"hi-006", hi_006_overruns},
    {"hi-007", hi_007_pads_and_ends},
    {"hi-008", hi_008_overload},
    {"hi-009", hi_009_types},
    {"hi-010", hi_010_sizes_of_options},
    {0},
};
/* clang-format on */

int main(int argc, char **argv)
{
    BerthAddr relay = berth_addr4(0xc0000202), server = berth_addr4(0xc0000201);
    int r;

    if (!g_getenv("HOSTILE_SOCKET") || !g_getenv("HOSTILE_PID") || !g_getenv("HOSTILE_LEASES")) {
        fprintf(stderr, "hostile is run by test_hostile.sh\n");
        return 2;
    }
    r = peer_open(&peer, "eth0", relay, server);
    if (r < 0) {
        fprintf(stderr, "hostile: can't open a socket: %s\n", g_strerror(-r));
        return 2;
    }
    r = berth_tests_main("hostile-messages", tests, argc, argv);
    printf("dropped %u\n", n_dropped);
    peer_close(&peer);
    return r;
}
