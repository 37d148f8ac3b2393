/* reply - the half of message.h that reads. Nothing here uses the server's own codec: what is wrong
 * there must not be wrong here too. */
#include "core/base/addr.h"
#include "tests/play/message.h"

#include <stdlib.h>

#define HEADER 240
#define LEAST 300
#define IP_UDP 28

#define REPLY_CODES 512

struct Reply {
    BerthDatagram datagram;
    GByteArray *payload;
    uint8_t codes[REPLY_CODES]; /* in the order of their first part */
    unsigned n_codes;
    GByteArray *values[256]; /* NULL: absent */
    unsigned parts[256];
    char where[256]; /* 'm' the option field, 'f' file, 's' sname */
    char broken[128];
};

/* ---- reading ---- */

static void take_option(Reply *reply, uint8_t code, const uint8_t *value, guint len, char where)
{
    if (!reply->values[code]) {
        reply->values[code] = g_byte_array_new();
        reply->where[code] = where;
        if (reply->n_codes < REPLY_CODES)
            reply->codes[reply->n_codes++] = code;
    } else if (reply->codes[reply->n_codes - 1] != code || reply->where[code] != where) {
        g_snprintf(reply->broken, sizeof(reply->broken), "option %u is there twice", code);
    }
    reply->parts[code]++;
    g_byte_array_append(reply->values[code], value, len);
}

/* RFC 2131 section 4.1: options end with END; behind it there is nothing but zeros. */
static void read_area(Reply *reply, guint at, guint end, char where)
{
    const uint8_t *data = reply->payload->data;

    while (at < end && data[at] != 255) {
        if (data[at] == 0) {
            at++;
            continue;
        }
        if (at + 2 > end || at + 2 + data[at + 1] > end) {
            g_snprintf(reply->broken, sizeof(reply->broken), "option %u crosses its field",
                       data[at]);
            return;
        }
        take_option(reply, data[at], data + at + 2, data[at + 1], where);
        at += 2u + data[at + 1];
    }
    if (at >= end)
        g_snprintf(reply->broken, sizeof(reply->broken), "no END in field '%c'", where);
    for (at++; at < end; at++)
        if (data[at])
            g_snprintf(reply->broken, sizeof(reply->broken), "bytes behind END in '%c'", where);
}

Reply *reply_new(const BerthDatagram *datagram)
{
    Reply *reply = g_new0(Reply, 1);
    const GByteArray *overload;

    reply->datagram = *datagram;
    reply->payload = g_byte_array_new();
    g_byte_array_append(reply->payload, datagram->data.data, (guint)datagram->data.len);
    reply->datagram.data = (BerthBytes){reply->payload->data, reply->payload->len};
    if (reply->payload->len < LEAST) {
        g_strlcpy(reply->broken, "less than 300 bytes", sizeof(reply->broken));
        g_byte_array_set_size(reply->payload, LEAST);
        return reply;
    }
    read_area(reply, HEADER, reply->payload->len, 'm');
    overload = reply->values[52];
    if (overload && overload->len == 1 && overload->data[0] & 1)
        read_area(reply, 108, 236, 'f');
    if (overload && overload->len == 1 && overload->data[0] & 2)
        read_area(reply, 44, 108, 's');
    return reply;
}

void reply_free(void *data)
{
    Reply *reply = data;

    for (unsigned code = 0; code < 256; code++)
        if (reply->values[code])
            g_byte_array_unref(reply->values[code]);
    g_byte_array_unref(reply->payload);
    g_free(reply);
}

static unsigned type_of(const Reply *reply)
{
    const GByteArray *type = reply->values[53];

    return type && type->len == 1 ? type->data[0] : 0;
}

const char *reply_word(const Reply *reply)
{
    static const char *const words[] = {"bootp", "?", "offer", "?", "?", "ack", "nak"};
    unsigned type = type_of(reply);

    return type < G_N_ELEMENTS(words) ? words[type] : "?";
}

static bool is_bootp(const Reply *reply)
{
    return !reply->values[53];
}

static uint32_t u32_at(const GByteArray *bytes, unsigned at)
{
    uint32_t value;

    memcpy(&value, bytes->data + at, 4);
    return GUINT32_FROM_BE(value);
}

BerthDatagram reply_datagram(const Reply *reply)
{
    return reply->datagram;
}

/* ---- what every reply has to keep ---- */

/* The ACK of an INFORM: RFC 2131 section 4.3.5 has it go to ciaddr, past a relay. */
static bool is_informed(const Reply *reply, const Client *client)
{
    static const uint8_t request[] = {53, 1, 3};

    return type_of(reply) == 5 && u32_at(reply->payload, 16) == 0 &&
           memcmp(client->query->data + HEADER, request, MIN(client->query->len - HEADER, 3)) != 0;
}

