/* follow - what is stored from now on, by whom ever: XREAD on a connection that does nothing else.
 * See store.h.
 *
 * Each entry tells the counter of its first change and how many there are, so one that is missing,
 * because the log was trimmed while we were away or is another one, shows in the next. Then the
 * store is read anew; no attempt is made to find out what is missing. An entry that never comes
 * shows in the counter that the beat sees (follow_check). */
#include "store.h"

#define BLOCK_MS 2000
#define BLOCK_TEXT "2000"
/* The log may have come further than we have for so long. */
#define BEHIND_USEC (INT64_C(10) * G_USEC_PER_SEC)

static void ask(Store *store);

void follow_stop(Store *store)
{
    store->follow.is_wanted = false;
    store->follow.turn++;
    store->follow.is_asked = false;
    store->follow.behind_usec = 0;
}

void follow_start(Store *store, const char *id, uint64_t counter)
{
    Follow *follow = &store->follow;

    follow_stop(store);
    g_strlcpy(follow->id, id, sizeof(follow->id));
    follow->counter = counter;
    /* It may still be connected to a master that is none any more, and wait there. */
    if (berth_redis_is_up(store->ears) &&
        strcmp(berth_redis_peer(store->ears), berth_redis_peer(store->redis)) != 0)
        berth_redis_refuse(store->ears, "the leases are elsewhere");
}

void follow_gap(Store *store, const char *why)
{
    BERTH_LOG(store->server, BERTH_WARN, "dhcpsrv", "LEASE_REDIS_RELOAD",
              "%s: all leases are read anew", why);
    follow_stop(store);
    berth_redis_refuse(store->ears, why);
    load_reset(store);
    store->sink->reload(store->sink->data);
}

/* ---- what an entry holds ---- */

typedef struct Entry {
    BerthBytes changes;
    int64_t first, n, epoch;
} Entry;

static bool read_entry(const redisReply *fields, Entry *ret)
{
    *ret = (Entry){.first = -1, .epoch = -1};
    if (!fields || fields->type != REDIS_REPLY_ARRAY)
        return false;
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        const redisReply *value = fields->element[i + 1];
        BerthBytes name;

        if (!berth_redis_bytes(fields->element[i], &name) || name.len != 1)
            return false;
        if ((name.data[0] == 'b' && !berth_redis_bytes(value, &ret->changes)) ||
            (name.data[0] == 'c' && !berth_redis_int(value, &ret->first)) ||
            (name.data[0] == 'n' && !berth_redis_int(value, &ret->n)) ||
            (name.data[0] == 'e' && !berth_redis_int(value, &ret->epoch)))
            return false;
    }
    return true;
}

static size_t number(BerthBytes bytes, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n = n << 8 | bytes.data[i];
    return n;
}

/* Cuts `len` bytes, whose count stands before them in `len_len`, from the front. */
static bool cut(BerthBytes *left, size_t len_len, BerthBytes *ret)
{
    size_t len;

    if (left->len < len_len)
        return false;
    len = number(*left, len_len);
    if (len > left->len - len_len)
        return false;
    *ret = (BerthBytes){left->data + len_len, len};
    left->data += len_len + len;
    left->len -= len_len + len;
    return true;
}

static void take_change(Store *store, BerthBytes key, BerthBytes value, BerthLease *lease)
{
    BerthAddr addr;

    if (!codec_addr(key, store->family, &addr) || !store_read(store, value, addr, lease))
        return;
    store_saw(store, codec_revision(value));
    if (berth_lease_is_foreign(lease) || berth_lease_valid_sec(lease) == 0)
        store_note(store, key, value, false);
    store->sink->changed(store->sink->data, lease);
}

static bool take_changes(Store *store, BerthBytes changes)
{
    BerthLease *lease = berth_lease_new();
    BerthBytes key, value;

    while (changes.len && cut(&changes, 1, &key) && cut(&changes, 4, &value))
        take_change(store, key, value, lease);
    berth_lease_free(lease);
    return changes.len == 0;
}

