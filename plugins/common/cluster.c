/* cluster - see cluster.h. */
#include "cluster.h"

/* ---- slots ---- */

/* CRC-16/XMODEM. */
static unsigned crc16(BerthBytes bytes)
{
    unsigned crc = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (unsigned)bytes.data[i] << 8;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
    }
    return crc;
}

unsigned cluster_slot(BerthBytes key)
{
    const uint8_t *open = key.len ? memchr(key.data, '{', key.len) : NULL;
    const uint8_t *tag = open ? open + 1 : NULL;
    size_t left = tag ? key.len - (size_t)(tag - key.data) : 0;
    const uint8_t *close = left ? memchr(tag, '}', left) : NULL;

    if (close && close > tag)
        key = (BerthBytes){tag, (size_t)(close - tag)};
    return crc16(key) % CLUSTER_SLOTS;
}

/* ---- CLUSTER SLOTS ---- */

/* The first node of a row is the master: host (nil or "": the one that was asked), port, … */
static Place *read_node(const redisReply *node, const Place *asked)
{
    BerthBytes host;
    int64_t port;

    if (!berth_redis_int(berth_redis_at(node, 1), &port) || port < 1 || port > UINT16_MAX)
        return NULL;
    if (!berth_redis_bytes(berth_redis_at(node, 0), &host) || host.len == 0)
        return place_new(asked->host, (unsigned)port);
    /* "?" is a node that does not know its own address. */
    if (memchr(host.data, 0, host.len) || host.data[0] == '/' || host.data[0] == '?')
        return NULL;
    return place_new((const char *)host.data, (unsigned)port);
}

static Place *read_slots(void *data, redisReply *const *replies, const Place *asked,
                         int64_t *ret_epoch, char **ret_why)
{
    unsigned slot = GPOINTER_TO_UINT(data);
    const redisReply *row;
    int64_t from, to;

    (void)ret_epoch;
    for (size_t i = 0; (row = berth_redis_at(replies[0], i)); i++)
        if (berth_redis_int(berth_redis_at(row, 0), &from) &&
            berth_redis_int(berth_redis_at(row, 1), &to) && from <= slot && slot <= to) {
            Place *place = read_node(berth_redis_at(row, 2), asked);

            if (!place)
                *ret_why = g_strdup_printf("slot %u is at a node without an address", slot);
            return place;
        }
    *ret_why = replies[0]->type == REDIS_REPLY_ERROR
                   ? g_strdup(replies[0]->str)
                   : g_strdup_printf("slot %u is served by nobody", slot);
    return NULL;
}

static void add_place(GPtrArray *places, Place *place)
{
    bool is_new = place != NULL;

    for (unsigned i = 0; is_new && i < places->len; i++)
        is_new = !place_is_equal(places->pdata[i], place);
    if (is_new)
        g_ptr_array_add(places, place);
    else
        place_free(place);
}

Search *cluster_search(BerthServer *server, const BerthRedisParams *params, const Place *last,
                       unsigned slot, Found found, void *data)
{
    static const char *const question[] = {"CLUSTER", "SLOTS", NULL};
    GPtrArray *places = g_ptr_array_new_with_free_func((GDestroyNotify)place_free);
    const char *const *nodes = params->nodes.at;
    SearchKind kind = {
        .what = {.user = params->user, .password = params->password, .questions = {question}},
        .read = read_slots,
        .data = GUINT_TO_POINTER(slot),
        .first_is_enough = true};

    add_place(places, place_new(params->host, (unsigned)params->port));
    for (size_t i = 0; i < params->nodes.n; i++)
        add_place(places, place_parse(nodes[i], (unsigned)params->port));
    if (last)
        add_place(places, place_new(last->host, last->port));
    return search_new(server, params, places, &kind, found, data);
}

/* ---- MOVED and ASK ---- */

Place *cluster_redirect(const redisReply *error, unsigned slot, const char *asked_host)
{
    g_auto(GStrv) words = g_strsplit(error->str, " ", 3);
    guint64 theirs, port;
    char *colon;

    if (g_strv_length(words) != 3 ||
        !g_ascii_string_to_unsigned(words[1], 10, 0, CLUSTER_SLOTS - 1, &theirs, NULL) ||
        theirs != slot || !(colon = strrchr(words[2], ':')) ||
        !g_ascii_string_to_unsigned(colon + 1, 10, 1, UINT16_MAX, &port, NULL))
        return NULL;
    *colon = 0;
    if (*words[2] == '/' || *words[2] == '?')
        return NULL;
    return place_new(*words[2] ? words[2] : asked_host, (unsigned)port);
}