static void check_copied(const Reply *reply, const Client *client, GString *wrong)
{
    const struct {
        const char *name;
        unsigned at, size;
    } copied[] = {
        {"htype, hlen", 1, 2}, {"xid", 4, 4}, {"chaddr", 28, MIN(client->query->data[2], 16u)}};
    bool passes_relay = is_informed(reply, client) && u32_at(client->query, 12);
    uint32_t giaddr = passes_relay ? 0 : u32_at(client->query, 24);

    for (size_t i = 0; i < G_N_ELEMENTS(copied); i++)
        if (memcmp(reply->payload->data + copied[i].at, client->query->data + copied[i].at,
                   copied[i].size) != 0)
            g_string_append_printf(wrong, "; %s is not the query's", copied[i].name);
    if (u32_at(reply->payload, 24) != giaddr)
        g_string_append(wrong, "; giaddr is not the query's");
}

static void check_flags(const Reply *reply, const Client *client, GString *wrong)
{
    uint16_t want = (uint16_t)(client->query->data[10] << 8 | client->query->data[11]);
    uint16_t got = (uint16_t)(reply->payload->data[10] << 8 | reply->payload->data[11]);

    /* RFC 2131 section 4.3.2: a relay is to broadcast a NAK; and what it has no address for. */
    if ((type_of(reply) == 6 || (is_informed(reply, client) && !u32_at(client->query, 12))) &&
        u32_at(client->query, 24))
        want |= 0x8000;
    if (got != want)
        g_string_append_printf(wrong, "; flags are 0x%04x, not 0x%04x", got, want);
}

/* Whether the test expects this option by its value: then it has configured it. */
static bool is_meant(char **args, unsigned code)
{
    for (; *args; args++) {
        char *end;

        if (strtoul(*args, &end, 10) == code && end > *args && *end == '=')
            return true;
    }
    return false;
}

/* RFC 2131 table 3. */
static void check_options(const Reply *reply, char **args, GString *wrong)
{
    static const uint8_t never[] = {50, 55, 57}, dhcp_only[] = {51, 52, 54, 56, 58, 59, 61};
    bool nak = type_of(reply) == 6;

    for (size_t i = 0; i < sizeof(never); i++)
        if (reply->values[never[i]] && !is_meant(args, never[i]))
            g_string_append_printf(wrong, "; there is an option %u", never[i]);
    if (!reply->values[54] && !is_bootp(reply))
        g_string_append(wrong, "; there is no option 54");
    for (size_t i = 0; is_bootp(reply) && i < sizeof(dhcp_only); i++)
        if (reply->values[dhcp_only[i]])
            g_string_append_printf(wrong, "; BOOTP has no option %u", dhcp_only[i]);
    for (unsigned i = 0; nak && i < reply->n_codes; i++)
        if (!memchr((const uint8_t[]){53, 54, 56, 60, 61, 82, 118}, reply->codes[i], 7))
            g_string_append_printf(wrong, "; a NAK with option %u", reply->codes[i]);
    if (reply->values[82] && reply->codes[reply->n_codes - 1] != 82 && !reply->values[52])
        g_string_append(wrong, "; option 82 is not the last");
    if (reply->values[82] && reply->where[82] != 'm')
        g_string_append(wrong, "; option 82 is in file or sname");
}

/* What no host of the simulated link has: loopback, groups, the link's own two, the server's. */
static bool is_nobody(uint32_t addr)
{
    const uint32_t net = addr >> 24;

    return net == 0 || net == 127 || net >= 224 || addr == 0xc0000200 || addr == 0xc0000201 ||
           addr == 0xc00002ff;
}

/* RFC 2131 section 4.1: where a reply has to go. */
static BerthDatagram destination(const Reply *reply, const Client *client)
{
    const GByteArray *query = client->query;
    uint32_t ciaddr = u32_at(query, 12), giaddr = u32_at(query, 24);
    static const uint8_t none[6];
    bool broadcast = query->data[10] & 0x80, ethernet = query->data[1] == 1 && query->data[2] == 6;
    bool usable = memcmp(query->data + 28, none, 6) != 0 && (query->data[28] & 1) == 0;
    BerthDatagram to = {.dst = berth_addr4(UINT32_MAX), .dst_port = 68};

    if (is_informed(reply, client) && ciaddr) {
        to.dst = berth_addr4(ciaddr);
    } else if (giaddr) {
        to.dst = berth_addr4(giaddr);
        to.dst_port = client->relay_port ? client->datagram.src_port : 67;
    } else if (type_of(reply) == 6) {
        return to;
    } else if (ciaddr && !is_nobody(ciaddr)) {
        to.dst = berth_addr4(ciaddr);
    } else if (is_informed(reply, client)) {
        to.dst = client->datagram.src;
    } else if (!broadcast && ethernet && usable && u32_at(reply->payload, 16)) {
        to.dst = berth_addr4(u32_at(reply->payload, 16));
        to.to_hwaddr = true;
    }
    return to;
}