/* False: following is over, for one reason or another. */
static bool take_entry(Store *store, const redisReply *entry)
{
    Follow *follow = &store->follow;
    unsigned turn = follow->turn;
    BerthBytes id;
    Entry what;

    if (!berth_redis_bytes(berth_redis_at(entry, 0), &id) || id.len >= sizeof(follow->id) ||
        !read_entry(berth_redis_at(entry, 1), &what)) {
        follow_gap(store, "an entry of the log is none of ours");
        return false;
    }
    memcpy(follow->id, id.data, id.len);
    follow->id[id.len] = '\0';
    if (what.first < 0) {
        guard_look(store); /* Another epoch, or it was superseded. */
        return turn == follow->turn;
    }
    if (follow->counter == FOLLOW_ANY)
        follow->counter = (uint64_t)what.first - 1;
    if ((uint64_t)what.first != follow->counter + 1) {
        follow_gap(store, "entries of the log are missing");
        return false;
    }
    follow->counter += (uint64_t)MAX(what.n, 0);
    if (!take_changes(store, what.changes)) {
        follow_gap(store, "an entry of the log is damaged");
        return false;
    }
    return turn == follow->turn;
}

/* [[the log, [[id, [field, value, ...]], ...]]], or nil when nothing came. */
static void take_entries(Store *store, const redisReply *reply)
{
    const redisReply *entries = berth_redis_at(berth_redis_at(reply, 0), 1);

    if (reply->type == REDIS_REPLY_NIL)
        return;
    if (!entries || entries->type != REDIS_REPLY_ARRAY) {
        follow_gap(store, "the log is none");
        return;
    }
    for (size_t i = 0; i < entries->elements; i++)
        if (!take_entry(store, entries->element[i]))
            return;
}

/* ---- asking ---- */

typedef struct Asking {
    Store *store;
    unsigned turn;
} Asking;

static void on_entries(void *data, const BerthRedisAnswer *answer)
{
    Asking *asking = data;
    Store *store = asking->store;
    bool is_ours = !store->is_closing && asking->turn == store->follow.turn;

    g_free(asking);
    if (!is_ours)
        return;
    store->follow.is_asked = false;
    if (answer->outcome != BERTH_REDIS_REPLY)
        return; /* follow_up comes with the next connection. */
    if (answer->word != BERTH_REDIS_NONE)
        berth_redis_refuse(store->ears, "the log can't be followed");
    else
        take_entries(store, answer->reply);
    ask(store);
}

static void ask(Store *store)
{
    Follow *follow = &store->follow;
    BerthBytes args[] = {
        berth_bytes("XREAD"),
        berth_bytes("COUNT"),
        berth_bytes("100"),
        berth_bytes("BLOCK"),
        berth_bytes(BLOCK_TEXT),
        berth_bytes("STREAMS"),
        berth_bytes(store->place.keys[KEY_LOG]),
        berth_bytes(follow->id),
    };
    BerthRedisCommand command = {.args = args, .n = G_N_ELEMENTS(args), .answered = on_entries};
    Asking *asking;

    if (!follow->is_wanted || follow->is_asked || !berth_redis_is_up(store->ears))
        return;
    asking = g_new0(Asking, 1);
    *asking = (Asking){store, follow->turn};
    command.timeout_ms = BLOCK_MS + (unsigned)(store->conf.redis.command_timeout_sec * 1e3);
    command.data = asking;
    follow->is_asked = berth_redis_command(store->ears, &command) == 0;
    if (!follow->is_asked)
        g_free(asking);
}

void follow_up(Store *store)
{
    ask(store);
}

/* Entries are numbered by milliseconds and a count within. */
static bool is_after(const char *a, const char *b)
{
    char *end_a, *end_b;
    uint64_t msec_a = g_ascii_strtoull(a, &end_a, 10), msec_b = g_ascii_strtoull(b, &end_b, 10);

    if (msec_a != msec_b)
        return msec_a > msec_b;
    return g_ascii_strtoull(end_a + (*end_a == '-'), NULL, 10) >
           g_ascii_strtoull(end_b + (*end_b == '-'), NULL, 10);
}

void follow_check(Store *store, uint64_t counter, const char *last_id)
{
    Follow *follow = &store->follow;
    int64_t now = berth_server_boot_usec(store->server);

    if (!follow->is_wanted || follow->counter == FOLLOW_ANY)
        return;
    if (counter > follow->counter && !is_after(last_id, follow->id)) {
        follow_gap(store, "the log was trimmed");
    } else if (follow->behind_usec == 0 || follow->counter >= follow->behind) {
        follow->behind = counter;
        follow->behind_usec = now;
    } else if (now - follow->behind_usec > BEHIND_USEC) {
        follow_gap(store, "the log has gone on without us");
    }
}
