/* reply - the half of tests/play/message.h that reads, for DHCPv6. */
#include "tests/v6/dialect6.h"
#include "tests/v6/wire6.h"

#include <stdlib.h>

struct Reply {
    BerthDatagram datagram;
    GByteArray *payload;
    Message6 message;
    bool is_message;
};

Reply *reply_new(const BerthDatagram *datagram)
{
    Reply *reply = g_new0(Reply, 1);

    reply->datagram = *datagram;
    reply->payload = g_byte_array_new();
    g_byte_array_append(reply->payload, datagram->data.data, (guint)datagram->data.len);
    reply->datagram.data = (BerthBytes){reply->payload->data, reply->payload->len};
    reply->is_message = message6_read(reply->datagram.data, &reply->message);
    return reply;
}

void reply_free(void *data)
{
    Reply *reply = data;

    message6_clear(&reply->message);
    g_byte_array_unref(reply->payload);
    g_free(reply);
}

BerthDatagram reply_datagram(const Reply *reply)
{
    return reply->datagram;
}

const char *reply_word(const Reply *reply)
{
    switch (reply->message.type) {
    case 2:
        return "advertise";
    case 7:
        return "reply";
    case 10:
        return "reconfigure";
    case 37:
        return "registered";
    default:
        return "?";
    }
}

/* ---- identity associations ---- */

typedef struct Given {
    BerthAddr addr;
    uint32_t len, preferred, valid;
} Given;

static bool is_ia(unsigned code)
{
    return code == 3 || code == 25;
}

static GArray *inside_of(const Option6 *ia)
{
    return options6_read((BerthBytes){ia->value.data + 12, ia->value.len - MIN(ia->value.len, 12)});
}

static bool read_given(const Option6 *option, Given *ret)
{
    if (option->code == 5 && option->value.len >= 24)
        *ret = (Given){addr6_at(option->value, 0), 128, number_at(option->value, 16, 4),
                       number_at(option->value, 20, 4)};
    else if (option->code == 26 && option->value.len >= 25)
        *ret = (Given){addr6_at(option->value, 9), number_at(option->value, 8, 1),
                       number_at(option->value, 0, 4), number_at(option->value, 4, 4)};
    else
        return false;
    return true;
}

void dialect6_each_given(const Reply *reply, void (*call)(void *data, BerthAddr addr), void *data)
{
    const GArray *options = reply->message.options;

    for (guint i = 0; reply->message.type == 7 && options && i < options->len; i++) {
        const Option6 *option = &g_array_index(options, Option6, i);
        g_autoptr(GArray) inside = is_ia(option->code) ? inside_of(option) : NULL;

        for (guint k = 0; inside && k < inside->len; k++) {
            Given given;

            if (read_given(&g_array_index(inside, Option6, k), &given) && given.valid > 0)
                call(data, given.addr);
        }
    }
}

/* ---- what every reply has to keep ---- */

/* RFC 9915 section 18.3: identifiers, and what no server sends. */
static void check_identifiers(const Message6 *reply, const Message6 *query, GString *wrong)
{
    const Option6 *sent = options6_get(query->options, 1, 0);
    const Option6 *got = options6_get(reply->options, 1, 0);

    if ((sent != NULL) != (got != NULL) || (sent && !berth_bytes_equal(sent->value, got->value)))
        g_string_append(wrong, "; option 1 is not the client's");
    if (!options6_get(reply->options, 2, 0) || options6_get(reply->options, 2, 1))
        g_string_append(wrong, "; there is not one option 2");
    if (options6_get(reply->options, 6, 0) || options6_get(reply->options, 135, 0) ||
        options6_get(reply->options, 9, 0))
        g_string_append(wrong, "; it has an option that no server sends");
    /* RFC 9915 section 18.3.11. */
    if (reply->xid != (reply->type == 10 ? 0 : query->xid))
        g_string_append(wrong, "; it has another transaction id");
}

