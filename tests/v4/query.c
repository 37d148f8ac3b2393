/* query - the half of message.h that writes. */
#include "core/base/addr.h"
#include "tests/play/message.h"

#include <stdlib.h>

#define HEADER 240
#define LEAST 300

/* ---- what a word means ---- */

typedef struct Kind {
    const char *word;
    uint8_t type;
    bool in_ciaddr, in_50; /* where the address goes */
    bool names_server;     /* option 54 */
    bool unicast;
} Kind;

static const Kind kinds[] = {
    {"discover", 1, false, false, false, false}, {"request", 3, false, false, false, false},
    {"select", 3, false, true, true, false},     {"reboot", 3, false, true, false, false},
    {"renew", 3, true, false, false, true},      {"rebind", 3, true, false, false, false},
    {"decline", 4, false, true, true, false},    {"release", 7, true, false, true, true},
    {"inform", 8, true, false, false, false},    {"bootp", 0, false, false, false, false},
};

static const Kind *find_kind(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(word, kinds[i].word) == 0)
            return &kinds[i];
    return NULL;
}

/* ---- header fields ---- */

static const struct {
    const char *name;
    unsigned at, size;
} fields[] = {
    {"op", 0, 1},      {"htype", 1, 1},    {"hlen", 2, 1},     {"hops", 3, 1},
    {"xid", 4, 4},     {"secs", 8, 2},     {"flags", 10, 2},   {"ciaddr", 12, 4},
    {"yiaddr", 16, 4}, {"siaddr", 20, 4},  {"giaddr", 24, 4},  {"chaddr", 28, 16},
    {"sname", 44, 64}, {"file", 108, 128}, {"cookie", 236, 4},
};

static void set_header(GByteArray *payload, const Client *client)
{
    static const uint8_t start[] = {1, 1, 6, 0}, cookie[] = {0x63, 0x82, 0x53, 0x63};
    uint32_t xid = GUINT32_TO_BE(client->xid);

    g_byte_array_set_size(payload, HEADER);
    memset(payload->data, 0, HEADER);
    memcpy(payload->data, start, sizeof(start));
    memcpy(payload->data + 4, &xid, 4);
    memcpy(payload->data + 28, client->mac, 6);
    memcpy(payload->data + 236, cookie, sizeof(cookie));
}

/* 0: set; 1: no header field; -1: a bad value. */
static int set_field(GByteArray *payload, const char *arg)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const char *value = script_value(arg, fields[i].name);
        g_autoptr(GByteArray) bytes = g_byte_array_new();

        if (!value)
            continue;
        if (!script_bytes(value, fields[i].size, bytes) || bytes->len > fields[i].size)
            return -1;
        memset(payload->data + fields[i].at, 0, fields[i].size);
        memcpy(payload->data + fields[i].at, bytes->data, bytes->len);
        return 0;
    }
    return 1;
}

/* ---- options ---- */

static unsigned number_width(unsigned code)
{
    switch (code) {
    case 2:
    case 51:
    case 58:
    case 59:
        return 4;
    case 57:
        return 2;
    default:
        return 1;
    }
}

/* In parts of 255 bytes. */
static void put_option(GByteArray *area, uint8_t code, const GByteArray *value)
{
    guint at = 0;

    do {
        guint8 head[2] = {code, (guint8)MIN(value->len - at, 255)};

        g_byte_array_append(area, head, 2);
        g_byte_array_append(area, value->data + at, head[1]);
        at += head[1];
    } while (at < value->len);
}

/* "12='x'" or "raw=0x…" into an area. 0; 1: neither; -1: a bad value. */
static int add_to(GByteArray *area, const char *arg)
{
    g_autoptr(GByteArray) value = g_byte_array_new();
    const char *raw = script_value(arg, "raw");
    char *end;
    unsigned long code = strtoul(arg, &end, 10);

    if (raw)
        return script_bytes(raw, 1, area) ? 0 : -1;
    if (end == arg || *end != '=')
        return 1;
    if (code > 255 || !script_bytes(end + 1, number_width((unsigned)code), value))
        return -1;
    put_option(area, (uint8_t)code, value);
    return 0;
}

static bool is_given(char **args, const char *key)
{
    for (; *args; args++)
        if (script_value(*args, key) || (**args == '-' && strcmp(*args + 1, key) == 0))
            return true;
    return false;
}

static void put_addr(GByteArray *area, uint8_t code, BerthAddr addr)
{
    guint8 option[6] = {code, 4, addr.b[12], addr.b[13], addr.b[14], addr.b[15]};

    g_byte_array_append(area, option, sizeof(option));
}

/* What the word brings along, but where the arguments say otherwise. */
static void put_usual(Query *query, const Kind *kind, const Client *client, BerthAddr addr,
                      BerthAddr server, char **args)
{
    guint8 type[3] = {53, 1, kind->type};

    if (kind->type && !is_given(args, "53"))
        g_byte_array_append(query->payload, type, sizeof(type));
    if (client->id && !is_given(args, "61"))
        put_option(query->payload, 61, client->id);
    if (kind->in_50 && !is_given(args, "50"))
        put_addr(query->payload, 50, addr);
    if (kind->names_server && !is_given(args, "54"))
        put_addr(query->payload, 54, server);
    if (kind->in_ciaddr)
        memcpy(query->payload->data + 12, addr.b + 12, 4);
}

