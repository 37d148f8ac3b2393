/* query - the half of tests/play/message.h that writes, for DHCPv6. */
#include "tests/play/message.h"
#include "tests/v6/dialect6.h"
#include "tests/v6/wire6.h"

#include <stdlib.h>

/* ---- what a word means ---- */

typedef struct Kind {
    const char *word;
    uint8_t type;
    bool names_server;
} Kind;

static const Kind kinds[] = {
    {"solicit", 1, false}, {"request", 3, true},  {"confirm", 4, false},
    {"renew", 5, true},    {"rebind", 6, false},  {"release", 8, true},
    {"decline", 9, true},  {"inform", 11, false}, {"register", 36, false},
};

static const Kind *find_kind(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(word, kinds[i].word) == 0)
            return &kinds[i];
    return NULL;
}

/* The message while it is made: options, and around them relays from the inside to the outside. */
typedef struct Draft {
    Query *query;
    uint32_t xid;
    uint8_t type;
    GByteArray *message; /* NULL until the first relay: then what is carried */
    GByteArray *options; /* of the message, or of the relay that is being made */
    BerthAddr link, peer;
    unsigned hops;
    long cut; /* so many bytes go out; -1: all */
} Draft;

static BerthBytes bytes_of(const GByteArray *array)
{
    return (BerthBytes){array->data, array->len};
}

/* ---- identity associations ---- */

/* "ADDR", or "PREFIX/LEN" for a prefix, and "!PREFERRED/VALID"; lifetimes of 0 ask for nothing. */
static bool put_lease(GByteArray *out, const char *text, bool is_prefix)
{
    g_auto(GStrv) halves = g_strsplit(text, "!", 2);
    g_auto(GStrv) times = g_strsplit(halves[1] ? halves[1] : "0/0", "/", 2);
    g_autoptr(GByteArray) value = g_byte_array_new();
    BerthAddr addr = BERTH_ADDR6_ANY;
    uint8_t len = 128;

    if (is_prefix ? berth_prefix_parse(halves[0], &addr, &len) < 0
                  : berth_addr_parse(halves[0], &addr) < 0)
        return false;
    if (!is_prefix)
        g_byte_array_append(value, addr.b, sizeof(addr.b));
    for (int i = 0; i < 2; i++)
        put_number(value, times[0] && times[i] ? (uint32_t)strtoul(times[i], NULL, 10) : 0, 4);
    if (is_prefix) {
        put_number(value, len, 1);
        g_byte_array_append(value, addr.b, sizeof(addr.b));
    }
    put_option6(out, is_prefix ? 26 : 5, bytes_of(value));
    return true;
}

/* IAID[@LEASE,LEASE…] */
static bool put_ia(GByteArray *out, unsigned code, const char *text)
{
    g_auto(GStrv) halves = g_strsplit(text, "@", 2);
    g_auto(GStrv) leases = halves[1] ? g_strsplit(halves[1], ",", -1) : NULL;
    g_autoptr(GByteArray) value = g_byte_array_new();
    bool ok = true;

    put_number(value, (uint32_t)strtoul(halves[0], NULL, 0), 4);
    if (code != 4) {
        put_number(value, 0, 4);
        put_number(value, 0, 4);
    }
    for (char **lease = leases; ok && lease && *lease; lease++)
        ok = put_lease(value, *lease, code == 25);
    put_option6(out, code, bytes_of(value));
    return ok;
}

/* ---- relays ---- */

/* The message, or the relay around it, is complete: it becomes what the next one carries. */
static void close_level(Draft *draft)
{
    GByteArray *whole = g_byte_array_new();

    if (!draft->message) {
        put_number(whole, (uint32_t)draft->type << 24 | draft->xid, 4);
    } else {
        put_number(whole, 12, 1);
        put_number(whole, draft->hops++, 1);
        g_byte_array_append(whole, draft->link.b, sizeof(draft->link.b));
        g_byte_array_append(whole, draft->peer.b, sizeof(draft->peer.b));
        put_option6(draft->options, 9, bytes_of(draft->message));
        g_byte_array_unref(draft->message);
    }
    g_byte_array_append(whole, draft->options->data, draft->options->len);
    g_byte_array_set_size(draft->options, 0);
    draft->message = whole;
}

/* relay=LINK[,PEER] */
static bool begin_relay(Draft *draft, const char *text)
{
    g_auto(GStrv) halves = g_strsplit(text, ",", 2);

    close_level(draft);
    draft->peer = draft->query->datagram.src;
    draft->query->datagram.src_port = 547;
    if (berth_addr_parse("fe80::ee", &draft->query->datagram.src) < 0)
        return false;
    return berth_addr_parse(halves[0], &draft->link) == 0 &&
           (!halves[1] || berth_addr_parse(halves[1], &draft->peer) == 0);
}

/* ---- arguments ---- */

static bool put_value(GByteArray *out, unsigned code, const char *text, unsigned width)
{
    g_autoptr(GByteArray) value = g_byte_array_new();

    if (!script_bytes(text, width, value))
        return false;
    put_option6(out, code, bytes_of(value));
    return true;
}