static void check_destination(const Reply *reply, const Client *client, GString *wrong)
{
    BerthDatagram want = destination(reply, client);
    const BerthDatagram *got = &reply->datagram;
    char text[BERTH_ADDR_TEXT];

    if (!berth_addr_equal(got->dst, want.dst) || got->dst_port != want.dst_port)
        g_string_append_printf(wrong, "; it does not go to %s:%u", berth_addr_text(want.dst, text),
                               want.dst_port);
    if (got->to_hwaddr != want.to_hwaddr)
        g_string_append(wrong, want.to_hwaddr ? "; it is no frame" : "; it is a frame");
    if (got->to_hwaddr &&
        (got->hwaddr.len != 6 || memcmp(got->hwaddr.bytes, client->query->data + 28, 6) != 0))
        g_string_append(wrong, "; the frame goes to another client");
    if (got->src_port != 67)
        g_string_append(wrong, "; it does not come from port 67");
}

static void check_always(const Reply *reply, const Client *client, char **args, GString *wrong)
{
    static const uint8_t cookie[] = {0x63, 0x82, 0x53, 0x63};
    const uint8_t *data = reply->payload->data;

    if (*reply->broken)
        g_string_append_printf(wrong, "; %s", reply->broken);
    if (data[0] != 2 || data[3] != 0 || data[8] || data[9])
        g_string_append(wrong, "; op is not 2, or hops or secs not 0");
    if (memcmp(data + 236, cookie, 4) != 0)
        g_string_append(wrong, "; no cookie");
    if (reply->payload->len + IP_UDP > client->max_size)
        g_string_append_printf(wrong, "; %u bytes are more than option 57 allows",
                               reply->payload->len);
    if (!is_bootp(reply) && (reply->n_codes == 0 || reply->codes[0] != 53))
        g_string_append(wrong, "; option 53 is not the first");
    check_copied(reply, client, wrong);
    check_flags(reply, client, wrong);
    check_options(reply, args, wrong);
    check_destination(reply, client, wrong);
}

/* ---- what the arguments ask ---- */

static const struct {
    const char *name;
    unsigned at, size;
} fields[] = {
    {"flags", 10, 2},   {"ciaddr", 12, 4}, {"yiaddr", 16, 4}, {"siaddr", 20, 4},  {"giaddr", 24, 4},
    {"chaddr", 28, 16}, {"hlen", 2, 1},    {"sname", 44, 64}, {"file", 108, 128},
};

static bool same(const char *text, unsigned width, const uint8_t *got, guint len, bool padded)
{
    g_autoptr(GByteArray) want = g_byte_array_new();

    if (!script_bytes(text, width, want))
        return false;
    if (padded && want->len < len) {
        guint was = want->len;

        g_byte_array_set_size(want, len);
        memset(want->data + was, 0, len - was);
    }
    return want->len == len && (len == 0 || memcmp(want->data, got, len) == 0);
}

static unsigned width_of(unsigned long code)
{
    return code == 57 ? 2 : code == 2 || code == 51 || code == 58 || code == 59 ? 4 : 1;
}

/* 1: it is so; 0: not; -1: it is about something else. */
static int check_field(const Reply *reply, const char *arg)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const char *value = script_value(arg, fields[i].name);

        if (value)
            return same(value, fields[i].size, reply->payload->data + fields[i].at, fields[i].size,
                        true);
    }
    return -1;
}

static int check_option(const Reply *reply, const char *arg)
{
    char *end;
    unsigned long code = strtoul(arg, &end, 10);
    const GByteArray *value;

    if (end == arg || *end != '=' || code > 255)
        return -1;
    value = reply->values[code];
    return value && same(end + 1, width_of(code), value->data, value->len, false);
}

/* Each of the codes in the list has (or has not) this property. */
static bool all_codes(const Reply *reply, const char *list, bool (*holds)(const Reply *, unsigned))
{
    g_auto(GStrv) codes = g_strsplit(list, ",", -1);

    for (char **code = codes; *code; code++)
        if (!holds(reply, (unsigned)atoi(*code) & 255))
            return false;
    return true;
}

static bool is_there(const Reply *reply, unsigned code)
{
    return reply->values[code];
}

static bool has(const Reply *reply, const char *list)
{
    return all_codes(reply, list, is_there);
}

static bool is_absent(const Reply *reply, unsigned code)
{
    return !reply->values[code];
}

static bool has_not(const Reply *reply, const char *list)
{
    return all_codes(reply, list, is_absent);
}

static bool is_in_file(const Reply *reply, unsigned code)
{
    return reply->where[code] == 'f';
}