static const Option6 *find_ia(const Message6 *message, const Option6 *ia)
{
    const Option6 *other;

    for (unsigned n = 0; (other = options6_get(message->options, ia->code, n)); n++)
        if (number_at(other->value, 0, 4) == number_at(ia->value, 0, 4))
            return other;
    return NULL;
}

/* RFC 9915 section 21.13: the message is UTF-8, and does not end in a zero. */
static void check_status(const GArray *options, GString *wrong)
{
    const Option6 *status = options6_get(options, 13, 0);

    if (status && (status->value.len < 2 || !g_utf8_validate((const char *)status->value.data + 2,
                                                             (gssize)status->value.len - 2, NULL)))
        g_string_append(wrong, "; a status has no text that may be read");
    if (options6_get(options, 13, 1))
        g_string_append(wrong, "; there are two statuses");
}

static void check_ia(const Option6 *ia, GString *wrong)
{
    uint32_t t1 = number_at(ia->value, 4, 4), t2 = number_at(ia->value, 8, 4);
    g_autoptr(GArray) inside = inside_of(ia);

    if (!inside)
        g_string_append(wrong, "; an IA is broken");
    else
        check_status(inside, wrong);
    if (t1 > 0 && t2 > 0 && t1 > t2)
        g_string_append(wrong, "; T1 is after T2");
    for (guint i = 0; inside && i < inside->len; i++) {
        Given given = {.len = 128};

        if (read_given(&g_array_index(inside, Option6, i), &given) && given.preferred > given.valid)
            g_string_append(wrong, "; the preferred lifetime is above the valid one");
        if (!berth_addr_equal(given.addr, berth_prefix_first(given.addr, (uint8_t)given.len)))
            g_string_append(wrong, "; a prefix has host bits");
    }
}

static void check_ias(const Message6 *reply, const Message6 *query, GString *wrong)
{
    for (guint i = 0; i < reply->options->len; i++) {
        const Option6 *option = &g_array_index(reply->options, Option6, i);

        if (!is_ia(option->code))
            continue;
        if (!find_ia(query, option))
            g_string_append(wrong, "; it has an IA that was not asked for");
        check_ia(option, wrong);
    }
}

/* RFC 9915 section 19.3: the same levels, as they were. */
static void check_relays(const Message6 *reply, const Message6 *query, GString *wrong)
{
    if (reply->relays->len != query->relays->len) {
        g_string_append_printf(wrong, "; %u relays, not %u", reply->relays->len,
                               query->relays->len);
        return;
    }
    for (guint i = 0; i < reply->relays->len; i++) {
        const Relay6 *got = &g_array_index(reply->relays, Relay6, i);
        const Relay6 *sent = &g_array_index(query->relays, Relay6, i);

        if (got->type != 13 || got->hops != sent->hops ||
            !berth_addr_equal(got->link, sent->link) || !berth_addr_equal(got->peer, sent->peer))
            g_string_append_printf(wrong, "; relay %u is not as it was", i);
    }
}

static void check_destination(const Reply *reply, const Message6 *query, const Client *client,
                              GString *wrong)
{
    const BerthDatagram *got = &reply->datagram, *sent = &client->datagram;
    uint16_t port = 546;

    if (query->relays->len > 0) {
        const Relay6 *relay = &g_array_index(query->relays, Relay6, 0);

        port = options6_get(relay->options, 135, 0) ? sent->src_port : 547;
    }
    if (!berth_addr_equal(got->dst, sent->src) || got->dst_port != port)
        g_string_append_printf(wrong, "; it does not go to the sender's port %u", port);
    if (got->src_port != 547)
        g_string_append(wrong, "; it does not come from port 547");
}

static void check_always(const Reply *reply, const Client *client, GString *wrong)
{
    Message6 query;

    if (!reply->is_message)
        g_string_append(wrong, "; it is no message");
    else if (message6_read((BerthBytes){client->query->data, client->query->len}, &query)) {
        check_identifiers(&reply->message, &query, wrong);
        check_status(reply->message.options, wrong);
        check_ias(&reply->message, &query, wrong);
        check_relays(&reply->message, &query, wrong);
        check_destination(reply, &query, client, wrong);
        message6_clear(&query);
    }
}

