/* members - the servers that share the store: their heartbeats, and this one's stripe. See store.h.
 *
 * A record is "beat epoch run ahead name". Alive is who was seen to change it lately, by our own
 * clock: no clock of another machine is compared for that, and none that jumps at a fail-over. */
#include "store.h"

/* A record that nobody has changed for so long is thrown away. */
#define FORGET_USEC (INT64_C(3600) * G_USEC_PER_SEC)
#define RECORD_MAX 128
#define RECORD_WORDS 5

typedef struct Member {
    char record[RECORD_MAX], name[64], run[17];
    uint64_t beat;
    int64_t changed_usec;
    unsigned epoch; /* that it has asserted */
    int64_t ahead;  /* seconds, of the clock of Redis */
} Member;

void members_init(Store *store)
{
    store->members.all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    store->members.stripes = 1;
}

void members_clear(Store *store)
{
    g_hash_table_unref(store->members.all);
}

void members_record(Store *store, char *ret, size_t size)
{
    g_snprintf(ret, size, "%" G_GUINT64_FORMAT " %u %s %" G_GINT64_FORMAT " %s",
               ++store->members.beats, store->guard.asserted, store->run_id, store->guard.ahead_sec,
               store->name);
}

static bool is_alive(const Store *store, const Member *member)
{
    int64_t age = berth_server_boot_usec(store->server) - member->changed_usec;

    return age < store->conf.server_timeout_sec * G_USEC_PER_SEC;
}

bool members_is_alive(const Store *store, const char *id)
{
    const Member *member = g_hash_table_lookup(store->members.all, id);

    return member && is_alive(store, member);
}

static bool is_self(const Store *store, const char *id)
{
    return strcmp(id, store->self) == 0;
}

unsigned members_others(const Store *store)
{
    GHashTableIter iter;
    gpointer id, member;
    unsigned n = 0;

    g_hash_table_iter_init(&iter, store->members.all);
    while (g_hash_table_iter_next(&iter, &id, &member))
        n += !is_self(store, id) && is_alive(store, member);
    return n;
}

void members_wait(Store *store)
{
    int64_t now = berth_server_boot_usec(store->server);
    int64_t since = now - store->conf.guard_sec * G_USEC_PER_SEC;
    GHashTableIter iter;
    gpointer id, data;

    store->members.other_run[0] = '\0';
    g_hash_table_iter_init(&iter, store->members.all);
    while (g_hash_table_iter_next(&iter, &id, &data)) {
        Member *member = data;

        if (!is_self(store, id) && member->changed_usec > since)
            member->changed_usec = now;
    }
}

bool members_have_asserted(const Store *store, unsigned epoch)
{
    GHashTableIter iter;
    gpointer id, data;

    g_hash_table_iter_init(&iter, store->members.all);
    while (g_hash_table_iter_next(&iter, &id, &data)) {
        const Member *member = data;

        if (!is_self(store, id) && is_alive(store, member) && member->epoch < epoch)
            return false;
    }
    return true;
}

int64_t members_skew(const Store *store, char *ret_name, size_t size)
{
    const Member *own = g_hash_table_lookup(store->members.all, store->self);
    GHashTableIter iter;
    gpointer id, data;
    int64_t most = 0;

    g_hash_table_iter_init(&iter, store->members.all);
    while (own && g_hash_table_iter_next(&iter, &id, &data)) {
        const Member *member = data;
        int64_t skew = ABS(member->ahead - own->ahead);

        if (is_alive(store, member) && skew > most) {
            most = skew;
            g_strlcpy(ret_name, member->name, size);
        }
    }
    return most;
}

/* ---- what Redis has ---- */

static void tell_twin(Store *store, const Member *member)
{
    if (store->members.has_twin)
        return;
    store->members.has_twin = true;
    BERTH_LOG(store->server, BERTH_ERROR, "dhcpsrv", "LEASE_REDIS_TWIN",
              "the server %s says that it is this one: each server needs a data directory of its "
              "own, with its own %s",
              member->name, store->state->path);
}

/* An earlier run of this server has left a record, and an older Redis may bring it back; but its
 * heart does not beat. */