/* ---- the datagram ---- */

static bool read_endpoint(const char *text, BerthAddr *addr, uint16_t *port)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 2);

    if (parts[1])
        *port = (uint16_t)strtoul(parts[1], NULL, 10);
    return berth_addr_parse(parts[0], addr) == 0;
}

static void set_endpoints(Query *query, const Kind *kind, BerthAddr addr, BerthAddr server)
{
    BerthDatagram *d = &query->datagram;
    const uint8_t *giaddr = query->payload->data + 24;

    d->src_port = 68;
    d->dst_port = 67;
    d->src = kind->in_ciaddr ? addr : BERTH_ADDR4_ANY;
    d->dst = kind->unicast ? server : berth_addr4(UINT32_MAX);
    if (giaddr[0] | giaddr[1] | giaddr[2] | giaddr[3]) {
        d->src_port = 67;
        d->src = berth_addr4((uint32_t)giaddr[0] << 24 | (uint32_t)giaddr[1] << 16 |
                             (uint32_t)giaddr[2] << 8 | giaddr[3]);
        d->dst = server;
    }
}

typedef struct Parts {
    GByteArray *file, *sname;
    bool no_end;
    unsigned size, cut; /* cut 0: not */
} Parts;

/* What is not a header field. */
static bool take_other(Query *query, Parts *parts, const char *arg)
{
    const char *value;

    if (*arg == '-')
        return true;
    if (strcmp(arg, "noend") == 0)
        return parts->no_end = true;
    if ((value = script_value(arg, "size")))
        return (parts->size = (unsigned)atoi(value)) > 0;
    if ((value = script_value(arg, "cut")))
        return (parts->cut = (unsigned)atoi(value) + 1) > 0;
    if ((value = script_value(arg, "src")))
        return read_endpoint(value, &query->datagram.src, &query->datagram.src_port);
    if ((value = script_value(arg, "dst")))
        return read_endpoint(value, &query->datagram.dst, &query->datagram.dst_port);
    if (g_str_has_prefix(arg, "file."))
        return add_to(parts->file, arg + 5) == 0;
    if (g_str_has_prefix(arg, "sname."))
        return add_to(parts->sname, arg + 6) == 0;
    return add_to(query->payload, arg) == 0;
}

static void put_area(GByteArray *payload, unsigned at, unsigned size, const GByteArray *area)
{
    if (area->len == 0)
        return;
    memset(payload->data + at, 0, size);
    memcpy(payload->data + at, area->data, MIN(area->len, size));
    if (area->len < size)
        payload->data[at + area->len] = 255;
}

static void close_payload(Query *query, const Parts *parts)
{
    static const guint8 end = 255, zero = 0;
    GByteArray *payload = query->payload;

    put_area(payload, 108, 128, parts->file);
    put_area(payload, 44, 64, parts->sname);
    if (!parts->no_end)
        g_byte_array_append(payload, &end, 1);
    while (!parts->no_end && payload->len < MAX(parts->size, LEAST))
        g_byte_array_append(payload, &zero, 1);
    if (parts->cut > 0)
        g_byte_array_set_size(payload, MIN(parts->cut - 1, payload->len));
    query->datagram.data = (BerthBytes){payload->data, payload->len};
}

static void remember(Client *client, const Query *query, char **args)
{
    client_remember(client, &query->datagram);
    client->max_size = 1500;
    client->relay_port = false;
    for (; *args; args++) {
        const char *size = script_value(*args, "57");

        if (size)
            client->max_size = MAX(576, (unsigned)atoi(size));
        client->relay_port |= g_str_has_prefix(*args, "82=0x1300");
    }
}

/* The arguments in two rounds: header fields decide where the datagram goes. */
static const char *take_args(Query *query, const Kind *kind, BerthAddr addr, BerthAddr server,
                             char **args)
{
    Parts parts = {.file = g_byte_array_new(), .sname = g_byte_array_new()};
    const char *wrong = NULL;

    for (char **arg = args; *arg && !wrong; arg++)
        if (set_field(query->payload, *arg) < 0)
            wrong = *arg;
    set_endpoints(query, kind, addr, server);
    for (char **arg = args; *arg && !wrong; arg++)
        if (set_field(query->payload, *arg) != 0 && !take_other(query, &parts, *arg))
            wrong = *arg;
    close_payload(query, &parts);
    g_byte_array_unref(parts.file);
    g_byte_array_unref(parts.sname);
    return wrong;
}

const char *query_make(char **args, Client *client, BerthAddr server, Query *ret)
{
    const Kind *kind = find_kind(args[0]);
    BerthAddr addr = BERTH_ADDR4_ANY;
    const char *wrong;

    if (!kind)
        return args[0];
    args += 2;
    if ((kind->in_50 || kind->in_ciaddr) && *args && berth_addr_parse(*args, &addr) < 0)
        return *args;
    args += (kind->in_50 || kind->in_ciaddr) && *args;
    *ret = (Query){.payload = g_byte_array_new()};
    set_header(ret->payload, client);
    put_usual(ret, kind, client, addr, server, args);
    wrong = take_args(ret, kind, addr, server, args);
    remember(client, ret, args);
    return wrong;
}