/* ---- what the arguments ask ---- */

static bool same_bytes(const Option6 *option, const char *text)
{
    g_autoptr(GByteArray) want = g_byte_array_new();

    return option && script_bytes(text, 1, want) &&
           berth_bytes_equal(option->value, (BerthBytes){want->data, want->len});
}

/* "CODE=BYTES", "CODE.N=BYTES" for the N-th of them, "rI.CODE=BYTES" for one of a relay. -1: no
 * such argument. */
static int check_option(const Reply *reply, const char *arg)
{
    const GArray *options = reply->message.options;
    const char *equal = strchr(arg, '=');
    unsigned long code, n = 0;
    char *end = (char *)arg;

    if (*arg == 'r' && g_ascii_isdigit(arg[1])) {
        unsigned long relay = strtoul(arg + 1, &end, 10);

        if (*end != '.' || relay >= reply->message.relays->len)
            return 0;
        options = g_array_index(reply->message.relays, Relay6, relay).options;
        arg = end + 1;
    }
    if (!equal || !g_ascii_isdigit(*arg))
        return -1;
    code = strtoul(arg, &end, 10);
    if (*end == '.')
        n = strtoul(end + 1, &end, 10);
    return same_bytes(options6_get(options, (unsigned)code, (unsigned)n), equal + 1);
}

static bool has_codes(const Reply *reply, const char *list, bool want)
{
    g_auto(GStrv) codes = g_strsplit(list, ",", -1);

    for (char **code = codes; *code; code++)
        if ((options6_get(reply->message.options, (unsigned)atoi(*code), 0) != NULL) != want)
            return false;
    return true;
}

static bool has(const Reply *reply, const char *list)
{
    return has_codes(reply, list, true);
}

static bool has_not(const Reply *reply, const char *list)
{
    return has_codes(reply, list, false);
}

static char *codes_text(const GArray *options)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; options && i < options->len; i++)
        g_string_append_printf(text, "%s%u", i ? "," : "", g_array_index(options, Option6, i).code);
    return g_strdup(text->str);
}

static bool is_only(const Reply *reply, const char *list)
{
    g_autofree char *codes = codes_text(reply->message.options);

    return strcmp(codes, list) == 0;
}

static bool is_status(const GArray *options, const char *text)
{
    const Option6 *status = options6_get(options, 13, 0);

    return strcmp(text, "none") == 0
               ? !status
               : status && number_at(status->value, 0, 2) == (uint32_t)atoi(text);
}

static bool has_status(const Reply *reply, const char *text)
{
    return is_status(reply->message.options, text);
}

/* "ADDR" or "PREFIX/LEN", with a lifetime, or with 0 when "-" stands before it. */
static bool gives(const GArray *inside, const char *text)
{
    bool ends = *text == '-';
    BerthAddr addr;
    uint8_t len = 128;

    text += ends;
    if (strchr(text, '/') ? berth_prefix_parse(text, &addr, &len) < 0
                          : berth_addr_parse(text, &addr) < 0)
        return false;
    for (guint i = 0; i < inside->len; i++) {
        Given given;

        if (read_given(&g_array_index(inside, Option6, i), &given) && given.len == len &&
            berth_addr_equal(given.addr, addr))
            return (given.valid == 0) == ends;
    }
    return false;
}

static unsigned count_given(const GArray *inside)
{
    unsigned n = 0;

    for (guint i = 0; i < inside->len; i++) {
        Given given;

        n += read_given(&g_array_index(inside, Option6, i), &given);
    }
    return n;
}