static void watch_self(Store *store, const Member *self)
{
    Members *members = &store->members;

    if (strcmp(self->run, store->run_id) == 0)
        return;
    if (strcmp(self->run, members->other_run) == 0 && self->beat > members->other_beat)
        tell_twin(store, self);
    g_strlcpy(members->other_run, self->run, sizeof(members->other_run));
    members->other_beat = self->beat;
}

/* What is no record has no name, and is in no epoch. */
static void read_record(Member *member, const char *id)
{
    g_auto(GStrv) words = g_strsplit(member->record, " ", RECORD_WORDS);
    bool is_whole = g_strv_length(words) == RECORD_WORDS;

    member->beat = is_whole ? g_ascii_strtoull(words[0], NULL, 10) : 0;
    member->epoch = is_whole ? (unsigned)g_ascii_strtoull(words[1], NULL, 10) : 0;
    member->ahead = is_whole ? g_ascii_strtoll(words[3], NULL, 10) : 0;
    g_strlcpy(member->run, is_whole ? words[2] : "", sizeof(member->run));
    g_strlcpy(member->name, is_whole ? words[4] : id, sizeof(member->name));
}

static void take(Store *store, const char *id, const char *record)
{
    Member *member = g_hash_table_lookup(store->members.all, id);

    if (!member) {
        member = g_new0(Member, 1);
        g_hash_table_insert(store->members.all, g_strdup(id), member);
    }
    if (strcmp(member->record, record) == 0)
        return;
    g_strlcpy(member->record, record, sizeof(member->record));
    member->changed_usec = berth_server_boot_usec(store->server);
    read_record(member, id);
    if (is_self(store, id))
        watch_self(store, member);
}

static void take_all(Store *store, const redisReply *servers)
{
    for (size_t i = 0; i + 1 < servers->elements; i += 2) {
        BerthBytes id, record;

        if (servers->type == REDIS_REPLY_ARRAY && berth_redis_bytes(servers->element[i], &id) &&
            berth_redis_bytes(servers->element[i + 1], &record) && id.len == 16 &&
            record.len < RECORD_MAX) {
            g_autofree char *id_text = g_strndup((const char *)id.data, id.len);
            g_autofree char *text = g_strndup((const char *)record.data, record.len);

            take(store, id_text, text);
        }
    }
}

/* All servers put those that are alive into the same order, that of their identifiers. */
static void set_stripe(Store *store)
{
    Members *members = &store->members;
    GHashTableIter iter;
    gpointer id, member;

    members->stripe = 0;
    members->stripes = 1;
    g_hash_table_iter_init(&iter, members->all);
    while (g_hash_table_iter_next(&iter, &id, &member)) {
        if (is_self(store, id) || !is_alive(store, member))
            continue;
        members->stripes++;
        members->stripe += strcmp(id, store->self) < 0;
    }
}

static gboolean is_forgotten(gpointer id, gpointer data, gpointer store_data)
{
    const Store *store = store_data;
    const Member *member = data;

    return !is_self(store, id) &&
           berth_server_boot_usec(store->server) - member->changed_usec > FORGET_USEC;
}

void members_update(Store *store, const redisReply *servers)
{
    if (servers->type == REDIS_REPLY_ARRAY)
        take_all(store, servers);
    set_stripe(store);
}

void members_forget(Store *store, Call *call)
{
    GHashTableIter iter;
    gpointer id, member;

    g_hash_table_iter_init(&iter, store->members.all);
    while (g_hash_table_iter_next(&iter, &id, &member))
        if (is_forgotten(id, member, store))
            call_add_text(call, id);
    g_hash_table_foreach_remove(store->members.all, is_forgotten, store);
}

void members_status(const Store *store, BerthJson *json)
{
    GHashTableIter iter;
    gpointer id, data;

    berth_json_begin_list(json, "servers");
    g_hash_table_iter_init(&iter, store->members.all);
    while (g_hash_table_iter_next(&iter, &id, &data)) {
        const Member *member = data;

        berth_json_begin_object(json, NULL);
        berth_json_string(json, "id", id);
        berth_json_string(json, "name", member->name);
        berth_json_bool(json, "alive", is_alive(store, member));
        berth_json_bool(json, "self", is_self(store, id));
        berth_json_int(json, "clock-ahead", member->ahead);
        berth_json_end(json);
    }
    berth_json_end(json);
}