static bool has_in_file(const Reply *reply, const char *list)
{
    return all_codes(reply, list, is_in_file);
}

static bool is_in_sname(const Reply *reply, unsigned code)
{
    return reply->where[code] == 's';
}

static bool has_in_sname(const Reply *reply, const char *list)
{
    return all_codes(reply, list, is_in_sname);
}

static char *codes_text(const Reply *reply)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < reply->n_codes; i++)
        g_string_append_printf(text, "%s%u", i ? "," : "", reply->codes[i]);
    return g_string_free(text, FALSE);
}

/* The codes of the list stand in the reply in this order, perhaps with others between. */
static bool in_order(const Reply *reply, const char *list)
{
    g_auto(GStrv) codes = g_strsplit(list, ",", -1);
    char **want = codes;

    for (unsigned i = 0; i < reply->n_codes && *want; i++)
        want += (unsigned)atoi(*want) == reply->codes[i];
    return !*want;
}

static bool is_only(const Reply *reply, const char *list)
{
    g_autofree char *codes = codes_text(reply);

    return strcmp(codes, list) == 0;
}

static bool has_parts(const Reply *reply, const char *text)
{
    g_auto(GStrv) pair = g_strsplit(text, ":", 2);

    return pair[1] && reply->parts[atoi(pair[0]) & 255] == (unsigned)atoi(pair[1]);
}

static bool goes_to(const Reply *reply, const char *text)
{
    char addr[BERTH_ADDR_TEXT];
    g_autofree char *got = g_strdup_printf("%s:%u", berth_addr_text(reply->datagram.dst, addr),
                                           reply->datagram.dst_port);

    return strcmp(got, text) == 0;
}

static bool comes_from(const Reply *reply, const char *text)
{
    char addr[BERTH_ADDR_TEXT];

    return strcmp(berth_addr_text(reply->datagram.src, addr), text) == 0;
}

static int check_word(const Reply *reply, const char *arg)
{
    const BerthDatagram *d = &reply->datagram;
    bool everybody = berth_addr_equal(d->dst, berth_addr4(UINT32_MAX));

    if (strcmp(arg, "frame") == 0)
        return d->to_hwaddr && !everybody;
    if (strcmp(arg, "broadcast") == 0)
        return everybody && !d->to_hwaddr && d->dst_port == 68;
    if (strcmp(arg, "unicast") == 0)
        return !everybody && !d->to_hwaddr && d->dst_port == 68;
    return -1;
}

static bool is_long(const Reply *reply, const char *text)
{
    return reply->payload->len == (guint)atoi(text);
}

static bool is_long_enough(const Reply *reply, const char *text)
{
    return reply->payload->len >= (guint)atoi(text);
}

static int check_other(const Reply *reply, const char *arg)
{
    static const ReplyAsk asks[] = {
        {"has", has},
        {"no", has_not},
        {"in-file", has_in_file},
        {"in-sname", has_in_sname},
        {"only", is_only},
        {"order", in_order},
        {"parts", has_parts},
        {"to", goes_to},
        {"from", comes_from},
        {"len", is_long},
        {"least", is_long_enough},
        {0},
    };
    int r = reply_ask(asks, reply, arg);

    return r < 0 ? check_word(reply, arg) : r;
}

void reply_check(const Reply *reply, const Client *client, char **args, GString *wrong)
{
    static int (*const checks[])(const Reply *, const char *) = {check_field, check_option,
                                                                 check_other};

    /* What was no message has nothing that a reply could keep. */
    if (client->query->len < HEADER)
        return;
    check_always(reply, client, args, wrong);
    for (; *args; args++) {
        int r = -1;

        for (size_t i = 0; r < 0 && i < G_N_ELEMENTS(checks); i++)
            r = checks[i](reply, *args);
        reply_tell(r, *args, wrong);
    }
}

void reply_describe(const Reply *reply, GString *text)
{
    char addr[BERTH_ADDR_TEXT];

    g_string_append_printf(
        text, "%s to %s:%u%s, %u bytes, yiaddr %s, options", reply_word(reply),
        berth_addr_text(reply->datagram.dst, addr), reply->datagram.dst_port,
        reply->datagram.to_hwaddr ? " (frame)" : "", reply->payload->len,
        berth_addr_text(berth_addr4(u32_at(reply->payload, 16)), (char[BERTH_ADDR_TEXT]){0}));
    for (unsigned i = 0; i < reply->n_codes; i++) {
        const GByteArray *value = reply->values[reply->codes[i]];
        char hex[65];

        berth_hex_text((BerthBytes){value->data, MIN(value->len, 32)}, 0, hex, sizeof(hex));
        g_string_append_printf(text, " %u=0x%s", reply->codes[i], hex);
    }
}