/* IAID[@LEASE,…] these and no others; IAID!STATUS; IAID@* at least one. */
static bool has_ia(const Reply *reply, unsigned code, const char *text)
{
    const char *status = strchr(text, '!');
    g_autofree char *without = status ? g_strndup(text, (gsize)(status - text)) : g_strdup(text);
    g_auto(GStrv) halves = g_strsplit(without, "@", 2);
    g_auto(GStrv) leases = NULL;
    uint8_t iaid[4];
    const Option6 *ia;
    g_autoptr(GArray) inside = NULL;
    guint32 number = GUINT32_TO_BE((guint32)strtoul(halves[0], NULL, 0));

    memcpy(iaid, &number, sizeof(iaid));
    ia = find_ia(&reply->message, &(Option6){(uint16_t)code, {iaid, sizeof(iaid)}});
    inside = ia ? inside_of(ia) : NULL;
    if (!inside)
        return false;
    if (status && !is_status(inside, status + 1))
        return false;
    if (status && !halves[1])
        return count_given(inside) == 0;
    if (!halves[1] || strcmp(halves[1], "*") == 0)
        return count_given(inside) > 0 || !halves[1];
    leases = g_strsplit(halves[1], ",", -1);
    for (char **lease = leases; *lease; lease++)
        if (!gives(inside, *lease))
            return false;
    return count_given(inside) == g_strv_length(leases);
}

static bool has_na(const Reply *reply, const char *text)
{
    return has_ia(reply, 3, text);
}

static bool has_pd(const Reply *reply, const char *text)
{
    return has_ia(reply, 25, text);
}

/* t1, t2: of the first IA; pref, valid: of its first address or prefix. */
static bool has_time(const Reply *reply, const char *name, const char *text)
{
    const Option6 *ia = options6_get(reply->message.options, 3, 0);
    uint32_t want = (uint32_t)strtoul(text, NULL, 10);
    g_autoptr(GArray) inside = NULL;
    Given given;

    if (!ia)
        ia = options6_get(reply->message.options, 25, 0);
    if (!ia)
        return false;
    if (*name == 't')
        return number_at(ia->value, name[1] == '1' ? 4 : 8, 4) == want;
    inside = inside_of(ia);
    if (!inside || inside->len == 0 || !read_given(&g_array_index(inside, Option6, 0), &given))
        return false;
    return (*name == 'p' ? given.preferred : given.valid) == want;
}

static bool is_addr(BerthAddr addr, const char *text)
{
    BerthAddr want;

    return berth_addr_parse(text, &want) == 0 && berth_addr_equal(addr, want);
}

static bool goes_to(const Reply *reply, const char *text)
{
    return is_addr(reply->datagram.dst, text);
}

static bool comes_from(const Reply *reply, const char *text)
{
    return is_addr(reply->datagram.src, text);
}

static int check_word(const Reply *reply, const char *arg)
{
    static const ReplyAsk asks[] = {
        {"has", has},           {"no", has_not},      {"only", is_only},
        {"status", has_status}, {"na", has_na},       {"pd", has_pd},
        {"to", goes_to},        {"from", comes_from}, {0},
    };
    const char *v;

    for (const char *const *name = (const char *const[]){"t1", "t2", "pref", "valid", NULL}; *name;
         name++)
        if ((v = script_value(arg, *name)))
            return has_time(reply, *name, v);
    return reply_ask(asks, reply, arg);
}

void reply_check(const Reply *reply, const Client *client, char **args, GString *wrong)
{
    check_always(reply, client, wrong);
    for (; reply->is_message && *args; args++) {
        int r = check_option(reply, *args);
        const char *v;

        if (r < 0 && (v = script_value(*args, "auth")))
            r = auth6_is(&reply->message, reply->payload, client->auth, v);
        if (r < 0)
            r = check_word(reply, *args);
        reply_tell(r, *args, wrong);
    }
}

void reply_describe(const Reply *reply, GString *text)
{
    char addr[BERTH_ADDR_TEXT];
    g_autofree char *hex = g_malloc(2 * (size_t)reply->payload->len + 1);

    g_string_append_printf(
        text, "%s to %s:%u, 0x%s", reply_word(reply), berth_addr_text(reply->datagram.dst, addr),
        reply->datagram.dst_port,
        berth_hex_text(reply->datagram.data, 0, hex, 2 * (size_t)reply->payload->len + 1));
}