/* Where it comes from and goes to. -1: it is no such argument. */
static int take_endpoint(Draft *draft, const char *arg)
{
    BerthDatagram *datagram = &draft->query->datagram;
    const char *v;

    if ((v = script_value(arg, "src")))
        return berth_addr_parse(v, &datagram->src) == 0;
    if ((v = script_value(arg, "dst")))
        return berth_addr_parse(v, &datagram->dst) == 0;
    if ((v = script_value(arg, "sport"))) {
        datagram->src_port = (uint16_t)atoi(v);
        return 1;
    }
    if ((v = script_value(arg, "relay")))
        return begin_relay(draft, v);
    return -1;
}

static bool take_option(Draft *draft, const char *arg)
{
    const char *equal = strchr(arg, '='), *v;
    unsigned long code = strtoul(arg, NULL, 10);

    if ((v = script_value(arg, "na")))
        return put_ia(draft->options, 3, v);
    if ((v = script_value(arg, "ta")))
        return put_ia(draft->options, 4, v);
    if ((v = script_value(arg, "pd")))
        return put_ia(draft->options, 25, v);
    if ((v = script_value(arg, "oro")))
        return put_value(draft->options, 6, v, 2);
    if ((v = script_value(arg, "raw")))
        return script_bytes(v, 1, draft->options);
    if (strcmp(arg, "rapid") == 0) {
        put_option6(draft->options, 14, (BerthBytes){NULL, 0});
        return true;
    }
    return equal && g_ascii_isdigit(*arg) &&
           put_value(draft->options, (unsigned)code, equal + 1, 1);
}

static bool take_argument(Draft *draft, const char *arg)
{
    int r = take_endpoint(draft, arg);
    const char *v;

    if (r >= 0)
        return r > 0;
    /* Left out by usual_options. */
    if (strcmp(arg, "-1") == 0 || strcmp(arg, "-2") == 0)
        return true;
    if ((v = script_value(arg, "xid"))) {
        draft->xid = (uint32_t)strtoul(v, NULL, 0) & 0xffffff;
        return true;
    }
    if ((v = script_value(arg, "hops"))) {
        draft->hops = (unsigned)atoi(v);
        return true;
    }
    if ((v = script_value(arg, "cut"))) {
        draft->cut = atol(v);
        return true;
    }
    if ((v = script_value(arg, "type"))) {
        draft->type = (uint8_t)atoi(v);
        return true;
    }
    return take_option(draft, arg);
}

/* ---- the whole ---- */

static bool leaves_out(char **args, const char *what)
{
    return g_strv_contains((const char *const *)args, what);
}

static void usual_options(Draft *draft, const Kind *kind, const Client *client, char **args)
{
    g_autoptr(GByteArray) id = g_byte_array_new();
    g_autoptr(GByteArray) server = g_byte_array_new();

    dialect6_duid(client, id);
    if (!leaves_out(args, "-1"))
        put_option6(draft->options, 1, bytes_of(id));
    script_bytes(DIALECT6_SERVER_ID, 1, server);
    if (kind->names_server && !leaves_out(args, "-2"))
        put_option6(draft->options, 2, bytes_of(server));
}

/* `register CLIENT ADDR`: the address tells of itself. */
static bool put_registered(Draft *draft, const char *text)
{
    g_autoptr(GByteArray) value = g_byte_array_new();
    BerthAddr addr;

    if (!text || berth_addr_parse(text, &addr) < 0)
        return false;
    draft->query->datagram.src = addr;
    g_byte_array_append(value, addr.b, sizeof(addr.b));
    put_number(value, 3600, 4);
    put_number(value, 7200, 4);
    put_option6(draft->options, 5, bytes_of(value));
    return true;
}

static BerthAddr link_local(const Client *client)
{
    const uint8_t *mac = client->mac;

    return (BerthAddr){{0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe,
                        mac[3], mac[4], mac[5]}};
}

const char *query_make(char **args, Client *client, BerthAddr server, Query *ret)
{
    const Kind *kind = find_kind(args[0]);
    Draft draft = {.query = ret, .xid = ++client->xid & 0xffffff, .cut = -1};
    const char *wrong = NULL;

    (void)server;
    if (!kind)
        return args[0];
    args += 2;
    *ret = (Query){.datagram = {.src = link_local(client), .src_port = 546, .dst_port = 547}};
    berth_addr_parse("ff02::1:2", &ret->datagram.dst);
    draft.type = kind->type;
    draft.options = g_byte_array_new();
    usual_options(&draft, kind, client, args);
    if (kind->type == 36 && !put_registered(&draft, *args))
        wrong = "the address";
    args += kind->type == 36 && *args;
    for (; *args && !wrong; args++)
        if (!take_argument(&draft, *args))
            wrong = *args;
    close_level(&draft);
    g_byte_array_unref(draft.options);
    ret->payload = draft.message;
    if (draft.cut >= 0 && draft.cut < ret->payload->len)
        g_byte_array_set_size(ret->payload, (guint)draft.cut);
    ret->datagram.data = bytes_of(ret->payload);
    client_remember(client, &ret->datagram);
    return wrong;
}
